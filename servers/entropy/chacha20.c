/* SPDX-License-Identifier: MIT */
/*
 * chacha20.c - the way to libsodium's portable ChaCha20, compiled from Debian's source package.
 *
 * The library as Debian builds it uses vector registers, which servers do not have, and wants a C
 * library; its one portable file wants three functions.
 */
#include "servers/entropy/chacha20.h"

#include "libsys/string.h"

/* As in libsodium's crypto_stream/chacha20/stream_chacha20.h; lengths in bytes, 0 on success. */
struct crypto_stream_chacha20_implementation {
	int (*stream)(u8 *to, unsigned long long length, const u8 *nonce, const u8 *key);
	int (*stream_ietf_ext)(u8 *to, unsigned long long length, const u8 *nonce, const u8 *key);
	int (*stream_xor_ic)(u8 *to, const u8 *from, unsigned long long length, const u8 *nonce,
			     u64 counter, const u8 *key);
	int (*stream_ietf_ext_xor_ic)(u8 *to, const u8 *from, unsigned long long length,
				      const u8 *nonce, u32 counter, const u8 *key);
};
extern const struct crypto_stream_chacha20_implementation crypto_stream_chacha20_ref_implementation;

void sodium_memzero(void *at, size_t length);

/* The compiler may not take the stores away: what was here is secret. */
void sodium_memzero(void *at, size_t length)
{
	memset(at, 0, length);
	__asm__ volatile("" ::"r"(at) : "memory");
}

void chacha20_block(u8 out[CHACHA20_BLOCK], const u8 key[CHACHA20_KEY], u32 counter,
		    const u32 nonce[3])
{
	static const u8 zero[CHACHA20_BLOCK];

	crypto_stream_chacha20_ref_implementation.stream_ietf_ext_xor_ic(
		out, zero, CHACHA20_BLOCK, (const u8 *)nonce, counter, key);
}
