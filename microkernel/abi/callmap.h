/* SPDX-License-Identifier: MIT */
/*
 * callmap.h - calls of a guest that the kernel answers itself, without a turn of its twin.
 *
 * What a guest's number means is the personality's: the map is data that it writes, one page that
 * threads point to.  A call without a rule, or one of whose guards does not hold, is forwarded.
 */
#ifndef ABI_CALLMAP_H
#define ABI_CALLMAP_H

#include "microkernel/abi/types.h"

enum call_operation {
	CALL_FORWARD = 0,  /* to the twin; so is every operation that the kernel does not know */
	CALL_CONSTANT = 1, /* the result is the thread's constant of number `operand` */
};

enum { CALL_NUMBERS = 512, CALL_RULES = 56, CALL_GUARDS = 3, CALL_CONSTANTS = 64 };

/* All guards must hold: (argument & mask) == value.  Arguments 0-5 are rdi rsi rdx r10 r8 r9. */
struct call_rule {
	u8 operation; /* enum call_operation */
	u8 guards;    /* how many, 0-3; more: the rule never matches */
	u8 argument[CALL_GUARDS];
	u8 reserved0[3];
	u32 operand;
	u32 reserved1;
	struct {
		u64 mask, value;
	} guard[CALL_GUARDS];
};

struct call_map {
	u8 rule[CALL_NUMBERS]; /* by number: index + 1 of the rule; 0, or too great: none */
	struct call_rule rules[CALL_RULES];
};
_Static_assert(sizeof(struct call_map) == PAGE_SIZE, "a call map is one page");

/*
 * thread_set_pages: what a twin's guest calls are answered from.  Each is pinned memory that needs
 * READ and WRITE, or CAP_NONE: none.
 */
struct thread_pages {
	cap_t map;		/* struct call_map; offset: multiple of 4,096 */
	u64 map_offset;
	cap_t constants;	/* CALL_CONSTANTS words; offset: multiple of 512 */
	u64 constants_offset;
};

#endif
