; SPDX-License-Identifier: MIT
; start.asm - the way into the kernel, of each processor; abi/boot.h says with what.

extern kernel_main
global kernel_start

section .text
kernel_start:
	cld
	mov	rdx, rsp
	call	kernel_main
	ud2
