/* SPDX-License-Identifier: MIT */
/* log.c - the log ring, panic, and back traces with names. */
#include "microkernel/core/log.h"
#include "microkernel/arch/arch.h"
#include "microkernel/core/lock.h"
#include "microkernel/core/symbols.h"
#include "microkernel/lib/format.h"

static struct lock log_lock = LOCK_INIT(LOCK_LOG);
static char ring[CONFIG_LOG_BYTES]; /* guarded by log_lock, like all below */
static u64 written, taken;
static bool drained; /* a server takes the bytes */

extern const char kernel_image[];

static void append(const char *text, size_t length)
{
	for (; length; length--, text++) {
		ring[written++ % CONFIG_LOG_BYTES] = *text;
		if (written - taken > CONFIG_LOG_BYTES)
			taken = written - CONFIG_LOG_BYTES;
	}
}

void log_bytes(const char *text, size_t length)
{
	lock_acquire(&log_lock);
	append(text, length);
	if (!drained) {
		arch_debug_write(text, length);
		taken = written;
	}
	lock_release(&log_lock);
}

void log_printf(const char *format, ...)
{
	char line[256];
	va_list arguments;

	va_start(arguments, format);
	size_t length = format_text(line, sizeof(line) - 1, format, arguments);
	va_end(arguments);
	line[length++] = '\n';
	log_bytes(line, length);
}

size_t log_take(char *buffer, size_t max)
{
	size_t n = 0;

	lock_acquire(&log_lock);
	drained = true;
	while (n < max && taken < written)
		buffer[n++] = ring[taken++ % CONFIG_LOG_BYTES];
	lock_release(&log_lock);
	return n;
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

const char *symbol_find(u64 address, u64 *distance)
{
	u64 offset = address - (u64)kernel_image;
	const struct symbol *best = NULL;

	if (!&symbol_count || !symbol_table || !symbol_names)
		return NULL;
	for (u32 i = 0; i < symbol_count && symbol_table[i].offset <= offset; i++)
		best = &symbol_table[i];
	if (!best)
		return NULL;
	*distance = offset - best->offset;
	return symbol_names + best->name;
}

static void backtrace_print(void)
{
	u64 address[24], distance;
	size_t n = arch_backtrace((u64)__builtin_frame_address(0), address, 24);

	for (size_t i = 0; i < n; i++) {
		const char *name = symbol_find(address[i], &distance);

		if (name)
			log_printf("  %s+0x%x", name, distance);
		else
			log_printf("  image+0x%x", address[i] - (u64)kernel_image);
	}
}

_Noreturn void panic(const char *format, ...)
{
	char line[256];
	va_list arguments;

	log_lock.held = 0; /* whoever held it does not run any more */
	log_flush_to_port();
	va_start(arguments, format);
	format_text(line, sizeof(line), format, arguments);
	va_end(arguments);
	log_printf("keel: kernel panic: %s", line);
	backtrace_print();
	arch_reset();
}

_Noreturn void refuse(const char *sentence)
{
	log_lock.held = 0;
	log_flush_to_port();
	log_printf("keel: %s", sentence);
	arch_reset();
}
