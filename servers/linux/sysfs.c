/* SPDX-License-Identifier: MIT */
/*
 * sysfs.c - /sys, made up by the personality: what sysfs.def lists, and the device nodes by class.
 *
 * A node's number is its kind in bits 0-7, and above for what belongs to a device its place in
 * device_list plus one, for what belongs to a processor its number.  Nothing here can be written.
 */
#include "libsys/string.h"
#include "libsys/text.h"
#include "servers/linux/clock.h"
#include "servers/linux/device.h"
#include "servers/linux/mount.h"
#include "servers/linux/path.h"
#include "servers/linux/proc.h"
#include "servers/linux/processors.h"

enum sys_kind {
	SYS_NONE,
#define SYS(kind, parent, name, text) SYS_##kind,
#include "servers/linux/sysfs.def"
#undef SYS
	SYS_FIXED,		/* how many are fixed */
	SYS_DEVICE = SYS_FIXED, /* class/CLASS/NAME */
	SYS_DEVICE_DEV,		/* in it: MAJOR:MINOR */
	SYS_DEVICE_UEVENT,
	SYS_DEVICE_ACTIVE,	/* of the console: which terminal it is */
	SYS_DEVICE_LINK,	/* dev/char/MAJOR:MINOR -> the device */
};

static const struct {
	const char *name, *text;
	enum sys_kind parent;
} fixed[SYS_FIXED] = {
#define SYS(kind, parent, name, text) [SYS_##kind] = { name, text, SYS_##parent },
#include "servers/linux/sysfs.def"
#undef SYS
};

#define ID(kind, device) ((u64)(device) << 8 | (kind))
#define KIND(id)	 ((enum sys_kind)((id) & 0xff))
#define DEVICE_OF(id)	 (&device_list[((id) >> 8) - 1])

static enum sys_kind class_of(const struct device *d)
{
	return d->number >> 8 == DEVICE_NULL >> 8 ? SYS_CLASS_MEM : SYS_CLASS_TTY;
}

static u32 mode_of(u64 id)
{
	enum sys_kind kind = KIND(id);

	if (kind == SYS_DEVICE_LINK)
		return S_IFLNK | 0777;
	if (kind == SYS_DEVICE || (kind < SYS_FIXED && !fixed[kind].text))
		return S_IFDIR | 0755;
	return S_IFREG | 0444;
}

static u64 parent_of(u64 id)
{
	switch (KIND(id)) {
	case SYS_ROOT:
		return SYS_ROOT;
	case SYS_DEVICE:
		return class_of(DEVICE_OF(id));
	case SYS_DEVICE_DEV:
	case SYS_DEVICE_UEVENT:
	case SYS_DEVICE_ACTIVE:
		return ID(SYS_DEVICE, id >> 8);
	case SYS_DEVICE_LINK:
		return SYS_DEV_CHAR;
	default:
		return ID(fixed[KIND(id)].parent, KIND(id) == SYS_CPU_EACH ? 0 : id >> 8);
	}
}

/*
 * The entry at a place in a directory: first the fixed ones, then those of devices.  Its number, 0
 * for none at this place; *end: there is none here nor further on.
 */
static u64 entry_at(u64 directory, u64 place, char *name, u64 size, bool *end)
{
	static const char *const in_device[] = { "dev", "uevent", "active" };
	enum sys_kind kind = KIND(directory);
	const struct device *d;

	*end = false;
	if (kind == SYS_DEVICE) {
		*end = place >= (DEVICE_OF(directory)->number == DEVICE_CONSOLE ? 3 : 2);
		if (*end)
			return 0;
		string_copy(name, size, in_device[place]);
		return ID(SYS_DEVICE_DEV + place, directory >> 8);
	}
	if (place < SYS_FIXED) {
		if (!fixed[place].name || !fixed[place].name[0] || fixed[place].parent != kind)
			return 0;
		string_copy(name, size, fixed[place].name);
		return ID(place, directory >> 8);
	}
	place -= SYS_FIXED;
	if (kind == SYS_CPU) {
		*end = place >= processors_count();
		text_format(name, size, "cpu%lu", place);
		return *end ? 0 : ID(SYS_CPU_EACH, place);
	}
	*end = place >= device_count;
	if (*end)
		return 0;
	d = &device_list[place];
	if ((d->mode & S_IFMT) != S_IFCHR)
		return 0;
	if (kind == SYS_DEV_CHAR) {
		text_format(name, size, "%lu:%lu", d->number >> 8, d->number & 0xff);
		return ID(SYS_DEVICE_LINK, place + 1);
	}
	string_copy(name, size, d->name);
	return class_of(d) == kind ? ID(SYS_DEVICE, place + 1) : 0;
}

static i64 sys_lookup(struct lthread *t, struct mount *m, u64 directory, const char *name,
		      u32 length, struct found *out)
{
	char each[NAME_SIZE];
	bool end = false;
	u64 id = 0;

	(void)t, (void)m;
	*out = (struct found){ 0 };
	if (length == 2 && name[0] == '.' && name[1] == '.')
		id = parent_of(directory);
	for (u64 place = 0; !id && !end; place++) {
		id = entry_at(directory, place, each, sizeof(each), &end);
		if (id && !string_equal(name, length, each))
			id = 0;
	}
	if (!id)
		return -ENOENT;
	out->id = id;
	out->mode = mode_of(id);
	return 0;
}

