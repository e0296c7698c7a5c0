/* SPDX-License-Identifier: MIT */
/* protocols.h - tests of the servers' protocols from a native client: each row by its name. */
#ifndef TESTS_PROTOCOLS_H
#define TESTS_PROTOCOLS_H

#include "tests/programs/calls/calls.h"

void test_files(void);
void test_refusals(void);
void test_pipes(void);
void test_terminals(void);
void test_others(void);
void test_crashes(void);

#endif
