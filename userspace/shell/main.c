/* SPDX-License-Identifier: MIT */
/*
 * shell - the native shell: it shows what the system is made of, kills and restarts servers, and
 * runs Linux programs that hold only what their line names.
 *
 * It is started instead of the personality, by the word `shell` on the kernel's command line, and
 * has what its line in security/grants says, nothing else.
 */
#include "libsys/log.h"
#include "libsys/string.h"
#include "libsys/text.h"
#include "proto/supervisor.h"
#include "proto/tty.h"
#include "userspace/shell/shell.h"

enum { TERMINAL = 0, LINE_MAX = 1024, TEXT_MAX = 512, POWER_OFF = 1, RESET = 2 };

static cap_t tty, supervisor;

void print_bytes(const void *bytes, u64 length)
{
	const char *at = bytes;

	while (length) {
		struct tty_write_out out;

		if (tty_write(tty, TERMINAL, at, length, 0, &out))
			return;
		at += out.written;
		length -= out.written;
	}
}

void print(const char *format, ...)
{
	char text[TEXT_MAX];
	va_list arguments;
	size_t length;

	va_start(arguments, format);
	length = text_vformat(text, sizeof(text), format, arguments);
	va_end(arguments);
	print_bytes(text, length);
}

void print_error(const char *what, error_t error)
{
	print("%s: %s\n", what, error_name(error));
}

u64 size_read(const char *text)
{
	const char *end;
	u64 size = string_number(text, &end);
	u32 shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;

	if (end == text || (shift && end[1]) || (!shift && *end) || size >> 32)
		return 0;
	return size << shift;
}

static void kill(const struct words *w)
{
	error_t error = w->count == 2 ? supervisor_kill(supervisor, w->word[1], strlen(w->word[1]))
				      : E_INVAL;

	if (error)
		print_error("kill", error);
}

static void stop_or_go(const struct words *w)
{
	error_t error = E_INVAL;

	if (w->count == 2)
		error = supervisor_freeze(supervisor, w->word[1], strlen(w->word[1]),
					  !strcmp(w->word[0], "stop"));
	if (error)
		print_error(w->word[0], error);
}

static void power(const struct words *w)
{
	u64 op = strcmp(w->word[0], "reboot") ? POWER_OFF : RESET;

	print_error(w->word[0], supervisor_power(supervisor, op));
}

static void help(const struct words *w);

static const struct command {
	const char *name, *arguments, *what;
	void (*run)(const struct words *w);
} commands[] = {
	{ "servers", "", "the servers that init started: how often, memory, longest time down",
	  show_servers },
	{ "threads", "", "every thread: of which budget, state, level, time", show_threads },
	{ "waits", "", "who waits for whom", show_waits },
	{ "caps", "[NAME]", "the capabilities of each program, or of one", show_capabilities },
	{ "budgets", "", "every budget: below which, limit, use", show_budgets },
	{ "kill", "SERVER", "end a server; init starts it again", kill },
	{ "stop", "SERVER", "a server does nothing more ...", stop_or_go },
	{ "go", "SERVER", "... until it may go on", stop_or_go },
	{ "run", "[dir=PATH] [budget=SIZE] [ENDPOINT...] /PROGRAM [WORD...]",
	  "a Linux program that holds only what is named", program_run },
	{ "poweroff", "", "switch the machine off", power },
	{ "reboot", "", "start it again", power },
	{ "help", "", "this list", help },
};

static void help(const struct words *w)
{
	(void)w;
	for (u32 i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		print("%s %s\n\t%s\n", commands[i].name, commands[i].arguments, commands[i].what);
}

static void words_split(struct words *w, char *line)
{
	w->count = 0;
	while (*line && w->count < WORDS_MAX) {
		while (*line == ' ' || *line == '\t' || *line == '\n')
			*line++ = 0;
		if (*line)
			w->word[w->count++] = line;
		while (*line && *line != ' ' && *line != '\t' && *line != '\n')
			line++;
	}
	w->word[w->count] = NULL;
}

static void line_run(char *line)
{
	struct words w;

	words_split(&w, line);
	if (!w.count)
		return;
	for (u32 i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		if (strcmp(commands[i].name, w.word[0]))
			continue;
		commands[i].run(&w);
		return;
	}
	print("%s: no such command; help lists them\n", w.word[0]);
}

int main(void)
{
	static char line[LINE_MAX];

	tty = grant_find("tty");
	supervisor = grant_find("supervisor");
	print("Keel's own shell; help lists its commands.\n");
	for (;;) {
		struct tty_read_out got = { 0 };
		error_t error;

		print("keel> ");
		error = tty_read(tty, TERMINAL, line, sizeof(line) - 1, 0, &got);
		if (error) {
			log_printf("the terminal cannot be read: %s", error_name(error));
			return (int)error;
		}
		line[got.count] = 0;
		line_run(line);
	}
}
