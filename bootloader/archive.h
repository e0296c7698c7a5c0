/* SPDX-License-Identifier: MIT */
/*
 * archive.h - read the boot archive (format: libsys/archive_format.h).
 *
 * Nothing in an archive is believed: archive_check verifies header, checksum and every entry's
 * bounds once; after it has said yes the other calls cannot read outside.
 */
#ifndef BOOTLOADER_ARCHIVE_H
#define BOOTLOADER_ARCHIVE_H

#include "libsys/archive_format.h"

/* NULL if the archive is whole, else the reason in words. */
const char *archive_check(const void *archive, u64 available);
/* The entry with this path, or NULL. */
const struct archive_entry *archive_find(const void *archive, const char *path);
static inline const void *archive_data(const void *archive, const struct archive_entry *entry)
{
	return (const char *)archive + entry->data_offset;
}
/* The program that the kernel starts, in a checked boot archive; NULL: none is there. */
const struct archive_entry *archive_init(const void *archive);

#endif
