/* SPDX-License-Identifier: MIT */
/*
 * capabilities.c - objects of one worker that the others copy, map and wait on while it revokes or
 * destroys them: when that has returned nothing is left that came of it.
 */
#include "libsys/heap.h"
#include "tests/programs/stress/stress.h"

enum { COPIES = 12, KINDS = 4, ENDS = 3, PAGES = 2 };
enum end { REVOKE, DESTROY, DELETE };

static struct {
	cap_t object, share; /* a capability of it that the others copy */
	u64 kind;
	enum end end;
	u32 over; /* the end has returned */
} it;

static cap_t object_make(u64 kind)
{
	switch (kind) {
	case 0:
		return MADE(sys_notification_create(purse));
	case 1:
		return MADE(sys_endpoint_create(purse));
	case 2:
		return MADE(sys_space_create(purse, SPACE_GUEST));
	default:
		return MADE(sys_memory_create(purse, PAGES * PAGE_SIZE, 0));
	}
}

static void end_it(void)
{
	switch (it.end) {
	case REVOKE:
		GIVES(0, sys_cap_revoke(it.object));
		break;
	case DESTROY:
		GIVES(0, sys_object_destroy(it.object));
		break;
	case DELETE:
		GIVES(0, sys_cap_delete(it.share));
		break;
	}
	__atomic_store_n(&it.over, 1, __ATOMIC_SEQ_CST);
}

/* Copies of the share and of its copies, until there is none to be had; how many. */
static u32 copies_take(struct worker *w, cap_t *copy, i64 *mapped)
{
	u32 n = 0;

	*mapped = E_NOENT;
	while (n < COPIES) {
		cap_t source = n && random_below(w, 2) ? copy[random_below(w, n)] : it.share;
		u32 over = __atomic_load_n(&it.over, __ATOMIC_SEQ_CST);
		i64 got = sys_cap_copy(CAP_SELF_TABLE, source, RIGHTS_ALL, 0);

		/* Not after the end, unless that left the copies alone. */
		must(got < 0 || !over || (it.end == DELETE && source != it.share),
		     "a copy is made after the end", got);
		if (got < 0)
			break;
		copy[n++] = (cap_t)got;
		if (it.kind == 3 && map_failed(*mapped))
			*mapped = memory_map((cap_t)got, 0, PAGES * PAGE_SIZE,
					     PROTECT_READ | PROTECT_WRITE);
		if (!random_below(w, 4)) {
			got = sys_cap_delete(copy[--n]);
			must(got == 0 || (got == E_BADCAP && it.end != DELETE), "sys_cap_delete",
			     got);
		}
		dawdle(w);
	}
	return n;
}

static void look(const cap_t *copy, u32 n, i64 mapped)
{
	struct cap_info info;
	bool lives = it.end == DELETE;
	u8 byte;

	for (u32 i = 0; i < n; i++)
		GIVES(lives ? 0 : E_BADCAP, sys_cap_info(copy[i], &info));
	if (!map_failed(mapped)) {
		i64 got =
			sys_space_copy(CAP_SELF_SPACE, (u64)mapped, (u64)&byte, 1, SPACE_COPY_READ);

		must(got == (lives ? 1 : E_FAULT), "whether it is mapped after the end",
		     (i64)it.end * 1000 + n * 10 + got);
		GIVES(0, sys_space_unmap(CAP_SELF_SPACE, (u64)mapped, PAGES * PAGE_SIZE));
	}
}

static void begin(struct worker *w)
{
	it.kind = random_below(w, KINDS);
	it.end = (enum end)random_below(w, ENDS);
	it.object = object_make(it.kind);
	it.share = copy_of(it.object);
	__atomic_store_n(&it.over, 0, __ATOMIC_SEQ_CST);
}

void capabilities_storm(struct worker *w)
{
	cap_t copy[COPIES];
	i64 mapped = E_NOENT;
	u32 n = 0;

	for (u64 round = 0; round < rounds; round++) {
		bool mine = round % workers == w->number;
		cap_t left = CAP_NONE;

		if (mine)
			begin(w);
		meet();
		if (mine) {
			left = it.end == DESTROY ? CAP_NONE : it.object;
			dawdle(w);
			end_it();
		} else {
			n = copies_take(w, copy, &mapped);
		}
		meet();
		if (!mine)
			look(copy, n, mapped);
		meet();
		if (left)
			GIVES(0, sys_object_destroy(left));
	}
}
