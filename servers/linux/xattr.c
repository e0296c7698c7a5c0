/* SPDX-License-Identifier: MIT */
/*
 * xattr.c - extended attributes: which kinds there are, and who may see and set them.  The file
 * system keeps names and values as they are.
 */
#include "libsys/string.h"
#include "servers/linux/calls.h"
#include "servers/linux/file.h"
#include "servers/linux/mount.h"
#include "servers/linux/path.h"
#include "servers/linux/uaccess.h"
#include "servers/linux/util.h"

enum { NAME_MAX = 255, VALUE_MAX = 65536, LIST_MAX = 65536 };

enum kind { KIND_NONE, KIND_USER, KIND_TRUSTED, KIND_SECURITY };

static const struct {
	const char *prefix;
	u32 length;
} kinds[] = {
	[KIND_USER] = { "user.", 5 },
	[KIND_TRUSTED] = { "trusted.", 8 },
	[KIND_SECURITY] = { "security.", 9 },
};

static enum kind kind_of(const char *name)
{
	for (u32 i = KIND_USER; i <= KIND_SECURITY; i++)
		if (strncmp(name, kinds[i].prefix, kinds[i].length) == 0)
			return i;
	return KIND_NONE;
}

static i64 name_in(char *name, guest_t from)
{
	i64 length = string_in(name, from, NAME_MAX + 1);

	return length == -ENAMETOOLONG || length == 0 ? -ERANGE : length;
}

/* May the process read (R_OK) or change (W_OK) that attribute of such a node? */
static i64 permitted(struct lthread *t, const struct attributes *a, const char *name, u32 want)
{
	struct found found = { a->id, a->mode, a->uid, a->gid };
	u32 type = a->mode & S_IFMT, uid = t->process->cred.euid;
	enum kind kind = kind_of(name);

	if (kind == KIND_NONE)
		return -EOPNOTSUPP;
	if (!name[kinds[kind].length])
		return -EINVAL;
	if (kind == KIND_TRUSTED && uid)
		return want == W_OK ? -EPERM : -ENODATA;
	if (kind == KIND_SECURITY)
		return want == W_OK && uid ? -EPERM : 0;
	if (kind == KIND_TRUSTED)
		return 0;
	if (type != S_IFREG && type != S_IFDIR)
		return want == W_OK ? -EPERM : -ENODATA;
	if (type == S_IFDIR && a->mode & S_ISVTX && want == W_OK && uid && uid != a->uid)
		return -EPERM;
	return permission_check(t, &found, want, 0);
}

/* The node by which a call names what it is about, held by the walk or the file. */
struct subject {
	struct walk walk;
	struct file *file;
	struct node node;
	struct attributes a;
};

enum form { BY_PATH, BY_LINK, BY_DESCRIPTOR };

static i64 subject_begin(struct lthread *t, u64 what, enum form form, struct subject *s)
{
	i64 error = 0;

	s->file = NULL;
	walk_none(&s->walk);
	if (form == BY_DESCRIPTOR) {
		s->file = file_get(t, (i32)what);
		if (!s->file || s->file->flags & O_PATH)
			return -EBADF;
		s->node = s->file->node;
	} else {
		error = walk_guest(t, AT_FDCWD, what, form == BY_PATH ? WALK_FOLLOW : 0, &s->walk);
		if (error)
			return error;
		s->node = s->walk.magic ? s->walk.magic_file->node
					: (struct node){ s->walk.node.mount, s->walk.found.id };
	}
	if (!s->node.mount) {
		s->a = (struct attributes){ .mode = S_IFIFO };
		return 0;
	}
	return node_stat(t, s->node, &s->a);
}

static void subject_end(struct subject *s)
{
	if (s->file)
		file_put(s->file);
	walk_end(&s->walk);
}

static i64 set(struct lthread *t, struct registers *r, enum form form)
{
	char name[NAME_MAX + 1];
	struct subject s;
	i64 error;

	if (r->r8 & ~(u64)(XATTR_CREATE | XATTR_REPLACE))
		return -EINVAL;
	error = name_in(name, r->rsi);
	if (error < 0)
		return error;
	if (r->r10 > VALUE_MAX)
		return -E2BIG;
	if (!guest_range_ok(r->rdx, r->r10))
		return -EFAULT;
	error = subject_begin(t, r->rdi, form, &s);
	if (!error && s.node.mount)
		error = mount_may_write(s.node.mount);
	if (!error)
		error = permitted(t, &s.a, name, W_OK);
	if (!error)
		error = s.node.mount && s.node.mount->ops->xattr_set
				? s.node.mount->ops->xattr_set(s.node.mount, s.node.id, name,
							       r->rdx, r->r10, (u32)r->r8)
				: -EOPNOTSUPP;
	subject_end(&s);
	return error;
}

