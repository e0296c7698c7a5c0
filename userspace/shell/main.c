/* SPDX-License-Identifier: MIT */
/*
 * shell - the native shell: it shows what the system is made of, kills and restarts servers, and
 * runs Linux programs that hold only what their line names.
 *
 * It is started by a word on the kernel's command line: `shell`, at the console instead of the
 * personality; `shell=com2`, at the second serial port beside it.  It has what its line in
 * security/grants says, nothing else.
 */
#include "libsys/log.h"
#include "libsys/string.h"
#include "libsys/text.h"
#include "proto/supervisor.h"
#include "proto/tty.h"
#include "userspace/shell/shell.h"

enum { CONSOLE = 0, COM2 = 3 }; /* terminals of the tty server */
enum { LINE_MAX = 1024, TEXT_MAX = 512, POWER_OFF = 1, RESET = 2, KILLS_MAX = 1000,
       PAUSE_MS = 100, PAUSE_MAX_MS = 10000 };

u64 terminal;
static cap_t tty, supervisor;

void print_bytes(const void *bytes, u64 length)
{
	const char *at = bytes;

	while (length) {
		struct tty_write_out out;
		error_t error = tty_write(tty, terminal, at, length, 0, &out);

		/* A kick is for who waits for more to print. */
		if (error == E_CANCELLED)
			continue;
		if (error)
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

u64 number_read(const char *text, u64 limit)
{
	const char *end;
	u64 number = string_number(text, &end);

	return end == text || *end || number > limit ? 0 : number;
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

static void pause_until(u64 time)
{
	static cap_t alarm;
	i64 made = alarm ? 0 : sys_notification_create(CAP_SELF_BUDGET);

	if (made > 0)
		alarm = made;
	if (alarm)
		(void)!sys_notification_wait(alarm, 1, time);
}

/* Several times: between two, the server has the time to come back and to answer. */
static void kill(const struct words *w)
{
	const char *name = w->count > 1 ? w->word[1] : "";
	u64 times = w->count > 2 ? number_read(w->word[2], KILLS_MAX) : 1;
	u64 pause_ms = w->count > 3 ? number_read(w->word[3], PAUSE_MAX_MS) : PAUSE_MS;
	struct supervisor_status_out status = { 0 };
	error_t error = w->count < 2 || w->count > 4 || !times || !pause_ms ? E_INVAL : 0;

	for (u64 i = 0; i < times && !error; i++) {
		if (i)
			pause_until(clock_now() + pause_ms * 1000000);
		error = supervisor_kill(supervisor, name, strlen(name));
	}
	if (!error && times > 1)
		error = supervisor_status(supervisor, name, strlen(name), &status);
	if (error)
		print_error("kill", error);
	else if (times > 1)
		print("%s: %lu starts, never down for longer than %lu us\n", name, status.starts,
		      status.slowest_ns / 1000);
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
	{ "kill", "SERVER [TIMES [MS]]",
	  "end a server; init starts it again; several times, with pauses between", kill },
	{ "stop", "SERVER", "a server does nothing more ...", stop_or_go },
	{ "go", "SERVER", "... until it may go on", stop_or_go },
	{ "run", "[dir=PATH] [budget=SIZE] [cpu=PERCENT] [ENDPOINT...] /PROGRAM [WORD...]",
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

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n';
}

/* One word, where quotes hold blanks together and \\ takes the next character as it is. */
static char *word_read(char *from, char *to)
{
	char quote = 0;

	for (; *from && (quote || !is_blank(*from)); from++) {
		if (*from == quote)
			quote = 0;
		else if (!quote && (*from == '\'' || *from == '"'))
			quote = *from;
		else if (*from == '\\' && quote != '\'' && from[1])
			*to++ = *++from;
		else
			*to++ = *from;
	}
	if (quote)
		return NULL;
	from += *from != 0;
	*to = 0;
	return from;
}

/* Words are made in place: none is longer than what it came from. */
static bool words_split(struct words *w, char *line)
{
	w->count = 0;
	for (;;) {
		while (is_blank(*line))
			line++;
		if (!*line || w->count == WORDS_MAX)
			break;
		w->word[w->count++] = line;
		line = word_read(line, line);
		if (!line)
			return false;
	}
	w->word[w->count] = NULL;
	return !*line;
}

static void line_run(char *line)
{
	struct words w;

	if (!words_split(&w, line)) {
		print("a quote without its end, or too many words\n");
		return;
	}
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

/* A line as the terminal gives it; false: it was too long, all of it is gone. */
static error_t line_read(char *line, bool *whole)
{
	struct tty_read_out got = { 0 };
	error_t error = tty_read(tty, terminal, line, LINE_MAX - 1, 0, &got);

	*whole = true;
	line[got.count] = 0;
	while (!error && got.count == LINE_MAX - 1 && line[got.count - 1] != '\n') {
		*whole = false;
		error = tty_read(tty, terminal, line, LINE_MAX - 1, 0, &got);
	}
	return error;
}

int main(void)
{
	static char line[LINE_MAX];
	const char *where = start_option("shell");

	if (where && strcmp(where, "com2") == 0)
		terminal = COM2;
	tty = grant_find("tty");
	supervisor = grant_find("supervisor");
	print("Keel's own shell; help lists its commands.\n");
	for (;;) {
		error_t error;
		bool whole;

		print("keel> ");
		error = line_read(line, &whole);
		if (error) {
			log_printf("the terminal cannot be read: %s", error_name(error));
			return (int)error;
		}
		if (!whole) {
			print("the line is too long\n");
			continue;
		}
		line_run(line);
	}
}
