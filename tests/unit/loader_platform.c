/* SPDX-License-Identifier: MIT */
/* loader_platform - what the loaders read out of the MADT, and what they pass over. */
#include "tests/unit/unit.h"
#include "bootloader/platform.h"

enum { HEADER = 36, MADT_HEAD = 44, BODY = 512 };

/* Addresses are those of this program: the loaders use physical ones as pointers. */
struct machine {
	u8 rsdp[36], root[HEADER + 8], madt[MADT_HEAD + BODY];
	u32 length; /* of the MADT */
	struct boot_info info;
	struct platform platform;
};

static void put(u8 *at, u64 value, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		at[i] = (u8)(value >> 8 * i);
}

static struct machine *machine_make(void)
{
	struct machine *m = calloc(1, sizeof(*m));

	m->rsdp[15] = 2;
	put(m->rsdp + 24, (u64)m->root, 8);
	memcpy(m->root, "XSDT", 4);
	put(m->root + 4, sizeof(m->root), 4);
	put(m->root + HEADER, (u64)m->madt, 8);
	memcpy(m->madt, "APIC", 4);
	m->length = MADT_HEAD;
	m->info.rsdp = (u64)m->rsdp;
	m->info.direct_size = 1ul << 47;
	return m;
}

static u8 *entry(struct machine *m, u8 type, u8 length)
{
	u8 *e = m->madt + m->length;

	e[0] = type;
	e[1] = length;
	m->length += length;
	return e;
}

static const struct platform *read_it(struct machine *m)
{
	put(m->madt + 4, m->length, 4);
	platform_read(&m->info, &m->platform);
	return &m->platform;
}

static void processor(struct machine *m, u8 id, u8 flags)
{
	u8 *e = entry(m, 0, 8);

	e[3] = id;
	e[4] = flags;
}

TEST(all_kinds)
{
	struct machine *m = machine_make();
	u8 *e;

	processor(m, 7, 1);
	processor(m, 8, 0);
	e = entry(m, 9, 16);
	put(e + 4, 0x12345, 4);
	e[8] = 1;
	e = entry(m, 1, 12);
	put(e + 4, 0xfec10000, 4);
	put(e + 8, 24, 4);
	e = entry(m, 2, 10);
	e[3] = 5;
	put(e + 4, 9, 4);
	put(e + 8, 0xd, 2);
	entry(m, 4, 6); /* of no interest */
	processor(m, 3, 1);
	const struct platform *p = read_it(m);
	CHECK(p->processor_count == 3 && p->processor[0] == 7 && p->processor[1] == 0x12345 &&
	      p->processor[2] == 3);
	CHECK(p->ioapic_count == 1 && p->ioapic[0].base == 0xfec10000 && p->ioapic[0].first == 24);
	CHECK(p->override_count == 1 && p->override[0].line == 5 && p->override[0].gsi == 9 &&
	      p->override[0].flags == 0xd);
	free(m);
}

/* Without tables there is what every PC has: one processor, one controller. */
static void bare(struct machine *m)
{
	const struct platform *p = read_it(m);

	CHECK(!p->processor_count && !p->override_count && p->ioapic_count == 1 &&
	      p->ioapic[0].base == 0xfec00000 && !p->ioapic[0].first);
	free(m);
}

TEST(absent)
{
	struct machine *m = machine_make();

	processor(m, 1, 1);
	m->info.rsdp = 0;
	bare(m);
	m = machine_make();
	processor(m, 1, 1);
	m->info.direct_size = 4096; /* all of it lies beyond */
	bare(m);
	m = machine_make();
	processor(m, 1, 1);
	memcpy(m->madt, "FACP", 4);
	bare(m);
	m = machine_make();
	processor(m, 1, 1);
	put(m->root + 4, 1 << 21, 4);
	bare(m);
}

/* Entries that are cut short, or without length, end the search; what came before counts. */
TEST(malformed)
{
	struct machine *m = machine_make();

	processor(m, 1, 1);
	entry(m, 0, 8)[1] = 0;
	CHECK(read_it(m)->processor_count == 1);
	free(m);
	m = machine_make();
	processor(m, 1, 1);
	processor(m, 2, 1);
	m->length--;
	CHECK(read_it(m)->processor_count == 1);
	free(m);
	m = machine_make();
	entry(m, 1, 4);
	entry(m, 2, 4);
	bare(m);
}

TEST(too_many)
{
	struct machine *m = machine_make();

	for (int i = 0; i < 40; i++)
		entry(m, 1, 12);
	CHECK(read_it(m)->ioapic_count == PLATFORM_IOAPICS);
	free(m);
	m = machine_make();
	for (int i = 0; i < 50; i++)
		entry(m, 2, 10);
	CHECK(read_it(m)->override_count == PLATFORM_OVERRIDES);
	free(m);
	m = machine_make();
	for (int i = 0; i < 64; i++)
		processor(m, (u8)i, 1);
	m->platform.processor_count = 1;
	CHECK(read_it(m)->processor_count == BOOT_PROCESSORS);
	free(m);
}

static u32 most(u32 processors, const char *line)
{
	struct machine *m = machine_make();
	u32 result;

	for (u32 i = 0; i < processors; i++)
		processor(m, (u8)i, 1);
	strcpy(m->info.command_line, line);
	result = read_it(m)->most;
	free(m);
	return result;
}

TEST(wanted)
{
	CHECK(most(0, "") == 1 && most(0, "cpus=7") == 1 && most(4, "") == 4);
	CHECK(most(4, "run cpus=3") == 3 && most(4, "cpus=1 run") == 1 && most(4, "cpus=9") == 4);
	CHECK(most(4, "cpus=0") == 4 && most(4, "xcpus=2") == 4 && most(4, "cpus=") == 4);
	CHECK(most(4, "cpus=99999999999999999999") == 4 && most(4, "x cpus=2 cpus=3") == 2);
}

static void line_is(const struct boot_line *line, u64 window, u32 reg, u32 mode)
{
	CHECK(line->window == window && line->reg == reg && line->mode == mode);
}

/* Bits of a line's register (I/O APIC, 82093AA, 3.2.4): 13 is polarity, low; 15 trigger, level. */
TEST(lines)
{
	enum { LOW = 1 << 13, LEVEL = 1 << 15 };
	struct platform p = {
		.ioapic_count = 2,
		.ioapic = { { .window = 0x1000, .first = 0, .count = 24 },
			    { .window = 0x2000, .first = 24, .count = 8 } },
		.override_count = 4,
		.override = { { 0, 2, 0 }, { 9, 9, 0xd }, { 5, 30, 0xf }, { 6, 200, 0 } },
	};
	struct boot_line line[BOOT_LINES] = { { 0 } };

	platform_lines(&p, line);
	line_is(&line[0], 0x1000, 0x14, 0);
	line_is(&line[1], 0x1000, 0x12, 0);
	line_is(&line[9], 0x1000, 0x22, LEVEL);
	line_is(&line[5], 0x2000, 0x1c, LOW | LEVEL);
	line_is(&line[6], 0, 0, 0);
	line_is(&line[15], 0x1000, 0x2e, 0);
	line_is(&line[16], 0x1000, 0x30, LOW | LEVEL);
	line_is(&line[31], 0x2000, 0x1e, LOW | LEVEL);
	line_is(&line[32], 0, 0, 0);
	line_is(&line[BOOT_LINES - 1], 0, 0, 0);
}

UNIT("loader/platform", RUN(all_kinds), RUN(absent), RUN(malformed), RUN(too_many), RUN(wanted),
     RUN(lines))
