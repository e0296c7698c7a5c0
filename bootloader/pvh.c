/* SPDX-License-Identifier: MIT */
/*
 * pvh.c - the loader without firmware, with the kernel's file inside it: make of the PVH start
 * information what the UEFI loader would hand over.
 *
 * It runs at its physical address, mapped one to one.  Format: the public headers of Xen,
 * hvm_start_info version 1.
 */
#include "bootloader/archive.h"
#include "bootloader/bootmap.h"
#include "bootloader/handover.h"
#include "bootloader/image.h"
#include "bootloader/machine.h"
#include "bootloader/processor.h"
#include "bootloader/program.h"
#include "bootloader/x86.h"

struct start_info_pvh {
	u32 magic, version, flags, nr_modules;
	u64 modules, command_line, rsdp, memory_map;
	u32 memory_map_entries, reserved;
};
struct module_pvh {
	u64 base, size, command_line, reserved;
};
struct memory_pvh {
	u64 base, length;
	u32 type, reserved;
};

enum { PVH_MAGIC = 0x336ec578, MAP_USABLE = 1, MAP_ACPI = 3, MAP_NVS = 4, TABLE_PAGES = 48 };

extern const char kernel_file[], kernel_file_end[];
extern char pvh_begin[], pvh_end[];

/* What the kernel keeps, the page tables last: those that were not needed are free. */
static struct {
	struct boot_info info;
	u8 table[TABLE_PAGES][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
} kept __attribute__((section(".kept,\"aw\",@nobits#"), aligned(PAGE_SIZE)));
static struct boot_info *const info = &kept.info;
static u32 tables_used;

/* The compiler calls these for copies of structures. */
void *memcpy(void *restrict to, const void *restrict from, size_t length);
void *memset(void *to, int value, size_t length);

void *memcpy(void *restrict to, const void *restrict from, size_t length)
{
	void *result = to;

	__asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(length) : : "memory");
	return result;
}

void *memset(void *to, int value, size_t length)
{
	void *result = to;

	__asm__ volatile("rep stosb" : "+D"(to), "+c"(length) : "a"(value) : "memory");
	return result;
}

static u64 alloc_page(void *context)
{
	(void)context;
	return tables_used < TABLE_PAGES ? (u64)kept.table[tables_used++] : 0;
}

static void range_add(u64 base, u64 length, u64 type)
{
	u64 end = base + length;

	base = (base + PAGE_MASK) & ~PAGE_MASK;
	end &= ~PAGE_MASK;
	if (base < end && info->range_count < BOOT_RANGES)
		info->range[info->range_count++] = (struct boot_range){ base, end - base, type };
}

/* Take [base, end) out of the usable range that holds it; the list stays sorted.  false: none does.
 */
static bool range_carve(u64 base, u64 end)
{
	base &= ~PAGE_MASK;
	end = (end + PAGE_MASK) & ~PAGE_MASK;
	for (u32 i = 0; i < info->range_count; i++) {
		struct boot_range *r = &info->range[i];
		u64 low = r->base, high = r->base + r->length;

		if (r->type != BOOT_RANGE_USABLE || base < low || end > high || base >= end)
			continue;
		struct boot_range parts[3] = { { low, base - low, BOOT_RANGE_USABLE },
					       { base, end - base, BOOT_RANGE_BOOT },
					       { end, high - end, BOOT_RANGE_USABLE } };
		u32 n = 0;
		for (int k = 0; k < 3; k++)
			if (parts[k].length)
				parts[n++] = parts[k];
		if (info->range_count + n - 1 > BOOT_RANGES)
			return false;
		for (u32 k = info->range_count - 1; k > i; k--)
			info->range[k + n - 1] = info->range[k];
		info->range_count += n - 1;
		for (u32 k = 0; k < n; k++)
			info->range[i + k] = parts[k];
		return true;
	}
	return false;
}

