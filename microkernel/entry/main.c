/* SPDX-License-Identifier: MIT */
/*
 * main.c - from the loader's hand-over to the first thread of init.
 */
#include "microkernel/abi/archive.h"
#include "microkernel/arch/arch.h"
#include "microkernel/core/frame.h"
#include "microkernel/core/log.h"
#include "microkernel/core/sched.h"
#include "microkernel/entry/start.h"
#include "microkernel/entry/switch.h"
#include "microkernel/lib/archive.h"
#include "microkernel/lib/string.h"
#include "microkernel/lib/treap.h"
#include "microkernel/object/thread.h"

struct cpu cpus[CONFIG_CPUS];
u32 cpu_count = 1;
/* The first page is the guard: it is unmapped once the page tables are ours. */
static u8 stack_area[PAGE_SIZE + CONFIG_STACK_BYTES] __attribute__((aligned(PAGE_SIZE)));

_Noreturn extern void start_first(void);

static void cpu_prepare(struct cpu *cpu)
{
	cpu->self = cpu;
	cpu->stack = stack_area + PAGE_SIZE;
	cpu->stack_top = (u64)cpu->stack + CONFIG_STACK_BYTES;
	cpu->timer_armed_ns = DEADLINE_NEVER;
	sched_init(cpu);
}

static void check_archive(const struct boot_info *boot, unsigned i, const char *name)
{
	const struct boot_archive *a = &boot->archive[i];
	const char *reason = archive_check(direct_pointer(a->base), a->length);

	if (!reason)
		return;
	log_printf("keel: the %s archive cannot be used: %s", name, reason);
	refuse("nothing can be started");
}

_Noreturn void kernel_main(struct boot_info *boot);
_Noreturn void kernel_main(struct boot_info *boot)
{
	struct cpu *cpu = &cpus[0];

	arch_tsc_base = arch_ticks(); /* time begins here */
	arch_direct_base = boot->direct_base;
	cpu_prepare(cpu);
	arch_cpu_init(cpu);
	if (boot->magic != BOOT_MAGIC || boot->version != BOOT_VERSION)
		refuse("loader and kernel are of different versions");
	arch_kernel_root = cpu->root = boot->tables_phys;
	frame_init(boot);
	arch_seal((u64)stack_area);
	arch_devices_init(boot);
	log_printf("keel: %u MiB of memory, TSC at %u kHz", frame_count_total >> (20 - PAGE_SHIFT),
		   arch_tsc_hz / 1000);
	if (!boot->archive[0].length)
		refuse("there is no boot archive, so nothing can be started");
	check_archive(boot, 0, "boot");
	if (boot->archive[1].length)
		check_archive(boot, 1, "run");
	futex_init();
	memcpy(&treap_secret, boot->seed + sizeof(treap_secret), sizeof(treap_secret));
	start_init_program(boot);
	memset(boot->seed, 0, sizeof(boot->seed));
	cpu->resched = 1;
	this_cpu()->charged_ticks = arch_ticks();
	switch_schedule();
	start_first();
}
