/* SPDX-License-Identifier: MIT */
/*
 * elf.h - reading the headers of a Linux program that may hold anything; pure functions.
 */
#ifndef LINUX_ELF_H
#define LINUX_ELF_H

#include "servers/linux/abi.h"

enum { ELF_HEADER_BYTES = 64, ELF_PHDR_BYTES = 56, ELF_PHDRS_MAX = 64, ELF_LOADS_MAX = 16 };

struct elf_load {
	u64 address, memory_length; /* bytes, as the file has them */
	u64 offset, file_length;
	u32 protect; /* PROT_* */
};

struct elf_program {
	bool relocatable; /* ET_DYN: addresses count from wherever it is put */
	u64 entry;
	u64 low, high;	  /* the span of all loads, whole pages */
	u64 phdr_offset;
	u32 phdr_count;
	u64 phdr_address; /* where the headers are in memory; 0 if they are not loaded */
	u64 interpreter_offset, interpreter_length; /* length 0: none */
	u32 load_count;
	struct elf_load load[ELF_LOADS_MAX];
};

/*
 * First the ELF header, which says where the program headers are; then those.  0, -ENOEXEC for what
 * is no program for this machine, -EINVAL for one that contradicts itself, -EACCES for a segment
 * that is writable and executable.
 */
i64 elf_read_header(struct elf_program *program, const u8 *header, u64 length);
i64 elf_read_phdrs(struct elf_program *program, const u8 *phdrs, u64 length);

#endif
