/* SPDX-License-Identifier: MIT */
/*
 * image.c - judge the kernel's file and lay the kernel out.
 *
 * The file is an allegation until checked here.  The code needs nothing of firmware: the host's
 * tests and the fuzzer compile it as well.
 */
#include "bootloader/image.h"
#include "bootloader/bootmap.h"
#include "bootloader/bounds.h"

enum { IMAGE_MAX = 64 << 20, SEGMENTS_MAX = 16, ELF_TYPE_FIXED = 2, ELF_TYPE_SHARED = 3,
       ELF_MACHINE_X86_64 = 62 };

static const char *header_check(const struct elf64_header *elf, u64 length)
{
	static const u8 magic[8] = { 0x7f, 'E', 'L', 'F', 2, 1, 1, 0 };

	if (length < sizeof(*elf))
		return "it is shorter than an ELF header";
	for (unsigned i = 0; i < 7; i++)
		if (elf->ident[i] != magic[i])
			return "it is no 64-bit little-endian ELF file";
	/* The linker calls a relocatable image that is not linked at 0 a fixed one. */
	if (elf->machine != ELF_MACHINE_X86_64 ||
	    (elf->type != ELF_TYPE_SHARED && elf->type != ELF_TYPE_FIXED))
		return "it is no x86-64 program";
	if (elf->phentsize != sizeof(struct elf64_segment) || !elf->phnum ||
	    elf->phnum > SEGMENTS_MAX || elf->phoff & 7 ||
	    !inside(elf->phoff, (u64)elf->phnum * sizeof(struct elf64_segment), length))
		return "its table of segments lies outside of it";
	return NULL;
}

static const char *segment_check(const struct elf64_segment *s, u64 length, u64 link_base)
{
	if (!inside(s->offset, s->filesz, length) || s->filesz > s->memsz)
		return "a segment of it lies outside of it";
	if (s->vaddr < link_base || s->vaddr > ~(u64)0 - IMAGE_MAX || s->memsz > IMAGE_MAX ||
	    s->vaddr - link_base + s->memsz > IMAGE_MAX)
		return "it wants more than 64 MiB of memory";
	if ((s->flags & 3) == 3)
		return "a segment of it is writable and executable";
	return NULL;
}

/* The dynamic table is walked by bootmap_relocate without bounds: they are checked here. */
static const char *dynamic_check(const u8 *file, const struct elf64_segment *s, u64 link_base,
				 u64 size)
{
	u64 rela = 0, rela_size = 0;

	if (s->offset & 7 || s->vaddr & 7 || s->filesz & 15 || s->offset != s->vaddr - link_base)
		return "its dynamic table is not where it says";
	const u64 *d = (const u64 *)(file + s->offset);
	u64 rows = s->filesz / 16, i;
	for (i = 0; i < rows && d[2 * i]; i++) {
		if (d[2 * i] == 7)
			rela = d[2 * i + 1];
		if (d[2 * i] == 8)
			rela_size = d[2 * i + 1];
	}
	if (i == rows)
		return "its dynamic table has no end";
	if (rela && (rela < link_base || rela & 7 || !inside(rela - link_base, rela_size, size)))
		return "its relocations lie outside of it";
	return NULL;
}

const char *image_check(const void *file, u64 length)
{
	const struct elf64_header *elf = file;
	const char *reason = header_check(elf, length);
	u64 link_base, size, end = 0;
	u16 count;
	bool entry_found = false, dynamic_found = false;

	if (reason)
		return reason;
	const struct elf64_segment *s = bootmap_segments((u64)file, &count);
	bootmap_extent((u64)file, &link_base, &size);
	for (u16 i = 0; i < count; i++) {
		if (s[i].type != ELF64_LOAD)
			continue;
		reason = segment_check(&s[i], length, link_base);
		if (reason)
			return reason;
		if (!end && (s[i].offset || s[i].vaddr != link_base ||
			     s[i].filesz < elf->phoff + count * sizeof(*s)))
			return "its first segment does not begin with its headers";
		if (s[i].vaddr < end)
			return "its segments overlap or are out of order";
		end = s[i].vaddr + s[i].memsz;
		if (s[i].flags & 1 && elf->entry >= s[i].vaddr && elf->entry < end)
			entry_found = true;
	}
	if (!entry_found)
		return "its entry is not in executable memory";
	for (u16 i = 0; i < count && !reason; i++)
		if (s[i].type == ELF64_DYNAMIC) {
			if (dynamic_found)
				return "it has two dynamic tables";
			dynamic_found = true;
			if (!inside(s[i].offset, s[i].filesz, length) || s[i].vaddr < link_base ||
			    !inside(s[i].vaddr - link_base, s[i].filesz, size))
				return "its dynamic table lies outside of it";
			reason = dynamic_check(file, &s[i], link_base, size);
		}
	if (!reason && !dynamic_found)
		reason = "it is not relocatable: it has no dynamic table";
	return reason;
}

u64 image_size(const void *file)
{
	u64 link_base, size;

	bootmap_extent((u64)file, &link_base, &size);
	return size;
}

u64 image_place(const void *file, void *to)
{
	u64 link_base, size;
	u16 count;
	const struct elf64_segment *s = bootmap_segments((u64)file, &count);

	bootmap_extent((u64)file, &link_base, &size);
	for (u16 i = 0; i < count; i++) {
		if (s[i].type != ELF64_LOAD)
			continue;
		const u8 *from = (const u8 *)file + s[i].offset;
		u8 *at = (u8 *)to + (s[i].vaddr - link_base);
		for (u64 n = 0; n < s[i].memsz; n++)
			at[n] = n < s[i].filesz ? from[n] : 0;
	}
	return ((const struct elf64_header *)file)->entry - link_base;
}
