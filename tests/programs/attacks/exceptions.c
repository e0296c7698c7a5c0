/* SPDX-License-Identifier: MIT */
/* exceptions.c - every exception that ring 3 can cause, without end, and data that is run. */
#include "libsys/heap.h"
#include "libsys/string.h"
#include "microkernel/abi/guest.h"
#include "microkernel/abi/layout.h"
#include "tests/programs/attacks/attacks.h"

enum { STEPS = 4, RET = 0xc3, PF = 14, FETCH = 0x10 };

static const struct kind {
	const char *name;
	const char *code;
	u32 size, cause, vector;
	u64 flags;
} kinds[] = {
	/* xor %edx, %edx; xor %ecx, %ecx; div %ecx */
	{ "T33: #DE without end: each is the guest's own", "\x31\xd2\x31\xc9\xf7\xf1", 6,
	  GUEST_EXCEPTION, 0, 0 },
	{ "T33: #BP without end: each is the guest's own", "\xcc", 1, GUEST_EXCEPTION, 3, 0 },
	/* INTO and BOUND are none in 64-bit code. */
	{ "T33: #OF (INTO) without end: #UD, its own", "\xce", 1, GUEST_EXCEPTION, 6, 0 },
	{ "T33: #BR (BOUND) without end: #UD, its own", "\x62\x00", 2, GUEST_EXCEPTION, 6, 0 },
	{ "T33: #UD without end: each is the guest's own", "\x0f\x0b", 2, GUEST_EXCEPTION, 6, 0 },
	/* mov 1(%rsp), %rax with AC: no #AC, for CR0.AM is clear; then #BP */
	{ "T33: misaligned loads with AC without end: nothing, CR0.AM is clear",
	  "\x48\x8b\x44\x24\x01\xcc", 6, GUEST_EXCEPTION, 3, 0x40000 },
	/* fninit; push $0x340; fldcw (%rsp); fldz; fld1; fdivp; fwait */
	{ "T33: #MF without end: each is the guest's own",
	  "\xdb\xe3\x68\x40\x03\x00\x00\xd9\x2c\x24\xd9\xe8\xd9\xee\xde\xf9\x9b", 17,
	  GUEST_EXCEPTION, 16, 0 },
	/* mov 0x10, %eax */
	{ "T33: #PF without end: each is the guest's own", "\x8b\x04\x25\x10\x00\x00\x00", 7,
	  GUEST_FAULT, 14, 0 },
	/* movabs 0x8000000000000000, %al */
	{ "T33: #GP by an address that is none without end: each is the guest's own",
	  "\xa0\x00\x00\x00\x00\x00\x00\x00\x80", 9, GUEST_EXCEPTION, 13, 0 },
};

static void storm(const struct kind *kind)
{
	u64 wrong = 0;

	row(kind->name);
	(void)machine_run((const u8 *)kind->code, kind->size);
	for (u64 i = 0; i < rounds; i++) {
		i64 cause;

		machine->regs.rip = GUEST_CODE;
		machine->regs.rsp = GUEST_STACK - 128;
		machine->regs.rflags = FLAGS | kind->flags;
		cause = sys_guest_resume();
		wrong += cause != kind->cause ||
			 (cause == GUEST_EXCEPTION && machine->vector != kind->vector);
	}
	judge(!wrong, "exceptions of another kind, the last", machine->vector, kind->vector);
}

/* TF over SYSCALL: the trap must not be ring 0's, nor be lost behind the call. */
static void single_steps(void)
{
	/* mov $7, %eax; syscall; nop; jmp to the start */
	static const u8 code[] = { 0xb8, 7, 0, 0, 0, 0x0f, 0x05, 0x90, 0xeb, 0xf6 };
	u64 wrong = 0;

	row("T33: #DB by single steps over SYSCALL without end: one for each instruction");
	(void)machine_run(code, sizeof(code));
	machine->regs.rip = GUEST_CODE;
	for (u64 i = 0; i < rounds; i++) {
		static const u8 next[STEPS] = { 5, 7, 8, 0 };
		i64 cause;

		machine->regs.rflags |= 0x100;
		cause = sys_guest_resume();
		if (i % STEPS == 1)
			wrong += cause != GUEST_SYSCALL;
		else
			wrong += cause != GUEST_EXCEPTION || machine->vector != 1;
		wrong += machine->regs.rip - GUEST_CODE != next[i % STEPS];
	}
	judge(!wrong, "steps that went elsewhere", (i64)wrong, 0);
}

/* --- what is data is not run --- */

static u8 in_data[16] = { RET };
static u8 in_zeroes[16];
static const u8 in_constants[16] = { RET };

static void execution(void)
{
	u8 on_stack[16] = { RET };
	u8 *heap = heap_alloc(16);

	row("T24: a program runs its data, constants, stack, heap: #PF ends it");
	HOLDS(heap);
	in_zeroes[0] = heap[0] = RET;
	WANT(PF, crash(in_data));
	WANT(PF, crash(in_zeroes));
	WANT(PF, crash(in_constants));
	WANT(PF, crash(on_stack));
	WANT(PF, crash(heap));
	heap_free(heap, 16);
	row("T24: a program runs the kernel, no page, a guest's address: #PF ends it");
	WANT(PF, crash_at(KERNEL));
	WANT(PF, crash_at(UNMAPPED));
	WANT(PF, crash_at(GUEST_CODE));

	row("T24: a guest runs its stack, the kernel, the servers' slot: a fetch's fault, its own");
	static const u64 data[] = { GUEST_STACK - 256, KERNEL, SLOT_BASE };
	(void)machine_run(in_constants, 1);
	for (u32 i = 0; i < sizeof(data) / sizeof(data[0]); i++) {
		/* jmp *%rbx */
		static const u8 jump[] = { 0xff, 0xe3 };

		machine->regs.rbx = data[i];
		WANT(GUEST_FAULT, machine_run(jump, sizeof(jump)));
		HOLDS(machine->cr2 == data[i] && machine->error & FETCH);
	}
}

/* A view shows the guest's memory to its twin, but not to be run. */
static void in_view(void)
{
	row("T24: a twin reads its guest's code, and runs it: #PF ends it");
	WANT(GUEST_EXCEPTION, machine_run((const u8 *)"\xcc", 1));
	WANT(0xcc, *(volatile u8 *)GUEST_CODE);
	WANT(PF, crash_in_view(GUEST_CODE));
}

void test_exceptions(void)
{
	machine_make();
	for (u32 i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		storm(&kinds[i]);
	single_steps();
	execution();
	in_view();
	machine_end();
}
