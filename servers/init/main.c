/* SPDX-License-Identifier: MIT */
/*
 * init - the first program: it starts the servers that security/grants names, with exactly what
 * the grants say, watches them, and keeps what must survive them.
 */
#include "libsys/heap.h"
#include "libsys/log.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "libsys/sys.h"
#include "libsys/text.h"
#include "libsys/thread.h"
#include "servers/init/init.h"

/*
 * What init keeps for itself, beyond what it has taken before the first server starts: images of
 * servers, which are filled when they are read, and what it needs to start one again; and a share
 * of all memory for what it keeps for servers, where a thing costs it a record and a slot.
 */
enum { OWN_BYTES = 3 << 20, KEPT_SHARE = 24, KEPT_BYTES = 192 };

struct init_state state;

/* One sentence, then the end: without its servers the system is nothing. */
static _Noreturn void stop(const char *sentence)
{
	log_printf("%s", sentence);
	power_off();
	power_halt();
}

bool command_line_has(const char *word)
{
	const char *s = state.boot->command_line;

	while (*s) {
		size_t length = 0;

		while (s[length] && s[length] != ' ')
			length++;
		if (string_equal(s, length, word))
			return true;
		s += length;
		while (*s == ' ')
			s++;
	}
	return false;
}

/* One of several words, with commas between them. */
static bool command_line_has_any(const char *words)
{
	char word[GRANTS_WORDS];

	while (*words) {
		u32 length = 0;

		while (words[length] && words[length] != ',')
			length++;
		memcpy(word, words, length);
		word[length] = 0;
		if (command_line_has(word))
			return true;
		words += length + (words[length] == ',');
	}
	return false;
}

/* Seeds for the programs: places of images, not keys.  The generator for keys is the entropy
 * server, which is seeded from the half of the boot seed that is not used here. */
u64 random_next(void)
{
	u64 *r = state.random, result = r[0] + r[3], t = r[1] << 17;

	r[2] ^= r[0];
	r[3] ^= r[1];
	r[1] ^= r[2];
	r[0] ^= r[3];
	r[2] ^= t;
	r[3] = r[3] << 45 | r[3] >> 19;
	return (result << 23 | result >> 41) + r[0];
}

static void boot_read(void)
{
	i64 address = memory_map(grant_find("boot"), 0, sizeof(struct boot_info), PROTECT_READ);

	if (map_failed(address))
		thread_exit(E_INVAL);
	state.boot = (const struct boot_info *)address;
	memcpy(state.random, state.boot->seed, sizeof(state.random));
	for (u32 i = 0; i < 4; i++)
		state.random[i] ^= start_info->seed[i] + i;
}

static void archive_map(u32 number)
{
	static const char *const names[BOOT_ARCHIVES] = { "archive0", "archive1" };
	struct archive *archive = &state.archive[number];
	cap_t cap = grant_find(names[number]);
	struct memory_info info;
	i64 address;

	if (!cap)
		return;
	if (sys_memory_info(cap, &info))
		stop("the boot archive cannot be read");
	address = memory_map(cap, 0, info.size_bytes, PROTECT_READ);
	if (map_failed(address) || archive_open(archive, (const void *)address, info.size_bytes))
		stop(number ? "the run archive is cut short or malformed"
			    : "the boot archive is cut short or malformed");
	if (!archive_intact(archive))
		stop(number ? "the run archive was altered: its checksum does not match"
			    : "the boot archive was altered: its checksum does not match");
	state.archive_cap[number] = cap;
}

/* ramfs takes the root file system out of the archives, the personality a run's command; the shell
 * may need the personality's program at any time. */
void archives_free(void)
{
	static const char *const users[] = { "ramfs", "linux", "shell" };

	for (u32 i = 0; i < 3; i++) {
		const struct server *user = server_find(users[i]);

		if (user && !user->ready)
			return;
	}
	for (u32 i = 0; i < BOOT_ARCHIVES; i++) {
		if (!state.archive_cap[i])
			continue;
		sys_space_unmap(CAP_SELF_SPACE, (u64)state.archive[i].base,
				state.archive[i].length);
		sys_object_destroy(state.archive_cap[i]);
		state.archive_cap[i] = CAP_NONE;
		state.archive[i].base = NULL;
	}
}

