/* SPDX-License-Identifier: MIT */
/*
 * server.c - starting, ending and restarting servers by their lines in the grants.
 *
 * A server's process is one budget: destroying that takes its table, space, threads and devices
 * with it.  Its endpoint and its depot are charged elsewhere and stay, and so does its seat, the
 * memory that is set aside for it.
 */
#include "libsys/ipc.h"
#include "libsys/log.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "libsys/sys.h"
#include "libsys/text.h"
#include "libsys/thread.h"
#include "servers/init/init.h"

#define BACKOFF_FIRST_NS 50000000ul
#define WATCH_NS	 500000000ul
#define LOOP_NS		 2000000000ul
#define LOOP_START_NS	 20000000000ul
enum { BACKOFF_DOUBLINGS = 6, EARLY_DEATHS_TOLD = 3 };

/* Grants under construction, and the capabilities among them that were made for this start only. */
struct granting {
	struct spawn_grant grant[GRANTS_PER_SERVER];
	u32 count;
	cap_t made[GRANTS_PER_SERVER];
	u32 made_count;
};

struct server *server_find(const char *name)
{
	for (u32 i = 0; i < state.server_count; i++)
		if (strcmp(state.server[i].line->name, name) == 0)
			return &state.server[i];
	return NULL;
}

i64 size_budget(const struct grant_size *size)
{
	u64 bytes = size->bytes;
	struct budget_info info;

	if (size->percent) {
		error_t error = sys_budget_info(CAP_SELF_BUDGET, &info);

		if (error)
			return error;
		bytes = info.limit_bytes / 100 * size->percent;
	}
	return sys_budget_create(state.others, bytes, size->committed ? BUDGET_RESERVED : 0);
}

/* Make an object for this start; its creation call's result goes in. */
static error_t made_add(struct granting *granting, i64 result, cap_t *cap)
{
	if (result < 0)
		return result;
	granting->made[granting->made_count++] = result;
	*cap = result;
	return 0;
}

static bool grants_name(const char *name)
{
	for (u32 i = 0; i < state.grants.count; i++)
		if (strcmp(state.grants.server[i].name, name) == 0)
			return true;
	return false;
}

/* The screen's memory as whole pages. */
static i64 framebuffer_make(struct server *server)
{
	const struct boot_framebuffer *f = &state.boot->framebuffer;
	u64 first = f->base & ~(u64)(PAGE_SIZE - 1);
	u64 end = f->base + (u64)f->pitch * f->height;

	return sys_memory_slice(server->budget, grant_find("device"), first,
				(end - first + PAGE_SIZE - 1) & ~(u64)(PAGE_SIZE - 1));
}

/* The capability of init that a grant hands on; CAP_NONE with 0: left out, as it is gone. */
static error_t grant_resolve(struct server *server, const struct grant *g,
			     struct granting *granting, struct spawn_grant *to)
{
	struct server *other;
	i64 handle;

	to->rights = g->rights;
	switch (g->kind) {
	case GRANT_SERVE:
	case GRANT_CALL:
		other = server_find(g->target);
		/* A server that this boot leaves out is no error, one that no line names is. */
		if (!other)
			return grants_name(g->target) ? 0 : E_NOENT;
		to->cap = other->endpoint;
		/* New for each start: what is told of the old session must not hit the new one. */
		if (g->kind == GRANT_CALL)
			to->badge = state.start_serial << 8 | (server->index + 1);
		return 0;
	case GRANT_SUPERVISOR:
		to->cap = state.supervisor;
		to->rights = RIGHT_ENDPOINT_CALL | RIGHT_COPY;
		to->badge = server->index + 1;
		return 0;
	case GRANT_LOG:
		to->cap = grant_find("log");
		return to->cap ? 0 : E_NOENT;
	case GRANT_BOOT:
		to->cap = grant_find("boot");
		return to->cap ? 0 : E_NOENT;
	case GRANT_INSPECT:
		to->cap = grant_find("inspect");
		return to->cap ? 0 : E_NOENT;
	case GRANT_ARCHIVE:
		to->cap = g->first < BOOT_ARCHIVES ? state.archive_cap[g->first] : CAP_NONE;
		return 0;
	case GRANT_IOPORT:
		handle = sys_ioport_create(server->budget, grant_find("ioport"), g->first,
					   g->count);
		return made_add(granting, handle, &to->cap);
	case GRANT_IRQ:
		handle = sys_irq_create(server->budget, grant_find("irq"), g->first);
		return made_add(granting, handle, &to->cap);
	case GRANT_FRAMEBUFFER:
		if (!state.boot->framebuffer.base)
			return 0;
		handle = framebuffer_make(server);
		return made_add(granting, handle, &to->cap);
	case GRANT_BUDGET:
		if (server->beside)
			return E_FULL;
		handle = size_budget(&g->size);
		if (handle < 0)
			return handle;
		server->beside = to->cap = (cap_t)handle;
		return 0;
	}
	return E_INVAL;
}

