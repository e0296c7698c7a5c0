/* SPDX-License-Identifier: MIT */
/*
 * keyboard - a PS/2 keyboard: scan codes in, symbols out.
 *
 * What was typed and not yet read, and which modifiers are held, survive the server as a terminal's
 * state does: a working copy, and one store that makes it count.
 */
#include "libsys/depot.h"
#include "libsys/log.h"
#include "libsys/serve.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "libsys/sys.h"
#include "libsys/text.h"
#include "proto/keyboard.h"
#include "servers/keyboard/keymap.h"
#include "servers/keyboard/ps2.h"

enum { KEY_STATE = 1, KEY_CLIENT = 2, BIT_INTERRUPT = 1, SYMBOLS = 256, ROUNDS_MAX = 256 };

struct typed {
	struct keymap map;
	u64 head, tail; /* symbols, counted for ever */
	u64 bits;	/* what the client is signalled with */
};

struct store {
	u32 current; /* 0 or 1: which copy counts */
	struct typed copy[2];
	u32 symbols[SYMBOLS];
};

static struct {
	struct typed typed; /* the working copy */
	struct store *store;
	struct ps2 ps2;
	cap_t notification, client, irq;
} state;

static void commit(void)
{
	u32 next = !state.store->current;

	state.store->copy[next] = state.typed;
	__atomic_store_n(&state.store->current, next, __ATOMIC_RELEASE);
}

static void tell(void)
{
	if (state.client && state.typed.head != state.typed.tail)
		sys_notification_signal(state.client, state.typed.bits);
}

static void keys_take(void)
{
	u32 locks = state.typed.map.locks;

	for (u32 i = 0; i < ROUNDS_MAX; i++) {
		u32 symbols[2], count;
		i32 byte = ps2_read(&state.ps2);

		if (byte < 0)
			break;
		count = keymap_take(&state.typed.map, (u8)byte, symbols);
		/* Nobody reads: what is typed now is lost, not what was typed first. */
		for (u32 n = 0; n < count && state.typed.tail - state.typed.head < SYMBOLS; n++)
			state.store->symbols[state.typed.tail++ % SYMBOLS] = symbols[n];
		commit();
	}
	if (state.typed.map.locks != locks)
		ps2_leds(&state.ps2, (u8)state.typed.map.locks);
	tell();
}

static void notify(u64 bits)
{
	(void)bits;
	keys_take();
	sys_irq_ack(state.irq);
}

static error_t op_read(struct request *rq, const struct keyboard_read_in *in,
		       struct keyboard_read_out *out)
{
	struct typed *typed = &state.typed;
	u32 symbols[SYMBOLS];
	u64 count = 0;

	if (in->position >= typed->head && in->position <= typed->tail) {
		typed->head = in->position;
		commit();
	} else {
		/* A client that lost count, or never had one, goes on from here. */
		typed->head = typed->tail = in->position;
		commit();
	}
	while (count < in->symbols_capacity / sizeof(u32) && typed->head + count < typed->tail) {
		symbols[count] = state.store->symbols[(typed->head + count) % SYMBOLS];
		count++;
	}
	out->count = count;
	return request_write(rq, KEYBOARD_READ_SYMBOLS, 0, symbols, count * sizeof(u32));
}

static error_t op_attach(struct request *rq, const struct keyboard_attach_in *in)
{
	error_t error = depot_keep(KEY_CLIENT, in->notification);

	if (error)
		return error;
	if (state.client)
		sys_cap_delete(state.client);
	state.client = request_take(rq, 0);
	state.typed.bits = in->bits;
	commit();
	tell();
	return 0;
}

static error_t layout_set(const char *name, u64 length)
{
	u32 layout = layout_find(name, length);

	if (layout == layout_count)
		return E_NOENT;
	state.typed.map.layout = layout;
	commit();
	return 0;
}

static error_t op_layout(struct request *rq, const struct keyboard_layout_in *in)
{
	char name[KEYBOARD_LAYOUT_NAME_MAX];
	error_t error = request_read(rq, KEYBOARD_LAYOUT_NAME, 0, name, in->name_length);

	return error ? error : layout_set(name, in->name_length);
}

static const struct keyboard_ops ops = {
	.read = op_read,
	.attach = op_attach,
	.layout = op_layout,
};

static error_t dispatch(struct request *rq)
{
	return keyboard_dispatch(&ops, rq);
}

/* A keyboard that is missing is no failure: nothing is typed on it. */
static void device_open(void)
{
	state.ps2 = (struct ps2){ grant_find("data"), grant_find("command") };
	state.irq = grant_find("irq");
	if (!ps2_open(&state.ps2)) {
		log_printf("there is no PS/2 keyboard");
		return;
	}
	ps2_leds(&state.ps2, (u8)state.typed.map.locks);
	if (sys_irq_bind(state.irq, state.notification, BIT_INTERRUPT) || sys_irq_ack(state.irq))
		log_printf("the keyboard's interrupt cannot be had");
}

static error_t start(void)
{
	const char *layout = start_option("keyboard");
	i64 notification = sys_notification_create(CAP_SELF_BUDGET);
	cap_t memory;
	bool fresh;
	error_t error;

	if (notification < 0)
		return notification;
	state.notification = notification;
	error = sys_notification_bind(notification);
	if (!error)
		error = depot_map(KEY_STATE, sizeof(*state.store), 0, (void **)&state.store,
				  &memory, &fresh);
	if (error)
		return error;
	state.typed = state.store->copy[state.store->current & 1];
	if (state.typed.tail - state.typed.head > SYMBOLS || state.typed.map.layout >= layout_count)
		state.typed = (struct typed){ 0 };
	(void)!depot_take(KEY_CLIENT, &state.client);
	if (fresh && layout && layout_set(layout, strlen(layout)))
		log_printf("there is no layout \"%s\"", layout);
	device_open();
	return 0;
}

int main(void)
{
	const struct service service = {
		.endpoint = grant_find("self"),
		.dispatch = dispatch,
		.notify = notify,
	};
	error_t error = start();

	if (error) {
		log_printf("cannot start: %s", error_name(error));
		return (int)error;
	}
	depot_ready();
	notify(BIT_INTERRUPT);
	return (int)serve(&service);
}
