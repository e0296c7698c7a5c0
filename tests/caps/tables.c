/* SPDX-License-Identifier: MIT */
/*
 * tables.c - what is small enough to be tried to the end: every handle of 32 bits in a table with
 * three capabilities, many longer ones; every pair of rights, held and asked for, of every type of
 * object.def; a table that is full to its last slot.
 *
 *	tables handles|rights|full
 */
#include <stdio.h>
#include <string.h>

#include "microkernel/object/calls.h"
#include "tests/caps/world.h"

enum { INDEX_BITS = 24, LONG_ROUNDS = 1 << 24, RIGHTS_MASKS = 1 << 8 };

static u32 failures;

static bool check(bool holds, const char *what, u64 got)
{
	if (!holds && failures++ < 8)
		printf("wrong: %s (%#lx)\n", what, got);
	return holds;
}

static struct cap_ref to(void *object)
{
	return (struct cap_ref){ .object = object };
}

static void become(u32 process)
{
	world_run_as(world.client[process]);
}

/* --- handles --- */

enum { LIVE = 3 };
static cap_t live[LIVE];

static bool opens(cap_t handle)
{
	struct cap_ref ref;

	return !cap_find(world.table[0], handle, OBJECT_NONE, 0, &ref);
}

static bool is_live(cap_t handle)
{
	return handle == live[0] || handle == live[1] || handle == live[2];
}

static u64 next_random(u64 *random)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return *random;
}

/* Three, of different generations, all within 32 bits. */
static void handles_make(void)
{
	become(0);
	for (u32 i = 0; i < LIVE; i++) {
		i64 made = sys_endpoint_create(to(budget_root));
		struct cap_ref ref;

		for (u32 turn = 0; turn < 50 * i; turn++) {
			check(!cap_find(world.table[0], (cap_t)made, OBJECT_NONE, 0, &ref),
			      "a new handle opens nothing", (u64)made);
			check(!sys_cap_delete(ref), "a capability cannot be deleted", (u64)made);
			world_leave();
			check(!opens((cap_t)made), "a deleted handle opens something", (u64)made);
			made = sys_endpoint_create(to(budget_root));
		}
		live[i] = (cap_t)made;
	}
}

static void handles(void)
{
	u64 hits = 0, random = 0x9e3779b97f4a7c15ul;

	handles_make();
	for (u64 handle = 0; handle < 1ul << 32; handle++)
		if (opens(handle)) {
			hits++;
			check(is_live(handle), "a handle opens what it was not given for", handle);
		}
	check(hits == LIVE, "of all short handles as many open something", hits);
	printf("4294967296 short handles: %lu open something\n", hits);
	for (u64 i = 0; i < LONG_ROUNDS; i++) {
		u64 handle = next_random(&random), at = i % LIVE, generation;

		check(!opens(handle) || is_live(handle), "a random handle opens something", handle);
		/* The right place, another generation; also one that is negative. */
		generation = next_random(&random) >> (i & 15);
		handle = (live[at] & 0xffffff) | generation << INDEX_BITS;
		check(!opens(handle) || is_live(handle), "a generation that is not", handle);
		handle = (live[at] & 0xffffff) | i << INDEX_BITS;
		check(!opens(handle) || is_live(handle), "a generation that is not", handle);
	}
	for (u32 i = 0; i < LIVE; i++) {
		for (u32 bit = 0; bit < 64; bit++)
			check(!opens(live[i] ^ 1ul << bit), "a handle with one bit wrong",
			      live[i] ^ 1ul << bit);
		check(opens(live[i]), "a handle that must open does not", live[i]);
	}
	printf("%u random ones, %u of right place and wrong generation: none\n", LONG_ROUNDS,
	       2 * LONG_ROUNDS);
}

/* --- rights --- */

/* All rights of a type, as object.def names them; those of ANY are every type's (calls.h) */
static u64 rights_of(enum object_type type)
{
	u64 rights = RIGHT_ANY_COPY | RIGHT_ANY_DESTROY | RIGHT_ANY_READ | RIGHT_ANY_WRITE;

#define OBJECT(name, number, prefix, text)
#define RIGHT(object, name, bit, text) rights |= OBJECT_##object == type ? 1ul << (bit) : 0;
#include "microkernel/abi/object.def"
#undef OBJECT
#undef RIGHT
	return rights;
}

/* The capability in slot 1 of process 0, with these rights, to that object. */
static struct cap_ref held_make(struct object *object, u64 rights)
{
	i64 handle = cap_install_in(world.table[0], object, rights);
	struct cap_ref ref = { .slot = NULL };

	check(!cap_find(world.table[0], (cap_t)handle, OBJECT_NONE, 0, &ref), "no capability",
	      (u64)handle);
	return ref;
}

static void delete (struct table *table, i64 handle)
{
	struct cap_ref ref;

	if (check(handle > 0 && !cap_find(table, (cap_t)handle, OBJECT_NONE, 0, &ref),
		  "a copy opens nothing", (u64)handle))
		(void)sys_cap_delete(ref);
}

