/* SPDX-License-Identifier: MIT */
/*
 * bootmap.h - the address space in which the kernel begins, and the one implementation of it.
 *
 * The two loaders, of UEFI and of PVH, both run with physical addresses usable as pointers; both
 * load the kernel's segments contiguously at a 2 MiB aligned physical address (kernel_phys, the ELF
 * header first), call bootmap_relocate, then bootmap_build, and jump with CR3 = the root it
 * returns.
 */
#ifndef BOOTLOADER_BOOTMAP_H
#define BOOTLOADER_BOOTMAP_H

#include "microkernel/abi/boot.h"
#include "bootloader/elf.h"
#include "microkernel/abi/types.h"

enum { BOOTMAP_LARGE = 2 << 20 };

/* Gives one zeroed page of RAM, by physical address, or 0. */
typedef u64 bootmap_alloc_t(void *context);

enum bootmap_bits {
	BOOTMAP_PRESENT = 1,
	BOOTMAP_WRITE = 2,
	BOOTMAP_UNCACHED = 1 << 3 | 1 << 4,
	BOOTMAP_PS = 1 << 7,
	BOOTMAP_GLOBAL = 1 << 8,
};
#define BOOTMAP_NX	((u64)1 << 63)
#define BOOTMAP_ADDRESS 0x000ffffffffff000ul

static inline const struct elf64_segment *bootmap_segments(u64 kernel_phys, u16 *count)
{
	const struct elf64_header *elf = (const struct elf64_header *)kernel_phys;

	*count = elf->phnum;
	return (const struct elf64_segment *)(kernel_phys + elf->phoff);
}

/* The lowest link address and the bytes from there to the end of the last segment, in pages. */
static inline void bootmap_extent(u64 kernel_phys, u64 *link_base, u64 *size)
{
	u16 count;
	const struct elf64_segment *s = bootmap_segments(kernel_phys, &count);
	u64 low = ~(u64)0, high = 0;

	for (u16 i = 0; i < count; i++) {
		if (s[i].type != ELF64_LOAD)
			continue;
		if (s[i].vaddr < low)
			low = s[i].vaddr;
		if (s[i].vaddr + s[i].memsz > high)
			high = s[i].vaddr + s[i].memsz;
	}
	*link_base = low & ~PAGE_MASK;
	*size = (high - *link_base + PAGE_MASK) & ~PAGE_MASK;
}

/* Apply R_X86_64_RELATIVE for the image to run at kernel_base.  False: another kind was found. */
static inline bool bootmap_relocate(u64 kernel_phys, u64 kernel_base)
{
	u16 count;
	const struct elf64_segment *s = bootmap_segments(kernel_phys, &count);
	u64 link_base, size, rela = 0, rela_size = 0;

	bootmap_extent(kernel_phys, &link_base, &size);
	for (u16 i = 0; i < count; i++) {
		if (s[i].type != ELF64_DYNAMIC)
			continue;
		const u64 *d = (const u64 *)(kernel_phys + s[i].vaddr - link_base);
		for (; d[0]; d += 2) {
			if (d[0] == 7)
				rela = d[1];
			if (d[0] == 8)
				rela_size = d[1];
		}
	}
	const u64 *r = (const u64 *)(kernel_phys + rela - link_base);
	for (u64 n = rela ? rela_size / 24 : 0; n; n--, r += 3) {
		if ((u32)r[1] != 8 || r[0] < link_base || r[0] - link_base > size - 8)
			return false;
		*(u64 *)(kernel_phys + r[0] - link_base) = r[2] - link_base + kernel_base;
	}
	return true;
}

/* The entry of table `table` for `index`, as a table; made if absent.  0: out of memory. */
static inline u64 bootmap_next(u64 table, u64 index, bootmap_alloc_t *alloc, void *context)
{
	u64 *entry = (u64 *)table + index;

	if (!(*entry & BOOTMAP_PRESENT)) {
		u64 page = alloc(context);
		if (!page)
			return 0;
		*entry = page | BOOTMAP_PRESENT | BOOTMAP_WRITE;
	}
	return *entry & BOOTMAP_ADDRESS;
}

