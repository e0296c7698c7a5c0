/* SPDX-License-Identifier: MIT */
/*
 * opcodes.S - instructions that ring 3 must not have, each with the exception that it is to end in,
 * and INT n for every n.  Each is a piece of code of its own: a thread of this program begins
 * there, and a guest gets a copy.
 *
 * struct opcode { const char *text; const u8 *code; u32 length, vector; } opcodes[], ..._end[]
 */
#define UD 6
#define GP 13

	.section .data.rel.ro, "aw"
	.globl	opcodes
	.balign	8
opcodes:

/* A frame, far addresses and selectors that are ring 0's, a task's, or of a table that is not there. */
.macro far_to selector
	push	$\selector
	push	%rsp
	lretq
.endm
.macro far_to_ring_0
	far_to	0x08
.endm
.macro far_to_task
	far_to	0x28
.endm
.macro far_to_ldt
	far_to	0x0f
.endm
.macro iret_to_ring_0
	push	$0x10
	push	%rsp
	push	$2
	push	$8
	push	%rsp
	iretq
.endm
.macro load register, selector
	mov	$\selector, %eax
	mov	%eax, \register
.endm
.macro ds_of_ring_0
	load	%ds, 0x10
.endm
.macro fs_of_task
	load	%fs, 0x28
.endm
.macro gs_of_ldt
	load	%gs, 0x0f
.endm
.macro ss_of_ring_0
	load	%ss, 0x10
.endm

.macro REFUSED vector, instruction:vararg
	.text
701:	\instruction
702:	ud2
	.section .rodata
703:	.asciz	"\instruction"
	.section .data.rel.ro, "aw"
	.quad	703b, 701b
	.long	702b - 701b, \vector
.endm

	REFUSED	GP, hlt
	REFUSED	GP, cli
	REFUSED	GP, sti
	REFUSED	GP, in $0x71, %al
	REFUSED	GP, in (%dx), %eax
	REFUSED	GP, out %al, $0x80
	REFUSED	GP, out %eax, (%dx)
	REFUSED	GP, insb
	REFUSED	GP, rep outsb
	REFUSED	GP, rdmsr
	REFUSED	GP, wrmsr
	REFUSED	GP, rdpmc
	REFUSED	GP, mov %cr0, %rax
	REFUSED	GP, mov %rax, %cr0
	REFUSED	GP, mov %cr2, %rax
	REFUSED	GP, mov %rax, %cr2
	REFUSED	GP, mov %cr3, %rax
	REFUSED	GP, mov %rax, %cr3
	REFUSED	GP, mov %cr4, %rax
	REFUSED	GP, mov %rax, %cr4
	REFUSED	GP, mov %cr8, %rax
	REFUSED	GP, mov %rax, %cr8
	REFUSED	GP, mov %db0, %rax
	REFUSED	GP, mov %rax, %db7
	REFUSED	GP, clts
	REFUSED	GP, lmsw %ax
	REFUSED	GP, invd
	REFUSED	GP, wbinvd
	REFUSED	GP, invlpg (%rsp)
	REFUSED	GP, lgdt -16(%rsp)
	REFUSED	GP, lidt -16(%rsp)
	REFUSED	GP, lldt %ax
	REFUSED	GP, ltr %ax
	REFUSED	GP, swapgs
	REFUSED	GP, sysretq
	REFUSED	GP, sysretl
	/* As AMD's processors do; Intel's give #GP. */
	REFUSED	UD, sysenter
	REFUSED	UD, sysexitq
	REFUSED	GP, xsetbv
	REFUSED	UD, stac
	REFUSED	UD, clac
	REFUSED	UD, rdpkru
	REFUSED	UD, wrpkru
	REFUSED	UD, vmrun
	REFUSED	UD, vmload
	REFUSED	UD, vmsave
	REFUSED	UD, stgi
	REFUSED	UD, clgi
	REFUSED	UD, vmcall
	REFUSED	UD, vmmcall
	REFUSED	UD, rsm
	REFUSED	UD, ud2
	REFUSED	GP, ds_of_ring_0
	REFUSED	GP, fs_of_task
	REFUSED	GP, gs_of_ldt
	REFUSED	GP, ss_of_ring_0

	/* UMIP: the addresses of ring 0's tables are no business of ring 3's. */
	.globl	opcodes_umip
opcodes_umip:
	REFUSED	GP, sgdt -16(%rsp)
	REFUSED	GP, sidt -16(%rsp)
	REFUSED	GP, sldt %eax
	REFUSED	GP, str %eax
	REFUSED	GP, smsw %eax
	/* QEMU reads these frames as ring 0 does: with SMAP they fault without end. */
	.globl	opcodes_frames
opcodes_frames:
	REFUSED	GP, far_to_ring_0
	REFUSED	GP, far_to_task
	REFUSED	GP, far_to_ldt
	REFUSED	GP, iret_to_ring_0
	.section .data.rel.ro, "aw"
	.globl	opcodes_end
opcodes_end:

	.text
	.globl	interrupts
	.balign	4
interrupts:
	.set	number, 0
	.rept	256
	.byte	0xcd, number
	ud2
	.set	number, number + 1
	.endr
	.globl	use_of_fpu
use_of_fpu:
	fld1
	ud2
	.globl	jump_to_argument
jump_to_argument:
	jmp	*%rdi
	.section .note.GNU-stack, "", @progbits
