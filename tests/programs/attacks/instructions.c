/* SPDX-License-Identifier: MIT */
/* instructions.c - every INT n and every instruction of ring 0's, in a guest and in a program. */
#include "libsys/string.h"
#include "microkernel/abi/guest.h"
#include "tests/programs/attacks/attacks.h"

enum { GP = 13, BREAKPOINT = 3, INTERRUPT = 4 };

extern const struct opcode {
	const char *text;
	const u8 *code;
	u32 length, vector;
} opcodes[], opcodes_umip[], opcodes_frames[], opcodes_end[];
extern const u8 interrupts[256 * INTERRUPT];

static void guest_opcodes(const struct opcode *from, const struct opcode *to)
{
	for (; from < to; from++) {
		i64 cause = machine_run(from->code, from->length);

		judge(cause == GUEST_EXCEPTION && machine->vector == from->vector, from->text,
		      cause == GUEST_EXCEPTION ? machine->vector : -cause, from->vector);
	}
}

static void native_opcodes(const struct opcode *from, const struct opcode *to)
{
	for (; from < to; from++) {
		i64 vector = crash(from->code);

		judge(vector == from->vector, from->text, vector, from->vector);
	}
}

static void guest_interrupts(void)
{
	for (u32 n = 0; n < 256; n++) {
		i64 cause = machine_run(interrupts + n * INTERRUPT, INTERRUPT);
		u32 wanted = n == BREAKPOINT ? BREAKPOINT : GP;

		judge(cause == GUEST_EXCEPTION && machine->vector == wanted, "int n", n, wanted);
	}
}

static void native_interrupts(void)
{
	for (u32 n = 0; n < 256; n++) {
		i64 vector = crash(interrupts + n * INTERRUPT);
		u32 wanted = n == BREAKPOINT ? BREAKPOINT : GP;

		judge(vector == wanted, "int n", vector, wanted);
	}
}

static bool has_smap(void)
{
	u32 eax = 7, ebx, ecx = 0, edx;

	__asm__("cpuid" : "+a"(eax), "=b"(ebx), "+c"(ecx), "=d"(edx));
	return ebx >> 20 & 1;
}

void test_instructions(void)
{
	machine_make();
	row("T32: INT 0 to INT 255 in a guest: #GP, but of INT 3");
	guest_interrupts();
	row("T32: every instruction of ring 0's in a guest: #GP or #UD");
	guest_opcodes(opcodes, opcodes_umip);
	row("T26: SGDT, SIDT, SLDT, STR, SMSW in a guest: #GP");
	guest_opcodes(opcodes_umip, opcodes_frames);
	if (!has_smap()) {
		row("T29: far returns and IRET to ring 0 in a guest: #GP");
		guest_opcodes(opcodes_frames, opcodes_end);
	}
	machine_end();
	row("T32: INT 0 to INT 255 in a program: it ends by #GP, but of INT 3");
	native_interrupts();
	row("T32: every instruction of ring 0's in a program: it ends by #GP or #UD");
	native_opcodes(opcodes, opcodes_umip);
	row("T26: SGDT, SIDT, SLDT, STR, SMSW in a program: it ends by #GP");
	native_opcodes(opcodes_umip, opcodes_frames);
	if (!has_smap()) {
		row("T29: far returns and IRET to ring 0 in a program: it ends by #GP");
		native_opcodes(opcodes_frames, opcodes_end);
	}
}
