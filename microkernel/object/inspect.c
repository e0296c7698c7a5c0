/* SPDX-License-Identifier: MIT */
/*
 * inspect.c - the read-only view of all objects, for audits and for ps.
 *
 * Objects are found through the budgets that they are charged to, in a walk over the tree of
 * budgets; a cursor is the id of the last object reported, so objects may come and go meanwhile.
 */
#include "microkernel/object/calls.h"
#include "microkernel/object/endpoint.h"
#include "microkernel/object/space.h"
#include "microkernel/object/system.h"
#include "microkernel/object/thread.h"
#include "microkernel/object/usercopy.h"
#include "microkernel/object/view.h"

/* The object after `object` in a walk over all budgets, or NULL. */
static struct object *walk_next(struct object *object)
{
	struct budget *budget = object ? object->budget : budget_root;
	struct list *next;

	if (!object)
		next = budget_root->objects.next;
	else if (object->type == OBJECT_BUDGET && !list_empty(&((struct budget *)object)->objects))
		return container_of(((struct budget *)object)->objects.next, struct object,
				    in_budget);
	else
		next = object->in_budget.next;
	while (budget && next == &budget->objects) {
		if (budget == budget_root)
			return NULL;
		next = budget->object.in_budget.next;
		budget = budget->object.budget;
	}
	return budget ? container_of(next, struct object, in_budget) : NULL;
}

/* Objects of a type in order of the walk; after the one with id `after` (0: the first). */
static struct object *next_of_type(enum object_type type, u64 after)
{
	struct object *object = walk_next(NULL);
	bool seen = !after;

	for (; object; object = walk_next(object)) {
		if (seen && object->type == type)
			return object;
		if (object->id == after)
			seen = true;
	}
	return NULL;
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
		.space_switches = cpu->root_loads,
		.interrupts = cpu->interrupts,
		.context_switches = cpu->switches,
		.uptime_ns = now,
		.idle_ns = cpu->idle_ns,
		.tsc_hz = arch_tsc_hz,
	};
	for (int i = 0; i < OBJECT_TYPES; i++)
		s->objects[i] = object_live[i];
}

static bool fill_thread(u64 *cursor, struct inspect_thread *record)
{
	struct thread *t;

	do {
		t = (struct thread *)next_of_type(OBJECT_THREAD, *cursor);
		if (!t)
			return false;
		*cursor = t->object.id;
	} while (!t->table);
	record->cursor = *cursor;
	record->table_id = t->table->object.id;
	record->space_id = t->space->object.id;
	record->budget_id = t->object.budget->object.id;
	thread_describe(t, &record->info);
	return true;
}

static bool fill_space(u64 *cursor, struct inspect_space *record)
{
	struct space *s = (struct space *)next_of_type(OBJECT_SPACE, *cursor);

	if (!s)
		return false;
	*cursor = record->cursor = record->space_id = s->object.id;
	record->kind = s->kind;
	space_describe(s, &record->info);
	return true;
}

static bool fill_budget(u64 *cursor, struct inspect_budget *record)
{
	struct budget *b = (struct budget *)next_of_type(OBJECT_BUDGET, *cursor);

	if (!b)
		return false;
	*cursor = record->cursor = record->budget_id = b->object.id;
	record->parent_id = b->parent ? b->parent->object.id : 0;
	record->info = (struct budget_info){ b->limit, b->used, b->frames, b->peak };
	return true;
}

/* cursor: bits 40-63 table id, bits 0-39 slot index + 1. */
static bool fill_cap(u64 *cursor, struct inspect_cap *record)
{
	u64 id = *cursor >> 40;
	u32 index = (u32)*cursor;
	bool seen = !*cursor;

	for (struct object *o = walk_next(NULL); o; o = walk_next(o)) {
		if (o->type != OBJECT_TABLE || (!seen && o->id != id))
			continue;
		seen = true;
		struct table *table = (struct table *)o;
		for (u32 i = o->id == id ? index : 0; i < table->nr_leaves * SLOTS_PER_LEAF; i++) {
			struct slot *slot = table_slot(table, i);

			if (!slot_type(slot))
				continue;
			*cursor = o->id << 40 | (i + 1);
			*record = (struct inspect_cap){
				.cursor = *cursor,
				.table_id = o->id,
				.handle = (slot->word & ~0xfffffful) | i,
				.info = { slot_type(slot), (u32)slot_rights(slot), slot->badge,
					  slot->object->id },
			};
			return true;
		}
	}
	return false;
}

/* cursor: bits 36-63 space id (all ones: the kernel), bits 0-35 page number in the root's walk. */
enum { PAGE_BITS = 36 };
#define KERNEL_SPACE ((1ul << (64 - PAGE_BITS)) - 1)
#define PAGE_LAST    ((1ul << PAGE_BITS) - 1) /* nothing of this space is left */

static struct object *space_after(u64 id, u64 page)
{
	if (id && page != PAGE_LAST)
		for (struct object *o = walk_next(NULL); o; o = walk_next(o))
			if (o->type == OBJECT_SPACE && o->id == id)
				return o;
	return next_of_type(OBJECT_SPACE, id);
}

