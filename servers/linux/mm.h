/* SPDX-License-Identifier: MIT */
/* mm.h - what mm.c offers to those that build or describe address spaces. */
#ifndef LINUX_MM_H
#define LINUX_MM_H

#include "libsys/sys.h"
#include "servers/linux/abi.h"

static inline u32 protect_from_linux(u32 protect)
{
	/* On this machine what can be written or executed can be read. */
	return (protect & (PROT_READ | PROT_WRITE | PROT_EXEC) ? PROTECT_READ : 0) |
	       (protect & PROT_WRITE ? PROTECT_WRITE : 0) |
	       (protect & PROT_EXEC ? PROTECT_EXEC : 0);
}

/* Names behind region tags, for /proc: a path's tag (TAG_FILE when the table is full), and back. */
u32 region_tag_for(const char *path);
const char *region_tag_name(u32 tag);
struct mm;
/* Count its pages to its end, from where the kernel has stopped. */
void region_count(const struct mm *mm, struct region_info *r);

#endif
