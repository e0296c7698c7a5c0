/* SPDX-License-Identifier: MIT */
/* loader_elf - an arbitrary kernel file: if image_check takes it, loading it stays inside. */
#include "security/fuzz/fuzz.h"
#include "bootloader/bootmap.h"
#include "bootloader/image.h"


int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *file = fuzz_copy(data, size), *memory;

	if (!image_check(file, size)) {
		u64 length = image_size(file);
		if (length > (64 << 20) + PAGE_SIZE || posix_memalign(&memory, PAGE_SIZE, length))
			abort();
		memset(memory, 0, length);
		if (image_place(file, memory) >= length)
			abort();
		bootmap_relocate((u64)memory, 0xffffffff80000000ul);
		free(memory);
	}
	free(file);
	return 0;
}
