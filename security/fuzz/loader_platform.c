/* SPDX-License-Identifier: MIT */
/* loader_platform - arbitrary entries of a MADT under the loaders' reader. */
#include "security/fuzz/fuzz.h"
#include "bootloader/platform.h"

enum { MADT_HEAD = 44 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct boot_info info;
	struct platform platform = { 0 };
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
	platform_read(&info, &platform);
	if (platform.processor_count > BOOT_PROCESSORS || platform.most > BOOT_PROCESSORS ||
	    !platform.most || platform.ioapic_count > PLATFORM_IOAPICS || !platform.ioapic_count ||
	    platform.override_count > PLATFORM_OVERRIDES)
		abort();
	for (uint32_t i = 0; i < platform.ioapic_count; i++) {
		platform.ioapic[i].window = 0x1000;
		platform.ioapic[i].count = 1 + i * 36; /* the register has up to 256 */
	}
	platform_lines(&platform, info.platform.line);
	for (uint32_t i = 0; i < BOOT_LINES; i++)
		if (info.platform.line[i].window && (info.platform.line[i].reg < 0x10 ||
						     info.platform.line[i].reg > 0x20e))
			abort();
	free(madt);
	return 0;
}
