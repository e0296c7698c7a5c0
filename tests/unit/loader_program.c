/* SPDX-License-Identifier: MIT */
/* loader_program - laying out init: what is loaded lies where it says, what is absurd is refused.
 */
#include "tests/unit/unit.h"
#include "bootloader/program.h"
#include "bootloader/elf.h"

enum { FILE_BYTES = 3 * PAGE_SIZE };

struct program {
	struct elf64_header elf;
	struct elf64_segment segment[3];
	u8 rest[FILE_BYTES - sizeof(struct elf64_header) - 3 * sizeof(struct elf64_segment)];
};

/* Headers; text; data whose file part ends in its first page of two. */
static struct program *program_make(void)
{
	struct program *p = calloc(1, sizeof(*p));

	memcpy(p->elf.ident, "\177ELF\2\1\1", 7);
	p->elf.type = 3;
	p->elf.machine = 62;
	p->elf.entry = PAGE_SIZE + 16;
	p->elf.phoff = sizeof(p->elf);
	p->elf.phentsize = sizeof(p->segment[0]);
	p->elf.phnum = 3;
	p->segment[0] = (struct elf64_segment){ .type = ELF64_LOAD, .flags = 4, .filesz = 200,
						.memsz = 200 };
	p->segment[1] = (struct elf64_segment){ .type = ELF64_LOAD, .flags = 5, .offset = PAGE_SIZE,
						.vaddr = PAGE_SIZE, .filesz = 100, .memsz = 100 };
	p->segment[2] = (struct elf64_segment){ .type = ELF64_LOAD,
						.flags = 6,
						.offset = 2 * PAGE_SIZE + 64,
						.vaddr = 2 * PAGE_SIZE + 64,
						.filesz = 1000,
						.memsz = PAGE_SIZE };
	memset((u8 *)p + PAGE_SIZE, 0x11, 100);
	memset((u8 *)p + 2 * PAGE_SIZE + 64, 0x22, 1000);
	return p;
}

TEST(laid_out)
{
	struct program *p = program_make();
	struct boot_init init = { 0 };
	u8 *to;

	CHECK(!program_check(p, FILE_BYTES) && program_size(p) == 4 * PAGE_SIZE);
	to = aligned_alloc(PAGE_SIZE, 4 * PAGE_SIZE);
	memset(to, 0, 4 * PAGE_SIZE);
	program_place(p, (u64)to, &init);
	CHECK(init.entry == PAGE_SIZE + 16 && init.count == 3);
	CHECK(init.segment[1].base == (u64)to + PAGE_SIZE && init.segment[1].length == PAGE_SIZE &&
	      init.segment[1].offset == PAGE_SIZE && init.segment[1].protect == 5);
	CHECK(init.segment[0].protect == 1 && init.segment[2].protect == 3 &&
	      init.segment[2].offset == 2 * PAGE_SIZE && init.segment[2].length == 2 * PAGE_SIZE);
	CHECK(to[PAGE_SIZE] == 0x11 && to[PAGE_SIZE + 99] == 0x11 && !to[PAGE_SIZE + 100]);
	CHECK(!to[2 * PAGE_SIZE + 63] && to[2 * PAGE_SIZE + 64] == 0x22 &&
	      to[2 * PAGE_SIZE + 1063] == 0x22 && !to[2 * PAGE_SIZE + 1064]);
	free(to);
	free(p);
}

/* Spoil one field: only it can be the reason. */
#define SPOILED(statement)                                                                         \
	do {                                                                                       \
		struct program *p = program_make();                                                \
		statement;                                                                         \
		CHECK(program_check(p, FILE_BYTES));                                               \
		free(p);                                                                           \
	} while (0)

TEST(absurd_fields)
{
	SPOILED(p->elf.ident[1] = 'F');
	SPOILED(p->elf.type = 2);
	SPOILED(p->elf.machine = 3);
	SPOILED(p->elf.phentsize = 32);
	SPOILED(p->elf.phnum = 0);
	SPOILED(p->elf.phnum = 0xffff);
	SPOILED(p->elf.phoff = ~(u64)0 - 7);
	SPOILED(p->elf.phoff = 4);
	SPOILED(p->segment[1].offset = FILE_BYTES);
	SPOILED(p->segment[1].filesz = ~(u64)0);
	SPOILED(p->segment[1].memsz = 99);
	SPOILED(p->segment[1].memsz = ~(u64)0);
	SPOILED(p->segment[1].vaddr = ~(u64)0 - 50);
	SPOILED(p->segment[1].vaddr = 0); /* onto the first */
	SPOILED(p->segment[1].flags = 7);
	SPOILED(p->segment[2].memsz = 32 << 20);
	SPOILED(p->segment[2].vaddr = PAGE_SIZE + 200);
}

TEST(short_files)
{
	struct program *p = program_make();

	for (u64 length = 0; length < 2 * PAGE_SIZE + 1064; length += length < 400 ? 1 : 128)
		CHECK(program_check(p, length));
	free(p);
}

UNIT("loader/program", RUN(laid_out), RUN(absurd_fields), RUN(short_files))
