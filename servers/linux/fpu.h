/* SPDX-License-Identifier: MIT */
/*
 * fpu.h - the guest's floating-point state, which a bound twin shares with its guest.
 *
 * Only a thread that is bound to a view may call these.
 */
#ifndef LINUX_FPU_H
#define LINUX_FPU_H

#include "servers/linux/abi.h"

enum { FPU_AREA_MAX = 4096, FPU_LEGACY = 512, FPU_HEADER = 64 };

struct fpu_area {
	_Alignas(64) u8 bytes[FPU_AREA_MAX];
};

extern u32 fpu_size;	 /* bytes of an area on this processor */
extern u64 fpu_features; /* XCR0; 0: no XSAVE, areas are FXSAVE's 512 bytes */

void fpu_start(void);
void fpu_save(struct fpu_area *area);
/* The area may come from a program: what would fault is put right first. */
void fpu_restore(struct fpu_area *area);
struct fpu_area *fpu_area_alloc(void);
void fpu_area_free(struct fpu_area *area);
/* As a program finds it after execve. */
void fpu_reset(void);

#endif
