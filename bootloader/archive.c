/* SPDX-License-Identifier: MIT */
/*
 * archive.c - check an archive and look one name up in it; compiled for the host, too.
 */
#include "bootloader/archive.h"
#include "bootloader/bounds.h"

static u64 checksum(const struct archive_header *header)
{
	const u64 *word = (const u64 *)header;
	u64 h = header->length, words = header->length / 8;
	/* The checksum's own word and the signature count as zero. */
	const u64 skip = offsetof(struct archive_header, checksum) / 8;
	const u64 sign = offsetof(struct archive_header, signature) / 8;

	for (u64 i = 0; i < words; i++) {
		bool zero = i == skip || (i >= sign && i < sign + ARCHIVE_SIGNATURE_BYTES / 8);

		h = archive_checksum_step(h, zero ? 0 : word[i]);
	}
	return h;
}

/* Neither of the places where this is linked has these. */
static u64 length_of(const char *string, u64 limit)
{
	u64 n = 0;

	while (n < limit && string[n])
		n++;
	return n;
}

static bool equal(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

static bool terminated(const char *strings, u64 offset, u64 limit)
{
	u64 max = limit - offset < ARCHIVE_PATH_MAX ? limit - offset : ARCHIVE_PATH_MAX;

	return length_of(strings + offset, max) < max;
}

static bool entry_sound(const struct archive_header *h, const struct archive_entry *e)
{
	const char *base = (const char *)h;
	u64 strings_end = h->strings_offset + h->strings_length;
	u32 type = e->mode & ARCHIVE_TYPE_MASK;

	if (e->path_offset < h->strings_offset || e->path_offset >= strings_end ||
	    !terminated(base, e->path_offset, strings_end))
		return false;
	if (type == ARCHIVE_TYPE_REGULAR)
		return !(e->data_offset & PAGE_MASK) && inside(e->data_offset, e->size, h->length);
	if (type == ARCHIVE_TYPE_SYMLINK)
		return e->data_offset >= h->strings_offset && e->data_offset < strings_end &&
		       terminated(base, e->data_offset, strings_end) &&
		       length_of(base + e->data_offset, ARCHIVE_PATH_MAX) == e->size;
	return type == ARCHIVE_TYPE_DIRECTORY;
}

const char *archive_check(const void *archive, u64 available)
{
	const struct archive_header *h = archive;

	if (available < sizeof(*h))
		return "it is shorter than a header";
	if (h->magic != ARCHIVE_MAGIC || h->version != ARCHIVE_VERSION ||
	    h->header_size != sizeof(*h))
		return "it is no Keel archive of this version";
	if (h->length < sizeof(*h) || h->length & PAGE_MASK)
		return "its length is malformed";
	if (h->length > available)
		return "it is cut short";
	if (checksum(h) != h->checksum)
		return "its checksum does not match: it was altered";
	if (!inside(h->strings_offset, h->strings_length, h->length) ||
	    !inside(h->entries_offset, (u64)h->entry_count * sizeof(struct archive_entry),
		    h->length) ||
	    h->entries_offset & 7)
		return "its tables lie outside of it";
	const struct archive_entry *e =
		(const struct archive_entry *)((const char *)archive + h->entries_offset);
	for (u32 i = 0; i < h->entry_count; i++)
		if (!entry_sound(h, &e[i]))
			return "an entry of it lies outside of it";
	return NULL;
}

const struct archive_entry *archive_find(const void *archive, const char *path)
{
	const struct archive_header *h = archive;
	const char *base = archive;
	const struct archive_entry *e = (const struct archive_entry *)(base + h->entries_offset);

	for (u32 i = 0; i < h->entry_count; i++)
		if (equal(base + e[i].path_offset, path))
			return &e[i];
	return NULL;
}

const struct archive_entry *archive_init(const void *archive)
{
	const struct archive_entry *e = archive_find(archive, "boot/init");

	return e && (e->mode & ARCHIVE_TYPE_MASK) == ARCHIVE_TYPE_REGULAR ? e : NULL;
}
