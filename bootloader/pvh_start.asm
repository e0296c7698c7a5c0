; SPDX-License-Identifier: MIT
; pvh_start.asm - how the loader without firmware begins and ends, and the kernel's file in its hands.
;
; pvh_start: 32-bit protected mode, paging off, ebx = the PVH start information.  It checks that the
; processor has long mode and NX, maps the first 4 GiB one to one, enters long mode and calls
; pvh_main, which prepares the same state that the UEFI loader does.

extern pvh_main
global pvh_start
global kernel_file
global kernel_file_end

CPUID_LM   equ 1 << 29
CPUID_NX   equ 1 << 20

section .text progbits alloc exec nowrite align=16
bits 32
pvh_start:
	cld
	mov	esi, ebx
	mov	edi, boot_tables
	mov	esp, boot_stack_top
	mov	eax, 0x80000000
	cpuid
	cmp	eax, 0x80000001
	jb	.refuse
	mov	eax, 0x80000001
	cpuid
	test	edx, CPUID_LM
	jz	.refuse
	test	edx, CPUID_NX
	jz	.refuse
	; boot_tables: root, pdpt, four page directories; .bss, so they are zero
	lea	eax, [edi + 0x1000 + 3]
	mov	[edi], eax
	lea	eax, [edi + 0x2000 + 3]
	mov	ecx, 0
.pdpt:
	mov	[edi + 0x1000 + ecx * 8], eax
	add	eax, 0x1000
	inc	ecx
	cmp	ecx, 4
	jb	.pdpt
	mov	eax, 0x83
	mov	ecx, 0
.large:
	mov	[edi + 0x2000 + ecx * 8], eax
	add	eax, 0x200000
	inc	ecx
	cmp	ecx, 2048
	jb	.large
	mov	eax, cr4
	or	eax, 1 << 5			; PAE
	mov	cr4, eax
	mov	cr3, edi
	mov	ecx, 0xc0000080			; EFER: LME, NXE
	rdmsr
	or	eax, 1 << 8 | 1 << 11
	wrmsr
	mov	eax, cr0
	or	eax, 1 << 31 | 1 << 16		; PG, WP
	mov	cr0, eax
	lgdt	[gdt_pointer]
	jmp	8:.long
.refuse:
	mov	esi, refusal
	mov	dx, 0x3f8
.print:
	mov	al, [esi]
	test	al, al
	jz	.reset
	out	dx, al
	inc	esi
	jmp	.print
.reset:
	mov	dx, 0xcf9
	mov	al, 6
	out	dx, al
	mov	al, 0xfe
	out	0x64, al
.halt:
	hlt
	jmp	.halt
bits 64
.long:
	mov	edi, esi
	xor	eax, eax
	mov	ds, eax
	mov	es, eax
	mov	ss, eax
	mov	fs, eax
	mov	gs, eax
	mov	esp, boot_stack_top
	call	pvh_main
	ud2

align 8
gdt:
	dq 0, 0x00af9a000000ffff, 0x00cf92000000ffff
gdt_pointer:
	dw 23
	dd gdt
refusal: db "keel: this processor lacks long mode or no-execute pages (NX), which Keel needs", 13, 10, 0

section .kernel progbits alloc noexec nowrite align=4096
kernel_file:
	incbin KERNEL
kernel_file_end:

section .bss
alignb 4096
boot_tables: resb 6 * 4096
boot_stack:  resb 16384
boot_stack_top:
