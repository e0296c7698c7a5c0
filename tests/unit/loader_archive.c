/* SPDX-License-Identifier: MIT */
/* loader_archive - what is whole is taken, what is not is named. */
#include "tests/unit/unit.h"
#include "tests/unit/archive.h"
#include "bootloader/archive.h"

TEST(whole)
{
	struct archive_header *header = sample_make();

	CHECK(!archive_check(header, SAMPLE_BYTES));
	const struct archive_entry *file = archive_find(header, "a/f");
	CHECK(file && file->size == 5 && !memcmp(archive_data(header, file), "hello", 5));
	CHECK(archive_find(header, "a") && archive_find(header, "a/l"));
	CHECK(!archive_find(header, "a/") && !archive_find(header, ""));
	CHECK(!archive_find(header, "b"));
	free(header);
}

TEST(cut_short)
{
	struct archive_header *header = sample_make();

	for (u64 length = 0; length < SAMPLE_BYTES; length += length < 200 ? 1 : 100)
		CHECK(archive_check(header, length));
	free(header);
}

/* Each flipped bit of the whole archive is noticed, those of the signature apart. */
TEST(altered)
{
	struct archive_header *header = sample_make();
	u8 *byte = (u8 *)header;
	const u64 sign = offsetof(struct archive_header, signature);

	for (u64 i = 0; i < SAMPLE_BYTES; i += i < 512 ? 1 : 61) {
		byte[i] ^= 1 << i % 8;
		bool signature = i >= sign && i < sign + ARCHIVE_SIGNATURE_BYTES;
		CHECK(!archive_check(header, SAMPLE_BYTES) == signature);
		byte[i] ^= 1 << i % 8;
	}
	free(header);
}

/* Spoil one field, seal again: only the field can be the reason. */
#define SPOILED(statement)                                                                         \
	do {                                                                                       \
		struct archive_header *header = sample_make();                                     \
		statement;                                                                         \
		sample_seal(header);                                                               \
		CHECK(archive_check(header, SAMPLE_BYTES));                                        \
		free(header);                                                                      \
	} while (0)

TEST(absurd_fields)
{
	SPOILED(header->entry_count = 0xffffffff);
	SPOILED(header->entries_offset = ~(u64)0 - 7);
	SPOILED(header->entries_offset = 12);
	SPOILED(header->strings_offset = SAMPLE_BYTES + 8);
	SPOILED(header->strings_length = ~(u64)0);
	SPOILED(header->version = 2);
	SPOILED(header->header_size = 64);
	SPOILED(sample_entry(header, 1)->path_offset = 0);
	SPOILED(sample_entry(header, 1)->path_offset = ~(u64)0);
	SPOILED(sample_entry(header, 1)->data_offset = SAMPLE_BYTES);
	SPOILED(sample_entry(header, 1)->data_offset = 8);
	SPOILED(sample_entry(header, 1)->size = ~(u64)0);
	SPOILED(sample_entry(header, 2)->data_offset = ~(u64)0);
	SPOILED(sample_entry(header, 2)->size = 1000);
	SPOILED(sample_entry(header, 0)->mode = 0755);
	SPOILED(sample_entry(header, 0)->mode = 7 << 16);
	SPOILED(((char *)header)[header->strings_offset + header->strings_length - 1] = 'x');
}

UNIT("loader/archive", RUN(whole), RUN(cut_short), RUN(altered), RUN(absurd_fields))
