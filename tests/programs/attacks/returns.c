/* SPDX-License-Identifier: MIT */
/* returns.c - what a personality would have its guest return to: addresses, flags, bases. */
#include "microkernel/abi/guest.h"
#include "microkernel/abi/layout.h"
#include "tests/programs/attacks/attacks.h"

enum { LAST_PAGE_CODE = 2, NUMBER = 7, FAULT = 14, EDGES = 9, GENERAL = 15 };
/* Of RFLAGS: CF PF AF ZF SF TF DF OF AC ID may be ring 3's, IF and bit 1 are always set. */
enum { FLAGS_HIS = 0x240dd5, TRAP = 0x100 };

/* No guest may be anywhere there. */
static const u64 nowhere[EDGES] = {
	GUEST_LIMIT, GUEST_LIMIT + 1, 1ul << 47, (1ul << 47) + 1, 1ul << 63, SLOT_BASE - 1,
	SLOT_BASE,   KERNEL,	      ~0ul,
};
/* mov $7, %eax; syscall */
static const u8 call[] = { 0xb8, NUMBER, 0, 0, 0, 0x0f, 0x05 };

static bool canonical(u64 address)
{
	return (u64)((i64)(address << 16) >> 16) == address;
}

/* As after a system call (SYSRET), or as after a trap (IRET). */
static void resume_at(u64 rip, bool sysret)
{
	machine->regs = (struct registers){ .rip = rip, .rsp = GUEST_STACK - 128, .rflags = FLAGS };
	if (sysret) {
		machine->regs.rcx = rip;
		machine->regs.r11 = FLAGS;
	}
}

static void instruction_pointers(void)
{
	row("T28: a guest is to go on at an address that is none of its own: E_RANGE");
	for (u32 i = 0; i < 2 * EDGES; i++) {
		resume_at(nowhere[i / 2], i & 1);
		WANT(E_RANGE, sys_guest_resume());
	}
	WANT(GUEST_SYSCALL, machine_run(call, sizeof(call)));
}

/* SYSCALL as the last two bytes that a guest can have: RCX is then its limit. */
static void last_page(void)
{
	struct map_args a = { .address = GUEST_LIMIT - PAGE_SIZE,
			      .length = PAGE_SIZE,
			      .protect = PROTECT_READ,
			      .maximum = PROTECT_READ | PROTECT_WRITE | PROTECT_EXEC,
			      .flags = MAP_AT | MAP_OVERLAY };
	u64 at = GUEST_LIMIT - LAST_PAGE_CODE;

	row("T28: SYSCALL in the last bytes of the highest page, and then on: E_RANGE");
	WANT(a.address, sys_space_map(machine_space, &a));
	WANT(LAST_PAGE_CODE, sys_space_copy(machine_space, at, (u64)call + sizeof(call) - 2, 2,
					    SPACE_COPY_WRITE | SPACE_COPY_FORCE));
	WANT(0,
	     sys_space_protect(machine_space, a.address, PAGE_SIZE, PROTECT_READ | PROTECT_EXEC));
	resume_at(at, false);
	machine->regs.rax = NUMBER;
	WANT(GUEST_SYSCALL, sys_guest_resume());
	HOLDS(machine->regs.rip == GUEST_LIMIT && machine->original_rax == NUMBER);
	WANT(E_RANGE, sys_guest_resume());
	a.address += PAGE_SIZE;
	WANT(E_RANGE, sys_space_map(machine_space, &a));
	WANT(GUEST_SYSCALL, machine_run(call, sizeof(call)));
}

static void stack_pointers(void)
{
	static const u8 push[] = { 0x50 };

	row("T28: a stack where no guest's is: E_RANGE, or a fault of the guest's");
	for (u32 i = 0; i < EDGES; i++) {
		resume_at(GUEST_CODE, false);
		machine->regs.rsp = nowhere[i];
		/* IRET with such a one would fault in ring 0. */
		WANT(canonical(nowhere[i]) ? GUEST_SYSCALL : E_RANGE, sys_guest_resume());
		resume_at(GUEST_CODE, true);
		machine->regs.rsp = nowhere[i];
		WANT(GUEST_SYSCALL, sys_guest_resume());
		HOLDS(machine->regs.rsp == nowhere[i]);
	}
	WANT(GUEST_EXCEPTION, machine_run((const u8 *)"\x48\xc7\xc4\xff\xff\xff\xff\x0f\x0b", 9));
	WANT(GUEST_SYSCALL, machine_run(call, sizeof(call)));
	resume_at(GUEST_CODE, true);
	WANT(GUEST_SYSCALL, sys_guest_resume());
	WANT(GUEST_EXCEPTION, machine_run(push, sizeof(push))); /* the breakpoint behind it */
}

