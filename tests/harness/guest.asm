; SPDX-License-Identifier: MIT
; guest.asm - the smallest guest that speaks the harness's conventions, so that tests/run can be
; tested without Keel.  It is entered by PVH; `case=X` on its command line chooses what it does.

PORT_OUT    equ 0xe9
PORT_ERR    equ 0xea
PORT_STATUS equ 0xeb
COM1        equ 0x3f8
COM3        equ 0x3e8

section .note.pvh alloc note align=4
	dd 4, 8, 18
	db "Xen", 0
	dq start

section .text
global start
bits 32
start:
	mov	esp, stack_top
	mov	ebp, ebx
	mov	esi, [ebp + 24]			; the command line
.find:
	mov	eax, [esi]
	test	al, al
	jz	hang
	inc	esi
	cmp	eax, "case"
	jne	.find
	mov	al, [esi + 4]			; behind `case=`
	cmp	al, "b"
	je	bytes
	cmp	al, "s"
	je	seven
	cmp	al, "t"
	je	triple_fault
	cmp	al, "l"
	je	command_line
	cmp	al, "m"
	je	module_tail
	cmp	al, "e"
	je	echo
hang:						; case=h, and all that is unknown
	hlt
	jmp	hang

; Every byte value on fd 1, a word on fd 2, status 0.
bytes:
	xor	eax, eax
.next:
	mov	dx, PORT_OUT
	out	dx, al
	inc	al
	jnz	.next
	mov	dx, PORT_ERR
	mov	esi, word_error
	call	print
	mov	esi, exit_0
	jmp	finish

; A status other than 0.
seven:
	mov	esi, exit_7
	jmp	finish

; No record at all.
triple_fault:
	mov	dx, COM1
	mov	esi, word_fault
	call	print
	lidt	[no_table]
	int3

; What the harness handed over as command line, on fd 1.
command_line:
	mov	dx, PORT_OUT
	mov	esi, [ebp + 24]
	call	print
	mov	esi, exit_0
	jmp	finish

; Of the module, what lies behind the first archive (its length stands at +16), on fd 1.
module_tail:
	mov	ebx, [ebp + 16]
	mov	esi, [ebx]
	mov	ecx, [ebx + 8]
	sub	ecx, [esi + 16]
	add	esi, [esi + 16]
	mov	dx, PORT_OUT
	cld
	rep outsb
	mov	esi, exit_0
	jmp	finish

; The console's bytes back to it, until a `q`.
echo:
	mov	dx, COM3 + 5
.wait:
	in	al, dx
	test	al, 1
	jz	.wait
	mov	dx, COM3
	in	al, dx
	out	dx, al
	cmp	al, "q"
	jne	echo
	mov	dx, COM1
	mov	esi, word_power
	call	print
	jmp	power_off

finish:
	mov	dx, PORT_STATUS
	call	print
power_off:
	mov	dx, 0x604
	mov	ax, 0x2000
	out	dx, ax
	jmp	hang

print:
	lodsb
	test	al, al
	jz	.end
	out	dx, al
	jmp	print
.end:
	ret

exit_0:     db "exit 0", 10, 0
exit_7:     db "exit 7", 10, 0
word_error: db "an error", 10, 0
word_fault: db "about to fault", 10, 0
word_power: db "init: power off", 10, 0
no_table:   times 6 db 0

section .bss
	resb 4096
stack_top:
