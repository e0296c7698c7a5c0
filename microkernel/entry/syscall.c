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
#define CASE(n, type, rights, call)                                                                \
	case n:                                                                                    \
		BY_TYPE(type, return call;, ROW_CAP(OBJECT_##type, rights, call))
#define FIRST_OF(type, t1) BY_TYPE(type, (t1)regs->rdi, cap)
#define THREE_OF(type, t1, t2, t3) FIRST_OF(type, t1), (t2)regs->rsi, (t3)regs->rdx

i64 syscall_dispatch(struct registers *regs)
{
	struct cap_ref cap;
	error_t error;

	switch (regs->rax) {
#define SYSCALL0(n, name, type, rights) CASE(n, type, rights, sys_##name())
#define SYSCALL1(n, name, type, rights, t1, a1)                                                    \
	CASE(n, type, rights, sys_##name(FIRST_OF(type, t1)))
#define SYSCALL2(n, name, type, rights, t1, a1, t2, a2)                                            \
	CASE(n, type, rights, sys_##name(FIRST_OF(type, t1), (t2)regs->rsi))
#define SYSCALL3(n, name, type, rights, t1, a1, t2, a2, t3, a3)                                    \
	CASE(n, type, rights, sys_##name(THREE_OF(type, t1, t2, t3)))
#define SYSCALL4(n, name, type, rights, t1, a1, t2, a2, t3, a3, t4, a4)                            \
	CASE(n, type, rights, sys_##name(THREE_OF(type, t1, t2, t3), (t4)regs->r10))
#define SYSCALL5(n, name, type, rights, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5)                    \
	CASE(n, type, rights,                                                                      \
	     sys_##name(THREE_OF(type, t1, t2, t3), (t4)regs->r10, (t5)regs->r8))
#define SYSCALL6(n, name, type, rights, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5, t6, a6)            \
	CASE(n, type, rights,                                                                      \
	     sys_##name(THREE_OF(type, t1, t2, t3), (t4)regs->r10, (t5)regs->r8, (t6)regs->r9))
#include "microkernel/abi/syscall.def"
	default:
		return E_NOSYS;
	}
}