static bool fill_mapping(u64 *cursor, struct inspect_mapping *record)
{
	u64 id = *cursor >> PAGE_BITS, address, length, limit;
	u64 page = *cursor & ((1ul << PAGE_BITS) - 1);
	unsigned flags;

	for (;;) {
		struct space *s = NULL;
		u64 root = arch_kernel_root;

		if (id != KERNEL_SPACE) {
			struct object *o = space_after(id, page);
			if (!o) {
				id = KERNEL_SPACE;
				page = SLOT_LIMIT << 16 >> 28;
				continue;
			}
			s = (struct space *)o;
			if (o->id != id)
				page = 0;
			id = o->id;
			root = s->root;
		}
		address = (u64)((i64)(page << 28) >> 16);
		limit = s ? SLOT_LIMIT : 0; /* the kernel's part runs to the end of the space */
		if (root && pagetable_next_run(root, &address, &length, &flags,
					       limit ? limit : ~PAGE_MASK)) {
			*cursor = id << PAGE_BITS | (((address + length) << 16 >> 28));
			*record = (struct inspect_mapping){
				.cursor = *cursor,
				.space_id = s ? id : 0,
				.address = address,
				.length = length,
				.protect = flags & 7,
				.user = !!(flags & PTE_USER),
			};
			return true;
		}
		if (!s)
			return false;
		page = PAGE_LAST;
	}
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
	} record;
	u64 done = 0, length = 0;
	bool more = true;

	(void)cap;
	while (more && done <= size) {
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
		default:
			return E_INVAL;
		}
		if (!more || length > size - done)
			break;
		error_t error = user_write(address + done, &record, length);
		if (error)
			return error;
		done += length;
		if (preempt_point())
			break;
	}
	return (i64)done;
}

/* --- dump: an NMI asks for it --- */

void dump_threads(void)
{
	static const char *const waits[] = { "ready",	"suspended",	"send",	 "reply",
					     "receive", "notification", "futex", "dead" };

	log_printf("keel: %u of %u frames free, threads:", frame_count_free, frame_count_total);
	for (struct object *o = walk_next(NULL); o; o = walk_next(o)) {
		struct thread *t = (struct thread *)o;

		if (o->type != OBJECT_THREAD || t->wait == WAIT_DEAD)
			continue;
		log_printf(
			"  %u %s %s%s rip %x guest %x level %u on %u", o->id, t->name,
			waits[t->wait],
			this_cpu()->current == &t->run ? " running"
			: t->in_guest		       ? " in guest"
						       : "",
			t->regs.rip, t->state ? t->state->regs.rip : 0, (u64)sched_level(&t->run),
			t->wait == WAIT_REPLY && t->server		  ? t->server->object.id
			: t->wait == WAIT_SEND || t->wait == WAIT_RECEIVE ? t->endpoint->object.id
									  : 0);
	}
	log_flush_to_port();
}

/* --- kcheck --- */

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
		else if (flags & PTE_WRITE && !(r->protect & PROTECT_WRITE))
			violated("a page is writable in a read-only region", s->object.id);
		at += length;
	}
	if (resident != s->resident_pages)
		violated("resident pages are miscounted", s->object.id);
	u64 last = 0, count = 0;
	for (struct list *l = s->ordered.next; l != &s->ordered; l = l->next, count++) {
		struct region *r = container_of(l, struct region, ordered);

		if (r->start < last || r->end <= r->start)
			violated("regions overlap or are empty", s->object.id);
		last = r->end;
	}
	if (count != s->region_count)
		violated("regions are miscounted", s->object.id);
}

static void check_thread(struct thread *t)
{
	bool queued = t->run.queued, running = this_cpu()->current == &t->run;

	if (t->wait != WAIT_NONE && (queued || running))
		violated("a waiting thread is in a run queue", t->object.id);
	if (t->wait == WAIT_NONE && !queued && !running)
		violated("a ready thread is in no run queue", t->object.id);
	if (t->wait == WAIT_REPLY && (list_empty(&t->held) || !t->holder))
		violated("a received caller is held by no table", t->object.id);
}

u64 kcheck(void)
{
	u64 counted[OBJECT_TYPES] = { 0 }, caps = 0, charged = 0;

	violations = 0;
	for (struct object *o = walk_next(NULL); o; o = walk_next(o)) {
		counted[o->type]++;
		caps += o->caps;
		if (o->type == OBJECT_SPACE)
			check_space((struct space *)o);
		if (o->type == OBJECT_THREAD)
			check_thread((struct thread *)o);
		if (o->type == OBJECT_BUDGET &&
		    ((struct budget *)o)->frames << PAGE_SHIFT > ((struct budget *)o)->used)
			violated("a budget has more frames than use", o->id);
		if (o->type == OBJECT_BUDGET)
			charged += ((struct budget *)o)->frames;
		if (!o->refs && !o->caps)
			violated("an object lives without holder", o->id);
	}
	charged += budget_root->frames;
	caps += budget_root->object.caps;
	counted[OBJECT_BUDGET]++;
	if (caps != cap_count)
		violated("capabilities are miscounted", 0);
	for (int i = 0; i < OBJECT_TYPES; i++)
		if (counted[i] != object_live[i])
			violated("objects of a type are not all charged to a budget", (u64)i);
	u64 owned = frame_count_charged();
	if (owned != charged) {
		log_printf("kcheck: %u frames have an owner, budgets count %u", owned, charged);
		violations++;
	}
	return violations;
}

i64 sys_inspect_check(struct cap_ref cap)
{
	(void)cap;
	return CONFIG_DEBUG ? (i64)kcheck() : E_NOTSUP;
}
