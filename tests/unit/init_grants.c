/* SPDX-License-Identifier: MIT */
/* init_grants - the reader of security/grants, on the real files and on wrong ones. */
#include "tests/unit/unit.h"
#include "servers/init/grants.h"
#include "microkernel/abi/error.h"
#include "microkernel/abi/object.h"

static struct grants grants;

static error_t read_text(const char *text, u32 *line)
{
	memset(&grants, 0, sizeof(grants));
	return grants_read(&grants, text, strlen(text), line);
}

static void read_file(const char *path)
{
	static char text[65536];
	FILE *file = fopen(path, "r");
	size_t length = file ? fread(text, 1, sizeof(text), file) : 0;
	u32 line = 0;

	CHECK(length > 0);
	CHECK(grants_read(&grants, text, length, &line) == 0);
	if (file)
		fclose(file);
}

TEST(the_real_ones)
{
	memset(&grants, 0, sizeof(grants));
	read_file("security/grants");
	CHECK(grants.count >= 9);
	read_file("tests/grants");
	/* Every endpoint that somebody calls is served by the line of that name. */
	for (u32 i = 0; i < grants.count; i++)
		for (u32 g = 0; g < grants.server[i].grant_count; g++) {
			const struct grant *grant = &grants.server[i].grant[g];
			bool found = grant->kind != GRANT_CALL && grant->kind != GRANT_SERVE;

			for (u32 j = 0; j < grants.count; j++)
				found |= !strcmp(grants.server[j].name, grant->target);
			CHECK(found);
		}
}

TEST(the_screen)
{
	u32 line;

	CHECK(!read_text("c boot/c 1M always 9 f=framebuffer\n", &line));
	CHECK(grants.server[0].grant[0].kind == GRANT_FRAMEBUFFER);
	CHECK(grants.server[0].grant[0].rights == (RIGHT_READ | RIGHT_WRITE));
	CHECK(read_text("c boot/c 1M always 9 f=framebuffer:1\n", &line) == E_INVAL);
}

TEST(one_line)
{
	u32 line;

	CHECK(!read_text("# comment\n\ninit - 0 halt 12 x=boot\n"
			 "a boot/a 16M never 9 self=serve:a \t log=log:rw\n"
			 "\tdepot-size=50%! when=tests # more\n"
			 " p=ioport:0x3f8+8 i=irq:4 s=supervisor:power,kill\n", &line));
	CHECK(!grants.server[0].budget.committed && grants.server[0].depot.committed);
	CHECK(grants.count == 1);
	struct grants_server *s = &grants.server[0];
	CHECK(!strcmp(s->name, "a") && !strcmp(s->image, "boot/a") && s->budget.bytes == 16 << 20);
	CHECK(s->restart == RESTART_NEVER && s->level == 9 && s->depot.percent == 50);
	CHECK(!strcmp(s->when, "tests") && s->grant_count == 5);
	CHECK(s->grant[1].rights == (RIGHT_COPY | RIGHT_READ | RIGHT_WRITE));
	CHECK(s->grant[2].first == 0x3f8 && s->grant[2].count == 8);
	CHECK(s->grant[4].rights == (MAY_POWER | MAY_KILL));
}

TEST(wrong_ones)
{
	static const char *const wrong[] = {
		"a", "a boot/a", "a boot/a 1M", "a boot/a 1M always", "a boot/a 1M always x",
		"a boot/a 1M always 0", "a boot/a 1M always 13", "a boot/a 1X always 9",
		"a boot/a 101% always 9", "a boot/a 1M sometimes 9", "a boot/a 1M always 9 word",
		"a boot/a 1M always 9 k=what", "a boot/a 1M always 9 k=ioport:1",
		"a boot/a 1M always 9 k=ioport:1+0", "a boot/a 1M always 9 k=log:x",
		"a boot/a 1M always 9 k=irq:", "a boot/a 1M always 9 k=supervisor:all",
		"a boot/a 1M always 9 k=serve:", "a boot/a 1M always 9 =boot",
		"a boot/a 1M always 9 k=boot:x", "a boot/a 1M always 9 arguments=x",
		"a boot/a 1M!! always 9", "a boot/a !1M always 9", "a boot/a 1M!K always 9",
	};
	u32 line;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
		CHECK(read_text(wrong[i], &line) == E_INVAL && line == 1);
	CHECK(read_text("# x\na boot/a 1M always 9\n\nb\n", &line) == E_INVAL && line == 4);
}

UNIT("init_grants", RUN(the_real_ones), RUN(the_screen), RUN(one_line), RUN(wrong_ones))
