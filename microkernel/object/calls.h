/* SPDX-License-Identifier: MIT */
/*
 * calls.h - prototypes of all system calls, made from syscall.def.
 *
 * A row's first argument, if it is a capability, arrives looked up and checked as struct cap_ref.
 */
#ifndef OBJECT_CALLS_H
#define OBJECT_CALLS_H

#include "microkernel/abi/call.h"
#include "microkernel/object/cap.h"

/* A row's type NONE: its first argument is no capability.  Chooses by that: IS_NONE alone is
 * defined, and brings a comma that moves `plain` to the second place. */
#define IS_NONE				 0,
#define SECOND_OF(first, second, ...)	 second
#define SECOND(...)			 SECOND_OF(__VA_ARGS__)
#define BY_TYPE(type, plain, capability) SECOND(IS_##type plain, capability, 0)
#define FIRST(type, t1)			 BY_TYPE(type, t1, struct cap_ref)
#define OBJECT_ANY OBJECT_NONE

#define NUMBER(n, name) enum { NUMBER_##name = (n) };
#define SYSCALL0(n, name, type, rights) NUMBER(n, name) i64 sys_##name(void);
#define SYSCALL1(n, name, type, rights, t1, a1)                                                    \
	NUMBER(n, name) i64 sys_##name(FIRST(type, t1) a1);
#define SYSCALL2(n, name, type, rights, t1, a1, t2, a2)                                            \
	NUMBER(n, name) i64 sys_##name(FIRST(type, t1) a1, t2 a2);
#define SYSCALL3(n, name, type, rights, t1, a1, t2, a2, t3, a3)                                    \
	NUMBER(n, name) i64 sys_##name(FIRST(type, t1) a1, t2 a2, t3 a3);
#define SYSCALL4(n, name, type, rights, t1, a1, t2, a2, t3, a3, t4, a4)                            \
	NUMBER(n, name) i64 sys_##name(FIRST(type, t1) a1, t2 a2, t3 a3, t4 a4);
#define SYSCALL5(n, name, type, rights, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5)                    \
	NUMBER(n, name) i64 sys_##name(FIRST(type, t1) a1, t2 a2, t3 a3, t4 a4, t5 a5);
#define SYSCALL6(n, name, type, rights, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5, t6, a6)            \
	NUMBER(n, name) i64 sys_##name(FIRST(type, t1) a1, t2 a2, t3 a3, t4 a4, t5 a5, t6 a6);
#include "microkernel/abi/syscall.def"
#undef SYSCALL0
#undef SYSCALL1
#undef SYSCALL2
#undef SYSCALL3
#undef SYSCALL4
#undef SYSCALL5
#undef SYSCALL6

#endif
