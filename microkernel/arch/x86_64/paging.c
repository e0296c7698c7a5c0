/* SPDX-License-Identifier: MIT */
/* paging.c - page-table entries of x86-64. */
#include "microkernel/arch/arch.h"
#include "microkernel/arch/x86_64/x86.h"
#include "microkernel/core/cpu.h"
#include "microkernel/core/frame.h"
#include "microkernel/core/log.h"
#include "microkernel/lib/string.h"

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

/* Pages of the kernel's own, while starting: in the last gigabyte but one, below the image's. */
static u64 next_address = 0xffffff7f80000000ul;

static u64 map_next(u64 physical, pte_t bits)
{
	u64 table = arch_kernel_root, address = next_address;

	next_address += PAGE_SIZE;
	for (unsigned level = TABLE_LEVELS - 1; level; level--) {
		pte_t *entry = (pte_t *)direct_pointer(table) + table_index(address, level);

		if (!(*entry & PTE_P))
			*entry = direct_physical(frame_boot_alloc(PAGE_SIZE)) | PTE_P | PTE_RW;
		table = *entry & PTE_ADDRESS;
	}
	((pte_t *)direct_pointer(table))[table_index(address, 0)] =
		(physical & PTE_ADDRESS) | PTE_P | PTE_RW | PTE_NX | PTE_G | bits;
	return address + (physical & PAGE_MASK);
}

volatile u32 *arch_map_device(u64 physical)
{
	return (volatile u32 *)map_next(physical, PTE_PCD | PTE_PWT);
}

u64 arch_stack_make(u64 bytes)
{
	u64 physical = direct_physical(frame_boot_alloc(bytes)), top = 0;

	next_address += PAGE_SIZE; /* the guard below it */
	for (u64 at = 0; at < bytes; at += PAGE_SIZE)
		top = map_next(physical + at, 0) + PAGE_SIZE;
	return top;
}

/* The page that is mapped one to one goes, and the page below the stack becomes its guard. */
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
