/* SPDX-License-Identifier: MIT */
/* paging.c - page-table entries of x86-64. */
#include "microkernel/arch/arch.h"
#include "microkernel/arch/x86_64/x86.h"
#include "microkernel/core/cpu.h"
#include "microkernel/core/frame.h"
#include "microkernel/core/log.h"

enum { P = 1, RW = 2, US = 4, PWT = 8, PCD = 16, PS = 1 << 7, G = 1 << 8 };
#define NX	((u64)1 << 63)
#define ADDRESS 0x000ffffffffff000ul

u64 arch_direct_base, arch_kernel_root;

pte_t arch_pte(u64 physical, unsigned flags)
{
	return physical | P | (flags & PTE_WRITE ? RW : 0) | (flags & PTE_USER ? US : 0) |
	       (flags & PTE_DEVICE ? PCD | PWT : 0) | (flags & PTE_EXEC ? 0 : NX);
}

bool arch_pte_present(pte_t pte)
{
	return pte & P;
}

u64 arch_pte_physical(pte_t pte)
{
	return pte & ADDRESS;
}

unsigned arch_pte_flags(pte_t pte)
{
	return PTE_READ | (pte & RW ? PTE_WRITE : 0u) | (pte & US ? PTE_USER : 0u) |
	       (pte & PCD ? PTE_DEVICE : 0u) | (pte & NX ? 0u : PTE_EXEC);
}

bool arch_pte_large(pte_t pte)
{
	return (pte & (P | PS)) == (P | PS);
}

pte_t arch_table_entry(u64 physical, bool executable)
{
	return physical | P | RW | US | (executable ? 0 : NX);
}

void arch_root_load(u64 root)
{
	this_cpu()->root = root;
	WRITE_CR(3, root);
}

void arch_flush_page(u64 address)
{
	__asm__ volatile("invlpg (%0)" ::"r"(address) : "memory");
}

/* Device pages of the kernel itself: in the last gigabyte but one, below the image's. */
volatile u32 *arch_map_device(u64 physical)
{
	static u64 next = 0xffffff7f80000000ul;
	u64 table = arch_kernel_root, address = next;

	next += PAGE_SIZE;
	for (unsigned level = TABLE_LEVELS - 1; level; level--) {
		pte_t *entry = (pte_t *)direct_pointer(table) + table_index(address, level);

		if (!(*entry & P))
			*entry = direct_physical(frame_boot_alloc(PAGE_SIZE)) | P | RW;
		table = *entry & ADDRESS;
	}
	((pte_t *)direct_pointer(table))[table_index(address, 0)] =
		(physical & ADDRESS) | P | RW | PCD | PWT | NX | G;
	return (volatile u32 *)(address + (physical & PAGE_MASK));
}

/* The trampoline goes, and the page below the stack becomes its guard. */
void arch_seal(u64 guard)
{
	u64 table = arch_kernel_root;

	*(pte_t *)direct_pointer(table) = 0;
	for (unsigned level = TABLE_LEVELS - 1; level; level--)
		table = ((pte_t *)direct_pointer(table))[table_index(guard, level)] & ADDRESS;
	((pte_t *)direct_pointer(table))[table_index(guard, 0)] = 0;
	arch_flush_page(guard);
	arch_root_load(arch_kernel_root);
}

extern char kernel_image[];

u64 arch_image_base(void)
{
	return (u64)kernel_image;
}
