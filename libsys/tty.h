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

/* Which numbers name what; a master's is that of its terminal plus TTY_MASTER. */
enum { TTY_DEVICES = 4, TTY_TERMINALS = 64, TTY_MASTER = 64 };

enum tty_input {
	TTY_INPUT_CR_TO_NL = 1,
	TTY_INPUT_NL_TO_CR = 2,
	TTY_INPUT_IGNORE_CR = 4,
	TTY_INPUT_STRIP = 8,	    /* only seven bits count */
	TTY_INPUT_FLOW = 16,	    /* STOP and START keys hold output */
	TTY_INPUT_FLOW_ANY = 32,    /* any key starts it again */
	TTY_INPUT_UTF8 = 128,	    /* erase removes whole UTF-8 characters */
	TTY_INPUT_TO_LOWER = 256,   /* with EXTENDED: upper case becomes lower case */
	TTY_INPUT_DOUBLE_255 = 512, /* a byte 255 is read twice */
	TTY_INPUT_SEND_FLOW = 1024, /* the device is sent STOP and START as the queue fills */
	TTY_INPUT_IGNORE_BREAK =
		2048, /* else a break is INTR, or a byte 0, with DOUBLE_255 255 0 0 */
	TTY_INPUT_BREAK_IS_INTR = 4096,
};
enum tty_output {
	TTY_OUTPUT_PROCESS = 1, /* without it no other bit counts */
	TTY_OUTPUT_NL_TO_CRNL = 2,
	TTY_OUTPUT_CR_TO_NL = 4,
	TTY_OUTPUT_NO_CR_AT_0 = 8,
	TTY_OUTPUT_NL_RETURNS = 16, /* a newline also goes to column 0 */
	TTY_OUTPUT_EXPAND_TABS = 32,
	TTY_OUTPUT_TO_UPPER = 64,
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
	TTY_LOCAL_EXTENDED = 512, /* WORD_ERASE, REPRINT, LITERAL_NEXT and EOL2 count */
	TTY_LOCAL_ECHO_PRINT = 1024, /* what is erased is printed between \ and / */
	TTY_LOCAL_EXTERNAL = 2048, /* the other side of the pair edits: bytes pass as they are */
};

/* Indices of tty_settings.key; a key of 0 is switched off. */
enum tty_key {
	TTY_KEY_INTR, TTY_KEY_QUIT, TTY_KEY_ERASE, TTY_KEY_KILL, TTY_KEY_EOF,
	TTY_KEY_TIME, /* no key: tenths of a second to wait between bytes */
	TTY_KEY_MIN,  /* no key: bytes that a raw read waits for */
	TTY_KEY_START, TTY_KEY_STOP, TTY_KEY_SUSP, TTY_KEY_EOL, TTY_KEY_EOL2, TTY_KEY_REPRINT,
	TTY_KEY_WORD_ERASE, TTY_KEY_LITERAL_NEXT, TTY_KEY_DISCARD, TTY_KEY_SWITCH,
	TTY_KEYS = 20
};

struct tty_settings {
	u32 input, output, local;
	u32 line; /* enum tty_line */
	u8 key[TTY_KEYS];
	u32 input_speed, output_speed; /* bits a second; a line has one, the second */
	u32 opaque[5];
};
_Static_assert(sizeof(struct tty_settings) == 64, "the protocol names its size");

/* The form of characters on a serial line; terminals without one keep it for show. */
enum tty_line {
	TTY_LINE_BITS = 15, /* data bits: 5 to 8 */
	TTY_LINE_STOP_2 = 16,
	TTY_LINE_PARITY = 32,
	TTY_LINE_ODD = 64,
	TTY_LINE_RECEIVE = 128, /* what comes is read, else it is lost */
	TTY_LINE_ALL = 255,
};

enum tty_event {
	TTY_EVENT_INTR = 1,
	TTY_EVENT_QUIT = 2,
	TTY_EVENT_SUSP = 4,
	TTY_EVENT_WINCH = 8,
};
enum tty_read_flags { TTY_NO_WAIT = 1 };
enum tty_flush { TTY_FLUSH_INPUT = 1, TTY_FLUSH_OUTPUT = 2 };
enum tty_when { TTY_NOW = 0, TTY_DRAINED = 1, TTY_DRAINED_FLUSH = 2 };
enum tty_flow { TTY_FLOW_HOLD, TTY_FLOW_GO, TTY_FLOW_SEND_STOP, TTY_FLOW_SEND_START };

/* The status byte of packet mode; 0: data follow. */
enum tty_packet {
	TTY_PACKET_FLUSHED_INPUT = 1,
	TTY_PACKET_FLUSHED_OUTPUT = 2,
	TTY_PACKET_STOPPED = 4,
	TTY_PACKET_STARTED = 8,
	TTY_PACKET_FLOW_OTHER = 16, /* STOP and START keys are not (now) control-S and control-Q */
	TTY_PACKET_FLOW_USUAL = 32,
	TTY_PACKET_SETTINGS = 64,
};

#endif
