/* SPDX-License-Identifier: MIT */
/* log.c - the log ring, and panic. */
#include "microkernel/core/log.h"
#include "microkernel/arch/arch.h"
#include "microkernel/core/lock.h"
#include "microkernel/lib/format.h"

static struct lock log_lock = LOCK_INIT(LOCK_LOG);
static char ring[CONFIG_LOG_BYTES]; /* guarded by log_lock, like all below */
static u64 written, taken;
static bool drained; /* a server takes the bytes */
static u32 alone;    /* atomic: the CPU, counted from 1, that speaks alone; 0: none */

static void append(const char *text, size_t length)
{
	for (; length; length--, text++) {
		ring[written++ % CONFIG_LOG_BYTES] = *text;
		if (written - taken > CONFIG_LOG_BYTES)
			taken = written - CONFIG_LOG_BYTES;
	}
}

static bool speaks_alone(void)
{
	return __atomic_load_n(&alone, __ATOMIC_RELAXED) == this_cpu()->number + 1;
}

bool log_alone(void)
{
	u32 nobody = 0;

	if (speaks_alone())
		return false;
	while (!__atomic_compare_exchange_n(&alone, &nobody, this_cpu()->number + 1, false,
					    __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
		nobody = 0;
		arch_pause();
	}
	log_flush_to_port();
	return true;
}

void log_alone_end(void)
{
	__atomic_store_n(&alone, 0, __ATOMIC_RELEASE);
}

void log_bytes(const char *text, size_t length)
{
	if (speaks_alone()) {
		arch_debug_write(text, length);
		return;
	}
	lock_acquire(&log_lock);
	append(text, length);
	if (!drained) {
		arch_debug_write(text, length);
		taken = written;
	}
	lock_release(&log_lock);
}

void log_text(const char *format, ...)
{
	char line[256];
	va_list arguments;

	va_start(arguments, format);
	size_t length = format_text(line, sizeof(line), format, arguments);
	va_end(arguments);
	log_bytes(line, length);
}

size_t log_take(char *buffer, size_t max)
{
	drained = true;
	return log_peek(&taken, buffer, max);
}

size_t log_peek(u64 *at, char *buffer, size_t max)
{
	size_t n = 0;

	lock_acquire(&log_lock);
	if (written > CONFIG_LOG_BYTES && *at < written - CONFIG_LOG_BYTES)
		*at = written - CONFIG_LOG_BYTES;
	for (; n < max && *at < written; ++*at)
		buffer[n++] = ring[*at % CONFIG_LOG_BYTES];
	lock_release(&log_lock);
	return n;
}

bool log_has_data(void)
{
	return taken < written;
}

void log_flush_to_port(void)
{
	drained = false;
	for (; taken < written; taken++)
		arch_debug_write(&ring[taken % CONFIG_LOG_BYTES], 1);
}

/* Nothing comes after: whoever spoke, or held the lock, does so no more. */
static void last_words(void)
{
	alone = this_cpu()->number + 1;
	log_flush_to_port();
}

_Noreturn void panic(const char *format, ...)
{
	char line[256];
	va_list arguments;

	last_words();
	va_start(arguments, format);
	format_text(line, sizeof(line), format, arguments);
	va_end(arguments);
	log_printf("keel: kernel panic: %s", line);
	arch_backtrace((u64)__builtin_frame_address(0));
	arch_reset();
}

_Noreturn void refuse(const char *sentence)
{
	last_words();
	log_printf("keel: %s", sentence);
	arch_reset();
}
