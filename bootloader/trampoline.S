/* SPDX-License-Identifier: MIT */
/*
 * trampoline.S - the last instructions of the loader, copied to a page that is mapped one to one
 * both by firmware and by the kernel's first page tables.
 *
 * trampoline(struct boot_info *info, u64 root, u64 entry, u64 stack)
 */
	.section .rodata
	.globl trampoline_start, trampoline_end
	.hidden trampoline_start, trampoline_end
trampoline_start:
	mov	%rsi, %cr3
	mov	%rcx, %rsp
	xor	%ebp, %ebp
	jmp	*%rdx
trampoline_end:
	.section .note.GNU-stack, "", @progbits
