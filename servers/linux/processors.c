/* SPDX-License-Identifier: MIT */
/*
 * processors.c - see processors.h.
 */
#include "servers/linux/processors.h"

#include "libsys/sys.h"
#include "libsys/text.h"
#include "servers/linux/servers.h"

/* CPUID's leaf of levels: by how many bits an APIC's number is shifted to leave the core behind. */
enum { LEAF_LEVELS = 11, LEVEL_CORE = 2 };

/* c: after the start */
static u32 count = 1;
static u64 all = 1;
static u32 apic[PROCESSORS_MAX];
static u32 thread_bits, core_bits;

u32 processors_read(struct inspect_processor out[PROCESSORS_MAX])
{
	u32 known = 0;
	i64 got;

	/* It may come in parts. */
	while (servers.inspect && known < PROCESSORS_MAX) {
		got = sys_inspect_read(servers.inspect, INSPECT_PROCESSORS,
				       known ? out[known - 1].cursor : 0, (u64)&out[known],
				       (PROCESSORS_MAX - known) * sizeof(out[0]));
		if (got <= 0)
			break;
		known += (u32)((u64)got / sizeof(out[0]));
	}
	return known;
}

struct inspect_processor processors_sum(void)
{
	struct inspect_processor processor[PROCESSORS_MAX], sum = { 0 };
	u32 known = processors_read(processor);

	for (u32 i = 0; i < known; i++) {
		sum.idle_ns += processor[i].idle_ns;
		sum.interrupts += processor[i].interrupts;
		sum.context_switches += processor[i].context_switches;
		sum.space_switches += processor[i].space_switches;
	}
	return sum;
}

static void levels_read(void)
{
	for (u32 level = 0;; level++) {
		u32 a = LEAF_LEVELS, b, c = level, d;

		__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
		if (!(c >> 8 & 0xff))
			return;
		if ((c >> 8 & 0xff) == LEVEL_CORE)
			core_bits = a & 31;
		else if (!level)
			thread_bits = a & 31;
	}
}

void processors_start(void)
{
	struct inspect_processor processor[PROCESSORS_MAX];
	u32 found = processors_read(processor), a = 0, b, c = 0, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	if (a >= LEAF_LEVELS)
		levels_read();
	if (found)
		count = found;
	all = ~(u64)0 >> (64 - count);
	for (u32 i = 0; i < found; i++)
		apic[i] = processor[i].apic_id;
}

u32 processors_count(void)
{
	return count;
}

u64 processors_all(void)
{
	return all;
}

struct processor_place processor_place(u32 number)
{
	struct processor_place place = {
		.apic = apic[number],
		.package = apic[number] >> core_bits,
		.core = (apic[number] & (((u32)1 << core_bits) - 1)) >> thread_bits,
	};

	for (u32 i = 0; i < count; i++) {
		bool first = true;

		if (apic[i] >> core_bits != place.package)
			continue;
		place.in_package++;
		if (apic[i] >> thread_bits == apic[number] >> thread_bits)
			place.siblings |= (u64)1 << i;
		for (u32 before = 0; before < i; before++)
			first &= apic[before] >> thread_bits != apic[i] >> thread_bits;
		place.cores += first;
	}
	return place;
}

error_t processors_apply(cap_t native, u64 mask)
{
	return (error_t)sys_thread_control(native, THREAD_SET_PROCESSORS, mask);
}

/* As many digits as there are processors, a comma before the last eight of more. */
void processors_mask_text(char to[PROCESSORS_TEXT], u64 mask)
{
	u64 used = 0;

	for (u32 digit = (count + 3) / 4; digit-- > 0;)
		used += text_format(to + used, PROCESSORS_TEXT - used, "%x%s",
				    (u32)(mask >> 4 * digit & 15), digit == 8 ? "," : "");
}

void processors_list_text(char to[PROCESSORS_TEXT], u64 mask)
{
	u64 used = 0;

	*to = 0;
	for (u32 from = 0, end; from < count; from = end + 1) {
		for (end = from; end < count && mask >> end & 1;)
			end++;
		if (end == from)
			continue;
		used += text_format(to + used, PROCESSORS_TEXT - used, "%s%u", used ? "," : "",
				    from);
		if (end - from > 1)
			used += text_format(to + used, PROCESSORS_TEXT - used, "-%u", end - 1);
	}
}
