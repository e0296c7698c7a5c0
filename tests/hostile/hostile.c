/* SPDX-License-Identifier: MIT */
/*
 * hostile - an attacker of the personality: a static Linux program that gives every call wild
 *pointers, absurd numbers and every register value it can.  It says what it does; that the system
 *lives on, and that this process still gets right answers after each call, is the test.
 *
 *	hostile calls	every system call number with wild arguments, each in a child
 *	hostile faults	each kind of exception in a child, and by which signal it ended
 *	hostile memory	touch memory until there is none
 */
typedef unsigned long u64;
typedef long i64;

enum { SYS_WRITE = 1, SYS_MMAP = 9, SYS_NANOSLEEP = 35, SYS_GETPID = 39, SYS_FORK = 57,
       SYS_EXIT = 60, SYS_WAIT4 = 61, SYS_KILL = 62, SYS_REBOOT = 169, CALLS = 450 };
enum { EFAULT = 14, WNOHANG = 1, SIGKILL = 9, PATIENCE = 200 };

static i64 call6(u64 number, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
	register u64 r10 __asm__("r10") = d;
	register u64 r8 __asm__("r8") = e;
	register u64 r9 __asm__("r9") = f;
	i64 result;

	__asm__ volatile("syscall" : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

static i64 call(u64 number, u64 a, u64 b, u64 c)
{
	return call6(number, a, b, c, 0, 0, 0);
}

static void print(const char *s)
{
	u64 n = 0;

	while (s[n])
		n++;
	call(SYS_WRITE, 1, (u64)s, n);
}

static void print_number(i64 value)
{
	char digits[24], *at = digits + 23;
	u64 rest = value < 0 ? -(u64)value : (u64)value;

	*at = 0;
	do
		*--at = (char)('0' + rest % 10);
	while (rest /= 10);
	if (value < 0)
		*--at = '-';
	print(at);
}

static const u64 wild[] = {
	0, 1, 8, 0xfff, 0x10000, 0x7ffffffff000, 0x7fffffffffff, 0x800000000000, 0x8000000000000000,
	0xffff800000000000, 0xffff800056a00000, 0xffffffff80000000, ~0ul, ~0ul - 4095,
};
enum { WILD = sizeof(wild) / sizeof(wild[0]) };

/* These would end the attack itself, or the machine, rightly. */
static int spared(u64 number)
{
	return number == SYS_FORK || number == 56 || number == 58 || number == 435 ||
	       number == SYS_EXIT || number == 231 || number == SYS_REBOOT || number == SYS_KILL ||
	       number == 200 || number == 234 || number == 129 || number == 297 || number == 62 ||
	       number == 424;
}

/* Waiting for ever is right for some: the parent ends them. */
static void attack(u64 number)
{
	for (u64 i = 0; i < WILD; i++) {
		u64 w = wild[i];
		call6(number, w, w, w, w, w, w);
		call6(number, 1, w, 4096, w, w, w);
		call6(number, w, 4096, 1, 0, 0, 0);
		call6(number, (u64)"/tmp", w, w, w, w, w);
		call6(number, 0xffffff9c, w, w, w, w, w);
	}
	call(SYS_EXIT, 0, 0, 0);
}

/* Wait for the child, two seconds at most; then it is killed, and must die. */
static i64 reap(i64 child)
{
	static const u64 pause[2] = { 0, 10000000 };
	i64 status = 0, got = 0;

	for (int i = 0; i < PATIENCE && !got; i++) {
		got = call6(SYS_WAIT4, (u64)child, (u64)&status, WNOHANG, 0, 0, 0);
		if (!got)
			call(SYS_NANOSLEEP, (u64)pause, 0, 0);
	}
	if (got)
		return got;
	call(SYS_KILL, (u64)child, SIGKILL, 0);
	return call6(SYS_WAIT4, (u64)child, (u64)&status, 0, 0, 0, 0);
}

static void attack_all(void)
{
	i64 self = call(SYS_GETPID, 0, 0, 0), wrong = 0;

	for (u64 number = 0; number < CALLS; number++) {
		if (spared(number))
			continue;
		i64 child = call(SYS_FORK, 0, 0, 0);
		if (!child)
			attack(number);
		if (child < 0 || reap(child) != child ||
		    call(SYS_GETPID, 0, 0, 0) != self)
			wrong++;
	}
	print("wrong answers: ");
	print_number(wrong);
	/* A wild buffer is EFAULT where the rest is right. */
	print("\nwrite from the kernel: ");
	print_number(call(SYS_WRITE, 1, 0xffffffff80000000, 10) == -EFAULT);
	print("\nwrite from the servers: ");
	print_number(call(SYS_WRITE, 1, 0xffff800000001000, 10) == -EFAULT);
	print("\n");
}

static void fault(int kind)
{
	switch (kind) {
	case 0:
		*(volatile int *)0 = 1;
		break;
	case 1:
		*(volatile int *)0xffffffff80000000 = 1;
		break;
	case 2:
		(void)*(volatile int *)0xffff800000001000;
		break;
	case 3:
		(void)*(volatile int *)0x8000000000000000;
		break;
	case 4:
		__asm__ volatile("ud2");
		break;
	case 5:
		__asm__ volatile("xor %%edx, %%edx; xor %%ecx, %%ecx; div %%ecx"
				 :
				 :
				 : "rax", "rcx", "rdx");
		break;
	case 6:
		__asm__ volatile("int3");
		break;
	case 7:
		__asm__ volatile("hlt");
		break;
	case 8:
		__asm__ volatile("mov %%rax, %%cr3" : : : "memory");
		break;
	case 9:
		__asm__ volatile("int $0x80");
		break;
	case 10:
		__asm__ volatile("push $0x100; popf; nop; nop"); /* the trap flag */
		break;
	case 11:
		__asm__ volatile("out %al, $0xe9");
		break;
	case 12:
		__asm__ volatile("mov $0x8000000000000000, %rsp; push %rax");
		break;
	case 13:
		__asm__ volatile("mov $0xffff800000001000, %rax; jmp *%rax");
		break;
	case 14:
		__asm__ volatile("mov $0x7fff000000000000, %rsp; mov $39, %eax; syscall; ud2");
		break;
	case 15: /* alignment checks and every other flag that a program may set */
		__asm__ volatile("pushf; orl $0x240cd5, (%rsp); popf; mov $39, %eax; syscall; ud2");
		break;
	}
	call(SYS_EXIT, 0, 0, 0);
}

static void fault_all(void)
{
	for (int kind = 0; kind <= 15; kind++) {
		int status = 0;
		i64 child = call(SYS_FORK, 0, 0, 0);

		if (!child)
			fault(kind);
		call6(SYS_WAIT4, (u64)child, (u64)&status, 0, 0, 0, 0);
		print_number(kind);
		print(": ");
		print_number(status & 127 ? -(status & 127) : status >> 8);
		print("\n");
	}
}

static void exhaust(void)
{
	u64 got = 0;

	for (;;) {
		i64 at = call6(SYS_MMAP, 0, 1 << 20, 3, 0x22, ~0ul, 0);
		if (at < 0 && at > -4096)
			break;
		for (u64 page = 0; page < 1 << 20; page += 4096)
			*(volatile char *)(at + (i64)page) = 1;
		got++;
	}
	print("refused\n");
	call(SYS_EXIT, got < 16, 0, 0);
}

void hostile_main(u64 *stack)
{
	char what = stack[0] > 1 ? *(char *)stack[2] : 0;

	if (what == 'c')
		attack_all();
	else if (what == 'f')
		fault_all();
	else if (what == 'm')
		exhaust();
	call(SYS_EXIT, 0, 0, 0);
}

__asm__(".globl _start\n_start:\n\tmov %rsp, %rdi\n\tand $-16, %rsp\n\tcall hostile_main\n");
