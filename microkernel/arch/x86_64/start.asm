; SPDX-License-Identifier: MIT
; start.asm - the way into the kernel: final page tables, interrupts off, rdi = struct boot_info *.

extern kernel_main
global kernel_start

section .text
kernel_start:
	cld
	and	rsp, -16
	call	kernel_main
	ud2
