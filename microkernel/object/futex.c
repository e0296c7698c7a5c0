/* SPDX-License-Identifier: MIT */
/*
 * futex.c - wait on a word, wake by its key.
 *
 * Key: (memory object, offset) for a shared mapping, (overlay, address) for private memory; so two
 * processes that share a page agree, and a forked child does not.
 *
 * Why no wake-up is lost: the word is read, through the page tables, and the thread queued under
 * the bucket's lock; a waker changes the word before it takes that lock.
 */
#include "microkernel/object/calls.h"
#include "microkernel/object/space.h"
#include "microkernel/object/thread.h"
#include "microkernel/object/usercopy.h"

enum { BUCKETS = 256 };

struct bucket {
	struct lock lock;
	struct list waiters; /* struct thread.wait_link, WAIT_FUTEX; empty until first used */
};
static struct bucket buckets[BUCKETS];

struct key {
	u64 object, offset;
};

void futex_init(void)
{
	for (int i = 0; i < BUCKETS; i++) {
		list_init(&buckets[i].waiters);
		buckets[i].lock.class = LOCK_FUTEX;
	}
}

static struct bucket *bucket_of(struct key key)
{
	return &buckets[(key.object * 31 + (key.offset >> 2)) * 0x9e3779b97f4a7c15ul >> 56];
}

static bool key_same(struct key a, struct key b)
{
	return a.object == b.object && a.offset == b.offset;
}

/* The key of an address, and what the word holds now; fills the page if needed. */
static error_t word_read(struct space *space, u64 address, struct key *key, u32 *value)
{
	struct region *region;
	u64 physical;
	error_t error;

	if (address & 3)
		return E_INVAL;
	lock_acquire(&space->object.lock);
	error = space_fault(space, address, PROTECT_READ, &physical);
	if (!error && !frame_is_ram(physical))
		error = E_FAULT;
	if (!error) {
		u32 *word = (u32 *)((char *)direct_pointer(physical) + (address & PAGE_MASK));

		*value = __atomic_load_n(word, __ATOMIC_SEQ_CST);
		region = space_region_at(space, address);
		if (region->flags & MAP_OVERLAY)
			*key = (struct key){ space->overlay->object.id, address };
		else
			*key = (struct key){ region->memory->object.id,
					     address - region->start + region->offset };
	}
	lock_release(&space->object.lock);
	return error ? E_FAULT : 0;
}

i64 sys_futex_wait(struct cap_ref cap, u64 address, u64 expected, u64 mask, u64 deadline)
{
	struct thread *thread = thread_current();
	struct key key, again;
	u32 value;
	error_t error;

	if (!(u32)mask)
		return E_INVAL;
	error = word_read(cap.object, address, &key, &value);
	if (error)
		return error;
	struct bucket *b = bucket_of(key);
	lock_acquire(&b->lock);
	error = word_read(cap.object, address, &again, &value);
	if (!error && (value != (u32)expected || !key_same(key, again)))
		error = E_AGAIN;
	if (!error)
		error = thread_wait(WAIT_FUTEX, &b->lock, deadline);
	if (error == E_BLOCKED) {
		thread->futex_key[0] = key.object;
		thread->futex_key[1] = key.offset;
		thread->wait_mask = mask;
		list_append(&b->waiters, &thread->wait_link);
	}
	lock_release(&b->lock);
	return error;
}

static bool matches(const struct thread *t, struct key key)
{
	return t->futex_key[0] == key.object && t->futex_key[1] == key.offset;
}

static u64 wake(struct key key, u64 count, u32 mask)
{
	struct bucket *b = bucket_of(key);
	u64 woken = 0;

	lock_acquire(&b->lock);
	for (struct list *l = b->waiters.next, *next; l != &b->waiters && woken < count; l = next) {
		struct thread *t = container_of(l, struct thread, wait_link);

		next = l->next;
		if (!matches(t, key) || !(t->wait_mask & mask) || !thread_claim_queued(t))
			continue;
		thread_wake(t, 0);
		woken++;
	}
	lock_release(&b->lock);
	return woken;
}

i64 sys_futex_wake(struct cap_ref cap, u64 address, u64 count, u64 mask)
{
	struct key key;
	u32 value;
	error_t error = word_read(cap.object, address, &key, &value);

	if (!error && !(u32)mask)
		error = E_INVAL;
	return error ? error : (i64)wake(key, count, (u32)mask);
}

/* Waiters of one key wait for the other from now on; a claimed one is on its way out already. */
static u64 move(struct bucket *b, struct key from, struct bucket *c, struct key to, u64 count)
{
	u64 moved = 0;

	for (struct list *l = b->waiters.next, *next; l != &b->waiters && moved < count; l = next) {
		struct thread *t = container_of(l, struct thread, wait_link);

		next = l->next;
		if (!matches(t, from) || thread_waits(t) != WAIT_FUTEX)
			continue;
		list_remove(&t->wait_link);
		t->futex_key[0] = to.object;
		t->futex_key[1] = to.offset;
		__atomic_store_n(&t->wait_lock, &c->lock, __ATOMIC_RELEASE);
		list_append(&c->waiters, &t->wait_link);
		moved++;
	}
	return moved;
}

static u64 requeue(struct key from, struct key to, u64 count)
{
	struct bucket *b = bucket_of(from), *c = bucket_of(to), *second = b > c ? b : c;
	u64 moved;

	lock_acquire(&(b < c ? b : c)->lock);
	if (b != c)
		lock_acquire_as(&second->lock, LOCK_FUTEX_SECOND);
	moved = move(b, from, c, to, count);
	if (b != c)
		lock_release_as(&second->lock, LOCK_FUTEX_SECOND);
	lock_release(&(b < c ? b : c)->lock);
	return moved;
}

i64 sys_futex_requeue(struct cap_ref cap, const struct requeue_args __user *user_args)
{
	struct requeue_args a;
	struct key from, to;
	u32 value, target;
	u64 woken;
	error_t error = user_read(&a, (u64)(uintptr_t)user_args, sizeof(a));

	if (!error)
		error = word_read(cap.object, a.to, &to, &target);
	if (!error)
		error = word_read(cap.object, a.from, &from, &value);
	if (error)
		return error;
	if (a.compare && value != a.expected)
		return E_AGAIN;
	woken = wake(from, a.wake_count, ~0u);
	/* To the same word: they wait where they waited. */
	return (i64)(woken + (key_same(from, to) ? 0 : requeue(from, to, a.requeue_count)));
}
