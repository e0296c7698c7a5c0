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

; The other processors begin here, copied to a page below 1 MiB, in real mode with cs = page / 16 and
; ip = 0.  The words at its end are filled in for each: see start_others.
global ap_begin
global ap_end

AP_ROOT  equ 0xfe0	; of tables that map this page one to one; below 4 GiB
AP_STACK equ 0xfe8
AP_CPU   equ 0xff0
AP_ENTRY equ 0xff8

section .rodata progbits alloc noexec nowrite align=16
bits 16
ap_begin:
	cli
	mov	ax, cs
	mov	ds, ax
	movzx	ebx, ax
	shl	ebx, 4
	lea	eax, [ebx + .gdt - ap_begin]
	mov	[.gdt_base - ap_begin], eax
	lea	eax, [ebx + .protected - ap_begin]
	mov	[.far - ap_begin], eax
	lea	eax, [ebx + .long - ap_begin]
	mov	[.wide - ap_begin], eax
	o32 lgdt [.gdt_pointer - ap_begin]
	mov	eax, cr0
	or	al, 1
	mov	cr0, eax
	db	0x66, 0xea		; jmp 8:.protected, as a linear address
.far:	dd	0
	dw	8
bits 32
.protected:
	mov	ax, 16
	mov	ds, ax
	mov	ss, ax
	mov	eax, cr4
	or	eax, 1 << 5		; PAE
	mov	cr4, eax
	mov	eax, [ebx + AP_ROOT]
	mov	cr3, eax
	mov	ecx, 0xc0000080		; EFER: LME, NXE
	rdmsr
	or	eax, 1 << 8 | 1 << 11
	wrmsr
	mov	eax, cr0
	and	eax, ~(1 << 29 | 1 << 30)	; caches on
	or	eax, 1 << 31 | 1 << 16
	mov	cr0, eax
	jmp	far [ebx + .wide - ap_begin]
.wide:	dd	0
	dw	24
bits 64
.long:
	mov	ebx, ebx
	mov	rsp, [rbx + AP_STACK]
	mov	rdi, [rbx + AP_CPU]
	xor	ebp, ebp
	call	[rbx + AP_ENTRY]
	ud2
align 8
.gdt:	dq 0, 0x00cf9b000000ffff, 0x00cf93000000ffff, 0x00af9b000000ffff
.gdt_pointer:
	dw 31
.gdt_base:
	dd 0
ap_end:
