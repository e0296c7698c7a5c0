/* SPDX-License-Identifier: MIT */
/*
 * errno.h - Linux error numbers, and the one translation from the system's own errors.
 */
#ifndef LINUX_ERRNO_H
#define LINUX_ERRNO_H

#include "microkernel/abi/types.h"

enum {
	EPERM = 1, ENOENT = 2, ESRCH = 3, EINTR = 4, EIO = 5, ENXIO = 6, E2BIG = 7, ENOEXEC = 8,
	EBADF = 9, ECHILD = 10, EAGAIN = 11, ENOMEM = 12, EACCES = 13, EFAULT = 14, EBUSY = 16,
	EEXIST = 17, EXDEV = 18, ENODEV = 19, ENOTDIR = 20, EISDIR = 21, EINVAL = 22, ENFILE = 23,
	EMFILE = 24, ENOTTY = 25, ETXTBSY = 26, EFBIG = 27, ENOSPC = 28, ESPIPE = 29, EROFS = 30,
	EMLINK = 31, EPIPE = 32, EDOM = 33, ERANGE = 34, EDEADLK = 35, ENAMETOOLONG = 36,
	ENOLCK = 37, ENOSYS = 38, ENOTEMPTY = 39, ELOOP = 40, ENODATA = 61, ETIME = 62,
	EOVERFLOW = 75, ENOTSOCK = 88, EOPNOTSUPP = 95, EAFNOSUPPORT = 97, ETIMEDOUT = 110,
};

/*
 * Results that no program sees: the call was interrupted before it did anything, and what happens
 * next depends on the signal (signal.c).  NOHAND is restarted unless a handler runs, BLOCK is
 * restarted through restart_syscall, NOINTR always, SYS if the handler has SA_RESTART.  MEMORY: it
 * could not go on because the guests' memory is used up; it is made again when there is some.
 */
enum {
	ERESTARTSYS = 512,
	ERESTARTNOINTR = 513,
	ERESTARTNOHAND = 514,
	ERESTARTMEMORY = 515,
	ERESTART_BLOCK = 516,
};

/* -errno for a negative E_*. */
i64 errno_of(i64 error);
/* The same; results that are not negative pass unchanged. */
static inline i64 errno_from(i64 result)
{
	return result >= 0 ? result : errno_of(result);
}

#endif
