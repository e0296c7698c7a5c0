/* SPDX-License-Identifier: MIT */
/* firmware.c - what only firmware knows: memory, randomness, the screen, ACPI. */
#include "bootloader/loader.h"
#include "bootloader/x86.h"

u64 pages_alloc_below(u64 bytes, u64 limit)
{
	EFI_PHYSICAL_ADDRESS address = limit - 1;
	u64 pages = (bytes + PAGE_MASK) >> PAGE_SHIFT;

	if (EFI_ERROR(BS->AllocatePages(AllocateMaxAddress, EfiLoaderData, pages, &address)))
		return 0;
	SetMem((void *)address, pages << PAGE_SHIFT, 0);
	return address;
}

/* --- randomness ------------------------------------------------------------------------------- */

static bool cpu_random(bool seed, u64 *word)
{
	u8 ok = 0;

	for (unsigned tries = 0; tries < 100 && !ok; tries++) {
		if (seed)
			__asm__ volatile("rdseed %0; setc %1" : "=r"(*word), "=qm"(ok) : : "cc");
		else
			__asm__ volatile("rdrand %0; setc %1" : "=r"(*word), "=qm"(ok) : : "cc");
		__asm__ volatile("pause");
	}
	return ok;
}

bool random_fill(void *to, u64 bytes)
{
	static EFI_GUID guid = EFI_RNG_PROTOCOL_GUID;
	EFI_RNG_PROTOCOL *generator;

	if (!EFI_ERROR(BS->LocateProtocol(&guid, NULL, (void **)&generator)) &&
	    !EFI_ERROR(generator->GetRNG(generator, NULL, bytes, to)))
		return true;
	bool rdrand = cpuid(1).c >> 30 & 1, rdseed = cpuid(0).a >= 7 && cpuid(7).b >> 18 & 1;
	if (!rdseed && !rdrand)
		return false;
	for (unsigned i = 0; i < bytes / 8; i++)
		if (!cpu_random(rdseed, (u64 *)to + i))
			return false;
	return true;
}

/* --- screen, ACPI ----------------------------------------------------------------------------- */

void framebuffer_find(struct boot_framebuffer *framebuffer)
{
	static EFI_GUID guid = EFI_GRAPHICS_OUTPUT_PROTOCOL_GUID;
	EFI_GRAPHICS_OUTPUT_PROTOCOL *gop;

	if (EFI_ERROR(BS->LocateProtocol(&guid, NULL, (void **)&gop)) ||
	    !gop->Mode || !gop->Mode->Info)
		return;
	EFI_GRAPHICS_OUTPUT_MODE_INFORMATION *mode = gop->Mode->Info;
	if (mode->PixelFormat != PixelBlueGreenRedReserved8BitPerColor &&
	    mode->PixelFormat != PixelRedGreenBlueReserved8BitPerColor)
		return;
	*framebuffer = (struct boot_framebuffer){
		.base = gop->Mode->FrameBufferBase,
		.width = mode->HorizontalResolution,
		.height = mode->VerticalResolution,
		.pitch = mode->PixelsPerScanLine * 4,
		.format = mode->PixelFormat == PixelRedGreenBlueReserved8BitPerColor,
	};
}

u64 rsdp_find(void)
{
	static EFI_GUID acpi2 = ACPI_20_TABLE_GUID, acpi1 = ACPI_TABLE_GUID;
	u64 found = 0;

	for (UINTN i = 0; i < ST->NumberOfTableEntries; i++) {
		EFI_CONFIGURATION_TABLE *table = &ST->ConfigurationTable[i];
		if (!CompareGuid(&table->VendorGuid, &acpi2))
			return (u64)table->VendorTable;
		if (!CompareGuid(&table->VendorGuid, &acpi1))
			found = (u64)table->VendorTable;
	}
	return found;
}

/* --- the memory map --------------------------------------------------------------------------- */

static struct {
	u8 *map;
	UINTN size, room, key, step;
	UINT32 version;
} memory;

