/* SPDX-License-Identifier: MIT */
/* budget.c - charging, and the destruction of all that was charged. */
#include "microkernel/object/budget.h"
#include "microkernel/core/frame.h"
#include "microkernel/object/usercopy.h"
#include "microkernel/object/cap.h"
#include "microkernel/object/calls.h"
#include "microkernel/object/system.h"

struct budget *budget_root;
u64 budget_promised;

/* What slabs may have taken in pages beyond the bytes that were charged for their objects, for each
 * CPU. */
enum { SLAB_SLACK = 64 * PAGE_SIZE };

/* Not for good: what is on its way back may make room. */
static bool full(void)
{
	this_cpu()->refused = 1;
	return false;
}

static bool take(struct budget *budget, u64 bytes)
{
	u64 used = __atomic_load_n(&budget->used, __ATOMIC_RELAXED);

	do {
		if (budget->object.dead)
			return false;
		if (bytes > budget->limit - used)
			return full();
	} while (!__atomic_compare_exchange_n(&budget->used, &used, used + bytes, true,
					      __ATOMIC_RELAXED, __ATOMIC_RELAXED));
	/* Two CPUs may both write; the peak is only a report. */
	if (used + bytes > budget->peak)
		budget->peak = used + bytes;
	return true;
}

static void give_back(struct budget *budget, u64 bytes)
{
	u64 before = __atomic_fetch_sub(&budget->used, bytes, __ATOMIC_RELAXED);

	assert(before >= bytes);
	(void)before;
}

/* Where charging ends: the first reserved budget, whose limit is charged above it already, or the
 * root. */
static struct budget *last_charged(struct budget *budget)
{
	while (!budget->reserved && budget->parent)
		budget = budget->parent;
	return budget;
}

bool budget_charge(struct budget *budget, u64 bytes)
{
	struct budget *last = last_charged(budget), *undo;
	u64 promised = __atomic_load_n(&budget_promised, __ATOMIC_RELAXED);

	if (CONFIG_DEBUG && failpoint(budget))
		return false;
	if (!last->reserved &&
	    promised + (u64)SLAB_SLACK * cpu_count + bytes > frame_count_free << PAGE_SHIFT)
		return full();
	for (struct budget *b = budget;; b = b->parent) {
		if (!take(b, bytes)) {
			for (undo = budget; undo != b; undo = undo->parent)
				give_back(undo, bytes);
			return false;
		}
		if (b == last)
			break;
	}
	if (last->reserved)
		__atomic_fetch_sub(&budget_promised, bytes, __ATOMIC_RELAXED);
	return true;
}

void budget_release(struct budget *budget, u64 bytes)
{
	struct budget *last = last_charged(budget);

	for (struct budget *b = budget; b != last; b = b->parent)
		give_back(b, bytes);
	give_back(last, bytes);
	if (last->reserved)
		__atomic_fetch_add(&budget_promised, bytes, __ATOMIC_RELAXED);
}

/* Who pays for records of what is charged here. */
static struct budget *records_payer(struct budget *budget)
{
	while (budget->frames_only)
		budget = budget->parent;
	return budget;
}

void *budget_slab(struct budget *budget, struct slab *slab)
{
	void *storage;

	budget = records_payer(budget);
	if (!budget_charge(budget, slab->size))
		return NULL;
	storage = slab_alloc(slab);
	if (!storage)
		budget_release(budget, slab->size);
	return storage;
}

void budget_slab_free(struct budget *budget, struct slab *slab, void *storage)
{
	slab_free(slab, storage);
	budget_release(records_payer(budget), slab->size);
}

u64 budget_frame(struct budget *budget, bool zeroed)
{
	u64 physical;

	if (!budget_charge(budget, PAGE_SIZE))
		return 0;
	physical = frame_alloc(zeroed);
	if (!physical) {
		budget_release(budget, PAGE_SIZE);
		return 0;
	}
	frame_of(physical)->owner = budget;
	__atomic_fetch_add(&budget->frames, 1, __ATOMIC_RELAXED);
	return physical;
}

void budget_frame_free(u64 physical)
{
	struct object *owner = frame_of(physical)->owner;
	struct budget *budget =
		owner->type == OBJECT_TABLE ? owner->budget : (struct budget *)owner;

	__atomic_fetch_sub(&budget->frames, 1, __ATOMIC_RELAXED);
	budget_release(budget, PAGE_SIZE);
	frame_free(physical);
}

struct budget *budget_create_root(u64 limit)
{
	struct budget *budget = object_alloc(OBJECT_BUDGET, NULL);

	budget->limit = limit;
	list_init(&budget->objects);
	budget_root = budget;
	return budget;
}

i64 sys_budget_create(struct cap_ref parent_cap, u64 limit, u64 flags)
{
	struct budget *parent = parent_cap.object, *budget;

	if (flags & ~(u64)(BUDGET_RESERVED | BUDGET_FRAMES))
		return E_INVAL;
	if (flags & BUDGET_RESERVED && !budget_charge(parent, limit))
		return E_NOMEM;
	budget = object_alloc(OBJECT_BUDGET, parent);
	if (!budget) {
		if (flags & BUDGET_RESERVED)
			budget_release(parent, limit);
		return E_NOMEM;
	}
	budget->parent = parent;
	budget->limit = limit;
	budget->reserved = flags & BUDGET_RESERVED;
	budget->frames_only = flags & BUDGET_FRAMES;
	if (budget->reserved)
		__atomic_fetch_add(&budget_promised, limit, __ATOMIC_RELAXED);
	list_init(&budget->objects);
	return cap_install_new(budget, RIGHTS_ALL, 0);
}

