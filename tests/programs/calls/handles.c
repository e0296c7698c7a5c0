/* SPDX-License-Identifier: MIT */
/*
 * handles.c - every handle that a call takes: stale, never made, of another type, one right short.
 *
 * First arguments come from syscall.def itself.  Further ones are in a table here, which is checked
 * against syscall.def: a handle argument that the table lacks is a failure.
 */
#include "libsys/string.h"
#include "libsys/text.h"
#include "libsys/thread.h"
#include "tests/programs/calls/calls.h"

enum { ARGUMENTS = 5, OBJECT_ANY = 99, KINDS = 14, TEXT = 80 };

struct call {
	const char *name;
	u64 number;
	u32 type; /* of the first argument; OBJECT_NONE: it is no handle */
	u64 rights;
	const char *argument[ARGUMENTS]; /* C types */
};

#define OBJECT_OF_NONE	       OBJECT_NONE
#define OBJECT_OF_ANY	       OBJECT_ANY
#define OBJECT_OF_TABLE	       OBJECT_TABLE
#define OBJECT_OF_BUDGET       OBJECT_BUDGET
#define OBJECT_OF_MEMORY       OBJECT_MEMORY
#define OBJECT_OF_SPACE	       OBJECT_SPACE
#define OBJECT_OF_VIEW	       OBJECT_VIEW
#define OBJECT_OF_THREAD       OBJECT_THREAD
#define OBJECT_OF_ENDPOINT     OBJECT_ENDPOINT
#define OBJECT_OF_NOTIFICATION OBJECT_NOTIFICATION
#define OBJECT_OF_IRQ	       OBJECT_IRQ
#define OBJECT_OF_IOPORT       OBJECT_IOPORT
#define OBJECT_OF_INSPECT      OBJECT_INSPECT
#define OBJECT_OF_LOG	       OBJECT_LOG
#define OBJECT_OF_POWER	       OBJECT_POWER