/* Read the map into a buffer with room to spare: making the buffer changes the map. */
static void memory_read(void)
{
	if (!memory.map) {
		memory.size = 0;
		BS->GetMemoryMap(&memory.size, NULL, &memory.key, &memory.step, &memory.version);
		memory.room = memory.size + 32 * memory.step;
		memory.map = (u8 *)pages_alloc(memory.room);
		if (!memory.map)
			refuse(L"memory is too small for its own map");
	}
	memory.size = memory.room;
	if (EFI_ERROR(BS->GetMemoryMap(&memory.size, (EFI_MEMORY_DESCRIPTOR *)memory.map,
				       &memory.key, &memory.step, &memory.version)))
		refuse(L"firmware does not tell its memory map");
}

static EFI_MEMORY_DESCRIPTOR *memory_at(UINTN index)
{
	UINTN offset = index * memory.step;

	return offset < memory.size ? (EFI_MEMORY_DESCRIPTOR *)(memory.map + offset) : NULL;
}

static u64 type_of(const EFI_MEMORY_DESCRIPTOR *d)
{
	switch (d->Type) {
	case EfiLoaderData:
		return BOOT_RANGE_BOOT;
	case EfiLoaderCode:
	case EfiBootServicesCode:
	case EfiBootServicesData:
	case EfiConventionalMemory:
		return BOOT_RANGE_USABLE;
	default:
		return BOOT_RANGE_RESERVED;
	}
}

u64 memory_top(void)
{
	EFI_MEMORY_DESCRIPTOR *d;
	u64 top = 0;

	memory_read();
	for (UINTN i = 0; (d = memory_at(i)); i++) {
		u64 end = d->PhysicalStart + (d->NumberOfPages << PAGE_SHIFT);
		bool ram = type_of(d) != BOOT_RANGE_RESERVED || d->Type == EfiACPIReclaimMemory ||
			   d->Type == EfiACPIMemoryNVS;
		if (ram && end > top)
			top = end;
	}
	return top;
}

/* Append a range, or lengthen the last one.  What finds no room is not usable: nothing breaks. */
static void range_add(struct boot_info *info, u64 base, u64 end, u64 type)
{
	struct boot_range *last = info->range_count ? &info->range[info->range_count - 1] : NULL;

	if (base >= end)
		return;
	if (last && last->type == type && last->base + last->length == base)
		last->length += end - base;
	else if (info->range_count < BOOT_RANGES)
		info->range[info->range_count++] = (struct boot_range){ base, end - base, type };
}

/* Firmware need not sort its map: take the lowest descriptor above `from` each time. */
static EFI_MEMORY_DESCRIPTOR *memory_next(u64 from)
{
	EFI_MEMORY_DESCRIPTOR *best = NULL, *d;

	for (UINTN i = 0; (d = memory_at(i)); i++)
		if (d->NumberOfPages && d->PhysicalStart >= from &&
		    (!best || d->PhysicalStart < best->PhysicalStart))
			best = d;
	return best;
}

static void ranges_make(struct boot_info *info, u64 keep)
{
	u64 from = 0;

	for (EFI_MEMORY_DESCRIPTOR *d; (d = memory_next(from));) {
		u64 base = d->PhysicalStart, end = base + (d->NumberOfPages << PAGE_SHIFT);
		u64 type = type_of(d);

		from = end;
		/* Page 0 stays out of use, so that no frame has the address 0. */
		if (!base && type == BOOT_RANGE_USABLE) {
			range_add(info, 0, PAGE_SIZE, BOOT_RANGE_RESERVED);
			base = PAGE_SIZE;
		}
		if (keep >= base && keep < end) {
			range_add(info, base, keep, type);
			range_add(info, keep, keep + PAGE_SIZE, BOOT_RANGE_BOOT);
			base = keep + PAGE_SIZE;
		}
		range_add(info, base, end, type);
	}
}

void firmware_leave(EFI_HANDLE image, struct boot_info *info, u64 keep)
{
	EFI_STATUS status = EFI_INVALID_PARAMETER;

	/* A timer of the firmware's may change the map between the two calls: then once more. */
	for (unsigned tries = 0; tries < 4 && EFI_ERROR(status); tries++) {
		memory_read();
		status = BS->ExitBootServices(image, memory.key);
	}
	if (EFI_ERROR(status))
		refuse(L"firmware does not let go: ExitBootServices fails");
	__asm__ volatile("cli");
	ranges_make(info, keep);
}
