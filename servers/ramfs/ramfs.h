/* SPDX-License-Identifier: MIT */
/* ramfs.h - what the operations of ramfs share. */
#ifndef RAMFS_RAMFS_H
#define RAMFS_RAMFS_H

#include "libsys/serve.h"
#include "proto/fs.h"
#include "servers/ramfs/index.h"

/* sessions.c.  The node that a session means by a number: inside its tree, of that generation. */
__must_use error_t node_find(const struct request *rq, u64 node, u32 *index);
__must_use error_t directory_find(const struct request *rq, u64 node, u32 *index);
/* The root of the session's tree; NO_NODE: no such session. */
u32 session_root(u64 badge);
void session_end(u64 badge);
/* After adoption: go on with what a dead server was at. */
void sessions_adopt(void);
/* A bounded part of what is left to do for file systems that go. */
void file_systems_step(void);
error_t op_session(struct request *rq, const struct fs_session_in *in, struct fs_session_out *out);
error_t op_make(struct request *rq, const struct fs_make_in *in, struct fs_make_out *out);

/* The endpoint that is served. */
extern cap_t endpoint;
/* Nanoseconds since 1970, and what to add to clock_now() to get there. */
u64 realtime_now(void);
u64 realtime_offset(void);
/* Attributes or names of the node have changed. */
void node_touch(u32 index, bool contents);
/* Modification time of the contents, which writers advance without us. */
u64 node_modified_ns(u32 index);
u64 node_size(u32 index);

/* The request at hand was carried out by a server that died. */
extern bool request_repeated;

/* names.c: make a node with a name in one step; no checks.  The name must not exist.  rq: whose
 * request takes effect by it, NULL: nobody's. */
__must_use error_t entry_make(const struct request *rq, u32 directory, const char *name,
			      u32 length, u32 node);
__must_use error_t node_make(u32 file_system, u32 mode, u64 owner, u64 device, u32 *index);
__must_use error_t symlink_make(u32 file_system, const char *target, u32 length, u64 owner,
				u32 *index);
void entry_delete(const struct request *rq, u32 unit);

error_t op_lookup(struct request *rq, const struct fs_lookup_in *in, struct fs_lookup_out *out);
error_t op_create(struct request *rq, const struct fs_create_in *in, struct fs_create_out *out);
error_t op_create_nameless(struct request *rq, const struct fs_create_nameless_in *in,
			   struct fs_create_nameless_out *out);
error_t op_symlink(struct request *rq, const struct fs_symlink_in *in, struct fs_symlink_out *out);
error_t op_link(struct request *rq, const struct fs_link_in *in);
error_t op_unlink(struct request *rq, const struct fs_unlink_in *in);
error_t op_readdir(struct request *rq, const struct fs_readdir_in *in, struct fs_readdir_out *out);
/* rename.c */
error_t op_rename(struct request *rq, const struct fs_rename_in *in);
/* Read and check a name out of a window; "." and ".." are refused with E_INVAL. */
__must_use error_t name_read(struct request *rq, u32 window, u64 length, char *name);

/* nodes.c */
error_t op_stat(struct request *rq, const struct fs_stat_in *in);
error_t op_readlink(struct request *rq, const struct fs_readlink_in *in,
		    struct fs_readlink_out *out);
error_t op_open(struct request *rq, const struct fs_open_in *in, struct fs_open_out *out);
error_t op_close(struct request *rq, const struct fs_close_in *in);
error_t op_setattr(struct request *rq, const struct fs_setattr_in *in);
error_t op_accessed(struct request *rq, const struct fs_accessed_in *in);
error_t op_resize(struct request *rq, const struct fs_resize_in *in);
error_t op_statfs(struct request *rq, struct fs_statfs_out *out);

/* xattr.c */
error_t op_get_xattr(struct request *rq, const struct fs_get_xattr_in *in,
		     struct fs_get_xattr_out *out);
error_t op_set_xattr(struct request *rq, const struct fs_set_xattr_in *in);
error_t op_remove_xattr(struct request *rq, const struct fs_remove_xattr_in *in);
error_t op_list_xattr(struct request *rq, const struct fs_list_xattr_in *in,
		      struct fs_list_xattr_out *out);

/* unpack.c: lay the "root/" part of an archive over the tree.  E_NOSPACE, E_INVAL. */
__must_use error_t archive_unpack(const char *grant);

#endif
