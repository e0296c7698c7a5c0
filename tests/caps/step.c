/* SPDX-License-Identifier: MIT */
/* step.c - the steps, as the system calls do them once the dispatcher has looked the capability up.
 */
#include <stdio.h>

#include "microkernel/object/calls.h"
#include "tests/caps/step.h"

#define RIGHTS_WEAK  ((u64)RIGHTS_ALL & ~(u64)(RIGHT_COPY | RIGHT_ENDPOINT_RECEIVE))
#define RIGHTS_FIXED ((u64)RIGHTS_ALL & ~(u64)(RIGHT_DESTROY | RIGHT_ENDPOINT_MINT))

u64 step_rights(u32 variant)
{
	return variant == COPY_WEAK    ? RIGHTS_WEAK
	       : variant == COPY_FIXED ? RIGHTS_FIXED
				       : (u64)RIGHTS_ALL;
}

/* --- which there are --- */

struct listing {
	const struct state *s;
	struct step *list;
	u32 count;
};

static void add(struct listing *l, enum step_kind kind, u32 a, u32 b)
{
	l->list[l->count++] = (struct step){ (u8)kind, (u8)a, (u8)b };
}

static bool is_queued(const struct state *s, u32 process)
{
	for (u32 i = 0; i < s->nr_queued; i++)
		if (s->queue[i].process == process)
			return true;
	return false;
}

static void list_calls(struct listing *l, u32 id)
{
	u32 first = id / SLOTS * SLOTS;

	add(l, RECEIVE, id, 0);
	if (is_queued(l->s, id / SLOTS))
		return;
	add(l, CALL, id, NODES);
	for (u32 other = first; other < first + world.slots; other++)
		if (l->s->node[other].state == VALID)
			add(l, CALL, id, other);
}

static void list_of_node(struct listing *l, u32 id)
{
	const struct held *n = &l->s->node[id];
	u32 variants = n->kind == ENDPOINT ? VARIANTS : COPY_BADGE_2;

	for (u32 p = 0; p < world.processes; p++)
		for (u32 v = 0; l->s->process[p] == ALIVE && v < variants; v++) {
			struct step copy = step_copy(id, p, v);

			add(l, COPY, id, copy.b);
		}
	for (u32 how = 0; how <= INTERRUPTED; how++) {
		add(l, DELETE, id, how);
		add(l, REVOKE, id, how);
		add(l, DESTROY, id, how);
	}
	if (n->kind == ENDPOINT)
		list_calls(l, id);
	else
		add(l, MAP, id, 0);
}

u32 steps_list(const struct state *s, struct step *list)
{
	struct listing l = { .s = s, .list = list };

	for (u32 p = 0; p < world.processes; p++) {
		for (u32 k = 0; s->process[p] == ALIVE && k < KINDS; k++)
			if (s->object[k] == GONE)
				add(&l, CREATE, p, k);
		for (u32 how = 0; s->process[p] != GONE && how <= INTERRUPTED; how++)
			add(&l, KILL, p, how);
		if (is_queued(s, p))
			add(&l, KICK, p, 0);
	}
	for (u32 k = 0; k < KINDS; k++)
		for (u32 how = 0; s->object[k] != GONE && how <= INTERRUPTED; how++)
			add(&l, END, k, how);
	for (u32 id = 0; id < NODES; id++)
		if (s->node[id].state == VALID && s->process[id / SLOTS] == ALIVE)
			list_of_node(&l, id);
	return l.count;
}

bool step_wakes(const struct state *s, struct step step)
{
	return s->nr_queued || step.kind == CALL || step.kind == RECEIVE;
}

/* --- what the kernel does --- */

static struct cap_ref to(void *object)
{
	return (struct cap_ref){ .object = object };
}

/* As the dispatcher: the handle must name something, with these rights. */
static error_t look_up(const struct state *s, u32 node, u64 rights, struct cap_ref *ref)
{
	return cap_find(world.table[node / SLOTS], s->handle[node], OBJECT_NONE, rights, ref);
}

static i64 copy(const struct state *s, struct step step)
{
	u32 variant = step.b >> 2, target = step.b & 3;
	u64 badge = variant < COPY_BADGE_1 ? 0 : variant - COPY_BADGE_1 + 1;

	return sys_cap_copy(to(world.table[target]), s->handle[step.a], step_rights(variant),
			    badge);
}

static i64 call(const struct state *s, struct step step)
{
	struct thread *caller = world.client[step.a / SLOTS];
	struct cap_ref ref;
	error_t error = look_up(s, step.a, RIGHT_ENDPOINT_CALL, &ref);

	if (error)
		return error;
	caller->message->send[0] = step.b < NODES ? s->handle[step.b] : CAP_NONE;
	caller->regs.rsi = TAG_MAKE(0, step.b < NODES, 0, 0);
	return sys_endpoint_call(ref);
}

