/* SPDX-License-Identifier: MIT */
/* pte.h - page-table entries of x86-64 (Intel SDM volume 3, 4.5): the part of arch.h that has to be
 * compiled in place. */
#ifndef ARCH_PTE_H
#define ARCH_PTE_H

enum { PTE_P = 1, PTE_RW = 2, PTE_US = 4, PTE_PWT = 8, PTE_PCD = 16, PTE_PS = 1 << 7,
       PTE_G = 1 << 8 };
#define PTE_NX	    ((u64)1 << 63)
#define PTE_ADDRESS 0x000ffffffffff000ul

static inline pte_t arch_pte(u64 physical, unsigned flags)
{
	return physical | PTE_P | (flags & PTE_WRITE ? PTE_RW : 0) |
	       (flags & PTE_USER ? PTE_US : 0) | (flags & PTE_DEVICE ? PTE_PCD | PTE_PWT : 0) |
	       (flags & PTE_EXEC ? 0 : PTE_NX);
}

static inline bool arch_pte_present(pte_t pte)
{
	return pte & PTE_P;
}

static inline u64 arch_pte_physical(pte_t pte)
{
	return pte & PTE_ADDRESS;
}

static inline unsigned arch_pte_flags(pte_t pte)
{
	return PTE_READ | (pte & PTE_RW ? PTE_WRITE : 0u) | (pte & PTE_US ? PTE_USER : 0u) |
	       (pte & PTE_PCD ? PTE_DEVICE : 0u) | (pte & PTE_NX ? 0u : PTE_EXEC);
}

static inline bool arch_pte_large(pte_t pte)
{
	return (pte & (PTE_P | PTE_PS)) == (PTE_P | PTE_PS);
}

static inline pte_t arch_pte_read_only(pte_t pte)
{
	return pte & ~(pte_t)PTE_RW;
}

static inline pte_t arch_table_entry(u64 physical, bool executable)
{
	return physical | PTE_P | PTE_RW | PTE_US | (executable ? 0 : PTE_NX);
}

#endif
