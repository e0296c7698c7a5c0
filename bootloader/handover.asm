; SPDX-License-Identifier: MIT
; handover.asm - the page that is mapped one to one both before and in the kernel's first page tables:
; the last instructions of the loader on each processor, and the first ones of all but the first.
;
; Both loaders copy it to a page, below 1 MiB if there is one.  Nothing here knows where that is.

global handover_begin:data hidden
global handover_enter:data hidden
global handover_end:data hidden

; struct handover_words, at the end of the page
BEGIN_ROOT   equ 0xfe0
BEGIN_TABLES equ 0xfe8
BEGIN_STACK  equ 0xff0
BEGIN_ENTRY  equ 0xff8

section .rodata progbits alloc noexec nowrite align=16

; A processor begins here in real mode, with cs = page / 16 and ip = 0.
bits 16
handover_begin:
	cli
	mov	ax, cs
	mov	ds, ax
	movzx	ebx, ax
	shl	ebx, 4
	lea	eax, [ebx + .gdt - handover_begin]
	mov	[.gdt_base - handover_begin], eax
	lea	eax, [ebx + .protected - handover_begin]
	mov	[.far - handover_begin], eax
	lea	eax, [ebx + .long - handover_begin]
	mov	[.wide - handover_begin], eax
	o32 lgdt [.gdt_pointer - handover_begin]
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
	mov	eax, [ebx + BEGIN_ROOT]
	mov	cr3, eax
	mov	ecx, 0xc0000080		; EFER: LME, NXE
	rdmsr
	or	eax, 1 << 8 | 1 << 11
	wrmsr
	mov	eax, cr0
	and	eax, ~(1 << 29 | 1 << 30)	; caches on
	or	eax, 1 << 31 | 1 << 16
	mov	cr0, eax
	jmp	far [ebx + .wide - handover_begin]
.wide:	dd	0
	dw	24
bits 64
.long:
	mov	ebx, ebx
	mov	rsp, [rbx + BEGIN_STACK]
	mov	rax, [rbx + BEGIN_TABLES]
	mov	cr3, rax
	xor	ebp, ebp
	call	[rbx + BEGIN_ENTRY]
	ud2

align 8
.gdt:	dq 0, 0x00cf9b000000ffff, 0x00cf93000000ffff, 0x00af9b000000ffff
.gdt_pointer:
	dw 31
.gdt_base:
	dd 0

; handover_enter(struct boot_info *info, u64 root, u64 entry, u64 stack, u64 number), in long mode
handover_enter:
	mov	cr3, rsi
	mov	rsp, rcx
	mov	rsi, r8
	xor	ebp, ebp
	jmp	rdx
handover_end:
