/* SPDX-License-Identifier: MIT */
/*
 * image.c - a fresh address space with a program, its stack and its vDSO.
 *
 * Nothing of the old program is touched: if anything fails, the new space is destroyed and execve
 * returns an error.
 */
#include "libsys/heap.h"
#include "libsys/string.h"
#include "libsys/sys.h"
#include "servers/linux/device.h"
#include "servers/linux/exec.h"
#include "servers/linux/fpu.h"
#include "servers/linux/layout.h"
#include "servers/linux/mm.h"
#include "servers/linux/servers.h"
#include "servers/linux/util.h"
#include "servers/linux/vdso.h"

enum { RANDOM_WORDS = 4, AUX_WORDS = 2 * 20 };

static u64 pages_up(u64 bytes)
{
	return (bytes + PAGE_MASK) & ~PAGE_MASK;
}

static i64 map(cap_t space, u64 address, u64 length, cap_t memory, u64 offset, u32 protect, u32 tag)
{
	struct map_args args = {
		.address = address,
		.length = length,
		.memory = memory,
		.offset = offset,
		.protect = protect,
		.flags = MAP_AT | MAP_OVERLAY,
		.tag = tag,
	};
	i64 result = sys_space_map(space, &args);

	return result < 0 ? errno_from(result) : 0;
}

static i64 copy_to(cap_t space, u64 address, const void *from, u64 length)
{
	u64 done = 0;

	while (done < length) {
		i64 part = sys_space_copy(space, address + done, (u64)from + done, length - done,
					  SPACE_COPY_WRITE);

		if (part <= 0)
			return part == E_NOMEM ? -ENOMEM : -EFAULT;
		done += (u64)part;
	}
	return 0;
}

/* The last page of a segment's file part may hold more of the file: it must read as zero. */
static i64 tail_clear(cap_t space, u64 from, u64 to)
{
	static const char zeros[PAGE_SIZE];

	return copy_to(space, from, zeros, to - from);
}

static i64 load_map(cap_t space, struct file *f, const struct elf_load *l, u64 base)
{
	u64 address = base + l->address, start = address & ~PAGE_MASK;
	u64 file_end = address + l->file_length, end = address + l->memory_length;
	u32 protect = protect_from_linux(l->protect);
	i64 error = 0;

	if (l->file_length) {
		error = map(space, start, pages_up(file_end) - start, f->contents,
			    l->offset & ~PAGE_MASK, protect,
			    f->path ? region_tag_for(f->path) : TAG_FILE);
		if (!error && end > file_end && file_end & PAGE_MASK && l->protect & PROT_WRITE)
			error = tail_clear(space, file_end, pages_up(file_end));
		start = pages_up(file_end);
	}
	if (!error && pages_up(end) > start)
		error = map(space, start, pages_up(end) - start, CAP_NONE, 0, protect,
			    TAG_ANONYMOUS);
	return error;
}

static i64 program_map(cap_t space, struct file *f, const struct elf_program *p, u64 base)
{
	i64 error = 0;

	for (u32 i = 0; i < p->load_count && !error; i++)
		error = load_map(space, f, &p->load[i], base);
	return error;
}

/* Where things go; random pages apart, so that nobody knows beforehand. */
struct places {
	u64 program, interpreter, vdso, stack_top;
	u64 random[RANDOM_WORDS];
};

static i64 places_choose(struct places *at, const struct elf_program *p,
			 const struct elf_program *interpreter, u64 stack_bytes)
{
	i64 error = random_bytes(at->random, sizeof(at->random));
	u64 top;

	if (error)
		return error;
	at->stack_top = LAYOUT_STACK_TOP - (at->random[0] & LAYOUT_STACK_RANDOM & ~PAGE_MASK);
	top = at->stack_top - stack_bytes - LAYOUT_STACK_GAP;
	at->vdso = top - VDSO_SPAN;
	at->program = 0;
	if (p->relocatable)
		at->program = LAYOUT_PIE_BASE + (at->random[1] & LAYOUT_PIE_RANDOM & ~PAGE_MASK) -
			      p->low;
	at->interpreter = 0;
	if (interpreter)
		at->interpreter = at->vdso - LAYOUT_STACK_GAP - pages_up(interpreter->high) -
				  (at->random[2] & LAYOUT_STACK_RANDOM & ~PAGE_MASK);
	if (p->relocatable && (p->high - p->low) > LAYOUT_PIE_SPAN)
		return -ENOMEM;
	return 0;
}

