/* SPDX-License-Identifier: MIT */
/*
 * residue.S - registers_call(in, out): SYSCALL with every general register but RSP as the array
 * says, in the order of struct registers, and what they are afterwards.
 */
	.text
	.globl	registers_call, registers_after
registers_call:
	push	%rbx
	push	%rbp
	push	%r12
	push	%r13
	push	%r14
	push	%r15
	push	%rsi
	mov	0(%rdi), %r15
	mov	8(%rdi), %r14
	mov	16(%rdi), %r13
	mov	24(%rdi), %r12
	mov	32(%rdi), %rbp
	mov	40(%rdi), %rbx
	mov	48(%rdi), %r11
	mov	56(%rdi), %r10
	mov	64(%rdi), %r9
	mov	72(%rdi), %r8
	mov	80(%rdi), %rax
	mov	88(%rdi), %rcx
	mov	96(%rdi), %rdx
	mov	104(%rdi), %rsi
	mov	112(%rdi), %rdi
	syscall
registers_after:
	xchg	%rdi, (%rsp)
	mov	%r15, 0(%rdi)
	mov	%r14, 8(%rdi)
	mov	%r13, 16(%rdi)
	mov	%r12, 24(%rdi)
	mov	%rbp, 32(%rdi)
	mov	%rbx, 40(%rdi)
	mov	%r11, 48(%rdi)
	mov	%r10, 56(%rdi)
	mov	%r9, 64(%rdi)
	mov	%r8, 72(%rdi)
	mov	%rax, 80(%rdi)
	mov	%rcx, 88(%rdi)
	mov	%rdx, 96(%rdi)
	mov	%rsi, 104(%rdi)
	pop	112(%rdi)
	pop	%r15
	pop	%r14
	pop	%r13
	pop	%r12
	pop	%rbp
	pop	%rbx
	ret
	.section .note.GNU-stack, "", @progbits
