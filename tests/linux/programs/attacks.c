/* SPDX-License-Identifier: MIT */
/*
 * attacks - those of tests/hostile/attacks that a Linux program makes: each child ends as on Linux,
 * and its parent goes on.
 */
#include "test.h"

#include <asm/prctl.h>
#include <stdint.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <ucontext.h>

enum { PAGE = 4096, PAGES = 64, FORKS = 1000, AT_ONCE = 8, NOBODY = 65534, RET = 0xc3 };
#define TOP 0x7ffffffff000ul /* of what a program can have */

static const uint64_t nowhere[] = {
	TOP,
	TOP + 1,
	0x800000000000,
	0x8000000000000000,
	0xffff7fffffffffff,
	0xffff800000000000,
	0xffffffff80000000,
	-1,
};
enum { NOWHERE = sizeof(nowhere) / sizeof(nowhere[0]) };

static bool faults(int status)
{
	return WIFSIGNALED(status) && (WTERMSIG(status) == SIGSEGV || WTERMSIG(status) == SIGBUS);
}

/* --- data is not run ------------------------------------------------------------------------- */

static uint8_t in_data[PAGE] = { RET };

static int runs(void *code)
{
	return status_of(CHILD(((void (*)(void))code)()));
}

CASE(execution)
{
	volatile uint8_t on_stack[16] = { RET };
	uint8_t *heap = malloc(16);
	void *mapped = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(heap && mapped != MAP_FAILED);
	*heap = *(uint8_t *)mapped = RET;
	CHECK(faults(runs(in_data)));
	CHECK(faults(runs((void *)on_stack)));
	CHECK(faults(runs(heap)));
	CHECK(faults(runs(mapped)));
	/* It could have been run. */
	CHECK(!mprotect(mapped, PAGE, PROT_READ | PROT_EXEC));
	CHECK(runs(mapped) == 0);
	for (int i = 0; i < NOWHERE; i++)
		CHECK(faults(runs((void *)nowhere[i])));
	munmap(mapped, PAGE);
	free(heap);
}

/* --- what a signal frame may bring back ------------------------------------------------------ */

static int which;
static uint64_t value;

static void forge(int signal, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)signal, (void)info;
	if (which == REG_EFL)
		uc->uc_mcontext.gregs[REG_EFL] |= (greg_t)value;
	else
		uc->uc_mcontext.gregs[which] = (greg_t)value;
}

static void come_back(int reg, uint64_t to)
{
	struct sigaction action = { .sa_sigaction = forge, .sa_flags = SA_SIGINFO };

	which = reg;
	value = to;
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
}

CASE(sigreturn_to_nowhere)
{
	for (int i = 0; i < NOWHERE; i++)
		CHECK(faults(status_of(CHILD(come_back(REG_RIP, nowhere[i])))));
	for (int i = 0; i < NOWHERE; i++)
		CHECK(faults(status_of(CHILD(come_back(REG_RSP, nowhere[i])))));
}

/* SYSCALL in the last two bytes of the highest page; what comes behind them is no address. */
CASE(syscall_in_the_last_bytes)
{
	uint8_t *page = mmap((void *)(TOP - PAGE), PAGE, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);

	CHECK(page == (void *)(TOP - PAGE));
	if (page == MAP_FAILED)
		return;
	memcpy(page + PAGE - 2, "\x0f\x05", 2);
	CHECK(!mprotect(page, PAGE, PROT_READ | PROT_EXEC));
	CHECK(faults(status_of(CHILD(__asm__ volatile("mov $39, %%eax\n\tjmp *%0"
						      :
						      : "r"(page + PAGE - 2))))));
	CHECK(mmap((void *)TOP, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) ==
	      MAP_FAILED);
	munmap(page, PAGE);
}

static uint64_t flags_now(void)
{
	uint64_t flags;

	__asm__ volatile("pushf\n\tpop %0" : "=r"(flags));
	return flags;
}

