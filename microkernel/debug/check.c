/* SPDX-License-Identifier: MIT */
/* check.c - kcheck, which verifies every invariant of the kernel. */
#include "microkernel/object/space.h"
#include "microkernel/object/system.h"
#include "microkernel/object/thread.h"

static u64 violations;

static void violated(const char *what, u64 id)
{
	violations++;
	log_printf("kcheck: %s (object %u)", what, id);
}

/* No entry of a space is both writable and executable, and none reaches the kernel. */
static void check_space(struct space *s)
{
	u64 at = s->kind == SPACE_NATIVE ? SLOT_BASE : GUEST_BASE, length;
	unsigned flags;
	u64 limit = s->kind == SPACE_NATIVE ? SLOT_LIMIT : GUEST_LIMIT;
	u64 resident = 0;

	while (s->root && pagetable_next_run(s->root, &at, &length, &flags, limit)) {
		resident += length >> PAGE_SHIFT;
		if (flags & PTE_WRITE && flags & PTE_EXEC)
			violated("a mapping is writable and executable", s->object.id);
		struct region *r = space_region_at(s, at);
		if (!r)
			violated("a page is mapped outside of every region", s->object.id);
		else if (!r->touched)
			violated("a page is mapped in an untouched region", s->object.id);
		else if (flags & PTE_WRITE && !(r->protect & PROTECT_WRITE) && !r->stale)
			violated("a page is writable in a read-only region", s->object.id);
		at += length;
	}
	if (resident != s->resident_pages)
		violated("resident pages are miscounted", s->object.id);
	u64 last = 0;
	for (struct list *l = s->ordered.next; l != &s->ordered; l = l->next) {
		struct region *r = container_of(l, struct region, ordered);

		if (r->start < last || r->end <= r->start)
			violated("regions overlap or are empty", s->object.id);
		last = r->end;
	}
}

static void check_thread(struct thread *t)
{
	bool queued = t->run.queue, running = sched_runs_on(&t->run);
	enum wait kind = thread_waits(t);

	if (kind != WAIT_NONE && (queued || running))
		violated("a waiting thread is in a run queue", t->object.id);
	if (kind == WAIT_NONE && !queued && !running)
		violated("a ready thread is in no run queue", t->object.id);
	if (kind == WAIT_CLAIMED)
		violated("a thread was claimed and left so", t->object.id);
	if (kind == WAIT_REPLY && !t->holder)
		violated("a received caller is held by no table", t->object.id);
}

static void check_object(struct object *o)
{
	if (!o->refs && !o->dead)
		violated("an object lives without holder", o->id);
	if (o->type == OBJECT_SPACE && !o->dead) {
		lock_acquire(&o->lock);
		check_space((struct space *)o);
		lock_release(&o->lock);
	}
	if (o->type == OBJECT_THREAD)
		check_thread((struct thread *)o);
	if (o->type == OBJECT_BUDGET &&
	    ((struct budget *)o)->frames << PAGE_SHIFT > ((struct budget *)o)->used)
		violated("a budget has more frames than use", o->id);
}

/* How many frames in use are charged to somebody.  All ones: those that are free and those in use
 * are not all of the machine's. */
static u64 frames_owned(void)
{
	u64 owned = 0, free = 0, used = 0;

	for (u64 n = 0; n < frame_limit; n++) {
		const struct frame *frame = frame_of(n << PAGE_SHIFT);

		owned += frame->refs && frame->owner;
		free += !frame->refs && frame->owner;
		used += frame->refs != 0;
	}
	return free == frame_count_free && free + used == frame_count_total ? owned : ~(u64)0;
}

static u64 kcheck(void)
{
	u64 caps = 0, charged = 0, owned;

	violations = 0;
	for (int type = 1; type < OBJECT_TYPES; type++) {
		u64 cursor = 0, counted = 0;
		struct object *o;

		while ((o = object_next((enum object_type)type, &cursor))) {
			counted++;
			caps += o->caps;
			if (type == OBJECT_BUDGET)
				charged += ((struct budget *)o)->frames;
			check_object(o);
		}
		if (counted != object_live[type])
			violated("objects of a type are miscounted", (u64)type);
	}
	if (caps != cap_count)
		violated("capabilities are miscounted", 0);
	owned = frames_owned();
	if (owned != charged) {
		log_printf("kcheck: %u frames have an owner, budgets count %u", owned, charged);
		violations++;
	}
	return violations;
}

/* All other CPUs stand still on their way out, where they hold nothing.  false: one of them checks.
 */
static bool others_stop(void)
{
	static u32 last;
	u32 nobody = 0, number = __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);

	if (!__atomic_compare_exchange_n(&cpu_stopper, &nobody, number, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_RELAXED))
		return false;
	for (u32 i = 0; i < cpu_count; i++) {
		if (i == this_cpu()->number)
			continue;
		arch_poke(&cpus[i]);
		while (__atomic_load_n(&cpus[i].stopped, __ATOMIC_ACQUIRE) != number)
			arch_pause();
	}
	return true;
}

i64 debug_check(void)
{
	i64 found;

	if (!others_stop())
		return E_RESTART;
	found = (i64)kcheck();
	__atomic_store_n(&cpu_stopper, 0, __ATOMIC_RELEASE);
	this_cpu()->stretch_since = arch_ticks(); /* that took long, but is no call of a program */
	return found;
}
