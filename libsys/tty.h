/* SPDX-License-Identifier: MIT */
/*
 * tty.h - structures that travel through windows of the tty protocol, and its constants.
 *
 * The flags are the tty server's own numbers; a personality translates.  What it knows and the
 * server does not interpret it may keep in opaque[].
 */
#ifndef LIBSYS_TTY_H
#define LIBSYS_TTY_H

#include "microkernel/abi/types.h"

enum tty_input {
	TTY_INPUT_CR_TO_NL = 1,
	TTY_INPUT_NL_TO_CR = 2,
	TTY_INPUT_IGNORE_CR = 4,
	TTY_INPUT_STRIP = 8,	  /* only seven bits count */
	TTY_INPUT_FLOW = 16,	  /* STOP and START keys hold output */
	TTY_INPUT_FLOW_ANY = 32,  /* any key starts it again */
	TTY_INPUT_BELL = 64,	  /* ring when the queue is full */
	TTY_INPUT_UTF8 = 128,	  /* erase removes whole UTF-8 characters */
};
enum tty_output {
	TTY_OUTPUT_PROCESS = 1, /* without it no other bit counts */
	TTY_OUTPUT_NL_TO_CRNL = 2,
	TTY_OUTPUT_CR_TO_NL = 4,
	TTY_OUTPUT_NO_CR_AT_0 = 8,
	TTY_OUTPUT_NL_RETURNS = 16, /* a newline also goes to column 0 */
	TTY_OUTPUT_EXPAND_TABS = 32,
};
enum tty_local {
	TTY_LOCAL_SIGNALS = 1,
	TTY_LOCAL_CANONICAL = 2,
	TTY_LOCAL_ECHO = 4,
	TTY_LOCAL_ECHO_ERASE = 8,
	TTY_LOCAL_ECHO_KILL = 16,
	TTY_LOCAL_ECHO_NL = 32,
	TTY_LOCAL_ECHO_CONTROL = 64, /* control characters are echoed as ^X */
	TTY_LOCAL_ECHO_KILL_ERASE = 128,
	TTY_LOCAL_NO_FLUSH = 256, /* signal keys leave the queues alone */
	TTY_LOCAL_EXTENDED = 512, /* WORD_ERASE, REPRINT and LITERAL_NEXT count */
};

/* Indices of tty_settings.key; a key of 0 is switched off. */
enum tty_key {
	TTY_KEY_INTR, TTY_KEY_QUIT, TTY_KEY_ERASE, TTY_KEY_KILL, TTY_KEY_EOF,
	TTY_KEY_TIME, /* no key: tenths of a second to wait between bytes */
	TTY_KEY_MIN,  /* no key: bytes that a raw read waits for */
	TTY_KEY_START, TTY_KEY_STOP, TTY_KEY_SUSP, TTY_KEY_EOL, TTY_KEY_EOL2, TTY_KEY_REPRINT,
	TTY_KEY_WORD_ERASE, TTY_KEY_LITERAL_NEXT, TTY_KEY_DISCARD,
	TTY_KEYS = 20
};

struct tty_settings {
	u32 input, output, local;
	u32 reserved;
	u8 key[TTY_KEYS];
	u32 input_speed, output_speed; /* bits a second, for show */
	u32 opaque[5];
};
_Static_assert(sizeof(struct tty_settings) == 64, "the protocol names its size");

enum tty_event {
	TTY_EVENT_INTR = 1,
	TTY_EVENT_QUIT = 2,
	TTY_EVENT_SUSP = 4,
	TTY_EVENT_WINCH = 8,
	TTY_EVENT_HUP = 16,
	TTY_EVENT_SHIFT = 8, /* bits per terminal */
};
enum tty_read_flags { TTY_NO_WAIT = 1 };
enum tty_flush { TTY_FLUSH_INPUT = 1, TTY_FLUSH_OUTPUT = 2 };
enum tty_when { TTY_NOW = 0, TTY_DRAINED = 1, TTY_DRAINED_FLUSH = 2 };

#endif