/* Map one page (4 KiB, or 2 MiB if bits has PS). */
static inline bool bootmap_map(u64 root, u64 virtual, u64 physical, u64 bits,
			       bootmap_alloc_t *alloc, void *context)
{
	u64 t = bootmap_next(root, virtual >> 39 & 511, alloc, context);

	if (t)
		t = bootmap_next(t, virtual >> 30 & 511, alloc, context);
	if (t && !(bits & BOOTMAP_PS)) {
		t = bootmap_next(t, virtual >> 21 & 511, alloc, context);
		if (t)
			((u64 *)t)[virtual >> 12 & 511] = physical | bits | BOOTMAP_PRESENT;
	} else if (t) {
		((u64 *)t)[virtual >> 21 & 511] = physical | bits | BOOTMAP_PRESENT;
	}
	return t != 0;
}

/* Protection of one page of the image: NX unless executable, WRITE only if writable. */
static inline u64 bootmap_image_bits(u64 kernel_phys, u64 link_address)
{
	u16 count;
	const struct elf64_segment *s = bootmap_segments(kernel_phys, &count);
	u64 bits = BOOTMAP_NX;

	for (u16 i = 0; i < count; i++) {
		u64 start = s[i].vaddr & ~PAGE_MASK;
		if (s[i].type != ELF64_LOAD || link_address < start ||
		    link_address >= s[i].vaddr + s[i].memsz)
			continue;
		bits = (s[i].flags & 1 ? 0 : BOOTMAP_NX) | (s[i].flags & 2 ? BOOTMAP_WRITE : 0);
	}
	return bits;
}

/*
 * Build the tables that boot.h describes for info->{kernel_base, kernel_phys, kernel_size,
 * direct_base, direct_size}; `own_page` is mapped one to one, for handover.h.
 * Fills info->tables_phys; false: out of memory.
 */
static inline bool bootmap_build(struct boot_info *info, u64 own_page, bootmap_alloc_t *alloc,
				 void *context)
{
	u64 root = alloc(context), link_base, size,
	    image_end = info->kernel_phys + info->kernel_size;
	bool ok = root != 0;

	bootmap_extent(info->kernel_phys, &link_base, &size);
	for (u64 at = 0; ok && at < size; at += PAGE_SIZE)
		ok = bootmap_map(root, info->kernel_base + at, info->kernel_phys + at,
				 BOOTMAP_GLOBAL |
					 bootmap_image_bits(info->kernel_phys, link_base + at),
				 alloc, context);
	for (u64 at = 0; ok && at < info->direct_size; at += BOOTMAP_LARGE) {
		if (at + BOOTMAP_LARGE <= info->kernel_phys || at >= image_end) {
			ok = bootmap_map(root, info->direct_base + at, at,
					 BOOTMAP_PS | BOOTMAP_GLOBAL | BOOTMAP_WRITE | BOOTMAP_NX,
					 alloc, context);
			continue;
		}
		for (u64 page = at; ok && page < at + BOOTMAP_LARGE; page += PAGE_SIZE) {
			u64 bits = BOOTMAP_WRITE;
			if (page >= info->kernel_phys && page < image_end)
				bits = BOOTMAP_WRITE &
				       bootmap_image_bits(info->kernel_phys,
							  link_base + page - info->kernel_phys);
			ok = bootmap_map(root, info->direct_base + page, page,
					 bits | BOOTMAP_GLOBAL | BOOTMAP_NX, alloc, context);
		}
	}
	ok = ok &&
	     bootmap_map(root, own_page, own_page, 0, alloc, context);
	info->tables_phys = root;
	return ok;
}

#endif
