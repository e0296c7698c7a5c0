/* SPDX-License-Identifier: MIT */
/*
 * check - the personality's own structures and numbers against those of the system's headers.
 *
 * Compiled on the host; nothing in it runs.  Our names that are also macros of the headers are read
 * first, under other names, by the enumeration in ours.h.
 */
#include <stddef.h>
#include <stdint.h>

#include "tests/linux/abi/ours.h"

#include <asm/signal.h>
#include <asm/siginfo.h>
#include <asm/sigcontext.h>
#include <asm/stat.h>
#include <asm/statfs.h>
#include <asm/termbits.h>
#include <asm/ucontext.h>
#include <linux/capability.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/fs.h>
#include <linux/futex.h>
#include <linux/mman.h>
#include <linux/poll.h>
#include <linux/resource.h>
#include <linux/sched.h>
#include <linux/stat.h>
#include <linux/time.h>
#include <linux/times.h>
#include <linux/timex.h>
#include <linux/uio.h>
#include <linux/unistd.h>
#include <linux/utsname.h>
#include <linux/wait.h>
#include <linux/sysinfo.h>

#define SIZE(ours, theirs) _Static_assert(sizeof(struct ours) == sizeof(struct theirs), #ours)
#define FIELD(ours, a, theirs, b)                                                                  \
	_Static_assert(offsetof(struct ours, a) == offsetof(struct theirs, b), #ours "." #a);      \
	_Static_assert(sizeof(((struct ours *)0)->a) == sizeof(((struct theirs *)0)->b),           \
		       #ours "." #a)

SIZE(l_stat, stat);
FIELD(l_stat, ino, stat, st_ino);
FIELD(l_stat, nlink, stat, st_nlink);
FIELD(l_stat, mode, stat, st_mode);
FIELD(l_stat, uid, stat, st_uid);
FIELD(l_stat, rdev, stat, st_rdev);
FIELD(l_stat, size, stat, st_size);
FIELD(l_stat, blocks, stat, st_blocks);

SIZE(l_statx, statx);
FIELD(l_statx, mode, statx, stx_mode);
FIELD(l_statx, size, statx, stx_size);
FIELD(l_statx, mtime, statx, stx_mtime);
FIELD(l_statx, rdev_major, statx, stx_rdev_major);
FIELD(l_statx, dev_minor, statx, stx_dev_minor);

SIZE(l_cap_header, __user_cap_header_struct);
SIZE(l_cap_data, __user_cap_data_struct);
FIELD(l_cap_data, permitted, __user_cap_data_struct, permitted);

SIZE(l_timex, timex);
FIELD(l_timex, status, timex, status);
FIELD(l_timex, tolerance, timex, tolerance);
FIELD(l_timex, tick, timex, tick);
FIELD(l_timex, tai, timex, tai);

SIZE(l_statfs, statfs);
FIELD(l_statfs, namelen, statfs, f_namelen);
FIELD(l_statfs, flags, statfs, f_flags);

SIZE(l_utsname, new_utsname);
SIZE(l_sysinfo, sysinfo);
FIELD(l_sysinfo, procs, sysinfo, procs);
FIELD(l_sysinfo, mem_unit, sysinfo, mem_unit);
SIZE(l_rusage, rusage);
FIELD(l_rusage, minflt, rusage, ru_minflt);
FIELD(l_rusage, nivcsw, rusage, ru_nivcsw);
SIZE(l_rlimit, rlimit64);
SIZE(l_tms, tms);
SIZE(l_pollfd, pollfd);
FIELD(l_pollfd, revents, pollfd, revents);
SIZE(l_iovec, iovec);
SIZE(l_itimerval, itimerval);

FIELD(l_termios, cflag, termios, c_cflag);
FIELD(l_termios, line, termios, c_line);
FIELD(l_termios, cc, termios, c_cc);

SIZE(l_sigcontext, sigcontext);
FIELD(l_sigcontext, rip, sigcontext, rip);
FIELD(l_sigcontext, cs, sigcontext, cs);
FIELD(l_sigcontext, cr2, sigcontext, cr2);
FIELD(l_sigcontext, fpstate, sigcontext, fpstate);
SIZE(l_ucontext, ucontext);
FIELD(l_ucontext, context, ucontext, uc_mcontext);
FIELD(l_ucontext, sigmask, ucontext, uc_sigmask);
SIZE(l_siginfo, siginfo);
SIZE(l_fpx_sw_bytes, _fpx_sw_bytes);
FIELD(l_fpx_sw_bytes, xstate_size, _fpx_sw_bytes, xstate_size);
SIZE(l_stack, sigaltstack);
SIZE(l_sigaction, sigaction); /* the headers have only a libc's order of its fields */

#define VALUE(name) _Static_assert((int64_t)OURS_##name == (int64_t)(name), #name);
OURS_NAMES(VALUE)

#define CALL(number, name, handler, text) _Static_assert((number) == __NR_##name, #name);
#include "servers/linux/syscalls.def"
