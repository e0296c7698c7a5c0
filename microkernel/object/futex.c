/* SPDX-License-Identifier: MIT */
/*
 * futex.c - wait on a word, wake by its key.
 *
 * Key: (memory object, offset) for a shared mapping, (overlay, address) for private memory; so two
 * processes that share a page agree, and a forked child does not.
 *
 * Why no wake-up is lost: the word is read and the thread queued under the bucket's lock; a waker
 * changes the word before it takes that lock.
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

static struct bucket *bucket_of(struct key key)
{
	struct bucket *b =
		&buckets[(key.object * 31 + (key.offset >> 2)) * 0x9e3779b97f4a7c15ul >> 56];

	if (!b->waiters.next) {
		list_init(&b->waiters);
		b->lock.class = LOCK_FUTEX;
	}
	return b;
}

/* The key of an address and the word itself; fills the page if needed. */
static error_t futex_key(struct space *space, u64 address, struct key *key, u32 **word)
{
	struct region *region;
	u64 physical;
	error_t error;

	if (address & 3)
		return E_INVAL;
	error = space_fault(space, address, PROTECT_READ, &physical);
	if (error || !frame_is_ram(physical))
		return E_FAULT;
	*word = (u32 *)((char *)direct_pointer(physical) + (address & PAGE_MASK));
	region = space_region_at(space, address);
	if (region->flags & MAP_OVERLAY)
		*key = (struct key){ space->overlay->object.id, address };
	else
		*key = (struct key){ region->memory->object.id,
				     address - region->start + region->offset };
	return 0;
}

i64 sys_futex_wait(struct cap_ref cap, u64 address, u64 expected, u64 mask, u64 deadline)
{
	struct thread *thread = thread_current();
	struct key key;
	u32 *word;
	error_t error;

	if (!(u32)mask)
		return E_INVAL;
	error = futex_key(cap.object, address, &key, &word);
	if (error)
		return error;
	struct bucket *b = bucket_of(key);
	lock_acquire(&b->lock);
	if (__atomic_load_n(word, __ATOMIC_SEQ_CST) != (u32)expected) {
		error = E_AGAIN;
	} else {
		error = thread_wait(WAIT_FUTEX, deadline);
		if (error == E_BLOCKED) {
			thread->futex_key[0] = key.object;
			thread->futex_key[1] = key.offset;
			thread->wait_mask = mask;
			list_append(&b->waiters, &thread->wait_link);
		}
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
		if (!matches(t, key) || !(t->wait_mask & mask))
			continue;
		list_remove(&t->wait_link);
		thread_wake(t, 0);
		woken++;
	}
	lock_release(&b->lock);
	return woken;
}

i64 sys_futex_wake(struct cap_ref cap, u64 address, u64 count, u64 mask)
{
	struct key key;
	u32 *word;
	error_t error = futex_key(cap.object, address, &key, &word);

	if (!error && !(u32)mask)
		error = E_INVAL;
	return error ? error : (i64)wake(key, count, (u32)mask);
}

i64 sys_futex_requeue(struct cap_ref cap, const struct requeue_args __user *user_args)
{
	struct requeue_args a;
	struct key from, to;
	u32 *word, *target;
	u64 moved = 0, woken;
	error_t error = user_read(&a, (u64)(uintptr_t)user_args, sizeof(a));

	if (!error)
		error = futex_key(cap.object, a.to, &to, &target);
	if (!error)
		error = futex_key(cap.object, a.from, &from, &word);
	if (error)
		return error;
	if (a.compare && __atomic_load_n(word, __ATOMIC_SEQ_CST) != a.expected)
		return E_AGAIN;
	woken = wake(from, a.wake_count, ~0u);
	struct bucket *b = bucket_of(from), *c = bucket_of(to);
	lock_acquire(&b->lock);
	for (struct list *l = b->waiters.next, *next; l != &b->waiters && moved < a.requeue_count;
	     l = next) {
		struct thread *t = container_of(l, struct thread, wait_link);

		next = l->next;
		if (!matches(t, from))
			continue;
		list_remove(&t->wait_link);
		t->futex_key[0] = to.object;
		t->futex_key[1] = to.offset;
		/* To the same bucket it goes to the end, where this loop must not find it again. */
		if (b == c && from.object == to.object && from.offset == to.offset)
			next = &b->waiters;
		list_append(&c->waiters, &t->wait_link);
		moved++;
	}
	lock_release(&b->lock);
	return (i64)(woken + moved);
}
