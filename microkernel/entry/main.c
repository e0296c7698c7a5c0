/* SPDX-License-Identifier: MIT */
/*
 * main.c - from the loader's hand-over to the first thread of init; each processor comes this way.
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

static void cpu_prepare(struct cpu *cpu, const struct boot_platform *platform, u64 stack_top)
{
	cpu->self = cpu;
	cpu->number = (u32)(cpu - cpus);
	cpu->apic_id = platform->processor[cpu->number];
	cpu->stack_top = stack_top;
	cpu->many = cpu->work = platform->processor_count > 1;
	cpu->timer_armed_ns = cpu->time_end_ns = DEADLINE_NEVER;
	sched_init(cpu);
	arch_cpu_init(cpu);
}

/* The first one makes what all share; with the kernel's root the others are let in. */
static void first_begin(struct boot_info *boot)
{
	u32 count = boot->platform.processor_count;

	arch_devices_init(boot);
	frame_init(boot);
	log_printf("keel: %u MiB of memory, TSC at %u kHz", frame_count_total >> (20 - PAGE_SHIFT),
		   arch_tsc_hz / 1000);
	if (count > 1)
		log_printf("keel: %u processors", (u64)count);
	futex_init();
	memcpy(&treap_secret, boot->seed + sizeof(treap_secret), sizeof(treap_secret));
	__atomic_store_n(&arch_kernel_root, boot->tables_phys, __ATOMIC_RELEASE);
	for (u32 i = 1; i < count; i++)
		while (!__atomic_load_n(&cpus[i].idle, __ATOMIC_ACQUIRE))
			arch_pause();
	/* All have come through the page that is mapped one to one: it goes. */
	*(pte_t *)direct_pointer(arch_kernel_root) = 0;
	arch_root_load(arch_kernel_root);
	start_init_program(boot);
	__atomic_store_n(&cpu_count, count, __ATOMIC_RELEASE);
}

/* Another one tells that it is ready, and waits until cpu_count tells that everything is there. */
static void other_begin(struct cpu *cpu)
{
	__atomic_store_n(&cpu->idle, 1, __ATOMIC_RELEASE);
	while (cpu->number >= __atomic_load_n(&cpu_count, __ATOMIC_ACQUIRE))
		arch_pause();
	arch_root_load(arch_kernel_root);
}

_Noreturn void kernel_main(struct boot_info *boot, u64 number, u64 stack_top);
_Noreturn void kernel_main(struct boot_info *boot, u64 number, u64 stack_top)
{
	static const char mismatch[] = "keel: loader and kernel are of different versions\n";
	struct cpu *cpu = &cpus[number];

	if (boot->magic != BOOT_MAGIC || boot->version != BOOT_VERSION) {
		arch_debug_write(mismatch, sizeof(mismatch) - 1);
		arch_reset();
	}
	while (number && !__atomic_load_n(&arch_kernel_root, __ATOMIC_ACQUIRE))
		arch_pause();
	if (!number) {
		arch_tsc_base = arch_ticks(); /* time begins here */
		arch_direct_base = boot->direct_base;
	}
	cpu_prepare(cpu, &boot->platform, stack_top);
	if (number)
		other_begin(cpu);
	else
		first_begin(boot);
	arch_timer_start();
	cpu->resched = 1;
	cpu->charged_ticks = arch_ticks();
	switch_schedule();
	if (cpu->many)
		trap_exit_many();
	exit_to_user();
}
