/* SPDX-License-Identifier: MIT */
/*
 * uaccess.h - the only code that follows an address given by a Linux program.
 *
 * A twin runs in a view where the program's memory lies in the lower half at its own addresses.
 * Each routine first refuses what is not wholly below the guests' limit; a page fault that the
 * kernel cannot resolve there resumes at uaccess_failed, which makes the routine answer -EFAULT.
 * The routines keep nothing on the stack, so that leaving them half-way is safe.
 * All of them answer 0 or -EFAULT unless they say otherwise.
 */
#ifndef LINUX_UACCESS_H
#define LINUX_UACCESS_H

#include "libsys/lock.h"
#include "microkernel/abi/layout.h"
#include "servers/linux/abi.h"
#include "servers/linux/errno.h"

/* The range that a state page's fix-up fields name. */
extern const char uaccess_start[], uaccess_end[], uaccess_failed[];

/* The raw routines; addresses must have passed guest_range_ok. */
i64 uaccess_copy(void *to, const void *from, u64 length);
i64 uaccess_get32(u32 *value, u64 address);
i64 uaccess_get64(u64 *value, u64 address);
i64 uaccess_put32(u64 address, u32 value);
i64 uaccess_put64(u64 address, u64 value);
i64 uaccess_zero(u64 address, u64 length);
/* The length without the NUL, or limit if none of limit bytes is NUL. */
i64 uaccess_string(char *to, u64 address, u64 limit);
/* Store desired if the word is *expected; *expected becomes what was there. */
i64 uaccess_compare_exchange32(u64 address, u32 *expected, u32 desired);

/*
 * The last access failed.  If only because the guests' memory is used up, wait until there is some
 * again (oom.c) and answer true: to be tried again.
 */
bool uaccess_again(void);

#define UACCESS(call)                                                                              \
	({                                                                                         \
		i64 uaccess_;                                                                      \
		lock_none_held();                                                                  \
		do                                                                                 \
			uaccess_ = (call);                                                         \
		while (__builtin_expect(uaccess_ < 0, 0) && uaccess_again());                      \
		uaccess_;                                                                          \
	})

static inline bool guest_range_ok(guest_t address, u64 length)
{
	return length <= GUEST_LIMIT && address <= GUEST_LIMIT - length;
}

static inline i64 copy_in(void *to, guest_t from, u64 length)
{
	if (!guest_range_ok(from, length))
		return -EFAULT;
	return UACCESS(uaccess_copy(to, (const void *)from, length));
}

static inline i64 copy_out(guest_t to, const void *from, u64 length)
{
	if (!guest_range_ok(to, length))
		return -EFAULT;
	return UACCESS(uaccess_copy((void *)to, from, length));
}

static inline i64 guest_get32(u32 *value, guest_t address)
{
	return guest_range_ok(address, 4) ? UACCESS(uaccess_get32(value, address)) : -EFAULT;
}

static inline i64 guest_get64(u64 *value, guest_t address)
{
	return guest_range_ok(address, 8) ? UACCESS(uaccess_get64(value, address)) : -EFAULT;
}

static inline i64 guest_put32(guest_t address, u32 value)
{
	return guest_range_ok(address, 4) ? UACCESS(uaccess_put32(address, value)) : -EFAULT;
}

static inline i64 guest_put64(guest_t address, u64 value)
{
	return guest_range_ok(address, 8) ? UACCESS(uaccess_put64(address, value)) : -EFAULT;
}

static inline i64 guest_zero(guest_t address, u64 length)
{
	return guest_range_ok(address, length) ? UACCESS(uaccess_zero(address, length)) : -EFAULT;
}

/* A string of fewer than capacity bytes: its length, -ENAMETOOLONG, or -EFAULT. */
static inline i64 string_in(char *to, guest_t from, u64 capacity)
{
	u64 limit = capacity;
	i64 length;

	if (from >= GUEST_LIMIT)
		return -EFAULT;
	if (limit > GUEST_LIMIT - from)
		limit = GUEST_LIMIT - from;
	length = UACCESS(uaccess_string(to, from, limit));
	if (length == (i64)limit)
		return limit == capacity ? -ENAMETOOLONG : -EFAULT;
	return length;
}

static inline i64 guest_compare_exchange32(guest_t address, u32 *expected, u32 desired)
{
	if (!guest_range_ok(address, 4) || address & 3)
		return -EFAULT;
	return UACCESS(uaccess_compare_exchange32(address, expected, desired));
}

#endif
