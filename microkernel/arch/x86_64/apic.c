/* SPDX-License-Identifier: MIT */
/*
 * apic.c - local APIC and timer, I/O APICs, and the clock.
 */
#include "microkernel/arch/arch.h"
#include "microkernel/arch/x86_64/lapic.h"
#include "microkernel/arch/x86_64/x86.h"
#include "microkernel/core/cpu.h"
#include "microkernel/core/lock.h"
#include "microkernel/core/log.h"
#include "microkernel/core/trace.h"

enum { CLOCK_ROUNDS = 1000 };
enum { MASKED = 1 << 16, LEVEL = 1 << 15, LOW = 1 << 13 };

struct ioapic {
	volatile u32 *window;
	u32 first, count;
};

static struct ioapic ioapics[BOOT_IOAPICS];
static struct boot_platform platform; /* constant once the start is over */
static u64 timer_mult; /* timer counts per ns, << 32 */
u64 arch_tsc_hz, arch_tsc_base, arch_clock_mult;

extern void syscall_entry_many(void);

static u32 ioapic_read(struct ioapic *io, u32 reg)
{
	io->window[0] = reg;
	return io->window[4];
}

static void ioapic_write(struct ioapic *io, u32 reg, u32 value)
{
	io->window[0] = reg;
	io->window[4] = value;
}

static void ioapic_add(struct ioapic *io, const struct boot_ioapic *from)
{
	io->window = arch_map_device(from->base);
	io->first = from->first;
	io->count = (ioapic_read(io, 1) >> 16 & 0xff) + 1;
	for (u32 i = 0; i < io->count; i++)
		ioapic_write(io, 0x10 + 2 * i, MASKED);
}

/* --- lines --- */

static struct ioapic *find_line(u32 line, u32 *reg, u16 *flags)
{
	u32 gsi = line;

	*flags = line < 16 ? 0 : 0xf; /* ISA: edge, high; PCI: level, low */
	for (u32 i = 0; i < platform.override_count; i++) {
		if (platform.override[i].line != line)
			continue;
		gsi = platform.override[i].gsi;
		*flags = (u16)platform.override[i].flags;
	}
	for (u32 i = 0; i < platform.ioapic_count; i++) {
		if (gsi < ioapics[i].first || gsi - ioapics[i].first >= ioapics[i].count)
			continue;
		*reg = 0x10 + 2 * (gsi - ioapics[i].first);
		return &ioapics[i];
	}
	return NULL;
}

bool arch_irq_route(u32 line, u8 vector, bool *level_triggered)
{
	u32 reg;
	u16 flags;
	struct ioapic *io = find_line(line, &reg, &flags);

	if (!io)
		return false;
	*level_triggered = (flags >> 2 & 3) == 3;
	ioapic_write(io, reg + 1, lapic_id() << 24);
	ioapic_write(io, reg,
		     MASKED | vector | (*level_triggered ? LEVEL : 0) |
			     ((flags & 3) == 3 ? LOW : 0));
	return true;
}

void arch_irq_mask(u32 line, bool masked)
{
	u32 reg;
	u16 flags;
	struct ioapic *io = find_line(line, &reg, &flags);

	if (!io)
		return;
	u32 value = ioapic_read(io, reg);
	ioapic_write(io, reg, masked ? value | MASKED : value & ~(u32)MASKED);
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

/* --- other processors --- */

void arch_timer_start(void)
{
	lapic_enable();
	lapic_write(LAPIC_SVR, 0x100 | VECTOR_SPURIOUS);
	lapic_write(LAPIC_LINT0, MASKED);
	lapic_write(LAPIC_DIVIDE, 3); /* by 16 */
	lapic_write(LAPIC_TIMER, VECTOR_TIMER);
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

static void wait_ns(u64 ns)
{
	u64 end = arch_now_ns() + ns;

	while (arch_now_ns() < end)
		arch_pause();
}

static bool clocks_differ;
static u64 clock_last;

/* Until the other of a pair is here, too: who comes in pairs has arrived an even number of times.
 */
static void meet(void)
{
	static u32 arrivals;
	u32 both = (__atomic_fetch_add(&arrivals, 1, __ATOMIC_SEQ_CST) + 2) & ~1u;

	while (__atomic_load_n(&arrivals, __ATOMIC_SEQ_CST) < both)
		arch_pause();
}

/* Two CPUs take turns at reading the clock: what is read later must not be less. */
bool arch_clock_compare(void)
{
	static struct lock turn = LOCK_INIT(LOCK_LOG); /* guards clocks_differ, clock_last */

	meet();
	for (int i = 0; i < CLOCK_ROUNDS; i++) {
		lock_acquire(&turn);
		__asm__ volatile("lfence" ::: "memory"); /* RDTSC comes early otherwise */
		u64 now = arch_ticks();
		clocks_differ |= now < clock_last;
		clock_last = now;
		lock_release(&turn);
	}
	meet();
	return !clocks_differ;
}

/* Intel SDM volume 3, 9.4.4: INIT, 10 ms, STARTUP, and once more should it not have heard. */
static bool start_one(u32 apic_id, u64 page, volatile u8 *begun)
{
	lapic_command(apic_id, LAPIC_INIT);
	wait_ns(10000000);
	for (int i = 0; i < 200 && !*begun; i++) {
		if (i % 100 == 0)
			lapic_command(apic_id, LAPIC_START | (u32)(page >> PAGE_SHIFT));
		wait_ns(1000000);
	}
	return *begun;
}

u32 arch_others_start(u32 most, void (*begin)(struct cpu *cpu))
{
	u64 page = platform.begin_page;
	struct boot_begin *words = (struct boot_begin *)direct_pointer(page + PAGE_SIZE) - 1;
	u32 started = 0, self = lapic_id();

	cpus[0].apic_id = self;
	for (u32 i = 0; page && i < platform.processor_count && started < most; i++) {
		struct cpu *cpu = &cpus[started + 1];

		if (platform.processor[i] == self || !lapic_reaches(platform.processor[i]))
			continue;
		cpu->number = started + 1;
		cpu->apic_id = platform.processor[i];
		cpu->stack_top = arch_stack_make(CONFIG_STACK_BYTES);
		*words = (struct boot_begin){ arch_kernel_root, cpu->stack_top, (u64)cpu,
					      (u64)begin };
		clocks_differ = false;
		clock_last = 0;
		if (!start_one(platform.processor[i], page, &cpu->idle))
			continue;
		if (arch_clock_compare())
			started++;
		else
			log_printf("keel: warning: processor %u not used: it has another clock",
				   (u64)platform.processor[i]);
	}
	if (started)
		msr_write(MSR_LSTAR, (u64)syscall_entry_many);
	return started;
}

void arch_devices_init(const struct boot_info *boot)
{
	platform = boot->platform;
	lapic_window = arch_map_device(msr_read(MSR_APIC_BASE) & 0xffffff000ul);
	arch_timer_start();
	for (u32 i = 0; i < platform.ioapic_count; i++)
		ioapic_add(&ioapics[i], &platform.ioapic[i]);
	arch_tsc_hz = platform.tsc_hz;
	timer_mult = (platform.timer_hz << 32) / 1000000000;
	arch_clock_mult = (1000000000ul << CLOCK_SHIFT) / arch_tsc_hz;
}
