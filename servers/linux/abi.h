/* SPDX-License-Identifier: MIT */
/*
 * abi.h - the structures and flags that Linux programs on x86-64 exchange with their kernel.
 *
 * These are our own definitions, because this server is built without a system's headers; sizes,
 * offsets and values are compared with the system's headers by abi_check.c at build time.
 * Numbers of calls are in syscalls.def, error numbers in errno.h.
 */
#ifndef LINUX_ABI_H
#define LINUX_ABI_H

#include "microkernel/abi/types.h"

/* A 64-bit address inside a Linux program; only uaccess.h may follow it. */
typedef u64 guest_t;

struct l_timespec {
	i64 sec, nsec;
};

struct l_timeval {
	i64 sec, usec;
};

struct l_itimerval {
	struct l_timeval interval, value;
};

struct l_iovec {
	guest_t base;
	u64 length;
};

struct l_stat {
	u64 dev, ino, nlink;
	u32 mode, uid, gid, pad;
	u64 rdev;
	i64 size, blksize, blocks;
	struct l_timespec atime, mtime, ctime;
	i64 unused[3];
};

struct l_statx_timestamp {
	i64 sec;
	u32 nsec;
	i32 reserved;
};

struct l_statx {
	u32 mask, blksize;
	u64 attributes;
	u32 nlink, uid, gid;
	u16 mode, spare0;
	u64 ino, size, blocks, attributes_mask;
	struct l_statx_timestamp atime, btime, ctime, mtime;
	u32 rdev_major, rdev_minor, dev_major, dev_minor;
	u64 mnt_id;
	u64 spare[13];
};

struct l_statfs {
	i64 type, bsize;
	u64 blocks, bfree, bavail, files, ffree;
	i32 fsid[2];
	i64 namelen, frsize, flags, spare[4];
};

/* Followed by the NUL-terminated name; the whole is padded to eight bytes. */
struct l_dirent64 {
	u64 ino;
	i64 off;
	u16 reclen;
	u8 type;
	char name[];
} __attribute__((packed));

struct l_utsname {
	char sysname[65], nodename[65], release[65], version[65], machine[65], domainname[65];
};

struct l_sysinfo {
	i64 uptime;
	u64 loads[3], totalram, freeram, sharedram, bufferram, totalswap, freeswap;
	u16 procs, pad;
	u32 pad2;
	u64 totalhigh, freehigh;
	u32 mem_unit, pad3;
};

struct l_rusage {
	struct l_timeval utime, stime;
	i64 maxrss, ixrss, idrss, isrss, minflt, majflt, nswap, inblock, oublock, msgsnd, msgrcv;
	i64 nsignals, nvcsw, nivcsw;
};

struct l_rlimit {
	u64 cur, max;
};

struct l_tms {
	i64 utime, stime, cutime, cstime;
};

struct l_pollfd {
	i32 fd;
	u16 events, revents;
};

struct l_winsize {
	u16 rows, columns, xpixel, ypixel;
};

/* What TCGETS and TCSETS pass. */
struct l_termios {
	u32 iflag, oflag, cflag, lflag;
	u8 line, cc[19];
	u32 input_speed, output_speed; /* by TCGETS2 and TCSETS2 only */
};

struct l_sigaction {
	u64 handler, flags, restorer, mask;
};

struct l_stack {
	u64 sp;
	i32 flags, pad;
	u64 size;
};

/* All siginfo_t forms that this personality makes, laid over the 128 bytes. */
struct l_siginfo {
	i32 signo, error, code, pad;
	union {
		struct {
			i32 pid;
			u32 uid;
			union {
				u64 value;
				struct {
					i32 status, pad2;
					i64 utime, stime;
				} child;
			};
		};
		u64 address;
		u8 bytes[112];
	};
};

struct l_sigcontext {
	u64 r8, r9, r10, r11, r12, r13, r14, r15;
	u64 rdi, rsi, rbp, rbx, rdx, rax, rcx, rsp, rip, eflags;
	u16 cs, gs, fs, ss;
	u64 err, trapno, oldmask, cr2, fpstate, reserved[8];
};

struct l_ucontext {
	u64 flags, link;
	struct l_stack stack;
	struct l_sigcontext context;
	u64 sigmask;
};

/* What lies at a handler's stack pointer. */
struct l_sigframe {
	u64 restorer;
	struct l_ucontext uc;
	struct l_siginfo info;
};

