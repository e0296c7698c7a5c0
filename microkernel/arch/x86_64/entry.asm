; SPDX-License-Identifier: MIT
; entry.asm - from ring 3 into C and back.
;
; GS base is the struct cpu while in ring 0.  The running frame's registers are saved straight into
; the place where they belong (struct registers, cpu.regs); there is one kernel stack per CPU and it
; is empty whenever ring 3 runs.

extern trap_native_syscall
extern trap_guest_syscall
extern trap_user
extern trap_interrupt
extern trap_kernel
extern trap_exit_many
global syscall_entry
global syscall_entry_many
global exit_to_user
global exit_with_message
global trap_stubs

CPU_REGS      equ 8
CPU_REGS_TOP  equ 16
CPU_STACK_TOP equ 24
CPU_SCRATCH   equ 32
CPU_IS_GUEST  equ 40
CPU_EXIT_IRET equ 41
CPU_HAS_SMAP  equ 43

; Several registers in a line; offsets in struct registers as R_ and the register's name.
%macro PUSH 1-*
%rep %0
	push	%1
%rotate 1
%endrep
%endmacro
%macro POP 1-*
%rep %0
	pop	%1
%rotate 1
%endrep
%endmacro
%macro SAVE 1-*
%rep %0
	mov	[rax + R_%1 - R_END], %1
%rotate 1
%endrep
%endmacro
%macro LOAD 1-*
%rep %0
	mov	%1, [rax + R_%1]
%rotate 1
%endrep
%endmacro
%macro OFFSETS 1-*
%assign offset 0
%rep %0
R_%1 equ offset
%assign offset offset + 8
%rotate 1
%endrep
%endmacro
	OFFSETS r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi, rip, rflags, rsp, END

USER_CS equ 0x23
USER_SS equ 0x1b
MSR_GS_BASE equ 0xc0000101

section .text.fast progbits alloc exec nowrite align=64
bits 64
default rel

; SYSCALL: rcx = rip, r11 = rflags; SFMASK has cleared IF TF DF IOPL NT AC.  The word at EXIT_IRET is
; two bytes: with it this CPU is no longer outside.
%macro SYSCALL_SAVE 0
	swapgs
	mov	[gs:CPU_SCRATCH], rsp
	mov	rsp, [gs:CPU_REGS_TOP]
	push	qword [gs:CPU_SCRATCH]
	PUSH	r11, rcx, rdi, rsi, rdx, rcx, rax, r8, r9, r10, r11, rbx, rbp, r12, r13, r14, r15
	mov	rsp, [gs:CPU_STACK_TOP]
	mov	word [gs:CPU_EXIT_IRET], 0
%endmacro

; With many CPUs others are to see that before this one looks anything up, and the way out looks at
; what they have done meanwhile.
syscall_entry_many:
	SYSCALL_SAVE
	mfence
	cmp	byte [gs:CPU_IS_GUEST], 0
	jne	.guest
	mov	rdx, rax
	call	trap_native_syscall
	jmp	exit_to_user
.guest:
	call	trap_guest_syscall
	call	trap_exit_many
	jmp	exit_to_user

align 16
syscall_entry:
	SYSCALL_SAVE
	cmp	byte [gs:CPU_IS_GUEST], 0
	jne	.guest
	mov	rdx, rax
	call	trap_native_syscall
	jmp	exit_to_user
.guest:
	call	trap_guest_syscall

; Leave by what cpu.regs holds now.
exit_to_user:
	mov	rsp, [gs:CPU_REGS]
	cmp	byte [gs:CPU_EXIT_IRET], 0
	jne	.iret
	POP	r15, r14, r13, r12, rbp, rbx
	add	rsp, 8				; r11 comes from rflags
	POP	r10, r9, r8, rax
	add	rsp, 8				; rcx comes from rip
	POP	rdx, rsi, rdi, rcx, r11, rsp
	swapgs
	o64 sysret
.iret:
	mov	rax, rsp
	mov	rsp, [gs:CPU_STACK_TOP]
	push	USER_SS
	push	qword [rax + R_rsp]
	push	qword [rax + R_rflags]
	push	USER_CS
	push	qword [rax + R_rip]
	LOAD	r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rcx, rdx, rsi, rdi, rax
	swapgs
	iretq

