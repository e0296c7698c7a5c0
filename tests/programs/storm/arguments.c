/* SPDX-License-Identifier: MIT */
/*
 * arguments.c - values for arguments: mostly what could be meant, now and then a boundary or noise.
 *
 * Structures lie in a few places of the playground that all workers share, so what a call reads
 * changes while it reads.  Workers write there through the playground's other address, which stays.
 */
#include "libsys/string.h"
#include "tests/programs/storm/storm.h"

enum { PLACES = 8, PLACE = 256, NOISE = 12, SMALL = 8, MS = 1000000 };

/* --- numbers --- */

u64 noise(struct worker *w)
{
	static const u64 edges[] = {
		0,
		1,
		7,
		PAGE_SIZE - 1,
		PAGE_SIZE,
		1ul << 31,
		0xffffffff,
		1ul << 32,
		1ul << 47,
		GUEST_LIMIT - 8,
		GUEST_LIMIT,
		1ul << 63,
		SLOT_LIMIT - 8,
		SLOT_LIMIT,
		0xffffffff80000000,
		~0ul - PAGE_SIZE,
		~0ul - 7,
		~0ul,
		~0ul >> 1,
	};
	u64 at = random_below(w, sizeof(edges) / sizeof(edges[0]) + 4);

	return at < sizeof(edges) / sizeof(edges[0]) ? edges[at] : random_next(w);
}

u64 address_choose(struct worker *w)
{
	u64 base = one_in(w, 3) ? GUEST_PLAY : PLAY_AT;

	switch (random_below(w, 6)) {
	case 0: /* one of a few words, for those who meet at words */
	case 1:
		return base + random_below(w, 4) * 4;
	case 2:
		return base + random_below(w, PLAY_PAGES * PAGE_SIZE);
	case 3: /* over the end of a page */
		return base + (1 + random_below(w, PLAY_PAGES)) * PAGE_SIZE - random_below(w, 64);
	case 4:
		return one_in(w, 8) ? GUEST_CODE : base;
	default:
		return base + random_below(w, PLAY_PAGES) * PAGE_SIZE;
	}
}

u64 bytes_choose(struct worker *w)
{
	switch (random_below(w, 8)) {
	case 0:
	case 1:
		return random_below(w, 8) * 8;
	case 2:
		return random_below(w, PLAY_PAGES * PAGE_SIZE);
	case 3:
		return random_below(w, 32) * (PAGE_SIZE << random_below(w, 6));
	case 4:
		return (random_below(w, SMALL) << 20) + random_below(w, 2) * PAGE_SIZE;
	default:
		return random_below(w, PLAY_PAGES) * PAGE_SIZE;
	}
}

/* Mostly over soon; now and then never: then somebody else has to end the wait. */
u64 deadline_choose(struct worker *w)
{
	if (one_in(w, 64))
		return DEADLINE_NEVER;
	return one_in(w, 8)
		       ? random_below(w, 2)
		       : clock_now() + (1 + random_next(w) % 1024) * (1ul << random_below(w, 11));
}

static u64 bits_choose(struct worker *w)
{
	switch (random_below(w, 4)) {
	case 0:
		return ~0ul >> 1;
	case 1:
		return random_below(w, SMALL);
	case 2:
		return random_next(w) >> 1;
	default:
		return 1ul << random_below(w, 63);
	}
}

/* --- handles --- */

void handle_keep(struct worker *w, u32 kind, cap_t handle)
{
	cap_t old;

	if (kind >= KINDS)
		return;
	old = __atomic_exchange_n(&BOARD->slot[kind][random_below(w, SLOTS)], handle,
				  __ATOMIC_RELAXED);
	if (!old || kind == REPLIES)
		return;
	/* With a budget goes all that others have in it. */
	if (kind == OBJECT_BUDGET && one_in(w, 2))
		(void)sys_object_destroy(old);
	(void)sys_cap_delete(old);
}

static i64 minion_make(struct worker *w)
{
	struct thread_args t = { .table = BOARD->table,
				 .space = BOARD->space,
				 .entry = (u64)minion_serves,
				 .argument = BOARD->slot[OBJECT_ENDPOINT][random_below(w, SLOTS)],
				 .flags = (u32)random_below(w, 2) };

	return sys_thread_create(BOARD->home, &t);
}

