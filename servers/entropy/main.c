/* SPDX-License-Identifier: MIT */
/*
 * entropy - unpredictable bytes: a ChaCha20 generator with fast key erasure.
 *
 * Each request runs the generator under the key; the first half block becomes the next key, so that
 * what was handed out cannot be computed from what is here later.  The first key comes from the
 * loader's seed and from RDSEED or RDRAND.
 */
#include "libsys/depot.h"
#include "libsys/heap.h"
#include "libsys/log.h"
#include "libsys/serve.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "microkernel/abi/boot.h"
#include "proto/entropy.h"
#include "servers/entropy/chacha20.h"

enum { HARDWARE_TRIES = 32, HARDWARE_WORDS = 8, JITTER_SAMPLES = 4096 };

static u8 key[CHACHA20_KEY];

/* Absorb bytes: each piece is mixed into the key, which then goes through the cipher. */
static void stir(const void *data, u64 length)
{
	static const u32 nonce[3] = { 0x73746972 };
	const u8 *bytes = data;
	u8 block[CHACHA20_BLOCK];

	while (length) {
		u64 piece = length < CHACHA20_KEY ? length : CHACHA20_KEY;

		for (u64 i = 0; i < piece; i++)
			key[i] ^= bytes[i];
		chacha20_block(block, key, (u32)piece, nonce);
		memcpy(key, block, CHACHA20_KEY);
		bytes += piece;
		length -= piece;
	}
	memset(block, 0, sizeof(block));
}

static error_t op_read(struct request *rq, const struct entropy_read_in *in,
		       struct entropy_read_out *out)
{
	static const u32 nonce[3] = { 0x72656164 };
	u8 stream_key[CHACHA20_KEY], block[CHACHA20_BLOCK];
	error_t error = 0;

	/* The next key comes first: whatever happens below, this stream is not repeated. */
	chacha20_block(block, key, 0, nonce);
	memcpy(stream_key, block + CHACHA20_KEY, CHACHA20_KEY);
	memcpy(key, block, CHACHA20_KEY);
	for (u64 done = 0; done < in->data_capacity && !error; done += CHACHA20_BLOCK) {
		u64 rest = in->data_capacity - done;

		chacha20_block(block, stream_key, (u32)(done / CHACHA20_BLOCK) + 1, nonce);
		error = request_write(rq, ENTROPY_READ_DATA, done, block,
				      rest < CHACHA20_BLOCK ? rest : CHACHA20_BLOCK);
	}
	memset(stream_key, 0, sizeof(stream_key));
	memset(block, 0, sizeof(block));
	out->count = in->data_capacity;
	return error;
}

static error_t op_stir(struct request *rq, const struct entropy_stir_in *in)
{
	u8 data[ENTROPY_STIR_DATA_MAX];
	error_t error = request_read(rq, ENTROPY_STIR_DATA, 0, data, in->data_length);

	if (!error)
		stir(data, in->data_length);
	return error;
}

static void cpuid(u32 leaf, u32 *b, u32 *c)
{
	u32 a = leaf, d;

	*c = 0;
	__asm__ volatile("cpuid" : "+a"(a), "=b"(*b), "+c"(*c), "=d"(d));
}

static bool rdrand(u64 *value)
{
	bool good;

	__asm__ volatile("rdrand %0; setc %1" : "=r"(*value), "=qm"(good) : : "cc");
	return good;
}

static bool rdseed(u64 *value)
{
	bool good;

	__asm__ volatile("rdseed %0; setc %1" : "=r"(*value), "=qm"(good) : : "cc");
	return good;
}

/* Words from the processor's generator; how many came. */
static u32 stir_hardware(void)
{
	u32 b1, c1, b7, c7, words = 0;

	cpuid(1, &b1, &c1);
	cpuid(7, &b7, &c7);
	for (u32 i = 0; i < HARDWARE_TRIES && words < HARDWARE_WORDS; i++) {
		u64 value;
		bool good = b7 >> 18 & 1 ? rdseed(&value) : c1 >> 30 & 1 ? rdrand(&value) : false;

		if (good) {
			stir(&value, sizeof(value));
			words++;
		}
	}
	return words;
}

/* Last resort: the time that calls of the kernel take, which caches and interrupts vary. */
static void stir_jitter(void)
{
	for (u32 i = 0; i < JITTER_SAMPLES; i++) {
		u32 low, high;
		u64 sample;

		sys_thread_yield();
		__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
		sample = (u64)high << 32 | low;
		stir(&sample, sizeof(sample));
	}
}

static void seed(void)
{
	cap_t boot = grant_find("boot");
	i64 address = memory_map(boot, 0, sizeof(struct boot_info), PROTECT_READ);
	u32 loader_bytes = 0, hardware_words;

	if (!map_failed(address)) {
		const struct boot_info *info = (const struct boot_info *)address;

		/* init places programs by the first half; keys come from the other. */
		loader_bytes = info->seed_bytes / 2;
		stir(info->seed + sizeof(info->seed) / 2, sizeof(info->seed) / 2);
		sys_space_unmap(CAP_SELF_SPACE, address, sizeof(*info));
	}
	sys_cap_delete(boot);
	stir(start_info->seed, sizeof(start_info->seed));
	hardware_words = stir_hardware();
	if (!loader_bytes && !hardware_words) {
		log_printf("warning: no seed from the loader or the processor; using jitter");
		stir_jitter();
	}
}

static const struct entropy_ops ops = { .read = op_read, .stir = op_stir };

static error_t dispatch(struct request *rq)
{
	return entropy_dispatch(&ops, rq);
}

int main(void)
{
	const struct service service = { .endpoint = grant_find("self"), .dispatch = dispatch };

	seed();
	depot_ready();
	return (int)serve(&service);
}
