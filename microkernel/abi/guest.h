/* SPDX-License-Identifier: MIT */
/*
 * guest.h - the state page: where the kernel and the personality meet over one guest thread.
 *
 * It lies in pinned memory that only those two can see.  The kernel writes the registers when the
 * guest traps and reads them once when it resumes: rip, rflags, rsp and the bases are checked
 * (guest_resume answers E_RANGE for what no guest may have), the rest is taken as it is.
 */
#ifndef ABI_GUEST_H
#define ABI_GUEST_H

#include "microkernel/abi/types.h"

enum guest_cause {
	GUEST_SYSCALL = 0,   /* the syscall instruction; original_rax has the number */
	GUEST_FAULT = 1,     /* a page fault that its space does not resolve: cr2, error */
	GUEST_EXCEPTION = 2, /* any other exception: vector, error */
	GUEST_KICK = 3,	     /* thread_kick, or attention was set */
	GUEST_STOPPED = 4,   /* a native operation of the call map gave up (NATIVE_STOPPED) */
	GUEST_NOMEM = 5,     /* the space's budget is empty; cr2 is what was touched */
	GUEST_SIZE = 6,	     /* beyond the end of the mapped memory object: cr2 */
	GUEST_IO = 7,	     /* its pager reported an error: cr2 */
};

/* In the order in which the entry code pushes them, last first. */
struct registers {
	u64 r15, r14, r13, r12, rbp, rbx;
	u64 r11, r10, r9, r8;
	u64 rax, rcx, rdx, rsi, rdi;
	u64 rip, rflags, rsp;
};

struct guest_state {
	struct registers regs; /* 144 bytes; after a syscall rcx = rip and r11 = rflags, so a resume
				* that finds them equal may return by SYSRET */
	u64 fs_base, gs_base;
	u32 cause;  /* enum guest_cause */
	u32 vector; /* EXCEPTION: 0-31 */
	u64 error;  /* EXCEPTION, FAULT: the CPU's error code (FAULT: bit 0 present, 1 write,
		     * 4 fetch) */
	u64 cr2;
	u64 original_rax;  /* the number the guest asked for; regs.rax is where the result goes */
	u64 deadline_ns;   /* of a native operation that gave up */
	u64 mask, pending; /* signal words that a call map may use; the kernel ignores them else */
	u32 attention;	   /* non-zero: guest_resume returns GUEST_KICK instead of resuming */
	u32 hold; /* non-zero: the twin holds a short lock; preemption waits at most 100 us */
	/* cause then says GUEST_NOMEM or GUEST_FAULT */
	u64 fixup_start, fixup_end, fixup_target; /* native code range: a fault there on a guest
						   * address goes on at the target, rax = cr2 */
	u64 reserved[33]; /* times are in thread_info */
};
_Static_assert(sizeof(struct registers) == 144, "register layout is known to assembly");
_Static_assert(sizeof(struct guest_state) == 512, "one state page is 512 bytes");
enum { GUEST_STATE_SIZE = 512 };

#endif
