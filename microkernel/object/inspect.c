/* SPDX-License-Identifier: MIT */
/*
 * inspect.c - the read-only view of all objects, for audits and for ps.
 *
 * Objects are found in the slabs of their types, whose storage keeps its type; a cursor is a place
 * there, so objects may come and go meanwhile.
 */
#include "microkernel/core/log.h"
#include "microkernel/object/calls.h"
#include "microkernel/object/endpoint.h"
#include "microkernel/object/space.h"
#include "microkernel/object/system.h"
#include "microkernel/object/thread.h"
#include "microkernel/object/usercopy.h"
#include "microkernel/object/view.h"

/* Of a CPU that idles, up to now. */
static bool fill_processor(u64 *cursor, struct inspect_processor *record)
{
	const struct cpu *cpu;
	u64 now = arch_now_ns(), since;

	if (*cursor >= cpu_count)
		return false;
	cpu = &cpus[*cursor];
	since = __atomic_load_n(&cpu->idle_since_ns, __ATOMIC_RELAXED);
	*record = (struct inspect_processor){
		.cursor = ++*cursor,
		.number = cpu->number,
		.apic_id = cpu->apic_id,
		.idle_ns = cpu->idle_ns + (since && since < now ? now - since : 0),
		.interrupts = cpu->interrupts,
		.context_switches = cpu->switches,
		.space_switches = cpu->root_loads,
	};
	return true;
}

static void add_processors(struct inspect_system *s)
{
	struct inspect_processor one;
	u64 cursor = 0;

	while (fill_processor(&cursor, &one)) {
		s->space_switches += one.space_switches;
		s->interrupts += one.interrupts;
		s->context_switches += one.context_switches;
		s->idle_ns += one.idle_ns;
	}
}

static void fill_system(struct inspect_system *s)
{
	struct cpu *cpu = this_cpu();
	u64 now = arch_now_ns();

	*s = (struct inspect_system){
		.total_bytes = frame_count_total << PAGE_SHIFT,
		.free_bytes = frame_count_free << PAGE_SHIFT,
		.kernel_bytes =
			((frame_count_total - frame_count_free) << PAGE_SHIFT) -
			(budget_root->used - budget_promised),
		.capabilities = cap_count,
		.uptime_ns = now,
		.tsc_hz = arch_tsc_hz,
		.longest_stretch_ticks = cpu->stretch_longest,
		.longest_stretch_call = cpu->stretch_call,
	};
	for (int i = 0; i < OBJECT_TYPES; i++)
		s->objects[i] = object_live[i];
	add_processors(s);
}

static bool fill_thread(u64 *cursor, struct inspect_thread *record)
{
	struct thread *t;
	struct table *table;
	struct space *space;

	do {
		t = (struct thread *)object_next(OBJECT_THREAD, cursor);
		if (!t)
			return false;
		table = t->table;
		space = t->space;
	} while (!table || !space);
	record->cursor = *cursor;
	record->table_id = table->object.id;
	record->space_id = space->object.id;
	record->budget_id = t->object.budget->object.id;
	thread_describe(t, &record->info);
	return true;
}

static bool fill_space(u64 *cursor, struct inspect_space *record)
{
	struct space *s = (struct space *)object_next(OBJECT_SPACE, cursor);

	if (!s)
		return false;
	record->cursor = *cursor;
	record->space_id = s->object.id;
	record->kind = s->kind;
	lock_acquire(&s->object.lock);
	space_describe(s, &record->info);
	lock_release(&s->object.lock);
	return true;
}

static bool fill_budget(u64 *cursor, struct inspect_budget *record)
{
	struct budget *b = (struct budget *)object_next(OBJECT_BUDGET, cursor);

	if (!b)
		return false;
	record->cursor = *cursor;
	record->budget_id = b->object.id;
	record->parent_id = b->parent ? b->parent->object.id : 0;
	record->info = (struct budget_info){ b->limit, b->used, b->frames, b->peak };
	return true;
}

/* The object with that id, or the first after it in the order of storage; NULL: none. */
static struct object *object_from(enum object_type type, u64 id, bool after)
{
	u64 cursor = 0;
	bool seen = !id;
	struct object *o;

	while ((o = object_next(type, &cursor))) {
		if (seen || (o->id == id && !after))
			return o;
		seen = o->id == id;
	}
	return NULL;
}

/* The next capability of the table from slot `index` on.  At a preemption point, should an
 * interrupt wait, the search ends there without one: E_RESTART. */
