/* SPDX-License-Identifier: MIT */
/*
 * contents.h - the memory objects behind regular files.
 *
 * init keeps one per non-empty file under the node's id; here only a cache of capabilities lives.
 * Those of a file system with a limit are charged to an account of its own, so that the kernel
 * keeps the limit also where a page comes by a touch.
 * The object's size is the file's size.
 */
#ifndef RAMFS_CONTENTS_H
#define RAMFS_CONTENTS_H

#include "libsys/sys.h"

__must_use error_t contents_start(void);
/* The file's memory, made when it is first asked for. */
__must_use error_t contents_open(u32 index, cap_t *memory);
__must_use error_t contents_resize(u32 index, u64 size);
/* Fill a fresh file. */
__must_use error_t contents_write(u32 index, const void *from, u64 length);
/* Size, version and times of the memory; zeros for a file that never had any. */
void contents_info(u32 index, struct memory_info *info);
void contents_drop(u32 index);

/* The account of a file system's contents, if it has a limit of its own: made anew, dropped. */
__must_use error_t contents_account_make(u32 file_system);
void contents_account_drop(u32 file_system);
/* How many pages the contents of a file system take and may take. */
__must_use error_t contents_pages(u32 file_system, u64 *used, u64 *most);

#endif
