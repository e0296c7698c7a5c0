/* SPDX-License-Identifier: MIT */
/* table.c - capability tables: leaves of slots, the free list, and the end of a table. */
#include "microkernel/core/frame.h"
#include "microkernel/object/calls.h"
#include "microkernel/object/cap.h"

/* The frame record of a leaf leads back from a slot to its table.  Needs the table's lock. */
static __attribute__((noinline)) error_t table_grow(struct table *table)
{
	u64 page;

	if (table->nr_leaves == TABLE_LEAVES)
		return E_FULL;
	page = budget_frame(table->object.budget, true);
	if (!page)
		return E_NOMEM;
	frame_of(page)->owner = table;
	frame_of(page)->next = table->nr_leaves;
	struct slot *leaf = direct_pointer(page);
	/* Slot 0 of the first leaf is never used: handle 0 names nothing. */
	for (int i = SLOTS_PER_LEAF - 1; i >= (table->nr_leaves ? 0 : 1); i--) {
		leaf[i].word = 1ul << 24;
		leaf[i].next = table->free;
		table->free = &leaf[i];
	}
	table->leaf[table->nr_leaves] = leaf;
	__atomic_store_n(&table->nr_leaves, table->nr_leaves + 1, __ATOMIC_RELEASE);
	return 0;
}

error_t table_take(struct table *table, unsigned count, struct slot **taken)
{
	error_t error = 0;
	unsigned n = 0;

	lock_acquire(&table->object.lock);
	while (n < count && !error) {
		if (!table->free)
			error = table_grow(table);
		if (!error) {
			taken[n] = table->free;
			table->free = taken[n++]->next;
		}
	}
	lock_release(&table->object.lock);
	if (error)
		table_give_back(table, n, taken);
	return error;
}

void table_give_back(struct table *table, unsigned count, struct slot **taken)
{
	if (!count)
		return;
	lock_acquire(&table->object.lock);
	while (count--) {
		taken[count]->next = table->free;
		table->free = taken[count];
	}
	lock_release(&table->object.lock);
}

struct table *table_make(struct budget *budget)
{
	struct table *table = object_alloc(OBJECT_TABLE, budget);
	u64 page = table ? budget_frame(budget, true) : 0;

	if (page) {
		table->leaf = direct_pointer(page);
		return table;
	}
	if (table)
		object_put(table);
	return NULL;
}

i64 sys_table_create(struct cap_ref budget)
{
	return cap_install_new(table_make(budget.object), RIGHTS_ALL, 0);
}

error_t table_kill_step(struct table *table)
{
	/* Two may end it at once: each knows what it did itself, and nothing is passed over. */
	for (u32 at = table->kill_at; at < table->nr_leaves * SLOTS_PER_LEAF;) {
		/* Also one that an interrupted revocation left invalid but in its tree. */
		if (cap_delete_slot(table_slot(table, at)))
			table->kill_at = ++at;
		if (preempt_point())
			return E_RESTART;
	}
	return 0;
}

enum { LEAVES_AT_ONCE = 8 };

bool table_destroy(struct table *table)
{
	for (int i = 0; table->nr_leaves && i < LEAVES_AT_ONCE; i++)
		budget_frame_free(direct_physical(table->leaf[--table->nr_leaves]));
	if (table->nr_leaves)
		return false;
	if (table->leaf)
		budget_frame_free(direct_physical(table->leaf));
	return true;
}
