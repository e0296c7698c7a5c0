/* SPDX-License-Identifier: MIT */
/* format.c - see format.h; bounded, no allocation. */
#include "microkernel/lib/format.h"
#include "microkernel/lib/string.h"

struct output {
	char *at, *end;
};

static void put(struct output *out, char c)
{
	if (out->at < out->end)
		*out->at++ = c;
}

static void put_number(struct output *out, u64 value, unsigned base, unsigned width)
{
	char digits[20];
	unsigned n = 0;

	do {
		digits[n++] = "0123456789abcdef"[value % base];
		value /= base;
	} while (value);
	for (; width > n; width--)
		put(out, '0');
	while (n)
		put(out, digits[--n]);
}

static void put_string(struct output *out, const char *s)
{
	for (s = s ? s : "(null)"; *s; s++)
		put(out, *s);
}

size_t format_text(char *buffer, size_t size, const char *format, va_list arguments)
{
	struct output out = { buffer, buffer + size - 1 };

	for (; *format; format++) {
		unsigned width = 0;

		if (*format != '%') {
			put(&out, *format);
			continue;
		}
		for (format++; *format >= '0' && *format <= '9'; format++)
			width = width * 10 + (unsigned)(*format - '0');
		if (*format == 's') {
			put_string(&out, va_arg(arguments, const char *));
		} else if (*format == 'c') {
			put(&out, (char)va_arg(arguments, int));
		} else if (*format == 'd') {
			i64 value = va_arg(arguments, i64);
			if (value < 0)
				put(&out, '-');
			put_number(&out, value < 0 ? -(u64)value : (u64)value, 10, width);
		} else if (*format == 'u') {
			put_number(&out, va_arg(arguments, u64), 10, width);
		} else if (*format == 'x' || *format == 'p') {
			put_number(&out, va_arg(arguments, u64), 16, width);
		} else {
			put(&out, '%');
			if (!*format)
				break;
		}
	}
	*out.at = 0;
	return (size_t)(out.at - buffer);
}
