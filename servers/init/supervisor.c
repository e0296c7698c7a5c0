/* SPDX-License-Identifier: MIT */
/*
 * supervisor.c - init's own protocol: depots, readiness, power, and for tests the killing of
 * servers.  The badge is the caller's index in the grants plus one.
 */
#include "libsys/heap.h"
#include "libsys/log.h"
#include "libsys/serve.h"
#include "libsys/string.h"
#include "proto/supervisor.h"
#include "servers/init/init.h"

enum { DEPOT_PINNED = 1, DEPOT_ASK = 4 };

static struct server *caller(const struct request *rq)
{
	return &state.server[rq->m.badge - 1];
}

static bool caller_may(const struct request *rq, u64 right)
{
	const struct grants_server *line = caller(rq)->line;

	for (u32 i = 0; i < line->grant_count; i++)
		if (line->grant[i].kind == GRANT_SUPERVISOR)
			return line->grant[i].rights & right;
	return false;
}

static error_t depot(struct request *rq, const struct supervisor_depot_in *in,
		     struct supervisor_depot_out *out)
{
	struct server *server = caller(rq);
	struct kept *kept = kept_find(server->index, in->key);
	error_t error;
	i64 memory;

	if (in->flags & ~(u64)(DEPOT_PINNED | DEPOT_ASK))
		return E_INVAL;
	if (kept && kept->kind != KEPT_MEMORY)
		return E_INVAL;
	if (kept) {
		out->memory = kept->cap;
		return 0;
	}
	if (in->flags & DEPOT_ASK)
		return E_NOENT;
	memory = in->flags & DEPOT_PINNED ? memory_create_pinned(server->depot_budget, in->size) :
					    sys_memory_create(server->depot_budget, in->size, 0);
	if (memory < 0)
		return memory == E_NOMEM ? E_NOSPACE : memory;
	error = kept_add(server->index, in->key, memory, KEPT_MEMORY);
	if (error) {
		sys_object_destroy(memory);
		return error;
	}
	out->memory = memory;
	out->fresh = 1;
	return 0;
}

static error_t drop(struct request *rq, const struct supervisor_depot_drop_in *in)
{
	return kept_drop(caller(rq)->index, in->key);
}

static error_t keep(struct request *rq, const struct supervisor_keep_in *in)
{
	u32 server = caller(rq)->index;
	struct kept *kept = kept_find(server, in->key);
	error_t error;

	if (kept && kept->kind != KEPT_CAP)
		return E_BUSY;
	if (kept) {
		sys_cap_delete(kept->cap);
		kept->cap = request_take(rq, 0);
		return 0;
	}
	error = kept_add(server, in->key, in->kept, KEPT_CAP);
	if (!error)
		request_take(rq, 0);
	return error;
}

static error_t take(struct request *rq, const struct supervisor_take_in *in,
		    struct supervisor_take_out *out)
{
	struct kept *kept = kept_find(caller(rq)->index, in->key);

	if (!kept || kept->kind != KEPT_CAP)
		return E_NOENT;
	out->kept = kept->cap;
	return 0;
}

static error_t account(struct request *rq, const struct supervisor_account_in *in,
		       struct supervisor_account_out *out)
{
	struct server *server = caller(rq);
	struct kept *kept = kept_find(server->index, in->key);
	error_t error;
	i64 budget;

	if (kept && in->limit_bytes)
		return E_BUSY;
	if (!kept && !in->limit_bytes)
		return E_NOENT;
	if (!kept) {
		budget = sys_budget_create(server->depot_budget, in->limit_bytes, BUDGET_FRAMES);
		if (budget < 0)
			return budget == E_NOMEM ? E_NOSPACE : budget;
		error = kept_add(server->index, in->key, budget, KEPT_ACCOUNT);
		if (error) {
			sys_cap_delete(budget);
			return error;
		}
		out->budget = budget;
	} else if (kept->kind == KEPT_ACCOUNT) {
		out->budget = kept->cap;
	} else {
		return E_NOENT;
	}
	rq->send_rights[0] = RIGHT_READ | RIGHT_BUDGET_CHARGE;
	return 0;
}

static error_t ready(struct request *rq)
{
	struct server *server = caller(rq);
	u64 down = server->down_at ? sys_clock_read() - server->down_at : 0;

	server->ready = true;
	server->down_at = 0;
	if (down > server->slowest_ns)
		server->slowest_ns = down;
	archives_free();
	return 0;
}

