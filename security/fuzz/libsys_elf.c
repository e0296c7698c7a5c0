/* SPDX-License-Identifier: MIT */
/* libsys_elf - an arbitrary program under init's reader: what it takes obeys its promises. */
#include "security/fuzz/fuzz.h"
#include "libsys/elf.h"
#include "microkernel/abi/call.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	void *file = fuzz_copy(data, size);
	struct elf_image image;
	u64 end = 0;

	if (!elf_read(&image, file, size)) {
		if (image.count > ELF_SEGMENTS || image.entry >= image.span)
			abort();
		for (u32 i = 0; i < image.count; i++) {
			const struct elf_segment *s = &image.segment[i];
			if (s->address < end || s->data_offset > size ||
			    s->data_length > size - s->data_offset ||
			    (s->protect & (PROTECT_WRITE | PROTECT_EXEC)) == (PROTECT_WRITE | PROTECT_EXEC))
				abort();
			end = s->address + s->length;
			if (s->data_address < s->address || s->data_address + s->data_length > end)
				abort();
		}
		if (end > image.span)
			abort();
	}
	free(file);
	return 0;
}
