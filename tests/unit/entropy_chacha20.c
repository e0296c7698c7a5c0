/* SPDX-License-Identifier: MIT */
/* entropy_chacha20 - the block function of servers against the library as Debian builds it. */
#include <sodium.h>

#include "tests/unit/unit.h"
#include "servers/entropy/chacha20.h"

TEST(like_libsodium)
{
	u8 key[CHACHA20_KEY], ours[CHACHA20_BLOCK], theirs[CHACHA20_BLOCK];
	static const u8 zero[CHACHA20_BLOCK];
	u32 nonce[3];

	CHECK(sodium_init() >= 0);
	for (u32 i = 0; i < 1000; i++) {
		u32 counter = i * 0x9e3779b9u;

		for (u32 b = 0; b < sizeof(key); b++)
			key[b] = (u8)(b * 7 + i * 13);
		for (u32 b = 0; b < 3; b++)
			nonce[b] = i * 0x85ebca6bu + b;
		chacha20_block(ours, key, counter, nonce);
		crypto_stream_chacha20_ietf_xor_ic(theirs, zero, sizeof(zero), (u8 *)nonce, counter,
						   key);
		CHECK(!memcmp(ours, theirs, sizeof(ours)));
	}
}

UNIT("entropy_chacha20", RUN(like_libsodium))
