/* SPDX-License-Identifier: MIT */
/*
 * archive_format.h - the boot archive: one header, then files, then nothing.
 *
 * Layout: struct archive_header; entry_count struct archive_entry, sorted by path; the string
 * area; the data area.  Every offset counts from the header's first byte.  Data of regular files
 * begins on a page boundary so that pages can be taken over instead of copied.
 *
 * Names under "boot/" are the programs that init starts and its grants; names under "root/" are
 * the Linux root file system; "run" is the command of a run without a prompt.
 */
#ifndef LIBSYS_ARCHIVE_FORMAT_H
#define LIBSYS_ARCHIVE_FORMAT_H

#include "microkernel/abi/types.h"

#define ARCHIVE_MAGIC 0x316372616c65656bul /* "keelarc1" as bytes, little endian */
enum { ARCHIVE_VERSION = 1, ARCHIVE_SIGNATURE_BYTES = 64, ARCHIVE_PATH_MAX = 4096 };

struct archive_header {
	u64 magic;
	u32 version, header_size;
	u64 length;   /* bytes, header included; a multiple of PAGE_SIZE */
	u64 checksum; /* archive_checksum() over length bytes with checksum and signature zero */
	u32 entry_count, reserved;
	u64 entries_offset;
	u64 strings_offset, strings_length;
	u8 signature[ARCHIVE_SIGNATURE_BYTES]; /* zeros until images are signed */
};

struct archive_entry {
	u64 path_offset; /* of a string in the string area; NUL-terminated, no leading slash, no
			    "..", "." */
	u64 data_offset; /* regular: page aligned; symlink: of its target, a string there */
	u64 size;	 /* regular: bytes; symlink: length of its target; else 0 */
	u64 modified_ns; /* since 1970 */
	u32 mode;	 /* ARCHIVE_TYPE_* | permission bits (12 bits, as POSIX orders them) */
	u32 uid, gid;
	u32 reserved;
};
enum {
	ARCHIVE_TYPE_REGULAR = 1 << 16,
	ARCHIVE_TYPE_DIRECTORY = 2 << 16,
	ARCHIVE_TYPE_SYMLINK = 3 << 16,
	ARCHIVE_TYPE_MASK = 0xf << 16,
	ARCHIVE_PERMISSIONS = 07777,
};

/*
 * The checksum: for each little-endian 64-bit word w,
 *	h = (h ^ w) * 0x9e3779b97f4a7c15; h ^= h >> 32, beginning with h = length.
 * It finds accidents, not attackers; the signature will be for those.
 */
static inline u64 archive_checksum_step(u64 h, u64 word)
{
	h = (h ^ word) * 0x9e3779b97f4a7c15ul;
	return h ^ h >> 32;
}

#endif
