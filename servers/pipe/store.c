/* SPDX-License-Identifier: MIT */
/* store.c - the pipes in the depot: slots, rings, and which slots are free. */
#include "libsys/depot.h"
#include "libsys/heap.h"
#include "servers/pipe/pipe.h"

enum { KEY_SLOTS = 1, KEY_RINGS = 2, KEY_WATCH = 0x100 };

struct pipe_store *store;
struct pipe_slot *slots;
struct watch watch;
static u8 *rings;
static u32 *free_slots, free_count; /* a stack: low slots first, so that few rings get touched */

/* A slot whose numbers contradict each other died half-way in an update; its bytes are given up. */
static void slot_repair(struct pipe_slot *p)
{
	if (p->capacity < PIECE || p->capacity > RING_MAX)
		p->capacity = RING_MAX;
	if (p->tail - p->head > p->capacity)
		p->head = p->tail;
	if (!p->holds[END_READ] && !p->holds[END_WRITE] && !p->named)
		p->owner = 0;
}

error_t store_open(void)
{
	cap_t memory;
	bool fresh;
	error_t error = depot_map(KEY_SLOTS, sizeof(*store), 0, (void **)&store, &memory, &fresh);

	if (!error)
		error = depot_map(KEY_RINGS, (u64)PIPES_MAX * RING_MAX, 0, (void **)&rings, &memory,
				  &fresh);
	if (!error)
		error = watch_open(&watch, KEY_WATCH, PIPES_MAX * ENDS);
	if (error)
		return error;
	slots = store->slot;
	journal_open(&store->journal, store);
	free_slots = pages_alloc(PIPES_MAX * sizeof(u32));
	if (!free_slots)
		return E_NOMEM;
	for (u32 i = PIPES_MAX; i-- > 0;) {
		if (slots[i].owner)
			slot_repair(&slots[i]);
		if (!slots[i].owner)
			free_slots[free_count++] = i;
	}
	return 0;
}

struct pipe_slot *slot_find(u64 pipe, u64 badge)
{
	u64 index = pipe & SLOT_MASK;
	struct pipe_slot *p = &slots[index];

	if (index >= PIPES_MAX || p->owner != badge || p->generation != pipe >> 24)
		return NULL;
	return p;
}

struct pipe_slot *slot_alloc(u32 capacity, u64 *pipe)
{
	u32 index;
	struct pipe_slot *p;

	if (!free_count)
		return NULL;
	index = free_slots[--free_count];
	p = &slots[index];
	*p = (struct pipe_slot){ .generation = p->generation + 1, .capacity = capacity };
	*pipe = (u64)p->generation << 24 | index;
	return p;
}

void slot_free(struct pipe_slot *p)
{
	waiters_end(p);
	watch_set(&watch, slot_index(p) * ENDS + END_READ, READY_CLOSED, true);
	watch_set(&watch, slot_index(p) * ENDS + END_WRITE, READY_CLOSED, true);
	free_slots[free_count++] = slot_index(p);
}

u8 *slot_ring(const struct pipe_slot *p)
{
	return rings + (u64)slot_index(p) * RING_MAX;
}

/* The one store that makes moved bytes count, also for a successor. */
static void ring_commit(const struct mover *mover, u64 *place, u64 value, u64 count)
{
	journal_commit_for(&store->journal, store, mover->badge, mover->token, count, place, 8,
			   value);
}

i64 ring_put(struct pipe_slot *p, const struct mover *mover, u64 length)
{
	u64 tail, done = 0;

	/* An empty ring starts over, so that small traffic stays within one page.  The tail goes
	 * first: what a death in between leaves has a tail before its head and counts as empty. */
	if (p->head == p->tail) {
		__atomic_store_n(&p->tail, 0, __ATOMIC_RELEASE);
		__atomic_store_n(&p->head, 0, __ATOMIC_RELEASE);
	}
	tail = p->tail;
	if (length > pipe_room(p))
		length = pipe_room(p);
	while (done < length) {
		u64 at = (tail + done) % p->capacity;
		u64 piece = length - done < p->capacity - at ? length - done : p->capacity - at;
		i64 n = window_read(mover->reply, PIPE_WRITE_DATA, done, slot_ring(p) + at, piece);

		if (n < 0 && !done)
			return n;
		if (n > 0)
			done += n;
		if (n != (i64)piece)
			break;
	}
	ring_commit(mover, &p->tail, tail + done, done);
	return done;
}

i64 ring_take(struct pipe_slot *p, const struct mover *mover, u64 length, u64 flags)
{
	u64 head = p->head, done = 0;

	if (length > pipe_count(p))
		length = pipe_count(p);
	while (done < length) {
		u64 at = (head + done) % p->capacity;
		u64 piece = length - done < p->capacity - at ? length - done : p->capacity - at;
		i64 n = window_write(mover->reply, PIPE_READ_DATA, done, slot_ring(p) + at, piece);

		if (n < 0 && !done)
			return n;
		if (n > 0)
			done += n;
		if (n != (i64)piece)
			break;
	}
	if (!(flags & PIPE_LEAVE))
		ring_commit(mover, &p->head, head + done, done);
	return done;
}
