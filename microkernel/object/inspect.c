/* SPDX-License-Identifier: MIT */
/*
 * inspect.c - the read-only view of all objects, for audits and for ps.
 *
 * Objects are found in the slabs of their types, whose storage keeps its type; a cursor is a place
 * there, so objects may come and go meanwhile.
 *
 * Each fill_* makes the first record after a cursor, which begins with the cursor that continues
 * after it: 1; 0: there is none; E_RESTART: an interrupt waits.
 */
#include "microkernel/core/log.h"
#include "microkernel/lib/string.h"
#include "microkernel/object/calls.h"
#include "microkernel/object/endpoint.h"
#include "microkernel/object/space.h"
#include "microkernel/object/system.h"
#include "microkernel/object/thread.h"
#include "microkernel/object/usercopy.h"
#include "microkernel/object/view.h"

/* Of a CPU that idles, up to now. */
static error_t fill_processor(u64 cursor, void *record)
{
	const struct cpu *cpu = &cpus[cursor % CONFIG_CPUS];
	u64 now = arch_now_ns(), since;

	if (cursor >= cpu_count)
		return 0;
	since = __atomic_load_n(&cpu->idle_since_ns, __ATOMIC_RELAXED);
	*(struct inspect_processor *)record = (struct inspect_processor){
		.cursor = cursor + 1,
		.number = cpu->number,
		.apic_id = cpu->apic_id,
		.idle_ns = cpu->idle_ns + (since && since < now ? now - since : 0),
		.interrupts = cpu->interrupts,
		.context_switches = cpu->switches,
		.space_switches = cpu->root_loads,
	};
	return 1;
}

static error_t fill_system(u64 cursor, void *record)
{
	struct inspect_system *s = record;
	struct cpu *cpu = this_cpu();

	if (cursor)
		return 0;
	*s = (struct inspect_system){
		.total_bytes = frame_count_total << PAGE_SHIFT,
		.free_bytes = frame_count_free << PAGE_SHIFT,
		.kernel_bytes =
			((frame_count_total - frame_count_free) << PAGE_SHIFT) -
			(budget_root->used - budget_promised),
		.capabilities = cap_count,
		.uptime_ns = arch_now_ns(),
		.tsc_hz = arch_tsc_hz,
		.longest_stretch_ticks = cpu->stretch_longest,
		.longest_stretch_call = cpu->stretch_call,
	};
	for (int i = 0; i < OBJECT_TYPES; i++)
		s->objects[i] = object_live[i];
	return 1;
}

/* One that waits for its storage to be freed does not wait for who finds it only now. */
static void *next_held(enum object_type type, u64 *cursor)
{
	struct object *o;

	do
		o = object_next(type, cursor);
	while (o && !__atomic_load_n(&o->refs, __ATOMIC_SEQ_CST));
	return o;
}

static error_t fill_thread(u64 cursor, void *record)
{
	struct inspect_thread *r = record;
	struct thread *t;
	struct table *table;
	struct space *space;

	do {
		t = next_held(OBJECT_THREAD, &cursor);
		if (!t)
			return 0;
		table = t->table;
		space = t->space;
	} while (!table || !space);
	r->cursor = cursor;
	r->table_id = table->object.id;
	r->space_id = space->object.id;
	r->budget_id = t->object.budget->object.id;
	thread_describe(t, &r->info);
	return 1;
}

static error_t fill_space(u64 cursor, void *record)
{
	struct inspect_space *r = record;
	struct space *s = next_held(OBJECT_SPACE, &cursor);

	if (!s)
		return 0;
	r->cursor = cursor;
	r->space_id = s->object.id;
	r->kind = s->kind;
	lock_acquire(&s->object.lock);
	space_describe(s, &r->info);
	lock_release(&s->object.lock);
	return 1;
}

static error_t fill_budget(u64 cursor, void *record)
{
	struct inspect_budget *r = record;
	struct budget *b = next_held(OBJECT_BUDGET, &cursor);

	if (!b)
		return 0;
	r->cursor = cursor;
	r->budget_id = b->object.id;
	r->parent_id = b->parent ? b->parent->object.id : 0;
	r->info = (struct budget_info){ b->limit, b->used, b->frames, b->peak };
	return 1;
}

/* The object with that id, or the first after it in the order of storage; NULL: none. */
static struct object *object_from(enum object_type type, u64 id, bool after)
{
	u64 cursor = 0;
	bool seen = !id;
	struct object *o;

	while ((o = next_held(type, &cursor))) {
		if (seen || (o->id == id && !after))
			return o;
		seen = o->id == id;
	}
	return NULL;
}

/* The next capability of the table from slot `index` on.  At a preemption point, should an
 * interrupt wait, the search ends there without one: E_RESTART. */
