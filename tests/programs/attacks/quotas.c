/* SPDX-License-Identifier: MIT */
/* quotas.c - page tables without end, limits that are no limits, and memory that is all gone. */
#include "libsys/heap.h"
#include "libsys/string.h"
#include "libsys/thread.h"
#include "microkernel/abi/guest.h"
#include "microkernel/abi/layout.h"
#include "tests/programs/attacks/attacks.h"

enum { SMALL = 256 << 10, TRIES = 5000 };
#define SPARSE (1ul << 46)

static struct budget_info budget_now(cap_t budget)
{
	struct budget_info info = { 0 };

	WANT(0, sys_budget_info(budget, &info));
	return info;
}

static u64 used(cap_t budget)
{
	return budget_now(budget).used_bytes;
}

/* One byte in each step, until the budget ends it: each touch has its tables with it. */
static void sparse(const char *name, u64 step)
{
	struct map_args a = { .address = GUEST_BASE,
			      .length = SPARSE,
			      .protect = PROTECT_READ | PROTECT_WRITE,
			      .flags = MAP_AT | MAP_OVERLAY };
	cap_t budget = MAKE(sys_budget_create(CAP_SELF_BUDGET, SMALL, 0)), space;
	u64 touched = 0, byte = 1;
	struct space_info info = { 0 };
	i64 got = 0;

	row(name);
	space = MAKE(sys_space_create(budget, SPACE_GUEST));
	WANT(GUEST_BASE, sys_space_map(space, &a));
	for (u64 at = GUEST_BASE; at < SPARSE && got >= 0; at += step) {
		got = sys_space_copy(space, at, (u64)&byte, 1, SPACE_COPY_WRITE);
		touched += got == 1;
	}
	EITHER(E_FAULT_IN, E_NOMEM, got);
	WANT(0, sys_space_info(space, &info));
	log_printf("  %lu touched, %lu tables, %lu of %u bytes used", touched, info.table_pages,
		   used(budget), SMALL);
	/* At least a page and its lowest table for each. */
	HOLDS(touched && touched * 2 * PAGE_SIZE <= SMALL);
	HOLDS(used(budget) <= SMALL && used(budget) >= touched * 2 * PAGE_SIZE);
	WANT(0, sys_object_destroy(space));
	HOLDS(UNTIL(used(budget) == 0));
	WANT(0, sys_object_destroy(budget));
}

static void limits(void)
{
	static const u64 absurd[] = { 1ul << 46, 1ul << 47,   1ul << 48,   1ul << 63,
				      ~0ul,	 ~0ul - 4095, -(1ul << 20) };
	cap_t budget = MAKE(sys_budget_create(CAP_SELF_BUDGET, SMALL, 0)), child;
	i64 got;

	row("T60: a reserved limit of more than there is, or below zero: E_NOMEM or E_INVAL");
	for (u32 i = 0; i < sizeof(absurd) / sizeof(absurd[0]); i++) {
		got = sys_budget_create(budget, absurd[i], BUDGET_RESERVED);
		judge(got == E_NOMEM || got == E_INVAL, "a budget of that", got, E_NOMEM);
		WANT(0, used(budget));
	}

	row("T60: a limit of more than the parent's, not reserved: the parent's own limit ends it");
	for (u32 i = 0; i < sizeof(absurd) / sizeof(absurd[0]); i++) {
		u64 made = 0;

		got = sys_budget_create(budget, absurd[i], 0);
		if (got == E_INVAL)
			continue;
		HOLDS(got > 0);
		child = (cap_t)got;
		while ((got = sys_table_create(child)) > 0)
			made++;
		WANT(E_NOMEM, got);
		HOLDS(made && used(budget) <= SMALL);
		WANT(0, sys_object_destroy(child));
		HOLDS(UNTIL(used(budget) == 0));
	}

	row("T60: children that die give back exactly what they had, used and reserved");
	for (u32 i = 0; i < rounds / 10; i++) {
		u64 limit = (i % 7 + 2) * 4 * PAGE_SIZE;

		child = MAKE(sys_budget_create(budget, limit, i & 1 ? BUDGET_RESERVED : 0));
		HOLDS(used(budget) >= (i & 1 ? limit : 1));
		for (u32 n = 0; n < i % 5; n++)
			(void)sys_table_create(child);
		WANT(0, sys_object_destroy(child));
		HOLDS(UNTIL(used(budget) == 0));
	}
	WANT(0, sys_object_destroy(budget));
}

/* A fault of the guest's finds its budget empty: it is told, and goes on when there is some. */
static void empty_at_fault(void)
{
	/* incb (%rbx); mov $7, %eax; syscall */
	static const u8 touch[] = { 0xfe, 0x03, 0xb8, 7, 0, 0, 0, 0x0f, 0x05 };
	struct map_args a = { .address = GUEST_BASE,
			      .length = GUEST_CODE - GUEST_BASE,
			      .protect = PROTECT_READ | PROTECT_WRITE,
			      .flags = MAP_AT | MAP_OVERLAY };
	u64 at = GUEST_BASE, touched = 0;
	i64 cause = GUEST_SYSCALL;

	row("T62: a guest faults until no frame is left for it: GUEST_NOMEM, and it goes on later");
	machine_make();
	WANT(GUEST_BASE, sys_space_map(machine_space, &a));
	while (cause == GUEST_SYSCALL && at < GUEST_CODE) {
		machine->regs.rbx = at;
		cause = machine_run(touch, sizeof(touch));
		touched += cause == GUEST_SYSCALL;
		at += PAGE_SIZE;
	}
	log_printf("  %lu pages touched", touched);
	WANT(GUEST_NOMEM, cause);
	HOLDS(touched && machine->cr2 == at - PAGE_SIZE);
	for (u32 i = 0; i < 100; i++)
		WANT(GUEST_NOMEM, sys_guest_resume());
	WANT(0, sys_inspect_check(grant_find("inspect")));
	WANT(0, sys_space_unmap(machine_space, GUEST_BASE, PAGE_SIZE * 16));
	WANT(GUEST_SYSCALL, sys_guest_resume());
	machine_end();
}

void test_quotas(void)
{
	sparse("T59: one touch per 2 MiB: the tables are charged, the budget ends it", 2ul << 20);
	sparse("T59: one touch per 1 GiB: the tables are charged, the budget ends it", 1ul << 30);
	limits();
	empty_at_fault();
}
