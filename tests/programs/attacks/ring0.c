/* SPDX-License-Identifier: MIT */
/*
 * ring0.c - what a bug of the kernel's would do, done by its debug build: reach into memory of ring
 * 3, write to its own text, run data, use more stack than there is.
 */
#include "libsys/string.h"
#include "tests/programs/attacks/attacks.h"

enum { MANY = 1 << 20 };

static i64 ask(u64 attack, u64 address)
{
	return sys_inspect_read(grant_find("inspect"), INSPECT_ATTACK, attack, address, 0);
}

/* Where the kernel has a mapping with just that protection. */
static u64 kernel_mapping(u32 protect)
{
	struct inspect_mapping m = { 0 };

	while (sys_inspect_read(grant_find("inspect"), INSPECT_MAPPINGS, m.cursor, (u64)&m,
				sizeof(m)) > 0)
		if (!m.space_id && m.protect == protect && !m.user)
			return m.address + m.length - 1;
	return 0;
}

static __attribute__((noinline)) void nothing(void)
{
	__asm__ volatile("");
}

void test_ring0(const char *what)
{
	static volatile u8 byte;

	byte = 77;
	log_printf("begins: %s", what);
	nothing(); /* its page is there */
	if (!strcmp(what, "load"))
		log_printf("landed: %ld of 77", ask(ATTACK_LOAD, (u64)&byte));
	else if (!strcmp(what, "store") && !ask(ATTACK_STORE, (u64)&byte))
		log_printf("landed: %u of 77 by then", byte);
	else if (!strcmp(what, "jump"))
		log_printf("landed: %ld", ask(ATTACK_JUMP, (u64)nothing));
	else if (!strcmp(what, "text"))
		log_printf("landed: %ld",
			   ask(ATTACK_STORE, kernel_mapping(PROTECT_READ | PROTECT_EXEC)));
	else if (!strcmp(what, "data"))
		log_printf("landed: %ld",
			   ask(ATTACK_JUMP, kernel_mapping(PROTECT_READ | PROTECT_WRITE)));
	else if (!strcmp(what, "stack"))
		log_printf("landed: %ld", ask(~(u64)0, MANY));
}
