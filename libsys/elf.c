/* SPDX-License-Identifier: MIT */
/*
 * elf.c - the checks behind elf.h.  Pure: no call leaves this file but for string.h.
 */
#include "libsys/elf.h"

#include "libsys/string.h"
#include "microkernel/abi/call.h"
#include "microkernel/abi/error.h"

struct elf_header {
	u8 ident[16];
	u16 type, machine;
	u32 version;
	u64 entry, program_offset, section_offset;
	u32 flags;
	u16 header_size, program_size, program_count, section_size, section_count, names;
};

struct elf_program {
	u32 type, flags;
	u64 offset, address, physical, file_size, memory_size, alignment;
};

enum {
	TYPE_DYNAMIC = 3,
	MACHINE_X86_64 = 62,
	PROGRAM_LOAD = 1,
	PROGRAM_INTERPRETER = 3,
	PROGRAMS_MAX = 32,
};

static u32 protection_of(u32 flags)
{
	return (flags & 4 ? PROTECT_READ : 0) | (flags & 2 ? PROTECT_WRITE : 0) |
	       (flags & 1 ? PROTECT_EXEC : 0);
}

static int segment_add(struct elf_image *image, const struct elf_program *p, u64 length)
{
	struct elf_segment *s = &image->segment[image->count];
	u64 end;

	if (image->count == ELF_SEGMENTS || p->file_size > p->memory_size ||
	    p->address > ELF_SPAN_MAX || p->memory_size > ELF_SPAN_MAX ||
	    p->offset > length || p->file_size > length - p->offset)
		return E_INVAL;
	s->address = p->address & ~PAGE_MASK;
	end = (p->address + p->memory_size + PAGE_MASK) & ~PAGE_MASK;
	/* Sorted and apart: a shared page would have to carry two protections. */
	if (s->address < image->span || (image->count == 0 && s->address != 0))
		return E_INVAL;
	s->length = end - s->address;
	s->data_address = p->address;
	s->data_offset = p->offset;
	s->data_length = p->file_size;
	s->protect = protection_of(p->flags);
	if ((s->protect & PROTECT_WRITE) && (s->protect & PROTECT_EXEC))
		return E_ACCESS;
	image->span = end;
	image->count++;
	return 0;
}

static bool entry_executable(const struct elf_image *image)
{
	for (u32 i = 0; i < image->count; i++) {
		const struct elf_segment *s = &image->segment[i];

		if (s->protect & PROTECT_EXEC && image->entry >= s->address &&
		    image->entry < s->address + s->length)
			return true;
	}
	return false;
}

int elf_read(struct elf_image *image, const void *file, u64 length)
{
	static const u8 ident[7] = { 0x7f, 'E', 'L', 'F', 2, 1, 1 };
	struct elf_header h;
	struct elf_program p;

	memset(image, 0, sizeof(*image));
	if (length < sizeof(h))
		return E_INVAL;
	memcpy(&h, file, sizeof(h));
	if (memcmp(h.ident, ident, sizeof(ident)) != 0 || h.type != TYPE_DYNAMIC ||
	    h.machine != MACHINE_X86_64 || h.program_size != sizeof(p) ||
	    h.program_count > PROGRAMS_MAX || h.program_offset > length ||
	    h.program_count * sizeof(p) > length - h.program_offset)
		return E_INVAL;
	image->entry = h.entry;
	for (u32 i = 0; i < h.program_count; i++) {
		int error = 0;

		memcpy(&p, (const u8 *)file + h.program_offset + i * sizeof(p), sizeof(p));
		if (p.type == PROGRAM_INTERPRETER)
			return E_INVAL;
		if (p.type == PROGRAM_LOAD && p.memory_size)
			error = segment_add(image, &p, length);
		if (error)
			return error;
	}
	return entry_executable(image) ? 0 : E_INVAL;
}
