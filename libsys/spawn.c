/* SPDX-License-Identifier: MIT */
/* spawn.c - making a process; see spawn.h. */
#include "libsys/spawn.h"

#include "libsys/heap.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "libsys/sys.h"
#include "microkernel/abi/layout.h"
#include "microkernel/abi/message.h"

enum { FIRST_STACK = 2 * PAGE_SIZE };

/* The process under construction. */
struct child {
	cap_t table, space;
	cap_t info_memory, message_memory;
	u64 base; /* of its image */
	u64 info_address, message_address;
	struct start_info *info;
};

/* The kernel may copy less than asked at any time. */
static error_t memory_write(cap_t memory, u64 offset, const void *from, u64 length)
{
	u64 done = 0;

	while (done < length) {
		i64 n = sys_memory_copy(memory, offset + done, (u64)from + done, length - done,
					COPY_TO_MEMORY);
		if (n <= 0)
			return n ? n : E_RANGE;
		done += n;
	}
	return 0;
}

error_t program_load(struct program *program, cap_t budget, const void *file, u64 length)
{
	error_t error = elf_read(&program->image, file, length);
	i64 memory;

	if (error)
		return error;
	memory = sys_memory_create(budget, program->image.span, 0);
	if (memory < 0)
		return memory;
	for (u32 i = 0; i < program->image.count && !error; i++) {
		const struct elf_segment *s = &program->image.segment[i];

		error = memory_write(memory, s->data_address, (const u8 *)file + s->data_offset,
				     s->data_length);
	}
	if (error) {
		sys_object_destroy(memory);
		return error;
	}
	program->memory = memory;
	return 0;
}

static error_t map_into(cap_t space, const struct map_args *args, u64 *address)
{
	i64 result = sys_space_map(space, args);

	if (map_failed(result))
		return result;
	*address = result;
	return 0;
}

/* A random page in the lower half of the slot: stacks and heaps grow down from its top. */
static u64 image_place(u64 seed, u64 span)
{
	u64 pages = ((SLOT_LIMIT - SLOT_BASE) / 2 - span) / PAGE_SIZE;

	return SLOT_BASE + (1 + seed % (pages - 1)) * PAGE_SIZE;
}

static error_t image_map(struct child *child, const struct program *program, u64 seed)
{
	u64 address;
	error_t error;

	child->base = image_place(seed, program->image.span);
	for (u32 i = 0; i < program->image.count; i++) {
		const struct elf_segment *s = &program->image.segment[i];
		struct map_args args = {
			.address = child->base + s->address,
			.length = s->length,
			.memory = program->memory,
			.offset = s->address,
			.protect = s->protect,
			.maximum = s->protect,
			.flags = MAP_AT | (s->protect & PROTECT_WRITE ? MAP_OVERLAY : 0),
		};

		error = map_into(child->space, &args, &address);
		if (error)
			return error;
	}
	return 0;
}

/* One page of pinned or plain memory, mapped read and write into the child. */
static error_t page_give(struct child *child, cap_t budget, cap_t *memory, u64 *address)
{
	struct map_args args = {
		.length = PAGE_SIZE,
		.protect = PROTECT_READ | PROTECT_WRITE,
		.maximum = PROTECT_READ | PROTECT_WRITE,
	};
	i64 result = memory_create_pinned(budget, PAGE_SIZE);

	if (result < 0)
		return result;
	*memory = result;
	args.memory = result;
	return map_into(child->space, &args, address);
}

/* Copy a capability into the child's table. */
static error_t give(struct child *child, cap_t cap, u64 rights, u64 badge, cap_t *out)
{
	i64 handle = sys_cap_copy(child->table, cap, rights, badge);

	if (handle < 0)
		return handle;
	*out = handle;
	return 0;
}

