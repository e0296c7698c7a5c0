/* SPDX-License-Identifier: MIT */
/* limits - a file system of 16 pages and 6 files beside another: where it ends, what it gives back.
 */
#include "tmpfs.h"

#include <sys/mount.h>
#include <sys/statfs.h>

static long free_blocks(void)
{
	struct statfs s;

	return statfs("m", &s) ? -1 : (long)s.f_bfree;
}

static long free_files(void)
{
	struct statfs s;

	return statfs("m", &s) ? -1 : (long)s.f_ffree;
}

/* What freed pages take until they are counted as free is not the file system's to say. */
static long blocks_soon(long wanted)
{
	for (int i = 0; i < 1000 && free_blocks() != wanted; i++)
		usleep(1000);
	return free_blocks();
}

static void pages(void)
{
	static char page[4096];
	struct statfs s;
	long written = 0, n;
	int fd, other;

	statfs("m", &s);
	ASK("limits", "blocks", s.f_blocks);
	ASK("limits", "free", s.f_bfree);
	ASK("limits", "files", s.f_files);
	ASK("limits", "files free", s.f_ffree);
	fd = open("m/a", O_RDWR | O_CREAT, 0644);
	while ((n = write(fd, page, 1000)) > 0)
		written += n;
	ASK("limits", "written until it is full", written);
	ASK("limits", "then", write(fd, page, 1000));
	ASK("limits", "free then", free_blocks());
	ASK("limits", "over what is there", pwrite(fd, page, 4096, 4096));
	ASK("limits", "a hole in it", (int)syscall(SYS_fallocate, fd, 3, 0, 2 * 4096));
	ASK("limits", "free with the hole", blocks_soon(2));
	ASK("limits", "allocated", (int)syscall(SYS_fallocate, fd, 1, 0, 2 * 4096));
	ASK("limits", "cut", ftruncate(fd, 5 * 4096));
	ASK("limits", "free after the cut", blocks_soon(11));
	ASK("limits", "allocate too much", (int)syscall(SYS_fallocate, fd, 0, 0, 17 * 4096));
	ASK("limits", "free after that", blocks_soon(11));
	ASK("limits", "size after that", stat_of("m/a").st_size);
	ASK("limits", "long, and empty", ftruncate(fd, 1 << 20));
	ASK("limits", "free then too", free_blocks());
	other = open("m/b", O_RDWR | O_CREAT, 0644);
	ASK("limits", "a write of more than there is", ({
		    static char big[20 * 4096];
		    write(other, big, sizeof(big));
	    }));
	CHILD(limits, "a touch of a page that is not to be had", {
		char *m = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

		m[100 * 4096] = 1;
	});
	CHILD(limits, "a read into such a page", {
		char *m = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

		_exit(read(open("/dev/zero", O_RDONLY), m + 101 * 4096, 1) != -1 ||
		      errno != EFAULT);
	});
	ASK("limits", "unlinked while open", unlink("m/b"));
	ASK("limits", "free while open", free_blocks());
	close(other);
	ASK("limits", "free when closed", blocks_soon(11));
	close(fd);
}

static void files(void)
{
	ASK("limits", "another file", mknod("m/c", S_IFREG | 0644, 0));
	ASK("limits", "a directory", mkdir("m/d", 0755));
	ASK("limits", "a link", symlink("x", "m/e"));
	ASK("limits", "one more", mknod("m/f", S_IFIFO | 0644, 0));
	ASK("limits", "files free then", free_files());
	ASK("limits", "one too many", mknod("m/g", S_IFREG | 0644, 0));
	ASK("limits", "a directory too many", mkdir("m/g", 0755));
	ASK("limits", "without a name", open("m", O_TMPFILE | O_RDWR, 0600));
	ASK("limits", "another name", link("m/c", "m/g"));
	ASK("limits", "files free after unlink", unlink("m/f") ?: free_files());
}

static void borders(void)
{
	struct stat s;

	file_make("outside", "text");
	ASK("limits", "a device of its own", stat("m", &s) ?: s.st_dev != stat_of(".").st_dev);
	ASK("limits", "renamed into it", rename("outside", "m/x"));
	ASK("limits", "renamed out of it", rename("m/c", "x"));
	ASK("limits", "linked into it", link("outside", "m/x"));
	ASK("limits", "dot dot of its root", ({
		    struct stat a, b;
		    stat("m/..", &a);
		    stat(".", &b);
		    a.st_ino == b.st_ino;
	    }));
	ASK("limits", "mode of its root", mode_of("m"));
	ASK("limits", "unmounted while a file is open", ({
		    int fd = open("m/c", O_RDONLY);
		    int result = umount("m"), e = errno;
		    close(fd);
		    errno = e;
		    result;
	    }));
	ASK("limits", "unmounted", umount("m"));
	ASK("limits", "what was in it", access("m/c", F_OK));
	ASK("limits", "mounted again",
	    mount("none", "m", "tmpfs", 0, "size=64k,nr_inodes=6,mode=1750"));
	ASK("limits", "mounted again: mode", mode_of("m"));
	ASK("limits", "mounted again: free", free_blocks());
	ASK("limits", "unmounted again", umount("m"));
}

void tmpfs_limits(void)
{
	mkdir("m", 0755);
	ASK("limits", "mounted", mount("none", "m", "tmpfs", 0, "size=64k,nr_inodes=6"));
	pages();
	files();
	borders();
}
