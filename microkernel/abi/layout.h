/* SPDX-License-Identifier: MIT */
/*
 * layout.h - who owns which part of the 48-bit address space.
 *
 *	0000_0000_0001_0000 .. 0000_7fff_ffff_efff	guests (Linux programs)
 *	ffff_8000_0000_0000 .. ffff_807f_ffff_ffff	the native program: top-level entry 256
 *	everything above				the kernel, supervisor only
 *
 * A native space maps only its slot; a guest space maps only the lower half; a view shows both,
 * the lower half with execution disabled.
 */
#ifndef ABI_LAYOUT_H
#define ABI_LAYOUT_H

#include "microkernel/abi/types.h"

#define GUEST_BASE  0x0000000000010000ul
#define GUEST_LIMIT 0x00007ffffffff000ul
#define SLOT_BASE   0xffff800000000000ul
#define SLOT_LIMIT  0xffff808000000000ul

enum { SLOT_TOP_ENTRY = 256, TOP_ENTRIES = 512 };

#endif
