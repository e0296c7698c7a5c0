/* SPDX-License-Identifier: MIT */
/*
 * abuse - a Linux program that gives the personality what no honest one would: frames of signal
 * handlers that are lies, registers with everything that needs no privilege, and forks without end.
 *
 * Each attempt is a child's, which may end in any way; that its parent, and the shell, go on is
 * what the group 82-bad-input looks at.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

enum { PAGE = 4096, NOBODY = 1000 };

static uint64_t seed;

static uint64_t dice(void)
{
	uint64_t z = seed += 0x9e3779b97f4a7c15ul;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ul;
	z = (z ^ z >> 27) * 0x94d049bb133111ebul;
	return z ^ z >> 31;
}

/* Addresses and values at the edges of what is allowed. */
static uint64_t edge(void)
{
	static const uint64_t edges[] = {
		0, 1, 8, PAGE - 1, 0x7ffffffff000, 0x7fffffffffff, 0x800000000000,
		0x8000000000000000, 0xffff800000000000, 0xffffffff80000000, -PAGE, -8, -1,
	};
	uint64_t at = dice() % (sizeof(edges) / sizeof(edges[0]) + 2);

	return at < sizeof(edges) / sizeof(edges[0]) ? edges[at] : dice();
}

/* --- frames ---------------------------------------------------------------------------------- */

static int lies;

static void lie(int signal, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	uint64_t *words = context;
	uint8_t *fp = (uint8_t *)uc->uc_mcontext.fpregs;

	(void)signal, (void)info;
	for (int i = 0; i < lies; i++) {
		switch (dice() % 6) {
		case 0: /* flags, link, stack, sigmask, reserved words */
			words[dice() % (sizeof(*uc) / 8)] = edge();
			break;
		case 1: /* a register, flags and selectors too */
			uc->uc_mcontext.gregs[dice() % NGREG] = (greg_t)edge();
			break;
		case 2: /* where the floating-point state is */
			uc->uc_mcontext.fpregs = (fpregset_t)edge();
			break;
		case 3: /* MXCSR, and what says how large the area is */
			if (fp)
				*(uint32_t *)(fp + (dice() % 2 ? 24 : 464 + dice() % 12 * 4)) =
					(uint32_t)edge();
			break;
		case 4: /* the header of the extended area */
			if (fp)
				*(uint64_t *)(fp + 512 + dice() % 8 * 8) = edge();
			break;
		default:
			uc->uc_stack.ss_sp = (void *)edge();
			uc->uc_stack.ss_size = edge();
			uc->uc_stack.ss_flags = (int)edge();
		}
	}
}

static void frame_child(void)
{
	struct sigaction action = { .sa_sigaction = lie, .sa_flags = SA_SIGINFO };

	lies = 1 + (int)(dice() % 8);
	if (dice() % 8 == 0) {
		/* No handler at all: whatever is on the stack. */
		uint64_t wild = dice() % 2 ? edge() : (uint64_t)&action & ~15ul;

		__asm__ volatile("mov %0, %%rsp\n\tmov $15, %%eax\n\tsyscall"
				 : : "r"(wild) : "memory");
	}
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
}

/* --- registers ------------------------------------------------------------------------------- */

static void selectors(void)
{
	static const uint16_t values[] = { 0, 1, 2, 3, 0x23, 0x2b, 0x33 };

	for (size_t i = 0; i < sizeof(values) / 2; i++) {
		__asm__ volatile("mov %0, %%ds\n\tmov %0, %%es" : : "r"(values[i]));
		__asm__ volatile("mov %0, %%gs" : : "r"(values[i]));
		getppid();
	}
}

static void bases(void)
{
	for (int i = 0; i < 12; i++) {
		/* The C library needs fs: this goes on with gs, and at the end without it. */
		__asm__ volatile("wrgsbase %0" : : "r"(edge()));
		getppid();
	}
	__asm__ volatile("wrfsbase %0\n\tmov $39, %%eax\n\tsyscall\n\tint3"
			 : : "r"(edge()) : "rax");
}

static void flags(void)
{
	/* AC, NT, TF, IOPL, ID, VM and DF where they can be had; then calls and a fault. */
	__asm__ volatile("push %0\n\tpopf\n\tmov $39, %%eax\n\tsyscall\n\t"
			 "mov $110, %%eax\n\tsyscall\n\tud2"
			 :
			 : "r"(dice() & 0x3f7fd5)
			 : "rax", "rcx", "r11", "memory", "cc");
}

static void stack_pointer(void)
{
	uint64_t value = edge();

	switch (dice() % 4) {
	case 0:
		__asm__ volatile("mov %0, %%rsp\n\tmov $39, %%eax\n\tsyscall\n\tpush %%rax"
				 : : "r"(value));
		break;
	case 1:
		__asm__ volatile("mov %0, %%rsp\n\tint3" : : "r"(value));
		break;
	case 2:
		__asm__ volatile("mov %0, %%rsp\n\tud2" : : "r"(value));
		break;
	default:
		__asm__ volatile("mov %0, %%rsp\n\txor %%ecx, %%ecx\n\tdiv %%ecx" : : "r"(value));
	}
}

