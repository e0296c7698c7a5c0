/* SPDX-License-Identifier: MIT */
/* layout.h - where a Linux program's parts go in its address space. */
#ifndef LINUX_LAYOUT_H
#define LINUX_LAYOUT_H

#include "microkernel/abi/layout.h"

#define LAYOUT_STACK_TOP    0x00007ffffffff000ul
#define LAYOUT_STACK_GAP    0x0000000000100000ul
#define LAYOUT_STACK_RANDOM 0x0000000003fff000ul
#define LAYOUT_PIE_BASE	    0x0000555555554000ul
#define LAYOUT_PIE_RANDOM   0x00000000fffff000ul
#define LAYOUT_PIE_SPAN	    0x0000100000000000ul

/* Tags of regions: what /proc/PID/maps calls them. */
enum region_tag {
	TAG_ANONYMOUS = 0,
	TAG_STACK = 1,
	TAG_HEAP = 2,
	TAG_VDSO = 3,
	TAG_VVAR = 4,
	TAG_FILE = 5,	 /* a file whose name was not kept */
	TAG_SHARED = 6,	 /* shared anonymous memory */
	TAG_NAMED = 16,	 /* from here on: numbers of kept names */
};

#endif
