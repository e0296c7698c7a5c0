/* SPDX-License-Identifier: MIT */
/*
 * errno.c - the one place where an error of the system becomes an error of Linux.
 */
#include "servers/linux/errno.h"

#include "microkernel/abi/error.h"

static const u8 errno_table[] = {
	[-E_BADCAP] = EIO,	 [-E_TYPE] = EIO,	  [-E_RIGHTS] = EACCES,
	[-E_INVAL] = EINVAL,	 [-E_RANGE] = EINVAL,	  [-E_FAULT] = EFAULT,
	[-E_NOMEM] = ENOMEM,	 [-E_FULL] = ENOMEM,	  [-E_BUSY] = EBUSY,
	[-E_STATE] = EIO,	 [-E_CANCELLED] = EINTR,  [-E_ABANDONED] = EINTR,
	[-E_TIMEDOUT] = ETIMEDOUT, [-E_DEAD] = EIO,	  [-E_GONE] = EIO,
	[-E_REVOKED] = EIO,	 [-E_DEADLOCK] = EIO,	  [-E_AGAIN] = EAGAIN,
	[-E_EXISTS] = EEXIST,	 [-E_NOENT] = ENOENT,
	[-E_NOSYS] = ENOSYS,	 [-E_ACCESS] = EACCES,	  [-E_FORWARD] = EIO,
	[-E_NOTDIR] = ENOTDIR,	 [-E_ISDIR] = EISDIR,	  [-E_NOTEMPTY] = ENOTEMPTY,
	[-E_NOSPACE] = ENOSPC,	 [-E_TOOLONG] = ENAMETOOLONG, [-E_LOOP] = ELOOP,
	[-E_PIPE] = EPIPE,	 [-E_IO] = EIO,		  [-E_STALE] = ENOENT,
	[-E_NOTSUP] = EOPNOTSUPP, [-E_CRASHED] = EIO,
};

i64 errno_of(i64 error)
{
	if (error == E_FAULT_IN)
		return -ERESTARTMEMORY;
	if (error > -(i64)sizeof(errno_table) && errno_table[-error])
		return -(i64)errno_table[-error];
	return -EIO;
}