/* One of a kind of which there is none just now. */
static i64 handle_make(struct worker *w, u32 object)
{
	cap_t home = BOARD->home, table = BOARD->table;

	switch (object) {
	case OBJECT_TABLE:
		return one_in(w, 2) ? sys_table_create(home)
				    : sys_cap_copy(table, table, RIGHTS_ALL, 0);
	case OBJECT_BUDGET:
		return one_in(w, 4) ? sys_cap_copy(table, home, RIGHTS_ALL, 0)
				    : sys_budget_create(home, (1 + random_below(w, 4)) << 20, 0);
	case OBJECT_MEMORY:
		return one_in(w, 2) ? sys_cap_copy(table, BOARD->play, RIGHTS_ALL, 0)
				    : sys_memory_create(home, bytes_choose(w), random_below(w, 2));
	case OBJECT_SPACE:
		switch (random_below(w, 4)) {
		case 0:
			return sys_space_create(home, random_below(w, 2));
		case 1:
			return sys_space_clone(home, BOARD->guest);
		case 2:
			return sys_cap_copy(table, BOARD->guest, RIGHTS_ALL, 0);
		default:
			return sys_cap_copy(table, BOARD->space, RIGHTS_ALL, 0);
		}
	case OBJECT_VIEW:
		return one_in(w, 2) ? sys_cap_copy(table, BOARD->view, RIGHTS_ALL, 0)
				    : sys_view_create(home, BOARD->guest, BOARD->space);
	case OBJECT_THREAD:
		return one_in(w, 2) ? sys_cap_copy(table, w->self, RIGHTS_ALL, 0) : minion_make(w);
	case OBJECT_ENDPOINT:
		return sys_endpoint_create(home);
	case OBJECT_NOTIFICATION:
		return sys_notification_create(home);
	default: /* of devices: from another slot */
		return sys_cap_copy(table, BOARD->slot[object][random_below(w, SLOTS)], RIGHTS_ALL,
				    0);
	}
}

/* Low slots more often than high ones, so that workers meet.  What does not answer any more is made
 * anew. */
u64 handle_choose(struct worker *w, u32 object)
{
	u32 type = object ? object : 1 + (u32)random_below(w, OBJECT_TYPES - 1);
	cap_t *slot = &BOARD->slot[type][random_below(w, 1 + random_below(w, SLOTS))];
	cap_t handle = __atomic_load_n(slot, __ATOMIC_RELAXED);
	struct cap_info info;
	i64 made;

	if (handle && (!one_in(w, 4) || sys_cap_info(handle, &info) != E_BADCAP))
		return handle;
	made = handle_make(w, type);
	if (made <= 0)
		return handle;
	__atomic_store_n(slot, (cap_t)made, __ATOMIC_RELAXED);
	return (u64)made;
}

static u64 reply_choose(struct worker *w)
{
	if (w->owed && !one_in(w, 4))
		return w->owed;
	return __atomic_load_n(&BOARD->slot[REPLIES][random_below(w, one_in(w, 2) ? 1 : SLOTS)],
			       __ATOMIC_RELAXED);
}

/* --- structures --- */

static u32 protect_choose(struct worker *w)
{
	return one_in(w, 2) ? PROTECT_READ | PROTECT_WRITE : (u32)random_below(w, SMALL);
}

void map_args_choose(struct worker *w, struct map_args *a)
{
	*a = (struct map_args){ .address = address_choose(w) & ~PAGE_MASK,
				.length = bytes_choose(w),
				.memory = one_in(w, 3) ? CAP_NONE : handle_choose(w, OBJECT_MEMORY),
				.offset = random_below(w, 4) * PAGE_SIZE,
				.protect = (u8)protect_choose(w),
				.flags = (u16)random_below(w, SMALL),
				.tag = (u32)random_below(w, 2) };
	a->maximum = one_in(w, 2) ? 0 : a->protect;
	a->flags |= a->memory ? 0 : MAP_OVERLAY;
}

static void remap_args_fill(struct worker *w, struct remap_args *a)
{
	a->address = address_choose(w) & ~PAGE_MASK;
	a->length = bytes_choose(w);
	a->new_address = one_in(w, 2) ? 0 : address_choose(w) & ~PAGE_MASK;
	a->new_length = one_in(w, 2) ? a->length : bytes_choose(w);
	a->flags =
		one_in(w, 2) ? REMAP_MAY_MOVE : (u32)random_below(w, 2) * (REMAP_MAY_MOVE | MAP_AT);
}

