/* SPDX-License-Identifier: MIT */
/* libsys_elf - the reader of native programs: a whole one is taken, a bent one is refused. */
#include "tests/unit/unit.h"
#include "libsys/elf.h"
#include "microkernel/abi/call.h"
#include "microkernel/abi/error.h"

enum { FILE_BYTES = 3 * 4096 };

static void put(u8 *file, u64 offset, u64 value, u32 bytes)
{
	memcpy(file + offset, &value, bytes);
}

static void program(u8 *file, u32 i, u32 flags, u64 address, u64 size, u64 memory)
{
	u8 *p = file + 64 + i * 56;

	put(p, 0, 1, 4);
	put(p, 4, flags, 4);
	put(p, 8, address, 8);
	put(p, 16, address, 8);
	put(p, 32, size, 8);
	put(p, 40, memory, 8);
}

static u8 *sample(void)
{
	static const u8 ident[] = { 0x7f, 'E', 'L', 'F', 2, 1, 1 };
	u8 *file = calloc(1, FILE_BYTES);

	memcpy(file, ident, sizeof(ident));
	put(file, 16, 3, 2);
	put(file, 18, 62, 2);
	put(file, 24, 0x1010, 8);
	put(file, 32, 64, 8);
	put(file, 54, 56, 2);
	put(file, 56, 3, 2);
	program(file, 0, 4, 0, 300, 300);
	program(file, 1, 5, 0x1000, 200, 200);
	program(file, 2, 6, 0x2100, 100, 0x3000);
	return file;
}

TEST(whole)
{
	u8 *file = sample();
	struct elf_image image;

	CHECK(elf_read(&image, file, FILE_BYTES) == 0);
	CHECK(image.count == 3 && image.entry == 0x1010 && image.span == 0x6000);
	CHECK(image.segment[1].protect == (PROTECT_READ | PROTECT_EXEC));
	CHECK(image.segment[2].address == 0x2000 && image.segment[2].length == 0x4000);
	CHECK(image.segment[2].data_address == 0x2100 && image.segment[2].data_length == 100);
	free(file);
}

static int refused(u64 offset, u64 value, u32 bytes)
{
	u8 *file = sample();
	struct elf_image image;
	int error;

	put(file, offset, value, bytes);
	error = elf_read(&image, file, FILE_BYTES);
	free(file);
	return error;
}

TEST(bent)
{
	CHECK(refused(0, 0, 1) == E_INVAL);
	CHECK(refused(16, 2, 2) == E_INVAL);		  /* not position independent */
	CHECK(refused(18, 3, 2) == E_INVAL);		  /* another machine */
	CHECK(refused(24, 0x2200, 8) == E_INVAL);	  /* entry in data */
	CHECK(refused(32, FILE_BYTES, 8) == E_INVAL);	  /* headers outside */
	CHECK(refused(32, ~0ul - 8, 8) == E_INVAL);
	CHECK(refused(56, 0xffff, 2) == E_INVAL);
	CHECK(refused(64 + 56 + 4, 7, 4) == E_ACCESS);	  /* writable and executable */
	CHECK(refused(64 + 56 + 16, 0x100, 8) == E_INVAL); /* shares a page */
	CHECK(refused(64 + 56 + 8, ~0ul, 8) == E_INVAL);   /* data outside */
	CHECK(refused(64 + 56 + 32, 1ul << 40, 8) == E_INVAL);
	CHECK(refused(64 + 112 + 40, 1ul << 40, 8) == E_INVAL);
	CHECK(refused(64, 3, 4) == E_INVAL);		   /* wants an interpreter */
	CHECK(refused(64 + 16, 0x1000, 8) == E_INVAL);	   /* does not begin at 0 */
}

TEST(cut_short)
{
	u8 *file = sample();
	struct elf_image image;

	for (u64 length = 0; length < 0x2100 + 100; length += 7) {
		u8 *copy = malloc(length ? length : 1);

		memcpy(copy, file, length);
		CHECK(elf_read(&image, copy, length) != 0);
		free(copy);
	}
	free(file);
}

UNIT("libsys_elf", RUN(whole), RUN(bent), RUN(cut_short))