static i64 receive(const struct state *s, struct step step, struct outcome *o)
{
	struct thread *server = world.server[step.a / SLOTS];
	struct cap_ref ref;
	i64 result = look_up(s, step.a, RIGHT_ENDPOINT_RECEIVE, &ref);

	if (result)
		return result;
	world_run_as(server);
	server->regs.rsi = TAG_DEADLINE;
	server->message->deadline = 0;
	result = sys_endpoint_receive(ref);
	if (result)
		return result;
	o->received = TAG_KIND(server->regs.rsi);
	o->badge = server->regs.rdi;
	if (o->received != MESSAGE_CALL)
		return result;
	if (TAG_CAPS(server->regs.rsi)) {
		o->handle = server->message->received[0];
		o->lost = !o->handle;
	}
	server->regs.rsi = 0;
	return sys_reply();
}

static i64 end(struct object *object)
{
	error_t error;

	if (!object_hold(object))
		return E_BADCAP;
	error = object_kill(object);
	object_put(object);
	return error;
}

/* Its threads have ended before: a queued caller is not queued any more. */
static i64 kill(const struct state *s, u32 process)
{
	struct object *table = &world.table[process]->object;
	error_t error;

	if (is_queued(s, process))
		(void)sys_thread_kick(to(world.client[process]), KICK_HARD);
	error = end(table);
	if (!error && !world.threads_gone[process]) {
		world.threads_gone[process] = true;
		object_put(table);
	}
	return error;
}

static i64 on_capability(const struct state *s, struct step step)
{
	struct cap_ref ref;
	u64 rights = step.kind == DELETE ? 0 : step.kind == MAP ? RIGHT_READ : RIGHT_DESTROY;
	error_t error = look_up(s, step.a, rights, &ref);

	if (error)
		return error;
	switch (step.kind) {
	case DELETE:
		return sys_cap_delete(ref);
	case REVOKE:
		return sys_cap_revoke(ref);
	case DESTROY:
		return sys_object_destroy(ref);
	default:
		return world_map(ref);
	}
}

static i64 act(const struct state *s, struct step step, struct outcome *o)
{
	switch (step.kind) {
	case CREATE:
		world_run_as(world.client[step.a]);
		return step.b == MEMORY ? world_memory_create(step.a)
					: sys_endpoint_create(to(world.pays[ENDPOINT]));
	case END:
		return end(world.object[step.a]);
	case KILL:
		return kill(s, step.a);
	case KICK:
		return sys_thread_kick(to(world.client[step.a]), KICK_SOFT);
	default:
		break;
	}
	world_run_as(world.client[step.a / SLOTS]);
	switch (step.kind) {
	case COPY:
		return copy(s, step);
	case CALL:
		return call(s, step);
	case RECEIVE:
		return receive(s, step, o);
	default:
		world_interrupts = step.b & INTERRUPTED;
		return on_capability(s, step);
	}
}

struct outcome step_do(const struct state *s, struct step step)
{
	struct outcome o = { .result = 0 };

	world_step_begins();
	world_interrupts = (step.kind == END || step.kind == KILL) && step.b & INTERRUPTED;
	o.result = act(s, step, &o);
	world_interrupts = false;
	world_leave();
	for (u32 p = 0; p < world.processes; p++)
		o.woken[p] = world.client[p]->regs.rax;
	return o;
}

/* --- for people --- */

const char *error_name(i64 error)
{
	if (error >= 0)
		return "done";
	switch (-error) {
#define ERROR(name, value, text)                                                                   \
	case value:                                                                                \
		return #name;
#include "microkernel/abi/error.def"
#undef ERROR
	default:
		return error == E_RESTART ? "interrupted" : "queued";
	}
}

static void print_result(const struct outcome *o)
{
	if (o->result > 0)
		printf(" -> slot %u", (u32)(o->result & 0xffffff));
	else if (o->result)
		printf(" -> %s", error_name(o->result));
	if (o->received == MESSAGE_GONE)
		printf(" -> badge %u has gone", (u32)o->badge);
	if (o->handle)
		printf(" -> a capability in slot %u", (u32)(o->handle & 0xffffff));
	printf("\n");
}

void step_print(struct step step, const struct outcome *o)
{
	static const char *const verb[STEP_KINDS] = { "makes",
						      "copies",
						      "deletes",
						      "revokes",
						      "destroys what is named by",
						      "the budget ends of",
						      "ends",
						      "calls through",
						      "receives from",
						      "maps",
						      "is kicked" };
	static const char *const kind[KINDS] = { "the endpoint", "the memory" };
	static const char *const variant[VARIANTS] = { "", ", without COPY", ", without DESTROY",
						       ", badge 1", ", badge 2" };
	u32 p = step.a / SLOTS, at = step.a % SLOTS + 1;

	printf("    ");
	if (step.kind == END)
		printf("%s %s", verb[END], kind[step.a]);
	else if (step.kind == KILL || step.kind == KICK)
		printf("process %u %s", step.a, verb[step.kind]);
	else if (step.kind == CREATE)
		printf("process %u makes %s", step.a, kind[step.b]);
	else
		printf("process %u %s slot %u", p, verb[step.kind], at);
	if (step.kind == COPY)
		printf(" to process %u%s", step.b & 3, variant[step.b >> 2]);
	else if (step.kind == CALL && step.b < NODES)
		printf(" and sends slot %u", step.b % SLOTS + 1);
	else if (step.kind >= DELETE && step.kind <= KILL && step.b & INTERRUPTED)
		printf(" until an interrupt comes");
	print_result(o);
}