static error_t fill_slot(struct table *table, u32 index, u64 *cursor, struct inspect_cap *record)
{
	for (; index < table->nr_leaves * SLOTS_PER_LEAF; index++) {
		struct cap_ref cap;

		if (!(index & 63) && preempt_point())
			return E_RESTART;
		struct slot *slot = table_slot(table, index);
		u64 handle = (slot->word & ~0xfffffful) | index;

		if (cap_lookup_in(table, handle, OBJECT_NONE, 0, &cap))
			continue;
		*cursor = table->object.id << 40 | (index + 1);
		*record = (struct inspect_cap){
			.cursor = *cursor,
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
static error_t fill_cap(u64 *cursor, struct inspect_cap *record)
{
	u64 id = *cursor >> 40;
	u32 index = (u32)*cursor;
	struct object *o = object_from(OBJECT_TABLE, id, false);
	error_t found = 0;

	while (o && !(found = fill_slot((struct table *)o, index, cursor, record))) {
		o = object_from(OBJECT_TABLE, o->id, true);
		index = 0;
	}
	return found;
}

/* cursor: bits 36-63 space id (all ones: the kernel), bits 0-35 page number in the root's walk. */
enum { PAGE_BITS = 36 };
#define KERNEL_SPACE ((1ul << (64 - PAGE_BITS)) - 1)

static bool fill_kernel_mapping(u64 page, u64 *cursor, struct inspect_mapping *record)
{
	u64 address = (u64)((i64)(page << 28) >> 16), length;
	unsigned flags;

	if (!pagetable_next_run(arch_kernel_root, &address, &length, &flags, ~PAGE_MASK))
		return false;
	*cursor = KERNEL_SPACE << PAGE_BITS | ((address + length) << 16 >> 28);
	*record = (struct inspect_mapping){
		.cursor = *cursor,
		.address = address,
		.length = length,
		.protect = flags & 7,
		.user = !!(flags & PTE_USER),
	};
	return true;
}

static bool fill_space_mapping(struct space *s, u64 page, u64 *cursor,
			       struct inspect_mapping *record)
{
	u64 address = (u64)((i64)(page << 28) >> 16), length;
	unsigned flags;
	bool found;

	lock_acquire(&s->object.lock);
	found = s->root && pagetable_next_run(s->root, &address, &length, &flags, SLOT_LIMIT);
	lock_release(&s->object.lock);
	if (!found)
		return false;
	*cursor = s->object.id << PAGE_BITS | ((address + length) << 16 >> 28);
	*record = (struct inspect_mapping){
		.cursor = *cursor,
		.space_id = s->object.id,
		.address = address,
		.length = length,
		.protect = flags & 7,
		.user = !!(flags & PTE_USER),
	};
	return true;
}

static bool fill_mapping(u64 *cursor, struct inspect_mapping *record)
{
	u64 id = *cursor >> PAGE_BITS, page = *cursor & ((1ul << PAGE_BITS) - 1);
	struct object *o;

	if (id == KERNEL_SPACE)
		return fill_kernel_mapping(page, cursor, record);
	o = object_from(OBJECT_SPACE, id, false);
	while (o && !fill_space_mapping((struct space *)o, page, cursor, record)) {
		o = object_from(OBJECT_SPACE, o->id, true);
		page = 0;
	}
	return o || fill_kernel_mapping(SLOT_LIMIT << 16 >> 28, cursor, record);
}

static bool fill_log(u64 *cursor, struct inspect_log *record)
{
	record->length = log_peek(cursor, record->text, sizeof(record->text));
	record->cursor = *cursor;
	return record->length;
}

i64 sys_inspect_read(struct cap_ref cap, u64 what, u64 cursor, u64 address, u64 size)
{
	union {
		struct inspect_system system;
		struct inspect_thread thread;
		struct inspect_space space;
		struct inspect_mapping mapping;
		struct inspect_cap cap;
		struct inspect_budget budget;
		struct inspect_log log;
		struct inspect_processor processor;
	} record;
	u64 done = 0, length = 0;
	error_t more = 1; /* 0: no more, E_RESTART: interrupted in a search */

	(void)cap;
	while (more > 0 && done <= size) {
		record = (typeof(record)){ 0 };
		switch (what) {
		case INSPECT_SYSTEM:
			length = sizeof(record.system);
			fill_system(&record.system);
			more = !cursor++;
			break;
		case INSPECT_THREADS:
			length = sizeof(record.thread);
			more = fill_thread(&cursor, &record.thread);
			break;
		case INSPECT_SPACES:
			length = sizeof(record.space);
			more = fill_space(&cursor, &record.space);
			break;
		case INSPECT_MAPPINGS:
			length = sizeof(record.mapping);
			more = fill_mapping(&cursor, &record.mapping);
			break;
		case INSPECT_CAPS:
			length = sizeof(record.cap);
			more = fill_cap(&cursor, &record.cap);
			break;
		case INSPECT_BUDGETS:
			length = sizeof(record.budget);
			more = fill_budget(&cursor, &record.budget);
			break;
		case INSPECT_LOG:
			length = sizeof(record.log);
			more = fill_log(&cursor, &record.log);
			break;
		case INSPECT_PROCESSORS:
			length = sizeof(record.processor);
			more = fill_processor(&cursor, &record.processor);
			break;
		default:
			return E_INVAL;
		}
		if (more <= 0 || length > size - done)
			break;
		error_t error = user_write(address + done, &record, length);
		if (error)
			return error;
		done += length;
		if (preempt_point())
			break;
	}
	return done || more != E_RESTART ? (i64)done : E_RESTART;
}
