/* SPDX-License-Identifier: MIT */
/*
 * elf.h - reading the ELF file of a native program that may hold anything.
 *
 * A native program is a static position-independent executable whose lowest segment begins at
 * address 0, whose segments share no page and none of which is writable and executable.
 */
#ifndef LIBSYS_ELF_H
#define LIBSYS_ELF_H

#include "microkernel/abi/types.h"

enum { ELF_SEGMENTS = 8 };
#define ELF_SPAN_MAX ((u64)1 << 30)

struct elf_segment {
	u64 address; /* page aligned; relative to the image's base */
	u64 length;  /* whole pages */
	u64 data_address, data_offset, data_length; /* where the file's bytes go and come from */
	u32 protect; /* enum protection */
};

struct elf_image {
	u64 entry;
	u64 span; /* bytes from the base to the end of the last segment, whole pages */
	u32 count;
	struct elf_segment segment[ELF_SEGMENTS];
};

/* E_INVAL: not such a program; E_ACCESS: a segment is writable and executable. */
__must_use int elf_read(struct elf_image *image, const void *file, u64 length);

#endif
