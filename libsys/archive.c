/* SPDX-License-Identifier: MIT */
/*
 * archive.c - the checks behind archive.h.  Pure: no call leaves this file but for string.h.
 */
#include "libsys/archive.h"

#include "libsys/string.h"
#include "microkernel/abi/error.h"

/* Whether [offset, offset + length) lies inside [0, total). */
static bool inside(u64 offset, u64 length, u64 total)
{
	return offset <= total && length <= total - offset;
}

/* A path is relative, has no empty part and no "." or ".." part. */
static bool path_valid(const char *path)
{
	const char *part = path;

	if (strnlen(path, ARCHIVE_PATH_MAX) == ARCHIVE_PATH_MAX)
		return false;
	for (const char *s = path;; s++) {
		if (*s != '/' && *s)
			continue;
		if (s == part || string_equal(part, s - part, ".") ||
		    string_equal(part, s - part, ".."))
			return false;
		if (!*s)
			return true;
		part = s + 1;
	}
}

/* Whether a string begins there: offsets count from the header, as all do. */
static bool string_valid(const struct archive_header *h, u64 offset)
{
	return offset >= h->strings_offset && offset - h->strings_offset < h->strings_length;
}

static bool entry_valid(const struct archive *a, const struct archive_header *h,
			const struct archive_entry *e)
{
	const char *base = (const char *)a->base;

	if (!string_valid(h, e->path_offset) || !path_valid(base + e->path_offset))
		return false;
	switch (e->mode & ARCHIVE_TYPE_MASK) {
	case ARCHIVE_TYPE_REGULAR:
		return inside(e->data_offset, e->size, a->length);
	case ARCHIVE_TYPE_DIRECTORY:
		return true;
	case ARCHIVE_TYPE_SYMLINK:
		return string_valid(h, e->data_offset) && e->size < ARCHIVE_PATH_MAX &&
		       strnlen(base + e->data_offset, ARCHIVE_PATH_MAX) == e->size;
	}
	return false;
}

int archive_open(struct archive *a, const void *base, u64 length)
{
	const struct archive_header *h = base;
	u64 table;

	if (length < sizeof(*h) || h->magic != ARCHIVE_MAGIC || h->version != ARCHIVE_VERSION)
		return E_INVAL;
	if (h->length > length || h->length % PAGE_SIZE || h->length < sizeof(*h) ||
	    h->header_size < sizeof(*h))
		return E_INVAL;
	table = (u64)h->entry_count * sizeof(struct archive_entry);
	if (!inside(h->entries_offset, table, h->length) || h->entries_offset % 8 ||
	    !inside(h->strings_offset, h->strings_length, h->length))
		return E_INVAL;
	/* The area ends with NUL, so every string that begins in it ends in it. */
	if (h->strings_length == 0 ||
	    ((const u8 *)base)[h->strings_offset + h->strings_length - 1] != 0)
		return E_INVAL;
	a->base = base;
	a->length = h->length;
	a->count = h->entry_count;
	a->entry = (const struct archive_entry *)(a->base + h->entries_offset);
	for (u32 i = 0; i < a->count; i++)
		if (!entry_valid(a, h, &a->entry[i]))
			return E_INVAL;
	return 0;
}

bool archive_intact(const struct archive *a)
{
	const struct archive_header *h = (const struct archive_header *)a->base;
	const u64 *word = (const u64 *)a->base;
	u64 sum = a->length;
	u64 skip = offsetof(struct archive_header, checksum) / 8;
	u64 signature = offsetof(struct archive_header, signature) / 8;

	for (u64 i = 0; i < a->length / 8; i++) {
		bool blank = i == skip ||
			     (i >= signature && i < signature + ARCHIVE_SIGNATURE_BYTES / 8);

		sum = archive_checksum_step(sum, blank ? 0 : word[i]);
	}
	return sum == h->checksum;
}

const char *archive_path(const struct archive *a, const struct archive_entry *e)
{
	return (const char *)a->base + e->path_offset;
}

const void *archive_data(const struct archive *a, const struct archive_entry *e)
{
	return a->base + e->data_offset;
}

const struct archive_entry *archive_find(const struct archive *a, const char *path)
{
	for (u32 i = 0; i < a->count; i++)
		if (strcmp(archive_path(a, &a->entry[i]), path) == 0)
			return &a->entry[i];
	return NULL;
}
