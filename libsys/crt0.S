/* SPDX-License-Identifier: MIT */
/*
 * crt0.S - the entry of every native program: rdi = struct start_info *, rsp = some stack.
 *
 * start_first() relocates and makes a stack whose place identifies the thread; main runs there.
 */
	.text
	.globl	_start
	.type	_start, @function
_start:
	xorl	%ebp, %ebp
	andq	$-16, %rsp
	call	start_first
	movq	%rax, %rsp
	call	start_main
	ud2
	.size	_start, . - _start

	.section .note.GNU-stack, "", @progbits