struct stack_plan {
	u64 strings, random, platform, name, pointers; /* addresses */
};

static u64 *aux_put(u64 *w, u64 type, u64 value)
{
	w[0] = type;
	w[1] = value;
	return w + 2;
}

static u64 *aux_fill(u64 *w, const struct elf_program *p, const struct places *at,
		     const struct stack_plan *plan, bool interpreted,
		     const struct image_credentials *cred)
{
	if (vdso_present())
		w = aux_put(w, AUX_SYSINFO_EHDR, at->vdso + VDSO_TEXT);
	w = aux_put(w, AUX_HWCAP, hardware_capabilities());
	w = aux_put(w, AUX_PAGESZ, PAGE_SIZE);
	w = aux_put(w, AUX_CLKTCK, 100);
	if (p->phdr_address)
		w = aux_put(w, AUX_PHDR, at->program + p->phdr_address);
	w = aux_put(w, AUX_PHENT, ELF_PHDR_BYTES);
	w = aux_put(w, AUX_PHNUM, p->phdr_count);
	w = aux_put(w, AUX_BASE, interpreted ? at->interpreter : 0);
	w = aux_put(w, AUX_FLAGS, 0);
	w = aux_put(w, AUX_ENTRY, at->program + p->entry);
	w = aux_put(w, AUX_UID, cred->uid);
	w = aux_put(w, AUX_EUID, cred->euid);
	w = aux_put(w, AUX_GID, cred->gid);
	w = aux_put(w, AUX_EGID, cred->egid);
	w = aux_put(w, AUX_SECURE, cred->secure);
	w = aux_put(w, AUX_RANDOM, plan->random);
	w = aux_put(w, AUX_EXECFN, plan->name);
	w = aux_put(w, AUX_PLATFORM, plan->platform);
	w = aux_put(w, AUX_MINSIGSTKSZ, fpu_size + 1024);
	return aux_put(w, AUX_NULL, 0);
}

/* Pointers to `count` strings that begin at *offset of the block at `address`. */
static u64 *pointers_fill(u64 *w, const struct arguments *a, u64 *offset, u32 count, u64 address)
{
	for (u32 i = 0; i < count; i++) {
		*w++ = address + *offset;
		*offset += strlen(a->bytes + *offset) + 1;
	}
	*w++ = 0;
	return w;
}


/* Strings at the top, then what the auxiliary vector points to, then the pointers themselves. */
static i64 stack_fill(struct image *image, const struct elf_program *p, const struct places *at,
		      bool interpreted, const struct arguments *a, const char *name,
		      const struct image_credentials *cred)
{
	static const char platform[8] = "x86_64";
	u64 name_bytes = strlen(name) + 1;
	u64 words = 1 + a->argc + 1 + a->envc + 1 + AUX_WORDS, offset = 0;
	struct stack_plan plan;
	u64 *block, *w;
	i64 error;

	plan.name = at->stack_top - 8 - name_bytes;
	plan.strings = plan.name - a->used;
	plan.platform = (plan.strings - sizeof(platform)) & ~15ul;
	plan.random = plan.platform - 16;
	plan.pointers = (plan.random - words * 8) & ~15ul;
	/* As Linux counts: the strings and the pointers to them. */
	if (a->used + name_bytes + (a->argc + a->envc) * 8ul > image->arguments_limit)
		return -E2BIG;
	block = heap_alloc(words * 8);
	if (!block)
		return -ENOMEM;
	w = block;
	*w++ = a->argc;
	w = pointers_fill(w, a, &offset, a->argc, plan.strings);
	w = pointers_fill(w, a, &offset, a->envc, plan.strings);
	image->mm->auxv = plan.pointers + (u64)(w - block) * 8;
	w = aux_fill(w, p, at, &plan, interpreted, cred);
	image->mm->auxv_end = plan.pointers + (u64)(w - block) * 8;
	error = copy_to(image->mm->space, plan.pointers, block, words * 8);
	heap_free(block, words * 8);
	if (!error)
		error = copy_to(image->mm->space, plan.random, &at->random[2], 16);
	if (!error)
		error = copy_to(image->mm->space, plan.platform, platform, sizeof(platform));
	if (!error)
		error = copy_to(image->mm->space, plan.strings, a->bytes, a->used);
	if (!error)
		error = copy_to(image->mm->space, plan.name, name, name_bytes);
	image->stack = plan.pointers;
	image->mm->arguments = plan.strings;
	image->mm->arguments_end = image->mm->environment = plan.strings + a->environment;
	image->mm->environment_end = plan.strings + a->used;
	return error;
}

