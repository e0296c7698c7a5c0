/* SPDX-License-Identifier: MIT */
/* memory - mappings, protection, the heap. */
#include "rows.h"

enum { PAGE = 4096 };

static void mapping(void)
{
	int fd = open("map", O_CREAT | O_RDWR, 0600), read_only = open("map", O_RDONLY);
	int write_only = open("map", O_WRONLY);
	char *at;

	ftruncate(fd, 2 * PAGE);
	ROW_OK(mmap, "anonymous", NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
	       -1, 0L);
	at = (char *)ROW_OK(mmap, "a file, shared", NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
			    MAP_SHARED, fd, 0L);
	at[1] = 'b';
	ROW(pread64, "what was mapped", fd, &(char[1]){}, 1, 1L);
	ROW(mmap, "length 0", NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L);
	ROW(mmap, "neither shared nor private", NULL, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0L);
	ROW(mmap, "odd offset", NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 100L);
	ROW(mmap, "bad descriptor", NULL, PAGE, PROT_READ, MAP_PRIVATE, 99, 0L);
	ROW(mmap, "shared to write, opened to read", NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED,
	    read_only, 0L);
	ROW(mmap, "opened to write only", NULL, PAGE, PROT_READ, MAP_PRIVATE, write_only, 0L);
	ROW(mmap, "odd fixed address", at + 1, PAGE, PROT_READ,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0L);
	ROW(mmap, "far too long", NULL, 1L << 62, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0L);
	ROW(mmap, "in the kernel's half", 0xffff800000000000ul, PAGE, PROT_READ,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0L);
	ROW(mmap, "where something is, not to replace", at, PAGE, PROT_READ,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0L);
	ROW(mmap, "a directory", NULL, PAGE, PROT_READ, MAP_PRIVATE, open(".", O_RDONLY), 0L);
	ROW(msync, "synchronous", at, 2 * PAGE, MS_SYNC);
	ROW(msync, "both ways", at, PAGE, MS_SYNC | MS_ASYNC);
	ROW(msync, "odd address", at + 1, PAGE, MS_SYNC);
	ROW(mprotect, "read", at, PAGE, PROT_READ);
	ROW(mprotect, "odd address", at + 1, PAGE, PROT_READ);
	ROW(mprotect, "unknown protection", at, PAGE, 0x80);
	ROW(munmap, "a page of two", at, PAGE);
	ROW(munmap, "odd address", at + 1, PAGE);
	ROW(munmap, "length 0", at, 0);
	ROW(munmap, "nothing there", at, PAGE);
	ROW(mprotect, "nothing there", at, PAGE, PROT_READ);
	ROW(msync, "nothing there", at, PAGE, MS_SYNC);
	ROW(madvise, "nothing there", at, PAGE, MADV_DONTNEED);
	at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, read_only, 0);
	ROW(mprotect, "to write, opened to read", at, PAGE, PROT_READ | PROT_WRITE);
}

static void changing(void)
{
	char *at = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *moved;

	at[0] = 'x';
	ROW(madvise, "MADV_DONTNEED", at, PAGE, MADV_DONTNEED);
	SHOW(madvise, "what is left", at[0]);
	ROW(madvise, "odd address", at + 1, PAGE, MADV_DONTNEED);
	ROW(madvise, "unknown advice", at, PAGE, 9999);
	ROW(mlock, "a page", at, PAGE);
	ROW(munlock, "a page", at, PAGE);
	munmap(at + 2 * PAGE, 2 * PAGE);
	ROW(mlock, "nothing there", at + 2 * PAGE, PAGE);
	ROW(munlock, "nothing there", at + 2 * PAGE, PAGE);
	at[PAGE] = 'y';
	moved = (char *)ROW_OK(mremap, "larger, may move", at, 2 * PAGE, 100 * PAGE,
			       MREMAP_MAYMOVE);
	SHOW(mremap, "what moved along", moved[PAGE]);
	ROW(mremap, "nothing there", at + 3 * PAGE, PAGE, PAGE * 2, MREMAP_MAYMOVE);
	ROW(mremap, "to length 0", moved, PAGE, 0, MREMAP_MAYMOVE);
	ROW(mremap, "odd address", moved + 1, PAGE, PAGE, 0);
	ROW(mremap, "unknown flag", moved, PAGE, PAGE, 0x80);
	ROW(mremap, "fixed but not to move", moved, PAGE, PAGE, MREMAP_FIXED, at);
	mmap(moved + 100 * PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	ROW(mremap, "no room to grow", moved, 100 * PAGE, 200 * PAGE, 0);
}

static void heap(void)
{
	char *end = (char *)ROW_OK(brk, "where it ends", 0L);

	SHOW(brk, "a page more", syscall(SYS_brk, end + PAGE) - (long)end);
	end[0] = 'h';
	/* brk has no error: it says where the end still is. */
	SHOW(brk, "into the kernel's half", syscall(SYS_brk, 0xffff800000000000ul) - (long)end);
	SHOW(brk, "back", syscall(SYS_brk, end) - (long)end);
}

void rows_memory(void)
{
	mapping();
	changing();
	heap();
}
