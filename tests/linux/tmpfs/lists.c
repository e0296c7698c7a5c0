/* SPDX-License-Identifier: MIT */
/* lists - directories of many entries, read while they change. */
#include "tmpfs.h"

#include <dirent.h>

enum { MANY = 10000 };

static unsigned char seen[MANY];

static int number_of(const char *name)
{
	return *name == 'n' ? atoi(name + 1) : -1;
}

static long seen_times(int times)
{
	long count = 0;

	for (int i = 0; i < MANY; i++)
		count += seen[i] == times;
	return count;
}

static void name_make(int i, char *name)
{
	snprintf(name, 16, "n%d", i);
}

static void many_make(void)
{
	char name[16];

	for (int i = 0; i < MANY; i++) {
		name_make(i, name);
		mknod(name, S_IFREG | 0644, 0);
	}
}

static long count_all(DIR *d)
{
	struct dirent *e;
	long count = 0;

	while ((e = readdir(d))) {
		count++;
		if (number_of(e->d_name) >= 0)
			seen[number_of(e->d_name)]++;
	}
	return count;
}

void tmpfs_lists(void)
{
	struct dirent *e;
	char name[16];
	DIR *d, *once;
	long place, n = 0;

	many_make();
	d = opendir(".");
	ASK("lists", "all", count_all(d));
	ASK("lists", "each once", seen_times(1));
	rewinddir(d);
	ASK("lists", "all again", count_all(d));

	/* A place half-way, names before and behind it that go, and a new one. */
	rewinddir(d);
	memset(seen, 0, sizeof(seen));
	while (n < MANY / 2 && (e = readdir(d)))
		if (number_of(e->d_name) >= 0) {
			seen[number_of(e->d_name)]++;
			n++;
		}
	place = telldir(d);
	for (int i = 0; i < MANY; i++)
		if (i % 2) {
			name_make(i, name);
			unlink(name);
		}
	seekdir(d, place);
	count_all(d);
	n = 0;
	for (int i = 0; i < MANY; i += 2)
		n += seen[i] == 1;
	ASK("lists", "each that stays once, while others go", n);
	ASK("lists", "none twice", seen_times(2));
	closedir(d);

	/* Removed as they come, as rm -r does. */
	once = opendir(".");
	n = 0;
	while ((e = readdir(once)))
		if (number_of(e->d_name) >= 0)
			n += !unlink(e->d_name);
	ASK("lists", "removed as they come", n);
	rewinddir(once);
	ASK("lists", "what is left", count_all(once));
	closedir(once);
	ASK("lists", "read as a file", read(open(".", O_RDONLY), name, 1));
	ASK("lists", "no room", syscall(SYS_getdents64, open(".", O_RDONLY), name, 8));
	ASK("lists", "of a file", ({
		    file_make("f", "");
		    syscall(SYS_getdents64, open("f", O_RDONLY), name, 16);
	    }));
	ASK("lists", "type of a fifo", ({
		    int type = -2;
		    mkfifo("p", 0600);
		    once = opendir(".");
		    while ((e = readdir(once)))
			    if (*e->d_name == 'p')
				    type = e->d_type;
		    type;
	    }));
}
