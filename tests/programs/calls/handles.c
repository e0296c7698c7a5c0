/* SPDX-License-Identifier: MIT */
/*
 * handles.c - every handle that a call takes: stale, never made, of another type, one right short.
 *
 * First arguments come from syscall.def itself.  Further ones are in a table here, which is checked
 * against syscall.def: a handle argument that the table lacks is a failure.  Those in structures
 * are known to structure_try.
 */
#include "libsys/string.h"
#include "libsys/text.h"
#include "libsys/thread.h"
#include "tests/programs/calls/calls.h"

enum { ARGUMENTS = 6, OBJECT_ANY = 99, KINDS = 14, TEXT = 80 };

struct call {
	const char *name;
	u64 number;
	u32 type; /* of the first argument; OBJECT_NONE: it is no handle */
	u64 rights;
	const char *word[1 + ARGUMENTS]; /* the right, and C types, as syscall.def has them */
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
#define SYSCALL0(n, name, type, rights)		CALL_ROW(n, name, type, rights, #rights)
#define SYSCALL1(n, name, type, rights, t1, a1) CALL_ROW(n, name, type, rights, #rights, #t1)
#define SYSCALL2(n, name, type, rights, t1, a1, t2, a2)                                            \
	CALL_ROW(n, name, type, rights, #rights, #t1, #t2)
#define SYSCALL3(n, name, type, rights, t1, a1, t2, a2, t3, a3)                                    \
	CALL_ROW(n, name, type, rights, #rights, #t1, #t2, #t3)
#define SYSCALL4(n, name, type, rights, t1, a1, t2, a2, t3, a3, t4, a4)                            \
	CALL_ROW(n, name, type, rights, #rights, #t1, #t2, #t3, #t4)
#define SYSCALL5(n, name, type, rights, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5)                    \
	CALL_ROW(n, name, type, rights, #rights, #t1, #t2, #t3, #t4, #t5)
#define SYSCALL6(n, name, type, rights, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5, t6, a6)            \
	CALL_ROW(n, name, type, rights, #rights, #t1, #t2, #t3, #t4, #t5, #t6)
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
	{ NUMBER_space_map, 3, OBJECT_MEMORY, RIGHT_READ, { 0, 0, PAGE_SIZE } },
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
	struct thread_options options = { .entry = idle,
					  .name = "idle",
					  .flags = THREAD_SUSPENDED };
	struct thread *t = NULL;

	of[OBJECT_TABLE] = MAKE(sys_table_create(CAP_SELF_BUDGET));
	of[OBJECT_BUDGET] = MAKE(sys_budget_create(CAP_SELF_BUDGET, 1 << 20, 0));
	of[OBJECT_MEMORY] = MAKE(sys_memory_create(CAP_SELF_BUDGET, PAGE_SIZE, MEMORY_PINNED));
	of[OBJECT_SPACE] = MAKE(sys_space_create(CAP_SELF_BUDGET, SPACE_GUEST));
	of[OBJECT_VIEW] = MAKE(sys_view_create(CAP_SELF_BUDGET, of[OBJECT_SPACE], CAP_SELF_SPACE));
	WANT(0, helper_create(&options, &t));
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

/* A handle that is tried: of which call, as which cells, where it stands, what it must be. */
struct tried {
	const struct call *call;
	const char *cells;
	u64 *handle;
	u32 type;
	u64 rights;
	const char *right; /* that one alone; else NULL */
	bool may_be_none;
	u64 arguments[ARGUMENTS];
};

static void expect(const struct tried *t, const char *what, i64 wanted)
{
	const u64 *a = t->arguments;
	char text[TEXT];

	text_format(text, sizeof(text), "%s: %s", t->cells, what);
	judge_cell(t->call->name, text,
		   sys_call6(t->call->number, a[0], a[1], a[2], a[3], a[4], a[5]), wanted);
}

/* Everything about it that is wrong, while the rest is right. */
static void try(const struct tried *t)
{
	cap_t object = of[t->type == OBJECT_ANY ? OBJECT_NOTIFICATION : t->type];
	u64 was = *t->handle;
	char text[TEXT];

	*t->handle = CAP_NONE;
	if (!t->may_be_none)
		expect(t, "no handle", E_BADCAP);
	*t->handle = BAD_CAP;
	expect(t, "never made", E_BADCAP);
	*t->handle = stale;
	expect(t, "stale", E_BADCAP);
	for (u32 other = 1; t->type != OBJECT_ANY && other < KINDS; other++) {
		if (other == t->type || !of[other])
			continue;
		*t->handle = of[other];
		expect(t, "another type", E_TYPE);
	}
	text_format(text, sizeof(text), "without %s", t->right ? t->right : "a right");
	for (u64 right = 1; object && right <= t->rights; right <<= 1) {
		bool lacks = !(rights_of(object) & right);

		/* What init grants without COPY has no weaker copy to try. */
		if (!(t->rights & right) || (!lacks && !(rights_of(object) & RIGHT_COPY)))
			continue;
		*t->handle = lacks ? object : weaker(object, RIGHTS_ALL & ~right);
		expect(t, text, E_RIGHTS);
		if (!lacks)
			WANT(0, sys_cap_delete((cap_t)*t->handle));
	}
	*t->handle = was;
}

static void first_try(const struct call *c)
{
	struct tried t = { .call = c,
			   .cells = "argument 1",
			   .type = c->type,
			   .rights = c->rights,
			   .right = c->word[0] };

	t.handle = &t.arguments[0];
	try(&t);
}

static void further_try(const struct call *c, const struct further *f)
{
	struct tried t = { .call = c, .type = f->type, .rights = f->rights };
	char cells[TEXT];

	text_format(cells, sizeof(cells), "argument %u", f->argument + 1);
	t.cells = cells;
	t.handle = &t.arguments[f->argument];
	/* It tells to unbind, or that there is none. */
	t.may_be_none = (c->number == NUMBER_thread_bind && f->argument == 1) ||
			c->number == NUMBER_space_map;
	memcpy(t.arguments, f->with, sizeof(t.arguments));
	t.arguments[0] = of[c->type];
	/* Small numbers in the place of a handle name one of the objects. */
	for (u32 i = 1; i < ARGUMENTS; i++)
		if (c->word[1 + i] && !strcmp(c->word[1 + i], "cap_t") && t.arguments[i] < KINDS)
			t.arguments[i] = of[t.arguments[i]];
	try(&t);
}

/* A handle in the structure that the second argument points to. */
static void inside_try(const struct call *c, u64 *structure, const char *field, size_t at, u32 type,
		       u64 rights)
{
	struct tried t = { .call = c,
			   .cells = field,
			   .type = type,
			   .rights = rights,
			   .may_be_none = true,
			   .arguments = { of[c->type], (u64)structure } };

	t.handle = &structure[at / sizeof(u64)];
	try(&t);
}
#define INSIDE(structure, field, type, rights)                                                     \
	inside_try(c, (u64 *)&(structure), #field,                                                 \
		   (size_t) __builtin_offsetof(typeof(structure), field), OBJECT_##type, rights)

/* False: it takes no structure with handles. */
static bool structure_try(const struct call *c)
{
	struct thread_args thread = { .table = CAP_SELF_TABLE,
				      .space = CAP_SELF_SPACE,
				      .entry = (u64)idle,
				      .flags = THREAD_SUSPENDED };

	switch (c->number) {
	case NUMBER_thread_create:
		INSIDE(thread, table, TABLE, RIGHT_TABLE_INSERT);
		INSIDE(thread, space, SPACE, RIGHT_SPACE_MAP);
		INSIDE(thread, message_memory, MEMORY, RIGHT_READ | RIGHT_WRITE);
		INSIDE(thread, exit_notification, NOTIFICATION, RIGHT_NOTIFICATION_SIGNAL);
		return true;
	default:
		return false;
	}
}

void test_handles(void)
{
	objects_make();
	row("each first handle: stale, of another type, a right short");
	for (u32 i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		if (calls[i].type != OBJECT_NONE)
			first_try(&calls[i]);
	row("each further handle: stale, of another type, a right short");
	for (u32 i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		for (u32 n = 1; n < ARGUMENTS && calls[i].word[1 + n]; n++) {
			bool known = strcmp(calls[i].word[1 + n], "cap_t") ||
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
	row("each handle in a structure: stale, of another type, a right short");
	u32 structures = 0;
	for (u32 i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		structures += structure_try(&calls[i]);
	WANT(1, structures);
	objects_end();
}
