/* SPDX-License-Identifier: MIT */
/* syscall.c - the dispatcher, made from syscall.def: look the capability up, call the row's code.
 */
#include "microkernel/entry/trap.h"
#include "microkernel/object/calls.h"

#define ROW_BODY(type, rights, call) ROW_##type(rights, call)
#define ROW_NONE(rights, call)	     return call;
#define ROW_CAP(object, rights, call)                                                              \
	{                                                                                          \
		error = cap_lookup(regs->rdi, object, rights, &cap);                               \
		return error ? error : call;                                                       \
	}
#define ROW_ANY(rights, call)	       ROW_CAP(OBJECT_NONE, rights, call)
#define ROW_TABLE(rights, call)	       ROW_CAP(OBJECT_TABLE, rights, call)
#define ROW_BUDGET(rights, call)       ROW_CAP(OBJECT_BUDGET, rights, call)
#define ROW_MEMORY(rights, call)       ROW_CAP(OBJECT_MEMORY, rights, call)
#define ROW_SPACE(rights, call)	       ROW_CAP(OBJECT_SPACE, rights, call)
#define ROW_VIEW(rights, call)	       ROW_CAP(OBJECT_VIEW, rights, call)
#define ROW_THREAD(rights, call)       ROW_CAP(OBJECT_THREAD, rights, call)
#define ROW_ENDPOINT(rights, call)     ROW_CAP(OBJECT_ENDPOINT, rights, call)
#define ROW_NOTIFICATION(rights, call) ROW_CAP(OBJECT_NOTIFICATION, rights, call)
#define ROW_IRQ(rights, call)	       ROW_CAP(OBJECT_IRQ, rights, call)
#define ROW_IOPORT(rights, call)       ROW_CAP(OBJECT_IOPORT, rights, call)
#define ROW_INSPECT(rights, call)      ROW_CAP(OBJECT_INSPECT, rights, call)
#define ROW_LOG(rights, call)	       ROW_CAP(OBJECT_LOG, rights, call)
#define ROW_POWER(rights, call)	       ROW_CAP(OBJECT_POWER, rights, call)

#define ARG_NONE(type)	       ((type)regs->rdi)
#define ARG_ANY(type)	       cap
#define ARG_TABLE(type)	       cap
#define ARG_BUDGET(type)       cap
#define ARG_MEMORY(type)       cap
#define ARG_SPACE(type)	       cap
#define ARG_VIEW(type)	       cap
#define ARG_THREAD(type)       cap
#define ARG_ENDPOINT(type)     cap
#define ARG_NOTIFICATION(type) cap
#define ARG_IRQ(type)	       cap
#define ARG_IOPORT(type)       cap
#define ARG_INSPECT(type)      cap
#define ARG_LOG(type)	       cap
#define ARG_POWER(type)	       cap

i64 sys_guest_resume(void)
{
	return guest_resume();
}

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
		ROW_BODY(type, rights, sys_##name(ARG_##type(t1)))
#define SYSCALL2(n, name, type, rights, t1, a1, t2, a2)                                            \
	case n:                                                                                    \
		ROW_BODY(type, rights, sys_##name(ARG_##type(t1), (t2)regs->rsi))
#define SYSCALL3(n, name, type, rights, t1, a1, t2, a2, t3, a3)                                    \
	case n:                                                                                    \
		ROW_BODY(type, rights, sys_##name(ARG_##type(t1), (t2)regs->rsi, (t3)regs->rdx))
#define SYSCALL4(n, name, type, rights, t1, a1, t2, a2, t3, a3, t4, a4)                            \
	case n:                                                                                    \
		ROW_BODY(type, rights,                                                             \
			 sys_##name(ARG_##type(t1), (t2)regs->rsi, (t3)regs->rdx, (t4)regs->r10))
#define SYSCALL5(n, name, type, rights, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5)                    \
	case n:                                                                                    \
		ROW_BODY(type, rights,                                                             \
			 sys_##name(ARG_##type(t1), (t2)regs->rsi, (t3)regs->rdx, (t4)regs->r10,   \
				    (t5)regs->r8))
#include "microkernel/abi/syscall.def"
	default:
		return E_NOSYS;
	}
}