static error_t power(struct request *rq, const struct supervisor_power_in *in)
{
	if (!caller_may(rq, MAY_POWER))
		return E_ACCESS;
	switch (in->op) {
	case 0:
		log_printf("halted");
		power_halt();
	case 1:
	case 2:
		power_later(in->op == 2);
		return request_defer(rq, 0);
	}
	return E_NOTSUP;
}

static struct server *server_named(struct request *rq, u64 length)
{
	char name[SUPERVISOR_KILL_NAME_MAX + 1] = { 0 };

	if (request_read(rq, SUPERVISOR_KILL_NAME, 0, name, length))
		return NULL;
	return server_find(name);
}

static error_t kill(struct request *rq, const struct supervisor_kill_in *in)
{
	struct server *server = server_named(rq, in->name_length);

	if (!caller_may(rq, MAY_KILL))
		return E_ACCESS;
	/* At the very end nobody: the last lines of the log are on their way. */
	if (!server || !server->thread || server == caller(rq) || state.power_at)
		return E_NOENT;
	server_stop(server);
	server->down_at = sys_clock_read();
	server_start(server);
	return 0;
}

static error_t freeze(struct request *rq, const struct supervisor_freeze_in *in)
{
	struct server *server = server_named(rq, in->name_length);

	if (!caller_may(rq, MAY_KILL))
		return E_ACCESS;
	if (in->stop > 1)
		return E_INVAL;
	if (!server || !server->thread || server == caller(rq))
		return E_NOENT;
	return sys_thread_control(server->thread, in->stop ? THREAD_SUSPEND : THREAD_RESUME, 0);
}

static error_t status(struct request *rq, const struct supervisor_status_in *in,
		      struct supervisor_status_out *out)
{
	struct server *server = server_named(rq, in->name_length);
	struct budget_info info = { 0 };

	if (!server)
		return E_NOENT;
	out->starts = server->starts;
	out->slowest_ns = server->slowest_ns;
	if (server->budget && !sys_budget_info(server->budget, &info)) {
		out->used_bytes = info.used_bytes;
		out->limit_bytes = info.limit_bytes;
	}
	if (!sys_budget_info(server->depot_budget, &info)) {
		out->depot_bytes = info.used_bytes;
		out->depot_limit_bytes = info.limit_bytes;
	}
	return 0;
}

static error_t session(struct request *rq, const struct supervisor_session_in *in,
		       struct supervisor_session_out *out)
{
	const struct grants_server *line = caller(rq)->line;
	struct server *server = server_named(rq, in->name_length);
	bool granted = false;
	i64 made;

	if (!server)
		return E_NOENT;
	for (u32 i = 0; i < line->grant_count; i++)
		granted |= line->grant[i].kind == GRANT_CALL &&
			   strcmp(line->grant[i].target, server->line->name) == 0;
	if (!granted)
		return E_ACCESS;
	made = session_create(server->endpoint,
			      ++state.start_serial << 8 | (caller(rq)->index + 1));
	if (made < 0)
		return made;
	out->session = made;
	rq->send_drop = 1;
	return 0;
}

static error_t list(struct request *rq, const struct supervisor_list_in *in,
		    struct supervisor_list_out *out)
{
	for (u32 i = 0; i < state.server_count; i++) {
		const char *name = state.server[i].line->name;
		u64 length = strlen(name) + 1;
		error_t error;

		if (length > in->names_capacity - out->length)
			break;
		error = request_write(rq, SUPERVISOR_LIST_NAMES, out->length, name, length);
		if (error)
			return error;
		out->length += length;
	}
	return 0;
}

static const struct supervisor_ops ops = {
	.depot = depot,
	.depot_drop = drop,
	.ready = ready,
	.power = power,
	.kill = kill,
	.freeze = freeze,
	.status = status,
	.session = session,
	.list = list,
	.keep = keep,
	.take = take,
	.account = account,
};

static error_t dispatch(struct request *rq)
{
	if (rq->m.badge == 0 || rq->m.badge > state.server_count)
		return E_ACCESS;
	return supervisor_dispatch(&ops, rq);
}

static void notify(u64 bits)
{
	for (u32 i = 0; i < state.server_count; i++)
		if (bits >> i & 1)
			server_ended(&state.server[i]);
	if (bits >> TIMER_BIT & 1)
		servers_due();
}

error_t supervisor_run(void)
{
	const struct service service = {
		.endpoint = state.supervisor,
		.dispatch = dispatch,
		.notify = notify,
	};

	servers_due();
	return serve(&service);
}
