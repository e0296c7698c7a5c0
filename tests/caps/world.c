/* SPDX-License-Identifier: MIT */
/* world.c - see world.h. */
#include <asm/prctl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "microkernel/core/frame.h"
#include "microkernel/object/calls.h"
#include "microkernel/object/device.h"
#include "microkernel/object/space.h"
#include "microkernel/object/switch.h"
#include "microkernel/object/system.h"
#include "microkernel/object/usercopy.h"
#include "microkernel/object/view.h"
#include "tests/caps/world.h"

enum { ARENA = 64 << 20, LOW = 1 << 20, RANGES = 48, REMEMBERED = 4 << 20,
       RECORDS = (ARENA >> PAGE_SHIFT) * BOOT_FRAME_BYTES };

struct cpu cpus[CONFIG_CPUS];
u32 cpu_count = 1;
u64 arch_direct_base, arch_tsc_base, arch_clock_mult = 1ul << CLOCK_SHIFT;

struct world world;
const char *world_wrong;
bool world_interrupts;
void (*world_meanwhile)(void);
u32 world_gap, world_gaps;

static u32 trees_locked; /* derivation locks taken in this step */
static bool inside;	 /* another processor is in the middle of a step */
static struct message_page pages[2 * PROCESSES];

bool wrong(const char *what)
{
	if (!world_wrong)
		world_wrong = what;
	return false;
}

/* --- what stands in for the rest of the kernel --- */

void world_step_begins(void)
{
	trees_locked = world_gaps = 0;
}

bool preempt_point(void)
{
	return world_interrupts && trees_locked;
}

/* Who has looked a table up before another one took it apart still finds it: its slots know their
 * table until their storage is used again. */
static void tables_known(void)
{
	for (u32 p = 0; p < PROCESSES && world.leaf[p]; p++)
		if (!frame_of(direct_physical(world.leaf[p]))->refs)
			frame_of(direct_physical(world.leaf[p]))->owner = world.table[p];
}

void lock_order_check(u32 class)
{
	void (*meanwhile)(void) = world_meanwhile;

	if (this_cpu()->locks_held & ~0u << class)
		wrong("locks are taken out of order");
	if (!this_cpu()->locks_held && world_gaps++ == world_gap && meanwhile) {
		struct runnable *current = this_cpu()->current;

		u32 locked = trees_locked, gaps = world_gaps;
		bool interrupts = world_interrupts;

		world_meanwhile = NULL;
		inside = true;
		tables_known();
		meanwhile();
		inside = false;
		world_interrupts = interrupts;
		world_gaps = gaps;
		trees_locked = locked;
		this_cpu()->current = current;
	}
	trees_locked += class == LOCK_DERIVATION;
}

void stuck_check(void)
{
	printf("a lock is taken that is held\n");
	abort();
}

bool failpoint(struct budget *budget)
{
	(void)budget;
	return false;
}

void panic(const char *format, ...)
{
	printf("panic: %s\n", format);
	abort();
}

void refuse(const char *sentence)
{
	panic(sentence);
}

void timer_set(struct timer *timer, u64 deadline_ns)
{
	(void)timer;
	(void)deadline_ns;
	panic("a timer is set");
}

void timer_cancel_on(struct cpu *cpu, struct timer *timer)
{
	(void)cpu;
	(void)timer;
}

void thread_start(struct thread *thread)
{
	thread_publish(thread, WAIT_NONE);
}

void arch_poke(const struct cpu *cpu)
{
	(void)cpu;
}

void sched_poke(struct runnable *runnable)
{
	(void)runnable;
}

u32 thread_number_limit(void)
{
	return 2 * world.processes;
}

struct thread *thread_by_number(u32 number)
{
	if (number >= thread_number_limit())
		return NULL;
	return number & 1 ? world.server[number / 2] : world.client[number / 2];
}

error_t user_write(u64 to, const void *from, size_t length)
{
	memcpy((void *)to, from, length);
	return 0;
}

void memory_slot_deleted(struct memory *memory, struct slot *slot)
{
	(void)memory;
	for (u32 i = 0; i < REGIONS; i++)
		if (world.shown[i].used && world.shown[i].slot == slot)
			world.shown[i].slot = slot->parent;
}

error_t memory_unmap_all(struct memory *memory, struct slot *slot)
{
	for (u32 i = 0; i < REGIONS; i++) {
		if (!world.shown[i].used || (slot && world.shown[i].slot != slot))
			continue;
		world.shown[i] = (struct shown){ NULL, false };
		object_put(memory);
		if (preempt_point())
			return E_RESTART;
	}
	return 0;
}

error_t memory_kill_step(struct memory *memory)
{
	return memory_unmap_all(memory, NULL);
}

