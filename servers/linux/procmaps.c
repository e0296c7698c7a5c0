/* SPDX-License-Identifier: MIT */
/*
 * procmaps.c - what /proc/PID shows of an address space: maps, smaps, statm, and its parts by kind.
 *
 * A page counts as resident where the process's own page table has it.  Which pages of a private
 * file mapping have been written to the kernel does not tell; they count as the file's unless the
 * region can be written.
 */
#include "libsys/string.h"
#include "libsys/sys.h"
#include "libsys/text.h"
#include "servers/linux/layout.h"
#include "servers/linux/mm.h"
#include "servers/linux/proc.h"

enum { REGIONS = 16 };

static bool is_file(const struct region_info *r)
{
	return r->memory_id && r->tag != TAG_SHARED && r->tag != TAG_VDSO && r->tag != TAG_VVAR;
}

static bool is_shared(const struct region_info *r)
{
	return !(r->flags & MAP_OVERLAY) && r->tag != TAG_VDSO && r->tag != TAG_VVAR;
}

static bool is_anonymous(const struct region_info *r)
{
	return !is_shared(r) && (!is_file(r) || r->protect & PROTECT_WRITE) &&
	       r->tag != TAG_VDSO && r->tag != TAG_VVAR;
}

void region_count(const struct mm *mm, struct region_info *r)
{
	struct region_info part;

	while (r->counted_to < r->address + r->length &&
	       sys_space_regions(mm->space, r->counted_to, &part, 1) > 0 &&
	       part.address <= r->counted_to) {
		r->resident_pages += part.resident_pages;
		r->counted_to = part.counted_to;
	}
}

/* Call see for every region, in the order of addresses. */
static void each_region(const struct mm *mm,
			void (*see)(void *context, const struct region_info *r), void *context)
{
	struct region_info info[REGIONS];
	u64 from = 0;
	i64 count;

	while ((count = sys_space_regions(mm->space, from, info, REGIONS)) > 0)
		for (i64 i = 0; i < count; i++) {
			region_count(mm, &info[i]);
			see(context, &info[i]);
			from = info[i].address + info[i].length;
		}
}

static void line_print(void *context, const struct region_info *r)
{
	struct text *text = context;
	const char *name = region_tag_name(r->tag);
	char line[96];
	u64 length;

	length = text_format(line, sizeof(line), "%08lx-%08lx %c%c%c%c %08lx 00:%02x %lu ",
			     r->address, r->address + r->length,
			     r->protect & PROTECT_READ ? 'r' : '-',
			     r->protect & PROTECT_WRITE ? 'w' : '-',
			     r->protect & PROTECT_EXEC ? 'x' : '-', is_shared(r) ? 's' : 'p',
			     is_file(r) ? r->offset : 0, is_file(r) ? root_mount.device : 0,
			     is_file(r) ? r->memory_id : 0);
	/* Names stand in a column, as far as the numbers leave it. */
	for (; *name && length < 73; length++)
		line[length] = ' ';
	text_print(text, "%.*s%s\n", (int)length, line, name);
}

static i64 maps_print(struct lthread *reader, struct text *text, const struct snapshot *s,
		      void (*see)(void *context, const struct region_info *r))
{
	i64 error = proc_may_look(reader, s->pid);

	if (!error && s->mm)
		each_region(s->mm, see, text);
	return error;
}

i64 proc_pid_maps(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	return maps_print(reader, text, s, line_print);
}

static void kilobytes(struct text *text, const char *name, u64 pages)
{
	text_print(text, "%-16s%8lu kB\n", name, pages * (PAGE_SIZE / 1024));
}

static void sizes_print(struct text *text, u64 resident, u64 shared, u64 private_dirty,
			u64 anonymous)
{
	kilobytes(text, "Rss:", resident);
	kilobytes(text, "Pss:", resident);
	kilobytes(text, "Shared_Clean:", shared);
	kilobytes(text, "Shared_Dirty:", 0);
	kilobytes(text, "Private_Clean:", resident - shared - private_dirty);
	kilobytes(text, "Private_Dirty:", private_dirty);
	kilobytes(text, "Referenced:", resident);
	kilobytes(text, "Anonymous:", anonymous);
	kilobytes(text, "Swap:", 0);
	kilobytes(text, "Locked:", 0);
}

static void smap_print(void *context, const struct region_info *r)
{
	u64 pages = r->resident_pages;
	struct text *text = context;
	bool anonymous = is_anonymous(r);

	line_print(text, r);
	kilobytes(text, "Size:", r->length / PAGE_SIZE);
	kilobytes(text, "KernelPageSize:", 1);
	kilobytes(text, "MMUPageSize:", 1);
	sizes_print(text, pages, anonymous ? 0 : pages, anonymous ? pages : 0,
		    anonymous ? pages : 0);
	text_print(text, "VmFlags:%s%s%s mr mw me%s\n", r->protect & PROTECT_READ ? " rd" : "",
		   r->protect & PROTECT_WRITE ? " wr" : "", r->protect & PROTECT_EXEC ? " ex" : "",
		   is_shared(r) ? " sh" : "");
}

i64 proc_pid_smaps(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	return maps_print(reader, text, s, smap_print);
}

struct sums {
	struct memory_parts *parts;
	const struct mm *mm;
	u64 first, last;
};

static void part_add(void *context, const struct region_info *r)
{
	struct sums *sums = context;
	struct memory_parts *p = sums->parts;
	const struct mm *mm = sums->mm;
	u64 pages = r->length / PAGE_SIZE;

	if (!sums->last)
		sums->first = r->address;
	sums->last = r->address + r->length;
	if (is_anonymous(r))
		p->resident_anonymous += r->resident_pages;
	else if (r->tag == TAG_SHARED)
		p->resident_shared += r->resident_pages;
	else
		p->resident_file += r->resident_pages;
	if (r->tag == TAG_STACK)
		p->stack += r->resident_pages;
	else if (r->protect & PROTECT_WRITE && !is_shared(r))
		p->data += pages;
	if (r->protect & PROTECT_EXEC) {
		if (r->address < mm->code_end && r->address + r->length > mm->code_start)
			p->code += pages;
		else
			p->library += pages;
	}
}

void memory_parts(const struct snapshot *s, struct memory_parts *out)
{
	struct sums sums = { .parts = out, .mm = s->mm };

	*out = (struct memory_parts){ 0 };
	each_region(s->mm, part_add, &sums);
}

i64 proc_pid_rollup(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	struct memory_parts p = { 0 };
	struct sums sums = { .parts = &p, .mm = s->mm };
	i64 error = proc_may_look(reader, s->pid);
	u64 shared;

	if (error || !s->mm)
		return error;
	each_region(s->mm, part_add, &sums);
	shared = p.resident_file + p.resident_shared;
	text_print(text, "%08lx-%08lx ---p 00000000 00:00 0                          [rollup]\n",
		   sums.first, sums.last);
	sizes_print(text, p.resident_anonymous + shared, shared, p.resident_anonymous,
		    p.resident_anonymous);
	return 0;
}

i64 proc_pid_statm(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	struct memory_parts p = { 0 };

	(void)reader;
	if (s->mm)
		memory_parts(s, &p);
	text_print(text, "%lu %lu %lu %lu 0 %lu 0\n", s->space.region_pages,
		   s->space.resident_pages, p.resident_file + p.resident_shared, p.code,
		   p.data + p.stack);
	return 0;
}
