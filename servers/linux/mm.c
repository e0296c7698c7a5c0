/* SPDX-License-Identifier: MIT */
/*
 * mm.c - brk, mmap and their relatives, over the kernel's region tree, which is the only list of
 * what is mapped where.
 */
#include "servers/linux/mm.h"
#include "servers/linux/mount.h"

#include "servers/linux/calls.h"
#include "servers/linux/device.h"
#include "servers/linux/file.h"
#include "servers/linux/layout.h"
#include "servers/linux/limits.h"
#include "servers/linux/servers.h"
#include "servers/linux/uaccess.h"
#include "servers/linux/util.h"

enum { NAMES_MAX = 512 };

static struct {
	struct lock lock;
	char *path[NAMES_MAX];
	u32 count;
} names = { .lock = LOCK_OF(RANK_NAMES) };

u32 region_tag_for(const char *path)
{
	u32 tag = TAG_FILE;

	lock_acquire(&names.lock);
	for (u32 i = 0; i < names.count && tag == TAG_FILE; i++)
		if (!strcmp(names.path[i], path))
			tag = TAG_NAMED + i;
	if (tag == TAG_FILE && names.count < NAMES_MAX) {
		names.path[names.count] = string_save(path);
		if (names.path[names.count])
			tag = TAG_NAMED + names.count++;
	}
	lock_release(&names.lock);
	return tag;
}

const char *region_tag_name(u32 tag)
{
	if (tag >= TAG_NAMED && tag - TAG_NAMED < names.count)
		return names.path[tag - TAG_NAMED];
	switch (tag) {
	case TAG_STACK:
		return "[stack]";
	case TAG_HEAP:
		return "[heap]";
	case TAG_VDSO:
		return "[vdso]";
	case TAG_VVAR:
		return "[vvar]";
	case TAG_SHARED:
		return "/dev/zero (deleted)";
	default:
		return "";
	}
}

static u64 pages_up(u64 bytes)
{
	return (bytes + PAGE_MASK) & ~PAGE_MASK;
}

static i64 heap_grow(struct mm *mm, u64 from, u64 to)
{
	struct map_args args = {
		.address = from,
		.length = to - from,
		.protect = PROTECT_READ | PROTECT_WRITE,
		.flags = MAP_AT | MAP_OVERLAY,
		.tag = TAG_HEAP,
	};

	return sys_space_map(mm->space, &args);
}

i64 linux_brk(struct lthread *t, struct registers *r)
{
	struct mm *mm = t->process->mm;
	u64 old, new;

	lock_acquire(&mm->lock);
	old = pages_up(mm->brk);
	new = pages_up(r->rdi);
	if (r->rdi >= mm->brk_start && r->rdi < mm->map_top) {
		i64 error = 0;

		if (new > old && memory_allowed(t, new - old, MEMORY_DATA))
			error = E_NOMEM;
		else if (new > old)
			error = heap_grow(mm, old, new);
		else if (new < old)
			error = sys_space_unmap(mm->space, new, old - new);
		if (error >= 0)
			mm->brk = r->rdi;
	}
	new = mm->brk;
	lock_release(&mm->lock);
	return (i64)new;
}

struct mapping {
	struct map_args args;
	bool hint, shared;
	cap_t made; /* memory made for this mapping, to be let go of once mapped */
};

/* What lies behind the mapping: nothing, fresh shared memory, or a file. */
static i64 backing(struct lthread *t, i64 fd, u64 flags, u64 protect, struct mapping *m)
{
	struct file *f;
	i64 memory, error = 0;

	if (flags & L_MAP_ANONYMOUS) {
		m->args.offset = 0;
		if (!m->shared)
			return 0;
		memory = sys_memory_create(servers.guests, m->args.length, 0);
		if (memory < 0)
			return errno_from(memory);
		m->args.memory = m->made = (cap_t)memory;
		m->args.tag = TAG_SHARED;
		return 0;
	}
	f = file_get(t, fd);
	if (!f)
		return -EBADF;
	if ((f->flags & O_ACCMODE) == O_WRONLY || f->flags & O_PATH)
		error = -EACCES;
	else if (f->device == DEVICE_ZERO && !m->shared)
		m->args.offset = 0;
	else if (!f->contents)
		error = -ENODEV;
	else if (m->shared && protect & PROT_WRITE && (f->flags & O_ACCMODE) != O_RDWR)
		error = -EACCES;
	if (!error && protect & PROT_EXEC && f->node.mount &&
	    mount_flags(f->node.mount) & MS_NOEXEC)
		error = -EPERM;
	if (!error && f->contents) {
		regular_accessed(f);
		/* A copy of our own: the descriptor may be closed by another thread meanwhile. */
		memory = sys_cap_copy(CAP_SELF_TABLE, f->contents, RIGHTS_ALL, 0);
		if (memory < 0)
			error = errno_from(memory);
		m->args.memory = m->made = memory < 0 ? CAP_NONE : (cap_t)memory;
		m->args.tag = f->path ? region_tag_for(f->path) : TAG_FILE;
		if (m->shared && (f->flags & O_ACCMODE) != O_RDWR)
			m->args.maximum = PROTECT_READ | PROTECT_EXEC;
	}
	file_put(f);
	return error;
}

