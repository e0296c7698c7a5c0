/* SPDX-License-Identifier: MIT */
/*
 * log.h - the kernel's log: a ring that a server drains, and the port itself until one does.
 */
#ifndef CORE_LOG_H
#define CORE_LOG_H

#include "microkernel/abi/types.h"
#include "microkernel/core/config.h"

/* One line; log_text is a part of one. */
#define log_printf(format, ...) log_text(format "\n", ##__VA_ARGS__)
void log_text(const char *format, ...);
void log_bytes(const char *text, size_t length);
/* Take up to max bytes; from then on the kernel does not write to the port by itself. */
size_t log_take(char *buffer, size_t max);
/* Copy what the ring holds from the byte numbered *at on, or from the oldest; *at moves on. */
size_t log_peek(u64 *at, char *buffer, size_t max);
bool log_has_data(void);
/* Give the bytes back to the port: for the last words before a reset. */
void log_flush_to_port(void);

/* Until the end this CPU alone speaks, straight to the port, without a lock: in an NMI nobody
 * knows who holds one.  Another that wants to speak so waits.  False: it speaks already. */
bool log_alone(void);
void log_alone_end(void);
extern const char kernel_image[]; /* the first byte of the image; tests/names knows the others' */

/* A kernel bug: report with back trace and reset.  Never reachable from user input. */
_Noreturn void panic(const char *format, ...);
/* A machine on which Keel cannot run: one sentence, then reset. */
_Noreturn void refuse(const char *sentence);

#define assert(condition)                                                                          \
	do {                                                                                       \
		if (CONFIG_DEBUG && !(condition))                                                  \
			panic("assertion failed: %s at %s:%u", #condition, __FILE__,               \
			      (u64)__LINE__);                                                      \
	} while (0)

#endif
