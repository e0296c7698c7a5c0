/* SPDX-License-Identifier: MIT */
/*
 * main - the UEFI loader: from firmware to the kernel's first instruction.
 *
 * It reads from the volume that it came from
 *	\KEEL\KERNEL	the kernel, a relocatable ELF image
 *	\KEEL\BOOT.ARC	the boot archive
 *	\KEEL\KEEL.CFG	one line: the kernel's command line
 * and, so that a run needs no image of its own, from any other volume that has them
 *	\KEEL\RUN.ARC	a second archive
 *	\KEEL\RUN.CFG	a command line that replaces the first.
 *
 * Then: verify, place the kernel at random, build its page tables (bootmap.h), leave
 * firmware behind, jump.  Whatever is wrong is said in one sentence, and the machine is switched
 * off.
 */
#include "bootloader/loader.h"
#include "bootloader/archive.h"
#include "bootloader/bootmap.h"
#include "bootloader/handover.h"
#include "bootloader/machine.h"
#include "bootloader/processor.h"
#include "bootloader/program.h"
#include "bootloader/x86.h"
#include "microkernel/abi/layout.h"

/*
 * Where things may lie: the direct map begins in top-level entry 260-383, a multiple of 1 GiB; the
 * image in entry 511, below its last 1 GiB.
 */
#define DIRECT_LOWEST	0xffff820000000000ul
#define DIRECT_CHOICES	(123ul << 9)
#define IMAGE_LOWEST	0xffffff8000000000ul
#define IMAGE_CHOICES	(510ul << 18)

_Noreturn void refuse(const CHAR16 *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	Print(L"\r\nkeel: ");
	VPrint(format, arguments);
	Print(L"\r\n");
	va_end(arguments);
	/* A person may want to read it; a test waits this long as well. */
	BS->Stall(1000000);
	RT->ResetSystem(EfiResetShutdown, EFI_SUCCESS, 0, NULL);
	for (;;)
		__asm__ volatile("hlt");
}

static void say(const char *text)
{
	Print(L"%a", text);
}

static void processor_take(void)
{
	const char *reason = processor_check(say);
	u64 cr4;

	if (reason)
		refuse(L"%a", reason);
	__asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
	if (cr4 >> 12 & 1)
		refuse(L"firmware runs with five-level page tables, which Keel does not support");
}

/* The kernel's page tables mark pages as not executable: that bit is reserved until it is on. */
static void no_execute_enable(void)
{
	enum { MSR_EFER = 0xc0000080, EFER_NX = 1 << 11 };

	msr_write(MSR_EFER, msr_read(MSR_EFER) | EFER_NX);
}

static u64 table_page(void *context)
{
	(void)context;
	return pages_alloc_below(PAGE_SIZE, (u64)1 << 32); /* other processors begin with them */
}

/* Executable even where firmware maps data otherwise, which is why the kernel does not keep it. */
static u64 handover_page(void)
{
	EFI_PHYSICAL_ADDRESS page = HANDOVER_LIMIT - 1;

	if (EFI_ERROR(BS->AllocatePages(AllocateMaxAddress, EfiLoaderCode, 1, &page)) &&
	    EFI_ERROR(BS->AllocatePages(AllocateAnyPages, EfiLoaderCode, 1, &page)))
		refuse(L"there is not enough memory to begin");
	return page;
}

static struct boot_archive archive_take(struct file file, const CHAR16 *name)
{
	const char *reason;

	if (!file.base)
		return (struct boot_archive){ 0, 0 };
	reason = archive_check((void *)file.base, file.length);
	if (reason)
		refuse(L"the archive %s cannot be used: %a", name, reason);
	return (struct boot_archive){ file.base, file.length };
}

/* The first line of the config, as far as it fits. */
static void command_line_take(struct boot_info *info, struct file file)
{
	const char *text = (const char *)file.base;
	u64 length = 0;

	while (length < file.length && text[length] != '\n' && text[length] != '\r')
		length++;
	if (length >= sizeof(info->command_line))
		refuse(L"the command line has %ld characters; at most %d are possible", length,
		       (u32)sizeof(info->command_line) - 1);
	CopyMem(info->command_line, text, length);
	info->command_line[length] = 0;
}

/* Put the kernel at a 2 MiB aligned physical address; returns its entry, as an offset. */
static u64 kernel_take(struct boot_info *info, struct file file)
{
	const char *reason;

	if (!file.base)
		refuse(L"there is no file \\KEEL\\KERNEL on the boot volume");
	reason = image_check((void *)file.base, file.length);
	if (reason)
		refuse(L"the kernel cannot be loaded: %a", reason);
	info->kernel_size = image_size((void *)file.base);
	u64 room = pages_alloc(info->kernel_size + BOOTMAP_LARGE);
	if (!room)
		refuse(L"there is not enough memory for the kernel");
	info->kernel_phys = (room + BOOTMAP_LARGE - 1) & ~(u64)(BOOTMAP_LARGE - 1);
	u64 before = info->kernel_phys - room;
	if (before)
		BS->FreePages(room, before >> PAGE_SHIFT);
	if (before < BOOTMAP_LARGE)
		BS->FreePages(info->kernel_phys + info->kernel_size,
			      (BOOTMAP_LARGE - before) >> PAGE_SHIFT);
	u64 entry = image_place((void *)file.base, (void *)info->kernel_phys);
	BS->FreePages(file.base, (file.length + 1 + PAGE_MASK) >> PAGE_SHIFT);
	return entry;
}