static i64 mapping_place(struct mm *mm, struct mapping *m)
{
	i64 result = E_EXISTS;

	if (m->args.flags & MAP_AT)
		return sys_space_map(mm->space, &m->args);
	if (m->hint) {
		m->args.flags |= MAP_AT;
		result = sys_space_map(mm->space, &m->args);
		m->args.flags &= ~(u32)MAP_AT;
		if (result >= 0)
			return result;
	}
	m->args.address = mm->map_top;
	return sys_space_map(mm->space, &m->args);
}

static i64 map_errno(i64 result)
{
	switch (result) {
	case E_EXISTS:
		return -EEXIST;
	case E_RANGE:
		return -ENOMEM;
	case E_NOENT:
		return -ENOMEM;
	case E_RIGHTS:
		return -EACCES;
	default:
		return errno_from(result);
	}
}

i64 linux_mmap(struct lthread *t, struct registers *r)
{
	u64 address = r->rdi, protect = r->rdx, flags = r->r10, type = flags & L_MAP_TYPE;
	struct mapping m = { .shared = type == L_MAP_SHARED || type == L_MAP_SHARED_VALIDATE };
	i64 result;

	if (!r->rsi || (!m.shared && type != L_MAP_PRIVATE) || r->r9 & PAGE_MASK)
		return -EINVAL;
	if (r->rsi > GUEST_LIMIT || r->r9 > (u64)1 << 62)
		return -ENOMEM;
	if (protect & PROT_WRITE && protect & PROT_EXEC)
		return -EACCES;
	m.args.length = pages_up(r->rsi);
	m.args.offset = r->r9;
	m.args.protect = protect_from_linux((u32)protect);
	m.args.flags = m.shared ? 0 : MAP_OVERLAY;
	if (flags & (L_MAP_FIXED | L_MAP_FIXED_NOREPLACE)) {
		if (address & PAGE_MASK)
			return -EINVAL;
		if (address < GUEST_BASE)
			return -EPERM;
		if (!guest_range_ok(address, m.args.length))
			return -ENOMEM;
		m.args.flags |= MAP_AT | (flags & L_MAP_FIXED_NOREPLACE ? 0 : MAP_REPLACE);
		m.args.address = address;
	} else if (address >= GUEST_BASE && guest_range_ok(address, m.args.length)) {
		m.hint = true;
		m.args.address = address & ~PAGE_MASK;
	}
	result = memory_allowed(t, m.args.length, !m.shared && protect & PROT_WRITE ? MEMORY_DATA :
										      MEMORY_OTHER);
	if (!result)
		result = backing(t, (i32)r->r8, flags, protect, &m);
	if (result)
		return result;
	result = mapping_place(t->process->mm, &m);
	if (m.made)
		(void)sys_cap_delete(m.made);
	return result < 0 ? map_errno(result) : result;
}

i64 linux_munmap(struct lthread *t, struct registers *r)
{
	u64 length = pages_up(r->rsi);

	if (r->rdi & PAGE_MASK || !r->rsi || r->rsi > GUEST_LIMIT ||
	    !guest_range_ok(r->rdi, length))
		return -EINVAL;
	if (r->rdi < GUEST_BASE)
		return 0;
	return map_errno(sys_space_unmap(t->process->mm->space, r->rdi, length));
}

i64 linux_mprotect(struct lthread *t, struct registers *r)
{
	u64 length = pages_up(r->rsi);

	if (r->rdi & PAGE_MASK || r->rdx & ~(u64)(PROT_READ | PROT_WRITE | PROT_EXEC))
		return -EINVAL;
	if (!length)
		return 0;
	if (r->rsi > GUEST_LIMIT || !guest_range_ok(r->rdi, length))
		return -ENOMEM;
	if (r->rdx & PROT_WRITE && r->rdx & PROT_EXEC)
		return -EACCES;
	return map_errno(sys_space_protect(t->process->mm->space, r->rdi, length,
					   protect_from_linux((u32)r->rdx)));
}

/* 0, or -ENOMEM if something between the two is not mapped. */
static i64 mapped(struct mm *mm, u64 from, u64 to)
{
	struct region_info info;

	while (from < to) {
		i64 got = sys_space_regions(mm->space, from, &info, 1);

		if (got < 0)
			return errno_from(got);
		if (!got || info.address > from)
			return -ENOMEM;
		from = info.address + info.length;
	}
	return 0;
}