static error_t grants_resolve(struct server *server, struct granting *granting)
{
	for (u32 i = 0; i < server->line->grant_count; i++) {
		const struct grant *g = &server->line->grant[i];
		struct spawn_grant *to = &granting->grant[granting->count];
		error_t error = grant_resolve(server, g, granting, to);

		if (error) {
			log_printf("%s: grant %s: %s", server->line->name, g->name,
				   error_name(error));
			return error;
		}
		memcpy(to->name, g->name, sizeof(to->name));
		if (to->cap)
			granting->count++;
	}
	return 0;
}

/* The words of the kernel's command line as start arguments. */
static u32 arguments_make(char *to, u32 size)
{
	const char *s = state.boot->command_line;
	u32 used = 0;

	for (u32 i = 0; i < BOOT_COMMAND_LINE && s[i] && used + 2 < size; i++) {
		bool blank = s[i] == ' ';

		if (!blank || (used && to[used - 1]))
			to[used++] = blank ? 0 : s[i];
	}
	if (used && to[used - 1])
		to[used++] = 0;
	return used;
}

/* For who has the screen: its shape. */
static u32 shape_make(char *to, u32 size)
{
	const struct boot_framebuffer *f = &state.boot->framebuffer;
	u32 used = (u32)text_format(to, size,
				    "framebuffer-width=%u framebuffer-height=%u "
				    "framebuffer-pitch=%u framebuffer-format=%u "
				    "framebuffer-offset=%u",
				    f->width, f->height, f->pitch, f->format,
				    (u32)(f->base % PAGE_SIZE));

	for (u32 i = 0; i < used; i++)
		if (to[i] == ' ')
			to[i] = 0;
	return used + 1;
}

static bool has_screen(const struct grants_server *line)
{
	for (u32 i = 0; i < line->grant_count; i++)
		if (line->grant[i].kind == GRANT_FRAMEBUFFER)
			return state.boot->framebuffer.base != 0;
	return false;
}

static error_t process_make(struct server *server)
{
	const struct grants_server *line = server->line;
	char arguments[START_ARGS - START_NAME];
	struct granting granting = { 0 };
	struct spawn s = {
		.program = &server->program,
		.name = line->name,
		.budget = server->budget,
		.grant = granting.grant,
		.level = line->level,
		.arguments = arguments,
		.exit_notification = state.deaths,
		.exit_bits = (u64)1 << server->index,
		.image_base = &server->image_base,
	};
	error_t error;

	state.start_serial++;
	if (line->command_line)
		s.argument_bytes = arguments_make(arguments, sizeof(arguments));
	else if (has_screen(line))
		s.argument_bytes = shape_make(arguments, sizeof(arguments));
	for (u32 i = 0; i < 4; i++)
		s.seed[i] = random_next();
	error = grants_resolve(server, &granting);
	s.grant_count = granting.count;
	if (!error)
		error = spawn(&s, &server->thread);
	for (u32 i = 0; i < granting.made_count; i++)
		sys_cap_delete(granting.made[i]);
	return error;
}

static void start_later(struct server *server, u64 pause_ns)
{
	server->restart_at = sys_clock_read() + pause_ns;
	if (server->restart_at < state.watch_at)
		sys_notification_timer(state.deaths, server->restart_at, (u64)1 << TIMER_BIT);
}

static void server_again(struct server *server);

/* As if it had died before it served: it is tried again after a while. */
static void start_failed(struct server *server, i64 error)
{
	log_printf("%s: not started: %s", server->line->name, error_name(error));
	server_stop(server);
	if (server->line->restart == RESTART_ALWAYS)
		server_again(server);
}

void server_start(struct server *server)
{
	struct budget_info seat = { 0 };
	error_t error = sys_budget_info(server->seat, &seat);
	i64 budget = error ? error : sys_budget_create(server->seat, seat.limit_bytes, 0);

	server->ready = false;
	server->restart_at = 0;
	server->starts++;
	if (budget < 0) {
		start_failed(server, budget);
		return;
	}
	server->budget = budget;
	error = process_make(server);
	if (error)
		start_failed(server, error);
}

void server_stop(struct server *server)
{
	if (server->thread)
		sys_cap_delete(server->thread);
	server->thread = CAP_NONE;
	if (server->budget)
		sys_object_destroy(server->budget);
	server->budget = CAP_NONE;
	if (server->beside)
		sys_object_destroy(server->beside);
	server->beside = CAP_NONE;
}

static void death_report(const struct server *server, const struct thread_info *info)
{
	if (info->exit_status <= -256)
		log_printf("%s: died by exception %ld at %lx of its image, address %lx",
			   server->line->name, -256 - info->exit_status,
			   info->fault_rip - server->image_base, info->fault_address);
	else
		log_printf("%s: ended with status %ld", server->line->name, info->exit_status);
}