/* Where code and data lie, for /proc. */
static void parts_note(struct mm *mm, const struct elf_program *p, u64 base)
{
	for (u32 i = 0; i < p->load_count; i++) {
		const struct elf_load *s = &p->load[i];
		u64 start = base + s->address;

		if (s->protect & PROT_EXEC) {
			mm->code_start = start;
			mm->code_end = start + s->file_length;
		} else if (s->protect & PROT_WRITE) {
			mm->data_start = start;
			mm->data_end = start + s->file_length;
		}
	}
}

static i64 fill(struct image *image, struct file *file, const struct elf_program *p,
		struct file *interpreter, const struct elf_program *ip, const struct arguments *a,
		const char *name, const struct image_credentials *cred)
{
	struct mm *mm = image->mm;
	struct places at;
	/* What lies there from the start comes on top of the limit's least. */
	u64 stack_bytes = image->stack_size + pages_up(a->used + (a->argc + a->envc) * 8ul);
	i64 error = places_choose(&at, p, ip, stack_bytes);

	if (!error)
		error = program_map(mm->space, file, p, at.program);
	if (!error && interpreter)
		error = program_map(mm->space, interpreter, ip, at.interpreter);
	if (!error && vdso_present())
		error = vdso_map(mm->space, at.vdso);
	if (!error) {
		struct map_args stack = {
			.address = at.stack_top - stack_bytes,
			.length = stack_bytes,
			.protect = PROTECT_READ | PROTECT_WRITE,
			.flags = MAP_AT | MAP_OVERLAY,
			.tag = TAG_STACK,
		};
		i64 mapped = sys_space_map(mm->space, &stack);

		error = mapped < 0 ? errno_from(mapped) : 0;
	}
	if (!error)
		error = stack_fill(image, p, &at, interpreter != NULL, a, name, cred);
	mm->stack_top = at.stack_top;
	mm->map_top = interpreter ? at.interpreter : at.vdso;
	mm->brk_start = mm->brk = at.program + p->high;
	parts_note(mm, p, at.program);
	image->entry = interpreter ? at.interpreter + ip->entry : at.program + p->entry;
	return error;
}

i64 image_build(struct image *image, struct file *file, const struct elf_program *program,
		struct file *interpreter, const struct elf_program *interpreter_program,
		const struct arguments *a, const char *name, const struct image_credentials *cred)
{
	i64 space = sys_space_create(servers.guests, SPACE_GUEST), view, error;

	if (space < 0)
		return errno_from(space);
	view = sys_view_create(servers.guests, (cap_t)space, CAP_SELF_SPACE);
	image->mm = view < 0 ? NULL : mm_create((cap_t)space, (cap_t)view);
	if (!image->mm) {
		if (view >= 0)
			(void)sys_object_destroy((cap_t)view);
		(void)sys_object_destroy((cap_t)space);
		return -ENOMEM;
	}
	error = fill(image, file, program, interpreter, interpreter_program, a, name, cred);
	if (error)
		mm_put(image->mm);
	else
		image->mm->exe = file->path ? string_save(file->path) : NULL;
	return error;
}
