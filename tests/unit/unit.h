/* SPDX-License-Identifier: MIT */
/*
 * unit.h - tests of pure code on the host, under ASan and UBSan.
 *
 * A file is a list of TEST(name) bodies and one UNIT(...) that names them.  Each prints one line,
 * `ok NAME` or `FAILED NAME`; CHECK says where and goes on.
 */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct unit_test {
	const char *name;
	void (*body)(void);
};

static unsigned unit_failures;

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			printf("  %s:%d: not so: %s\n", __FILE__, __LINE__, #condition);           \
			unit_failures++;                                                           \
		}                                                                                  \
	} while (0)

#define TEST(name) static void test_##name(void)
#define RUN(name)  { #name, test_##name }
#define UNIT(unit, ...)                                                                            \
	int main(void)                                                                             \
	{                                                                                          \
		static const struct unit_test tests[] = { __VA_ARGS__ };                           \
		unsigned failed = 0;                                                               \
		for (size_t i = 0; i < sizeof(tests) / sizeof(*tests); i++) {                      \
			unit_failures = 0;                                                         \
			tests[i].body();                                                           \
			failed += unit_failures != 0;                                              \
			printf("%s %s: %s\n", unit_failures ? "FAILED" : "ok", unit,            \
			       tests[i].name);                                             \
			fflush(stdout);                                                            \
		}                                                                                  \
		return failed != 0;                                                                \
	}

#endif
