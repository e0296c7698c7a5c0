/* SPDX-License-Identifier: MIT */
/* system.c - log, power and clock: small authorities that are objects so that none is ambient. */
#include "microkernel/object/system.h"
#include "microkernel/object/calls.h"
#include "microkernel/object/thread.h"
#include "microkernel/object/usercopy.h"

enum { LOG_LINE_MAX = 256 };

static struct notification *log_reader; /* atomic, referenced; told when there is more */
static u64 log_reader_bits;		/* atomic */

void log_poke(void)
{
	struct notification *reader = __atomic_load_n(&log_reader, __ATOMIC_ACQUIRE);

	if (reader && log_has_data())
		notification_set(reader, log_reader_bits);
}

i64 sys_log_write(struct cap_ref cap, u64 address, u64 length)
{
	char line[LOG_LINE_MAX];
	error_t error;

	(void)cap;
	if (length > LOG_LINE_MAX)
		return E_RANGE;
	error = user_read(line, address, length);
	if (error)
		return error;
	log_bytes(line, length);
	log_poke();
	return 0;
}

i64 sys_log_read(struct cap_ref cap, u64 address, u64 length, cap_t notification_handle, u64 bits)
{
	char part[LOG_LINE_MAX] = { 0 };
	struct cap_ref n;
	u64 done = 0;
	error_t error;

	(void)cap;
	if (notification_handle) {
		error = cap_lookup(notification_handle, OBJECT_NOTIFICATION,
				   RIGHT_NOTIFICATION_SIGNAL, &n);
		if (error)
			return error;
		if (!object_try_get(n.object))
			return E_BADCAP;
		log_reader_bits = bits;
		struct notification *old =
			__atomic_exchange_n(&log_reader, n.object, __ATOMIC_ACQ_REL);
		if (old)
			object_put(old);
	}
	while (done < length) {
		u64 room = PAGE_SIZE - ((address + done) & PAGE_MASK);

		room = room < length - done ? room : length - done;
		room = room < sizeof(part) ? room : sizeof(part);
		/* Nothing may be lost: take only what can certainly be written. */
		if (user_write(address + done, part, room))
			break;
		size_t taken = log_take(part, room);
		if (!taken)
			break;
		(void)!user_write(address + done, part, taken);
		done += taken;
	}
	return (i64)done;
}

i64 sys_power_control(struct cap_ref cap, u64 op)
{
	(void)cap;
	if (op > POWER_RESET)
		return E_INVAL;
	log_flush_to_port();
	if (op == POWER_RESET)
		arch_reset();
	arch_halt();
}

i64 sys_clock_read(void)
{
	return (i64)arch_now_ns();
}
