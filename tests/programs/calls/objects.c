/* SPDX-License-Identifier: MIT */
/*
 * objects.c - each type of object.def that a budget pays for: what is charged for it comes back
 * when the last who knows it lets go, when it is destroyed whatever copies there are, while others
 * use it, and with its budget.
 */
#include "libsys/heap.h"
#include "libsys/ipc.h"
#include "libsys/thread.h"
#include "tests/programs/calls/calls.h"

enum { AT = 0x400000, ENDED = 1 };

/* What objects are charged to; what some of them need; who uses one. */
static cap_t budget, guest, ended, state, user;

static void idle(void)
{
	sys_thread_exit(0);
}

static i64 object_make(u32 type)
{
	struct thread_args thread = { .table = CAP_SELF_TABLE, .space = CAP_SELF_SPACE,
				      .entry = (u64)idle, .flags = THREAD_SUSPENDED };

	switch (type) {
	case OBJECT_TABLE:
		return sys_table_create(budget);
	case OBJECT_BUDGET:
		return sys_budget_create(budget, PAGE_SIZE, BUDGET_RESERVED);
	case OBJECT_MEMORY:
		return sys_memory_create(budget, PAGE_SIZE, 0);
	case OBJECT_SPACE:
		return sys_space_create(budget, SPACE_GUEST);
	case OBJECT_VIEW:
		return sys_view_create(budget, guest, CAP_SELF_SPACE);
	case OBJECT_THREAD:
		return sys_thread_create(budget, &thread);
	case OBJECT_ENDPOINT:
		return sys_endpoint_create(budget);
	case OBJECT_NOTIFICATION:
		return sys_notification_create(budget);
	case OBJECT_IOPORT:
		return sys_ioport_create(budget, grant_find("ports"), 0, 1);
	default:
		return E_NOTSUP;
	}
}

static u64 used(void)
{
	struct budget_info info = { 0 };

	WANT(0, sys_budget_info(budget, &info));
	return info.used_bytes;
}

static void receive(void *argument)
{
	struct message m = { 0 };

	(void)ipc_receive((cap_t)argument, &m);
	thread_exit(0);
}

static cap_t user_thread(cap_t table, cap_t notification)
{
	struct thread_args args = { .table = table, .space = CAP_SELF_SPACE, .entry = (u64)idle,
				    .exit_notification = notification, .exit_bits = 1,
				    .flags = THREAD_SUSPENDED };

	return MAKE(sys_thread_create(CAP_SELF_BUDGET, &args));
}

/* From now on `user` refers to it, and not by a capability. */
static void object_use(u32 type, cap_t object)
{
	struct thread_options options = { .entry = receive, .argument = (void *)object,
					  .name = "receiver", .exit_notification = ended,
					  .exit_bits = ENDED };
	struct map_args map = { .address = AT, .length = PAGE_SIZE, .memory = object,
				.protect = PROTECT_READ, .maximum = PROTECT_READ, .flags = MAP_AT };
	struct thread *t = NULL;
	char byte;

	if (type == OBJECT_TABLE) {
		user = user_thread(object, CAP_NONE);
	} else if (type == OBJECT_BUDGET) {
		user = MAKE(sys_notification_create(object));
	} else if (type == OBJECT_MEMORY) {
		/* Where another budget's memory is short it is as if the object ended. */
		user = MAKE(sys_space_create(budget, SPACE_GUEST));
		WANT(AT, sys_space_map(user, &map));
		WANT(1, sys_space_copy(user, AT, (u64)&byte, 1, SPACE_COPY_READ));
	} else if (type == OBJECT_SPACE) {
		user = MAKE(sys_view_create(CAP_SELF_BUDGET, object, CAP_SELF_SPACE));
	} else if (type == OBJECT_VIEW) {
		user = user_thread(CAP_SELF_TABLE, CAP_NONE);
		WANT(0, sys_thread_bind(user, object, state, 0));
	} else if (type == OBJECT_NOTIFICATION) {
		user = user_thread(CAP_SELF_TABLE, object);
	} else { /* OBJECT_ENDPOINT */
		WANT(0, helper_create(&options, &t));
		user = t->cap;
		HOLDS(UNTIL(thread_is_waiting(user)));
	}
}

/* The object went from under the user, which goes on, or, charged to it, went with it. */
static void use_end(u32 type)
{
	struct cap_info info;

	if (type == OBJECT_ENDPOINT)
		WANT(ENDED, sys_notification_wait(ended, ENDED, clock_now() + PATIENCE));
	if (type == OBJECT_BUDGET)
		WANT(E_BADCAP, sys_cap_info(user, &info));
	else
		WANT(0, sys_object_destroy(user));
}

/* What the object's capability names no more. */
static bool gone(cap_t object)
{
	struct cap_info info;

	return sys_cap_info(object, &info) == E_BADCAP;
}

static void object_test(const char *name, u32 type)
{
	struct cap_info info = { 0 };
	cap_t object = MAKE(object_make(type));

	WANT(0, sys_cap_info(object, &info));
	judge_cell(name, "created", info.type, type);
	HOLDS(used() > 0);
	WANT(0, sys_object_destroy(weaker(object, RIGHTS_ALL)));
	judge_cell(name, "destroyed with copies", gone(object) && UNTIL(used() == 0), true);
	if (type != OBJECT_THREAD && type != OBJECT_IOPORT) {
		object = MAKE(object_make(type));
		object_use(type, object);
		WANT(0, sys_object_destroy(object));
		judge_cell(name, "destroyed in use", gone(object), true);
		use_end(type);
		HOLDS(UNTIL(used() == 0));
	}
	object = MAKE(object_make(type));
	WANT(0, sys_cap_delete(object));
	if (type == OBJECT_THREAD) /* it lives without a name */
		judge_cell(name, "let go", used() > 0, true);
	else
		judge_cell(name, "let go", UNTIL(used() == 0), true);
}

/* With the budget goes the object, and all of it comes back. */
static void with_its_budget(const char *name, u32 type, u64 before)
{
	struct budget_info info = { 0 };
	cap_t object = MAKE(object_make(type));

	WANT(0, sys_object_destroy(budget));
	judge_cell(name, "its budget destroyed",
		   gone(object) && UNTIL(!sys_budget_info(CAP_SELF_BUDGET, &info) &&
					 info.used_bytes <= before),
		   true);
}

void test_objects(void)
{
	static const char *const names[] = {
#define OBJECT(name, number, prefix, text) [number] = #name,
#define RIGHT(object, name, bit, text)
#include "microkernel/abi/object.def"
	};
	struct budget_info info = { 0 };

	row("each type of object: made, destroyed, let go, used");
	ended = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	state = MAKE(memory_create_pinned(CAP_SELF_BUDGET, PAGE_SIZE));
	guest = MAKE(sys_space_create(CAP_SELF_BUDGET, SPACE_GUEST));
	for (u32 type = OBJECT_TABLE; type < OBJECT_TYPES; type++) {
		if (type == OBJECT_IRQ || type > OBJECT_IOPORT)
			continue; /* only init makes them */
		for (u32 round = 0; round < 2; round++) {
			WANT(0, sys_budget_info(CAP_SELF_BUDGET, &info));
			budget = MAKE(sys_budget_create(CAP_SELF_BUDGET, 1 << 20, 0));
			if (!round)
				object_test(names[type], type);
			/* What was first used by the first round is there. */
			with_its_budget(names[type], type, round ? info.used_bytes : ~(u64)0);
		}
	}
	WANT(0, sys_object_destroy(guest));
	WANT(0, sys_object_destroy(state));
	WANT(0, sys_object_destroy(ended));
}
