/* SPDX-License-Identifier: MIT */
/* log.c - one formatted line into the system's log. */
#include "libsys/log.h"

#include "libsys/start.h"
#include "libsys/sys.h"
#include "libsys/text.h"

enum { LINE_MAX = 256 };

void log_printf(const char *format, ...)
{
	cap_t log = grant_find("log");
	const char *name = start_argument(0);
	char line[LINE_MAX];
	size_t used = 0;
	va_list arguments;

	if (!log)
		return;
	if (name)
		used = text_format(line, sizeof(line) - 1, "%s: ", name);
	va_start(arguments, format);
	used += text_vformat(line + used, sizeof(line) - 1 - used, format, arguments);
	va_end(arguments);
	line[used++] = '\n';
	sys_log_write(log, (u64)line, used);
}