/*
 * Answer everybody who waits for a server that does not come up: the rule of three holds for calls
 * too that no instance ever received.  It is tried again all the same, and who calls then has the
 * next try to wait for at most.  That a badge has gone is lost here: the server, should it come up,
 * keeps a session too many.
 */
static void callers_tell(struct server *server)
{
	struct message_page *page = libsys_message_page();
	u64 bits = 0;

	for (;;) {
		struct message m = { .tag = TAG_DEADLINE };

		page->deadline = 1; /* long ago: take what is there */
		if (ipc_receive(server->endpoint, &m))
			break;
		if (TAG_KIND(m.tag) == MESSAGE_NOTIFY)
			bits |= m.word[0];
		if (TAG_KIND(m.tag) != MESSAGE_CALL)
			continue;
		for (u32 i = 0; i < TAG_CAPS(m.tag); i++)
			if (page->received[i])
				sys_cap_delete(page->received[i]);
		m.tag = TAG_MAKE(E_CRASHED, 0, 0, 0);
		(void)!ipc_reply(&m);
	}
	/* Our own notification's bits come with any receive: not now. */
	if (bits)
		sys_notification_signal(state.deaths, bits);
}

/* Start it again: at once if it had served, else after a while. */
static void server_again(struct server *server)
{
	u32 doublings;

	server->early_deaths = server->ready ? 0 : server->early_deaths + 1;
	if (server->early_deaths == 0) {
		server_start(server);
		return;
	}
	if (server->early_deaths == EARLY_DEATHS_TOLD)
		log_printf("%s: died %u times before it served: its callers are told",
			   server->line->name, server->early_deaths);
	if (server->early_deaths >= EARLY_DEATHS_TOLD)
		callers_tell(server);
	doublings = server->early_deaths - 1;
	if (doublings > BACKOFF_DOUBLINGS)
		doublings = BACKOFF_DOUBLINGS;
	start_later(server, BACKOFF_FIRST_NS << doublings);
}

void server_ended(struct server *server)
{
	struct thread_info info = { 0 };

	if (!server->thread)
		return;
	/* A server that was killed and started again leaves its old end's bit behind. */
	if (!sys_thread_info(server->thread, &info) && info.state != THREAD_STATE_DEAD &&
	    info.state != THREAD_STATE_FAULTED)
		return;
	death_report(server, &info);
	server_stop(server);
	server->down_at = sys_clock_read();
	/* Its own verdict on its first start: what it has to hold does not fit. */
	if (server->starts == 1 && !server->ready && info.exit_status == E_NOSPACE)
		power_off();
	if (server->line->restart == RESTART_HALT) {
		log_printf("%s is gone and the system with it", server->line->name);
		power_halt();
	}
	if (server->line->restart == RESTART_NEVER) {
		/* Nobody will receive again: callers, also later ones, hear that it is dead. */
		sys_object_destroy(server->endpoint);
		server->endpoint = CAP_NONE;
		return;
	}
	server_again(server);
}

/*
 * A server whose thread has only computed for LOOP_NS, and not waited or handed over once, answers
 * nobody: that is far beyond what any bounded call takes.  Its callers repeat their call to the
 * successor, as after any death.
 */
static void server_watch(struct server *server)
{
	u64 limit = server->ready ? LOOP_NS : LOOP_START_NS;
	struct thread_info info;

	if (server->line->restart != RESTART_ALWAYS || !server->thread ||
	    sys_thread_info(server->thread, &info))
		return;
	if (info.id != server->watched || info.voluntary_switches != server->switches ||
	    info.state != THREAD_STATE_READY) {
		server->watched = info.id;
		server->switches = info.voluntary_switches;
		server->switched_ns = info.native_ns;
		return;
	}
	if (info.native_ns - server->switched_ns < limit)
		return;
	log_printf("%s: computed for %lu ms without an answer: it is ended", server->line->name,
		   (info.native_ns - server->switched_ns) / 1000000);
	server_stop(server);
	server->down_at = sys_clock_read();
	server_again(server);
}

void servers_due(void)
{
	u64 now = sys_clock_read(), next;

	for (u32 i = 0; i < state.server_count; i++) {
		struct server *server = &state.server[i];

		if (server->restart_at && server->restart_at <= now)
			server_start(server);
	}
	if (state.power_at && state.power_at <= now)
		power_due();
	if (now >= state.watch_at) {
		state.watch_at = now + WATCH_NS;
		for (u32 i = 0; i < state.server_count; i++)
			server_watch(&state.server[i]);
	}
	next = state.watch_at;
	for (u32 i = 0; i < state.server_count; i++)
		if (state.server[i].restart_at && state.server[i].restart_at < next)
			next = state.server[i].restart_at;
	if (state.power_at && state.power_at < next)
		next = state.power_at;
	sys_notification_timer(state.deaths, next, (u64)1 << TIMER_BIT);
}
