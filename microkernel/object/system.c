/* SPDX-License-Identifier: MIT */
/* system.c - log, power and clock: small authorities that are objects so that none is ambient. */
#include "microkernel/object/system.h"
#include "microkernel/object/calls.h"
#include "microkernel/object/thread.h"
#include "microkernel/object/usercopy.h"

enum { LOG_LINE_MAX = 256 };

static struct notification *log_reader; /* referenced; told when there is more */
static u64 log_reader_bits;

void log_poke(void)
{
	if (log_reader && !log_reader->object.dead && log_has_data())
		notification_set(log_reader, log_reader_bits);
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
	char part[LOG_LINE_MAX];
	struct cap_ref n;
	u64 done = 0;
	error_t error;

	(void)cap;
	if (notification_handle) {
		error = cap_lookup(notification_handle, OBJECT_NOTIFICATION,
				   RIGHT_NOTIFICATION_SIGNAL, &n);
		if (error)
			return error;
		object_get(n.object);
		if (log_reader)
			object_put(log_reader);
		log_reader = n.object;
		log_reader_bits = bits;
	}
	while (done < length) {
		u64 room = length - done, check = 1;

		/* Nothing may be lost: take only what can certainly be written. */
		if (!user_page(thread_current(), address + done, true, &check))
			break;
		room = room < PAGE_SIZE - ((address + done) & PAGE_MASK)
			       ? room
			       : PAGE_SIZE - ((address + done) & PAGE_MASK);
		size_t taken = log_take(part, room < sizeof(part) ? room : sizeof(part));
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