i64 linux_mremap(struct lthread *t, struct registers *r)
{
	struct remap_args args = {
		.address = r->rdi,
		.length = pages_up(r->rsi),
		.new_length = pages_up(r->rdx),
	};
	u64 flags = r->r10;
	i64 result;

	if (r->rdi & PAGE_MASK || !args.length || !args.new_length ||
	    flags & ~(u64)(MREMAP_MAYMOVE | MREMAP_FIXED) ||
	    (flags & MREMAP_FIXED && !(flags & MREMAP_MAYMOVE)))
		return -EINVAL;
	if (r->rsi > GUEST_LIMIT || r->rdx > GUEST_LIMIT)
		return -ENOMEM;
	if (!guest_range_ok(args.address, args.length))
		return -EFAULT;
	if (mapped(t->process->mm, args.address, args.address + 1))
		return -EFAULT;
	if (flags & MREMAP_MAYMOVE)
		args.flags = REMAP_MAY_MOVE;
	if (flags & MREMAP_FIXED) {
		if (r->r8 & PAGE_MASK || r->r8 < GUEST_BASE ||
		    !guest_range_ok(r->r8, args.new_length) ||
		    (r->r8 < args.address + args.length && args.address < r->r8 + args.new_length))
			return -EINVAL;
		args.flags |= MAP_AT;
		args.new_address = r->r8;
		(void)sys_space_unmap(t->process->mm->space, r->r8, args.new_length);
	} else if (args.new_length <= args.length) {
		if (args.new_length < args.length) {
			result = sys_space_unmap(t->process->mm->space,
						 args.address + args.new_length,
						 args.length - args.new_length);
			if (result < 0)
				return map_errno(result);
		}
		return (i64)args.address;
	}
	if (args.new_length > args.length &&
	    memory_allowed(t, args.new_length - args.length, MEMORY_DATA))
		return -ENOMEM;
	result = sys_space_remap(t->process->mm->space, &args);
	if (result == E_NOENT)
		return -EFAULT;
	return result == E_EXISTS ? -ENOMEM : result < 0 ? map_errno(result) : result;
}

/* Private anonymous pages read as zero afterwards; of anything else the contents are kept. */
static i64 discard(struct mm *mm, u64 from, u64 to)
{
	struct region_info info;

	while (from < to) {
		i64 got = sys_space_regions(mm->space, from, &info, 1);
		u64 start, end;

		if (got < 0)
			return errno_from(got);
		if (!got || info.address >= to)
			break;
		start = info.address > from ? info.address : from;
		end = info.address + info.length < to ? info.address + info.length : to;
		if (!info.memory_id && info.flags & MAP_OVERLAY) {
			struct map_args args = {
				.address = start,
				.length = end - start,
				.protect = info.protect,
				.maximum = info.maximum,
				.flags = MAP_AT | MAP_REPLACE | MAP_OVERLAY,
				.tag = info.tag,
			};

			got = sys_space_map(mm->space, &args);
			if (got < 0)
				return map_errno(got);
		}
		from = end;
	}
	return 0;
}

i64 linux_madvise(struct lthread *t, struct registers *r)
{
	u64 length = pages_up(r->rsi);
	i64 error;

	if (r->rdi & PAGE_MASK || r->rsi > GUEST_LIMIT || !guest_range_ok(r->rdi, length))
		return -EINVAL;
	/* All but this is about speed; unknown advice is refused. */
	if (r->rdx > 25)
		return -EINVAL;
	error = r->rdx == MADV_DONTNEED ? discard(t->process->mm, r->rdi, r->rdi + length) : 0;
	return error ? error : mapped(t->process->mm, r->rdi, r->rdi + length);
}

i64 linux_msync(struct lthread *t, struct registers *r)
{
	/* Mappings and read and write share the same pages: there is nothing to write out. */
	u64 length = pages_up(r->rsi);

	if (r->rdi & PAGE_MASK || r->rdx & ~7ul ||
	    (r->rdx & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC))
		return -EINVAL;
	if (r->rsi > GUEST_LIMIT || (length && !guest_range_ok(r->rdi, length)))
		return -ENOMEM;
	return mapped(t->process->mm, r->rdi, r->rdi + length);
}

i64 linux_mlock(struct lthread *t, struct registers *r)
{
	/* There is no swap: what is resident stays. */
	u64 from = r->rdi & ~PAGE_MASK, length = pages_up(r->rsi + (r->rdi & PAGE_MASK));

	if (r->rsi > GUEST_LIMIT || (length && !guest_range_ok(from, length)))
		return -ENOMEM;
	return lock_allowed(t, length) ?: mapped(t->process->mm, from, from + length);
}
