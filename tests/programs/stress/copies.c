/* SPDX-License-Identifier: MIT */
/*
 * copies.c - all workers clone one space at once and write to the same page of their clones and of
 * the original: each clone is as the original was, with its maker's word in it, and the original
 * has every word that was written to it.
 */
#include "libsys/string.h"
#include "tests/programs/stress/stress.h"

enum { AT = 0x800000, PAGES = 3, WORDS = PAGE_SIZE / 8, STRANGER = 100 };

static cap_t original;

static u64 place(struct worker *w, u32 word)
{
	return AT + random_below(w, PAGES) * PAGE_SIZE + word * 8;
}

static void write(cap_t space, u64 at, u64 value)
{
	GIVES(sizeof(value),
	      sys_space_copy(space, at, (u64)&value, sizeof(value), SPACE_COPY_WRITE));
}

static u64 read(cap_t space, u64 at)
{
	u64 value = ~(u64)0;

	GIVES(sizeof(value),
	      sys_space_copy(space, at, (u64)&value, sizeof(value), SPACE_COPY_READ));
	return value;
}

void copies_begin(void)
{
	struct map_args a = { .address = AT,
			      .length = PAGES * PAGE_SIZE,
			      .flags = MAP_AT | MAP_OVERLAY,
			      .protect = PROTECT_READ | PROTECT_WRITE };

	original = MADE(sys_space_create(purse, SPACE_GUEST));
	GIVES(AT, sys_space_map(original, &a));
	for (u32 page = 0; page < PAGES; page++)
		for (u32 i = 0; i < WORKERS_MAX; i++)
			write(original, AT + page * PAGE_SIZE + i * 8, 0);
}

void copies_end(void)
{
	GIVES(0, sys_object_destroy(original));
}

/* Each worker's word of a page counts that worker's rounds in the original. */
void copies_storm(struct worker *w)
{
	u64 count[PAGES] = { 0 }, per_worker = rounds / workers;

	for (u64 round = 0; round < per_worker; round++) {
		u64 mine = place(w, w->number), page = (mine - AT) / PAGE_SIZE;
		cap_t clone;

		if (round % 16 == 0)
			meet(); /* so that they begin together now and then */
		clone = MADE(sys_space_clone(purse, original));
		MUST(read(clone, mine) == count[page]);
		if (random_below(w, 2))
			write(clone, mine, ~(u64)0);
		write(original, mine, ++count[page]);
		write(clone, AT + page * PAGE_SIZE + STRANGER * 8, round);
		MUST(read(clone, AT + page * PAGE_SIZE + STRANGER * 8) == round);
		MUST(read(clone, mine) == count[page] - 1 || read(clone, mine) == ~(u64)0);
		MUST(read(original, AT + page * PAGE_SIZE + STRANGER * 8) == 0);
		GIVES(0, sys_object_destroy(clone));
		for (u32 i = 0; i < PAGES; i++)
			MUST(read(original, AT + i * PAGE_SIZE + w->number * 8) == count[i]);
	}
}
