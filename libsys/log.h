/* SPDX-License-Identifier: MIT */
/*
 * log.h - lines in the system's log, through the grant "log" (needs WRITE).
 *
 * A program without that grant prints nothing; printing never fails and never waits.
 */
#ifndef LIBSYS_LOG_H
#define LIBSYS_LOG_H

/* One line, "NAME: " before it and a newline behind it; at most 256 bytes in all. */
void log_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
