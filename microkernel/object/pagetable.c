/* SPDX-License-Identifier: MIT */
/*
 * pagetable.c - walk, fill, clear.
 *
 * fork takes write permission away in the entries that point to last-level tables, 2 MiB at a time.
 * Whoever next makes a page below such an entry writable first takes it from the table's other
 * pages, one by one, and gives it back to the entry: see table_make_writable.
 */
#include "microkernel/object/pagetable.h"
#include "microkernel/core/trace.h"
#include "microkernel/core/frame.h"
#include "microkernel/core/grace.h"
#include "microkernel/lib/string.h"
#include "microkernel/object/space.h"

static pte_t *entry_at(u64 table, u64 address, unsigned level)
{
	return (pte_t *)direct_pointer(table) + table_index(address, level);
}

static pte_t *entries_of(pte_t entry)
{
	return direct_pointer(arch_pte_physical(entry));
}

/* How many pages a table of the last level shows: kept in the record of its frame. */
static u32 *present_in(u64 table)
{
	return &frame_of(table)->next;
}

/* Most of a table is absent, so it is passed over eight entries at a time. */
static unsigned next_present(const pte_t *table, unsigned index)
{
	for (const pte_t *e = table + index; index + 8 <= TABLE_ENTRIES; index += 8, e += 8)
		if (arch_pte_present(e[0] | e[1] | e[2] | e[3] | e[4] | e[5] | e[6] | e[7]))
			break;
	while (index < TABLE_ENTRIES && !arch_pte_present(table[index]))
		index++;
	return index;
}

/* Whether another CPU shows the space, or did when it was last outside. */
static bool shown_on(const struct cpu *cpu, const struct space *space)
{
	return __atomic_load_n(&cpu->root_space, __ATOMIC_SEQ_CST) == space ||
	       __atomic_load_n(&cpu->root_client, __ATOMIC_SEQ_CST) == space;
}

/* Whether it has loaded its root since the latest change. */
static bool has_seen(const struct cpu *cpu, const struct space *space)
{
	u64 generation = __atomic_load_n(&space->tlb_generation, __ATOMIC_SEQ_CST);

	return (cpu->root_space != space ||
		__atomic_load_n(&cpu->space_seen, __ATOMIC_SEQ_CST) == generation) &&
	       (cpu->root_client != space ||
		__atomic_load_n(&cpu->client_seen, __ATOMIC_SEQ_CST) == generation);
}

/*
 * Other CPUs forget the space's translations before they use one again.  Those that are in ring 3
 * are called in and waited for: entering is all that they have to do, so it does not matter which
 * locks are held here.  Those in the kernel use no translation of ring 3's, and look at the
 * generation on their way out.
 */
static void shoot_down(struct space *space)
{
	struct cpu *self = this_cpu();

	for (u32 i = 0; i < cpu_count; i++) {
		struct cpu *cpu = &cpus[i];

		if (cpu == self || !shown_on(cpu, space) ||
		    !__atomic_load_n(&cpu->outside, __ATOMIC_SEQ_CST))
			continue;
		trace(TRACE_SHOOT, i, space->object.id);
		arch_poke(cpu);
		while (__atomic_load_n(&cpu->outside, __ATOMIC_SEQ_CST) && shown_on(cpu, space) &&
		       !has_seen(cpu, space))
			spin_pause();
	}
}

/* A table that was taken out: other CPUs may still walk it, so with many of them its frame is free
 * when all have been outside.  The link lies in its first entries, which show nothing. */
static void table_release(struct grace *grace)
{
	budget_frame_free(direct_physical(grace));
}

void pagetable_give_back(u64 table)
{
	if (cpu_count > 1)
		grace_defer(direct_pointer(table), table_release);
	else
		budget_frame_free(table);
}

static void table_free(struct space *space, pte_t *entry)
{
	pagetable_give_back(arch_pte_physical(*entry));
	*entry = 0;
	space->table_pages--;
}

u64 pagetable_root(struct budget *budget)
{
	u64 root = budget_frame(budget, true);

	if (root)
		memcpy((pte_t *)direct_pointer(root) + SLOT_TOP_ENTRY + 1,
		       (pte_t *)direct_pointer(arch_kernel_root) + SLOT_TOP_ENTRY + 1,
		       (TOP_ENTRIES - SLOT_TOP_ENTRY - 1) * sizeof(pte_t));
	return root;
}

/* The entry of a level (0: of a page), or a large one above it; NULL: there is none up to *next. */
static pte_t *find_entry(u64 root, u64 address, unsigned at_level, u64 *next)
{
	u64 table = root;

	for (unsigned level = TABLE_LEVELS - 1;; level--) {
		pte_t *entry = entry_at(table, address, level);
		u64 span = 1ul << (PAGE_SHIFT + 9 * level);

		*next = (address | (span - 1)) + 1;
		if (!arch_pte_present(*entry))
			return NULL;
		if (level == at_level || arch_pte_large(*entry))
			return entry;
		table = arch_pte_physical(*entry);
	}
}

u64 pagetable_find(struct space *space, u64 address, bool write)
{
	u64 table = space->root;
	pte_t low = 0, page = 0;

#pragma GCC unroll 4
	for (unsigned level = TABLE_LEVELS; level--; table = arch_pte_physical(page)) {
		low = page;
		page = *entry_at(table, address, level);
		if (!arch_pte_present(page))
			return ~(u64)0;
	}
	/* Only the last two levels ever lose write permission. */
	if (!(arch_pte_flags(page) & PTE_USER) ||
	    (write && !(arch_pte_flags(low) & arch_pte_flags(page) & PTE_WRITE)))
		return ~(u64)0;
	return arch_pte_physical(page);
}

/* Nothing becomes more permissive than before but the path: stale entries only lack rights. */
static void table_make_writable(pte_t *entry)
{
	pte_t *page = direct_pointer(arch_pte_physical(*entry));

	for (int i = 0; i < TABLE_ENTRIES; i++)
		page[i] = arch_pte_read_only(page[i]);
	*entry = arch_table_entry(arch_pte_physical(*entry), true);
}

error_t pagetable_set(struct space *space, u64 address, u64 physical, unsigned flags)
{
	u64 table = space->root;
	pte_t *entry;

	for (unsigned level = TABLE_LEVELS - 1; level; level--) {
		entry = entry_at(table, address, level);
		if (!arch_pte_present(*entry)) {
			u64 page = budget_frame(space->object.budget, true);

			if (!page)
				return E_NOMEM;
			space->table_pages++;
			*entry = arch_table_entry(page, true);
		} else if (level == 1 && flags & PTE_WRITE &&
			   !(arch_pte_flags(*entry) & PTE_WRITE)) {
			table_make_writable(entry);
		}
		table = arch_pte_physical(*entry);
	}
	entry = entry_at(table, address, 0);
	pte_t old = *entry, new = arch_pte(physical, flags);
	*entry = new;
	if (!arch_pte_present(old)) {
		space->resident_pages++;
		(*present_in(table))++;
	} else if (old != new)
		pagetable_flush(space, address, 1);
	return 0;
}

enum { LOOKED_AT_ONCE = 1024 }; /* absent tables; of one that is present only one */

/* A table whose whole range is cleared goes, so that whoever comes again passes over it. */
static void clear_table(struct space *space, pte_t *low, u64 start, u64 end)
{
	pte_t *page = entries_of(*low);
	unsigned first = table_index(start, 0), count = (unsigned)((end - start) >> PAGE_SHIFT);
	u64 cleared = 0, at = 0;

	for (unsigned i = first; i < first + count && *present_in(arch_pte_physical(*low)); i++) {
		if (!arch_pte_present(page[i]))
			continue;
		page[i] = 0;
		at = start + ((u64)(i - first) << PAGE_SHIFT);
		cleared++;
		(*present_in(arch_pte_physical(*low)))--;
	}
	space->resident_pages -= cleared;
	if (count == TABLE_ENTRIES) {
		/* The processor may remember the table itself: flush after it is taken out. */
		u64 table = arch_pte_physical(*low);

		*low = 0;
		pagetable_flush(space, start, count);
		pagetable_give_back(table);
		space->table_pages--;
	} else if (cleared == 1) {
		pagetable_flush(space, at, 1);
	} else if (cleared) {
		pagetable_flush(space, start, count);
	}
}

u64 pagetable_clear_part(struct space *space, u64 start, u64 end)
{
	u64 next;

	for (unsigned looked = 0; start < end && looked < LOOKED_AT_ONCE; looked++) {
		pte_t *low = find_entry(space->root, start, 1, &next);

		if (next > end || !next)
			next = end;
		if (low) {
			clear_table(space, low, start, next);
			return next;
		}
		start = next;
	}
	return start;
}

