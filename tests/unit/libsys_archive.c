/* SPDX-License-Identifier: MIT */
/* libsys_archive - the servers' reader of archives agrees with what mkarchive writes. */
#include "tests/unit/unit.h"
#include "tests/unit/archive.h"
#include "libsys/archive.h"

static int judged(struct archive_header *header)
{
	struct archive archive;
	int error = archive_open(&archive, header, SAMPLE_BYTES);

	return error ? error : archive_intact(&archive) ? 0 : -1;
}

TEST(whole)
{
	struct archive_header *header = sample_make();
	struct archive archive;

	CHECK(!archive_open(&archive, header, SAMPLE_BYTES) && archive_intact(&archive));
	const struct archive_entry *file = archive_find(&archive, "a/f");
	const struct archive_entry *link = archive_find(&archive, "a/l");
	CHECK(file && file->size == 5 && !memcmp(archive_data(&archive, file), "hello", 5));
	CHECK(link && link->size == 1 && !strcmp(archive_data(&archive, link), "f"));
	CHECK(!archive_find(&archive, "f"));
	free(header);
}

TEST(cut_short_and_altered)
{
	struct archive_header *header = sample_make();
	struct archive archive;

	for (u64 length = 0; length < SAMPLE_BYTES; length += length < 200 ? 1 : 100)
		CHECK(archive_open(&archive, header, length));
	((u8 *)header)[PAGE_SIZE] ^= 1;
	CHECK(judged(header));
	free(header);
}

#define SPOILED(statement)                                                                         \
	do {                                                                                       \
		struct archive_header *header = sample_make();                                     \
		char *strings = (char *)header + header->strings_offset;                           \
		(void)strings;                                                                     \
		statement;                                                                         \
		sample_seal(header);                                                               \
		CHECK(judged(header));                                                             \
		free(header);                                                                      \
	} while (0)

TEST(absurd_fields)
{
	SPOILED(header->entry_count = 0xffffffff);
	SPOILED(header->entries_offset = ~(u64)0 - 7);
	SPOILED(header->strings_length = ~(u64)0);
	SPOILED(sample_entry(header, 1)->path_offset = 0);
	SPOILED(sample_entry(header, 1)->path_offset = ~(u64)0);
	SPOILED(sample_entry(header, 1)->size = ~(u64)0);
	SPOILED(sample_entry(header, 2)->data_offset = ~(u64)0);
	SPOILED(sample_entry(header, 2)->size = 1000);
	SPOILED(sample_entry(header, 0)->mode = 7 << 16);
	SPOILED(memcpy(strings + 2, "/xf", 3));
	SPOILED(memcpy(strings + 2, "../", 3));
	SPOILED(memcpy(strings + 2, "a/.", 3));
	SPOILED(memcpy(strings + 2, "a//", 3));
}

UNIT("libsys/archive", RUN(whole), RUN(cut_short_and_altered), RUN(absurd_fields))