/* Bytes 464-511 of an FXSAVE area, where Linux says how large the whole extended area is. */
struct l_fpx_sw_bytes {
	u32 magic1, extended_size;
	u64 xfeatures;
	u32 xstate_size, padding[7];
};
enum { FP_XSTATE_MAGIC1 = 0x46505853, FP_XSTATE_MAGIC2 = 0x46505845 };

enum { UC_FP_XSTATE = 1, UC_SIGCONTEXT_SS = 2, UC_STRICT_RESTORE_SS = 4 };

enum {
	SIGHUP = 1, SIGINT, SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGKILL, SIGUSR1,
	SIGSEGV, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM, SIGSTKFLT, SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP,
	SIGTTIN, SIGTTOU, SIGURG, SIGXCPU, SIGXFSZ, SIGVTALRM, SIGPROF, SIGWINCH, SIGIO, SIGPWR,
	SIGSYS, SIGRTMIN = 32, SIGNALS = 64
};
enum { SIG_BLOCK = 0, SIG_UNBLOCK = 1, SIG_SETMASK = 2, SIG_DFL = 0, SIG_IGN = 1 };
enum {
	SI_USER = 0, SI_KERNEL = 0x80, SI_TKILL = -6, SI_TIMER = -2,
	SEGV_MAPERR = 1, SEGV_ACCERR = 2, BUS_ADRALN = 1, BUS_ADRERR = 2, ILL_ILLOPN = 2,
	FPE_INTDIV = 1, TRAP_BRKPT = 1, TRAP_TRACE = 2,
	CLD_EXITED = 1, CLD_KILLED = 2, CLD_DUMPED = 3, CLD_STOPPED = 5, CLD_CONTINUED = 6,
};
#define SA_NOCLDSTOP 0x00000001ul
#define SA_NOCLDWAIT 0x00000002ul
#define SA_SIGINFO   0x00000004ul
#define SA_RESTORER  0x04000000ul
#define SA_ONSTACK   0x08000000ul
#define SA_RESTART   0x10000000ul
#define SA_NODEFER   0x40000000ul
#define SA_RESETHAND 0x80000000ul
enum { SS_ONSTACK = 1, SS_DISABLE = 2, MINSIGSTKSZ = 2048 };

#define CLONE_NEWTIME	     0x00000080ul
#define CLONE_NEWNS	     0x00020000ul
#define CLONE_NEWCGROUP	     0x02000000ul
#define CLONE_NEWUTS	     0x04000000ul
#define CLONE_NEWIPC	     0x08000000ul
#define CLONE_NEWUSER	     0x10000000ul
#define CLONE_NEWPID	     0x20000000ul
#define CLONE_NEWNET	     0x40000000ul
#define CLONE_VM	     0x00000100ul
#define CLONE_FS	     0x00000200ul
#define CLONE_FILES	     0x00000400ul
#define CLONE_SIGHAND	     0x00000800ul
#define CLONE_VFORK	     0x00004000ul
#define CLONE_PARENT	     0x00008000ul
#define CLONE_THREAD	     0x00010000ul
#define CLONE_SYSVSEM	     0x00040000ul
#define CLONE_SETTLS	     0x00080000ul
#define CLONE_PARENT_SETTID  0x00100000ul
#define CLONE_CHILD_CLEARTID 0x00200000ul
#define CLONE_DETACHED	     0x00400000ul
#define CLONE_CHILD_SETTID   0x01000000ul

enum { WNOHANG = 1, WUNTRACED = 2, WEXITED = 4, WCONTINUED = 8, WNOWAIT = 0x01000000 };
enum { P_ALL = 0, P_PID = 1, P_PGID = 2 };

