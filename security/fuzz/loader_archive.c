/* SPDX-License-Identifier: MIT */
/* loader_archive - an arbitrary archive under the loaders' reader; its checksum is made right. */
#include "security/fuzz/fuzz.h"
#include "bootloader/archive.h"

static volatile unsigned sum;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct archive_header *header = fuzz_copy(data, size);

	/* Without this every input would end at the checksum. */
	if (size >= sizeof(*header) && header->length <= size && !(header->length & 7)) {
		u64 h = header->length;
		header->checksum = 0;
		memset(header->signature, 0, sizeof(header->signature));
		for (u64 i = 0; i < header->length / 8; i++)
			h = archive_checksum_step(h, ((u64 *)header)[i]);
		header->checksum = h;
	}
	if (!archive_check(header, size)) {
		const struct archive_entry *entry =
			(void *)((char *)header + header->entries_offset);
		for (u32 i = 0; i < header->entry_count; i++) {
			const char *path = (char *)header + entry[i].path_offset;
			const struct archive_entry *found = archive_find(header, path);
			if (!found)
				abort();
			if ((found->mode & ARCHIVE_TYPE_MASK) == ARCHIVE_TYPE_REGULAR)
				for (u64 at = 0; at < found->size; at += 512)
					sum += ((u8 *)archive_data(header, found))[at];
		}
	}
	free(header);
	return 0;
}
