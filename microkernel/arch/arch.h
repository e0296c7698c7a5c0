/* SPDX-License-Identifier: MIT */
/*
 * arch.h - everything the portable kernel asks of a processor.  A port fulfils this file.
 *
 * Calls up: arch code calls only the trap_* functions declared at the end, defined in entry/.
 */
#ifndef ARCH_H
#define ARCH_H

#include "microkernel/abi/boot.h"
#include "microkernel/abi/guest.h"
#include "microkernel/abi/layout.h"
#include "microkernel/abi/types.h"

struct cpu;

/* --- start --- */

/* Clock, direct map and interrupt controllers, for all. */
void arch_begin(const struct boot_info *boot);
/* A CPU's descriptor tables, control registers, per-CPU pointer and timer. */
void arch_cpu_init(struct cpu *cpu);
/* An interrupt on another CPU. */
void arch_poke(const struct cpu *cpu);
/* The same that nothing keeps out, and that may itself come at any instruction. */
void arch_nmi(const struct cpu *cpu);

/* --- output before any driver, and the end --- */

void arch_debug_write(const char *text, size_t length);
_Noreturn void arch_reset(void);
_Noreturn void arch_halt(void);
/* Say what the stack from `frame` on returns to. */
void arch_backtrace(u64 frame);

/* --- memory --- */

/* Start of the direct map; physical address p is readable at arch_direct_base + p. */
extern u64 arch_direct_base;
#define direct_pointer(physical) ((void *)(arch_direct_base + (physical)))
#define direct_physical(pointer) ((u64)(pointer)-arch_direct_base)

/* One page-table entry, and the questions about it. */
typedef u64 pte_t;
enum pte_flags {
	PTE_READ = 1,
	PTE_WRITE = 2,
	PTE_EXEC = 4,
	PTE_DEVICE = 8, /* uncached */
	PTE_USER = 16,
};
static inline pte_t arch_pte(u64 physical, unsigned flags);
static inline bool arch_pte_present(pte_t pte);
static inline u64 arch_pte_physical(pte_t pte);
static inline unsigned arch_pte_flags(pte_t pte);
static inline bool arch_pte_large(pte_t pte);
/* The same without permission to write; an entry that is absent stays so. */
static inline pte_t arch_pte_read_only(pte_t pte);
/* A table entry pointing to the next level; `executable` false hides all below from execution. */
static inline pte_t arch_table_entry(u64 physical, bool executable);
#include "microkernel/arch/x86_64/pte.h"

enum { TABLE_LEVELS = 4, TABLE_ENTRIES = 512 };
static inline unsigned table_index(u64 address, unsigned level) /* level 3 = top */
{
	return (unsigned)(address >> (PAGE_SHIFT + 9 * level) & (TABLE_ENTRIES - 1));
}

/* The root in use on this CPU; loading the same one again flushes. */
void arch_root_load(u64 root_physical);
static inline void arch_root_write(u64 root_physical)
{
	__asm__ volatile("mov %0, %%cr3" ::"r"(root_physical) : "memory");
}
void arch_flush_page(u64 address);
extern u64 arch_kernel_root;

/* --- registers --- */

/* Whether an instruction pointer may be returned to in the guest, in the native slot. */
static inline bool arch_guest_address_ok(u64 address)
{
	return address < GUEST_LIMIT;
}
static inline bool arch_native_address_ok(u64 address)
{
	return address - SLOT_BASE < SLOT_LIMIT - SLOT_BASE;
}
static inline bool arch_canonical(u64 address)
{
	return (u64)((i64)(address << 16) >> 16) == address;
}
/* The flags a thread may have: arithmetic, direction, trap, alignment, ID; IF is set. */
#define ARCH_FLAGS_USER	 0x240dd5ul
#define ARCH_FLAGS_FIXED 0x202ul
void arch_bases(u64 *fs, u64 *gs);
void arch_set_bases(u64 fs, u64 gs);

/* --- floating point --- */

