/* SPDX-License-Identifier: MIT */
/*
 * flood_worker.c - a worker of the flood: two threads that choose a call, its arguments, make it,
 * and change what the other one's pointers point at.
 */
#include "flood.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>

const struct row rows[] = {
#include "flood_rows.h"
};
const unsigned row_count = sizeof(rows) / sizeof(rows[0]);

enum {
	NOISE = 14,
	STACK = 64 << 10,
	TIMER_US = 4000,
	PREPARE_EVERY = 64,
	CHILD_CALLS = 12,
	WORDS = PLAY_PAGES * PAGE / 8
};

/* One thread.  left: a child that fork made ends when it is 0. */
struct self {
	unsigned long random, left;
	unsigned number;
	int scribbles;
	/* Mapped and unmapped by everybody's calls: addresses of the process's own playground. */
	uint8_t *own;
};

static struct self selves[2];
static uint8_t stack[STACK] __attribute__((aligned(16)));

/* --- without the C library: flood_call.S --- */

long flood_call(long number, const long *arguments);
void flood_thread(void *stack_top);
void flood_restore(void);

static long call(long number, long a, long b, long c, long d, long e, long f)
{
	long arguments[] = { a, b, c, d, e, f };

	return flood_call(number, arguments);
}

static unsigned long dice(struct self *s)
{
	unsigned long z = s->random += 0x9e3779b97f4a7c15ul;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ul;
	z = (z ^ z >> 27) * 0x94d049bb133111ebul;
	return z ^ z >> 31;
}

static unsigned long below(struct self *s, unsigned long limit)
{
	return dice(s) % limit;
}

static int one_in(struct self *s, unsigned long many)
{
	return below(s, many) == 0;
}

/* --- values --- */

static long edge(struct self *s)
{
	static const unsigned long edges[] = {
		0, 1, 2, 7, PAGE - 1, PAGE, 0x7fffffff, 0x80000000, 0xffffffff, 1ul << 32,
		0x7ffffffff000, 0x7fffffffffff, 0x800000000000, 1ul << 63, 0xffff800000000000,
		0xffffffff80000000, -4096ul, -8ul, ~0ul, ~0ul >> 1,
	};
	unsigned long at = below(s, sizeof(edges) / sizeof(edges[0]) + 3);

	return (long)(at < sizeof(edges) / sizeof(edges[0]) ? edges[at] : dice(s));
}

static uint8_t *own_page(struct self *s)
{
	return s->own + below(s, PLAY_PAGES) * PAGE;
}

/* Good memory, shared with all or the process's own; and what is none. */
static long memory(struct self *s)
{
	switch (below(s, 16)) {
	case 0: /* over the end of the last page */
		return (long)(s->own + PLAY_PAGES * PAGE - below(s, PAGE / 2));
	case 1: /* a page without access follows the last */
		return (long)(s->own + PLAY_PAGES * PAGE + below(s, PAGE));
	case 2:
		return edge(s);
	case 3: /* read-only */
		return (long)&rows[0];
	case 4:
	case 5:
		return (long)own_page(s);
	case 6:
		return (long)(own_page(s) + PAGE - below(s, 64));
	default:
		return (long)(board->play + below(s, 64) * 64);
	}
}

static char *put(char *to, const char *text)
{
	while ((*to = *text++))
		to++;
	return to;
}

