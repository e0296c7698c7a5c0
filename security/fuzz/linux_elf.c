/* SPDX-License-Identifier: MIT */
/* linux_elf - an arbitrary file under the personality's reader: it keeps its promises. */
/* First ours: the host's headers make macros of names that are constants here. */
#include "servers/linux/elf.h"

#include "microkernel/abi/layout.h"
#include "security/fuzz/fuzz.h"

static void check(const struct elf_program *p)
{
	u64 end = 0;

	if (!p->load_count || p->load_count > ELF_LOADS_MAX || p->high > GUEST_LIMIT + PAGE_SIZE)
		abort();
	for (u32 i = 0; i < p->load_count; i++) {
		const struct elf_load *l = &p->load[i];

		if (l->file_length > l->memory_length ||
		    l->address + l->memory_length > GUEST_LIMIT ||
		    (l->address & ~PAGE_MASK) < end ||
		    (l->address & PAGE_MASK) != (l->offset & PAGE_MASK) ||
		    (l->protect & (PROT_WRITE | PROT_EXEC)) == (PROT_WRITE | PROT_EXEC))
			abort();
		end = (l->address + l->memory_length + PAGE_MASK) & ~PAGE_MASK;
	}
	if (end != p->high || p->low != (p->load[0].address & ~PAGE_MASK))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	u8 *file = fuzz_copy(data, size);
	struct elf_program p;

	if (!elf_read_header(&p, file, size) && p.phdr_offset <= size &&
	    !elf_read_phdrs(&p, file + p.phdr_offset, size - p.phdr_offset))
		check(&p);
	free(file);
	return 0;
}
