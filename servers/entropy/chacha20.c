/* SPDX-License-Identifier: MIT */
/*
 * chacha20.c - the ChaCha20 block function of RFC 8439.
 *
 * Debian's libsodium is built with vector registers, which servers do not have; this is the one
 * function of it that is needed.  The unit test compares it with libsodium's, block for block.
 */
#include "servers/entropy/chacha20.h"

#include "libsys/string.h"

static inline u32 rotate(u32 x, u32 bits)
{
	return x << bits | x >> (32 - bits);
}

static void quarter(u32 *x, u32 a, u32 b, u32 c, u32 d)
{
	x[a] += x[b];
	x[d] = rotate(x[d] ^ x[a], 16);
	x[c] += x[d];
	x[b] = rotate(x[b] ^ x[c], 12);
	x[a] += x[b];
	x[d] = rotate(x[d] ^ x[a], 8);
	x[c] += x[d];
	x[b] = rotate(x[b] ^ x[c], 7);
}

void chacha20_block(u8 out[CHACHA20_BLOCK], const u8 key[CHACHA20_KEY], u32 counter,
		    const u32 nonce[3])
{
	u32 start[16] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };
	u32 x[16];

	memcpy(&start[4], key, CHACHA20_KEY);
	start[12] = counter;
	memcpy(&start[13], nonce, 12);
	memcpy(x, start, sizeof(x));
	for (int round = 0; round < 10; round++) {
		quarter(x, 0, 4, 8, 12);
		quarter(x, 1, 5, 9, 13);
		quarter(x, 2, 6, 10, 14);
		quarter(x, 3, 7, 11, 15);
		quarter(x, 0, 5, 10, 15);
		quarter(x, 1, 6, 11, 12);
		quarter(x, 2, 7, 8, 13);
		quarter(x, 3, 4, 9, 14);
	}
	for (int i = 0; i < 16; i++)
		x[i] += start[i];
	memcpy(out, x, sizeof(x));
}