/* IOPL, NT, VM, VIF, VIP: none of them is a program's. */
CASE(sigreturn_with_flags)
{
	static const uint64_t bits[] = {
		0x1000, 0x2000, 0x3000, 0x4000, 0x20000, 0x80000, 0x100000
	};

	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++) {
		come_back(REG_EFL, bits[i]);
		CHECK(!(flags_now() & bits[i]));
	}
	come_back(REG_EFL, 0x40001); /* AC and CF are */
	CHECK(flags_now() & 0x40000);
	__asm__ volatile("pushf\n\tandl $~0x40000, (%rsp)\n\tpopf");
	CHECK(faults(status_of(CHILD(__asm__ volatile("push $0x3202\n\tpopf\n\tcli")))));
}

/* Selectors of ring 0, of a task, of a local table: refused, or not taken. */
CASE(sigreturn_with_selectors)
{
	static const uint16_t selectors[] = {
		0x08, 0x10, 0x18, 0x28, 0x38, 0x40, 0x0f, 0x17, 0xffff
	};

	for (size_t i = 0; i < sizeof(selectors) / sizeof(selectors[0]); i++) {
		int status = status_of(CHILD({
			uint16_t cs;

			come_back(REG_CSGSFS, (uint64_t)selectors[i] << 48 | selectors[i]);
			__asm__ volatile("mov %%cs, %0" : "=r"(cs));
			_exit((cs & 3) != 3);
		}));
		CHECK(faults(status) || status == 0);
	}
}

CASE(bases_that_are_no_addresses)
{
	static const uint64_t bad[] = { 0x800000000000, 0x8000000000000000, 0xffff7fffffffffff,
					0xffff800000000000, 0xffffffff80000000 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		CHECK(syscall(SYS_arch_prctl, ARCH_SET_FS, bad[i]) == -1 && errno == EPERM);
		CHECK(syscall(SYS_arch_prctl, ARCH_SET_GS, bad[i]) == -1 && errno == EPERM);
	}
}

/* --- memory ---------------------------------------------------------------------------------- */

static __attribute__((noinline)) int deeper(volatile int *from)
{
	volatile int room[256];

	room[0] = *from + 1;
	return room[0] < 0 ? 0 : deeper(room) + room[0];
}

CASE(stack_into_its_guard)
{
	int zero = 0, status;

	status = status_of(CHILD({
		struct rlimit small = { 1 << 18, 1 << 18 };

		setrlimit(RLIMIT_STACK, &small);
		_exit(deeper(&zero) & 1);
	}));
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
}

static bool refused(uint64_t at, uint64_t length)
{
	void *got =
		mmap((void *)at, length, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);

	return got == MAP_FAILED;
}

/* Where an ordinary user's mappings begin: said, or as Debian has it. */
static uint64_t lowest(void)
{
	char text[32] = "";
	int fd = open("/proc/sys/vm/mmap_min_addr", O_RDONLY);

	if (fd >= 0 && read(fd, text, sizeof(text) - 1) < 0)
		text[0] = 0;
	close(fd);
	return *text ? strtoul(text, NULL, 10) : 65536;
}

CASE(addresses_that_nobody_gets)
{
	CHECK(status_of(CHILD({
		      if (setuid(NOBODY))
			      _exit(2);
		      _exit(!refused(0, PAGE) || !refused(lowest() - PAGE, PAGE) ||
			    refused(lowest(), PAGE));
	      })) == 0);
	CHECK(refused(TOP, PAGE) && refused(TOP - PAGE, 2 * PAGE) && refused(0x800000000000, PAGE));
	CHECK(refused(0xffff800000000000, PAGE) && refused(-PAGE, PAGE) &&
	      refused(PAGES * PAGE, -PAGE));
}

