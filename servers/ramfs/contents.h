/* SPDX-License-Identifier: MIT */
/*
 * contents.h - the memory objects behind regular files.
 *
 * init keeps one per non-empty file under the node's id; here only a cache of capabilities lives.
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

#endif