static i64 get(struct lthread *t, struct registers *r, enum form form)
{
	u64 room = r->r10 < VALUE_MAX ? r->r10 : VALUE_MAX;
	char name[NAME_MAX + 1];
	struct subject s;
	i64 result = name_in(name, r->rsi);

	if (result < 0)
		return result;
	if (!guest_range_ok(r->rdx, room))
		return -EFAULT;
	result = subject_begin(t, r->rdi, form, &s);
	if (!result)
		result = permitted(t, &s.a, name, R_OK);
	if (!result)
		result = s.node.mount && s.node.mount->ops->xattr_get
				 ? s.node.mount->ops->xattr_get(s.node.mount, s.node.id, name,
								r->rdx, room)
				 : -EOPNOTSUPP;
	subject_end(&s);
	return result > (i64)room && room ? -ERANGE : result;
}

static i64 take_away(struct lthread *t, struct registers *r, enum form form)
{
	char name[NAME_MAX + 1];
	struct subject s;
	i64 error = name_in(name, r->rsi);

	if (error < 0)
		return error;
	error = subject_begin(t, r->rdi, form, &s);
	if (!error && s.node.mount)
		error = mount_may_write(s.node.mount);
	if (!error)
		error = permitted(t, &s.a, name, W_OK);
	if (!error)
		error = s.node.mount && s.node.mount->ops->xattr_remove
				? s.node.mount->ops->xattr_remove(s.node.mount, s.node.id, name)
				: -EOPNOTSUPP;
	subject_end(&s);
	return error;
}

/* Names of the trusted kind are for root alone; what is left moves together. */
static u64 names_shown(const struct lthread *t, char *names, u64 length)
{
	u64 kept = 0;

	for (u64 at = 0; at < length;) {
		u64 size = strlen(names + at) + 1;

		if (!t->process->cred.euid || kind_of(names + at) != KIND_TRUSTED) {
			memmove(names + kept, names + at, size);
			kept += size;
		}
		at += size;
	}
	return kept;
}

static i64 list_node(struct lthread *t, struct node node, guest_t to, u64 room)
{
	char *names;
	i64 length;

	if (!node.mount || !node.mount->ops->xattr_list)
		return 0;
	names = pages_alloc(LIST_MAX);
	if (!names)
		return -ENOMEM;
	length = node.mount->ops->xattr_list(node.mount, node.id, names, LIST_MAX);
	if (length > 0)
		length = (i64)names_shown(t, names, (u64)length);
	if (length > 0 && room)
		length = (u64)length > room ? -ERANGE : copy_out(to, names, (u64)length) ?: length;
	pages_free(names, LIST_MAX);
	return length;
}

static i64 list(struct lthread *t, struct registers *r, enum form form)
{
	struct subject s;
	i64 result = subject_begin(t, r->rdi, form, &s);

	if (!result)
		result = list_node(t, s.node, r->rsi, r->rdx);
	subject_end(&s);
	return result;
}

#define XATTR_CALLS(name, form)                                                                    \
	i64 linux_##name##setxattr(struct lthread *t, struct registers *r)                         \
	{                                                                                          \
		return set(t, r, form);                                                            \
	}                                                                                          \
	i64 linux_##name##getxattr(struct lthread *t, struct registers *r)                         \
	{                                                                                          \
		return get(t, r, form);                                                            \
	}                                                                                          \
	i64 linux_##name##listxattr(struct lthread *t, struct registers *r)                        \
	{                                                                                          \
		return list(t, r, form);                                                           \
	}                                                                                          \
	i64 linux_##name##removexattr(struct lthread *t, struct registers *r)                      \
	{                                                                                          \
		return take_away(t, r, form);                                                      \
	}
XATTR_CALLS(, BY_PATH)
XATTR_CALLS(l, BY_LINK)
XATTR_CALLS(f, BY_DESCRIPTOR)
