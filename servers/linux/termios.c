/* SPDX-License-Identifier: MIT */
/*
 * termios.c - flag by flag and key by key.
 *
 * Linux flags that mean nothing to the tty server are kept in the settings' opaque words, so that a
 * program reads back what it wrote.
 */
#include "servers/linux/termios.h"

struct flag {
	u32 theirs, ours;
};

static const struct flag input_flags[] = {
	{ L_ICRNL, TTY_INPUT_CR_TO_NL }, { L_INLCR, TTY_INPUT_NL_TO_CR },
	{ L_IGNCR, TTY_INPUT_IGNORE_CR }, { L_ISTRIP, TTY_INPUT_STRIP },
	{ L_IXON, TTY_INPUT_FLOW },	  { L_IXANY, TTY_INPUT_FLOW_ANY },
	{ L_IUTF8, TTY_INPUT_UTF8 },	  { L_IUCLC, TTY_INPUT_TO_LOWER },
	{ L_PARMRK, TTY_INPUT_DOUBLE_255 }, { L_IXOFF, TTY_INPUT_SEND_FLOW },
	{ L_IGNBRK, TTY_INPUT_IGNORE_BREAK }, { L_BRKINT, TTY_INPUT_BREAK_IS_INTR },
};
static const struct flag output_flags[] = {
	{ L_OPOST, TTY_OUTPUT_PROCESS },   { L_ONLCR, TTY_OUTPUT_NL_TO_CRNL },
	{ L_OCRNL, TTY_OUTPUT_CR_TO_NL },  { L_ONOCR, TTY_OUTPUT_NO_CR_AT_0 },
	{ L_ONLRET, TTY_OUTPUT_NL_RETURNS }, { L_OLCUC, TTY_OUTPUT_TO_UPPER },
	{ L_XTABS, TTY_OUTPUT_EXPAND_TABS },
};
static const struct flag local_flags[] = {
	{ L_ISIG, TTY_LOCAL_SIGNALS },	      { L_ICANON, TTY_LOCAL_CANONICAL },
	{ L_ECHO, TTY_LOCAL_ECHO },	      { L_ECHOE, TTY_LOCAL_ECHO_ERASE },
	{ L_ECHOK, TTY_LOCAL_ECHO_KILL },     { L_ECHONL, TTY_LOCAL_ECHO_NL },
	{ L_ECHOCTL, TTY_LOCAL_ECHO_CONTROL }, { L_ECHOKE, TTY_LOCAL_ECHO_KILL_ERASE },
	{ L_NOFLSH, TTY_LOCAL_NO_FLUSH },     { L_IEXTEN, TTY_LOCAL_EXTENDED },
	{ L_ECHOPRT, TTY_LOCAL_ECHO_PRINT },  { L_EXTPROC, TTY_LOCAL_EXTERNAL },
};
static const struct flag line_flags[] = {
	{ L_CSTOPB, TTY_LINE_STOP_2 }, { L_PARENB, TTY_LINE_PARITY },
	{ L_PARODD, TTY_LINE_ODD },    { L_CREAD, TTY_LINE_RECEIVE },
};
static const u8 key_of[19] = {
	[VINTR] = TTY_KEY_INTR,	  [VQUIT] = TTY_KEY_QUIT,   [VERASE] = TTY_KEY_ERASE,
	[VKILL] = TTY_KEY_KILL,	  [VEOF] = TTY_KEY_EOF,	    [VTIME] = TTY_KEY_TIME,
	[VMIN] = TTY_KEY_MIN,	  [VSTART] = TTY_KEY_START, [VSTOP] = TTY_KEY_STOP,
	[VSUSP] = TTY_KEY_SUSP,	  [VEOL] = TTY_KEY_EOL,	    [VREPRINT] = TTY_KEY_REPRINT,
	[VDISCARD] = TTY_KEY_DISCARD, [VWERASE] = TTY_KEY_WORD_ERASE,
	[VLNEXT] = TTY_KEY_LITERAL_NEXT, [VEOL2] = TTY_KEY_EOL2, [VSWTC] = TTY_KEY_SWITCH,
};
/* Bits a second by code; the codes from 020 on carry the bit of L_BOTHER. */
static const u32 speeds[] = { 0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800,
			      9600, 19200, 38400 };
static const u32 fast_speeds[] = { 0, 57600, 115200, 230400, 460800, 500000, 576000, 921600,
				   1000000, 1152000, 1500000, 2000000, 2500000, 3000000, 3500000,
				   4000000 };
/* opaque[]: the Linux words as the program wrote them, marked so that zeros can be told apart. */
enum { OPAQUE_IFLAG, OPAQUE_OFLAG, OPAQUE_CFLAG, OPAQUE_LFLAG, OPAQUE_MARK };
enum { LEAST_BITS = 5, L_CS6 = 020 };
#define OPAQUE_WRITTEN 0x4c4e5558u

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static u32 to_linux(const struct flag *flag, u64 count, u32 ours, u32 kept)
{
	for (u64 i = 0; i < count; i++)
		kept = ours & flag[i].ours ? kept | flag[i].theirs :
		       (kept & flag[i].theirs) == flag[i].theirs ? kept & ~flag[i].theirs : kept;
	return kept;
}

static u32 to_ours(const struct flag *flag, u64 count, u32 theirs)
{
	u32 ours = 0;

	for (u64 i = 0; i < count; i++)
		if ((theirs & flag[i].theirs) == flag[i].theirs)
			ours |= flag[i].ours;
	return ours;
}

/* The code of a speed; L_BOTHER: it has none. */
static u32 code_of(u32 speed)
{
	for (u32 i = 0; i < COUNT(speeds); i++)
		if (speeds[i] == speed)
			return i;
	for (u32 i = 1; i < COUNT(fast_speeds); i++)
		if (fast_speeds[i] == speed)
			return i | L_BOTHER;
	return L_BOTHER;
}

static u32 cflag_of(const struct tty_settings *s, u32 kept)
{
	u32 bits = s->line & TTY_LINE_BITS;

	kept = to_linux(line_flags, COUNT(line_flags), s->line, kept);
	kept &= ~(u32)(L_CSIZE | L_CBAUD);
	return kept | (bits - LEAST_BITS) * L_CS6 | code_of(s->output_speed);
}

void termios_from_settings(struct l_termios *termios, const struct tty_settings *s)
{
	bool written = s->opaque[OPAQUE_MARK] == OPAQUE_WRITTEN;

	*termios = (struct l_termios){
		.iflag = to_linux(input_flags, COUNT(input_flags), s->input,
				  written ? s->opaque[OPAQUE_IFLAG] : 0),
		.oflag = to_linux(output_flags, COUNT(output_flags), s->output,
				  written ? s->opaque[OPAQUE_OFLAG] : 0),
		.cflag = cflag_of(s, written ? s->opaque[OPAQUE_CFLAG] : 0),
		.lflag = to_linux(local_flags, COUNT(local_flags), s->local,
				  written ? s->opaque[OPAQUE_LFLAG] : 0),
		.input_speed = s->input_speed,
		.output_speed = s->output_speed,
	};
	for (u64 i = 0; i < COUNT(key_of); i++)
		if (key_of[i] || i == VINTR)
			termios->cc[i] = s->key[key_of[i]];
}

void settings_from_termios(struct tty_settings *s, const struct l_termios *termios)
{
	*s = (struct tty_settings){
		.input = to_ours(input_flags, COUNT(input_flags), termios->iflag),
		.output = to_ours(output_flags, COUNT(output_flags), termios->oflag),
		.local = to_ours(local_flags, COUNT(local_flags), termios->lflag),
		.line = to_ours(line_flags, COUNT(line_flags), termios->cflag) |
			((termios->cflag & L_CSIZE) / L_CS6 + LEAST_BITS),
		.input_speed = termios->input_speed,
		.output_speed = termios->output_speed,
		.opaque = { termios->iflag, termios->oflag, termios->cflag, termios->lflag,
			    OPAQUE_WRITTEN },
	};
	for (u64 i = 0; i < COUNT(key_of); i++)
		if (key_of[i] || i == VINTR)
			s->key[key_of[i]] = termios->cc[i];
}

void termios_speeds_from_codes(struct l_termios *termios)
{
	u32 code = termios->cflag & L_CBAUD;
	u32 speed = code & L_BOTHER ? fast_speeds[code & 15] : speeds[code & 15];

	/* L_BOTHER alone means a speed that these calls cannot tell. */
	if (code == L_BOTHER)
		speed = 0;
	termios->output_speed = speed;
	code = termios->cflag >> 16 & L_CBAUD;
	termios->input_speed = code == 0 || code == L_BOTHER ? speed :
			       code & L_BOTHER		     ? fast_speeds[code & 15] :
							       speeds[code & 15];
}

void termios_for_pair(struct l_termios *termios)
{
	termios->cflag = (termios->cflag & ~(u32)L_PARENB) | L_CSIZE | L_CREAD;
}
