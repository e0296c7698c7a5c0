/* SPDX-License-Identifier: MIT */
/* archive.h - make small archives in memory, right in every field, for tests to spoil. */
#ifndef TESTS_UNIT_ARCHIVE_H
#define TESTS_UNIT_ARCHIVE_H

#include "libsys/archive_format.h"

enum { SAMPLE_BYTES = 3 * PAGE_SIZE };

static void sample_seal(struct archive_header *header)
{
	const u64 *word = (const u64 *)header;
	u64 h = header->length;

	header->checksum = 0;
	for (u64 i = 0; i < SAMPLE_BYTES / 8; i++)
		h = archive_checksum_step(h, word[i]);
	header->checksum = h;
}

/* A folder, a file of 5 bytes "hello" and a symlink "a/l" to "f". */
static struct archive_header *sample_make(void)
{
	static const char strings[] = "a\0a/f\0a/l\0f";
	char *base = aligned_alloc(PAGE_SIZE, SAMPLE_BYTES);
	struct archive_header *header = (void *)base;
	struct archive_entry *entry = (void *)(header + 1);

	memset(base, 0, SAMPLE_BYTES);
	*header = (struct archive_header){
		.magic = ARCHIVE_MAGIC, .version = ARCHIVE_VERSION, .header_size = sizeof(*header),
		.length = SAMPLE_BYTES, .entry_count = 3, .entries_offset = sizeof(*header),
		.strings_offset = sizeof(*header) + 3 * sizeof(*entry),
		.strings_length = sizeof(strings),
	};
	u64 at = header->strings_offset;
	entry[0] = (struct archive_entry){ .path_offset = at,
					   .mode = ARCHIVE_TYPE_DIRECTORY | 0755 };
	entry[1] = (struct archive_entry){ .path_offset = at + 2, .data_offset = PAGE_SIZE,
					   .size = 5, .mode = ARCHIVE_TYPE_REGULAR | 0644 };
	entry[2] = (struct archive_entry){ .path_offset = at + 6, .data_offset = at + 10, .size = 1,
					   .mode = ARCHIVE_TYPE_SYMLINK | 0777 };
	memcpy(base + at, strings, sizeof(strings));
	memcpy(base + PAGE_SIZE, "hello", 5);
	sample_seal(header);
	return header;
}

static struct archive_entry *sample_entry(struct archive_header *header, unsigned index)
{
	return (struct archive_entry *)(header + 1) + index;
}

#endif
