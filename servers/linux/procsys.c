/* SPDX-License-Identifier: MIT */
/*
 * procsys.c - the values below /proc/sys, those that are true here.
 */
#include "libsys/string.h"
#include "libsys/sys.h"
#include "microkernel/abi/layout.h"
#include "servers/linux/device.h"
#include "servers/linux/mount.h"
#include "servers/linux/proc.h"
#include "servers/linux/system.h"

enum { POOL_BITS = 256 };

#define VALUE(function, format, value)                                                             \
	i64 function(struct lthread *reader, struct text *text, const struct snapshot *s)         \
	{                                                                                          \
		(void)reader, (void)s;                                                             \
		text_print(text, format "\n", value);                                              \
		return 0;                                                                          \
	}

VALUE(proc_zero, "%d", 0)
VALUE(proc_one, "%d", 1)
VALUE(proc_ostype, "%s", "Linux")
VALUE(proc_osrelease, "%s", SYSTEM_RELEASE)
VALUE(proc_osversion, "%s", SYSTEM_VERSION)
VALUE(proc_pid_max, "%d", PID_LIMIT)
VALUE(proc_threads_max, "%u", threads_limit())
VALUE(proc_ngroups_max, "%d", GROUPS_MAX)
VALUE(proc_mmap_min, "%lu", GUEST_BASE)
VALUE(proc_nr_open, "%d", FILES_MAX)
VALUE(proc_mount_max, "%d", MOUNTS_MAX)
/* The entropy server's generator is seeded before it serves: it never runs dry. */
VALUE(proc_poolsize, "%d", POOL_BITS)

i64 proc_hostname(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	char name[SYSTEM_NAME_SIZE];

	(void)reader, (void)s;
	system_name_get(SYSTEM_HOST, name, sizeof(name));
	text_print(text, "%s\n", name);
	return 0;
}

i64 proc_domainname(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	char name[SYSTEM_NAME_SIZE];

	(void)reader, (void)s;
	system_name_get(SYSTEM_DOMAIN, name, sizeof(name));
	text_print(text, "%s\n", name);
	return 0;
}

/* Up to the end of the line. */
static i64 name_store(struct lthread *writer, enum system_name which, char *text)
{
	char *end = strchr(text, '\n');

	if (end)
		*end = 0;
	if (writer->process->cred.euid)
		return -EPERM;
	return system_name_set(which, text, strlen(text));
}

i64 proc_hostname_store(struct lthread *writer, i32 pid, i32 tid, char *text)
{
	(void)pid, (void)tid;
	return name_store(writer, SYSTEM_HOST, text);
}

i64 proc_domainname_store(struct lthread *writer, i32 pid, i32 tid, char *text)
{
	(void)pid, (void)tid;
	return name_store(writer, SYSTEM_DOMAIN, text);
}

static i64 uuid_print(struct text *text, const u8 *b)
{
	for (u32 i = 0; i < 16; i++)
		text_print(text, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", b[i]);
	text_print(text, "\n");
	return 0;
}

static i64 uuid_make(u8 *b)
{
	i64 error = random_bytes(b, 16);

	/* Version 4, variant 1: random. */
	b[6] = (b[6] & 0x0f) | 0x40;
	b[8] = (b[8] & 0x3f) | 0x80;
	return error;
}

i64 proc_uuid(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	u8 b[16];
	i64 error = uuid_make(b);

	(void)reader, (void)s;
	return error ? error : uuid_print(text, b);
}

i64 proc_boot_id(struct lthread *reader, struct text *text, const struct snapshot *s)
{
	static struct {
		struct lock lock;
		bool made;
		u8 bytes[16];
	} boot = { .lock = LOCK_OF(RANK_NAMES) };
	u8 b[16];
	i64 error = uuid_make(b);

	(void)reader, (void)s;
	if (error)
		return error;
	lock_acquire(&boot.lock);
	if (!boot.made)
		memcpy(boot.bytes, b, sizeof(b));
	boot.made = true;
	memcpy(b, boot.bytes, sizeof(b));
	lock_release(&boot.lock);
	return uuid_print(text, b);
}
