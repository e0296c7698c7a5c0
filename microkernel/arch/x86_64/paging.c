/* SPDX-License-Identifier: MIT */
/* paging.c - page-table entries of x86-64. */
#include "microkernel/arch/arch.h"
#include "microkernel/arch/x86_64/x86.h"
#include "microkernel/core/cpu.h"
#include "microkernel/core/frame.h"
#include "microkernel/core/log.h"

u64 arch_direct_base, arch_kernel_root;

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

		if (!(*entry & PTE_P))
			*entry = direct_physical(frame_boot_alloc(PAGE_SIZE)) | PTE_P | PTE_RW;
		table = *entry & PTE_ADDRESS;
	}
	((pte_t *)direct_pointer(table))[table_index(address, 0)] =
		(physical & PTE_ADDRESS) | PTE_P | PTE_RW | PTE_PCD | PTE_PWT | PTE_NX | PTE_G;
	return (volatile u32 *)(address + (physical & PAGE_MASK));
}

/* The trampoline goes, and the page below the stack becomes its guard. */
void arch_seal(u64 guard)
{
	u64 table = arch_kernel_root;

	*(pte_t *)direct_pointer(table) = 0;
	for (unsigned level = TABLE_LEVELS - 1; level; level--)
		table = ((pte_t *)direct_pointer(table))[table_index(guard, level)] & PTE_ADDRESS;
	((pte_t *)direct_pointer(table))[table_index(guard, 0)] = 0;
	arch_flush_page(guard);
	arch_root_load(arch_kernel_root);
}

extern char kernel_image[];

u64 arch_image_base(void)
{
	return (u64)kernel_image;
}
