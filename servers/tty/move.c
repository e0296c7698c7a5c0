/* SPDX-License-Identifier: MIT */
/* move.c - bytes between the windows of calls and the queues, and whether they can move. */
#include "servers/tty/terminal.h"

enum { PIECE = 2048 };

static i64 written(struct terminal *t, const struct mover *mover, u64 count)
{
	terminal_commit_for(t, mover->badge, mover->token, count);
	return (i64)count;
}

/* Who could not be given the bytes has not read them. */
static i64 given(struct terminal *t, const struct mover *mover, const u8 *bytes, u64 count)
{
	i64 n = window_write(mover->reply, TTY_READ_DATA, 0, bytes, count);

	if (n < 0 || (u64)n < count) {
		terminal_revert(t);
		return n < 0 ? n : E_FAULT;
	}
	return written(t, mover, count);
}

static u64 least(u64 a, u64 b)
{
	return a < b ? a : b;
}

error_t slave_writable(const struct terminal *t)
{
	if (slave_lost(t))
		return E_IO;
	if (is_pair(t) && t->stopped)
		return E_AGAIN;
	return output_room(t) < ECHO_ROOM + OUTPUT_EXPANSION ? E_AGAIN : 0;
}

i64 slave_write(struct terminal *t, const struct mover *mover, u64 length)
{
	u32 output = t->settings.output;
	u32 growth = !(output & TTY_OUTPUT_PROCESS)	   ? 1 :
		     output & TTY_OUTPUT_EXPAND_TABS ? OUTPUT_EXPANSION :
						       2;
	u8 piece[PIECE];
	i64 n = window_read(mover->reply, TTY_WRITE_DATA, 0, piece,
			    least(least(length, PIECE), (output_room(t) - ECHO_ROOM) / growth));

	if (n <= 0)
		return n;
	for (i64 i = 0; i < n; i++)
		output_byte(t, piece[i]);
	return written(t, mover, (u64)n);
}

i64 slave_read(struct terminal *t, const struct mover *mover, u64 capacity)
{
	u8 piece[INPUT_SIZE];
	u64 count;

	if (slave_lost(t))
		return E_IO;
	count = input_give(t, piece, least(capacity, sizeof(piece)));
	return given(t, mover, piece, count);
}

error_t master_readable(const struct terminal *t)
{
	const u32 was_and_is = OPEN_SLAVE_WAS | OPEN_SLAVE;

	if (output_ready(t) || t->packet_status)
		return 0;
	return (t->opened & was_and_is) == OPEN_SLAVE_WAS ? E_IO : E_AGAIN;
}

i64 master_read(struct terminal *t, const struct mover *mover, u64 capacity)
{
	u8 piece[INPUT_SIZE];
	u64 count = output_give(t, piece, least(capacity, sizeof(piece)));

	return given(t, mover, piece, count);
}

error_t master_writable(const struct terminal *t)
{
	return input_room(t) ? 0 : E_AGAIN;
}

i64 master_write(struct terminal *t, const struct mover *mover, u64 length)
{
	u8 piece[PIECE];
	i64 n = window_read(mover->reply, TTY_WRITE_DATA, 0, piece, least(length, PIECE));

	if (n <= 0)
		return n;
	return written(t, mover, input_take(t, piece, (u64)n));
}