/* SYSCALL as the last two bytes that a program can have: the way back leads out of them. */
static void last_bytes(void)
{
	uint64_t top = 0x7ffffffff000;
	uint8_t *page;

	for (;; top -= PAGE) {
		page = mmap((void *)(top - PAGE), PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
		if (page != MAP_FAILED || top < 0x7fffff000000)
			break;
	}
	if (page == MAP_FAILED)
		return;
	page[PAGE - 2] = 0x0f;
	page[PAGE - 1] = 0x05;
	mprotect(page, PAGE, PROT_READ | PROT_EXEC);
	__asm__ volatile("mov $39, %%eax\n\tjmp *%0" : : "r"(page + PAGE - 2));
}

static void floating_point(void)
{
	static uint8_t area[8192] __attribute__((aligned(64)));
	uint16_t control = (uint16_t)dice();
	uint32_t mxcsr = (uint32_t)dice() & 0xffff;

	__asm__ volatile("fldcw %0" : : "m"(control));
	__asm__ volatile("fld1\n\tfldz\n\tfdivrp");
	getppid();
	__asm__ volatile("fnstsw %%ax\n\tpcmpeqd %%xmm0, %%xmm0\n\tpcmpeqd %%xmm15, %%xmm15"
			 : : : "rax", "xmm0", "xmm15");
	__asm__ volatile("ldmxcsr %0" : : "m"(mxcsr));
	getppid();
	for (size_t i = 0; i < sizeof(area); i += 8)
		*(uint64_t *)(area + i) = edge();
	if (dice() % 2)
		*(uint64_t *)(area + 512) &= 7;
	__asm__ volatile("xrstor %0"
			 : : "m"(area), "a"(dice() % 2 ? 7 : -1), "d"(dice() % 2 ? 0 : -1));
	getppid();
}

static void every_register(void)
{
	uint64_t v = edge();

	__asm__ volatile("mov %0, %%rbx\n\tmov %0, %%rcx\n\tmov %0, %%rdx\n\tmov %0, %%rsi\n\t"
			 "mov %0, %%rdi\n\tmov %0, %%rbp\n\tmov %0, %%r8\n\tmov %0, %%r9\n\t"
			 "mov %0, %%r10\n\tmov %0, %%r11\n\tmov %0, %%r12\n\tmov %0, %%r13\n\t"
			 "mov %0, %%r14\n\tmov %0, %%r15\n\tsyscall\n\t"
			 "mov $39, %%eax\n\tsyscall\n\tint3"
			 :
			 : "a"(v));
}

static void register_child(void)
{
	static void (*const ways[])(void) = {
		selectors, bases, flags, stack_pointer, last_bytes, floating_point, every_register,
	};

	ways[dice() % (sizeof(ways) / sizeof(ways[0]))]();
}

/* --- running it ------------------------------------------------------------------------------ */

static void many(int count, void (*body)(void))
{
	struct rlimit second = { 1, 2 };
	int exited = 0, killed = 0;

	for (int i = 0; i < count; i++) {
		uint64_t next = dice();
		int status, pid = fork();

		if (!pid) {
			seed = next;
			setrlimit(RLIMIT_CPU, &second);
			signal(SIGALRM, SIG_DFL);
			alarm(3);
			body();
			_exit(0);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid) {
			printf("the parent was hit: %s\n", strerror(errno));
			return;
		}
		if (WIFEXITED(status))
			exited++;
		else
			killed++;
	}
	printf("%d attempts%s%s\n", count, exited ? ", some went on" : "",
	       killed ? ", some were ended" : "");
}

static void bomb(int limit)
{
	struct rlimit l = { (rlim_t)limit, (rlim_t)limit };

	if (limit && (setrlimit(RLIMIT_NPROC, &l) || setgid(NOBODY) || setuid(NOBODY)))
		_exit(9);
	for (;;)
		if (fork() < 0 && errno != EAGAIN && errno != ENOMEM)
			_exit(8);
}

/* So many in a row, each waited for. */
static void forks(int count)
{
	int done = 0, status;

	for (int i = 0; i < count; i++) {
		int pid = fork();

		if (!pid)
			_exit(i & 0x7f);
		done += waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == (i & 0x7f);
	}
	printf("%d of %d\n", done, count);
}

/* So many at once, each of which says that it is there and then waits. */
static void together(int count)
{
	int there[2], go[2], done = 0, status;
	char byte;

	if (pipe(there) || pipe(go))
		return;
	for (int i = 0; i < count; i++)
		if (!fork()) {
			close(go[1]);
			(void)!write(there[1], "x", 1);
			(void)!read(go[0], &byte, 1);
			_exit(0);
		}
	for (int i = 0; i < count; i++)
		done += read(there[0], &byte, 1) == 1;
	printf("%d at once\n", done);
	close(go[1]);
	for (done = 0; wait(&status) > 0;)
		done += status == 0;
	printf("%d ended\n", done);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	int count = argc > 2 ? atoi(argv[2]) : 0;

	seed = argc > 3 ? (uint64_t)atol(argv[3]) : 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!strcmp(what, "frames"))
		many(count, frame_child);
	else if (!strcmp(what, "registers"))
		many(count, register_child);
	else if (!strcmp(what, "bomb"))
		bomb(count);
	else if (!strcmp(what, "forks"))
		forks(count);
	else if (!strcmp(what, "together"))
		together(count);
	return 0;
}