static void read_memory_map(const struct start_info_pvh *start)
{
	const struct memory_pvh *m = (const struct memory_pvh *)start->memory_map;
	u64 end = 0;

	for (u32 i = 0; i < start->memory_map_entries; i++)
		if (m[i].type == MAP_USABLE && m[i].base + m[i].length > end)
			end = m[i].base + m[i].length;
	info->direct_size = end;
	for (u32 i = 0; i < start->memory_map_entries; i++) {
		range_add(m[i].base, m[i].length,
			  m[i].type == MAP_USABLE ? BOOT_RANGE_USABLE : BOOT_RANGE_RESERVED);
		/* Tables of the firmware lie at the end of memory and must be readable. */
		if (m[i].type != MAP_USABLE && m[i].base < end + (16 << 20) &&
		    m[i].base > 1 << 20 && m[i].base + m[i].length > info->direct_size)
			info->direct_size = m[i].base + m[i].length;
	}
	info->direct_size = (info->direct_size + BOOTMAP_LARGE - 1) & ~(u64)(BOOTMAP_LARGE - 1);
}

static struct boot_archive archive_take(const char *what, u64 base, u64 length)
{
	const char *reason = archive_check((const void *)base, length);

	if (reason)
		machine_stop(what, reason);
	return (struct boot_archive){ base, length };
}

/* One module holds the boot archive and, right behind it, perhaps a run archive. */
static void read_archives(const struct start_info_pvh *start)
{
	const struct module_pvh *m = (const struct module_pvh *)start->modules;

	if (!start->nr_modules)
		machine_stop("there is no boot archive, so nothing can be started", "");
	const struct archive_header *h = (const struct archive_header *)m->base;
	u64 first = m->size;

	if (m->size > sizeof(*h) && h->magic == ARCHIVE_MAGIC && h->length < m->size &&
	    !(h->length & PAGE_MASK))
		first = h->length;
	info->archive[0] = archive_take("the boot archive cannot be used: ", m->base, first);
	if (m->size - first > sizeof(*h))
		info->archive[1] = archive_take("the run archive cannot be used: ",
						m->base + first, m->size - first);
	range_carve(m->base, m->base + m->size);
}

static bool hardware_random(u64 *value)
{
	u8 ok = 0;

	if (cpuid(1).c >> 30 & 1)
		__asm__ volatile("rdrand %0; setc %1" : "=r"(*value), "=qm"(ok));
	return ok;
}

static void choose_bases(void)
{
	u64 random;

	for (u32 i = 0; i < sizeof(info->seed); i += 8) {
		if (!hardware_random(&random))
			break;
		memcpy(info->seed + i, &random, 8);
		info->seed_bytes += 8;
	}
	if (!hardware_random(&random))
		random = ticks() * 0x9e3779b97f4a7c15ul;
	info->kernel_base = 0xffffffff80000000ul + ((random >> 8) % 400 + 1) * BOOTMAP_LARGE;
	info->direct_base = (u64)((i64)((264 + (random >> 32) % 128) << 55) >> 16);
}

/* The kernel goes behind this loader, where all of it must be memory. */
static u64 kernel_place(void)
{
	u64 length = (u64)(kernel_file_end - kernel_file), entry;
	const char *reason = image_check(kernel_file, length);

	if (reason)
		machine_stop("the kernel cannot be loaded: ", reason);
	info->kernel_phys = ((u64)pvh_end + BOOTMAP_LARGE - 1) & ~(u64)(BOOTMAP_LARGE - 1);
	info->kernel_size = image_size(kernel_file);
	if (!range_carve(info->kernel_phys, info->kernel_phys + info->kernel_size))
		machine_stop("there is no memory where the kernel is to lie", "");
	entry = image_place(kernel_file, (void *)info->kernel_phys);
	if (!bootmap_relocate(info->kernel_phys, info->kernel_base))
		machine_stop("the kernel's relocations are malformed", "");
	return info->kernel_base + entry;
}