enum {
	O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_ACCMODE = 3, O_CREAT = 0100, O_EXCL = 0200,
	O_NOCTTY = 0400, O_TRUNC = 01000, O_APPEND = 02000, O_NONBLOCK = 04000, O_DIRECT = 040000,
	O_LARGEFILE = 0100000, O_DIRECTORY = 0200000, O_NOFOLLOW = 0400000, O_CLOEXEC = 02000000,
	O_NOATIME = 01000000, O_PATH = 010000000, O_TMPFILE = 020200000,
};
enum {
	S_IFMT = 0170000, S_IFSOCK = 0140000, S_IFLNK = 0120000, S_IFREG = 0100000,
	S_IFBLK = 0060000, S_IFDIR = 0040000, S_IFCHR = 0020000, S_IFIFO = 0010000,
	S_ISUID = 04000, S_ISGID = 02000, S_ISVTX = 01000, S_IXGRP = 0010,
};
enum { DT_FIFO = 1, DT_CHR = 2, DT_DIR = 4, DT_BLK = 6, DT_REG = 8, DT_LNK = 10, DT_SOCK = 12 };
enum {
	AT_FDCWD = -100, AT_SYMLINK_NOFOLLOW = 0x100, AT_REMOVEDIR = 0x200,
	AT_EACCESS = 0x200, AT_SYMLINK_FOLLOW = 0x400, AT_NO_AUTOMOUNT = 0x800,
	AT_EMPTY_PATH = 0x1000, AT_STATX_SYNC_TYPE = 0x6000,
};
enum { XATTR_CREATE = 1, XATTR_REPLACE = 2 };
enum { RENAME_NOREPLACE = 1, RENAME_EXCHANGE = 2 };
enum { STATX_BASIC_STATS = 0x7ff };
#define STATX_RESERVED 0x80000000ul
enum { FALLOC_FL_KEEP_SIZE = 1, FALLOC_FL_PUNCH_HOLE = 2, ADVICE_MAX = 5 };
enum { SYNC_FILE_RANGE_ALL = 7 };
#define FILE_SIZE_MAX ((u64)1 << 47) /* as large as a memory object can be */
enum { R_OK = 4, W_OK = 2, X_OK = 1 };
enum { UTIME_NOW = 0x3fffffff, UTIME_OMIT = 0x3ffffffe };
enum { SEEK_SET = 0, SEEK_CUR = 1, SEEK_END = 2, SEEK_DATA = 3, SEEK_HOLE = 4 };
enum {
	F_DUPFD = 0, F_GETFD = 1, F_SETFD = 2, F_GETFL = 3, F_SETFL = 4, F_GETLK = 5, F_SETLK = 6,
	F_SETLKW = 7, F_SETOWN = 8, F_GETOWN = 9, F_OFD_GETLK = 36, F_OFD_SETLK = 37,
	F_OFD_SETLKW = 38, F_DUPFD_CLOEXEC = 1030, F_GETPIPE_SZ = 1032,
	FD_CLOEXEC = 1,
};
enum { POLLIN = 1, POLLPRI = 2, POLLOUT = 4, POLLERR = 8, POLLHUP = 16, POLLNVAL = 32,
       POLLRDNORM = 64, POLLWRNORM = 256 };

enum { PROT_READ = 1, PROT_WRITE = 2, PROT_EXEC = 4, PROT_GROWSDOWN = 0x01000000 };
enum { L_MAP_SHARED = 1, L_MAP_PRIVATE = 2, L_MAP_SHARED_VALIDATE = 3, L_MAP_TYPE = 15,
       L_MAP_FIXED = 0x10, L_MAP_ANONYMOUS = 0x20, L_MAP_FIXED_NOREPLACE = 0x100000 };
enum {
	MS_RDONLY = 1, MS_NOSUID = 2, MS_NODEV = 4, MS_NOEXEC = 8, MS_SYNCHRONOUS = 16,
	MS_REMOUNT = 32, MS_MANDLOCK = 64, MS_DIRSYNC = 128, MS_NOSYMFOLLOW = 256,
	MS_NOATIME = 1024, MS_NODIRATIME = 2048, MS_BIND = 4096, MS_MOVE = 8192, MS_REC = 16384,
	MS_SILENT = 32768, MS_UNBINDABLE = 1 << 17, MS_PRIVATE = 1 << 18, MS_SLAVE = 1 << 19,
	MS_SHARED = 1 << 20, MS_RELATIME = 1 << 21, MS_STRICTATIME = 1 << 24,
	MNT_FORCE = 1, MNT_DETACH = 2, MNT_EXPIRE = 4, UMOUNT_NOFOLLOW = 8,
	ST_VALID = 32, ST_NOATIME = 1024, ST_NODIRATIME = 2048, ST_RELATIME = 4096,
};
#define MS_MGC_VAL  0xc0ed0000u
#define MS_MGC_MASK 0xffff0000u
enum { MREMAP_MAYMOVE = 1, MREMAP_FIXED = 2 };
enum { MADV_DONTNEED = 4, MADV_FREE = 8 };
enum { MS_ASYNC = 1, MS_SYNC = 4 };