/* Keel: nothing is writable and executable, by no way. */
CASE(write_and_execute_by_every_way)
{
	enum { RWX = PROT_READ | PROT_WRITE | PROT_EXEC, RX = PROT_READ | PROT_EXEC };
	int fd = open("/tmp/attacks-wx", O_RDWR | O_CREAT | O_TRUNC, 0755);
	int wanted = on_keel() ? -1 : 0;
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(fd >= 0 && !ftruncate(fd, PAGE) && page != MAP_FAILED);
	for (int way = 0; way < 4; way++) {
		int flags = (way & 1 ? MAP_SHARED : MAP_PRIVATE) | (way & 2 ? MAP_ANONYMOUS : 0);
		void *got = mmap(NULL, PAGE, RWX, flags, way & 2 ? -1 : fd, 0);

		CHECK((got == MAP_FAILED) == (wanted != 0));
		CHECK(!wanted || errno == EACCES);
	}
	CHECK(mprotect(page, PAGE, RWX) == wanted);
	CHECK(mprotect(page, PAGE, PROT_WRITE | PROT_EXEC) == wanted);
	CHECK(!mprotect(page, PAGE, RX));
	CHECK(mprotect(page, PAGE, RWX) == wanted);
	munmap(page, PAGE);
	close(fd);
	unlink("/tmp/attacks-wx");
}

/* --- copies on write ------------------------------------------------------------------------- */

static uint64_t dice_state;

static uint64_t dice(void)
{
	dice_state ^= dice_state << 13;
	dice_state ^= dice_state >> 7;
	dice_state ^= dice_state << 17;
	return dice_state;
}

/* Writes all pages in an order of its own, and finds no byte but its own and its parent's. */
static int scribble(volatile uint64_t *words, uint64_t self)
{
	uint64_t first = (dice_state = self * 0x9e3779b97f4a7c15, dice()) % PAGES,
		 step = dice() | 1;

	for (uint64_t i = 0; i < PAGES; i++) {
		volatile uint64_t *word = words + (first + i * step) % PAGES * (PAGE / 8);

		if (*word != (uint64_t)(word - words))
			return 1;
		*word = ~self;
	}
	for (uint64_t i = 0; i < PAGES; i++)
		if (words[i * (PAGE / 8)] != ~self)
			return 2;
	return 0;
}

CASE(thousand_forks_that_write)
{
	volatile uint64_t *words = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
					MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pid_t child[AT_ONCE];
	uint64_t wrong = 0;

	CHECK(words != MAP_FAILED);
	for (uint64_t i = 0; i < PAGES; i++)
		words[i * (PAGE / 8)] = i * (PAGE / 8);
	for (uint64_t i = 0; i < FORKS; i += AT_ONCE) {
		for (int n = 0; n < AT_ONCE; n++)
			child[n] = CHILD(_exit(scribble(words, i + (uint64_t)n + 1)));
		/* The parent writes, too, what was there. */
		for (uint64_t n = 0; n < PAGES; n++)
			words[n * (PAGE / 8)] = n * (PAGE / 8);
		for (int n = 0; n < AT_ONCE; n++)
			wrong += status_of(child[n]) != 0;
		for (uint64_t n = 0; n < PAGES; n++)
			wrong += words[n * (PAGE / 8)] != n * (PAGE / 8);
	}
	CHECK(wrong == 0);
	munmap((void *)words, PAGES * PAGE);
}

int main(void)
{
	run_case(case_execution, "T24: data, stack, heap, pages, no pages are run: SIGSEGV");
	run_case(case_sigreturn_to_nowhere, "T28: a signal frame with no address: SIGSEGV");
	run_case(case_syscall_in_the_last_bytes, "T28: SYSCALL in the last bytes: SIGSEGV");
	run_case(case_sigreturn_with_flags, "T29: a signal frame with IOPL, NT, VM: not taken");
	run_case(case_sigreturn_with_selectors, "T29: a signal frame with selectors: never ring 0");
	run_case(case_bases_that_are_no_addresses, "T30: arch_prctl with no address: EPERM");
	run_case(case_stack_into_its_guard, "T37: a stack without end: SIGSEGV");
	run_case(case_addresses_that_nobody_gets,
		 "T38: mmap at 0, and at the kernel's edge: refused");
	run_case(case_write_and_execute_by_every_way, "T39: write and execute together: EACCES");
	run_case(case_thousand_forks_that_write,
		 "T41: 1,000 forks write in any order: no byte lost");
	return failed_cases != 0;
}