static void flags(void)
{
	/* pushf; pop %rbx; mov $7, %eax; syscall */
	static const u8 ask[] = { 0x9c, 0x5b, 0xb8, NUMBER, 0, 0, 0, 0x0f, 0x05 };

	row("T29: each bit of RFLAGS alone, then all: the guest has none but ring 3's");
	for (u32 bit = 0; bit <= 64; bit++) {
		u64 asked = bit < 64 ? 1ul << bit : ~0ul & ~(u64)TRAP;

		WANT(GUEST_SYSCALL, machine_run(ask, sizeof(ask)));
		resume_at(GUEST_CODE, false);
		machine->regs.rflags = asked;
		if (asked & TRAP) {
			WANT(GUEST_EXCEPTION, sys_guest_resume());
			WANT(1, machine->vector);
			continue;
		}
		WANT(GUEST_SYSCALL, sys_guest_resume());
		/* RF, bit 16, is not pushed. */
		judge((machine->regs.rbx & ~0x10000ul) == ((asked & FLAGS_HIS) | FLAGS),
		      "RFLAGS as the guest sees them", (i64)machine->regs.rbx,
		      (i64)((asked & FLAGS_HIS) | FLAGS));
	}
}

static void bases(void)
{
	/* wrfsbase %rbx; wrgsbase %rbx; mov $7, %eax; syscall */
	static const u8 set[] = { 0xf3, 0x48, 0x0f,   0xae, 0xd3, 0xf3, 0x48, 0x0f, 0xae,
				  0xdb, 0xb8, NUMBER, 0,    0,	  0,	0x0f, 0x05 };
	static const u64 bad[] = { 1ul << 47, (1ul << 47) + 1, 1ul << 63, SLOT_BASE - 1 };

	row("T30: FS and GS bases that are no addresses, set by its twin: E_RANGE");
	WANT(GUEST_SYSCALL, machine_run(call, sizeof(call)));
	for (u32 i = 0; i < 2 * sizeof(bad) / sizeof(bad[0]); i++) {
		resume_at(GUEST_CODE, i & 1);
		*(i & 1 ? &machine->fs_base : &machine->gs_base) = bad[i / 2];
		WANT(E_RANGE, sys_guest_resume());
		machine->fs_base = machine->gs_base = 0;
		WANT(GUEST_SYSCALL, sys_guest_resume());
	}

	/* A processor refuses it; QEMU's does not, and there the kernel does. */
	row("T30: FS and GS bases that are no addresses, set by the guest: E_RANGE or #GP");
	for (u32 i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		i64 cause;

		machine->regs = (struct registers){ .rbx = bad[i] };
		cause = machine_run(set, sizeof(set));
		if (cause == GUEST_SYSCALL) {
			HOLDS(machine->fs_base == bad[i] && machine->gs_base == bad[i]);
			WANT(E_RANGE, sys_guest_resume());
		} else {
			HOLDS(cause == GUEST_EXCEPTION && machine->vector == 13);
		}
		machine->fs_base = machine->gs_base = 0;
	}
	/* An address of the kernel's is one: to load from it is a fault. */
	machine->regs.rbx = 0;
	WANT(GUEST_SYSCALL, machine_run(set, sizeof(set)));
	machine->gs_base = KERNEL;
	WANT(GUEST_FAULT, machine_run((const u8 *)"\x65\xa1\0\0\0\0\0\0\0\0", 10));
	HOLDS(machine->cr2 == KERNEL);
	machine->fs_base = machine->gs_base = 0;
}

/* All but rip, rflags and rsp are the guest's own business, and come back as they were. */
static void every_register(void)
{
	static const u64 edges[] = { 0,		1,	   0x7ffffffff000,
				     1ul << 47, 1ul << 63, SLOT_BASE,
				     KERNEL,	~0ul,	   0xa5a5a5a5a5a5a5a5 };
	static const u8 int3[] = { 0xcc }, syscall[] = { 0x0f, 0x05 };

	row("every register at the edges of what there is, by IRET and by SYSRET: as it was");
	for (u32 i = 0; i < 4 * sizeof(edges) / sizeof(edges[0]); i++) {
		u64 *general = (u64 *)&machine->regs, value = edges[i / 4];

		/* Its code, and once through it. */
		(void)machine_run(i & 2 ? syscall : int3, i & 2 ? 2 : 1);
		resume_at(GUEST_CODE, false);
		for (u32 n = 0; n < GENERAL; n++)
			general[n] = value + n;
		if (i & 1) {
			machine->regs.rcx = GUEST_CODE;
			machine->regs.r11 = FLAGS;
		}
		WANT(i & 2 ? GUEST_SYSCALL : GUEST_EXCEPTION, sys_guest_resume());
		for (u32 n = 0; n < GENERAL; n++) {
			bool taken = &general[n] == &machine->regs.rcx ||
				     &general[n] == &machine->regs.r11;

			judge((taken && i & 3) || general[n] == value + n, "register", n,
			      (i64)general[n]);
		}
	}
}

void test_returns(void)
{
	machine_make();
	instruction_pointers();
	last_page();
	stack_pointers();
	flags();
	bases();
	every_register();
	machine_end();
}
