/* SPDX-License-Identifier: MIT */
/* memory.c - the page tree of a memory object. */
#include "microkernel/object/memory.h"
#include "microkernel/core/slab.h"
#include "microkernel/lib/string.h"
#include "microkernel/object/space.h"

struct slab node_slab = SLAB_INIT(sizeof(struct node));

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

	if (!budget_charge(budget, node_slab.size))
		return NULL;
	node = slab_alloc(&node_slab);
	if (!node) {
		budget_release(budget, node_slab.size);
		return NULL;
	}
	node->refs = 1;
	node->level = level;
	node->budget = budget;
	object_get(budget);
	return node;
}

static void frame_put(u64 physical)
{
	if (!--frame_of(physical)->refs) {
		frame_of(physical)->refs = 1;
		budget_frame_free(physical);
	}
}

void node_put(struct node *node)
{
	if (--node->refs)
		return;
	/* The level is lost: node_reap tells leaves from inner nodes by their entries. */
	*reap_link(node) = this_cpu()->reap;
	this_cpu()->reap = node;
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
	budget_release(budget, node_slab.size);
	slab_free(&node_slab, node);
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
	list_init(&memory->regions);
	return memory;
}

static unsigned index_at(u64 index, u32 level)
{
	return (unsigned)(index >> (NODE_BITS * level) & (NODE_ENTRIES - 1));
}

static bool beyond(const struct memory *memory, u64 index)
{
	return index >> (NODE_BITS * memory->height);
}

u64 memory_peek(struct memory *memory, u64 index, bool *exclusive)
{
	struct node *node = memory->root;
	bool alone = true;

	if (memory->kind == MEMORY_DEVICE) {
		*exclusive = true;
		return memory->device + (index << PAGE_SHIFT);
	}
	if (!node || beyond(memory, index))
		return 0;
	for (u32 level = memory->height - 1; node; level--) {
		u64 entry = node->entry[index_at(index, level)];

		alone &= node->refs == 1;
		if (!level) {
			*exclusive = alone && entry && frame_of(entry)->refs == 1;
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

	if (old && old->refs == 1)
		return old;
	node = node_make(memory->object.budget, level);
	if (!node)
		return NULL;
	for (int i = 0; old && i < NODE_ENTRIES; i++) {
		u64 entry = node->entry[i] = old->entry[i];

		if (!entry)
			continue;
		if (level)
			((struct node *)entry)->refs++;
		else
			frame_of(entry)->refs++;
	}
	if (old)
		old->refs--;
	*link = node;
	return node;
}

u64 *memory_own(struct memory *memory, u64 index)
{
	struct node **link = &memory->root, *node;

	/* A taller tree: the old root becomes entry 0 of a new one. */
	while (!memory->height || beyond(memory, index)) {
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
		if (!node || !level)
			return node ? &node->entry[index_at(index, 0)] : NULL;
		link = (struct node **)&node->entry[index_at(index, level)];
	}
}

u64 memory_page(struct memory *memory, u64 index, bool write, bool *exclusive)
{
	u64 physical = memory_peek(memory, index, exclusive), *entry;

	if (physical && (!write || *exclusive))
		return physical;
	entry = memory_own(memory, index);
	if (!entry)
		return 0;
	*exclusive = true;
	if (*entry && frame_of(*entry)->refs == 1)
		return *entry; /* the path was shared, the page was not */
	physical = budget_frame(memory->object.budget, !*entry);
	if (!physical)
		return 0;
	if (*entry) {
		frame_copy(physical, *entry);
		frame_of(*entry)->refs--;
		/* The old frame is another object's now: no mapping of this one may keep it. */
		space_unmap_memory(memory, index, index + 1);
	} else {
		memory->pages++;
	}
	*entry = physical;
	return physical;
}

void memory_share(struct memory *to, struct memory *from)
{
	to->root = from->root;
	to->height = from->height;
	to->pages = from->pages;
	if (to->root)
		to->root->refs++;
}

error_t memory_adopt(struct memory *memory, u64 index, u64 physical)
{
	u64 *entry = memory_own(memory, index);

	if (!entry || !budget_charge(memory->object.budget, PAGE_SIZE))
		return E_NOMEM;
	frame_of(physical)->owner = memory->object.budget;
	memory->object.budget->frames++;
	*entry = physical;
	memory->pages++;
	return 0;
}

/* The first page at or after `index` that is present, or ~0. */
static u64 next_present(struct memory *memory, u64 index)
{
	while (!beyond(memory, index) && memory->root) {
		struct node *node = memory->root;
		u32 level = memory->height - 1;

		while (node && level) {
			node = (struct node *)node->entry[index_at(index, level)];
			level--;
		}
		if (!node) {
			/* Nothing below this entry: skip all that it would cover. */
			u64 span = 1ul << (NODE_BITS * (level + 1));
			index = (index | (span - 1)) + 1;
		} else if (node->entry[index_at(index, 0)]) {
			return index;
		} else {
			index++;
		}
	}
	return ~(u64)0;
}

error_t memory_drop(struct memory *memory, u64 first, u64 last)
{
	for (u64 i = next_present(memory, first); i < last; i = next_present(memory, i + 1)) {
		u64 *entry = memory_own(memory, i);

		if (!entry)
			return E_NOMEM;
		frame_put(*entry);
		*entry = 0;
		memory->pages--;
		if (preempt_point())
			return E_RESTART;
	}
	return 0;
}

error_t memory_move(struct memory *memory, u64 from, u64 to)
{
	bool exclusive;

	if (!memory_peek(memory, from, &exclusive))
		return 0;
	/* Owning the second path copies only nodes that are shared, never one of the first. */
	u64 *target = memory_own(memory, to);
	u64 *source = target ? memory_own(memory, from) : NULL;
	if (!source)
		return E_NOMEM;
	*target = *source;
	*source = 0;
	return 0;
}

/* A capability went: mappings made through it go (revoke) or belong to what it was copied from. */
void memory_slot_gone(struct memory *memory, struct slot *slot, bool revoked)
{
	for (struct list *l = memory->regions.next, *next; l != &memory->regions; l = next) {
		struct region *region = container_of(l, struct region, in_memory);

		next = l->next;
		if (region->slot != slot)
			continue;
		region->slot = slot->parent;
		if (revoked)
			region_remove(region);
	}
}

error_t memory_kill_step(struct memory *memory)
{
	while (!list_empty(&memory->regions)) {
		region_remove(container_of(memory->regions.next, struct region, in_memory));
		if (preempt_point())
			return E_RESTART;
	}
	if (memory->root)
		node_put(memory->root);
	memory->root = NULL;
	memory->height = 0;
	memory->pages = 0;
	return 0;
}