static void init_take(struct boot_info *info)
{
	const void *archive = (const void *)info->archive[0].base;
	const struct archive_entry *e = archive_init(archive);
	const char *reason;
	u64 room;

	if (!e)
		refuse(L"the archive \\KEEL\\BOOT.ARC holds no boot/init");
	reason = program_check(archive_data(archive, e), e->size);
	if (reason)
		refuse(L"the program boot/init cannot be loaded: %a", reason);
	room = pages_alloc(program_size(archive_data(archive, e)));
	if (!room)
		refuse(L"there is not enough memory for boot/init");
	program_place(archive_data(archive, e), room, &info->init);
}

static void addresses_choose(struct boot_info *info)
{
	u64 random[2] = { ticks() * 0x9e3779b97f4a7c15ul, ticks() * 0xbf58476d1ce4e5b9ul };

	if (random_fill(info->seed, sizeof(info->seed)))
		info->seed_bytes = sizeof(info->seed);
	else
		Print(L"keel: warning: no source of random numbers (EFI_RNG, RDSEED, RDRAND)\r\n");
	if (info->seed_bytes)
		random_fill(random, sizeof(random));
	info->direct_base = DIRECT_LOWEST + ((random[0] >> 8) % DIRECT_CHOICES << 30);
	info->kernel_base = IMAGE_LOWEST + ((random[1] >> 8) % IMAGE_CHOICES << PAGE_SHIFT);
	/* All of RAM, and at least what lies below 4 GiB: devices are there. */
	info->direct_size = memory_top();
	if (info->direct_size < (u64)4 << 30)
		info->direct_size = (u64)4 << 30;
	info->direct_size = (info->direct_size + BOOTMAP_LARGE - 1) & ~(u64)(BOOTMAP_LARGE - 1);
}

/* What the kernel needs for each processor and each frame. */
static void memory_take(struct boot_info *info, struct platform *platform)
{
	info->frame_limit = memory_top() >> PAGE_SHIFT;
	info->frames = pages_alloc(info->frame_limit * BOOT_FRAME_BYTES);
	platform->stacks = pages_alloc((u64)platform->most * PLATFORM_STACK);
	if (!info->frames || !platform->stacks)
		refuse(L"this machine has too little memory: Keel needs 64 MiB");
}

static void configuration_read(struct boot_info *info, EFI_HANDLE volume)
{
	struct file config = file_read_elsewhere(volume, L"\\KEEL\\RUN.CFG");
	struct file boot = file_read(volume, L"\\KEEL\\BOOT.ARC");

	if (!config.base)
		config = file_read(volume, L"\\KEEL\\KEEL.CFG");
	if (config.base)
		command_line_take(info, config);
	if (!boot.base)
		refuse(L"there is no file \\KEEL\\BOOT.ARC on the boot volume");
	info->archive[0] = archive_take(boot, L"\\KEEL\\BOOT.ARC");
	info->archive[1] = archive_take(file_read_elsewhere(volume, L"\\KEEL\\RUN.ARC"),
					L"\\KEEL\\RUN.ARC");
}

EFI_STATUS efi_main(EFI_HANDLE image, EFI_SYSTEM_TABLE *system)
{
	static EFI_GUID loaded_guid = EFI_LOADED_IMAGE_PROTOCOL_GUID;
	static struct platform platform;
	EFI_LOADED_IMAGE *loaded;
	u64 start = ticks();

	InitializeLib(image, system);
	processor_take();
	if (EFI_ERROR(BS->HandleProtocol(image, &loaded_guid, (void **)&loaded)))
		refuse(L"firmware does not say which volume the loader came from");
	struct boot_info *info = (void *)pages_alloc(sizeof(*info));
	if (!info)
		refuse(L"there is not enough memory to begin");
	u64 page = handover_page();

	info->magic = BOOT_MAGIC;
	info->version = BOOT_VERSION;
	info->size = sizeof(*info);
	info->loader_tsc = start;
	configuration_read(info, loaded->DeviceHandle);
	u64 entry = kernel_take(info, file_read(loaded->DeviceHandle, L"\\KEEL\\KERNEL"));
	init_take(info);
	addresses_choose(info);
	if (!bootmap_relocate(info->kernel_phys, info->kernel_base))
		refuse(L"the kernel cannot be loaded: it has relocations of an unknown kind");
	info->rsdp = rsdp_find();
	platform_read(info, &platform);
	memory_take(info, &platform);
	if (!bootmap_build(info, page, table_page, NULL) ||
	    !machine_map(info, &platform, table_page, NULL))
		refuse(L"there is not enough memory for the page tables");
	framebuffer_find(&info->framebuffer);

	firmware_leave(image, info, page);
	__asm__ volatile("cli");
	no_execute_enable();
	machine_begin(info, &platform, page, info->kernel_base + entry);
}
