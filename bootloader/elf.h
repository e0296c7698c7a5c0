/* SPDX-License-Identifier: MIT */
/* elf.h - the parts of the ELF64 format (System V ABI, chapter 4) that loading an image needs. */
#ifndef BOOTLOADER_ELF_H
#define BOOTLOADER_ELF_H

#include "microkernel/abi/types.h"

struct elf64_header {
	u8 ident[16];
	u16 type, machine;
	u32 version;
	u64 entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};
struct elf64_segment {
	u32 type, flags; /* flags: 1 execute, 2 write, 4 read */
	u64 offset, vaddr, paddr, filesz, memsz, align;
};
enum { ELF64_LOAD = 1, ELF64_DYNAMIC = 2 };

#endif
