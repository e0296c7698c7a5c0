/* SPDX-License-Identifier: MIT */
/*
 * cpu.c - descriptor tables, control registers, what the processor can do.
 */
#include "microkernel/arch/arch.h"
#include "microkernel/arch/x86_64/lapic.h"
#include "microkernel/arch/x86_64/x86.h"
#include "microkernel/core/cpu.h"
#include "microkernel/core/log.h"

enum { GDT_KERNEL_CODE = 1, GDT_KERNEL_DATA, GDT_USER_DATA, GDT_USER_CODE, GDT_TSS,
       GDT_ENTRIES = 7 };
enum { TRACE_MAX = 24, IST_NMI = 1, IST_MC, IST_DB, IST_DF };
enum { CR4_PAE = 1 << 5, CR4_MCE = 1 << 6, CR4_PGE = 1 << 7, CR4_OSFXSR = 1 << 9,
       CR4_OSXMMEXCPT = 1 << 10, CR4_UMIP = 1 << 11, CR4_FSGSBASE = 1 << 16,
       CR4_OSXSAVE = 1 << 18, CR4_SMEP = 1 << 20, CR4_SMAP = 1 << 21 };
enum { CR0_MP = 2, CR0_EM = 4, CR0_TS = 8, CR0_NE = 32, CR0_WP = 1 << 16 };
enum { XCR0_X87 = 1, XCR0_SSE = 2, XCR0_AVX = 4, XCR0_AVX512 = 0xe0 };

struct gate {
	u16 low, selector;
	u8 ist, type;
	u16 middle;
	u32 high, reserved;
};

struct tss {
	u32 reserved0;
	u64 rsp[3];
	u64 reserved1;
	u64 ist[7];
	u64 reserved2;
	u16 reserved3, io_map;
} __attribute__((packed));

struct pointer {
	u16 limit;
	u64 base;
} __attribute__((packed));

extern const i32 trap_stubs[256];
extern void syscall_entry(void);
extern void syscall_entry_many(void);