; exit_with_message(rdi, rsi, rdx, r14): see arch.h.
exit_with_message:
	mov	rax, [gs:CPU_REGS]
	mov	r14, rcx
	LOAD	r15, rbp, rbx
	mov	rcx, [rax + R_rip]
	mov	r11, [rax + R_rflags]
	mov	rsp, [rax + R_rsp]
	xor	eax, eax
	swapgs
	o64 sysret

; Interrupts and exceptions: one stub per vector pushes an error code (if the processor did not) and
; the vector.
section .text progbits alloc exec nowrite align=16

%macro STUB 1
stub_%1:
%if %1 == 8 || (%1 >= 10 && %1 <= 14) || %1 == 17 || %1 == 21 || %1 == 29 || %1 == 30
%else
	push	0
%endif
	push	%1
%if %1 == 1 || %1 == 2 || %1 == 8 || %1 == 18
	jmp	trap_on_own_stack
%else
	jmp	trap_common
%endif
%endmacro

%assign i 0
%rep 256
	STUB i
%assign i i + 1
%endrep

; On the stack: vector, error, rip, cs, rflags, rsp, ss.
trap_common:
	cld
	test	byte [rsp + 24], 3
	jz	trap_in_kernel
	swapgs
from_user:
	cmp	byte [gs:CPU_HAS_SMAP], 0
	je	.no_smap
	clac
.no_smap:
	mov	[gs:CPU_SCRATCH], rax
	mov	rax, [gs:CPU_REGS_TOP]
	SAVE	r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rcx, rdx, rsi, rdi
	mov	rcx, [gs:CPU_SCRATCH]
	mov	[rax + R_rax - R_END], rcx
	mov	rcx, [rsp + 16]
	mov	[rax + R_rip - R_END], rcx
	mov	rcx, [rsp + 32]
	mov	[rax + R_rflags - R_END], rcx
	mov	rcx, [rsp + 40]
	mov	[rax + R_rsp - R_END], rcx
	mov	rdi, [rsp]
	mov	rsi, [rsp + 8]
	mov	rsp, [gs:CPU_STACK_TOP]
	mov	word [gs:CPU_EXIT_IRET], 1
	xor	ebp, ebp
	cmp	edi, 32
	jae	.interrupt
	call	trap_user
	jmp	exit_to_user
.interrupt:
	call	trap_interrupt
	jmp	exit_to_user

%macro PUSH_FRAME 0
	PUSH	rbp, rbx, r11, r10, r9, r8, rdi, rsi, rdx, rcx, rax
%endmacro
%macro POP_FRAME 0
	POP	rax, rcx, rdx, rsi, rdi, r8, r9, r10, r11, rbx, rbp
	add	rsp, 16
%endmacro

trap_in_kernel:
	PUSH_FRAME
	mov	rdi, rsp
	mov	rbp, rsp
	and	rsp, -16
	call	trap_kernel
	mov	rsp, rbp
	POP_FRAME
	iretq

; NMI, #MC, #DB, #DF have stacks of their own, whose base (the highest word) holds the struct cpu.
; From ring 3 they go the common way; from ring 0 the GS base may be either, so it is set here.
trap_on_own_stack:
	cld
	test	byte [rsp + 24], 3
	jz	.kernel
	swapgs
	jmp	from_user
.kernel:
	PUSH_FRAME
	mov	rdi, rsp
	mov	ecx, MSR_GS_BASE
	rdmsr
	push	rdx
	push	rax
	mov	rbx, rsp
	or	rbx, 4095			; own stacks are one page, aligned
	mov	rax, [rbx - 7]
	mov	rdx, rax
	shr	rdx, 32
	wrmsr
	mov	rbx, rsp
	and	rsp, -16
	call	trap_kernel
	mov	rsp, rbx
	pop	rax
	pop	rdx
	mov	ecx, MSR_GS_BASE
	wrmsr
	POP_FRAME
	iretq

section .rodata progbits alloc noexec nowrite align=8
; Distances of the stubs from this table: no relocation is needed.
trap_stubs:
%assign i 0
%rep 256
	dd	stub_ %+ i - trap_stubs
%assign i i + 1
%endrep
