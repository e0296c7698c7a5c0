/* SPDX-License-Identifier: MIT */
/* memory.c - the page tree of a memory object. */
#include "microkernel/object/memory.h"
#include "microkernel/core/slab.h"
#include "microkernel/lib/string.h"
#include "microkernel/object/space.h"

struct slab node_slab = SLAB_INIT(SLAB_NODE, sizeof(struct node));

/*
 * Nodes that nobody points to any more wait in this CPU's list (cpu.reap), linked through the word
 * of refs and level, and are taken apart one at a time, never by recursion (contract A8).
 */
static struct node **reap_link(struct node *node)
{
	return (struct node **)&node->refs;
}

static struct node *node_make(struct budget *budget, u32 level)
{
	struct node *node;

	node = budget_slab(budget, &node_slab);
	if (!node)
		return NULL;
	node->refs = 1;
	node->level = level;
	node->budget = budget;
	object_get(budget);
	return node;
}

static void frame_put(u64 physical)
{
	if (!__atomic_sub_fetch(&frame_of(physical)->refs, 1, __ATOMIC_ACQ_REL)) {
		frame_of(physical)->refs = 1;
		budget_frame_free(physical);
	}
}

void node_put(struct node *node)
{
	if (__atomic_sub_fetch(&node->refs, 1, __ATOMIC_ACQ_REL))
		return;
	/* The level is lost: node_reap tells leaves from inner nodes by their entries. */
	*reap_link(node) = this_cpu()->reap;
	this_cpu()->reap = node;
	this_cpu()->work = 1;
}

bool node_reap(void)
{
	struct cpu *cpu = this_cpu();
	struct node *node = cpu->reap;

	if (!node)
		return true;
	cpu->reap = *reap_link(node);
	for (int i = 0; i < NODE_ENTRIES; i++) {
		u64 entry = node->entry[i];

		if (!entry)
			continue;
		if (entry >> 63) /* a direct-map pointer: an inner entry */
			node_put((struct node *)entry);
		else
			frame_put(entry);
	}
	struct budget *budget = node->budget;
	budget_slab_free(budget, &node_slab, node);
	object_put(budget);
	return !cpu->reap;
}

struct memory *memory_make(struct budget *budget, enum memory_kind kind, u64 size)
{
	struct memory *memory = object_alloc(OBJECT_MEMORY, budget);

	if (!memory)
		return NULL;
	memory->kind = (u8)kind;
	memory->size = memory->capacity = size;
	memory->unmap_first = ~(u64)0;
	memory->walk.class = LOCK_WALK;
	list_init(&memory->regions);
	if (object_enter(&memory->object))
		return memory;
	object_put(memory);
	return NULL;
}

static unsigned index_at(u64 index, u32 level)
{
	return (unsigned)(index >> (NODE_BITS * level) & (NODE_ENTRIES - 1));
}

static bool beyond(const struct memory *memory, u64 index)
{
	return index >> (NODE_BITS * memory->height);
}

static bool locked(const struct memory *memory)
{
	return !CONFIG_DEBUG ||
	       (memory->kind == MEMORY_OVERLAY
			? lock_is_held(LOCK_SPACE) || lock_is_held(LOCK_SPACE_SECOND)
			: lock_is_held(LOCK_MEMORY));
}

/* Counts of what we hold a pointer to change under our hands only from 2 upwards, or down to 1. */
static bool alone(const u32 *refs)
{
	return __atomic_load_n(refs, __ATOMIC_ACQUIRE) == 1;
}

u64 memory_peek(struct memory *memory, u64 index, bool *exclusive)
{
	struct node *node = memory->root;
	bool ours = true;

	assert(locked(memory));
	if (memory->kind == MEMORY_DEVICE) {
		*exclusive = true;
		return memory->device + (index << PAGE_SHIFT);
	}
	if (!node || beyond(memory, index))
		return 0;
	for (u32 level = memory->height - 1; node; level--) {
		u64 entry = node->entry[index_at(index, level)];

		ours &= alone(&node->refs);
		if (!level) {
			*exclusive = ours && entry && alone(&frame_of(entry)->refs);
			return entry;
		}
		node = (struct node *)entry;
	}
	return 0;
}

/* Make *link a node of our own: new, or a copy of one that is shared. */
static struct node *node_own(struct memory *memory, struct node **link, u32 level)
{
	struct node *old = *link, *node;

	if (old && alone(&old->refs))
		return old;
	node = node_make(memory->object.budget, level);
	if (!node)
		return NULL;
	for (int i = 0; old && i < NODE_ENTRIES; i++) {
		u64 entry = node->entry[i] = old->entry[i];

		if (!entry)
			continue;
		u32 *refs = level ? &((struct node *)entry)->refs : &frame_of(entry)->refs;
		__atomic_fetch_add(refs, 1, __ATOMIC_RELAXED);
	}
	if (old)
		node_put(old);
	*link = node;
	return node;
}

/* The entry that covers page `index` at a level (0: the page), in nodes of our own; NULL: E_NOMEM.
 */
static u64 *own_entry(struct memory *memory, u64 index, u32 at_level)
{
	struct node **link = &memory->root, *node;

	assert(locked(memory));
	/* A taller tree: the old root becomes entry 0 of a new one. */
	while (memory->height <= at_level || beyond(memory, index)) {
		if (memory->root) {
			node = node_make(memory->object.budget, memory->height);
			if (!node)
				return NULL;
			node->entry[0] = (u64)memory->root;
			memory->root = node;
		}
		memory->height++;
	}
	for (u32 level = memory->height - 1;; level--) {
		node = node_own(memory, link, level);
		if (!node || level == at_level)
			return node ? &node->entry[index_at(index, level)] : NULL;
		link = (struct node **)&node->entry[index_at(index, level)];
	}
}

