/* SPDX-License-Identifier: MIT */
/* memory - mappings: shared and private, growing, protected, beyond a file's end. */
#include "test.h"

static const char path[] = "/tmp/memory-test";

static void *map(size_t length, int protect, int flags, int fd)
{
	return mmap(NULL, length, protect, flags, fd, 0);
}

CASE(shared_is_the_file)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	char *shared, bytes[16] = { 0 };

	CHECK(fd >= 0 && !ftruncate(fd, 8192));
	shared = map(8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
	CHECK(shared != MAP_FAILED);
	memcpy(shared + 4090, "over the page", 13);
	CHECK(pread(fd, bytes, 13, 4090) == 13 && !memcmp(bytes, "over the page", 13));
	CHECK(pwrite(fd, "OVER", 4, 4090) == 4 && !memcmp(shared + 4090, "OVER", 4));
	CHECK(status_of(CHILD(shared[0] = 'C')) == 0 && shared[0] == 'C');
	munmap(shared, 8192);
	close(fd);
}

CASE(private_is_not)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	char *private, byte;

	CHECK(pwrite(fd, "abc", 3, 0) == 3);
	private = map(4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd);
	CHECK(private != MAP_FAILED && private[1] == 'b');
	private[1] = 'x';
	CHECK(pread(fd, &byte, 1, 1) == 1 && byte == 'b');
	CHECK(status_of(CHILD(private[0] = 'D')) == 0 && private[0] == 'a');
	munmap(private, 4096);
	close(fd);
}

CASE(beyond_the_end_is_sigbus)
{
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600), status;
	char *shared;

	CHECK(!ftruncate(fd, 8192));
	shared = map(8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
	shared[5000] = 1;
	CHECK(!ftruncate(fd, 100));
	status = status_of(CHILD(shared[5000] = 1));
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
	munmap(shared, 8192);
	close(fd);
}

CASE(growing_by_mremap)
{
	char *at = map(1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1), *moved;

	memset(at, 7, 1 << 20);
	moved = mremap(at, 1 << 20, 4 << 20, MREMAP_MAYMOVE);
	CHECK(moved != MAP_FAILED && moved[12345] == 7 && moved[(1 << 20) + 5] == 0);
	at = mremap(moved, 4 << 20, 4096, 0);
	CHECK(at == moved && at[4095] == 7);
	CHECK(!munmap(at, 4096));
}

CASE(shared_anonymous)
{
	int *at = map(4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1);

	CHECK(status_of(CHILD(*at = 9)) == 0 && *at == 9);
	munmap(at, 4096);
}

CASE(dontneed_and_protect)
{
	char *at = map(8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	int status;

	at[0] = 3;
	CHECK(!madvise(at, 8192, MADV_DONTNEED) && at[0] == 0);
	CHECK(!mprotect(at, 4096, PROT_READ));
	status = status_of(CHILD(at[0] = 1));
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	CHECK(!munmap(at, 4096));
	status = status_of(CHILD((void)*(volatile char *)at));
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	CHECK(mprotect(at, 4096, PROT_READ) == -1 && errno == ENOMEM);
	munmap(at, 8192);
}

/* Linux allows it; Keel maps nothing writable and executable. */
CASE(write_and_execute)
{
	void *at = map(4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	CHECK(on_keel() ? at == MAP_FAILED && errno == EACCES : at != MAP_FAILED);
}

CASE(fixed_and_bad_arguments)
{
	char *at = map(16384, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	at[4096] = 1;
	CHECK(mmap(at + 4096, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
	      at + 4096 && at[4096] == 0);
	CHECK(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED &&
	      errno == EINVAL);
	CHECK(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 99, 0) == MAP_FAILED && errno == EBADF);
	CHECK(munmap(at + 1, 4096) == -1 && errno == EINVAL);
	munmap(at, 16384);
}

CASE(heap_moves)
{
	char *before = sbrk(0);

	CHECK(sbrk(1 << 20) == before);
	before[(1 << 20) - 1] = 1;
	CHECK(sbrk(-(1 << 20)) == before + (1 << 20) && sbrk(0) == before);
}

int main(void)
{
	RUN(shared_is_the_file);
	RUN(private_is_not);
	RUN(beyond_the_end_is_sigbus);
	RUN(growing_by_mremap);
	RUN(shared_anonymous);
	RUN(dontneed_and_protect);
	RUN(write_and_execute);
	RUN(fixed_and_bad_arguments);
	RUN(heap_moves);
	unlink(path);
	return failed_cases != 0;
}