static void grants_add(const char *path, bool required)
{
	const struct archive *archive = &state.archive[0];
	const struct archive_entry *entry = archive_find(archive, path);
	u32 line = 0;

	if (!entry && !required)
		return;
	if (!entry)
		stop("the boot archive holds no boot/grants");
	if (grants_read(&state.grants, archive_data(archive, entry), entry->size, &line)) {
		log_printf("%s, line %u cannot be understood", path, line);
		stop("no server is started without its grants");
	}
}

static void server_prepare(struct server *server, const struct grants_server *line)
{
	const struct archive_entry *entry = archive_find(&state.archive[0], line->image);
	error_t error;
	i64 cap;

	server->line = line;
	server->index = (u32)(server - state.server);
	if (!entry) {
		log_printf("%s: the boot archive holds no %s", line->name, line->image);
		stop("a server is missing");
	}
	error = program_load(&server->program, CAP_SELF_BUDGET,
			     archive_data(&state.archive[0], entry), entry->size);
	if (error) {
		log_printf("%s: %s is no program: %s", line->name, line->image, error_name(error));
		stop("a server cannot be started");
	}
	cap = sys_endpoint_create(CAP_SELF_BUDGET);
	server->endpoint = cap < 0 ? CAP_NONE : (cap_t)cap;
	cap = size_budget(&line->depot);
	server->depot_budget = cap < 0 ? CAP_NONE : (cap_t)cap;
	cap = size_budget(&line->budget);
	server->seat = cap < 0 ? CAP_NONE : (cap_t)cap;
	if (!server->endpoint || !server->depot_budget || !server->seat)
		stop("there is not enough memory to start the servers");
}

/*
 * Whatever the servers and their clients take, init can go on: restart a server, keep what it is
 * given.  What the archives take goes back when they have been read.
 */
static void others_make(void)
{
	struct inspect_system system;
	struct budget_info info;
	u64 own;
	i64 others;

	if (sys_budget_info(CAP_SELF_BUDGET, &info) ||
	    sys_inspect_read(grant_find("inspect"), INSPECT_SYSTEM, 0, (u64)&system,
			     sizeof(system)) <= 0)
		stop("init does not know how much memory there is");
	state.kept_most = info.limit_bytes / KEPT_SHARE / KEPT_BYTES;
	own = info.used_bytes + system.kernel_bytes + OWN_BYTES + info.limit_bytes / KEPT_SHARE;
	for (u32 i = 0; i < BOOT_ARCHIVES; i++)
		if (state.archive_cap[i])
			own -= state.archive[i].length;
	others = own < info.limit_bytes ?
			 sys_budget_create(CAP_SELF_BUDGET, info.limit_bytes - own, 0) : E_NOMEM;
	if (others < 0)
		stop("there is not enough memory to start the servers");
	state.others = (cap_t)others;
}

static void servers_begin(void)
{
	i64 supervisor = sys_endpoint_create(CAP_SELF_BUDGET);
	i64 deaths = sys_notification_create(CAP_SELF_BUDGET);

	if (supervisor < 0 || deaths < 0 || sys_notification_bind(deaths))
		stop("there is not enough memory to start the servers");
	others_make();
	state.supervisor = supervisor;
	state.deaths = deaths;
	for (u32 i = 0; i < state.grants.count; i++) {
		const struct grants_server *line = &state.grants.server[i];

		if (line->unless[0] && command_line_has_any(line->unless))
			continue;
		if (line->when[0] && !command_line_has_any(line->when))
			continue;
		server_prepare(&state.server[state.server_count++], line);
	}
	/* All endpoints exist before the first server runs: callers may come before who answers. */
	for (u32 i = 0; i < state.server_count; i++)
		server_start(&state.server[i]);
}

int main(void)
{
	boot_read();
	archive_map(0);
	archive_map(1);
	if (!state.archive_cap[0])
		stop("there is no boot archive");
	grants_add("boot/grants", true);
	if (command_line_has("tests"))
		grants_add("boot/grants.tests", false);
	servers_begin();
	return (int)supervisor_run();
}
