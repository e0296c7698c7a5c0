/* SPDX-License-Identifier: MIT */
/*
 * rows.c - syscall.def as data: of each row its number, and what each argument is by its type and,
 * where that is a plain number, by its name.
 */
#include "libsys/string.h"
#include "tests/programs/storm/storm.h"

#define ROW(n, name, type, count, ...) { #name, #type, n, count, false, { __VA_ARGS__ } },
#define A(t, a)                                                                                    \
	{                                                                                          \
#t, #a, KIND_BITS, 0                                                               \
	}
#define SYSCALL0(n, name, type, rights)			{ #name, #type, n, 0, false, { { 0 } } },
#define SYSCALL1(n, name, type, rights, t1, a1)		ROW(n, name, type, 1, A(t1, a1))
#define SYSCALL2(n, name, type, rights, t1, a1, t2, a2) ROW(n, name, type, 2, A(t1, a1), A(t2, a2))
#define SYSCALL3(n, name, type, rights, t1, a1, t2, a2, t3, a3)                                    \
	ROW(n, name, type, 3, A(t1, a1), A(t2, a2), A(t3, a3))
#define SYSCALL4(n, name, type, rights, t1, a1, t2, a2, t3, a3, t4, a4)                            \
	ROW(n, name, type, 4, A(t1, a1), A(t2, a2), A(t3, a3), A(t4, a4))
#define SYSCALL5(n, name, type, rights, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5)                    \
	ROW(n, name, type, 5, A(t1, a1), A(t2, a2), A(t3, a3), A(t4, a4), A(t5, a5))
#define SYSCALL6(n, name, type, rights, t1, a1, t2, a2, t3, a3, t4, a4, t5, a5, t6, a6)            \
	ROW(n, name, type, 6, A(t1, a1), A(t2, a2), A(t3, a3), A(t4, a4), A(t5, a5), A(t6, a6))
struct row rows[] = {
#include "microkernel/abi/syscall.def"
};
const u32 row_count = sizeof(rows) / sizeof(rows[0]);

static const struct {
	const char *name, *prefix;
	u32 number;
} objects[] = {
#define OBJECT(name, number, prefix, text) { #name, #prefix, number },
#define RIGHT(object, name, bit, text)
#include "microkernel/abi/object.def"
};

/* Names of arguments that say more than that it is a number.  One that is missing here is tried
 * with bits of all kinds. */
static const struct {
	const char *name;
	enum kind kind;
} names[] = {
	{ "address", KIND_ADDRESS },   { "local", KIND_ADDRESS },    { "counter", KIND_ADDRESS },
	{ "from", KIND_ADDRESS },      { "length", KIND_BYTES },     { "size", KIND_BYTES },
	{ "limit_bytes", KIND_BYTES }, { "capacity", KIND_BYTES },   { "offset", KIND_BYTES },
	{ "quota_ns", KIND_PERIOD },   { "period_ns", KIND_PERIOD }, { "deadline", KIND_DEADLINE },
	{ "expected", KIND_EXPECTED }, { "reply", KIND_REPLY },	     { "flags", KIND_SMALL },
	{ "kind", KIND_SMALL },	       { "direction", KIND_SMALL },  { "what", KIND_SMALL },
	{ "op", KIND_SMALL },	       { "protect", KIND_SMALL },    { "index", KIND_INDEX },
	{ "width", KIND_SMALL },       { "port", KIND_SMALL },	     { "first", KIND_SMALL },
	{ "count", KIND_SMALL },       { "line", KIND_SMALL },	     { "cursor", KIND_SMALL },
};

/* A handle beyond the first whose name is not its type's. */
static const struct {
	const char *name;
	u32 object;
} handles[] = {
	{ "client", OBJECT_SPACE },
	{ "server", OBJECT_SPACE },
	{ "state", OBJECT_MEMORY },
};

static u32 object_named(const char *name)
{
	for (u32 i = 0; i < sizeof(handles) / sizeof(handles[0]); i++)
		if (!strcmp(name, handles[i].name))
			return handles[i].object;
	for (u32 i = 0; i < sizeof(objects) / sizeof(objects[0]); i++)
		if (!strcmp(name, objects[i].name) || !strcmp(name, objects[i].prefix))
			return objects[i].number;
	return OBJECT_NONE;
}

static enum kind kind_named(const char *name)
{
	for (u32 i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i].name))
			return names[i].kind;
	return KIND_BITS;
}

static void argument_prepare(struct row *row, struct argument *a, bool first)
{
	size_t length = strlen(a->type);

	if (!strcmp(a->type, "cap_t")) {
		a->kind = KIND_HANDLE;
		a->object = object_named(first ? row->type : a->name);
		/* "root" of a row that makes an object: what it is made from is of the same type.
		 */
		if (!first && !strcmp(a->name, "root"))
			a->object = row->number == NUMBER_irq_create ? OBJECT_IRQ : OBJECT_IOPORT;
	} else if (a->type[length - 1] == '*') {
		a->kind = strncmp(a->type, "const ", 6) ? KIND_OUT : KIND_IN;
	} else {
		a->kind = kind_named(a->name);
	}
	row->replies |= a->kind == KIND_REPLY;
}

void rows_prepare(void)
{
	for (u32 i = 0; i < row_count; i++) {
		for (u32 n = 0; n < rows[i].arguments; n++)
			argument_prepare(&rows[i], &rows[i].argument[n], n == 0);
		rows[i].replies |= !strncmp(rows[i].name, "reply", 5);
	}
}
