/* SPDX-License-Identifier: MIT */
/* text.c - printing into a buffer that is always NUL-terminated. */
#include "libsys/text.h"

#include "libsys/string.h"
#include "microkernel/abi/error.h"

struct output {
	char *buffer;
	size_t size, used;
};

/* One conversion as the format described it. */
struct conversion {
	bool left, zero, wide;
	size_t width, precision;
};

static void put(struct output *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length && out->used + 1 < out->size; i++)
		out->buffer[out->used++] = text[i];
}

static void put_padded(struct output *out, const struct conversion *c, const char *text,
		       size_t length)
{
	char pad = c->zero && !c->left ? '0' : ' ';

	for (size_t i = length; !c->left && i < c->width; i++)
		put(out, &pad, 1);
	put(out, text, length);
	for (size_t i = length; c->left && i < c->width; i++)
		put(out, &pad, 1);
}

static void put_number(struct output *out, const struct conversion *c, u64 value, unsigned base,
		       bool negative)
{
	char digits[24];
	size_t at = sizeof(digits);

	do
		digits[--at] = "0123456789abcdef"[value % base];
	while (value /= base);
	if (negative)
		digits[--at] = '-';
	put_padded(out, c, digits + at, sizeof(digits) - at);
}

static const char *read_conversion(const char *f, struct conversion *c, va_list *arguments)
{
	*c = (struct conversion){ .precision = SIZE_MAX };
	for (;; f++) {
		if (*f == '-')
			c->left = true;
		else if (*f == '0')
			c->zero = true;
		else
			break;
	}
	for (; *f >= '0' && *f <= '9'; f++)
		c->width = c->width * 10 + (*f - '0');
	if (*f == '.') {
		if (*++f == '*') {
			c->precision = va_arg(*arguments, int);
			f++;
		} else {
			for (c->precision = 0; *f >= '0' && *f <= '9'; f++)
				c->precision = c->precision * 10 + (*f - '0');
		}
	}
	for (; *f == 'l' || *f == 'z'; f++)
		c->wide = true;
	return f;
}

static void put_conversion(struct output *out, char kind, struct conversion *c, va_list *arguments)
{
	const char *text;
	char byte;
	i64 value;

	switch (kind) {
	case 's':
		text = va_arg(*arguments, const char *);
		text = text ? text : "(null)";
		put_padded(out, c, text, strnlen(text, c->precision));
		break;
	case 'c':
		byte = (char)va_arg(*arguments, int);
		put_padded(out, c, &byte, 1);
		break;
	case 'd':
	case 'i':
		value = c->wide ? va_arg(*arguments, i64) : va_arg(*arguments, int);
		put_number(out, c, value < 0 ? -(u64)value : (u64)value, 10, value < 0);
		break;
	case 'o':
	case 'u':
	case 'x':
		put_number(out, c, c->wide ? va_arg(*arguments, u64) : va_arg(*arguments, u32),
			   kind == 'o' ? 8 : kind == 'u' ? 10 : 16, false);
		break;
	case 'p':
		put(out, "0x", 2);
		put_number(out, c, (u64)va_arg(*arguments, void *), 16, false);
		break;
	default:
		put(out, &kind, 1);
	}
}

size_t text_vformat(char *buffer, size_t size, const char *format, va_list arguments)
{
	struct output out = { buffer, size, 0 };
	struct conversion c;
	va_list rest;

	va_copy(rest, arguments);
	for (const char *f = format; *f; f++) {
		if (*f != '%') {
			put(&out, f, 1);
			continue;
		}
		f = read_conversion(f + 1, &c, &rest);
		if (!*f)
			break;
		put_conversion(&out, *f, &c, &rest);
	}
	va_end(rest);
	if (size)
		buffer[out.used] = 0;
	return out.used;
}

size_t text_format(char *buffer, size_t size, const char *format, ...)
{
	va_list arguments;
	size_t length;

	va_start(arguments, format);
	length = text_vformat(buffer, size, format, arguments);
	va_end(arguments);
	return length;
}

const char *error_name(error_t error)
{
	switch (error) {
	case 0:
		return "0";
#define ERROR(name, value, text)                                                                   \
	case name:                                                                                 \
		return #name;
#include "microkernel/abi/error.def"
#undef ERROR
	}
	return "E_?";
}
