/* SPDX-License-Identifier: MIT */
/*
 * floating.c - floating-point and vector registers that one guest filled are looked for in another.
 *
 * Both use XRSTOR and XSAVE on their own stack page, which the attacker reads and writes.
 */
#include "libsys/string.h"
#include "libsys/thread.h"
#include "microkernel/abi/guest.h"
#include "tests/programs/attacks/attacks.h"

enum { AREA = 2048, COMPONENTS = 512, NM = 7, LEAST = 16 * 16 };
#define AT     (GUEST_STACK - PAGE_SIZE)
#define SECRET 0x5ec4e75ec4e75ec4ul

/* emms; mov $-1, %eax; mov %eax, %edx; xrstor64 (%rbx), or xsave64 (%rbx); mov $7, %eax; syscall.
 * A processor has #NM at the first use, QEMU not if that is XSAVE: hence EMMS. */
static const u8 load[] = { 0x0f, 0x77, 0xb8, 0xff, 0xff, 0xff, 0xff, 0x89, 0xc2, 0x48,
			   0x0f, 0xae, 0x2b, 0xb8, 7,	 0,    0,    0,	   0x0f, 0x05 };
static const u8 save[] = { 0x0f, 0x77, 0xb8, 0xff, 0xff, 0xff, 0xff, 0x89, 0xc2, 0x48,
			   0x0f, 0xae, 0x23, 0xb8, 7,	 0,    0,    0,	   0x0f, 0x05 };

static u64 area[AREA / 8] __attribute__((aligned(64)));

static i64 copy(u64 direction)
{
	return sys_space_copy(machine_space, AT, (u64)area, AREA, direction);
}

static u64 secrets(void)
{
	u64 n = 0;

	for (u32 i = 0; i < AREA / 8; i++)
		n += area[i] == SECRET;
	return n;
}

/* Legal control words, and the secret in every register of x87, SSE and AVX. */
static void fill(void)
{
	memset(area, 0, sizeof(area));
	for (u32 i = 160 / 8; i < 416 / 8; i++)
		area[i] = SECRET;
	for (u32 i = 576 / 8; i < 832 / 8; i++)
		area[i] = SECRET;
	area[0] = 0x37f;
	area[3] = 0x1f80;
	area[COMPONENTS / 8] = 7;
}

static void look(void)
{
	memset(area, 0, sizeof(area));
	WANT(AREA, copy(SPACE_COPY_WRITE));
	machine->regs.rbx = AT;
	WANT(GUEST_SYSCALL, machine_run(save, sizeof(save)));
	WANT(AREA, copy(SPACE_COPY_READ));
}

/* Another guest thread, which runs the same code. */
static void other(void *argument)
{
	struct guest_state *state = machine_second();

	(void)argument;
	state->regs = (struct registers){
		.rip = GUEST_CODE, .rsp = GUEST_STACK, .rbx = AT, .rflags = FLAGS
	};
	WANT(GUEST_SYSCALL, sys_guest_resume());
	WANT(0, sys_thread_bind(thread_self()->cap, CAP_NONE, CAP_NONE, 0));
	thread_exit(0);
}

void test_floating(void)
{
	extern const u8 use_of_fpu[];

	row("T45: a program uses floating point, which it does not have: #NM ends it");
	WANT(NM, crash(use_of_fpu));

	row("T45: what a guest's vector registers held is in none of the next guest's");
	machine_make();
	for (u32 turn = 0; turn < 8; turn++) {
		fill();
		WANT(AREA, copy(SPACE_COPY_WRITE));
		machine->regs.rbx = AT;
		WANT(GUEST_SYSCALL, machine_run(load, sizeof(load)));
		look();
		/* It was there. */
		HOLDS(secrets() >= LEAST / 8);
		memset(area, 0, sizeof(area));
		WANT(AREA, copy(SPACE_COPY_WRITE));
		helper_end(helper(other, NULL));
		WANT(AREA, copy(SPACE_COPY_READ));
		HOLDS(area[0] == 0x37f);
		judge(!secrets(), "words of another guest's", (i64)secrets(), 0);
	}

	row("T45: XRSTOR of a guest's from a header that is none: #GP, its own");
	for (u32 bit = 0; bit < 64; bit++) {
		fill();
		area[COMPONENTS / 8] = bit < 63 ? 1ul << bit : ~0ul;
		area[COMPONENTS / 8 + 2] = bit < 3;
		WANT(AREA, copy(SPACE_COPY_WRITE));
		machine->regs.rbx = AT;
		WANT(GUEST_EXCEPTION, machine_run(load, sizeof(load)));
		WANT(13, machine->vector);
	}
	machine_end();
}
