/* SPDX-License-Identifier: MIT */
/*
 * attack.c - what a wrong pointer, a wrong jump or a stack without end in ring 0 would do, done on
 * purpose: tests see what stops it.  Most of it does not return.
 */
#include "microkernel/object/system.h"

i64 debug_ask(u64 what, u64 value, u64 address)
{
	if (what == INSPECT_FAILPOINT)
		return failpoint_set(value);
	if (what != INSPECT_ATTACK)
		return E_INVAL;
	if (value == ATTACK_LOAD)
		return *(volatile u8 *)address;
	if (value == ATTACK_STORE)
		*(volatile u8 *)address = 0;
	else if (value == ATTACK_JUMP)
		((void (*)(void))address)();
	else
		__asm__ volatile("mov %%rsp, %%rbx\n1: push %1\n dec %0\n jnz 1b\n mov %%rbx, %%rsp"
				 : "+r"(address) : "r"(value) : "rbx", "memory", "cc");
	return 0;
}