u64 *memory_own(struct memory *memory, u64 index)
{
	return own_entry(memory, index, 0);
}

u64 memory_page(struct memory *memory, u64 index)
{
	bool exclusive;
	u64 physical = memory_peek(memory, index, &exclusive);

	return physical && exclusive ? physical : memory_page_own(memory, index);
}

u64 memory_page_own(struct memory *memory, u64 index)
{
	u64 physical, *entry = memory_own(memory, index);

	if (!entry)
		return 0;
	if (*entry && alone(&frame_of(*entry)->refs))
		return *entry; /* the path was shared, the page was not */
	physical = budget_frame(memory->object.budget, !*entry);
	if (!physical)
		return 0;
	if (*entry) {
		frame_copy(physical, *entry);
		frame_put(*entry);
	} else {
		memory->pages++;
	}
	*entry = physical;
	return physical;
}

void memory_share(struct memory *to, struct memory *from)
{
	assert(locked(from));
	to->root = from->root;
	to->height = from->height;
	to->pages = from->pages;
	if (to->root)
		__atomic_fetch_add(&to->root->refs, 1, __ATOMIC_RELAXED);
}

error_t memory_adopt(struct memory *memory, u64 index, u64 physical)
{
	u64 *entry = memory_own(memory, index);

	if (!entry || !budget_charge(memory->object.budget, PAGE_SIZE))
		return E_NOMEM;
	frame_of(physical)->owner = memory->object.budget;
	__atomic_fetch_add(&memory->object.budget->frames, 1, __ATOMIC_RELAXED);
	*entry = physical;
	memory->pages++;
	return 0;
}

bool memory_find_step(struct memory *memory, u64 *index, bool present)
{
	struct node *node = memory->root;
	u32 level = memory->height - 1;

	assert(locked(memory));
	if (!node || beyond(memory, *index)) {
		if (present)
			*index = ~(u64)0;
		return true;
	}
	while (node && level) {
		node = (struct node *)node->entry[index_at(*index, level)];
		level--;
	}
	if (!node) {
		/* Nothing below this entry: skip all that it would cover. */
		u64 span = 1ul << (NODE_BITS * (level + 1));

		if (present)
			*index = (*index | (span - 1)) + 1;
		return !present;
	}
	do {
		if ((node->entry[index_at(*index, 0)] != 0) == present)
			return true;
	} while (++*index & (NODE_ENTRIES - 1));
	return false;
}

/* The first page at or after `index` and below `last` that is present, or `last`. */
static u64 next_present(struct memory *memory, u64 index, u64 last)
{
	while (index < last && !memory_find_step(memory, &index, true))
		;
	return index < last ? index : last;
}

/* A whole leaf goes, shared or not, without a look at its pages but to count them. */
static void drop_leaf(struct memory *memory, u64 *entry)
{
	struct node *leaf = (struct node *)*entry;

	*entry = 0;
	for (int i = 0; i < NODE_ENTRIES; i++)
		memory->pages -= leaf->entry[i] != 0;
	node_put(leaf);
}

error_t memory_drop(struct memory *memory, u64 first, u64 last)
{
	assert(locked(memory));
	for (u64 i = first; (i = next_present(memory, i, last)) < last;) {
		u64 base = i & ~(u64)(NODE_ENTRIES - 1);
		bool whole = base >= first && last - base >= NODE_ENTRIES && memory->height > 1;
		u64 *entry = own_entry(memory, i, whole);

		if (!entry)
			return E_NOMEM;
		if (whole) {
			drop_leaf(memory, entry);
			i = base + NODE_ENTRIES;
		} else {
			frame_put(*entry);
			*entry = 0;
			memory->pages--;
			i++;
		}
		if (preempt_point())
			return E_RESTART;
	}
	return 0;
}

/* The highest level at which an entry moves as a whole: both begin one there, and fill it. */
static u32 move_level(u64 from, u64 to, u64 count)
{
	u32 level = 0;

	while (level < 2 && !((from | to) & ((1ul << NODE_BITS * (level + 1)) - 1)) &&
	       count >> NODE_BITS * (level + 1))
		level++;
	return level;
}

error_t memory_move(struct memory *memory, u64 from, u64 to, u64 *left)
{
	while (*left) {
		u32 level = move_level(from, to, *left);
		u64 step = 1ul << NODE_BITS * level, *source, *target;
		unsigned i = index_at(from, level), j = index_at(to, level);
		u64 run = NODE_ENTRIES - (i > j ? i : j);

		/* Owning the second path copies only nodes that are shared, never one of the first;
		 * growing the tree leaves both in place. */
		target = own_entry(memory, to, level);
		source = target ? own_entry(memory, from, level) : NULL;
		if (!source)
			return E_NOMEM;
		run = run < *left / step ? run : *left / step;
		for (u64 n = 0; n < run; n++) {
			if (level && target[n])
				node_put((struct node *)target[n]); /* it is empty */
			target[n] = source[n];
			source[n] = 0;
		}
		from += run * step;
		to += run * step;
		*left -= run * step;
	}
	return 0;
}

error_t memory_kill_step(struct memory *memory)
{
	struct node *root = NULL;
	error_t error = memory->kind == MEMORY_OVERLAY ? 0 : memory_unmap_all(memory, NULL);

	if (error)
		return error;
	lock_acquire(&memory->object.lock);
	/* Pinned pages stay for the threads that use them as message or state page, an overlay for
	 * its space: each of those holds the object.  They go with its storage. */
	if (memory->kind != MEMORY_OVERLAY && !memory->pinned) {
		root = memory->root;
		memory->root = NULL;
		memory->height = 0;
		memory->pages = 0;
	}
	lock_release(&memory->object.lock);
	if (root)
		node_put(root);
	return 0;
}
