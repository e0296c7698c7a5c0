/* SPDX-License-Identifier: MIT */
/* fs.h - structures that travel through windows of the fs protocol, and its constants. */
#ifndef LIBSYS_FS_H
#define LIBSYS_FS_H

#include "libsys/archive_format.h"

/* mode: permissions in the low 12 bits, the type above; the first three are the archive's. */
enum fs_type {
	FS_REGULAR = ARCHIVE_TYPE_REGULAR,
	FS_DIRECTORY = ARCHIVE_TYPE_DIRECTORY,
	FS_SYMLINK = ARCHIVE_TYPE_SYMLINK,
	FS_FIFO = 4 << 16,
	FS_SOCKET = 5 << 16,
	FS_CHARACTER = 6 << 16,
	FS_BLOCK = 7 << 16,
	FS_TYPE_MASK = ARCHIVE_TYPE_MASK,
	FS_PERMISSIONS = ARCHIVE_PERMISSIONS,
};

enum { FS_ROOT = 0, FS_NAME_MAX = 255, FS_TARGET_MAX = 4095 };
#define FS_SIZE_MAX ((u64)1 << 62) /* of a file system's limit */
enum fs_create_flags { FS_CREATE_LINKABLE = 1 };
enum fs_unlink_flags { FS_UNLINK_DIRECTORY = 1 };
enum fs_xattr_flags { FS_XATTR_CREATE = 1, FS_XATTR_REPLACE = 2 };
enum fs_rename_flags { FS_RENAME_NEW = 1, FS_RENAME_EXCHANGE = 2 };
enum fs_setattr_mask {
	FS_SET_MODE = 1,
	FS_SET_UID = 2,
	FS_SET_GID = 4,
	FS_SET_ACCESSED = 8,
	FS_SET_MODIFIED = 16,
};

/* What stat answers; all times are nanoseconds since 1970. */
struct fs_attributes {
	u64 node;
	u32 mode, links;
	u32 uid, gid;
	u64 size;
	u64 device;	 /* the number of a device node */
	u64 accessed_ns;
	u64 modified_ns; /* of contents */
	u64 changed_ns;	 /* of attributes */
	u64 created_ns;
	u64 version;	 /* counts changes of the node and, for a directory, of its names */
	u64 resident_bytes; /* memory that the contents take */
	u64 reserved[5];
};
_Static_assert(sizeof(struct fs_attributes) == 128, "the protocol names its size");

/* One entry of readdir; the next one follows record_length bytes later, a multiple of 8. */
struct fs_entry {
	u64 node;
	u64 cookie; /* readdir goes on behind this entry from here */
	u32 mode;
	u16 record_length, name_length;
	char name[]; /* NUL-terminated all the same */
};

#endif
