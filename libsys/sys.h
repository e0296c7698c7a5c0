/* SPDX-License-Identifier: MIT */
/*
 * sys.h - one inline stub for every row of syscall.def, named sys_ + the row's name.
 *
 * What a call does, needs and answers stands beside its row.  The message calls, whose registers
 * are special, are in ipc.h; thread_exit and guest_resume follow below.
 */
#ifndef LIBSYS_SYS_H
#define LIBSYS_SYS_H

#include "microkernel/abi/call.h"
#include "microkernel/abi/error.h"
#include "microkernel/abi/object.h"
#include "microkernel/abi/types.h"

enum syscall_number {
#define SYSCALL0(n, name, ...) NUMBER_##name = (n),
#define SYSCALL1 SYSCALL0
#define SYSCALL2 SYSCALL0
#define SYSCALL3 SYSCALL0
#define SYSCALL4 SYSCALL0
#define SYSCALL5 SYSCALL0
#define SYSCALL6 SYSCALL0
#include "microkernel/abi/syscall.def"
#undef SYSCALL0
#undef SYSCALL1
#undef SYSCALL2
#undef SYSCALL3
#undef SYSCALL4
#undef SYSCALL5
#undef SYSCALL6
};

static inline i64 sys_call5(u64 number, u64 a, u64 b, u64 c, u64 d, u64 e)
{
	register u64 r10 __asm__("r10") = d;
	register u64 r8 __asm__("r8") = e;
	i64 result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return result;
}

static inline i64 sys_call6(u64 number, u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
	register u64 r10 __asm__("r10") = d;
	register u64 r8 __asm__("r8") = e;
	register u64 r9 __asm__("r9") = f;
	i64 result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

#define SYSCALL0(n, name, type, rights)                                                            \
	static inline i64 sys_##name(void)                                                         \
	{                                                                                          \
		return sys_call5(n, 0, 0, 0, 0, 0);                                                \
	}
#define SYSCALL1(n, name, type, rights, t1, a1)                                                    \
	static inline i64 sys_##name(t1 a1)                                                        \
	{                                                                                          \
		return sys_call5(n, (u64)a1, 0, 0, 0, 0);                                          \
	}
#define SYSCALL2(n, name, type, rights, t1, a1, t2, a2)                                            \
	static inline i64 sys_##name(t1 a1, t2 a2)                                                 \
	{                                                                                          \
		return sys_call5(n, (u64)a1, (u64)a2, 0, 0, 0);                                    \
	}
#define SYSCALL3(n, name, type, rights, t1, a1, t2, a2, t3, a3)                                    \
	static inline i64 sys_##name(t1 a1, t2 a2, t3 a3)                                          \
	{                                                                                          \
		return sys_call5(n, (u64)a1, (u64)a2, (u64)a3, 0, 0);                              \
	}
#define SYSCALL4(n, name, type, rights, t1, a1, t2, a2, t3, a3, t4, a4)                            \
	static inline i64 sys_##name(t1 a1, t2 a2, t3 a3, t4 a4)                                   \
	{                                                                                          \
		return sys_call5(n, (u64)a1, (u64)a2, (u64)a3, (u64)a4, 0);                        \
	}
#define SYSCALL5(n, name, type, rights, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5)                    \
	static inline i64 sys_##name(t1 a1, t2 a2, t3 a3, t4 a4, t5 a5)                            \
	{                                                                                          \
		return sys_call5(n, (u64)a1, (u64)a2, (u64)a3, (u64)a4, (u64)a5);                  \
	}
#define SYSCALL6(n, name, type, rights, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5, t6, a6)            \
	static inline i64 sys_##name(t1 a1, t2 a2, t3 a3, t4 a4, t5 a5, t6 a6)                     \
	{                                                                                          \
		return sys_call6(n, (u64)a1, (u64)a2, (u64)a3, (u64)a4, (u64)a5, (u64)a6);         \
	}
/* These rows have stubs of their own; the generic ones would lose registers.  And one takes what
 * its callers have as a structure. */
#define sys_space_map	     sys_space_map_registers
#define sys_guest_resume     sys_unused_guest_resume
#define sys_endpoint_call    sys_unused_endpoint_call
#define sys_endpoint_receive sys_unused_endpoint_receive
#define sys_reply	     sys_unused_reply
#define sys_reply_receive    sys_unused_reply_receive
#include "microkernel/abi/syscall.def"
#undef sys_space_map
#undef sys_guest_resume
#undef sys_endpoint_call
#undef sys_endpoint_receive
#undef sys_reply
#undef sys_reply_receive
#undef SYSCALL0
#undef SYSCALL1
#undef SYSCALL2
#undef SYSCALL3
#undef SYSCALL4
#undef SYSCALL5
#undef SYSCALL6

static inline i64 sys_space_map(cap_t space, const struct map_args *a)
{
	return sys_space_map_registers(space, a->address, a->length, a->memory, a->offset,
				       a->attributes);
}

/* Run the bound guest until it traps; keeps only the registers that a C call keeps. */
static inline i64 sys_guest_resume(void)
{
	i64 result = NUMBER_guest_resume;

	__asm__ volatile("syscall"
			 : "+a"(result)
			 :
			 : "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "memory", "cc");
	return result;
}

#endif
