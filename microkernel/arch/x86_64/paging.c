/* SPDX-License-Identifier: MIT */
/* paging.c - the root of page tables, and what of them is remembered. */
#include "microkernel/arch/arch.h"
#include "microkernel/arch/x86_64/x86.h"
#include "microkernel/core/cpu.h"

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
