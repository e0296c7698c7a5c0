/* SPDX-License-Identifier: MIT */
/*
 * grants.c - the reader of security/grants.  Pure: it changes only the structure it fills.
 */
#include "servers/init/grants.h"

#include "libsys/string.h"
#include "microkernel/abi/call.h"
#include "microkernel/abi/error.h"
#include "microkernel/abi/object.h"

enum { WORD_MAX = 96 };

struct reader {
	const char *text;
	u64 length, at;
	u32 line;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/*
 * Take the next word of the logical line: a line break followed by a blank is a blank, '#' hides
 * the rest of its line.  false: the logical line is over.
 */
static bool word_next(struct reader *r, char *word)
{
	u32 used = 0;

	for (;;) {
		while (r->at < r->length && is_blank(r->text[r->at]))
			r->at++;
		if (r->at < r->length && r->text[r->at] == '#')
			while (r->at < r->length && r->text[r->at] != '\n')
				r->at++;
		if (r->at >= r->length)
			return false;
		if (r->text[r->at] != '\n')
			break;
		if (r->at + 1 >= r->length || !is_blank(r->text[r->at + 1]))
			return false;
		r->at++;
		r->line++;
	}
	while (r->at < r->length && !is_blank(r->text[r->at]) && r->text[r->at] != '\n') {
		if (used < WORD_MAX - 1)
			word[used++] = r->text[r->at];
		r->at++;
	}
	word[used] = 0;
	return true;
}

/* 16M, 75%, and either with a `!`. */
static error_t size_read(const char *word, struct grant_size *size)
{
	const char *end;
	u64 value = string_number(word, &end);

	*size = (struct grant_size){ .bytes = value };
	if (end == word)
		return E_INVAL;
	switch (*end) {
	case '%':
		*size = (struct grant_size){ .percent = (u32)value };
		if (value == 0 || value > 100)
			return E_INVAL;
		end++;
		break;
	case 'G':
		size->bytes <<= 10; /* fall through */
	case 'M':
		size->bytes <<= 10; /* fall through */
	case 'K':
		size->bytes <<= 10;
		end++;
		break;
	}
	size->committed = *end == '!';
	return end[size->committed] ? E_INVAL : 0;
}

/* "r", "w" or "rw". */
static error_t read_write_read(const char *word, u64 *rights)
{
	*rights = RIGHT_COPY;
	for (; *word; word++) {
		if (*word == 'r')
			*rights |= RIGHT_READ;
		else if (*word == 'w')
			*rights |= RIGHT_WRITE;
		else
			return E_INVAL;
	}
	return 0;
}

/* "power", "kill" or "power,kill". */
static error_t supervisor_read(const char *word, u64 *rights)
{
	*rights = 0;
	while (*word) {
		size_t length = 0;

		while (word[length] && word[length] != ',')
			length++;
		if (string_equal(word, length, "power"))
			*rights |= MAY_POWER;
		else if (string_equal(word, length, "kill"))
			*rights |= MAY_KILL;
		else
			return E_INVAL;
		word += length + (word[length] == ',');
	}
	return 0;
}

/* "0x3f8+8" */
static error_t range_read(const char *word, struct grant *g)
{
	const char *end;

	g->first = string_number(word, &end);
	if (end == word || *end != '+')
		return E_INVAL;
	word = end + 1;
	g->count = string_number(word, &end);
	return end == word || *end || g->count == 0 ? E_INVAL : 0;
}

static error_t number_read(const char *word, u64 *value)
{
	const char *end;

	*value = string_number(word, &end);
	return end == word || *end ? E_INVAL : 0;
}

static error_t target_read(const char *word, struct grant *g, u64 rights)
{
	g->rights = rights;
	return *word && string_copy(g->target, sizeof(g->target), word) ? 0 : E_INVAL;
}

/* WHAT[:DETAIL] of one grant. */
static error_t grant_read(struct grant *g, char *what)
{
	char *detail = strchr(what, ':');

	if (detail)
		*detail++ = 0;
	else
		detail = what + strlen(what);
	if (strcmp(what, "serve") == 0) {
		g->kind = GRANT_SERVE;
		return target_read(detail, g,
				   RIGHT_ENDPOINT_RECEIVE | RIGHT_ENDPOINT_MINT |
					   RIGHT_ENDPOINT_CALL | RIGHT_COPY);
	} else if (strcmp(what, "call") == 0) {
		g->kind = GRANT_CALL;
		return target_read(detail, g, RIGHT_ENDPOINT_CALL | RIGHT_COPY);
	} else if (strcmp(what, "supervisor") == 0) {
		g->kind = GRANT_SUPERVISOR;
		return supervisor_read(detail, &g->rights);
	} else if (strcmp(what, "log") == 0) {
		g->kind = GRANT_LOG;
		return read_write_read(detail, &g->rights);
	} else if (strcmp(what, "ioport") == 0) {
		g->kind = GRANT_IOPORT;
		g->rights = RIGHT_READ | RIGHT_WRITE;
		return range_read(detail, g);
	} else if (strcmp(what, "irq") == 0) {
		g->kind = GRANT_IRQ;
		g->rights = RIGHT_WRITE;
		return number_read(detail, &g->first);
	} else if (strcmp(what, "archive") == 0) {
		g->kind = GRANT_ARCHIVE;
		g->rights = RIGHT_READ;
		return number_read(detail, &g->first);
	} else if (strcmp(what, "budget") == 0) {
		g->kind = GRANT_BUDGET;
		g->rights = RIGHT_BUDGET_CHARGE | RIGHT_READ | RIGHT_COPY;
		return size_read(detail, &g->size);
	} else if (strcmp(what, "boot") == 0 || strcmp(what, "inspect") == 0) {
		g->kind = *what == 'b' ? GRANT_BOOT : GRANT_INSPECT;
		g->rights = RIGHT_READ;
		return *detail ? E_INVAL : 0;
	} else if (strcmp(what, "framebuffer") == 0) {
		g->kind = GRANT_FRAMEBUFFER;
		g->rights = RIGHT_READ | RIGHT_WRITE;
		return *detail ? E_INVAL : 0;
	}
	return E_INVAL;
}

/* KEY=VALUE: a property of the server, or a grant. */
static error_t pair_read(struct grants_server *s, char *word)
{
	char *value = strchr(word, '=');
	struct grant *g;

	if (!value)
		return E_INVAL;
	*value++ = 0;
	if (strcmp(word, "unless") == 0)
		return string_copy(s->unless, sizeof(s->unless), value) ? 0 : E_INVAL;
	if (strcmp(word, "when") == 0)
		return string_copy(s->when, sizeof(s->when), value) ? 0 : E_INVAL;
	if (strcmp(word, "depot-size") == 0)
		return size_read(value, &s->depot);
	if (strcmp(word, "arguments") == 0) {
		s->command_line = true;
		return strcmp(value, "command-line") == 0 ? 0 : E_INVAL;
	}
	if (s->grant_count == GRANTS_PER_SERVER)
		return E_INVAL;
	g = &s->grant[s->grant_count++];
	if (!*word || !string_copy(g->name, sizeof(g->name), word))
		return E_INVAL;
	return grant_read(g, value);
}

/* NAME IMAGE BUDGET RESTART LEVEL, then pairs. */
static error_t server_read(struct reader *r, struct grants_server *s, char *word)
{
	u64 level;

	if (!string_copy(s->name, sizeof(s->name), word))
		return E_INVAL;
	if (!word_next(r, word) || !string_copy(s->image, sizeof(s->image), word))
		return E_INVAL;
	if (!word_next(r, word) || size_read(word, &s->budget))
		return E_INVAL;
	if (!word_next(r, word))
		return E_INVAL;
	if (strcmp(word, "always") == 0)
		s->restart = RESTART_ALWAYS;
	else if (strcmp(word, "never") == 0)
		s->restart = RESTART_NEVER;
	else if (strcmp(word, "halt") == 0)
		s->restart = RESTART_HALT;
	else
		return E_INVAL;
	if (!word_next(r, word) || number_read(word, &level) || level < LEVEL_USER ||
	    level > LEVEL_SERVER_TOP)
		return E_INVAL;
	s->level = (u32)level;
	while (word_next(r, word))
		if (pair_read(s, word))
			return E_INVAL;
	return 0;
}

error_t grants_read(struct grants *grants, const char *text, u64 length, u32 *line)
{
	struct reader r = { text, length, 0, 1 };
	char word[WORD_MAX];

	while (r.at < r.length) {
		if (word_next(&r, word)) {
			struct grants_server *s = &grants->server[grants->count];

			*line = r.line;
			if (grants->count == GRANTS_SERVERS)
				return E_FULL;
			memset(s, 0, sizeof(*s));
			if (server_read(&r, s, word))
				return E_INVAL;
			/* "init" only tells the audit what the kernel gives to init. */
			if (strcmp(s->image, "-") != 0)
				grants->count++;
		}
		if (r.at < r.length) {
			r.at++;
			r.line++;
		}
	}
	return 0;
}
