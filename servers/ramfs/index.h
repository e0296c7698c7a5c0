/* SPDX-License-Identifier: MIT */
/*
 * index.h - what ramfs computes from its store: who is linked where, and how to find it fast.
 *
 * Nothing here survives the server.  index_build() makes it from the store at each start, finishes
 * an intent that was left, and frees what no name and no session holds any more.
 */
#ifndef RAMFS_INDEX_H
#define RAMFS_INDEX_H

#include "servers/ramfs/store.h"

__must_use error_t index_start(void);
__must_use error_t index_build(void);

/* The entry of that name in the directory, 0: none.  Not for "." and "..". */
u32 index_find(u32 directory, const char *name, u32 length);
/* A committed entry enters or leaves the index. */
void index_add(u32 unit);
void index_remove(u32 unit);

u32 index_links(u32 index);	  /* as stat counts them */
u32 index_parent(u32 directory);  /* a root is its own parent */
/* A directory's name is about to go: its parent stays as long as it. */
void orphan_begin(u32 index, u32 parent);
u32 index_names(u32 index);	  /* entries that name it */
u32 index_held(u32 index);	  /* holds, and removed directories that were in it */
/* Where a nameless directory was; NO_NODE: not known, or no longer there. */
u32 orphan_parent(u32 index);
u32 index_entries(u32 directory); /* how many names it holds */
u32 index_first(u32 directory);	  /* its first entry in the order of cookies, 0: none */
u32 index_next(u32 unit);
/* Whether the node lies in the tree below (or is) `top`; for files one of their names decides. */
bool index_inside(u32 index, u32 top);

/* Holds: how often a session keeps a node. */
__must_use error_t hold_add(const struct request *rq, u64 word, u64 badge, u32 index);
__must_use error_t hold_drop(const struct request *rq, u32 index); /* E_STATE: it holds none */
void hold_drop_all(u64 badge);
/* A committed extended attribute enters or leaves its node's list; the first one, 0: none. */
void xattr_add(u32 unit);
void xattr_remove(u32 unit);
u32 xattr_first(u32 index);

/* A committed session enters the index; the one of a badge, 0: none. */
void session_index(u32 unit);
u32 session_find(u64 badge);
/* Free the node if nothing names or holds it and, a directory, it is empty. */
void node_release(u32 index);

#endif
