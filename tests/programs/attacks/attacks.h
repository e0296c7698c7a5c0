/* SPDX-License-Identifier: MIT */
/*
 * attacks.h - the attacks of tests/hostile/attacks that a native program makes: each row begins
 * with the number that the attack has there, and ends with what stopped it.
 *
 * All of it runs on one thread, the attacker, which knows its own capability.
 */
#ifndef TESTS_ATTACKS_H
#define TESTS_ATTACKS_H

#include "tests/programs/calls/calls.h"

extern u64 rounds; /* of storms and races */

struct thread *helper(void (*entry)(void *), void *argument);
/* The helper has ended, and is taken away. */
void helper_end(struct thread *thread);

/* A guest of one page of code, and the attacker as its twin. */
void machine_make(void);
void machine_end(void);
/* Run this code from its start, with a stack and with the registers of the state page; why it
 * ended: enum guest_cause, or an error. */
i64 machine_run(const u8 *code, u64 size);
/* The calling thread is a second guest's twin, beside the attacker. */
struct guest_state *machine_second(void);
extern struct guest_state *machine;
extern cap_t machine_space;
enum { GUEST_STACK = 0x500000, FLAGS = 0x202 };

/* Threads that end by the exception of the instruction that they begin with: its number. */
i64 crash(const u8 *code);
/* The same, of one that jumps there; of one that is a twin of the machine's guest. */
i64 crash_at(u64 address);
i64 crash_in_view(u64 address);

void test_instructions(void);
void test_returns(void);
void test_exceptions(void);
void test_execution(void);
void test_floating(void);
void test_pointers(void);
void test_double_fetch(void);
void test_messages(void);
void test_deaths(void);
void test_leaks(void);
void test_quotas(void);
/* Something is done in ring 0 on purpose, by its name: nothing should come back. */
void test_ring0(const char *what);

#endif
