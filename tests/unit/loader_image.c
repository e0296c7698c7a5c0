/* SPDX-License-Identifier: MIT */
/* loader_image - the loader's judgement of kernels and archives. */
#include "tests/unit/unit.h"
#include "bootloader/bootmap.h"
#include "bootloader/image.h"

enum { BASE = 0x200000, FILE_BYTES = 3 * PAGE_SIZE };

struct kernel {
	struct elf64_header elf;
	struct elf64_segment segment[4]; /* headers, text, data, dynamic */
	u64 relocation[3];
};

/* Three loaded segments of a page each; the last holds the dynamic table and 100 bytes of .bss. */
static struct kernel *kernel_make(void)
{
	struct kernel *k = aligned_alloc(PAGE_SIZE, FILE_BYTES);
	u64 *dynamic = (u64 *)((char *)k + 2 * PAGE_SIZE);

	memset(k, 0, FILE_BYTES);
	k->elf = (struct elf64_header){
		.ident = { 0x7f, 'E', 'L', 'F', 2, 1, 1 }, .type = 3, .machine = 62, .version = 1,
		.entry = BASE + PAGE_SIZE + 16, .phoff = sizeof(k->elf), .ehsize = sizeof(k->elf),
		.phentsize = sizeof(k->segment[0]), .phnum = 4,
	};
	for (u64 i = 0; i < 3; i++)
		k->segment[i] = (struct elf64_segment){
			.type = 1, .flags = i == 0 ? 4 : i == 1 ? 5 : 6, .offset = i * PAGE_SIZE,
			.vaddr = BASE + i * PAGE_SIZE, .filesz = PAGE_SIZE, .memsz = PAGE_SIZE,
		};
	k->segment[2].memsz = PAGE_SIZE + 100;
	k->segment[3] = (struct elf64_segment){ .type = 2, .offset = 2 * PAGE_SIZE,
		.vaddr = BASE + 2 * PAGE_SIZE, .filesz = 64, .memsz = 64 };
	dynamic[0] = 7, dynamic[1] = BASE + offsetof(struct kernel, relocation);
	dynamic[2] = 8, dynamic[3] = sizeof(k->relocation);
	k->relocation[0] = BASE + 2 * PAGE_SIZE + 256;
	k->relocation[1] = 8;
	k->relocation[2] = BASE + PAGE_SIZE;
	return k;
}

TEST(placed_and_relocated)
{
	struct kernel *k = kernel_make();

	CHECK(!image_check(k, FILE_BYTES));
	CHECK(image_size(k) == 4 * PAGE_SIZE);
	u8 *memory = aligned_alloc(PAGE_SIZE, 4 * PAGE_SIZE);
	memset(memory, 0xaa, 4 * PAGE_SIZE);
	CHECK(image_place(k, memory) == PAGE_SIZE + 16);
	CHECK(!memcmp(memory, k, FILE_BYTES));
	CHECK(memory[3 * PAGE_SIZE] == 0 && memory[3 * PAGE_SIZE + 99] == 0);
	CHECK(bootmap_relocate((u64)memory, 0xffffffff80000000ul));
	CHECK(*(u64 *)(memory + 2 * PAGE_SIZE + 256) == 0xffffffff80001000ul);
	free(memory);
	free(k);
}

TEST(relocations_outside)
{
	struct kernel *k = kernel_make();

	k->relocation[0] = BASE + 4 * PAGE_SIZE;
	CHECK(!bootmap_relocate((u64)k, 0xffffffff80000000ul));
	k->relocation[0] = BASE - 8;
	CHECK(!bootmap_relocate((u64)k, 0xffffffff80000000ul));
	k->relocation[0] = BASE + 256;
	k->relocation[1] = 1;
	CHECK(!bootmap_relocate((u64)k, 0xffffffff80000000ul));
	free(k);
}

#define SPOILED(statement)                                                                         \
	do {                                                                                       \
		struct kernel *k = kernel_make();                                                  \
		statement;                                                                         \
		CHECK(image_check(k, FILE_BYTES));                                                 \
		free(k);                                                                           \
	} while (0)

TEST(absurd_headers)
{
	SPOILED(k->elf.ident[0] = 0);
	SPOILED(k->elf.ident[4] = 1);
	SPOILED(k->elf.machine = 3);
	SPOILED(k->elf.type = 1);
	SPOILED(k->elf.phoff = ~(u64)0 - 7);
	SPOILED(k->elf.phoff = 12);
	SPOILED(k->elf.phnum = 0xffff);
	SPOILED(k->elf.phnum = 0);
	SPOILED(k->elf.phentsize = 0);
	SPOILED(k->elf.entry = 0);
	SPOILED(k->elf.entry = BASE + 2 * PAGE_SIZE);
	SPOILED(k->segment[1].offset = ~(u64)0);
	SPOILED(k->segment[1].filesz = ~(u64)0);
	SPOILED(k->segment[1].filesz = PAGE_SIZE + 1);
	SPOILED(k->segment[2].memsz = ~(u64)0);
	SPOILED(k->segment[2].vaddr = ~(u64)0 - 10);
	SPOILED(k->segment[2].vaddr = BASE + (128 << 20));
	SPOILED(k->segment[1].vaddr = BASE);
	SPOILED(k->segment[0].vaddr = BASE - PAGE_SIZE);
	SPOILED(k->segment[1].flags = 7);
	SPOILED(k->segment[0].offset = PAGE_SIZE);
	SPOILED(k->segment[3].type = 4);
	SPOILED(k->segment[3].offset = FILE_BYTES);
	SPOILED(k->segment[3].vaddr = BASE);
	SPOILED(k->segment[3].filesz = 16);
	SPOILED(((u64 *)((char *)k + 2 * PAGE_SIZE))[1] = BASE - 8);
	SPOILED(((u64 *)((char *)k + 2 * PAGE_SIZE))[3] = ~(u64)0);
}

TEST(short_files)
{
	struct kernel *k = kernel_make();

	for (u64 length = 0; length < FILE_BYTES; length += length < 400 ? 1 : 256)
		CHECK(image_check(k, length));
	free(k);
}

UNIT("loader/image", RUN(placed_and_relocated), RUN(relocations_outside), RUN(absurd_headers),
     RUN(short_files))
