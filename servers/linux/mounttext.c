/* SPDX-License-Identifier: MIT */
/*
 * mounttext.c - the table of mounts as /proc/PID/mounts, mountinfo and mountstats show it.
 *
 * What a mount is called is looked for when somebody asks, from its root upwards, so that renaming
 * a directory above it makes nothing wrong.
 */
#include "servers/linux/mount.h"
#include "servers/linux/path.h"
#include "servers/linux/proc.h"

#include "libsys/heap.h"
#include "libsys/string.h"

/* Blanks and the like as octal numbers. */
static void escaped(struct text *text, const char *name)
{
	for (; *name; name++) {
		if (*name == ' ' || *name == '\t' || *name == '\n' || *name == '\\')
			text_print(text, "\\%d%d%d", *name >> 6, *name >> 3 & 7, *name & 7);
		else
			text_print(text, "%c", *name);
	}
}

static void flags_print(struct text *text, u32 flags)
{
	static const struct {
		u32 flag;
		const char *name;
	} names[] = {
		{ MS_NOSUID, ",nosuid" },	  { MS_NODEV, ",nodev" },
		{ MS_NOEXEC, ",noexec" },	  { MS_NOATIME, ",noatime" },
		{ MS_NODIRATIME, ",nodiratime" }, { MS_RELATIME, ",relatime" },
	};

	text_print(text, "%s", flags & MS_RDONLY ? "ro" : "rw");
	for (u32 i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (flags & names[i].flag)
			text_print(text, "%s", names[i].name);
}

static void info_print(struct lthread *t, struct text *text, struct mount *m, const char *point,
		       char *scratch)
{
	struct mount whole = *m;
	struct node covered;
	u32 parent = m->id;
	u64 directory;
	bool outside;

	if (mount_below(m, &covered, &directory)) {
		parent = covered.mount->id;
		mount_put(covered.mount);
	}
	whole.refs = 1;
	whole.attached = false;
	whole.root = m->fs->root;
	text_print(text, "%u %u %u:%u ", m->id, parent, m->device >> 8, m->device & 0xff);
	/* Where its root lies in its file system: as if all of that were seen. */
	if (m->root == m->fs->root)
		text_print(text, "/");
	else if (node_path(t, (struct node){ &whole, m->root }, m->root_directory,
			   (struct node){ &whole, whole.root }, scratch, &outside))
		text_print(text, "//deleted");
	else
		escaped(text, scratch);
	text_print(text, " ");
	escaped(text, point);
	text_print(text, " ");
	flags_print(text, m->flags);
	text_print(text, " - %s ", m->fs->type->name);
	escaped(text, m->source);
	text_print(text, " %s%s\n", m->fs->flags & MS_RDONLY ? "ro" : "rw", m->fs->options);
}

static void mount_print(struct lthread *t, struct text *text, enum mount_text kind,
			struct mount *m, const char *point, char *scratch)
{
	switch (kind) {
	case MOUNT_INFO:
		info_print(t, text, m, point, scratch);
		break;
	case MOUNT_STATS:
		text_print(text, "device ");
		escaped(text, m->source);
		text_print(text, " mounted on ");
		escaped(text, point);
		text_print(text, " with fstype %s\n", m->fs->type->name);
		break;
	default:
		escaped(text, m->source);
		text_print(text, " ");
		escaped(text, point);
		text_print(text, " %s ", m->fs->type->name);
		flags_print(text, mount_flags(m));
		text_print(text, "%s 0 0\n", m->fs->options);
		break;
	}
}

void mounts_print(struct lthread *t, struct text *text, enum mount_text kind, struct node root)
{
	struct {
		char point[PATH_SIZE], scratch[PATH_SIZE];
	} *names = heap_alloc(sizeof(*names));
	bool outside;
	struct mount *m;
	u32 id = 0;

	if (!names)
		return;
	for (; (m = mount_next(id)); mount_put(m)) {
		id = m->id;
		if (!node_path(t, (struct node){ m, m->root }, 0, root, names->point, &outside) &&
		    !outside)
			mount_print(t, text, kind, m, names->point, names->scratch);
	}
	heap_free(names, sizeof(*names));
}
