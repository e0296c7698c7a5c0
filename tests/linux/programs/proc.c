/* SPDX-License-Identifier: MIT */
/*
 * proc - what one user's process may see of another's, threads in /proc, files that can be
 * written.
 */
#include "test.h"

#include <dirent.h>
#include <pthread.h>
#include <sys/syscall.h>

enum { NOBODY = 54321 };

static int error_of(long result)
{
	return result < 0 ? errno : 0;
}

static int opening(pid_t pid, const char *name, int flags)
{
	char path[64];
	int fd, error;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, flags);
	error = error_of(fd);
	if (fd >= 0)
		close(fd);
	return error;
}

static int link_error(pid_t pid, const char *name)
{
	char path[64], text[256];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return error_of(readlink(path, text, sizeof(text)));
}

/* A child asks as nobody about its parent, who is root. */
CASE(another_user)
{
	pid_t root = getpid();
	int status = status_of(CHILD({
		static const char *const closed[] = { "environ", "auxv", "fd", "fd/0" };
		static const char *const open_to_all[] = { "stat", "status", "statm", "cmdline",
							   "comm", "limits", "mounts" };
		char text[16];
		int fd;

		if (setgid(NOBODY) || setuid(NOBODY))
			_exit(1);
		for (int i = 0; i < 4; i++)
			if (opening(root, closed[i], O_RDONLY) != EACCES)
				_exit(10 + i);
		for (int i = 0; i < 7; i++)
			if (opening(root, open_to_all[i], O_RDONLY))
				_exit(20 + i);
		if (link_error(root, "exe") != EACCES || link_error(root, "cwd") != EACCES ||
		    link_error(root, "root") != EACCES)
			_exit(30);
		if (opening(root, "comm", O_WRONLY) != EACCES ||
		    opening(root, "oom_score_adj", O_WRONLY) != EACCES)
			_exit(31);
		/* maps may be opened on some systems, and read on none. */
		fd = open("/proc/1/maps", O_RDONLY);
		if (fd >= 0 && read(fd, text, sizeof(text)) > 0)
			_exit(32);
	}));

	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static volatile int thread_id;

static void *named(void *unused)
{
	(void)unused;
	pthread_setname_np(pthread_self(), "second");
	__atomic_store_n(&thread_id, (int)syscall(SYS_gettid), __ATOMIC_SEQ_CST);
	while (thread_id)
		usleep(1000);
	return NULL;
}

static void line_of(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY);
	ssize_t length = fd < 0 ? 0 : read(fd, text, size - 1);

	text[length > 0 ? length : 0] = 0;
	close(fd);
}

CASE(threads)
{
	char path[64], text[256];
	struct dirent *entry;
	pthread_t thread;
	int count = 0, id;
	DIR *directory;

	CHECK(!pthread_create(&thread, NULL, named, NULL));
	while (!(id = __atomic_load_n(&thread_id, __ATOMIC_SEQ_CST)))
		usleep(1000);
	directory = opendir("/proc/self/task");
	while (directory && (entry = readdir(directory)))
		count += entry->d_name[0] != '.';
	closedir(directory);
	CHECK(count == 2);
	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", id);
	line_of(path, text, sizeof(text));
	CHECK(!strcmp(text, "second\n"));
	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", id);
	line_of(path, text, sizeof(text));
	CHECK(atoi(text) == id && strstr(text, "(second)"));
	line_of("/proc/thread-self/comm", text, sizeof(text));
	CHECK(!strcmp(text, "proc\n"));
	snprintf(path, sizeof(path), "/proc/self/task/%d/status", id);
	line_of(path, text, sizeof(text));
	snprintf(path, sizeof(path), "Tgid:\t%d\n", getpid());
	CHECK(strstr(text, path));
	__atomic_store_n(&thread_id, 0, __ATOMIC_SEQ_CST);
	pthread_join(thread, NULL);
	snprintf(path, sizeof(path), "/proc/self/task/%d/comm", id);
	/* Joined is not yet gone. */
	while (!access(path, F_OK))
		usleep(1000);
	CHECK(errno == ENOENT);
}

/* In parts and from everywhere, as any file. */
CASE(reading_in_parts)
{
	char whole[4096], part[4096];
	int fd = open("/proc/self/limits", O_RDONLY);
	ssize_t length = read(fd, whole, sizeof(whole)), at = 0, got;

	CHECK(length > 500);
	lseek(fd, 0, SEEK_SET);
	while ((got = read(fd, part + at, 7)) > 0)
		at += got;
	CHECK(at == length && !memcmp(whole, part, (size_t)length));
	CHECK(pread(fd, part, 10, 26) == 10 && !memcmp(part, whole + 26, 10));
	close(fd);
}

int main(void)
{
	RUN(another_user);
	RUN(threads);
	RUN(reading_in_parts);
	return failed_cases != 0;
}
