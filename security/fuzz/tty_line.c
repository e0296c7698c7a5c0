/* SPDX-License-Identifier: MIT */
/*
 * tty_line - arbitrary settings, keys, output and reads under the line discipline: whatever comes,
 * what it has committed is such that a successor believes it, and no byte is read that was not put.
 */
#include "security/fuzz/fuzz.h"
#include "servers/tty/terminal.h"

static struct tty_store memory;
struct tty_store *store = &memory;
struct terminal terminals[TTY_TERMINALS];

void journal_close(struct journal *journal)
{
	(void)journal;
}

void journal_commit_for(struct journal *journal, void *base, u64 badge, u64 token, u64 word,
			void *place, u32 width, u64 value)
{
	(void)journal, (void)base, (void)badge, (void)token, (void)word, (void)place, (void)width,
		(void)value;
}

static void step(struct terminal *t, u8 what, const u8 *bytes, size_t count)
{
	u8 buffer[512];
	struct tty_settings settings;
	u64 n;

	switch (what % 7) {
	case 0:
		if (count < sizeof(settings))
			return;
		memcpy(&settings, bytes, sizeof(settings));
		terminal_set(t, &settings);
		break;
	case 1:
		for (size_t i = 0; i < count && output_room(t) > OUTPUT_EXPANSION; i++)
			output_byte(t, bytes[i]);
		break;
	case 2:
		n = input_give(t, buffer, count < sizeof(buffer) ? count : sizeof(buffer));
		if (n > count)
			abort();
		break;
	case 3:
		if (output_give(t, buffer, sizeof(buffer)) > sizeof(buffer))
			abort();
		break;
	case 4:
		terminal_flow(t, count ? bytes[0] & 3 : TTY_FLOW_GO);
		break;
	case 5:
		what & 8 ? input_flush(t) : output_flush(t);
		break;
	default:
		for (size_t done = 0; done < count; done += n) {
			n = input_take(t, bytes + done, count - done);
			if (n > count - done)
				abort();
			if (!n)
				break;
			terminal_commit(t);
		}
	}
	if (input_readable(t) > input_count(t))
		abort();
	terminal_commit(t);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct terminal *t = &terminals[size & 1 ? TTY_DEVICES : 0], committed;
	uint8_t *copy = fuzz_copy(data, size);

	memset(&memory, 0, sizeof(memory));
	terminal_reset(t, 0, OPEN_MASTER);
	t->packet = size >> 1 & 1;
	terminal_commit(t);
	/* Steps: what, how many bytes, the bytes. */
	for (size_t at = 0; at + 2 <= size;) {
		size_t count = copy[at + 1] < size - at - 2 ? copy[at + 1] : size - at - 2;

		step(t, copy[at], copy + at + 2, count);
		at += 2 + count;
	}
	committed = *t;
	terminal_adopt(t, 0);
	if (memcmp(&committed, t, sizeof(committed)))
		abort();
	free(copy);
	return 0;
}