static struct gate idt[256]; /* constant once filled */
/* Above a CPU's stack: its descriptors, and the stacks of NMI, #MC, #DB and #DF, one page each. */
struct cpu_tables {
	u64 gdt[GDT_ENTRIES];
	struct tss tss;
	u8 stack[4][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
};
_Static_assert(sizeof(struct cpu_tables) == BOOT_TABLES_BYTES, "the loader leaves room for it");
static bool has_xsave;
u32 arch_fpu_size = 512;

u64 arch_fault_address(void)
{
	return READ_CR(2);
}

static void idt_fill(void)
{
	static const u8 ist[256] = { [1] = IST_DB, [2] = IST_NMI, [8] = IST_DF, [18] = IST_MC };

	for (int i = 0; i < 256; i++) {
		u64 stub = (u64)trap_stubs + (u64)(i64)trap_stubs[i];

		idt[i] = (struct gate){
			.low = (u16)stub,
			.selector = GDT_KERNEL_CODE << 3,
			.ist = ist[i],
			/* Interrupt gates of ring 0, so INT n is a #GP; INT3 is everybody's. */
			.type = i == 3 ? 0xee : 0x8e,
			.middle = (u16)(stub >> 16),
			.high = (u32)(stub >> 32),
		};
	}
}

static void tables_load(struct cpu *cpu)
{
	struct cpu_tables *tables = (struct cpu_tables *)cpu->stack_top;
	u64 *gdt = tables->gdt;
	struct tss *tss = &tables->tss;
	u64 base = (u64)tss;
	struct pointer p = { sizeof(tables->gdt) - 1, (u64)gdt };

	gdt[GDT_KERNEL_CODE] = 0x00af9b000000ffff;
	gdt[GDT_KERNEL_DATA] = 0x00cf93000000ffff;
	gdt[GDT_USER_DATA] = 0x00cff3000000ffff;
	gdt[GDT_USER_CODE] = 0x00affb000000ffff;
	gdt[GDT_TSS] = (sizeof(*tss) - 1) | (base & 0xffffff) << 16 | 0x89ul << 40 |
		       (base >> 24 & 0xff) << 56;
	gdt[GDT_TSS + 1] = base >> 32;
	tss->io_map = sizeof(*tss);
	tss->rsp[0] = cpu->stack_top;
	for (int i = 0; i < 4; i++) {
		u64 *top = (u64 *)(tables->stack[i] + PAGE_SIZE) - 1;

		*top = (u64)cpu;
		/* 16-byte aligned below the word that holds the pointer */
		tss->ist[i] = (u64)(top - 1);
	}
	__asm__ volatile("lgdt %0" ::"m"(p));
	__asm__ volatile("push %0\n lea 1f(%%rip), %%rax\n push %%rax\n lretq\n1:" ::"i"(
				 GDT_KERNEL_CODE << 3)
			 : "rax", "memory");
	__asm__ volatile(
		"mov %0, %%ss\n mov %1, %%ds\n mov %1, %%es\n mov %1, %%fs\n mov %1, %%gs\n"
		"lldt %w1" ::"r"(GDT_KERNEL_DATA << 3), /* after a reset the LDT lies at 0 */
		"r"(0));
	msr_write(MSR_GS_BASE, (u64)cpu);
	msr_write(MSR_KERNEL_GS_BASE, 0);
	__asm__ volatile("ltr %w0" ::"r"(GDT_TSS << 3));
	p = (struct pointer){ sizeof(idt) - 1, (u64)idt };
	__asm__ volatile("lidt %0" ::"m"(p));
}

/* Bits of CR4 only as CPUID shows them: some machines hang on others.  What Keel cannot be without
 * the loader has found. */
static void features_enable(struct cpu *cpu)
{
	struct cpuid one = cpuid(1, 0), seven = { 0 };
	u64 cr4 = CR4_PAE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT;

	if (cpuid(0, 0).eax >= 7)
		seven = cpuid(7, 0);
	cr4 |= one.edx >> 7 & 1 ? CR4_MCE : 0;
	cr4 |= one.ecx >> 26 & 1 ? CR4_OSXSAVE : 0;
	cr4 |= seven.ebx & 1 ? CR4_FSGSBASE : 0;
	cr4 |= seven.ebx >> 7 & 1 ? CR4_SMEP : 0;
	cr4 |= seven.ebx >> 20 & 1 ? CR4_SMAP : 0;
	cr4 |= seven.ecx >> 2 & 1 ? CR4_UMIP : 0;
	WRITE_CR(4, cr4);
	WRITE_CR(0, (READ_CR(0) | CR0_MP | CR0_NE | CR0_WP | CR0_TS) & ~(u64)CR0_EM);
	cpu->has_smap = !!(cr4 & CR4_SMAP);
	cpu->has_fsgsbase = !!(cr4 & CR4_FSGSBASE);
	has_xsave = cr4 & CR4_OSXSAVE;
	if (has_xsave) {
		struct cpuid d = cpuid(0xd, 0);
		u32 mask = d.eax & (XCR0_X87 | XCR0_SSE | XCR0_AVX | XCR0_AVX512);

		/* Neither PKRU nor AMX: see the rules for floating point. */
		if ((mask & XCR0_AVX512) != XCR0_AVX512)
			mask &= ~(u32)XCR0_AVX512;
		__asm__ volatile("xsetbv" ::"c"(0), "a"(mask), "d"(0));
		arch_fpu_size = cpuid(0xd, 0).ebx;
	}
}

void arch_cpu_init(struct cpu *cpu)
{
	if (!cpu->number)
		idt_fill();
	tables_load(cpu);
	features_enable(cpu);
	msr_write(MSR_EFER, msr_read(MSR_EFER) | 1); /* SCE */
	/* SYSRET takes CS = base + 16, SS = base + 8, both with RPL 3. */
	msr_write(MSR_STAR, (u64)(GDT_KERNEL_CODE << 3) << 32 | (u64)((GDT_KERNEL_DATA << 3) | 3)
									<< 48);
	msr_write(MSR_LSTAR, (u64)(cpu->many ? syscall_entry_many : syscall_entry));
	/* IF TF DF IOPL NT AC */
	msr_write(MSR_SFMASK, 0x200 | 0x100 | 0x400 | 0x3000 | 0x4000 | 0x40000);
	lapic_write(LAPIC_TIMER, VECTOR_TIMER);
}

/* --- bases --- */

/* In ring 0 the user's GS base is in KERNEL_GS_BASE.  Without FSGSBASE ring 3 cannot change either,
 * so what was loaded last is still there. */
void arch_bases(u64 *fs, u64 *gs)
{
	struct cpu *cpu = this_cpu();

	if (cpu->has_fsgsbase) {
		__asm__ volatile("rdfsbase %0" : "=r"(cpu->fs_base));
		cpu->gs_base = msr_read(MSR_KERNEL_GS_BASE);
	}
	*fs = cpu->fs_base;
	*gs = cpu->gs_base;
}

void arch_set_bases(u64 fs, u64 gs)
{
	struct cpu *cpu = this_cpu();

	if (fs != cpu->fs_base && cpu->has_fsgsbase)
		__asm__ volatile("wrfsbase %0" ::"r"(fs));
	else if (fs != cpu->fs_base)
		msr_write(MSR_FS_BASE, fs);
	if (gs != cpu->gs_base)
		msr_write(MSR_KERNEL_GS_BASE, gs);
	cpu->fs_base = fs;
	cpu->gs_base = gs;
}

/* --- floating point --- */

void arch_fpu_enable(bool enable)
{
	struct cpu *cpu = this_cpu();

	if (cpu->fpu_enabled == enable)
		return;
	cpu->fpu_enabled = enable;
	if (enable)
		__asm__ volatile("clts" ::: "memory");
	else
		WRITE_CR(0, READ_CR(0) | CR0_TS);
}

void arch_fpu_save(void *area)
{
	if (has_xsave)
		__asm__ volatile("xsave64 (%0)" ::"r"(area), "a"(~0u), "d"(~0u) : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" ::"r"(area) : "memory");
}

void arch_fpu_restore(const void *area)
{
	if (has_xsave)
		__asm__ volatile("xrstor64 (%0)" ::"r"(area), "a"(~0u), "d"(~0u) : "memory");
	else
		__asm__ volatile("fxrstor64 (%0)" ::"r"(area) : "memory");
}

/* All zero is XSAVE's initial state but for the two control words, which FXRSTOR and legacy XRSTOR
 * take from the area. */
void arch_fpu_area_init(void *area)
{
	*(u16 *)area = 0x37f;
	*(u32 *)((char *)area + 24) = 0x1f80;
}

/* --- the end --- */

_Noreturn void arch_halt(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}

/* The chipset's reset register, the keyboard controller, and a triple fault. */
_Noreturn void arch_reset(void)
{
	struct pointer none = { 0, 0 };

	out8(0xcf9, 0x06);
	out8(0x64, 0xfe);
	__asm__ volatile("lidt %0; int3" ::"m"(none));
	arch_halt();
}

void arch_backtrace(u64 frame)
{
	u64 top = this_cpu()->stack_top - 16;

	/* The first frame is the caller's word; the others are believed only while they lie one
	 * above the other in this CPU's stack: at its end comes what ring 3 had in the register. */
	for (int n = 0; n < TRACE_MAX && frame >> 47 == 0x1ffff && !(frame & 7); n++) {
		const u64 *words = (const u64 *)frame;

		if (!words[1])
			break;
		log_printf("  image+0x%x", words[1] - (u64)kernel_image);
		if (words[0] <= frame || top - words[0] > BOOT_STACK_BYTES - 16)
			break;
		frame = words[0];
	}
}

void arch_debug_write(const char *text, size_t length)
{
	for (; length; length--, text++) {
		if (*text == '\n')
			out8(0x3f8, '\r');
		for (int spin = 0; spin < 100000 && !(in8(0x3fd) & 0x20); spin++)
			arch_pause();
		out8(0x3f8, (u8)*text);
	}
}

u32 arch_port_read(u16 port, unsigned width)
{
	u32 value;

	if (width == 1)
		return in8(port);
	if (width == 2)
		__asm__ volatile("xorl %0, %0; inw %1, %w0" : "=&a"(value) : "Nd"(port));
	else
		__asm__ volatile("inl %1, %0" : "=a"(value) : "Nd"(port));
	return value;
}

void arch_port_write(u16 port, unsigned width, u32 value)
{
	if (width == 1)
		out8(port, (u8)value);
	else if (width == 2)
		__asm__ volatile("outw %w0, %1" ::"a"(value), "Nd"(port));
	else
		__asm__ volatile("outl %0, %1" ::"a"(value), "Nd"(port));
}

void arch_port_read_bytes(u16 port, void *bytes, size_t length)
{
	__asm__ volatile("rep insb" : "+D"(bytes), "+c"(length) : "d"(port) : "memory");
}

void arch_port_write_bytes(u16 port, const void *bytes, size_t length)
{
	__asm__ volatile("rep outsb" : "+S"(bytes), "+c"(length) : "d"(port) : "memory");
}