static long path(struct self *s)
{
	static const char *const names[] = { "f0",
					     "f1",
					     "f2",
					     "d0",
					     "d1",
					     "d0/f3",
					     "d0/d1",
					     "d1/f0",
					     "link",
					     "loop",
					     "fifo",
					     "null",
					     "zero",
					     "ptmx",
					     "pts/0",
					     ".",
					     "..",
					     "/",
					     "",
					     "proc/self",
					     "proc/self/maps",
					     "proc/self/fd/3",
					     "proc/self/status",
					     "proc/keel",
					     "proc/1/stat",
					     "proc/self/exe",
					     "proc/self/cwd/d0",
					     "user.x",
					     "prog",
					     "f0/x",
					     "d0/../d1/./f2",
					     "tmpfs",
					     "proc" };
	char *to, *start;

	if (one_in(s, 8))
		return memory(s);
	start = to = one_in(s, 8) ? (char *)(s->own + (PLAY_PAGES - 1) * PAGE) + below(s, PAGE)
				  : (char *)board->play + 4096 + below(s, 32) * 128;
	if (start + 64 > (char *)s->own + PLAY_PAGES * PAGE && start >= (char *)s->own &&
	    start < (char *)s->own + PLAY_PAGES * PAGE) {
		*start = 'f'; /* no end before the page's */
		return (long)start;
	}
	to = put(to, names[below(s, sizeof(names) / sizeof(names[0]))]);
	if (one_in(s, 8)) {
		*to++ = '0' + (char)below(s, 8);
		*to = 0;
	}
	return (long)start;
}

static uint64_t *words(struct self *s)
{
	return (uint64_t *)(board->play + 16384 + below(s, 64) * 256);
}

/* Short, so that most waits end by themselves. */
static long moment(struct self *s)
{
	uint64_t *w = words(s);

	if (one_in(s, 8))
		return one_in(s, 2) ? 0 : memory(s);
	w[0] = one_in(s, 64) ? (uint64_t)edge(s) : 0;
	w[1] = below(s, 1000) * below(s, 1000);
	return (long)w;
}

static long vector(struct self *s)
{
	uint64_t *w = words(s);

	for (int i = 0; i < 4; i++) {
		w[2 * i] = (uint64_t)memory(s);
		w[2 * i + 1] = one_in(s, 16) ? (uint64_t)edge(s) : below(s, 2 * PAGE);
	}
	return (long)w;
}

static long polled(struct self *s)
{
	struct pollfd *p = (struct pollfd *)words(s);

	for (int i = 0; i < 8; i++)
		p[i] = (struct pollfd){ .fd = (int)below(s, 16), .events = (short)dice(s) };
	return (long)p;
}

static void handler(int number)
{
	(void)number;
}

static long action(struct self *s)
{
	uint64_t *w = words(s);

	w[0] = one_in(s, 4) ? below(s, 2) : (uint64_t)handler;
	w[1] = (dice(s) & (SA_RESTART | SA_NODEFER | SA_SIGINFO | SA_ONSTACK)) | 0x04000000;
	w[2] = (uint64_t)flood_restore;
	w[3] = one_in(s, 4) ? dice(s) : 0;
	return one_in(s, 8) ? memory(s) : (long)w;
}

static long attribute(struct self *s)
{
	return one_in(s, 2) ? path(s) : (long)put((char *)words(s), "user.x") - 6;
}

static long offset_at(struct self *s)
{
	uint64_t *w = words(s);

	w[0] = below(s, PAGE);
	return one_in(s, 2) ? 0 : one_in(s, 8) ? memory(s) : (long)w;
}

/* argv or envp: a few strings, an end. */
static long strings(struct self *s)
{
	uint64_t *w = words(s);
	unsigned long count = below(s, 4);

	for (unsigned long i = 0; i < count; i++)
		w[i] = (uint64_t)path(s);
	w[count] = 0;
	return one_in(s, 4) ? memory(s) : (long)w;
}

static long process(struct self *s)
{
	switch (below(s, 8)) {
	case 0:
		return -1;
	case 1:
		return below(s, 3);
	case 2:
		return board->worker[below(s, WORKERS)].pid;
	case 3:
		return board->worker[s->number].pid + (long)below(s, 4);
	case 4:
		return edge(s);
	default:
		return one_in(s, 2) ? 0 : board->worker[s->number].pid;
	}
}

static long bytes(struct self *s)
{
	return one_in(s, 4) ? (long)below(s, 64) : (long)below(s, 4 * PAGE);
}

