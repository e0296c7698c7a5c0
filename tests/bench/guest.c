/* SPDX-License-Identifier: MIT */
/*
 * guest.c - the benchmark that runs as a Linux program: static, without any library.
 *
 * It counts with RDTSC, which under `-icount shift=0` counts instructions, and reads the number of
 * address-space switches from /proc/keel (0 where there is none, as on Linux).  One line each:
 * name, instructions per operation, switches per operation in hundredths.
 */
typedef unsigned long u64;
typedef long i64;

enum {
	READ = 0,
	WRITE = 1,
	OPEN = 2,
	CLOSE = 3,
	LSEEK = 8,
	PIPE = 22,
	FORK = 57,
	EXECVE = 59,
	EXIT = 60,
	WAIT4 = 61,
	UNLINK = 87,
	GETPPID = 110
};

static i64 call(i64 number, u64 a, u64 b, u64 c)
{
	register u64 r10 __asm__("r10") = 0;
	i64 result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return result;
}

static u64 ticks(void)
{
	unsigned low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (u64)high << 32 | low;
}

static void print(const char *text)
{
	u64 n = 0;

	while (text[n])
		n++;
	call(WRITE, 1, (u64)text, n);
}

static void print_number(u64 value, int decimals)
{
	char digits[32];
	int at = 31;

	digits[at] = 0;
	for (int i = 0; value || i <= decimals; i++) {
		if (decimals && i == decimals)
			digits[--at] = '.';
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	}
	print(digits + at);
}

static void fail(const char *what)
{
	print(what);
	print(" failed\n");
	call(EXIT, 1, 0, 0);
}

/* The first number of /proc/keel: space_switches. */
static u64 switches(void)
{
	static char text[256];
	i64 fd = call(OPEN, (u64)"/proc/keel", 0, 0), n;
	u64 value = 0;
	char *c = text;

	if (fd < 0)
		return 0;
	n = call(READ, (u64)fd, (u64)text, sizeof(text) - 1);
	call(CLOSE, (u64)fd, 0, 0);
	if (n < 0)
		return 0;
	while (*c && (*c < '0' || *c > '9'))
		c++;
	while (*c >= '0' && *c <= '9')
		value = value * 10 + (u64)(*c++ - '0');
	return value;
}

static u64 began, switched, reading;

static void start(void)
{
	u64 first = switches();

	switched = switches();
	reading = switched - first; /* what asking costs by itself */
	began = ticks();
}

static void end(const char *name, u64 rounds)
{
	u64 spent = ticks() - began, loads = switches() - switched;

	loads = loads > reading ? loads - reading : 0;
	print(name);
	print(" ");
	print_number(spent / rounds, 0);
	print(" ");
	print_number(loads * 100 / rounds, 2);
	print("\n");
}

static void null_call(void)
{
	enum { ROUNDS = 2000 };

	call(GETPPID, 0, 0, 0);
	start();
	for (int i = 0; i < ROUNDS; i++)
		call(GETPPID, 0, 0, 0);
	end("null_call", ROUNDS);
}

static void fork_exit(char **argv, char **environment)
{
	enum { ROUNDS = 50 };

	for (int exec = 0; exec < 2; exec++) {
		start();
		for (int i = 0; i < ROUNDS; i++) {
			i64 pid = call(FORK, 0, 0, 0);
			int status;

			if (pid < 0)
				fail("fork");
			if (!pid && exec)
				call(EXECVE, (u64)argv[0], (u64)argv, (u64)environment);
			if (!pid)
				call(EXIT, 0, 0, 0);
			if (call(WAIT4, (u64)pid, (u64)&status, 0) != pid || status)
				fail("wait");
		}
		end(exec ? "fork_exec" : "fork_exit_wait", ROUNDS);
	}
}

static void pipe_round_trip(void)
{
	enum { ROUNDS = 200 };
	int there[2], back[2];
	char byte = 0;

	if (call(PIPE, (u64)there, 0, 0) || call(PIPE, (u64)back, 0, 0))
		fail("pipe");
	i64 pid = call(FORK, 0, 0, 0);
	if (!pid) {
		for (int i = 0; i < ROUNDS + 1; i++) {
			call(READ, (u64)there[0], (u64)&byte, 1);
			call(WRITE, (u64)back[1], (u64)&byte, 1);
		}
		call(EXIT, 0, 0, 0);
	}
	for (int i = 0; i < ROUNDS + 1; i++) {
		if (i == 1)
			start();
		call(WRITE, (u64)there[1], (u64)&byte, 1);
		if (call(READ, (u64)back[0], (u64)&byte, 1) != 1)
			fail("pipe read");
	}
	end("pipe_round_trip", ROUNDS);
	call(WAIT4, (u64)pid, 0, 0);
}

static void files(void)
{
	enum { ROUNDS = 256, SIZE = 4096, CREATE = 0102 };
	static char buffer[SIZE];
	i64 fd = call(OPEN, (u64)"/tmp/bench", CREATE, 0600);

	if (fd < 0)
		fail("open");
	start();
	for (int i = 0; i < ROUNDS; i++)
		if (call(WRITE, (u64)fd, (u64)buffer, SIZE) != SIZE)
			fail("write");
	end("tmpfs_write_4k", ROUNDS);
	call(LSEEK, (u64)fd, 0, 0);
	start();
	for (int i = 0; i < ROUNDS; i++)
		if (call(READ, (u64)fd, (u64)buffer, SIZE) != SIZE)
			fail("read");
	end("tmpfs_read_4k", ROUNDS);
	call(CLOSE, (u64)fd, 0, 0);
	call(UNLINK, (u64)"/tmp/bench", 0, 0);
}

__attribute__((used)) static void run(u64 *stack)
{
	char *arguments[] = {(char *)stack[1], "child", 0};

	if (stack[0] > 1)
		call(EXIT, 0, 0, 0);
	null_call();
	fork_exit(arguments, (char **)stack + stack[0] + 2);
	pipe_round_trip();
	files();
	call(EXIT, 0, 0, 0);
}

__asm__(".globl _start\n_start:\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall run\n\tud2\n");
