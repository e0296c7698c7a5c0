/* SPDX-License-Identifier: MIT */
/*
 * depot.h - what a restartable server keeps beyond its own death: memory and capabilities by key.
 *
 * State in a depot is addressed by offset, holds no pointers, and is checked when it is adopted.
 */
#ifndef LIBSYS_DEPOT_H
#define LIBSYS_DEPOT_H

#include "microkernel/abi/types.h"

/* Adopt or make the memory under `key`; *fresh tells which.  flags: 1 = pinned. */
__must_use error_t depot_open(u64 key, u64 size, u64 flags, cap_t *memory, bool *fresh);
/* The same, mapped readable and writable. */
__must_use error_t depot_map(u64 key, u64 size, u64 flags, void **address, cap_t *memory,
			     bool *fresh);
/* Give up what is kept under `key`, memory or capability. */
error_t depot_drop(u64 key);
/* Keep a copy of a capability under `key`, replacing what was kept there. */
__must_use error_t depot_keep(u64 key, cap_t cap);
/* A copy of what was kept; E_NOENT. */
__must_use error_t depot_take(u64 key, cap_t *cap);
/* Make an account for so many bytes of pages under `key` (E_BUSY: the key is used), or with limit 0
 * get the one that is there; E_NOENT. */
__must_use error_t depot_account(u64 key, u64 limit, cap_t *budget);
/* Tell init that adoption is over and service begins. */
error_t depot_ready(void);

#endif
