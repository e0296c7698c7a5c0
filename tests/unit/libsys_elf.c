/* SPDX-License-Identifier: MIT */
/* libsys_elf - init's reader of programs: what it takes, and the absurd headers that it refuses. */
#include "tests/unit/unit.h"
#include "libsys/elf.h"
#include "microkernel/abi/call.h"

enum { FILE_BYTES = 3 * PAGE_SIZE };

struct program {
	u8 ident[16];
	u16 type, machine;
	u32 version;
	u64 entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
	struct {
		u32 type, flags;
		u64 offset, vaddr, paddr, filesz, memsz, align;
	} segment[3];
};

static struct program *program_make(void)
{
	struct program *p = aligned_alloc(PAGE_SIZE, FILE_BYTES);

	memset(p, 0, FILE_BYTES);
	memcpy(p->ident, "\x7f" "ELF\2\1\1", 7);
	p->type = 3, p->machine = 62, p->version = 1, p->entry = PAGE_SIZE;
	p->phoff = offsetof(struct program, segment);
	p->ehsize = 64, p->phentsize = 56, p->phnum = 3;
	for (unsigned i = 0; i < 3; i++) {
		p->segment[i].type = 1;
		p->segment[i].flags = i == 0 ? 4 : i == 1 ? 5 : 6;
		p->segment[i].offset = p->segment[i].vaddr = i * PAGE_SIZE;
		p->segment[i].filesz = p->segment[i].memsz = PAGE_SIZE;
		p->segment[i].align = PAGE_SIZE;
	}
	p->segment[2].memsz = 5 * PAGE_SIZE;
	return p;
}

TEST(taken)
{
	struct program *p = program_make();
	struct elf_image image;

	CHECK(!elf_read(&image, p, FILE_BYTES));
	CHECK(image.count == 3 && image.entry == PAGE_SIZE && image.span == 7 * PAGE_SIZE);
	CHECK(image.segment[1].protect == (PROTECT_READ | PROTECT_EXEC));
	CHECK(image.segment[2].length == 5 * PAGE_SIZE &&
	      image.segment[2].data_length == PAGE_SIZE);
	free(p);
}

#define SPOILED(statement)                                                                         \
	do {                                                                                       \
		struct program *p = program_make();                                                \
		struct elf_image image;                                                            \
		statement;                                                                         \
		CHECK(elf_read(&image, p, FILE_BYTES));                                            \
		free(p);                                                                           \
	} while (0)

TEST(absurd_headers)
{
	SPOILED(p->ident[1] = 'X');
	SPOILED(p->ident[4] = 1);
	SPOILED(p->type = 2);
	SPOILED(p->machine = 3);
	SPOILED(p->phoff = ~(u64)0);
	SPOILED(p->phnum = 0xffff);
	SPOILED(p->phnum = 0);
	SPOILED(p->phentsize = 1);
	SPOILED(p->entry = ~(u64)0);
	SPOILED(p->entry = 2 * PAGE_SIZE);
	SPOILED(p->segment[1].offset = ~(u64)0);
	SPOILED(p->segment[1].filesz = ~(u64)0);
	SPOILED(p->segment[2].memsz = ~(u64)0);
	SPOILED(p->segment[2].vaddr = ~(u64)0 - PAGE_SIZE);
	SPOILED(p->segment[1].vaddr = 0);
	SPOILED(p->segment[1].flags = 7);
	SPOILED(p->segment[1].type = 3);
}

TEST(short_files)
{
	struct program *p = program_make();
	struct elf_image image;

	for (u64 length = 0; length < FILE_BYTES; length += length < 300 ? 1 : 256)
		CHECK(elf_read(&image, p, length));
	free(p);
}

UNIT("libsys/elf", RUN(taken), RUN(absurd_headers), RUN(short_files))
