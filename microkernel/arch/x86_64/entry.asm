; SPDX-License-Identifier: MIT
; entry.asm - from ring 3 into C and back.
;
; GS base is the struct cpu while in ring 0.  The running frame's registers are saved straight into
; the place where they belong (struct registers, cpu.regs); there is one kernel stack per CPU and it
; is empty whenever ring 3 runs.

extern trap_native_syscall
extern trap_guest_syscall
extern trap_user
extern trap_kernel
global syscall_entry
global exit_to_user
global trap_stubs
global start_first

CPU_REGS      equ 8
CPU_REGS_TOP  equ 16
CPU_STACK_TOP equ 24
CPU_SCRATCH   equ 32
CPU_IS_GUEST  equ 40
CPU_EXIT_IRET equ 41
CPU_HAS_SMAP  equ 42

; struct registers
R_R15 equ 0
R_R14 equ 8
R_R13 equ 16
R_R12 equ 24
R_RBP equ 32
R_RBX equ 40
R_R11 equ 48
R_R10 equ 56
R_R9  equ 64
R_R8  equ 72
R_RAX equ 80
R_RCX equ 88
R_RDX equ 96
R_RSI equ 104
R_RDI equ 112
R_RIP equ 120
R_RFLAGS equ 128
R_RSP equ 136

USER_CS equ 0x23
USER_SS equ 0x1b
MSR_GS_BASE equ 0xc0000101

section .text.fast progbits alloc exec nowrite align=64
bits 64
default rel

; SYSCALL: rcx = rip, r11 = rflags; SFMASK has cleared IF TF DF IOPL NT AC.
syscall_entry:
	swapgs
	mov	[gs:CPU_SCRATCH], rsp
	mov	rsp, [gs:CPU_REGS_TOP]
	push	qword [gs:CPU_SCRATCH]
	push	r11
	push	rcx
	push	rdi
	push	rsi
	push	rdx
	push	rcx
	push	rax
	push	r8
	push	r9
	push	r10
	push	r11
	push	rbx
	push	rbp
	push	r12
	push	r13
	push	r14
	push	r15
	mov	rdi, rsp
	mov	rsp, [gs:CPU_STACK_TOP]
	mov	byte [gs:CPU_EXIT_IRET], 0
	cmp	byte [gs:CPU_IS_GUEST], 0
	jne	.guest
	call	trap_native_syscall
	jmp	exit_to_user
.guest:
	call	trap_guest_syscall

; Leave by what cpu.regs holds now.
exit_to_user:
	mov	rsp, [gs:CPU_REGS]
	cmp	byte [gs:CPU_EXIT_IRET], 0
	jne	.iret
	pop	r15
	pop	r14
	pop	r13
	pop	r12
	pop	rbp
	pop	rbx
	add	rsp, 8				; r11 comes from rflags
	pop	r10
	pop	r9
	pop	r8
	pop	rax
	add	rsp, 8				; rcx comes from rip
	pop	rdx
	pop	rsi
	pop	rdi
	pop	rcx
	pop	r11
	pop	rsp
	swapgs
	o64 sysret
.iret:
	mov	rax, rsp
	mov	rsp, [gs:CPU_STACK_TOP]
	push	USER_SS
	push	qword [rax + R_RSP]
	push	qword [rax + R_RFLAGS]
	push	USER_CS
	push	qword [rax + R_RIP]
	mov	r15, [rax + R_R15]
	mov	r14, [rax + R_R14]
	mov	r13, [rax + R_R13]
	mov	r12, [rax + R_R12]
	mov	rbp, [rax + R_RBP]
	mov	rbx, [rax + R_RBX]
	mov	r11, [rax + R_R11]
	mov	r10, [rax + R_R10]
	mov	r9, [rax + R_R9]
	mov	r8, [rax + R_R8]
	mov	rcx, [rax + R_RCX]
	mov	rdx, [rax + R_RDX]
	mov	rsi, [rax + R_RSI]
	mov	rdi, [rax + R_RDI]
	mov	rax, [rax + R_RAX]
	swapgs
	iretq

; start_first(stack): forget the start's stack and leave to the first thread.
start_first:
	jmp	exit_to_user

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
	mov	rax, [gs:CPU_REGS]
	mov	[rax + R_R15], r15
	mov	[rax + R_R14], r14
	mov	[rax + R_R13], r13
	mov	[rax + R_R12], r12
	mov	[rax + R_RBP], rbp
	mov	[rax + R_RBX], rbx
	mov	[rax + R_R11], r11
	mov	[rax + R_R10], r10
	mov	[rax + R_R9], r9
	mov	[rax + R_R8], r8
	mov	[rax + R_RCX], rcx
	mov	[rax + R_RDX], rdx
	mov	[rax + R_RSI], rsi
	mov	[rax + R_RDI], rdi
	mov	rcx, [gs:CPU_SCRATCH]
	mov	[rax + R_RAX], rcx
	mov	rcx, [rsp + 16]
	mov	[rax + R_RIP], rcx
	mov	rcx, [rsp + 32]
	mov	[rax + R_RFLAGS], rcx
	mov	rcx, [rsp + 40]
	mov	[rax + R_RSP], rcx
	mov	rdi, [rsp]
	mov	rsi, [rsp + 8]
	mov	rsp, [gs:CPU_STACK_TOP]
	mov	byte [gs:CPU_EXIT_IRET], 1
	xor	ebp, ebp
	call	trap_user
	jmp	exit_to_user

%macro PUSH_FRAME 0
	push	rbp
	push	rbx
	push	r11
	push	r10
	push	r9
	push	r8
	push	rdi
	push	rsi
	push	rdx
	push	rcx
	push	rax
%endmacro
%macro POP_FRAME 0
	pop	rax
	pop	rcx
	pop	rdx
	pop	rsi
	pop	rdi
	pop	r8
	pop	r9
	pop	r10
	pop	r11
	pop	rbx
	pop	rbp
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
