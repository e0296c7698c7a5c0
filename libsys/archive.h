/* SPDX-License-Identifier: MIT */
/*
 * archive.h - reading a boot archive that may hold anything.
 *
 * Nothing but archive_open() has to be believed: after it succeeded, every entry's path, target and
 * data lie inside the archive.
 */
#ifndef LIBSYS_ARCHIVE_H
#define LIBSYS_ARCHIVE_H

#include "libsys/archive_format.h"

struct archive {
	const u8 *base;
	u64 length;
	u32 count;
	const struct archive_entry *entry;
};

/* Check every offset, length and path.  E_INVAL: not an archive, cut short, or malformed. */
__must_use int archive_open(struct archive *archive, const void *base, u64 length);
/* Whether the checksum over the whole archive is what its header says. */
bool archive_intact(const struct archive *archive);

const char *archive_path(const struct archive *archive, const struct archive_entry *entry);
const void *archive_data(const struct archive *archive, const struct archive_entry *entry);
const struct archive_entry *archive_find(const struct archive *archive, const char *path);

#endif