/* A copy: what both say, if the source may be copied at all. */
static void pair(const struct cap_ref *held, cap_t handle, u64 holds, u64 asks)
{
	i64 copy = sys_cap_copy(to(world.table[1]), handle, asks, 0);
	struct cap_ref ref;

	if (!(holds & RIGHT_COPY)) {
		check(copy == E_RIGHTS, "what may not be copied is", holds << 32 | asks);
		return;
	}
	if (!check(copy > 0, "a copy is refused", (u64)copy))
		return;
	check(!cap_find(world.table[1], (cap_t)copy, OBJECT_NONE, 0, &ref) &&
		      (ref.slot->word & RIGHTS_ALL) == (holds & asks) && ref.object == held->object,
	      "a copy's rights are not those of both", holds << 32 | asks);
	delete (world.table[1], copy);
}

/* A call that needs these rights: allowed if all of them are held. */
static void need(cap_t handle, enum object_type type, u64 holds, u64 asks)
{
	struct cap_ref ref;
	error_t must = (asks & ~holds) ? E_RIGHTS : 0;

	check(cap_find(world.table[0], handle, type, asks, &ref) == must,
	      "a call's rights are judged wrongly", holds << 32 | asks);
	for (u32 other = 1; other < OBJECT_TYPES; other++)
		check(other == (u32)type || cap_find(world.table[0], handle,
						     (enum object_type)other, asks, &ref) == E_TYPE,
		      "a capability passes for another type's", other);
}

/* Its storage, and what the deletion of a capability looks at. */
static struct object *object_of_type(enum object_type type)
{
	struct object *object = object_alloc(type, budget_root);
	struct endpoint *endpoint = (struct endpoint *)object;

	if (object && type == OBJECT_ENDPOINT) {
		list_init(&endpoint->senders);
		list_init(&endpoint->receivers);
	}
	return object;
}

static u64 rights_of_type(enum object_type type)
{
	struct object *object = object_of_type(type);
	u64 pairs = 0, all = rights_of(type);

	check(object != NULL, "an object of that type cannot be made", type);
	for (u64 holds = 0; holds < RIGHTS_MASKS; holds++) {
		struct cap_ref held = held_make(object, holds);
		cap_t handle = (held.word & ~0xfffffful) | 1;

		for (u64 asks = 0; asks < RIGHTS_MASKS; asks++, pairs++) {
			pair(&held, handle, holds, asks);
			need(handle, type, holds, asks);
		}
		/* Bits beyond the rights that there are give nothing. */
		pair(&held, handle, holds, ~(u64)0);
		pair(&held, handle, holds, ~all);
		(void)sys_cap_delete(held);
	}
	return pairs;
}

static void rights(void)
{
	u64 pairs = 0;

	become(0);
	for (u32 type = 1; type < OBJECT_TYPES; type++) {
		check(rights_of((enum object_type)type) < RIGHTS_MASKS,
		      "a type has more rights than are tried", type);
		pairs += rights_of_type((enum object_type)type);
	}
	printf("%lu pairs of rights of %u types\n", pairs, OBJECT_TYPES - 1);
}

/* --- a full table --- */

static void full(void)
{
	struct table *table = table_make(budget_root);
	u64 used, made = 0;
	i64 handle;
	cap_t last = CAP_NONE, from;

	become(0);
	handle = sys_endpoint_create(to(budget_root));
	check(handle > 0, "no endpoint", (u64)handle);
	from = (cap_t)handle;
	while ((handle = sys_cap_copy(to(table), from, RIGHTS_ALL, 0)) > 0) {
		made++;
		last = (cap_t)handle;
	}
	check(handle == E_FULL, "a full table says something else", (u64)handle);
	check(made == TABLE_SLOTS - 1, "a table has another number of slots", made);
	used = budget_root->used;
	check(sys_cap_copy(to(table), from, RIGHTS_ALL, 7) == E_FULL,
	      "a badge is minted into a full table", 0);
	check(budget_root->used == used, "a refused copy is charged for", budget_root->used);
	check(cap_count == made + 1, "capabilities are miscounted", cap_count);
	delete (table, (i64)last);
	handle = sys_cap_copy(to(table), from, RIGHTS_ALL, 0);
	check(handle > 0 && (handle & 0xffffff) == (i64)(last & 0xffffff) &&
		      (u64)handle >> INDEX_BITS == (last >> INDEX_BITS) + 1,
	      "the slot that is free again is not used", (u64)handle);
	printf("a table took %lu capabilities, and then none\n", made);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*body)(void);
	} parts[] = { { "handles", handles }, { "rights", rights }, { "full", full } };

	world_begin(2, SLOTS, 1);
	for (u32 i = 0; argc == 2 && i < sizeof(parts) / sizeof(parts[0]); i++)
		if (!strcmp(argv[1], parts[i].name)) {
			parts[i].body();
			return failures != 0;
		}
	printf("tables handles|rights|full\n");
	return 2;
}