#define CALL_ROW(n, name, type, rights, ...)                                                       \
	{ #name, n, OBJECT_OF_##type, rights, { __VA_ARGS__ } },
#define SYSCALL0(n, name, type, rights)			CALL_ROW(n, name, type, rights, 0)
#define SYSCALL1(n, name, type, rights, t1, a1)		CALL_ROW(n, name, type, rights, #t1)
#define SYSCALL2(n, name, type, rights, t1, a1, t2, a2) CALL_ROW(n, name, type, rights, #t1, #t2)
#define SYSCALL3(n, name, type, rights, t1, a1, t2, a2, t3, a3)                                    \
	CALL_ROW(n, name, type, rights, #t1, #t2, #t3)
#define SYSCALL4(n, name, type, rights, t1, a1, t2, a2, t3, a3, t4, a4)                            \
	CALL_ROW(n, name, type, rights, #t1, #t2, #t3, #t4)
#define SYSCALL5(n, name, type, rights, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5)                    \
	CALL_ROW(n, name, type, rights, #t1, #t2, #t3, #t4, #t5)
static const struct call calls[] = {
#include "microkernel/abi/syscall.def"
};

/* A handle beyond the first: what it must be, and the other arguments as they are right.  Zero
 * stands for the first argument's own object. */
static const struct further {
	u64 number;
	u32 argument, type;
	u64 rights;
	u64 with[ARGUMENTS];
} further[] = {
	{ NUMBER_cap_copy, 1, OBJECT_ANY, RIGHT_COPY, { 0 } },
	{ NUMBER_memory_slice, 1, OBJECT_MEMORY, RIGHT_READ | RIGHT_WRITE, { 0, 0, 0, PAGE_SIZE } },
	{ NUMBER_memory_clone, 1, OBJECT_MEMORY, RIGHT_READ, { 0 } },
	{ NUMBER_space_clone, 1, OBJECT_SPACE, RIGHT_SPACE_CLONE, { 0 } },
	{ NUMBER_view_create, 1, OBJECT_SPACE, RIGHT_READ | RIGHT_WRITE, { 0, 0, CAP_SELF_SPACE } },
	{ NUMBER_view_create, 2, OBJECT_SPACE, RIGHT_SPACE_MAP, { 0, OBJECT_SPACE } },
	{ NUMBER_thread_bind, 1, OBJECT_VIEW, RIGHT_READ | RIGHT_WRITE, { 0, 0, OBJECT_MEMORY } },
	{ NUMBER_thread_bind, 2, OBJECT_MEMORY, RIGHT_READ | RIGHT_WRITE, { 0, OBJECT_VIEW } },
	{ NUMBER_irq_create, 1, OBJECT_IRQ, RIGHT_WRITE, { 0, 0, 3 } },
	{ NUMBER_irq_bind, 1, OBJECT_NOTIFICATION, RIGHT_NOTIFICATION_SIGNAL, { 0, 0, 1 } },
	{ NUMBER_ioport_create, 1, OBJECT_IOPORT, RIGHT_READ | RIGHT_WRITE, { 0, 0, 0, 1 } },
};

static cap_t of[KINDS], stale; /* one object of each type that a program can have */

static void idle(void *argument)
{
	(void)argument;
	thread_exit(0);
}

static void objects_make(void)
{
	struct thread_options options = { .entry = idle, .name = "idle",
					  .flags = THREAD_SUSPENDED };
	struct thread *t = NULL;

	of[OBJECT_TABLE] = MAKE(sys_table_create(CAP_SELF_BUDGET));
	of[OBJECT_BUDGET] = MAKE(sys_budget_create(CAP_SELF_BUDGET, 1 << 20, 0));
	of[OBJECT_MEMORY] = MAKE(sys_memory_create(CAP_SELF_BUDGET, PAGE_SIZE, MEMORY_PINNED));
	of[OBJECT_SPACE] = MAKE(sys_space_create(CAP_SELF_BUDGET, SPACE_GUEST));
	of[OBJECT_VIEW] = MAKE(sys_view_create(CAP_SELF_BUDGET, of[OBJECT_SPACE], CAP_SELF_SPACE));
	WANT(0, thread_create(&options, &t));
	of[OBJECT_THREAD] = t->cap;
	of[OBJECT_ENDPOINT] = MAKE(sys_endpoint_create(CAP_SELF_BUDGET));
	of[OBJECT_NOTIFICATION] = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	of[OBJECT_IRQ] = grant_find("irq");
	of[OBJECT_IOPORT] = MAKE(sys_ioport_create(CAP_SELF_BUDGET, grant_find("ports"), 0, 2));
	of[OBJECT_INSPECT] = grant_find("inspect");
	of[OBJECT_LOG] = grant_find("log");
	stale = MAKE(sys_notification_create(CAP_SELF_BUDGET));
	WANT(0, sys_cap_delete(stale));
}

static void objects_end(void)
{
	for (u32 type = OBJECT_NOTIFICATION; type; type--)
		WANT(0, sys_object_destroy(of[type]));
	WANT(0, sys_object_destroy(of[OBJECT_IOPORT]));
}

static u64 rights_of(cap_t cap)
{
	struct cap_info info = { 0 };

	return sys_cap_info(cap, &info) ? 0 : info.rights;
}

static i64 make(const struct call *c, const u64 *a)
{
	return sys_call5(c->number, a[0], a[1], a[2], a[3], a[4]);
}

static void expect(const struct call *c, u32 argument, const char *what, i64 wanted, const u64 *a)
{
	char text[TEXT];
	i64 got = make(c, a);

	text_format(text, sizeof(text), "%s, argument %u: %s", c->name, argument, what);
	judge(got == wanted, text, got, wanted);
}

/* One argument, everything about it that is wrong; the others are in a[]. */
static void try(const struct call *c, u32 argument, u32 type, u64 rights, u64 *a)
{
	a[argument] = CAP_NONE;
	if (c->number != NUMBER_thread_bind) /* which it tells to unbind */
		expect(c, argument, "no handle", E_BADCAP, a);
	a[argument] = BAD_CAP;
	expect(c, argument, "never made", E_BADCAP, a);
	a[argument] = stale;
	expect(c, argument, "stale", E_BADCAP, a);
	for (u32 other = 1; type != OBJECT_ANY && other < KINDS; other++) {
		if (other == type || !of[other])
			continue;
		a[argument] = of[other];
		expect(c, argument, "another type", E_TYPE, a);
	}
	cap_t object = of[type == OBJECT_ANY ? OBJECT_NOTIFICATION : type];
	for (u64 right = 1; object && right <= rights; right <<= 1) {
		bool lacks = !(rights_of(object) & right);

		/* What init grants without COPY has no weaker copy to try. */
		if (!(rights & right) || (!lacks && !(rights_of(object) & RIGHT_COPY)))
			continue;
		a[argument] = lacks ? object : weaker(object, RIGHTS_ALL & ~right);
		expect(c, argument, "a right short", E_RIGHTS, a);
		if (!lacks)
			WANT(0, sys_cap_delete((cap_t)a[argument]));
	}
}

static void further_try(const struct call *c, const struct further *f)
{
	u64 a[ARGUMENTS];

	memcpy(a, f->with, sizeof(a));
	a[0] = of[c->type];
	/* Small numbers in the place of a handle name one of the objects. */
	for (u32 i = 1; i < ARGUMENTS; i++)
		if (c->argument[i] && !strcmp(c->argument[i], "cap_t") && a[i] < KINDS)
			a[i] = of[a[i]];
	try(c, f->argument, f->type, f->rights, a);
}

void test_handles(void)
{
	objects_make();
	row("each first handle: stale, of another type, a right short");
	for (u32 i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		u64 a[ARGUMENTS] = { 0 };

		if (calls[i].type != OBJECT_NONE)
			try(&calls[i], 0, calls[i].type, calls[i].rights, a);
	}
	row("each further handle: stale, of another type, a right short");
	for (u32 i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		for (u32 n = 1; n < ARGUMENTS && calls[i].argument[n]; n++) {
			bool known = strcmp(calls[i].argument[n], "cap_t") ||
				     calls[i].number == NUMBER_log_read;

			for (u32 f = 0; f < sizeof(further) / sizeof(further[0]); f++) {
				if (further[f].number != calls[i].number ||
				    further[f].argument != n)
					continue;
				known = true;
				further_try(&calls[i], &further[f]);
			}
			judge(known, calls[i].name, n, 0);
		}
	}
	objects_end();
}
