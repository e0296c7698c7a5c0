; SPDX-License-Identifier: MIT
; cr3.asm - what two loads of CR3 take in wall time on this emulator, in this minute: a guest of its own
; that does nothing else, entered by PVH.  It prints ticks of the TSC for two loads to port 0xe9, the
; least of TURNS turns, because whatever else the machine does can only add.

ROUNDS equ 20000
TURNS  equ 7

section .note.pvh alloc note align=4
	dd 4, 8, 18
	db "Xen", 0
	dq start

section .text
global start
bits 32
start:
	mov	esp, stack_top
	mov	dword [directory], 0x83		; 4 MiB at 0, present, writable, large
	mov	eax, cr4
	or	eax, 0x10			; large pages
	mov	cr4, eax
	mov	eax, directory
	mov	cr3, eax
	mov	eax, cr0
	or	eax, 0x80000000			; paging
	mov	cr0, eax
	mov	ebp, -1
	mov	ebx, TURNS
.turn:
	mov	ecx, ROUNDS
	mov	esi, cr3
	rdtsc
	mov	edi, eax
.load:
	mov	cr3, esi
	mov	cr3, esi
	dec	ecx
	jnz	.load
	rdtsc
	sub	eax, edi
	cmp	eax, ebp
	cmovb	ebp, eax
	dec	ebx
	jnz	.turn

	mov	eax, ebp
	xor	edx, edx
	mov	ecx, ROUNDS
	div	ecx
	mov	ecx, 10
	push	dword 10			; a newline ends what is printed
.digit:
	xor	edx, edx
	div	ecx
	add	edx, "0"
	push	edx
	test	eax, eax
	jnz	.digit
.print:
	pop	eax
	out	0xe9, al
	cmp	al, 10
	jne	.print
	mov	dx, 0x604
	mov	ax, 0x2000
	out	dx, ax
.off:
	hlt
	jmp	.off

section .bss
	alignb 4096
directory:
	resb 4096
	resb 4096
stack_top:
