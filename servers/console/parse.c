/* SPDX-License-Identifier: MIT */
/*
 * parse.c - output of programs: characters in UTF-8, control characters, escape sequences.
 *
 * Input is hostile.  Whatever comes, the parser holds a few numbers and no memory: unknown
 * sequences are read to their end and ignored, strings (OSC, DCS, PM, APC) too.
 */
#include "servers/console/screen.h"

enum state { GROUND, ESCAPE, ESCAPE_BETWEEN, CONTROL, CONTROL_IGNORE, STRING, STRING_ESCAPE };
enum { BELL = 7, SHIFT_OUT = 14, SHIFT_IN = 15, CANCEL = 24, SUBSTITUTE = 26, ESC = 27,
       DELETE = 127 };
enum { REPLACEMENT = 0xfffd };

/* The line drawing set for '`' to '~'. */
static const u16 graphics[] = {
	0x25c6, 0x2592, 0x2409, 0x240c, 0x240d, 0x240a, 0x00b0, 0x00b1, 0x2424, 0x240b, 0x2518,
	0x2510, 0x250c, 0x2514, 0x253c, 0x23ba, 0x23bb, 0x2500, 0x23bc, 0x23bd, 0x251c, 0x2524,
	0x2534, 0x252c, 0x2502, 0x2264, 0x2265, 0x03c0, 0x2260, 0x00a3, 0x00b7,
};

/* --- characters ------------------------------------------------------------------------------ */

/* Takes no place of its own: it would be put over the character before. */
static bool is_combining(u32 character)
{
	return (character >= 0x300 && character < 0x370) ||
	       (character >= 0x200b && character < 0x2010) ||
	       (character >= 0xfe00 && character < 0xfe10) || character == 0xfeff;
}

static void character_done(struct console *c, u32 character)
{
	const struct place *at = &c->s.at;

	if (character >= '`' && character <= '~' && at->graphics[at->shifted])
		character = graphics[character - '`'];
	if (!is_combining(character) && (character < 0x80 || character >= 0xa0))
		print(c, character);
}

/* The form that a character must have: the shortest, no surrogate, in the code's range. */
static bool is_character(u32 character, u8 length)
{
	static const u32 least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	return character >= least[length] && character < 0x110000 &&
	       (character < 0xd800 || character >= 0xe000);
}

static void byte_of_character(struct console *c, u8 byte)
{
	struct parser *p = &c->s.parser;

	if (p->missing && (byte & 0xc0) == 0x80) {
		p->character = p->character << 6 | (byte & 0x3f);
		if (--p->missing == 0)
			character_done(c, is_character(p->character, p->length) ? p->character :
										  REPLACEMENT);
		return;
	}
	if (p->missing)
		character_done(c, REPLACEMENT);
	p->missing = 0;
	if (byte < 0x80) {
		character_done(c, byte);
		return;
	}
	p->missing = byte >= 0xf0 ? 3 : byte >= 0xe0 ? 2 : 1;
	p->length = p->missing + 1;
	p->character = byte & (0x3f >> p->missing);
	if (byte < 0xc2 || byte > 0xf4) {
		p->missing = 0;
		character_done(c, REPLACEMENT);
	}
}

/* --- control characters: they count inside of sequences too ---------------------------------- */

static void control_character(struct console *c, u8 byte)
{
	struct screen *s = &c->s;

	switch (byte) {
	case '\b':
		if (s->at.column && !s->at.wrapping)
			s->at.column--;
		s->at.wrapping = 0;
		break;
	case '\t':
		tab_forward(c, 1);
		break;
	case '\n':
	case '\v':
	case '\f':
		line_feed(c);
		if (s->modes & MODE_NEWLINE)
			s->at.column = 0;
		s->at.wrapping = 0;
		break;
	case '\r':
		s->at.column = 0;
		s->at.wrapping = 0;
		break;
	case SHIFT_OUT:
	case SHIFT_IN:
		s->at.shifted = byte == SHIFT_OUT;
		break;
	case CANCEL:
	case SUBSTITUTE:
		s->parser.state = GROUND;
		break;
	case ESC:
		s->parser.state = ESCAPE;
		s->parser.intermediate = 0;
		break;
	}
}

/* --- escape sequences ------------------------------------------------------------------------ */

static void alignment_test(struct console *c)
{
	for (u32 row = 0; row < c->s.rows; row++)
		for (u32 column = 0; column < c->s.columns; column++)
			row_cells(c, row)[column] = (struct cell){ 'E', COLOUR_TEXT, 0, 0 };
	move_to(c, 0, 0);
}

static void escape_between(struct console *c, u8 byte)
{
	struct parser *p = &c->s.parser;

	p->state = GROUND;
	if (p->intermediate == '(' || p->intermediate == ')')
		c->s.at.graphics[p->intermediate == ')'] = byte == '0';
	else if (p->intermediate == '#' && byte == '8')
		alignment_test(c);
}

static void escape(struct console *c, u8 byte)
{
	struct screen *s = &c->s;

	s->parser.state = GROUND;
	switch (byte) {
	case '[':
		s->parser = (struct parser){ .state = CONTROL };
		break;
	case ']':
	case 'P':
	case 'X':
	case '^':
	case '_':
		s->parser.state = STRING;
		break;
	case '7':
		place_save(c);
		break;
	case '8':
		place_restore(c);
		break;
	case 'D':
	case 'E':
		line_feed(c);
		s->at.wrapping = 0;
		if (byte == 'E')
			s->at.column = 0;
		break;
	case 'H':
		s->tabs[s->at.column / 64] |= (u64)1 << s->at.column % 64;
		break;
	case 'M':
		reverse_line_feed(c);
		s->at.wrapping = 0;
		break;
	case 'Z':
		input_text(c, "\033[?6c");
		break;
	case 'c':
		screen_reset(c, s->rows, s->columns);
		break;
	case '=':
	case '>':
		s->modes = byte == '=' ? s->modes | MODE_KEYPAD : s->modes & ~(u32)MODE_KEYPAD;
		break;
	default:
		if (byte >= ' ' && byte < '0') {
			s->parser.intermediate = byte;
			s->parser.state = ESCAPE_BETWEEN;
		}
	}
}

static void digit(struct parser *p, u8 byte)
{
	u32 value;

	if (!p->count)
		p->count = 1;
	value = p->parameter[p->count - 1] * 10u + (byte - '0');
	p->parameter[p->count - 1] = (u16)(value < PARAMETER_MAX ? value : PARAMETER_MAX);
}

static void control_byte(struct console *c, u8 byte)
{
	struct parser *p = &c->s.parser;

	if (byte >= '0' && byte <= '9') {
		digit(p, byte);
	} else if (byte == ';' || byte == ':') {
		if (!p->count)
			p->count = 1;
		if (p->count == PARAMETERS)
			p->state = CONTROL_IGNORE;
		else
			p->count++;
	} else if (byte >= '<' && byte <= '?') {
		p->private = byte;
	} else if (byte >= ' ' && byte <= '/') {
		p->intermediate = byte;
	} else {
		p->state = GROUND;
		if (byte >= '@' && byte < DELETE)
			control(c, byte);
	}
}

static void take(struct console *c, u8 byte)
{
	struct parser *p = &c->s.parser;

	if (p->state == STRING || p->state == STRING_ESCAPE) {
		/* To BEL, CAN, SUB, or ESC \. */
		if (byte == BELL || byte == CANCEL || byte == SUBSTITUTE)
			p->state = GROUND;
		else if (p->state == STRING_ESCAPE && byte == '\\')
			p->state = GROUND;
		else
			p->state = byte == ESC ? STRING_ESCAPE : STRING;
		return;
	}
	if (byte < ' ') {
		if (p->missing) {
			p->missing = 0;
			character_done(c, REPLACEMENT);
		}
		control_character(c, byte);
		return;
	}
	switch (p->state) {
	case ESCAPE:
		escape(c, byte);
		break;
	case ESCAPE_BETWEEN:
		escape_between(c, byte);
		break;
	case CONTROL:
		control_byte(c, byte);
		break;
	case CONTROL_IGNORE:
		if (byte >= '@')
			p->state = GROUND;
		break;
	default:
		if (byte != DELETE)
			byte_of_character(c, byte);
	}
}

u64 feed(struct console *c, const u8 *bytes, u64 count)
{
	u64 done = 0;
	u16 spare = c->s.spare;

	/* Output brings the view back to the present. */
	if (count)
		c->s.view = 0;
	while (done < count && c->s.spare == spare)
		take(c, bytes[done++]);
	return done;
}