enum {
	TCGETS = 0x5401, TCSETS, TCSETSW, TCSETSF, TCSBRK = 0x5409, TCXONC, TCFLSH,
	TIOCEXCL = 0x540c, TIOCNXCL, TIOCSCTTY, TIOCGPGRP, TIOCSPGRP, TIOCOUTQ, TIOCSTI,
	TIOCGWINSZ, TIOCSWINSZ, TIOCPKT = 0x5420, TIOCSETD = 0x5423, TIOCGETD,
	TIOCVHANGUP = 0x5437, TIOCGPTPEER = 0x5441,
	FIONREAD = 0x541b, FIONBIO = 0x5421, TIOCNOTTY, FIONCLEX = 0x5450, FIOCLEX = 0x5451,
	TCSBRKP = 0x5425, TIOCSBRK = 0x5427, TIOCCBRK, TIOCGSID,
	TIOCGSERIAL = 0x541e,
};
enum {
	KDGKBTYPE = 0x4b33, KDSETMODE = 0x4b3a, KDGETMODE, KDGKBMODE = 0x4b44, KDSKBMODE,
	VT_OPENQRY = 0x5600, VT_GETMODE, VT_SETMODE, VT_GETSTATE, VT_ACTIVATE = 0x5606,
	VT_WAITACTIVE, VT_DISALLOCATE,
};
/* Those whose number tells the size and direction of what is passed. */
#define TCGETS2	     0x802c542au
#define TCSETS2	     0x402c542bu
#define TCSETSF2     0x402c542du
#define TIOCGPTN     0x80045430u
#define TIOCSPTLCK   0x40045431u
#define TIOCGDEV     0x80045432u
#define TIOCSIG	     0x40045436u
#define TIOCGPKT     0x80045438u
#define TIOCGPTLCK   0x80045439u
#define TIOCGEXCL    0x80045440u
/* iflag, oflag, cflag, lflag */
enum { L_IGNBRK = 1, L_BRKINT = 2, L_INLCR = 0100, L_IGNCR = 0200, L_ICRNL = 0400, L_IXON = 02000,
       L_OPOST = 1, L_ONLCR = 4, L_OCRNL = 8, L_CREAD = 0200, L_CS8 = 060, L_B38400 = 017,
       L_ISIG = 1, L_ICANON = 2, L_ECHO = 010, L_ECHOE = 020, L_ECHOK = 040, L_ECHONL = 0100,
       L_NOFLSH = 0200, L_TOSTOP = 0400, L_ECHOCTL = 01000, L_ECHOKE = 04000,
       L_IEXTEN = 0100000, L_ISTRIP = 040, L_IUTF8 = 040000, L_PARMRK = 010, L_IUCLC = 01000,
       L_IXANY = 04000, L_IXOFF = 010000, L_OLCUC = 2, L_ONOCR = 020, L_ONLRET = 040,
       L_XTABS = 014000, L_ECHOPRT = 02000, L_EXTPROC = 0200000, L_CSIZE = 060,
       L_PARENB = 0400, L_CSTOPB = 0100, L_PARODD = 01000,
       L_CBAUD = 010017, L_BOTHER = 010000, L_CIBAUD = 002003600000 };
enum { VINTR, VQUIT, VERASE, VKILL, VEOF, VTIME, VMIN, VSWTC, VSTART, VSTOP, VSUSP, VEOL,
       VREPRINT, VDISCARD, VWERASE, VLNEXT, VEOL2 };

enum { CLOCK_REALTIME = 0, CLOCK_MONOTONIC = 1, CLOCK_PROCESS_CPUTIME_ID = 2,
       CLOCK_THREAD_CPUTIME_ID = 3, CLOCK_MONOTONIC_RAW = 4, CLOCK_REALTIME_COARSE = 5,
       CLOCK_MONOTONIC_COARSE = 6, CLOCK_BOOTTIME = 7, TIMER_ABSTIME = 1 };
enum { ITIMER_REAL = 0, ITIMER_VIRTUAL = 1, ITIMER_PROF = 2, ITIMERS = 3 };

enum { FUTEX_WAIT = 0, FUTEX_WAKE = 1, FUTEX_REQUEUE = 3, FUTEX_CMP_REQUEUE = 4,
       FUTEX_WAIT_BITSET = 9, FUTEX_WAKE_BITSET = 10, FUTEX_PRIVATE_FLAG = 128,
       FUTEX_CLOCK_REALTIME = 256, FUTEX_OWNER_DIED = 0x40000000,
       FUTEX_TID_MASK = 0x3fffffff };
