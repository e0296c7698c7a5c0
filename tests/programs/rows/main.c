/* SPDX-License-Identifier: MIT */
/*
 * rows - call every row of every protocol with the servers at work, and say what came of it.
 *
 * Lines and the exit record leave by the ports of a run without a prompt.
 */
#include "tests/programs/rows/rows.h"

#include "libsys/driver.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "libsys/text.h"
#include "proto/supervisor.h"

enum { POWER_OFF = 1 };

static u32 passed, failed;

static void report(const char *line, size_t length)
{
	port_write_all(grant_find("out"), 0, line, length);
}

void expect(const char *name, i64 result, i64 expected)
{
	char line[160];
	bool good = result == expected;
	size_t length;

	passed += good;
	failed += !good;
	if (good)
		length = text_format(line, sizeof(line), "ok %s\n", name);
	else
		length = text_format(line, sizeof(line), "FAILED %s: %s (%ld), expected %s (%ld)\n",
				     name, error_name(result), result, error_name(expected),
				     expected);
	report(line, length);
}

void expect_true(const char *name, bool condition)
{
	expect(name, condition, true);
}

int main(void)
{
	char line[64];
	size_t length;

	small_rows();
	fs_rows();
	pipe_rows();
	tty_rows();
	length = text_format(line, sizeof(line), "%u passed, %u failed\n", passed, failed);
	report(line, length);
	length = text_format(line, sizeof(line), "exit %u\n", failed != 0);
	port_write_all(grant_find("status"), 0, line, length);
	return (int)supervisor_power(grant_find("supervisor"), POWER_OFF);
}
