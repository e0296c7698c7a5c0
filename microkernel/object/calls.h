/* SPDX-License-Identifier: MIT */
/*
 * calls.h - prototypes of all system calls, made from syscall.def.
 *
 * A row's first argument, if it is a capability, arrives looked up and checked as struct cap_ref.
 */
#ifndef OBJECT_CALLS_H
#define OBJECT_CALLS_H

#include "microkernel/abi/call.h"
#include "microkernel/abi/callmap.h"
#include "microkernel/object/cap.h"

#define FIRST_NONE(type)	 type
#define FIRST_ANY(type)		 struct cap_ref
#define FIRST_TABLE(type)	 struct cap_ref
#define FIRST_BUDGET(type)	 struct cap_ref
#define FIRST_MEMORY(type)	 struct cap_ref
#define FIRST_SPACE(type)	 struct cap_ref
#define FIRST_VIEW(type)	 struct cap_ref
#define FIRST_THREAD(type)	 struct cap_ref
#define FIRST_ENDPOINT(type)	 struct cap_ref
#define FIRST_NOTIFICATION(type) struct cap_ref
#define FIRST_IRQ(type)		 struct cap_ref
#define FIRST_IOPORT(type)	 struct cap_ref
#define FIRST_INSPECT(type)	 struct cap_ref
#define FIRST_LOG(type)		 struct cap_ref
#define FIRST_POWER(type)	 struct cap_ref

#define SYSCALL0(n, name, type, rights)			i64 sys_##name(void);
#define SYSCALL1(n, name, type, rights, t1, a1)		i64 sys_##name(FIRST_##type(t1) a1);
#define SYSCALL2(n, name, type, rights, t1, a1, t2, a2) i64 sys_##name(FIRST_##type(t1) a1, t2 a2);
#define SYSCALL3(n, name, type, rights, t1, a1, t2, a2, t3, a3)                                    \
	i64 sys_##name(FIRST_##type(t1) a1, t2 a2, t3 a3);
#define SYSCALL4(n, name, type, rights, t1, a1, t2, a2, t3, a3, t4, a4)                            \
	i64 sys_##name(FIRST_##type(t1) a1, t2 a2, t3 a3, t4 a4);
#define SYSCALL5(n, name, type, rights, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5)                    \
	i64 sys_##name(FIRST_##type(t1) a1, t2 a2, t3 a3, t4 a4, t5 a5);
#include "microkernel/abi/syscall.def"
#undef SYSCALL0
#undef SYSCALL1
#undef SYSCALL2
#undef SYSCALL3
#undef SYSCALL4
#undef SYSCALL5

#endif
