/* SPDX-License-Identifier: MIT */
/*
 * mkarchive - make a boot archive (libsys/archive_format.h) from a list on standard input.
 *
 *	mkarchive [-t SECONDS] OUTPUT <LIST
 *
 * One entry a line:
 *	dir PATH MODE
 *	file PATH MODE SOURCE		the contents of the host's SOURCE
 *	link PATH TARGET
 *	tree PATH SOURCE		everything below the host's folder SOURCE, modes and
 *					symlinks kept; the folder's own mode is not taken
 * A later entry of the same path replaces an earlier one, folders on the way are made (0755), and
 * all belongs to root.  -t gives every entry this time instead of its source's, so that the same
 * sources make the same bytes.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "libsys/archive_format.h"

struct item {
	char *path;
	char *source; /* regular: the host's file; symlink: the target */
	u64 size, modified_ns;
	u32 mode;
	u64 order; /* of two items of one path the later one counts */
};

static struct item *items;
static u64 item_count, item_room;
static i64 fixed_time = -1;

static _Noreturn void die(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("mkarchive: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
	exit(1);
}

static char *copy(const char *text)
{
	char *result = strdup(text);

	if (!result)
		die("out of memory");
	return result;
}

static char *join(const char *folder, const char *name)
{
	size_t length = strlen(folder) + strlen(name) + 2;
	char *result = malloc(length);

	if (!result)
		die("out of memory");
	snprintf(result, length, "%s/%s", folder, name);
	return result;
}

static void item_add(const char *path, const char *source, u64 size, u32 mode, u64 modified_ns)
{
	if (!*path || *path == '/' || strlen(path) >= ARCHIVE_PATH_MAX)
		die("'%s' is no path for an archive", path);
	if (item_count == item_room) {
		item_room = item_room ? 2 * item_room : 1024;
		items = realloc(items, item_room * sizeof(*items));
		if (!items)
			die("out of memory");
	}
	items[item_count] = (struct item){
		.path = copy(path),
		.source = source ? copy(source) : NULL,
		.size = size,
		.modified_ns = fixed_time >= 0 ? (u64)fixed_time * 1000000000 : modified_ns,
		.mode = mode,
		.order = item_count,
	};
	item_count++;
}

static u64 time_of(const struct stat *status)
{
	return (u64)status->st_mtim.tv_sec * 1000000000 + (u64)status->st_mtim.tv_nsec;
}

/* One host file, folder or symlink as it is; mode is the source's unless given. */
static void source_add(const char *path, const char *source, const struct stat *status, i64 mode)
{
	u32 permissions = (u32)(mode >= 0 ? mode : status->st_mode) & ARCHIVE_PERMISSIONS;
	char target[ARCHIVE_PATH_MAX];

	if (S_ISREG(status->st_mode)) {
		item_add(path, source, (u64)status->st_size, ARCHIVE_TYPE_REGULAR | permissions,
			 time_of(status));
	} else if (S_ISDIR(status->st_mode)) {
		item_add(path, NULL, 0, ARCHIVE_TYPE_DIRECTORY | permissions, time_of(status));
	} else if (S_ISLNK(status->st_mode)) {
		ssize_t length = readlink(source, target, sizeof(target) - 1);
		if (length < 0)
			die("%s: %s", source, strerror(errno));
		target[length] = 0;
		item_add(path, target, (u64)length, ARCHIVE_TYPE_SYMLINK | 0777, time_of(status));
	} else {
		die("%s is neither a file, a folder nor a symlink", source);
	}
}

/* A folder's contents; folders found are kept in a list of work, so depth costs no stack. */
static void tree_add(const char *path, const char *source)
{
	struct work {
		struct work *next;
		char *path, *source;
	} *work = malloc(sizeof(*work));

	if (!work)
		die("out of memory");
	*work = (struct work){ NULL, copy(path), copy(source) };
	while (work) {
		struct work *now = work;
		DIR *folder = opendir(now->source);

		work = now->next;
		if (!folder)
			die("%s: %s", now->source, strerror(errno));
		for (struct dirent *entry; (entry = readdir(folder));) {
			struct stat status;
			if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
				continue;
			char *inner = join(now->path, entry->d_name);
			char *from = join(now->source, entry->d_name);
			if (lstat(from, &status) < 0)
				die("%s: %s", from, strerror(errno));
			source_add(inner, from, &status, -1);
			if (S_ISDIR(status.st_mode)) {
				struct work *later = malloc(sizeof(*later));
				if (!later)
					die("out of memory");
				*later = (struct work){ work, inner, from };
				work = later;
				continue;
			}
			free(inner);
			free(from);
		}
		closedir(folder);
		free(now->path);
		free(now->source);
		free(now);
	}
}

static void line_add(char *line, unsigned number)
{
	char *rest = line, *kind = strsep(&rest, " "), *path = strsep(&rest, " "), *end;
	struct stat status;

	if (!*kind || *kind == '#')
		return;
	if (!path || !rest)
		die("line %u: '%s' lacks something", number, kind);
	if (!strcmp(kind, "dir")) {
		item_add(path, NULL, 0, ARCHIVE_TYPE_DIRECTORY | (u32)strtoul(rest, NULL, 8), 0);
	} else if (!strcmp(kind, "link")) {
		item_add(path, rest, strlen(rest), ARCHIVE_TYPE_SYMLINK | 0777, 0);
	} else if (!strcmp(kind, "file")) {
		u32 mode = (u32)strtoul(rest, &end, 8);
		if (*end++ != ' ')
			die("line %u: a file needs a mode and a source", number);
		if (stat(end, &status) < 0)
			die("%s: %s", end, strerror(errno));
		source_add(path, end, &status, mode);
	} else if (!strcmp(kind, "tree")) {
		tree_add(path, rest);
	} else {
		die("line %u: '%s' is none of dir, file, link, tree", number, kind);
	}
}

static int by_path(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int order = strcmp(x->path, y->path);

	return order ? order : x->order < y->order ? -1 : 1;
}

/* Sort, keep the last of equal paths, and make the folders that nobody named. */
static void items_settle(void)
{
	u64 named = item_count, kept = 0;

	for (u64 i = 0; i < named; i++) {
		char *path = copy(items[i].path);
		for (char *slash; (slash = strrchr(path, '/'));) {
			*slash = 0;
			item_add(path, NULL, 0, ARCHIVE_TYPE_DIRECTORY | 0755, 0);
			items[item_count - 1].order = 0;
			items[item_count - 1].source = NULL;
		}
		free(path);
	}
	/* The folders made here come before all that was named: order 0 is theirs alone. */
	for (u64 i = 0; i < named; i++)
		items[i].order = i + 1;
	if (item_count)
		qsort(items, item_count, sizeof(*items), by_path);
	for (u64 i = 0; i < item_count; i++)
		if (i + 1 == item_count || strcmp(items[i].path, items[i + 1].path))
			items[kept++] = items[i];
	item_count = kept;
}

static u64 round_up(u64 value)
{
	return (value + PAGE_MASK) & ~PAGE_MASK;
}

static void file_read(const struct item *item, char *to)
{
	int file = open(item->source, O_RDONLY);
	u64 done = 0;

	if (file < 0)
		die("%s: %s", item->source, strerror(errno));
	while (done < item->size) {
		ssize_t count = read(file, to + done, item->size - done);
		if (count <= 0)
			die("%s: it became shorter while it was read", item->source);
		done += (u64)count;
	}
	close(file);
}

static u64 checksum(const char *base, u64 length)
{
	u64 h = length;

	for (u64 at = 0; at < length; at += sizeof(u64))
		h = archive_checksum_step(h, *(const u64 *)(base + at));
	return h;
}

static void archive_fill(char *base, const struct archive_header *header)
{
	struct archive_entry *entry = (struct archive_entry *)(base + header->entries_offset);
	u64 string = header->strings_offset;
	u64 data = round_up(header->strings_offset + header->strings_length);

	memcpy(base, header, sizeof(*header));
	for (u64 i = 0; i < item_count; i++) {
		const struct item *item = &items[i];

		entry[i] = (struct archive_entry){
			.path_offset = string,
			.size = item->size,
			.modified_ns = item->modified_ns,
			.mode = item->mode,
		};
		string += strlen(strcpy(base + string, item->path)) + 1;
		if ((item->mode & ARCHIVE_TYPE_MASK) == ARCHIVE_TYPE_REGULAR) {
			entry[i].data_offset = data;
			file_read(item, base + data);
			data += round_up(item->size);
		} else if ((item->mode & ARCHIVE_TYPE_MASK) == ARCHIVE_TYPE_SYMLINK) {
			entry[i].data_offset = string;
			string += strlen(strcpy(base + string, item->source)) + 1;
		}
	}
}

static void archive_write(const char *output)
{
	struct archive_header header = {
		.magic = ARCHIVE_MAGIC,
		.version = ARCHIVE_VERSION,
		.header_size = sizeof(header),
		.entry_count = (u32)item_count,
		.entries_offset = sizeof(header),
	};
	u64 data = 0;

	for (u64 i = 0; i < item_count; i++) {
		header.strings_length += strlen(items[i].path) + 1;
		if ((items[i].mode & ARCHIVE_TYPE_MASK) == ARCHIVE_TYPE_SYMLINK)
			header.strings_length += items[i].size + 1;
		if ((items[i].mode & ARCHIVE_TYPE_MASK) == ARCHIVE_TYPE_REGULAR)
			data += round_up(items[i].size);
	}
	header.strings_offset = sizeof(header) + item_count * sizeof(struct archive_entry);
	header.length = round_up(header.strings_offset + header.strings_length) + data;

	int file = open(output, O_RDWR | O_CREAT | O_TRUNC, 0644);
	if (file < 0 || ftruncate(file, (off_t)header.length) < 0)
		die("%s: %s", output, strerror(errno));
	char *base = mmap(NULL, header.length, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	if (base == MAP_FAILED)
		die("%s: %s", output, strerror(errno));
	archive_fill(base, &header);
	((struct archive_header *)base)->checksum = checksum(base, header.length);
	if (munmap(base, header.length) < 0 || close(file) < 0)
		die("%s: %s", output, strerror(errno));
}

int main(int argc, char **argv)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t length;

	for (int option; (option = getopt(argc, argv, "t:")) != -1;) {
		if (option != 't')
			return 2;
		fixed_time = atoll(optarg);
	}
	if (optind + 1 != argc)
		die("usage: mkarchive [-t SECONDS] OUTPUT <LIST");
	for (unsigned number = 1; (length = getline(&line, &room, stdin)) > 0; number++) {
		if (line[length - 1] == '\n')
			line[length - 1] = 0;
		line_add(line, number);
	}
	items_settle();
	archive_write(argv[optind]);
	return 0;
}
