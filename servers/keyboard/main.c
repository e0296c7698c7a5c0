/* SPDX-License-Identifier: MIT */
/*
 * keyboard - a PS/2 keyboard: scan codes in, symbols out.
 *
 * What was typed and not yet read, and which modifiers are held, survive the server as a
 * terminal's state does: a working copy, and one store that makes it count.  A byte of the device
 * stands in the depot as soon as it has left the device, and the store that makes its symbols count
 * is also the one that has it done.
 */
#include "libsys/depot.h"
#include "libsys/log.h"
#include "libsys/serve.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "libsys/sys.h"
#include "proto/keyboard.h"
#include "servers/keyboard/keymap.h"
#include "servers/keyboard/ps2.h"

enum { KEY_STATE = 1, KEY_CLIENT = 2, BIT_INTERRUPT = 1, SYMBOLS = 256, ROUNDS_MAX = 256,
       RAW = 16 };
enum { LEDS_UNKNOWN = 0xff, LEDS_TRIES = 3 };

/* The lights: the keyboard acknowledges the command, then its value. */
enum leds { LEDS_IDLE, LEDS_COMMAND, LEDS_VALUE };

struct typed {
	struct keymap map;
	u64 head, tail; /* symbols, counted for ever */
	u64 bits;	/* what the client is signalled with */
	u64 done;	/* bytes of the device that have become symbols */
	u32 is_open;	/* the device has been set up */
	u32 leds;	/* enum leds */
	u32 lit, tries; /* what the lights show, or are to show; how often that was refused */
};

struct store {
	u32 current; /* 0 or 1: which copy counts */
	struct typed copy[2];
	u64 taken; /* bytes that came from the device; the kernel's */
	u8 raw[RAW];
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

/* Said again from its beginning, should its answer not have been heard. */
static void leds_begin(void)
{
	state.typed.lit = state.typed.map.locks;
	state.typed.leds = LEDS_COMMAND;
	commit();
	ps2_send(&state.ps2, PS2_SET_LEDS);
}

static void leds_answered(u8 byte)
{
	if (state.typed.leds == LEDS_IDLE)
		return;
	if (byte == PS2_AGAIN) {
		state.typed.leds = LEDS_IDLE;
		if (state.typed.tries++ < LEDS_TRIES)
			state.typed.lit = LEDS_UNKNOWN;
	} else if (state.typed.leds == LEDS_COMMAND) {
		state.typed.leds = LEDS_VALUE;
		ps2_send(&state.ps2, (u8)state.typed.lit);
	} else {
		state.typed.leds = LEDS_IDLE;
		state.typed.tries = 0;
	}
}

static void byte_take(u8 byte)
{
	u32 symbols[2], count;

	if (byte == PS2_ACKNOWLEDGED || byte == PS2_AGAIN) {
		leds_answered(byte);
		return;
	}
	count = keymap_take(&state.typed.map, byte, symbols);
	/* Nobody reads: what is typed now is lost, not what was typed first. */
	for (u32 n = 0; n < count && state.typed.tail - state.typed.head < SYMBOLS; n++)
		state.store->symbols[state.typed.tail++ % SYMBOLS] = symbols[n];
}

static void keys_take(void)
{
	struct store *store = state.store;

	for (u32 i = 0; i < ROUNDS_MAX; i++) {
		if (state.typed.done == store->taken &&
		    !ps2_take(&state.ps2, &store->raw[store->taken % RAW], &store->taken))
			break;
		byte_take(store->raw[state.typed.done % RAW]);
		state.typed.done++;
		commit();
	}
	if (state.typed.leds == LEDS_IDLE && state.typed.map.locks != state.typed.lit)
		leds_begin();
	tell();
}

static void notify(u64 bits)
{
	(void)bits;
	if (state.typed.is_open)
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

/* A keyboard that is missing is no failure: nothing is typed on it.  One that a predecessor has set
 * up is left as it is: what it holds was typed. */
static void device_open(void)
{
	state.ps2 = (struct ps2){ grant_find("data"), grant_find("command") };
	state.irq = grant_find("irq");
	if (!state.typed.is_open) {
		if (!ps2_open(&state.ps2)) {
			log_printf("there is no PS/2 keyboard");
			return;
		}
		state.typed.is_open = true;
		state.typed.lit = LEDS_UNKNOWN;
		commit();
	}
	if (state.typed.leds != LEDS_IDLE)
		leds_begin();
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
	if (state.typed.tail - state.typed.head > SYMBOLS ||
	    state.store->taken - state.typed.done > 1 || state.typed.map.layout >= layout_count)
		state.typed = (struct typed){ .done = state.store->taken };
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

	return serve_started(&service, start(), BIT_INTERRUPT);
}