static long signal_choose(struct self *s)
{
	static const int often[] = { 0, SIGUSR1, SIGUSR2, SIGALRM, SIGCHLD, SIGCONT, SIGWINCH, 34 };

	return one_in(s, 4) ? (long)below(s, 66) : often[below(s, 8)];
}

/* What only one or two calls have. */
static long rare_value(struct self *s, char kind)
{
	static const int maps[] = { 0x22, 0x22, 0x21, 0x01, 0x02, 0x32, 0x31, 0x11, 0x12, 0x4022 };

	switch (kind) {
	case 'M':
		return maps[below(s, sizeof(maps) / sizeof(maps[0]))];
	case 'r':
		return 0x1001 + (long)below(s, 4);
	case 'x':
		return attribute(s);
	case 'O':
		return offset_at(s);
	case 'H':
		return 24;
	case 'E':
		return 48 + 8 * (long)below(s, 4);
	case 'z':
		return 0;
	default: /* a small number, or a bit */
		return one_in(s, 4) ? 1l << below(s, 31) : (long)below(s, 16);
	}
}

static long value(struct self *s, char kind)
{
	static const char all[] = "dDPbvFtAXwalsofncpgimxOz";

	if (kind == '?')
		kind = all[below(s, sizeof(all) - 1)];
	if (one_in(s, NOISE))
		return edge(s);
	switch (kind) {
	case 'd':
		return (long)below(s, 16);
	case 'D':
		return one_in(s, 2) ? AT_FDCWD : (long)below(s, 12);
	case 'P':
		return path(s);
	case 'b':
		return memory(s);
	case 'v':
		return vector(s);
	case 'F':
		return polled(s);
	case 't':
		return moment(s);
	case 'A':
		return action(s);
	case 'X':
		return strings(s);
	case 'w': /* few words, so that threads meet */
		return (long)(board->play + 8192 + below(s, 4) * 4);
	case 'a':
		return one_in(s, 4) ? 0 : (long)own_page(s);
	case 'l':
		return (long)(below(s, 8) * PAGE);
	case 's':
	case 'o':
		return bytes(s);
	case 'f':
		return one_in(s, 2) ? (long)(dice(s) & dice(s) & 0xfffff) : 1l << below(s, 20);
	case 'c': /* of ioctl or fcntl */
		return one_in(s, 2) ? 0x5400 + (long)below(s, 96) : (long)below(s, 16);
	case '8':
		return 8;
	case 'p':
		return process(s);
	case 'g':
		return signal_choose(s);
	case 'i':
		return one_in(s, 4) ? (long)below(s, 1200) : one_in(s, 2) ? -1 : USER;
	case 'm':
		return (long)(dice(s) & 07777) | 0700 | (one_in(s, 4) ? 0xf000 & (long)dice(s) : 0);
	default:
		return rare_value(s, kind);
	}
}

/* --- what a call finds, and what it finds a moment later --- */

