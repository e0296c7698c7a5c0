/* SPDX-License-Identifier: MIT */
/*
 * minions.S - what threads of the fuzzer's calls run, and its guests: short, without a stack.
 *
 * rdi is the argument that thread_create was given, which may be anything.  Call numbers are of
 * syscall.def; minions.h has them from there.
 */
#include "tests/programs/storm/minions.h"

	.section .note.GNU-stack,"",@progbits
	.text
	.globl minion_loops, minion_faults, minion_waits, minion_calls, minion_serves
	.globl guest_begin, guest_traps, guest_writes, guest_loops, guest_faults, guest_end

minion_loops:
	movzwl %di, %ebx
1:	dec %ebx
	jg 1b
	mov $CALL_THREAD_EXIT, %eax
	syscall
minion_faults:
	mov (%rdi), %rax
	mov %rax, (%rdi)
	ud2
/* A call after the other through the handle that it was given, until that is gone. */
minion_calls:
	mov %rdi, %rbx
1:	mov %rbx, %rdi
	xor %esi, %esi
	mov $CALL_ENDPOINT_CALL, %eax
	syscall
	test %eax, %eax
	jz 1b
	jmp minion_loops
/* Serves: what it received it answers, with the words that came. */
minion_serves:
	mov %rdi, %rbx
	mov $CALL_ENDPOINT_RECEIVE, %eax
	xor %esi, %esi
1:	mov %rbx, %rdi
	syscall
	test %eax, %eax
	jnz minion_loops
	xor %esi, %esi
	mov $CALL_REPLY_RECEIVE, %eax
	jmp 1b
/* Waits for any bit of the notification that it was given. */
minion_waits:
	mov %rdi, %rbx
1:	mov %rbx, %rdi
	mov $255, %esi
	mov $-1, %rdx
	mov $CALL_NOTIFICATION_WAIT, %eax
	syscall
	test %eax, %eax
	jg 1b
	jmp minion_loops

/* Copied to GUEST_CODE of the guest space.  rdi: an address of the playground there. */
guest_begin:
guest_traps:
	syscall
	jmp guest_traps
guest_writes:
	inc %rbx
	mov %rbx, (%rdi)
	mov %rbx, 8(%rdi)
	test $0xff, %bl
	jnz guest_writes
	syscall
	jmp guest_writes
guest_loops:
	jmp guest_loops
guest_faults:
	mov (%rsi), %rax
	ud2
guest_end:
