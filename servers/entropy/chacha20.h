/* SPDX-License-Identifier: MIT */
/* chacha20.h - the ChaCha20 block function of RFC 8439.  Pure. */
#ifndef ENTROPY_CHACHA20_H
#define ENTROPY_CHACHA20_H

#include "microkernel/abi/types.h"

enum { CHACHA20_KEY = 32, CHACHA20_BLOCK = 64 };

/* One block of key stream: key, block counter, 96-bit nonce (low word first). */
void chacha20_block(u8 out[CHACHA20_BLOCK], const u8 key[CHACHA20_KEY], u32 counter,
		    const u32 nonce[3]);

#endif