static void own_map(struct self *s)
{
	unsigned long length = PLAY_PAGES * PAGE;

	call(SYS_mmap, (long)s->own, (long)length, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	call(SYS_mmap, (long)(s->own + length), PAGE, PROT_NONE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	call(SYS_munmap, (long)(s->own + length + PAGE), PAGE, 0, 0, 0, 0);
}

/* Memory goes, comes again, changes, while the other thread's call uses it. */
static void disturb(struct self *s)
{
	volatile uint64_t *shared = (volatile uint64_t *)board->play;
	long page = (long)own_page(s);

	for (unsigned long i = below(s, 32); i; i--)
		shared[below(s, WORDS)] = one_in(s, 2) ? (uint64_t)memory(s) : (uint64_t)edge(s);
	switch (below(s, 8)) {
	case 0:
		call(SYS_munmap, page, PAGE, 0, 0, 0, 0);
		break;
	case 1:
		call(SYS_mprotect, page, PAGE, (long)below(s, 2), 0, 0, 0);
		break;
	case 2:
		call(SYS_madvise, page, PAGE, 4, 0, 0, 0);
		break;
	case 3:
		call(SYS_mmap, page, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
		     (long)below(s, 12), 0);
		break;
	default:
		if (one_in(s, 4))
			own_map(s);
	}
}

/* What keeps a worker going: a timer that ends waits, and nothing blocked. */
static void prepare(struct self *s)
{
	struct itimerval timer = { { 0, TIMER_US }, { 0, TIMER_US } };
	uint64_t alarm_action[4] = { (uint64_t)handler, 0x04000000, (uint64_t)flood_restore, 0 };
	uint64_t none = 0;

	call(SYS_rt_sigaction, SIGALRM, (long)alarm_action, 0, 8, 0, 0);
	call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&none, 0, 8, 0, 0);
	call(SYS_setitimer, ITIMER_REAL, (long)&timer, 0, 0, 0, 0);
	own_map(s);
	/* Names are unlinked more often than made. */
	call(SYS_close, call(SYS_open, (long)"/f0", O_CREAT | O_RDWR, 0777, 0, 0, 0), 0, 0, 0, 0,
	     0);
	call(SYS_close, call(SYS_open, (long)"/f1", O_CREAT | O_RDWR, 0777, 0, 0, 0), 0, 0, 0, 0,
	     0);
	call(SYS_mkdir, (long)"/d0", 0777, 0, 0, 0, 0);
	call(SYS_chdir, (long)"/", 0, 0, 0, 0, 0);
}

static int open_close(const struct row *row, struct self *s)
{
	/* Without this nothing is open any more after a while. */
	if (row->number != SYS_close && row->number != SYS_close_range)
		return 1;
	return one_in(s, 4);
}

static const struct row *row_choose(struct self *s)
{
	const struct row *row;

	do
		row = &rows[below(s, row_count)];
	while (!open_close(row, s) ||
	       /* They end the thread that calls, and what comes next is a new process. */
	       ((row->number == SYS_exit || row->number == SYS_exit_group ||
		 row->number == SYS_execve || row->number == SYS_rt_sigreturn) &&
		!one_in(s, 16)));
	return row;
}

static void one_call(struct self *s)
{
	const struct row *row = row_choose(s);
	unsigned long at = (unsigned long)(row - rows);
	long arguments[6] = { 0 }, result;

	for (unsigned i = 0; i < 6; i++)
		arguments[i] = row->kinds[i] ? value(s, row->kinds[i]) : edge(s);
	__atomic_fetch_add(&board->asked[at], 1, __ATOMIC_RELAXED);
	result = flood_call(row->number, arguments);
	if (result >= 0 || result < -4095)
		__atomic_fetch_add(&board->succeeded[at], 1, __ATOMIC_RELAXED);
	else if (-result < ERRORS)
		__atomic_fetch_add(&board->errors[-result], 1, __ATOMIC_RELAXED);
	if (row->number == SYS_fork && result == 0)
		s->left = CHILD_CALLS;
}

static _Noreturn void run(struct self *s)
{
	for (unsigned long n = 0;; n++) {
		if (n % PREPARE_EVERY == 0)
			prepare(s);
		if (s->scribbles && one_in(s, 2))
			disturb(s);
		one_call(s);
		__atomic_fetch_add(&board->worker[s->number].calls, 1, __ATOMIC_RELAXED);
		if (s->left && --s->left == 0)
			for (;;)
				call(SYS_exit_group, 0, 0, 0, 0, 0, 0);
	}
}

_Noreturn void worker_main(unsigned number, unsigned long seed)
{
	uint64_t *top = (uint64_t *)(stack + STACK - 16);
	uint8_t *own =
		mmap(NULL, (PLAY_PAGES + 2) * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (unsigned i = 0; i < 2; i++)
		selves[i] = (struct self){
			.random = seed * 2 + i, .number = number, .scribbles = (int)i, .own = own
		};
	top[0] = (uint64_t)run;
	top[1] = (uint64_t)&selves[1];
	flood_thread(top);
	run(&selves[0]);
}