/* What no step reaches. */
#define NEVER(type, name, ...)                                                                     \
	type name(__VA_ARGS__)                                                                     \
	{                                                                                          \
		panic(#name " is called");                                                         \
	}
NEVER(error_t, space_kill_step, struct space *s)
NEVER(void, view_destroy, struct view *v)
NEVER(error_t, thread_kill, struct thread *t, i64 status)
NEVER(void, thread_destroy, struct thread *t)
NEVER(void, irq_kill, struct irq *irq)
NEVER(void, node_put, struct node *node)
NEVER(void, switch_direct, struct thread *to)
NEVER(struct space *, user_space, struct thread *thread, u64 address)
NEVER(i64, user_copy, const struct user_place *to, const struct user_place *from, u64 length)

/* --- the machine --- */

static struct {
	char *at;
	size_t length;
} range[RANGES];
static u32 ranges, first_of_threads;
static size_t total;

extern char __start_keel_bss[], __stop_keel_bss[], __start_keel_data[], __stop_keel_data[];

static void keep(void *at, size_t length)
{
	if (ranges == RANGES)
		panic("too many ranges");
	range[ranges].at = at;
	range[ranges++].length = length;
	total += length;
}

static void processor_begin(void)
{
	char *arena = mmap(NULL, ARENA, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	static struct boot_info boot = {
		.frames = LOW,
		.frame_limit = ARENA >> PAGE_SHIFT,
		.range_count = 2,
		.range = { { LOW, RECORDS, BOOT_RANGE_BOOT },
			   { LOW + RECORDS, ARENA - LOW - RECORDS, BOOT_RANGE_USABLE } },
	};

	if (arena == MAP_FAILED || syscall(SYS_arch_prctl, ARCH_SET_GS, &cpus[0]))
		panic("no memory, or no GS base");
	cpus[0].self = &cpus[0];
	arch_direct_base = (u64)arena;
	frame_init(&boot);
}

static struct thread *thread_begin(struct table *table, u32 number)
{
	struct thread *t = object_alloc(OBJECT_THREAD, budget_root);

	list_init(&t->wait_link);
	list_init(&t->cancel_link);
	t->run.context = &t->run.own;
	t->table = table;
	t->number = number;
	t->reply = number;
	t->message = number < 2 * PROCESSES ? &pages[number] : NULL;
	return t;
}

void world_run_as(struct thread *thread)
{
	cpus[0].current = &thread->run;
}

void world_leave(void)
{
	bool interrupts = world_interrupts;

	world_interrupts = false;
	while (!object_reap())
		;
	/* What another one may still have in hand is not used again. */
	while (!inside && grace_step())
		;
	tables_known();
	world_interrupts = interrupts;
}

/* What a new handle of the running thread names; the handle goes, the object stays. */
static void *made(i64 handle)
{
	struct table *table = thread_current()->table;
	struct cap_ref ref;

	if (handle < 0 || cap_find(table, (cap_t)handle, OBJECT_NONE, 0, &ref))
		panic("the world cannot be made");
	object_get(ref.object);
	(void)sys_cap_delete(ref);
	return ref.object;
}

static u64 rounded(size_t size)
{
	return (size + 15) & ~15ul;
}

static struct cap_ref to(void *object)
{
	return (struct cap_ref){ .object = object };
}

static void process_begin(u32 p, u64 generation)
{
	struct slot *taken[SLOTS_PER_LEAF - 1];

	world.budget[p] = made(sys_budget_create(to(budget_root),
						 rounded(sizeof(struct table)) + 2 * PAGE_SIZE, 0));
	world.table[p] = made(sys_table_create(to(world.budget[p])));
	if (table_take(world.table[p], SLOTS_PER_LEAF - 1, taken))
		panic("a table has no slots");
	/* All others are kept, as by messages that never come: then the table is full. */
	table_give_back(world.table[p], world.slots, taken);
	world.leaf[p] = world.table[p]->leaf[0];
	for (u32 i = 0; i < world.slots; i++)
		taken[i]->word = generation << 24;
	world.client[p] = thread_begin(world.table[p], 2 * p);
	world.server[p] = thread_begin(world.table[p], 2 * p + 1);
	world.server[p]->message->accept_count = 1;
}

i64 world_memory_create(u32 process)
{
	struct memory *memory = object_alloc(OBJECT_MEMORY, world.pays[MEMORY]);

	world_run_as(world.client[process]);
	if (memory)
		list_init(&memory->regions);
	return cap_install_new(memory, RIGHTS_ALL, 0);
}

i64 world_map(struct cap_ref cap)
{
	struct object *object = cap.object;

	for (u32 i = 0; i < REGIONS; i++) {
		if (world.shown[i].used)
			continue;
		if (!object_try_get(object))
			return E_BADCAP;
		world.shown[i] = (struct shown){ cap.slot, true };
		return 0;
	}
	return E_NOMEM;
}

/* Where the one endpoint and the one memory object lie, and the badges: the first of each goes. */
static void storage_learn(void)
{
	static void *badge[BADGES];

	world.object[ENDPOINT] = made(sys_endpoint_create(to(world.pays[ENDPOINT])));
	world.object[MEMORY] = made(world_memory_create(0));
	for (u32 k = 0; k < KINDS; k++)
		object_put(world.object[k]);
	for (u32 i = 0; i < BADGES; i++)
		badge[i] = slab_alloc(&badge_slab);
	for (u32 i = BADGES; i--; slab_free(&badge_slab, badge[i]))
		keep(badge[i], badge_slab.size);
	world_leave();
}

static void keep_all(void)
{
	struct cpu *cpu = &cpus[0];

	keep(__start_keel_bss, (size_t)(__stop_keel_bss - __start_keel_bss));
	keep(__start_keel_data, (size_t)(__stop_keel_data - __start_keel_data));
	keep(&cpu->idle, offsetof(struct cpu, root) - offsetof(struct cpu, idle));
	keep(&cpu->dying, offsetof(struct cpu, stretch_since) - offsetof(struct cpu, dying));
	keep(&world.shown, sizeof(world.shown));
	keep(&world.threads_gone, sizeof(world.threads_gone));
	keep(budget_root, sizeof(*budget_root));
	for (u32 k = 0; k < KINDS; k++) {
		keep(world.object[k], k == ENDPOINT ? rounded(sizeof(struct endpoint))
						    : rounded(sizeof(struct memory)));
		keep(world.pays[k], sizeof(struct budget));
	}
	for (u32 p = 0; p < world.processes; p++) {
		keep(world.budget[p], sizeof(struct budget));
		keep(world.table[p], rounded(sizeof(struct table)));
		keep(world.leaf[p] + 1, world.slots * sizeof(struct slot));
		keep(frame_of(direct_physical(world.leaf[p])), sizeof(struct frame));
		keep(frame_of(direct_physical(world.table[p]->leaf)), sizeof(struct frame));
	}
	first_of_threads = ranges;
	for (u32 p = 0; p < world.processes; p++) {
		keep(world.client[p], sizeof(struct thread));
		keep(world.server[p], sizeof(struct thread));
	}
	keep(pages, sizeof(pages));
}

void world_begin(u32 processes, u32 slots, u64 generation)
{
	static const u64 storage[KINDS] = { sizeof(struct endpoint), sizeof(struct memory) };
	struct thread *keeper;

	processor_begin();
	world.processes = processes;
	world.slots = slots;
	budget_create_root(32 << 20);
	keeper = thread_begin(NULL, 2 * PROCESSES);
	keeper->table = table_make(budget_root);
	world_run_as(keeper);
	for (u32 k = 0; k < KINDS; k++) {
		u64 limit = rounded(storage[k]);

		limit += k == ENDPOINT ? BADGES * rounded(sizeof(struct badge)) : 0;
		world.pays[k] = made(sys_budget_create(to(budget_root), limit, 0));
	}
	for (u32 p = 0; p < processes; p++)
		process_begin(p, generation), world_run_as(keeper);
	world.client[0]->table = keeper->table;
	storage_learn();
	world.client[0]->table = world.table[0];
	keep_all();
	world_remember();
}

/* --- save and put back --- */

size_t world_size(void)
{
	return total;
}

void world_save(void *to)
{
	char *at = to;

	for (u32 i = 0; i < ranges; at += range[i++].length)
		memcpy(at, range[i].at, range[i].length);
}

void world_restore(const void *from, bool threads)
{
	const char *at = from;
	u32 end = threads ? ranges : first_of_threads;

	for (u32 i = 0; i < end; at += range[i++].length)
		memcpy(range[i].at, at, range[i].length);
}

/* Every page in use, and the kernel's variables: what world_restore is judged by. */
static char *then;

static size_t compare_or_copy(bool copy)
{
	static const struct {
		char *from, *to;
	} variables[] = { { __start_keel_bss, __stop_keel_bss },
			  { __start_keel_data, __stop_keel_data } };
	size_t at = 0, differ = 0;

	for (u64 page = LOW; page < ARENA; page += PAGE_SIZE) {
		if (!frame_is_ram(page) || !frame_of(page)->refs)
			continue;
		if (copy)
			memcpy(then + at, direct_pointer(page), PAGE_SIZE);
		else
			differ += memcmp(then + at, direct_pointer(page), PAGE_SIZE) != 0;
		at += PAGE_SIZE;
	}
	for (u32 i = 0; i < 2; i++) {
		size_t length = (size_t)(variables[i].to - variables[i].from);

		if (copy)
			memcpy(then + at, variables[i].from, length);
		else
			differ += memcmp(then + at, variables[i].from, length) != 0;
		at += length;
	}
	return differ;
}

void world_remember(void)
{
	if (!then)
		then = malloc(REMEMBERED);
	(void)compare_or_copy(true);
}

bool world_differs(void)
{
	return compare_or_copy(false) != 0;
}
