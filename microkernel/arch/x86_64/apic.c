/* SPDX-License-Identifier: MIT */
/*
 * apic.c - interrupt lines, the timer and the clock, as the loader has left them.
 */
#include "microkernel/arch/arch.h"
#include "microkernel/arch/x86_64/lapic.h"
#include "microkernel/arch/x86_64/x86.h"
#include "microkernel/core/cpu.h"
#include "microkernel/core/trace.h"

enum { MASKED = 1 << 16, LEVEL = 1 << 15 };

static struct boot_platform platform; /* constant once the start is over */
static u64 timer_mult; /* timer counts per ns, << 32 */
u64 arch_tsc_hz, arch_tsc_base, arch_clock_mult;

/* --- lines --- */

static volatile u32 *line_register(const struct boot_line *line, u32 which)
{
	volatile u32 *window = (volatile u32 *)line->window;

	window[0] = line->reg + which;
	return &window[4];
}

bool arch_irq_route(u32 number, u8 vector, bool *level_triggered)
{
	const struct boot_line *line = &platform.line[number];

	if (!line->window)
		return false;
	*level_triggered = line->mode & LEVEL;
	*line_register(line, 1) = cpus[0].apic_id << 24;
	*line_register(line, 0) = MASKED | vector | line->mode;
	return true;
}

void arch_irq_mask(u32 number, bool masked)
{
	volatile u32 *low = line_register(&platform.line[number], 0);

	*low = masked ? *low | MASKED : *low & ~(u32)MASKED;
}

void arch_interrupt_end(void)
{
	lapic_write(LAPIC_EOI, 0);
}

/* --- clock and timer --- */

void arch_timer_arm(u64 delay_ns)
{
	u64 max = 0xfffffffful, counts;

	if (delay_ns > 1ul << 32)
		delay_ns = 1ul << 32; /* it fires early and is armed again */
	counts = (delay_ns * timer_mult) >> 32;
	lapic_write(LAPIC_INITIAL, counts > max ? (u32)max : counts < 1 ? 1 : (u32)counts);
}

void arch_poke(const struct cpu *cpu)
{
	trace(TRACE_POKE, cpu->number, 0);
	lapic_command(cpu->apic_id, LAPIC_FIXED | VECTOR_POKE);
}

void arch_nmi(const struct cpu *cpu)
{
	lapic_command(cpu->apic_id, LAPIC_NMI);
}

void arch_begin(const struct boot_info *boot)
{
	arch_tsc_base = arch_ticks(); /* time begins here */
	arch_direct_base = boot->direct_base;
	platform = boot->platform;
	lapic_window = (volatile u32 *)platform.lapic;
	arch_tsc_hz = platform.tsc_hz;
	timer_mult = (platform.timer_hz << 32) / 1000000000;
	arch_clock_mult = (1000000000ul << CLOCK_SHIFT) / arch_tsc_hz;
}
