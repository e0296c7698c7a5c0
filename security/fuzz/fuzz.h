/* SPDX-License-Identifier: MIT */
/*
 * fuzz.h - what the fuzz targets share: the input copied to memory of exactly its size, aligned as the
 * real callers align it, so that the sanitizer sees one byte too many.
 */
#ifndef SECURITY_FUZZ_H
#define SECURITY_FUZZ_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void *fuzz_copy(const uint8_t *data, size_t size)
{
	void *copy = NULL;

	if (posix_memalign(&copy, 4096, size ? size : 1))
		abort();
	memcpy(copy, data, size);
	return copy;
}

#endif