extern u32 arch_fpu_size; /* bytes of a save area */
void arch_fpu_enable(bool enable);
void arch_fpu_save(void *area);
void arch_fpu_restore(const void *area);
void arch_fpu_area_init(void *area);

/* --- time and interrupts --- */

extern u64 arch_tsc_hz, arch_tsc_base;
/* Nanoseconds are ticks times this, shifted right by CLOCK_SHIFT. */
extern u64 arch_clock_mult;
enum { CLOCK_SHIFT = 32 };
static inline u64 arch_ticks(void)
{
	u32 low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (u64)high << 32 | low;
}
static inline u64 arch_ticks_to_ns(u64 ticks)
{
	return (u64)((unsigned __int128)ticks * arch_clock_mult >> CLOCK_SHIFT);
}
static inline u64 arch_now_ns(void)
{
	return arch_ticks_to_ns(arch_ticks() - arch_tsc_base);
}
/* The one-shot timer: an interrupt not before `delay_ns` from now. */
void arch_timer_arm(u64 delay_ns);

enum {
	VECTOR_FIRST_IRQ = 32,
	VECTOR_TIMER = 0xf0,
	VECTOR_POKE = 0xf1,
	VECTOR_SPURIOUS = 0xff,
	IRQ_LINES = BOOT_LINES,
};

/* The address of the last page fault. */
u64 arch_fault_address(void);
/* Route a line to vector, masked; false: no such line. */
bool arch_irq_route(u32 line, u8 vector, bool *level_triggered);
void arch_irq_mask(u32 line, bool masked);
void arch_interrupt_end(void);
/* Open the window for interrupts, whose handlers only latch. */
static inline void arch_interrupt_window(void)
{
	__asm__ volatile("sti; nop; cli" ::: "memory");
}
static inline void arch_idle(void)
{
	__asm__ volatile("sti; hlt; cli" ::: "memory");
}
static inline void arch_pause(void)
{
	__asm__ volatile("pause" ::: "memory");
}

/* --- ports --- */

u32 arch_port_read(u16 port, unsigned width);
void arch_port_write(u16 port, unsigned width, u32 value);
void arch_port_read_bytes(u16 port, void *bytes, size_t length);
void arch_port_write_bytes(u16 port, const void *bytes, size_t length);

/* --- the way out --- */

/* Leave by what this_cpu()->regs holds. */
_Noreturn void exit_to_user(void);
/* The same to a native thread whose last way in was a system call, which gives 0; the words of a
 * message, but for the first, are in their registers already. */
_Noreturn void exit_with_message(u64 rdi, u64 rsi, u64 rdx, u64 r14);
/* Put those registers away, and load them. */
static inline void arch_message_store(struct registers *to)
{
	__asm__ volatile("mov %%r8, %0; mov %%r9, %1; mov %%r10, %2; mov %%r12, %3; mov %%r13, %4"
			 : "=m"(to->r8), "=m"(to->r9), "=m"(to->r10), "=m"(to->r12),
			   "=m"(to->r13));
}
static inline void arch_message_load(const struct registers *from)
{
	__asm__ volatile("mov %0, %%r8; mov %1, %%r9; mov %2, %%r10; mov %3, %%r12; mov %4, %%r13"
			 ::"m"(from->r8), "m"(from->r9), "m"(from->r10), "m"(from->r12),
			 "m"(from->r13));
}

/* --- what arch calls (entry/) --- */

struct trap_frame { /* what the processor and the stub pushed, ring 0 traps only */
	u64 rax, rcx, rdx, rsi, rdi, r8, r9, r10, r11, rbx, rbp;
	u64 vector, error, rip, cs, rflags, rsp, ss;
};
/* The first registers of a native system call, and its number. */
void trap_native_syscall(u64 handle, u64 tag, u64 number);
void trap_guest_syscall(void);
void trap_user(u64 vector, u64 error);
void trap_interrupt(u64 vector);
void trap_kernel(struct trap_frame *frame);

#endif