/* The three slots that every program knows by number, then the grants in their order. */
static error_t grants_give(struct child *child, const struct spawn *s)
{
	cap_t self[3], extra;
	error_t error;

	error = give(child, child->table, RIGHT_TABLE_INSERT | RIGHT_COPY, 0, &self[0]);
	if (!error)
		error = give(child, child->space, RIGHTS_ALL, 0, &self[1]);
	if (!error)
		error = give(child, s->budget, RIGHTS_ALL & ~(u64)RIGHT_DESTROY, 0, &self[2]);
	if (!error && (self[0] != CAP_SELF_TABLE || self[1] != CAP_SELF_SPACE ||
		       self[2] != CAP_SELF_BUDGET))
		error = E_STATE;
	if (!error)
		error = give(child, child->message_memory, RIGHT_READ | RIGHT_WRITE, 0, &extra);
	if (error)
		return error;
	child->info->message_memory = extra;
	for (u32 i = 0; i < s->grant_count; i++) {
		struct start_grant *to = &child->info->grant[i];

		memcpy(to->name, s->grant[i].name, START_NAME);
		error = give(child, s->grant[i].cap, s->grant[i].rights, s->grant[i].badge,
			     &to->cap);
		if (error)
			return error;
	}
	child->info->grant_count = s->grant_count;
	return 0;
}

static error_t arguments_give(struct child *child, const struct spawn *s)
{
	struct start_info *info = child->info;
	u32 used = strlen(s->name) + 1;

	if (used + s->argument_bytes > START_ARGS)
		return E_TOOLONG;
	memcpy(info->arguments, s->name, used);
	if (s->argument_bytes)
		memcpy(info->arguments + used, s->arguments, s->argument_bytes);
	info->argument_bytes = used + s->argument_bytes;
	info->magic = START_MAGIC;
	info->image_base = child->base;
	if (s->image_base)
		*s->image_base = child->base;
	info->message_area = child->message_address;
	info->clock = start_info->clock;
	memcpy(info->seed, s->seed, sizeof(info->seed));
	return memory_write(child->info_memory, 0, info, sizeof(*info));
}

static error_t thread_start(struct child *child, const struct spawn *s, cap_t *thread)
{
	struct map_args stack = {
		.length = FIRST_STACK,
		.protect = PROTECT_READ | PROTECT_WRITE,
		.maximum = PROTECT_READ | PROTECT_WRITE,
		.flags = MAP_OVERLAY,
	};
	struct thread_args args = {
		.table = child->table,
		.space = child->space,
		.entry = child->base + s->program->image.entry,
		.argument = child->info_address,
		.message_memory = child->message_memory,
		.exit_notification = s->exit_notification,
		.exit_bits = s->exit_bits,
		.level = s->level,
	};
	u64 address;
	error_t error = map_into(child->space, &stack, &address);
	i64 handle;

	if (error)
		return error;
	args.stack = address + FIRST_STACK;
	string_copy(args.name, sizeof(args.name), s->name);
	handle = sys_thread_create(s->budget, &args);
	if (handle < 0)
		return handle;
	*thread = handle;
	return 0;
}

static error_t child_build(struct child *child, const struct spawn *s, cap_t *thread)
{
	error_t error = image_map(child, s->program, s->seed[3]);

	if (!error)
		error = page_give(child, s->budget, &child->info_memory, &child->info_address);
	if (!error)
		error = page_give(child, s->budget, &child->message_memory,
				  &child->message_address);
	if (!error)
		error = grants_give(child, s);
	if (!error)
		error = arguments_give(child, s);
	if (!error)
		error = thread_start(child, s, thread);
	return error;
}

error_t spawn(const struct spawn *s, cap_t *thread)
{
	struct child child = { 0 };
	i64 table, space;
	error_t error;

	if (s->grant_count > START_GRANTS)
		return E_FULL;
	child.info = heap_alloc(sizeof(*child.info));
	table = sys_table_create(s->budget);
	space = sys_space_create(s->budget, SPACE_NATIVE);
	if (!child.info || table < 0 || space < 0) {
		error = E_NOMEM;
	} else {
		child.table = table;
		child.space = space;
		error = child_build(&child, s, thread);
	}
	/* The process holds what it needs; the maker keeps only the thread. */
	if (child.message_memory)
		sys_cap_delete(child.message_memory);
	if (child.info_memory)
		sys_cap_delete(child.info_memory);
	if (space > 0)
		sys_cap_delete(space);
	if (table > 0)
		sys_cap_delete(table);
	heap_free(child.info, sizeof(*child.info));
	return error;
}
