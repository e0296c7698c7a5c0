/* SPDX-License-Identifier: MIT */
/* cuts - files that get shorter and longer, under those who have them mapped. */
#include "tmpfs.h"

static int file_of(const char *name, long size, char fill)
{
	static char page[4096];
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);

	memset(page, fill, sizeof(page));
	for (long at = 0; at < size; at += 4096)
		pwrite(fd, page, (size_t)(size - at < 4096 ? size - at : 4096), at);
	return fd;
}

static char *map_of(int fd, int flags)
{
	return mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, flags, fd, 0);
}

static void calls(void)
{
	int fd = file_of("f", 100, 'a'), reader = open("f", O_RDONLY);
	char b[8] = "";

	ASK("truncate", "longer", truncate("f", 8000));
	ASK("truncate", "longer: size", stat_of("f").st_size);
	ASK("truncate", "longer: zero behind", pread(fd, b, 4, 98) == 4 && b[1] == 'a' && !b[2]);
	ASK("truncate", "shorter", truncate("f", 50));
	ASK("truncate", "longer again", ftruncate(fd, 100));
	ASK("truncate", "what was cut is zero", pread(fd, b, 2, 49) == 2 && b[0] == 'a' && !b[1]);
	ASK("truncate", "below nothing", truncate("f", -1));
	ASK("truncate", "what is not there", truncate("none", 1));
	ASK("truncate", "a directory", truncate(".", 1));
	ASK("truncate", "a descriptor to read", ftruncate(reader, 1));
	ASK("truncate", "a descriptor below nothing", ftruncate(fd, -5));
	ASK("truncate", "through a link", symlink("f", "s") ?: truncate("s", 3));
	ASK("truncate", "through a link: size", stat_of("f").st_size);
	mkfifo("p", 0644);
	ASK("truncate", "a fifo", truncate("p", 0));
	ASK("truncate", "very long", truncate("f", 1l << 40));
	ASK("truncate", "very long: blocks", stat_of("f").st_blocks);
	ASK("truncate", "a write beyond", pwrite(fd, "end", 3, (1l << 40) + 5));
	ASK("truncate", "too long", truncate("f", (long)(-1ul >> 1)) == 0 || errno == EFBIG);
	close(fd);
	close(reader);
}

static void mappings(void)
{
	int fd = file_of("m", 4 * 4096, 'm');
	volatile char *shared = map_of(fd, MAP_SHARED), *private = map_of(fd, MAP_PRIVATE);

	private[0] = 'p';
	private[3 * 4096] = 'p';
	ASK("mapped", "cut", ftruncate(fd, 4096 + 100));
	ASK("mapped", "before the cut", shared[4096 + 99]);
	ASK("mapped", "the page of the cut", shared[4096 + 100]);
	CHILD(mapped, "beyond the page of the cut", shared[2 * 4096] = 1);
	CHILD(mapped, "beyond it, read", _exit(shared[3 * 4096]));
	CHILD(mapped, "beyond it, private, untouched", _exit(private[2 * 4096]));
	CHILD(mapped, "beyond it, private, written before", _exit(private[3 * 4096]));
	ASK("mapped", "private, before the cut", private[0]);
	/* What is written behind the end in the last page is gone when the file grows. */
	shared[4096 + 200] = 'z';
	ASK("mapped", "behind the end, in the page", shared[4096 + 200]);
	ASK("mapped", "longer", ftruncate(fd, 4 * 4096));
	ASK("mapped", "what was written behind the end", shared[4096 + 200]);
	ASK("mapped", "what had been cut", shared[2 * 4096]);
	CHILD(mapped, "there again", shared[2 * 4096] = 1);
	ASK("mapped", "seen by others", shared[2 * 4096]);
	ASK("mapped", "a call into what is gone", ({
		    ftruncate(fd, 0);
		    read(open("/dev/zero", O_RDONLY), (void *)shared, 8);
	    }));
	ASK("mapped", "a call out of what is gone",
	    write(open("w", O_CREAT | O_WRONLY, 0644), (void *)shared, 8));
	close(fd);
}

static void grown(void)
{
	int fd = file_of("g", 100, 'g');
	volatile char *shared = map_of(fd, MAP_SHARED);
	char b = 1;

	shared[150] = 'x';
	ASK("grown", "by a write beyond", pwrite(fd, "y", 1, 200));
	ASK("grown", "what lay between", pread(fd, &b, 1, 150) == 1 ? b : -2);
	shared[1000] = 'x';
	ASK("grown", "by a write next to it", pwrite(fd, "y", 1, 201));
	ASK("grown", "by a long write", ftruncate(fd, 2000) ?: 0);
	ASK("grown", "what was behind", pread(fd, &b, 1, 1000) == 1 ? b : -2);
	close(fd);
}

void tmpfs_cuts(void)
{
	calls();
	mappings();
	grown();
}