u64 pagetable_count(struct space *space, u64 start, u64 end)
{
	u64 next, count = 0;

	for (; start < end; start = next) {
		pte_t *low = find_entry(space->root, start, 1, &next);

		if (next > end || !next)
			next = end;
		if (low && next - start == TABLE_ENTRIES * PAGE_SIZE) {
			count += *present_in(arch_pte_physical(*low));
			continue;
		}
		for (u64 at = start; low && at < next; at += PAGE_SIZE)
			count += arch_pte_present(entries_of(*low)[table_index(at, 0)]);
	}
	return count;
}

void pagetable_protect_all(struct space *space)
{
	pte_t *top = direct_pointer(space->root);

	for (unsigned a = next_present(top, 0); a < SLOT_TOP_ENTRY; a = next_present(top, a + 1)) {
		pte_t *upper = entries_of(top[a]);

		for (unsigned b = next_present(upper, 0); b < TABLE_ENTRIES;
		     b = next_present(upper, b + 1)) {
			pte_t *low = entries_of(upper[b]);

			for (unsigned c = next_present(low, 0); c < TABLE_ENTRIES;
			     c = next_present(low, c + 1))
				low[c] = arch_pte(arch_pte_physical(low[c]),
						  PTE_READ | PTE_EXEC | PTE_USER);
		}
	}
	pagetable_flush(space, 0, ~(u64)0 >> PAGE_SHIFT);
}

/* The tables below an entry of the top level, one after the other; E_RESTART: some are left. */
static error_t free_below(struct space *space, pte_t *top)
{
	pte_t *upper = entries_of(*top);

	for (unsigned b = next_present(upper, 0); b < TABLE_ENTRIES;
	     b = next_present(upper, b + 1)) {
		pte_t *low = entries_of(upper[b]);

		for (unsigned c = next_present(low, 0); c < TABLE_ENTRIES;
		     c = next_present(low, c + 1)) {
			table_free(space, &low[c]);
			if (preempt_point())
				return E_RESTART;
		}
		table_free(space, &upper[b]);
	}
	table_free(space, top);
	return 0;
}

error_t pagetable_free(struct space *space)
{
	struct cpu *cpu = this_cpu();
	pte_t *top = direct_pointer(space->root);

	if (cpu->root_space == space || cpu->root_client == space) {
		arch_root_load(arch_kernel_root);
		cpu->root_space = cpu->root_client = NULL;
		cpu->resched = 1; /* the way out loads what the thread has now */
	}
	__atomic_fetch_add(&space->tlb_generation, 1, __ATOMIC_SEQ_CST);
	for (u32 i = 0; i < cpu_count; i++)
		if (&cpus[i] != cpu && shown_on(&cpus[i], space)) {
			arch_poke(&cpus[i]);
			(void)preempt_point();
			return E_RESTART;
		}
	for (unsigned a = next_present(top, 0); a <= SLOT_TOP_ENTRY; a = next_present(top, a + 1))
		if (free_below(space, &top[a]))
			return E_RESTART;
	pagetable_give_back(space->root);
	space->root = 0;
	return 0;
}

void pagetable_flush(struct space *space, u64 address, u64 pages)
{
	struct cpu *cpu = this_cpu();

	__atomic_fetch_add(&space->tlb_generation, 1, __ATOMIC_SEQ_CST);
	if (cpu_count > 1)
		shoot_down(space);
	if (cpu->root_space != space && cpu->root_client != space)
		return;
	if (pages > 7) {
		arch_root_load(cpu->root);
		return;
	}
	for (; pages; pages--, address += PAGE_SIZE)
		arch_flush_page(address);
}

bool pagetable_next_run(u64 root, u64 *address, u64 *length, unsigned *flags, u64 limit)
{
	u64 at = *address, next;
	bool found = false;

	while (at < limit) {
		pte_t *entry = find_entry(root, at, 0, &next);

		if (found && (!entry || arch_pte_flags(*entry) != *flags))
			break;
		if (entry && !found) {
			found = true;
			*address = at;
			*flags = arch_pte_flags(*entry);
		}
		/* The hole between the halves is not walked. */
		at = at < GUEST_LIMIT && next >= GUEST_LIMIT && !found ? SLOT_BASE : next;
		if (!at)
			break;
	}
	*length = at - *address;
	return found;
}
