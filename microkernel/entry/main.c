/* SPDX-License-Identifier: MIT */
/*
 * main.c - from the loader's hand-over to the first thread of init.
 */
#include "microkernel/arch/arch.h"
#include "microkernel/core/frame.h"
#include "microkernel/core/log.h"
#include "microkernel/core/sched.h"
#include "microkernel/entry/start.h"
#include "microkernel/entry/switch.h"
#include "microkernel/entry/trap.h"
#include "microkernel/lib/string.h"
#include "microkernel/lib/treap.h"
#include "microkernel/object/thread.h"

struct cpu cpus[CONFIG_CPUS];
u32 cpu_count = 1;
u64 cpu_idle_mask;
u32 cpu_stopper;
/* The first page is the guard: it is unmapped once the page tables are ours. */
static u8 stack_area[PAGE_SIZE + CONFIG_STACK_BYTES] __attribute__((aligned(PAGE_SIZE)));

static void cpu_prepare(struct cpu *cpu, u64 stack_top)
{
	cpu->self = cpu;
	cpu->stack_top = stack_top;
	cpu->timer_armed_ns = cpu->time_end_ns = DEADLINE_NEVER;
	sched_init(cpu);
}

/* What another processor does first: it tells that it has begun, and waits until all may. */
static void other_begin(struct cpu *cpu)
{
	cpu_prepare(cpu, cpu->stack_top);
	arch_cpu_init(cpu);
	arch_root_load(arch_kernel_root);
	arch_timer_start();
	cpu->many = cpu->work = 1;
	__atomic_store_n(&cpu->idle, 1, __ATOMIC_RELEASE);
	if (!arch_clock_compare())
		arch_halt();
	while (cpu->number >= __atomic_load_n(&cpu_count, __ATOMIC_ACQUIRE))
		arch_pause();
	cpu->resched = 1;
	cpu->charged_ticks = arch_ticks();
	switch_schedule();
	trap_exit_many();
	exit_to_user();
}

/* They wait until cpu_count tells them that everything is there. */
static u32 others_start(const struct boot_info *boot)
{
	u32 wanted = boot->platform.processors_wanted, started = 0;

	if (wanted != 1)
		started = arch_others_start((wanted ? wanted : CONFIG_CPUS) - 1, other_begin);
	if (started) {
		cpus[0].many = cpus[0].work = 1;
		log_printf("keel: %u processors", (u64)started + 1);
	}
	frame_boot_end();
	return started;
}

_Noreturn void kernel_main(struct boot_info *boot);
_Noreturn void kernel_main(struct boot_info *boot)
{
	struct cpu *cpu = &cpus[0];
	u32 others;

	arch_tsc_base = arch_ticks(); /* time begins here */
	arch_direct_base = boot->direct_base;
	cpu_prepare(cpu, (u64)stack_area + sizeof(stack_area));
	arch_cpu_init(cpu);
	if (boot->magic != BOOT_MAGIC || boot->version != BOOT_VERSION)
		refuse("loader and kernel are of different versions");
	arch_kernel_root = cpu->root = boot->tables_phys;
	frame_init(boot);
	arch_devices_init(boot);
	log_printf("keel: %u MiB of memory, TSC at %u kHz", frame_count_total >> (20 - PAGE_SHIFT),
		   arch_tsc_hz / 1000);
	futex_init();
	memcpy(&treap_secret, boot->seed + sizeof(treap_secret), sizeof(treap_secret));
	others = others_start(boot);
	arch_seal((u64)stack_area);
	start_init_program(boot);
	__atomic_store_n(&cpu_count, others + 1, __ATOMIC_RELEASE);
	cpu->resched = 1;
	this_cpu()->charged_ticks = arch_ticks();
	switch_schedule();
	if (cpu->many)
		trap_exit_many();
	exit_to_user();
}