/* And behind the kernel, init. */
static void init_place(void)
{
	const void *archive = (const void *)info->archive[0].base;
	const struct archive_entry *e = archive_init(archive);
	u64 at = info->kernel_phys + info->kernel_size, size;
	const char *reason = e ? program_check(archive_data(archive, e), e->size) :
				 "the archive does not hold it";

	if (reason)
		machine_stop("boot/init cannot be loaded: ", reason);
	size = program_size(archive_data(archive, e));
	if (!range_carve(at, at + size))
		machine_stop("there is no memory where init is to lie", "");
	memset((void *)at, 0, size);
	program_place(archive_data(archive, e), at, &info->init);
}

/* The first page in which others can begin, or one of the loader's own.  What the start information
 * may have there has been read when it is used. */
static u64 handover_page(void)
{
	static u8 own[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

	range_carve(0, PAGE_SIZE); /* no frame has the address 0 */
	for (u64 page = PAGE_SIZE; page < HANDOVER_LIMIT; page += PAGE_SIZE)
		if (range_carve(page, page + PAGE_SIZE))
			return page;
	return (u64)own;
}

/* From the end of the highest range that is mapped here and holds so much behind this loader. */
static u64 memory_take(u64 bytes)
{
	u64 size = (bytes + PAGE_MASK) & ~PAGE_MASK, words = size / 8;

	for (u32 i = info->range_count; i-- > 0;) {
		const struct boot_range *r = &info->range[i];
		u64 end = r->base + r->length, base = end - size, at = base;

		if (r->type != BOOT_RANGE_USABLE || end > (u64)4 << 30 || r->length < size ||
		    base < (u64)pvh_end || !range_carve(base, end))
			continue;
		__asm__ volatile("rep stosq" : "+D"(at), "+c"(words) : "a"(0) : "memory");
		return base;
	}
	machine_stop("this machine has too little memory: Keel needs 64 MiB", "");
}

/* For each processor and each frame. */
static void kernel_memory_take(struct platform *platform)
{
	for (u32 i = 0; i < info->range_count; i++) {
		const struct boot_range *r = &info->range[i];

		if (r->type != BOOT_RANGE_RESERVED)
			info->frame_limit = (r->base + r->length) >> PAGE_SHIFT;
	}
	info->frames = memory_take(info->frame_limit * BOOT_FRAME_BYTES);
	platform->stacks = memory_take((u64)platform->most * PLATFORM_STACK);
}

static void command_line_take(const char *line)
{
	u32 n = 0;

	for (; line && line[n]; n++) {
		if (n == BOOT_COMMAND_LINE - 1)
			machine_stop("the command line is longer than 4,095 bytes", "");
		info->command_line[n] = line[n];
	}
}

_Noreturn void pvh_main(const struct start_info_pvh *start);

_Noreturn void pvh_main(const struct start_info_pvh *start)
{
	const char *reason = processor_check(machine_say);
	static struct platform platform;
	u64 entry, page;

	if (reason)
		machine_stop(reason, "");
	info->loader_tsc = ticks();
	if (start->magic != PVH_MAGIC || start->version < 1)
		machine_stop("the PVH start information is of a version without a memory map", "");
	info->magic = BOOT_MAGIC;
	info->version = BOOT_VERSION;
	info->size = sizeof(*info);
	info->rsdp = start->rsdp;
	command_line_take((const char *)start->command_line);
	read_memory_map(start);
	read_archives(start);
	choose_bases();
	entry = kernel_place();
	init_place();
	page = handover_page();
	platform_read(info, &platform);
	kernel_memory_take(&platform);
	if (!bootmap_build(info, page, alloc_page, NULL) ||
	    !machine_map(info, &platform, alloc_page, NULL))
		machine_stop("this machine has more memory than the start's page tables can map",
			     "");
	range_carve((u64)&kept, (u64)kept.table[tables_used]);
	machine_begin(info, &platform, page, entry);
}