static error_t fill_slot(struct table *table, u32 index, struct inspect_cap *record)
{
	for (; index < table->nr_leaves * SLOTS_PER_LEAF; index++) {
		struct cap_ref cap;

		if (!(index & 63) && preempt_point())
			return E_RESTART;
		struct slot *slot = table_slot(table, index);
		u64 handle = (slot->word & ~0xfffffful) | index;

		if (cap_find(table, handle, OBJECT_NONE, 0, &cap))
			continue;
		*record = (struct inspect_cap){
			.cursor = table->object.id << 40 | (index + 1),
			.table_id = table->object.id,
			.handle = handle,
			.info = { (u8)(cap.word >> 16), (u32)cap.word & 0xffff, slot->badge,
				  ((struct object *)cap.object)->id },
		};
		return 1;
	}
	return 0;
}

/* cursor: bits 40-63 table id, bits 0-39 slot index + 1. */
static error_t fill_cap(u64 cursor, void *record)
{
	u32 index = (u32)cursor;
	struct object *o = object_from(OBJECT_TABLE, cursor >> 40, false);
	error_t found = 0;

	while (o && !(found = fill_slot((struct table *)o, index, record))) {
		o = object_from(OBJECT_TABLE, o->id, true);
		index = 0;
	}
	return found;
}

/* cursor: bits 36-63 space id (all ones: the kernel), bits 0-35 page number in the root's walk. */
enum { PAGE_BITS = 36 };
#define KERNEL_SPACE ((1ul << (64 - PAGE_BITS)) - 1)

static error_t fill_run(u64 root, u64 id, u64 page, u64 limit, struct inspect_mapping *record)
{
	u64 address = (u64)((i64)(page << 28) >> 16), length;
	unsigned flags;

	if (!root || !pagetable_next_run(root, &address, &length, &flags, limit))
		return 0;
	*record = (struct inspect_mapping){
		.cursor = id << PAGE_BITS | ((address + length) << 16 >> 28),
		.space_id = id == KERNEL_SPACE ? 0 : id,
		.address = address,
		.length = length,
		.protect = flags & 7,
		.user = !!(flags & PTE_USER),
	};
	return 1;
}

static error_t fill_mapping(u64 cursor, void *record)
{
	u64 id = cursor >> PAGE_BITS, page = cursor & ((1ul << PAGE_BITS) - 1);
	struct object *o = id == KERNEL_SPACE ? NULL : object_from(OBJECT_SPACE, id, false);
	error_t found;

	while (o) {
		lock_acquire(&o->lock);
		found = fill_run(((struct space *)o)->root, o->id, page, SLOT_LIMIT, record);
		lock_release(&o->lock);
		if (found)
			return found;
		o = object_from(OBJECT_SPACE, o->id, true);
		page = 0;
	}
	if (id != KERNEL_SPACE)
		page = SLOT_LIMIT << 16 >> 28;
	return fill_run(arch_kernel_root, KERNEL_SPACE, page, ~PAGE_MASK, record);
}

static error_t fill_log(u64 cursor, void *record)
{
	struct inspect_log *r = record;

	r->length = log_peek(&cursor, r->text, sizeof(r->text));
	r->cursor = cursor;
	return r->length != 0;
}

static const struct {
	error_t (*fill)(u64 cursor, void *record);
	u64 length;
} lists[] = {
	[INSPECT_SYSTEM] = { fill_system, sizeof(struct inspect_system) },
	[INSPECT_THREADS] = { fill_thread, sizeof(struct inspect_thread) },
	[INSPECT_SPACES] = { fill_space, sizeof(struct inspect_space) },
	[INSPECT_MAPPINGS] = { fill_mapping, sizeof(struct inspect_mapping) },
	[INSPECT_CAPS] = { fill_cap, sizeof(struct inspect_cap) },
	[INSPECT_BUDGETS] = { fill_budget, sizeof(struct inspect_budget) },
	[INSPECT_LOG] = { fill_log, sizeof(struct inspect_log) },
	[INSPECT_PROCESSORS] = { fill_processor, sizeof(struct inspect_processor) },
};

i64 sys_inspect_read(struct cap_ref cap, u64 what, u64 cursor, u64 address, u64 size)
{
	u64 record[sizeof(struct inspect_system) / sizeof(u64)]; /* the longest */
	u64 done = 0, length;
	error_t found = 0;

	(void)cap;
	if (CONFIG_DEBUG && what >= INSPECT_FAILPOINT)
		return debug_ask(what, cursor, address);
	if (what >= sizeof(lists) / sizeof(lists[0]))
		return E_INVAL;
	length = lists[what].length;
	while (length <= size - done) {
		memset(record, 0, sizeof(record));
		found = lists[what].fill(cursor, record);
		if (found <= 0)
			break;
		error_t error = user_write(address + done, record, length);
		if (error)
			return error;
		cursor = record[0];
		done += length;
		if (preempt_point())
			break;
	}
	return done || found != E_RESTART ? (i64)done : E_RESTART;
}

i64 sys_inspect_check(struct cap_ref cap)
{
	(void)cap;
	return CONFIG_DEBUG ? debug_check() : E_NOTSUP;
}
