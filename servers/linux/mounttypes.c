/* SPDX-License-Identifier: MIT */
/*
 * mounttypes.c - what can be mounted, and the options that each type knows.
 */
#include "libsys/heap.h"
#include "libsys/string.h"
#include "libsys/text.h"
#include "servers/linux/mount.h"
#include "servers/linux/system.h"

u32 pts_mode = 0620, pts_group = 5;

/* --- options: words with commas between them --------------------------------------------- */

/* Cut the next word off; its value (after '=', NULL if there is none) in *value. */
static char *option_next(char **options, char **value)
{
	char *word = *options, *end;

	while (*word == ',')
		word++;
	if (!*word)
		return NULL;
	end = strchr(word, ',');
	*options = end ? end + 1 : word + strlen(word);
	if (end)
		*end = 0;
	*value = strchr(word, '=');
	if (*value)
		*(*value)++ = 0;
	return word;
}

/* A number in base 8 or 10, with k, m, g or (of the whole) % behind it where `whole` is not 0. */
static bool number_in(const char *text, u32 base, u64 whole, u64 *out)
{
	u64 value = 0;
	const char *c = text;

	for (; c && *c >= '0' && *c < (char)('0' + base); c++) {
		if (value >> 55)
			return false;
		value = value * base + (u64)(*c - '0');
	}
	if (!c || c == text)
		return false;
	if (whole && *c) {
		char unit = *c++ | 0x20;

		if (c[-1] == '%') {
			value = whole / 100 * value;
		} else {
			u32 shift = unit == 'k' ? 10 : unit == 'm' ? 20 : unit == 'g' ? 30 : 0;

			if (!shift || value >> (60 - shift))
				return false;
			value <<= shift;
		}
	}
	*out = value;
	return !*c;
}

/* --- tmpfs ------------------------------------------------------------------------------- */

struct tmpfs_options {
	u64 size, nodes, mode, uid, gid;
};

static bool tmpfs_option(struct tmpfs_options *o, const char *word, const char *value, u64 memory)
{
	if (!strcmp(word, "size"))
		return number_in(value, 10, memory, &o->size);
	if (!strcmp(word, "nr_blocks")) {
		if (!number_in(value, 10, memory / PAGE_SIZE, &o->size))
			return false;
		o->size *= PAGE_SIZE;
		return true;
	}
	if (!strcmp(word, "nr_inodes"))
		return number_in(value, 10, memory / PAGE_SIZE, &o->nodes);
	if (!strcmp(word, "mode"))
		return number_in(value, 8, 0, &o->mode);
	if (!strcmp(word, "uid"))
		return number_in(value, 10, 0, &o->uid);
	if (!strcmp(word, "gid"))
		return number_in(value, 10, 0, &o->gid);
	return false;
}

static void option_show(struct filesystem *fs, const char *format, u64 value)
{
	u64 at = strlen(fs->options);

	text_format(fs->options + at, sizeof(fs->options) - at, format, value);
}

static i64 tmpfs_new(char *text, struct filesystem **out)
{
	struct tmpfs_options o = { .mode = 01777 }, usual;
	struct system_memory memory;
	struct filesystem *fs;
	char *word, *value;
	i64 error;

	system_memory(&memory);
	/* As Linux has it: half of the memory, and a file for every second page. */
	o.size = memory.total / 2 & ~PAGE_MASK;
	o.nodes = memory.total / 2 / PAGE_SIZE;
	usual = o;
	while ((word = option_next(&text, &value)))
		if (!tmpfs_option(&o, word, value, memory.total))
			return -EINVAL;
	if (o.uid >= ~0u || o.gid >= ~0u || o.size >> 62)
		return -EINVAL;
	o.size = (o.size + PAGE_MASK) & ~PAGE_MASK;
	fs = heap_alloc(sizeof(*fs));
	if (!fs)
		return -ENOMEM;
	*fs = (struct filesystem){ .type = &tmpfs_type, .refs = 1 };
	error = tmpfs_make(fs, o.size, o.nodes, (u32)o.mode & 07777, (u32)o.uid, (u32)o.gid);
	if (error) {
		heap_free(fs, sizeof(*fs));
		return error;
	}
	if (o.size != usual.size)
		option_show(fs, ",size=%luk", o.size / 1024);
	if (o.nodes != usual.nodes)
		option_show(fs, ",nr_inodes=%lu", o.nodes);
	if (o.mode != usual.mode)
		option_show(fs, ",mode=%03lo", o.mode & 07777);
	if (o.uid)
		option_show(fs, ",uid=%lu", o.uid);
	if (o.gid)
		option_show(fs, ",gid=%lu", o.gid);
	*out = fs;
	return 0;
}

static void tmpfs_destroy(struct filesystem *fs)
{
	tmpfs_end(fs);
	heap_free(fs, sizeof(*fs));
}

const struct filesystem_type tmpfs_type = {
	.name = "tmpfs",
	.make = tmpfs_new,
	.destroy = tmpfs_destroy,
};

/* --- those of which there is one --------------------------------------------------------- */

/* Options that tmpfs has are no error here, and change nothing: it is there already. */
static i64 devtmpfs_new(char *text, struct filesystem **out)
{
	struct tmpfs_options ignored;
	char *word, *value;

	while ((word = option_next(&text, &value)))
		if (!tmpfs_option(&ignored, word, value, PAGE_SIZE))
			return -EINVAL;
	*out = filesystem_get(&dev_filesystem);
	return 0;
}

const struct filesystem_type devtmpfs_type = {
	.name = "devtmpfs",
	.make = devtmpfs_new,
	.single = true,
};

static i64 devpts_change(struct filesystem *fs, char *text)
{
	u64 mode = pts_mode, group = pts_group, ignored;
	char *word, *value;
	bool good = true;

	while (good && (word = option_next(&text, &value))) {
		if (!strcmp(word, "mode"))
			good = number_in(value, 8, 0, &mode);
		else if (!strcmp(word, "gid"))
			good = number_in(value, 10, 0, &group) && group < ~0u;
		else if (!strcmp(word, "ptmxmode"))
			good = number_in(value, 8, 0, &ignored);
		else
			good = !strcmp(word, "newinstance");
	}
	if (!good)
		return -EINVAL;
	pts_mode = (u32)mode & 0777;
	pts_group = (u32)group;
	fs->options[0] = 0;
	if (group)
		option_show(fs, ",gid=%lu", group);
	option_show(fs, ",mode=%03lo,ptmxmode=000", mode & 0777);
	return 0;
}

static i64 devpts_new(char *text, struct filesystem **out)
{
	i64 error = *text ? devpts_change(&pts_filesystem, text) : 0;

	if (!error)
		*out = filesystem_get(&pts_filesystem);
	return error;
}

const struct filesystem_type devpts_type = {
	.name = "devpts",
	.make = devpts_new,
	.change = devpts_change,
};

const struct filesystem_type *const filesystem_types[] = {
	&sysfs_type, &tmpfs_type, &proc_type, &devtmpfs_type, &devpts_type,
};
const u32 filesystem_type_count = sizeof(filesystem_types) / sizeof(filesystem_types[0]);