static void thread_args_fill(struct worker *w, struct thread_args *a)
{
	const u8 *const entries[] = { minion_loops, minion_faults, minion_waits,
				      minion_calls, minion_serves, minion_loops };
	u64 entry = random_below(w, sizeof(entries) / sizeof(entries[0]));

	*a = (struct thread_args){
		.table = one_in(w, 4) ? handle_choose(w, OBJECT_TABLE) : BOARD->table,
		.space = one_in(w, 4) ? handle_choose(w, OBJECT_SPACE) : BOARD->space,
		.entry = (u64)entries[entry],
		.stack = address_choose(w),
		.message_offset = random_below(w, 16) * MESSAGE_PAGE_SIZE,
		.exit_bits = bits_choose(w),
		.level = (u32)random_below(w, LEVEL_SERVER),
		.flags = (u32)random_below(w, 4) == 0,
		.name = "minion",
	};
	a->argument = entries[entry] == minion_waits ? handle_choose(w, OBJECT_NOTIFICATION)
		      : entry > 2		     ? handle_choose(w, OBJECT_ENDPOINT)
						     : address_choose(w);
	if (one_in(w, 2))
		a->message_memory = one_in(w, 2) ? BOARD->states : handle_choose(w, OBJECT_MEMORY);
	if (one_in(w, 2))
		a->exit_notification = handle_choose(w, OBJECT_NOTIFICATION);
}

static void requeue_args_fill(struct worker *w, struct requeue_args *a)
{
	a->from = address_choose(w) & ~3ul;
	a->to = address_choose(w) & ~3ul;
	a->wake_count = (u32)random_below(w, 3);
	a->requeue_count = (u32)random_below(w, SMALL);
	a->compare = (u32)random_below(w, 2);
	a->expected = 0;
}

/* Words as they may come: of a structure that nobody described here, and of all others at times. */
static void words_fill(struct worker *w, u64 *words, u64 count)
{
	for (u64 i = 0; i < count; i++)
		switch (random_below(w, 4)) {
		case 0:
			words[i] = handle_choose(w, OBJECT_NONE);
			break;
		case 1:
			words[i] = address_choose(w);
			break;
		case 2:
			words[i] = bytes_choose(w);
			break;
		default:
			words[i] = noise(w);
		}
}

static void structure_fill(struct worker *w, const char *type, void *at)
{
	if (one_in(w, NOISE))
		words_fill(w, (u64 *)at + random_below(w, 4), random_below(w, 16));
	else if (!strncmp(type, "const struct remap_args", 23))
		remap_args_fill(w, at);
	else if (!strncmp(type, "const struct thread_args", 24))
		thread_args_fill(w, at);
	else if (!strncmp(type, "const struct requeue_args", 25))
		requeue_args_fill(w, at);
	else
		words_fill(w, at, PLACE / 8);
}

void message_prepare(struct worker *w, struct message_page *page)
{
	for (u32 i = 0; i < MESSAGE_CAPS; i++) {
		page->send[i] = handle_choose(w, OBJECT_NONE);
		page->send_rights[i] = one_in(w, 2) ? 0 : random_next(w) & RIGHTS_ALL;
		page->window[i] = (struct window){ .address = address_choose(w),
						   .length = (u32)bytes_choose(w),
						   .access = 1 + (u32)random_below(w, 3) };
		page->window_origin[i] = 0;
		if (one_in(w, 32)) {
			page->window_origin[i] = reply_choose(w);
			page->window[i].address = random_below(w, 2) << 56 | random_below(w, 64);
			page->window[i].length = (u32)random_below(w, 64);
		}
	}
	page->accept_count = random_below(w, MESSAGE_CAPS + 1);
	page->deadline = deadline_choose(w);
	if (one_in(w, NOISE))
		words_fill(w, (u64 *)page + random_below(w, 24), random_below(w, 8));
}

/* --- one argument --- */

u64 argument_choose(struct worker *w, const struct argument *a, u64 address)
{
	u64 place = random_below(w, PLACES) * PLACE + (one_in(w, 8) ? PAGE_SIZE - 32 : 0);

	if (one_in(w, NOISE))
		return noise(w);
	switch (a->kind) {
	case KIND_HANDLE:
		return handle_choose(w, one_in(w, NOISE) ? OBJECT_NONE : a->object);
	case KIND_REPLY:
		return reply_choose(w);
	case KIND_IN:
		structure_fill(w, a->type, (void *)(ALIAS_AT + place));
		return PLAY_AT + place;
	case KIND_OUT:
		return PLAY_AT + place;
	case KIND_ADDRESS:
		return address_choose(w);
	case KIND_BYTES:
		return bytes_choose(w);
	case KIND_INDEX:
		return random_below(w, 2);
	case KIND_SMALL:
		return random_below(w, SMALL);
	case KIND_DEADLINE:
		return deadline_choose(w);
	case KIND_PERIOD:
		return random_below(w, 16) * MS;
	case KIND_EXPECTED: /* what the word at the address that was chosen before holds */
		if (address - PLAY_AT < PLAY_PAGES * PAGE_SIZE - 4)
			return *(u32 *)(ALIAS_AT + (address - PLAY_AT));
		return 0;
	default:
		return bits_choose(w);
	}
}