static i64 sys_stat(struct lthread *t, struct mount *m, u64 id, struct attributes *out)
{
	i64 now = (i64)realtime_ns();
	u32 mode = mode_of(id);

	(void)t, (void)m;
	*out = (struct attributes){
		.id = id,
		.links = (mode & S_IFMT) == S_IFDIR ? 2 : 1,
		.mode = mode,
		.size = (mode & S_IFMT) == S_IFREG ? PAGE_SIZE : 0,
		.accessed_ns = now,
		.modified_ns = now,
		.changed_ns = now,
	};
	return 0;
}

static i64 sys_readlink(struct lthread *t, struct mount *m, u64 id, char *buffer, u64 capacity)
{
	const struct device *d = DEVICE_OF(id);
	char text[64];
	u64 length;

	(void)t, (void)m;
	if (KIND(id) != SYS_DEVICE_LINK)
		return -EINVAL;
	length = text_format(text, sizeof(text), "../../class/%s/%s", fixed[class_of(d)].name,
			     d->name);
	memcpy(buffer, text, length < capacity ? length : capacity);
	return (i64)length;
}

static i64 sys_readdir(struct lthread *t, struct mount *m, u64 directory, u64 cookie,
		       bool (*emit)(void *context, const struct entry *entry), void *context)
{
	char name[NAME_SIZE];
	bool end = false;

	(void)t, (void)m;
	for (u64 at = cookie; !end; at++) {
		struct entry entry = { .next = at + 1, .name = name };

		if (at < 2) {
			string_copy(name, sizeof(name), at ? ".." : ".");
			entry.id = at ? parent_of(directory) : directory;
		} else {
			entry.id = entry_at(directory, at - 2, name, sizeof(name), &end);
		}
		if (!entry.id)
			continue;
		entry.length = (u32)strlen(name);
		entry.type = (mode_of(entry.id) & S_IFMT) >> 12;
		if (!emit(context, &entry))
			break;
	}
	return 0;
}

static i64 sys_hold(struct mount *m, u64 id, cap_t *contents)
{
	(void)m, (void)id, (void)contents;
	return 0;
}

static void sys_release(struct mount *m, u64 id)
{
	(void)m, (void)id;
}

static i64 sys_statfs(struct mount *m, struct l_statfs *out)
{
	(void)m;
	*out = (struct l_statfs){ .type = SYSFS_MAGIC, .bsize = 4096, .namelen = 255,
				  .frsize = 4096 };
	return 0;
}

static void uevent_print(struct text *text, const struct device *d)
{
	text_print(text, "MAJOR=%lu\nMINOR=%lu\nDEVNAME=%s\n", d->number >> 8, d->number & 0xff,
		   d->name);
	/* Said where it is not the usual one, as Linux does. */
	if (d->mode & 0004)
		text_print(text, "DEVMODE=0%o\n", d->mode & 0777);
}

/* What is known of processors. */
static void cpu_print(struct text *text, enum sys_kind kind, u32 number)
{
	struct processor_place place = processor_place(number);
	char line[PROCESSORS_TEXT];

	switch (kind) {
	case SYS_CORE_ID:
		text_format(line, sizeof(line), "%u", place.core);
		break;
	case SYS_PACKAGE_ID:
		text_format(line, sizeof(line), "%u", place.package);
		break;
	case SYS_SIBLINGS:
		processors_mask_text(line, place.siblings);
		break;
	case SYS_SIBLINGS_LIST:
		processors_list_text(line, place.siblings);
		break;
	default:
		processors_list_text(line, processors_all());
		break;
	}
	text_print(text, "%s\n", line);
}

static i64 sys_open(struct lthread *t, struct mount *m, u64 id, struct file *f)
{
	struct text text = { 0 };

	(void)t, (void)m;
	if ((f->flags & O_ACCMODE) != O_RDONLY)
		return -EACCES;
	if (KIND(id) < SYS_FIXED && !fixed[KIND(id)].text[0])
		cpu_print(&text, KIND(id), (u32)(id >> 8));
	else if (KIND(id) < SYS_FIXED)
		text_print(&text, "%s", fixed[KIND(id)].text);
	else if (KIND(id) == SYS_DEVICE_DEV)
		text_print(&text, "%lu:%lu\n", DEVICE_OF(id)->number >> 8,
			   DEVICE_OF(id)->number & 0xff);
	else if (KIND(id) == SYS_DEVICE_ACTIVE)
		text_print(&text, "ttyS0\n");
	else
		uevent_print(&text, DEVICE_OF(id));
	text_file(f, &text);
	return 0;
}

static const struct mount_ops sys_ops = {
	.lookup = sys_lookup,
	.stat = sys_stat,
	.readlink = sys_readlink,
	.readdir = sys_readdir,
	.hold = sys_hold,
	.release = sys_release,
	.statfs = sys_statfs,
	.open = sys_open,
};

static i64 sys_make(char *options, struct filesystem **out)
{
	if (*options)
		return -EINVAL;
	*out = filesystem_get(&sys_filesystem);
	return 0;
}

const struct filesystem_type sysfs_type = { .name = "sysfs", .make = sys_make, .single = true };

struct filesystem sys_filesystem = {
	.ops = &sys_ops,
	.type = &sysfs_type,
	.root = SYS_ROOT,
	.device = 0x15,
	.refs = 1,
};
