/* SPDX-License-Identifier: MIT */
/* loader_program - an arbitrary first program: what program_check takes is laid out inside. */
#include "security/fuzz/fuzz.h"
#include "bootloader/program.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *file = fuzz_copy(data, size), *memory;

	if (!program_check(file, size)) {
		struct boot_init init = { 0 };
		u64 length = program_size(file);
		if (length > 16 << 20 || posix_memalign(&memory, PAGE_SIZE, length))
			abort();
		memset(memory, 0, length);
		program_place(file, (u64)memory, &init);
		for (u32 i = 0; i < init.count; i++)
			if (init.segment[i].offset + init.segment[i].length > length ||
			    (init.segment[i].protect & 6) == 6)
				abort();
		free(memory);
	}
	free(file);
	return 0;
}
