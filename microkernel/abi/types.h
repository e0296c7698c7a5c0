/* SPDX-License-Identifier: MIT */
/*
 * types.h - the scalar types and address-space annotations that everybody uses.
 *
 * This folder includes only freestanding C headers and may be included by all.
 */
#ifndef ABI_TYPES_H
#define ABI_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t i32;
typedef int64_t i64;

/*
 * The number by which a process names a capability: slot index in bits 0-23, generation in bits
 * 24-62.  Never negative, never 0 when valid, so one i64 carries a handle or an error.
 */
typedef u64 cap_t;
#define CAP_NONE ((cap_t)0)

/* 0 or a negative E_* of error.def. */
typedef i64 error_t;

/*
 * sparse checks these: a __user address belongs to the thread that made the system call, a
 * __guest address to the Linux program whose view the personality runs in.  Neither may be
 * dereferenced by plain C.  What is __user to the kernel is the program's own to itself: only the
 * check of the kernel defines CHECK_KERNEL.
 */
#if defined(__CHECKER__) && defined(CHECK_KERNEL)
#define __user __attribute__((noderef, address_space(1)))
#else
#define __user
#endif
#ifdef __CHECKER__
#define __guest __attribute__((noderef, address_space(2)))
#define __force __attribute__((force))
#else
#define __guest
#define __force
#endif

#define __must_use __attribute__((warn_unused_result))

enum { PAGE_SHIFT = 12, PAGE_SIZE = 1 << PAGE_SHIFT };
#define PAGE_MASK ((u64)PAGE_SIZE - 1)

/* A deadline that never comes.  All deadlines are absolute nanoseconds of clock_read(). */
#define DEADLINE_NEVER (~(u64)0)

#endif
