/* SPDX-License-Identifier: MIT */
/*
 * tmpfs.h - what the files of this folder share: one program that asks a tmpfs what it does.
 *
 * It prints a line a question, "topic: question: answer"; what Linux answered is kept in `expected`
 * (see tests/rows), and one topic is one test.
 */
#ifndef TMPFS_H
#define TMPFS_H

#include "../rows/rows.h"

/* The answer is a number, or the name of an error where it is -1. */
#define ASK(topic, question, expression)                                                           \
	({                                                                                         \
		long answer_;                                                                      \
		errno = 0;                                                                         \
		answer_ = (long)(expression);                                                      \
		row_print(topic, question, answer_, 1);                                            \
		answer_;                                                                           \
	})
/* The same where the number is another each time. */
#define ASK_OK(topic, question, expression)                                                        \
	({                                                                                         \
		long answer_;                                                                      \
		errno = 0;                                                                         \
		answer_ = (long)(expression);                                                      \
		row_print(topic, question, answer_, 0);                                            \
		answer_;                                                                           \
	})
/* What somebody answers who is not root; the child's own exit status is printed too. */
#define AS_NOBODY(topic, ...)                                                                      \
	do {                                                                                       \
		int pid_ = fork();                                                                 \
		if (!pid_) {                                                                       \
			be_nobody();                                                               \
			__VA_ARGS__;                                                               \
			_exit(0);                                                                  \
		}                                                                                  \
		row_status(topic, "nobody's child", pid_);                                         \
	} while (0)

static inline void file_make(const char *name, const char *text)
{
	int fd = open(name, O_CREAT | O_WRONLY | O_TRUNC, 0644);

	if (write(fd, text, strlen(text)) < 0)
		_exit(98);
	close(fd);
}

static inline struct stat stat_of(const char *name)
{
	struct stat s = { 0 };

	lstat(name, &s);
	return s;
}

/* Until the process waits for something. */
static inline void until_asleep(int pid)
{
	char path[64], text[256];

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	do {
		int fd = open(path, O_RDONLY);
		long n = read(fd, text, sizeof(text) - 1);

		close(fd);
		if (n <= 0)
			return;
		text[n] = 0;
	} while (!strstr(text, ") S "));
}

static inline long links_of(const char *name)
{
	return (long)stat_of(name).st_nlink;
}

static inline long mode_of(const char *name)
{
	return stat_of(name).st_mode;
}

void tmpfs_names(void);
void tmpfs_nameless(void);
void tmpfs_walks(void);
void tmpfs_lists(void);
void tmpfs_holes(void);
void tmpfs_cuts(void);
void tmpfs_times(void);
void tmpfs_permissions(void);
void tmpfs_set_ids(void);
void tmpfs_attributes(void);
void tmpfs_locks(void);
void tmpfs_fifos(void);
void tmpfs_moves(void);
void tmpfs_limits(void);

#endif
