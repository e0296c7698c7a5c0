/* SPDX-License-Identifier: MIT */
/* loader_platform - arbitrary entries of a MADT under the loaders' reader. */
#include "security/fuzz/fuzz.h"
#include "bootloader/platform.h"

enum { MADT_HEAD = 44 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct boot_info info;
	uint8_t rsdp[36] = { [15] = 2 }, root[44] = { 0 };
	uint8_t *madt = malloc(MADT_HEAD + size); /* its end is watched */
	uint32_t length = (uint32_t)(MADT_HEAD + size), root_length = sizeof(root);
	uint64_t at = (uint64_t)root;

	memset(madt, 0, MADT_HEAD);
	memcpy(madt, "APIC", 4);
	memcpy(madt + 4, &length, 4);
	memcpy(madt + MADT_HEAD, data, size);
	memcpy(root + 4, &root_length, 4);
	memcpy(rsdp + 24, &at, 8);
	at = (uint64_t)madt;
	memcpy(root + 36, &at, 8);
	memset(&info.platform, 0, sizeof(info.platform));
	info.rsdp = (uint64_t)rsdp;
	info.direct_size = 1ul << 47;
	platform_read(&info);
	if (info.platform.processor_count > BOOT_PROCESSORS ||
	    info.platform.ioapic_count > BOOT_IOAPICS || !info.platform.ioapic_count ||
	    info.platform.override_count > BOOT_OVERRIDES)
		abort();
	free(madt);
	return 0;
}
