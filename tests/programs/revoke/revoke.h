/* SPDX-License-Identifier: MIT */
/*
 * revoke.h - capabilities taken away while several threads use them.
 *
 * A crew of four threads does one job at a time, beside the first thread; rows and their judgement
 * are those of tests/programs/calls.
 */
#ifndef TESTS_REVOKE_H
#define TESTS_REVOKE_H

#include "tests/programs/calls/calls.h"

enum { CREW = 4 };

extern u64 rounds; /* of races */

/* The crew does the job, each with its number, until all have returned from it. */
void crew_begin(void (*job)(u32 number));
void crew_end(void);
/* Something that does not hold in a job: counted, and told by the row that looks at crew_wrong. */
void crew_must(bool holds, const char *what, i64 got);
u32 crew_wrong(void);

u64 random_below(u32 number, u64 limit);
/* A moment of no known length, mostly short. */
void dawdle(u32 number);
cap_t copy_of(cap_t cap);

void test_handles_of_three(void);
void test_chains(void);
void test_badges(void);
void test_transfers(void);
void test_full_table(void);

#endif
