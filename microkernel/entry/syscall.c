/* SPDX-License-Identifier: MIT */
/* syscall.c - the dispatcher, made from syscall.def: look the capability up, call the row's code.
 */
#include "microkernel/entry/trap.h"
#include "microkernel/object/calls.h"

#define ROW_CAP(object, rights, call)                                                              \
	{                                                                                          \
		error = cap_lookup(regs->rdi, object, rights, &cap);                               \
		return error ? error : call;                                                       \
	}
#define ROW_BODY(type, rights, call)                                                               \
	BY_TYPE(type, return call;, ROW_CAP(OBJECT_##type, rights, call))
#define ARG(type, t1) BY_TYPE(type, (t1)regs->rdi, cap)

i64 syscall_dispatch(struct registers *regs)
{
	struct cap_ref cap;
	error_t error;

	switch (regs->rax) {
#define SYSCALL0(n, name, type, rights)                                                            \
	case n:                                                                                    \
		return sys_##name();
#define SYSCALL1(n, name, type, rights, t1, a1)                                                    \
	case n:                                                                                    \
		ROW_BODY(type, rights, sys_##name(ARG(type, t1)))
#define SYSCALL2(n, name, type, rights, t1, a1, t2, a2)                                            \
	case n:                                                                                    \
		ROW_BODY(type, rights, sys_##name(ARG(type, t1), (t2)regs->rsi))
#define SYSCALL3(n, name, type, rights, t1, a1, t2, a2, t3, a3)                                    \
	case n:                                                                                    \
		ROW_BODY(type, rights, sys_##name(ARG(type, t1), (t2)regs->rsi, (t3)regs->rdx))
#define SYSCALL4(n, name, type, rights, t1, a1, t2, a2, t3, a3, t4, a4)                            \
	case n:                                                                                    \
		ROW_BODY(type, rights,                                                             \
			 sys_##name(ARG(type, t1), (t2)regs->rsi, (t3)regs->rdx, (t4)regs->r10))
#define SYSCALL5(n, name, type, rights, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5)                    \
	case n:                                                                                    \
		ROW_BODY(type, rights,                                                             \
			 sys_##name(ARG(type, t1), (t2)regs->rsi, (t3)regs->rdx, (t4)regs->r10,   \
				    (t5)regs->r8))
#include "microkernel/abi/syscall.def"
	default:
		return E_NOSYS;
	}
}
