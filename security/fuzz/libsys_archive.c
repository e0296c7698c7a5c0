/* SPDX-License-Identifier: MIT */
/* libsys_archive - an arbitrary archive under the servers' reader. */
#include "security/fuzz/fuzz.h"
#include "libsys/archive.h"

static volatile unsigned sum;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *copy = fuzz_copy(data, size);
	struct archive archive;

	if (!archive_open(&archive, copy, size)) {
		sum += archive_intact(&archive);
		for (u32 i = 0; i < archive.count; i++) {
			const struct archive_entry *entry = &archive.entry[i];
			if (!archive_find(&archive, archive_path(&archive, entry)))
				abort();
			if ((entry->mode & ARCHIVE_TYPE_MASK) == ARCHIVE_TYPE_DIRECTORY)
				continue;
			for (u64 at = 0; at < entry->size; at += 512)
				sum += ((const u8 *)archive_data(&archive, entry))[at];
		}
	}
	free(copy);
	return 0;
}