#define FUTEX_WAITERS 0x80000000u

enum { RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_CORE, RLIMIT_RSS, RLIMIT_NPROC,
       RLIMIT_NOFILE, RLIMIT_MEMLOCK, RLIMIT_AS, RLIMIT_LOCKS, RLIMIT_SIGPENDING,
       RLIMIT_MSGQUEUE, RLIMIT_NICE, RLIMIT_RTPRIO, RLIMIT_RTTIME, RLIMITS };
#define RLIM_INFINITY (~(u64)0)
enum { RUSAGE_SELF = 0, RUSAGE_CHILDREN = -1, RUSAGE_THREAD = 1 };

enum { ARCH_SET_GS = 0x1001, ARCH_SET_FS, ARCH_GET_FS, ARCH_GET_GS };
enum { PR_SET_PDEATHSIG = 1, PR_GET_PDEATHSIG = 2, PR_GET_DUMPABLE = 3, PR_SET_DUMPABLE = 4,
       PR_SET_NAME = 15, PR_GET_NAME = 16, PR_CAPBSET_READ = 23, PR_SET_NO_NEW_PRIVS = 38,
       PR_GET_NO_NEW_PRIVS = 39, PR_CAP_AMBIENT = 47 };
enum { PR_CAP_AMBIENT_IS_SET = 1, PR_CAP_AMBIENT_RAISE, PR_CAP_AMBIENT_LOWER,
       PR_CAP_AMBIENT_CLEAR_ALL };

enum { CAP_VERSION_1 = 0x19980330, CAP_VERSION_2 = 0x20071026, CAP_VERSION_3 = 0x20080522,
       CAPABILITIES = 41 };
struct l_cap_header {
	u32 version;
	i32 pid;
};
struct l_cap_data {
	u32 effective, permitted, inheritable;
};
enum { PER_LINUX = 0, PER_LINUX32 = 8 };
#define PER_QUERY 0xffffffffu
enum { IOPRIO_WHO_PROCESS = 1, IOPRIO_WHO_PGRP, IOPRIO_WHO_USER };
enum { IOPRIO_CLASS_NONE, IOPRIO_CLASS_RT, IOPRIO_CLASS_BE, IOPRIO_CLASS_IDLE,
       IOPRIO_CLASS_SHIFT = 13, IOPRIO_LEVELS = 8 };

/* adjtimex */
struct l_timex {
	u32 modes, pad0;
	i64 offset, freq, maxerror, esterror;
	i32 status, pad1;
	i64 constant, precision, tolerance;
	struct l_timeval time;
	i64 tick, ppsfreq, jitter;
	i32 shift, pad2;
	i64 stabil, jitcnt, calcnt, errcnt, stbcnt;
	i32 tai, pad3[11];
};
enum { ADJ_OFFSET_SS_READ = 0xa001, STA_UNSYNC = 0x40, TIME_ERROR = 5 };

#define REBOOT_MAGIC1	 0xfee1deadu
#define REBOOT_RESTART	 0x01234567u
#define REBOOT_HALT	 0xcdef0123u
#define REBOOT_POWER_OFF 0x4321fedcu
#define REBOOT_CAD_ON	 0x89abcdefu
#define REBOOT_CAD_OFF	 0u

enum { AUX_NULL = 0, AUX_PHDR = 3, AUX_PHENT = 4, AUX_PHNUM = 5, AUX_PAGESZ = 6, AUX_BASE = 7,
       AUX_FLAGS = 8, AUX_ENTRY = 9, AUX_UID = 11, AUX_EUID = 12, AUX_GID = 13, AUX_EGID = 14,
       AUX_PLATFORM = 15, AUX_HWCAP = 16, AUX_CLKTCK = 17, AUX_SECURE = 23, AUX_RANDOM = 25,
       AUX_EXECFN = 31, AUX_SYSINFO_EHDR = 33, AUX_MINSIGSTKSZ = 51 };

enum { TMPFS_MAGIC = 0x01021994, PROC_SUPER_MAGIC = 0x9fa0, PIPEFS_MAGIC = 0x50495045,
       SYSFS_MAGIC = 0x62656572 };

#endif
