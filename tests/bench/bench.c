/* SPDX-License-Identifier: MIT */
/*
 * bench - what Linux calls cost, in instructions and in address-space switches; a static Linux program
 * of its own, so that nothing but the calls is measured.
 *
 * Under ICOUNT the time-stamp counter counts instructions.  Each line: NAME instructions switches, both
 * per operation, the second in hundredths; switches come from /proc/keel, and are 0 on Linux.
 */
typedef unsigned long u64;
typedef long i64;

enum { SYS_READ = 0, SYS_WRITE = 1, SYS_OPEN = 2, SYS_CLOSE = 3, SYS_PREAD = 17, SYS_PWRITE = 18,
       SYS_PIPE = 22, SYS_FORK = 57, SYS_EXECVE = 59, SYS_EXIT = 60, SYS_WAIT4 = 61,
       SYS_GETPPID = 110 };

static i64 call(u64 number, u64 a, u64 b, u64 c, u64 d)
{
	register u64 r10 __asm__("r10") = d;
	i64 result;

	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return result;
}

static u64 ticks(void)
{
	unsigned low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (u64)high << 32 | low;
}

static u64 length_of(const char *s)
{
	u64 n = 0;

	while (s[n])
		n++;
	return n;
}

static void print(const char *s)
{
	call(SYS_WRITE, 1, (u64)s, length_of(s), 0);
}

static void print_number(u64 value)
{
	char digits[21], *at = digits + 20;

	*at = 0;
	do
		*--at = (char)('0' + value % 10);
	while (value /= 10);
	print(at);
}

static u64 switches(void)
{
	static char text[256];
	i64 file = call(SYS_OPEN, (u64)"/proc/keel", 0, 0, 0), got;
	u64 value = 0;

	if (file < 0)
		return 0;
	got = call(SYS_READ, (u64)file, (u64)text, sizeof(text), 0);
	call(SYS_CLOSE, (u64)file, 0, 0, 0);
	for (i64 i = 15; i < got && text[i] >= '0' && text[i] <= '9'; i++)
		value = value * 10 + (u64)(text[i] - '0');
	return value;
}

static char block[4096];
static int pipe_there[2], pipe_back[2];
static i64 file;

static void null_call(void)
{
	call(SYS_GETPPID, 0, 0, 0, 0);
}

static void pipe_round(void)
{
	call(SYS_WRITE, (u64)pipe_there[1], (u64)block, 1, 0);
	call(SYS_READ, (u64)pipe_back[0], (u64)block, 1, 0);
}

static void file_read(void)
{
	call(SYS_PREAD, (u64)file, (u64)block, sizeof(block), 0);
}

static void file_write(void)
{
	call(SYS_PWRITE, (u64)file, (u64)block, sizeof(block), 0);
}

static void fork_wait(void)
{
	i64 child = call(SYS_FORK, 0, 0, 0, 0);

	if (!child)
		call(SYS_EXIT, 0, 0, 0, 0);
	call(SYS_WAIT4, (u64)child, 0, 0, 0);
}

static void fork_exec(void)
{
	static char *const arguments[] = { "/bench", "end", 0 };
	i64 child = call(SYS_FORK, 0, 0, 0, 0);

	if (!child) {
		call(SYS_EXECVE, (u64)"/bench", (u64)arguments, (u64)(arguments + 2), 0);
		call(SYS_EXIT, 1, 0, 0, 0);
	}
	call(SYS_WAIT4, (u64)child, 0, 0, 0);
}

/* The first tenth warms up; reading the counters costs the same without an operation between. */
static void measure(const char *name, void (*operation)(void), u64 rounds)
{
	u64 base = switches(), empty, start, spent;

	empty = switches() - base;
	for (u64 i = 0; i < rounds / 10 + 1; i++)
		operation();
	base = switches();
	start = ticks();
	for (u64 i = 0; i < rounds; i++)
		operation();
	spent = ticks() - start;
	base = switches() - base - empty;
	print(name);
	print(" ");
	print_number(spent / rounds);
	print(" ");
	print_number(base * 100 / rounds);
	print("\n");
}

/* The other end of the pipes sends each byte back. */
static void echo(void)
{
	char byte;

	if (call(SYS_FORK, 0, 0, 0, 0))
		return;
	call(SYS_CLOSE, (u64)pipe_there[1], 0, 0, 0);
	while (call(SYS_READ, (u64)pipe_there[0], (u64)&byte, 1, 0) == 1)
		call(SYS_WRITE, (u64)pipe_back[1], (u64)&byte, 1, 0);
	call(SYS_EXIT, 0, 0, 0, 0);
}

void bench_main(u64 arguments)
{
	if (arguments > 1)
		call(SYS_EXIT, 0, 0, 0, 0);
	measure("null", null_call, 10000);
	file = call(SYS_OPEN, (u64)"/tmp/bench", 0102, 0600, 0);
	measure("write", file_write, 2000);
	measure("read", file_read, 2000);
	measure("fork", fork_wait, 100);
	measure("exec", fork_exec, 100);
	call(SYS_PIPE, (u64)pipe_there, 0, 0, 0);
	call(SYS_PIPE, (u64)pipe_back, 0, 0, 0);
	echo();
	measure("pipe", pipe_round, 1000);
	call(SYS_EXIT, 0, 0, 0, 0);
}

__asm__(".globl _start\n_start:\n\tmov (%rsp), %rdi\n\tand $-16, %rsp\n\tcall bench_main\n");
