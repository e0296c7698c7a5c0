/* SPDX-License-Identifier: MIT */
/*
 * elf.c - see elf.h.  Every field is checked before it is used, and sums are checked for overflow.
 */
#include "servers/linux/elf.h"

#include "microkernel/abi/layout.h"
#include "servers/linux/errno.h"

enum { ET_EXEC = 2, ET_DYN = 3, EM_X86_64 = 62 };
enum { PT_LOAD = 1, PT_INTERP = 3, PT_PHDR = 6, PF_X = 1, PF_W = 2, PF_R = 4 };
enum { INTERPRETER_MAX = 4096 };

static u64 field(const u8 *at, u32 bytes)
{
	u64 value = 0;

	for (u32 i = bytes; i-- > 0;)
		value = value << 8 | at[i];
	return value;
}

i64 elf_read_header(struct elf_program *p, const u8 *h, u64 length)
{
	static const u8 ident[] = { 0x7f, 'E', 'L', 'F', 2, 1, 1 };
	u64 type;

	*p = (struct elf_program){ 0 };
	if (length < ELF_HEADER_BYTES)
		return -ENOEXEC;
	for (u32 i = 0; i < sizeof(ident); i++)
		if (h[i] != ident[i])
			return -ENOEXEC;
	type = field(h + 16, 2);
	if ((type != ET_EXEC && type != ET_DYN) || field(h + 18, 2) != EM_X86_64)
		return -ENOEXEC;
	p->relocatable = type == ET_DYN;
	p->entry = field(h + 24, 8);
	p->phdr_offset = field(h + 32, 8);
	p->phdr_count = (u32)field(h + 56, 2);
	if (field(h + 54, 2) != ELF_PHDR_BYTES || !p->phdr_count || p->phdr_count > ELF_PHDRS_MAX)
		return -ENOEXEC;
	if (p->phdr_offset > (u64)1 << 40)
		return -ENOEXEC;
	return 0;
}

static i64 load_read(struct elf_program *p, const u8 *h)
{
	u32 flags = (u32)field(h + 4, 4);
	struct elf_load load = {
		.offset = field(h + 8, 8),
		.address = field(h + 16, 8),
		.file_length = field(h + 32, 8),
		.memory_length = field(h + 40, 8),
	};
	u64 end;

	if (!load.memory_length)
		return 0;
	if (load.file_length > load.memory_length ||
	    (load.address & PAGE_MASK) != (load.offset & PAGE_MASK) ||
	    load.offset > (u64)1 << 62 || load.file_length > (u64)1 << 62)
		return -EINVAL;
	if (__builtin_add_overflow(load.address, load.memory_length, &end) || end > GUEST_LIMIT)
		return -EINVAL;
	if (!p->relocatable && load.address < GUEST_BASE)
		return -EINVAL;
	if (flags & PF_W && flags & PF_X)
		return -EACCES;
	load.protect = (flags & PF_R ? PROT_READ : 0) | (flags & PF_W ? PROT_WRITE : 0) |
		       (flags & PF_X ? PROT_EXEC : 0);
	if (p->load_count == ELF_LOADS_MAX)
		return -ENOEXEC;
	if (p->load_count) {
		const struct elf_load *last = &p->load[p->load_count - 1];

		/* In rising order, and no page in two of them. */
		if ((load.address & ~PAGE_MASK) <
		    ((last->address + last->memory_length + PAGE_MASK) & ~PAGE_MASK))
			return -EINVAL;
	} else {
		p->low = load.address & ~PAGE_MASK;
	}
	p->high = (end + PAGE_MASK) & ~PAGE_MASK;
	if (p->phdr_offset >= load.offset &&
	    p->phdr_offset + (u64)p->phdr_count * ELF_PHDR_BYTES <= load.offset + load.file_length)
		p->phdr_address = load.address + (p->phdr_offset - load.offset);
	p->load[p->load_count++] = load;
	return 0;
}

i64 elf_read_phdrs(struct elf_program *p, const u8 *phdrs, u64 length)
{
	i64 error = 0;

	if (length < (u64)p->phdr_count * ELF_PHDR_BYTES)
		return -ENOEXEC;
	for (u32 i = 0; i < p->phdr_count && !error; i++) {
		const u8 *h = phdrs + (u64)i * ELF_PHDR_BYTES;

		switch (field(h, 4)) {
		case PT_LOAD:
			error = load_read(p, h);
			break;
		case PT_INTERP:
			p->interpreter_offset = field(h + 8, 8);
			p->interpreter_length = field(h + 32, 8);
			if (p->interpreter_length < 2 || p->interpreter_length > INTERPRETER_MAX)
				error = -ENOEXEC;
			break;
		default:
			break;
		}
	}
	if (error)
		return error;
	return p->load_count ? 0 : -ENOEXEC;
}
