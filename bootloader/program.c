/* SPDX-License-Identifier: MIT */
/* program.c - see program.h.  The file is an allegation until it is checked. */
#include "bootloader/program.h"
#include "bootloader/bootmap.h"
#include "bootloader/bounds.h"

enum { PROGRAM_MAX = 16 << 20, ELF_TYPE_SHARED = 3, ELF_MACHINE_X86_64 = 62 };
enum { SEGMENT_EXEC = 1, SEGMENT_WRITE = 2, SEGMENT_READ = 4 };
enum { PROTECTED_READ = 1, PROTECTED_WRITE = 2, PROTECTED_EXEC = 4 };

static u64 page_up(u64 at)
{
	return (at + PAGE_MASK) & ~PAGE_MASK;
}

static bool header_sound(const struct elf64_header *elf, u64 length)
{
	static const u8 magic[7] = { 0x7f, 'E', 'L', 'F', 2, 1, 1 };

	for (unsigned i = 0; length >= sizeof(*elf) && i < sizeof(magic); i++)
		if (elf->ident[i] != magic[i])
			return false;
	return length >= sizeof(*elf) && elf->type == ELF_TYPE_SHARED &&
	       elf->machine == ELF_MACHINE_X86_64 &&
	       elf->phentsize == sizeof(struct elf64_segment) && !(elf->phoff & 7) &&
	       inside(elf->phoff, (u64)elf->phnum * sizeof(struct elf64_segment), length);
}

const char *program_check(const void *file, u64 length)
{
	u16 count;
	u64 end = 0;
	u32 loaded = 0;

	if (!header_sound(file, length))
		return "it is no x86-64 program that runs anywhere";
	const struct elf64_segment *s = bootmap_segments((u64)file, &count);
	for (u16 i = 0; i < count; i++) {
		if (s[i].type != ELF64_LOAD)
			continue;
		if (!inside(s[i].offset, s[i].filesz, length) || s[i].filesz > s[i].memsz)
			return "a segment of it lies outside of it";
		if (!inside(s[i].vaddr, s[i].memsz, PROGRAM_MAX) || !s[i].memsz ||
		    (s[i].vaddr & ~PAGE_MASK) < end)
			return "its segments overlap, or are too large";
		if ((s[i].flags & (SEGMENT_EXEC | SEGMENT_WRITE)) ==
		    (SEGMENT_EXEC | SEGMENT_WRITE))
			return "a segment of it is writable and executable";
		end = page_up(s[i].vaddr + s[i].memsz);
		loaded++;
	}
	return !loaded || loaded > BOOT_SEGMENTS ? "it has no segments, or too many" : NULL;
}

u64 program_size(const void *file)
{
	u64 link_base, size;

	bootmap_extent((u64)file, &link_base, &size);
	return link_base + size;
}

void program_place(const void *file, u64 to, struct boot_init *init)
{
	u16 count;
	const struct elf64_segment *s = bootmap_segments((u64)file, &count);

	init->entry = ((const struct elf64_header *)file)->entry;
	for (u16 i = 0; i < count; i++) {
		u64 first = s[i].vaddr & ~PAGE_MASK;

		if (s[i].type != ELF64_LOAD)
			continue;
		for (u64 n = 0; n < s[i].filesz; n++)
			((u8 *)to)[s[i].vaddr + n] = ((const u8 *)file)[s[i].offset + n];
		init->segment[init->count++] = (struct boot_segment){
			.base = to + first,
			.length = page_up(s[i].vaddr + s[i].memsz) - first,
			.offset = first,
			.protect = (s[i].flags & SEGMENT_READ ? PROTECTED_READ : 0u) |
				   (s[i].flags & SEGMENT_WRITE ? PROTECTED_WRITE : 0u) |
				   (s[i].flags & SEGMENT_EXEC ? PROTECTED_EXEC : 0u),
		};
	}
}