/* The first object charged here whose end is not over, held by the caller; NULL: none. */
static struct object *charged_first(struct budget *budget)
{
	struct object *found = NULL;

	lock_acquire(&budget->object.lock);
	for (struct list *l = budget->objects.next, *next; l != &budget->objects && !found;
	     l = next) {
		struct object *object = container_of(l, struct object, in_budget);

		next = l->next;
		if (object->ended)
			/* Another's reference keeps its storage; it is no longer ours to kill. */
			list_remove(&object->in_budget);
		else if (object_hold(object))
			found = object;
	}
	lock_release(&budget->object.lock);
	return found;
}

static void move_back(struct budget *budget, struct object *object)
{
	lock_acquire(&budget->object.lock);
	list_remove(&object->in_budget);
	list_append(&budget->objects, &object->in_budget);
	lock_release(&budget->object.lock);
}

/*
 * Take one charged object apart after the other.  Living threads go first: between two steps of
 * this others run, and a process that lost half of what it holds must not be among them.  A server
 * could take up again, from the same endpoint, a call that its own death has just thrown back.
 */
error_t budget_kill_step(struct budget *budget)
{
	struct object *object;
	error_t error = 0;

	while (!error && (object = charged_first(budget))) {
		if (object->type == OBJECT_THREAD && !object->dead) {
			error = object_end(object);
			if (!error)
				move_back(budget, object);
		} else {
			error = object_kill(object);
		}
		object_put(object);
		if (!error && preempt_point())
			error = E_RESTART;
	}
	return error;
}

static void timed_add(int count)
{
	for (u32 i = 0; i < CONFIG_CPUS && count; i++)
		__atomic_fetch_add(&cpus[i].timed, (u32)count, __ATOMIC_RELAXED);
}

/* The reservation goes back.  What references still keep is charged on, to nobody's harm. */
void budget_destroy(struct budget *budget)
{
	timed_add(-(budget->quota_ns != 0));
	if (!budget->reserved)
		return;
	__atomic_fetch_sub(&budget_promised, budget->limit - budget->used, __ATOMIC_RELAXED);
	budget_release(budget->parent, budget->limit);
}

i64 sys_budget_info(struct cap_ref cap, struct budget_info __user *to)
{
	struct budget *budget = cap.object;
	struct budget_info info = {
		.limit_bytes = budget->limit,
		.used_bytes = budget->used,
		.frames = budget->frames,
		.peak_bytes = budget->peak,
	};

	return user_write((u64)(uintptr_t)to, &info, sizeof(info));
}

/* --- time --- */

enum { PERIOD_MIN_NS = 1000000, PERIODS_OWED = 1000, QUOTA_PART = 1000, QUOTA_PERIODS = 64 };
#define PERIOD_MAX_NS 10000000000ul

i64 sys_budget_set_time(struct cap_ref cap, u64 quota_ns, u64 period_ns)
{
	struct budget *budget = cap.object;

	if (quota_ns && (period_ns < PERIOD_MIN_NS || period_ns > PERIOD_MAX_NS ||
			 quota_ns < period_ns / QUOTA_PART || quota_ns > period_ns * QUOTA_PERIODS))
		return E_RANGE;
	lock_acquire(&budget->object.lock);
	timed_add((quota_ns != 0) - (budget->quota_ns != 0));
	budget->quota_ns = quota_ns;
	budget->period_ns = period_ns;
	budget->since_ns = budget->limited_ns = arch_now_ns();
	budget->left_ns = (i64)quota_ns;
	lock_release(&budget->object.lock);
	/* Who runs alone, with no timer, has a limit from now on, too. */
	for (u32 i = 0; i < cpu_count; i++)
		arch_poke(&cpus[i]);
	return 0;
}

u64 budget_time(struct budget *budget, u64 used_ns, u64 now, u64 *until)
{
	u64 least = DEADLINE_NEVER;

	*until = 0;
	for (; budget; budget = budget->parent) {
		if (!budget->quota_ns)
			continue;
		lock_acquire(&budget->object.lock);
		u64 quota = budget->quota_ns, period = budget->period_ns;
		u64 periods =
			now > budget->since_ns && quota ? (now - budget->since_ns) / period : 0;

		budget->since_ns += periods * period;
		periods = periods < PERIODS_OWED ? periods : PERIODS_OWED;
		budget->left_ns += (i64)(periods * quota);
		if (budget->left_ns > (i64)quota)
			budget->left_ns = (i64)quota;
		/* Of the limit nothing was used before there was one. */
		u64 limited = now > budget->limited_ns ? now - budget->limited_ns : 0;
		budget->left_ns -= (i64)(used_ns < limited ? used_ns : limited);
		if (quota && budget->left_ns <= 0)
			least = 0;
		else if (quota && (u64)budget->left_ns < least)
			least = (u64)budget->left_ns;
		if (!least && budget->since_ns + period > *until)
			*until = budget->since_ns + period;
		lock_release(&budget->object.lock);
	}
	return least;
}
