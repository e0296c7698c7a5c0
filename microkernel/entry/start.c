/* SPDX-License-Identifier: MIT */
/*
 * start.c - make init: a space of what the loader laid out, a table with the first capabilities, a
 * thread.
 */
#include "microkernel/entry/start.h"
#include "microkernel/abi/start.h"
#include "microkernel/core/frame.h"
#include "microkernel/lib/string.h"
#include "microkernel/object/device.h"
#include "microkernel/object/space.h"
#include "microkernel/object/thread.h"

enum { INIT_STACK_BYTES = 64 << 10 };

/* Everything here is needed: what cannot be had stops the start. */
static void need(bool ok)
{
	if (!ok)
		refuse("memory is too small to start init");
}

static struct memory *memory_of(u64 size, bool pinned)
{
	struct memory *m = memory_make(budget_root, MEMORY_ANONYMOUS, size);

	need(m);
	m->pinned = pinned;
	return m;
}

/* Its only page. */
static void *memory_bytes(struct memory *m)
{
	u64 physical;

	lock_acquire(&m->object.lock);
	physical = memory_page(m, 0);
	lock_release(&m->object.lock);
	need(physical);
	return direct_pointer(physical);
}

static void map(struct space *space, u64 address, u64 length, struct memory *m, u32 protect)
{
	struct map_args args = {
		.address = address,
		.length = length,
		.protect = protect,
		.maximum = protect,
		.flags = MAP_AT,
	};

	lock_acquire(&space->object.lock);
	need(space_map_region(space, &args, m, NULL, 0) == (i64)address);
	lock_release(&space->object.lock);
	object_put(m); /* the region holds it */
}

/* Pages that the loader filled. */
static struct memory *adopt(u64 base, u64 length)
{
	struct memory *m = memory_of(length, false);

	lock_acquire(&m->object.lock);
	for (u64 at = 0; at < length; at += PAGE_SIZE)
		need(!memory_adopt(m, at >> PAGE_SHIFT, base + at));
	lock_release(&m->object.lock);
	return m;
}

static struct start_info *info;

static void grant(struct table *table, const char *name, void *object, u64 rights)
{
	i64 handle = cap_install_in(table, object, rights);

	need(handle > 0);
	object_put(object);
	if (!name)
		return;
	string_copy(info->grant[info->grant_count].name, name, START_NAME);
	info->grant[info->grant_count++].cap = (cap_t)handle;
}

static void grant_all(struct table *table, struct boot_info *boot)
{
	struct irq *irq = object_alloc(OBJECT_IRQ, budget_root);
	struct ioport *port = object_alloc(OBJECT_IOPORT, budget_root);
	struct memory *device = memory_make(budget_root, MEMORY_DEVICE, 1ul << 46);
	struct object *inspect = object_alloc(OBJECT_INSPECT, budget_root);
	struct object *log = object_alloc(OBJECT_LOG, budget_root);
	struct object *power = object_alloc(OBJECT_POWER, budget_root);

	need(irq && port && device && inspect && log && power);
	irq->line = IRQ_ROOT;
	port->count = 65536;
	grant(table, "inspect", inspect, RIGHTS_ALL);
	grant(table, "log", log, RIGHTS_ALL);
	grant(table, "power", power, RIGHTS_ALL);
	grant(table, "irq", irq, RIGHTS_ALL);
	grant(table, "ioport", port, RIGHTS_ALL);
	grant(table, "device", device, RIGHTS_ALL & ~(u64)RIGHT_MEMORY_EXEC);
	grant(table, "boot",
	      adopt(direct_physical(boot), (sizeof(*boot) + PAGE_MASK) & ~PAGE_MASK),
	      RIGHTS_ALL & ~(u64)RIGHT_MEMORY_EXEC);
	for (int i = 0; i < BOOT_ARCHIVES; i++)
		if (boot->archive[i].length)
			grant(table, i ? "archive1" : "archive0",
			      adopt(boot->archive[i].base, boot->archive[i].length & ~PAGE_MASK),
			      RIGHT_COPY | RIGHT_DESTROY | RIGHT_READ | RIGHT_MEMORY_EXEC);
}

static void fill_info(struct boot_info *boot, u64 base)
{
	info->magic = START_MAGIC;
	info->image_base = base;
	info->clock =
		(struct clock_parameters){ arch_tsc_base, arch_clock_mult, CLOCK_SHIFT, 1 };
	memcpy(info->seed, boot->seed, sizeof(info->seed));
	string_copy(info->arguments, "init", START_ARGS);
	info->argument_bytes = 5;
}

void start_init_program(struct boot_info *boot)
{
	budget_create_root(frame_count_total << PAGE_SHIFT);
	struct table *table = table_make(budget_root);
	struct space *space = space_make(budget_root, SPACE_NATIVE);
	u64 base = SLOT_BASE + (1ul << 30) + ((u64)boot->seed[0] << 21), low = base - (1 << 28);

	need(table && space);
	for (u32 i = 0; i < boot->init.count; i++) {
		const struct boot_segment *s = &boot->init.segment[i];

		map(space, base + s->offset, s->length, adopt(s->base, s->length), s->protect);
	}
	struct memory *start = memory_of(PAGE_SIZE, true), *message = memory_of(PAGE_SIZE, true);
	struct memory *stack = memory_of(INIT_STACK_BYTES, false);
	info = memory_bytes(start);
	fill_info(boot, base);
	info->message_area = low + PAGE_SIZE;
	struct thread *thread = thread_make(budget_root, table, space);
	need(thread);
	thread->message = memory_bytes(message);
	thread->message_memory = message;
	object_get(message);
	object_get(message);
	map(space, low, PAGE_SIZE, start, PROTECT_READ | PROTECT_WRITE);
	map(space, low + PAGE_SIZE, PAGE_SIZE, message, PROTECT_READ | PROTECT_WRITE);
	map(space, low + (1 << 20), INIT_STACK_BYTES, stack, PROTECT_READ | PROTECT_WRITE);
	thread->regs.rip = base + boot->init.entry;
	thread->regs.rdi = low;
	thread->regs.rsp = low + (1 << 20) + INIT_STACK_BYTES - 8;
	string_copy(thread->name, "init", sizeof(thread->name));
	runnable_init(&thread->run, LEVEL_SERVER_TOP);
	object_get(table);
	object_get(space);
	grant(table, NULL, table, RIGHTS_ALL);
	grant(table, NULL, space, RIGHTS_ALL);
	grant(table, NULL, budget_root, RIGHTS_ALL);
	grant_all(table, boot);
	info->message_memory = (cap_t)cap_install_in(table, &message->object, RIGHTS_ALL);
	object_put(message);
	object_put(table);
	object_put(space);
	thread_start(thread);
}
