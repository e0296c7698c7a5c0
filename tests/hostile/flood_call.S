/* SPDX-License-Identifier: MIT */
/*
 * flood_call.S - calls, threads and the way back from handlers, without the C library.
 *
 * flood_call(number, arguments): a child that shares memory or has another stack, which clone and
 * vfork may make, must not touch what it finds: it makes two calls and ends.
 * flood_thread(stack): a thread whose stack begins with the function to run and its argument.
 */
	.section .note.GNU-stack,"",@progbits
	.text
	.globl flood_call, flood_thread, flood_restore

#define CLONE 56
#define VFORK 58
#define EXIT 60
#define RT_SIGRETURN 15
#define THREAD_FLAGS 0x50f00 /* VM, FS, FILES, SIGHAND, THREAD, SYSVSEM */

flood_call:
	mov %rdi, %rax
	mov (%rsi), %rdi
	mov 16(%rsi), %rdx
	mov 24(%rsi), %r10
	mov 32(%rsi), %r8
	mov 40(%rsi), %r9
	mov 8(%rsi), %rsi
	cmp $CLONE, %eax
	je 1f
	cmp $VFORK, %eax
	je 1f
	syscall
	ret
1:	syscall
	test %rax, %rax
	jz 2f
	ret
2:	mov $110, %eax /* getppid */
	syscall
	mov $24, %eax /* sched_yield */
	syscall
	xor %edi, %edi
	mov $EXIT, %eax
	syscall
	hlt

flood_thread:
	mov %rdi, %rsi
	mov $THREAD_FLAGS, %edi
	xor %edx, %edx
	xor %r10d, %r10d
	xor %r8d, %r8d
	mov $CLONE, %eax
	syscall
	test %rax, %rax
	jz 3f
	ret
3:	pop %rax
	pop %rdi
	call *%rax
	hlt

flood_restore:
	mov $RT_SIGRETURN, %eax
	syscall
