/* SPDX-License-Identifier: MIT */
/*
 * ramfs.h - ramfs on the host: what its operations lean on, and calls in short.
 *
 * The depot is shared memory, requests carry their windows as pointers, contents are not kept.
 */
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/unit.h"
#include "libsys/client.h"
#include "libsys/depot.h"
#include "libsys/start.h"
#include "servers/ramfs/contents.h"
#include "servers/ramfs/ramfs.h"
#include "servers/ramfs/room.h"

/* --- what the operations lean on ------------------------------------------------------------- */

static void *depot;
static struct start_info info;
struct start_info *start_info = &info;
static const void *window_in[4];
static void *window_out[4];

error_t depot_map(u64 key, u64 size, u64 flags, void **address, cap_t *memory, bool *fresh)
{
	*address = depot;
	return 0;
}
error_t depot_ready(void) { return 0; }
void *pages_alloc(u64 length) { return calloc(1, length); }
void pages_free(void *address, u64 length) { free(address); }
cap_t grant_find(const char *name) { return 1; }
const char *start_argument(u32 n) { return "ramfs"; }
u64 clock_now(void) { return 1; }
void log_printf(const char *format, ...) {}
const char *error_name(error_t error) { return ""; }
error_t client_call(cap_t to, struct message *m) { return E_NOENT; }
static struct service service;
error_t serve(const struct service *s)
{
	service = *s;
	return 0;
}
/* Called at each crash point; a test may put its own there. */
static void (*at_crash_point)(enum crash_point point);
void crash_point(enum crash_point point)
{
	if (at_crash_point)
		at_crash_point(point);
}
void crash_start(void) {}
void crash_adopted(void) {}
void crash_call(void) {}
error_t depot_drop(u64 key) { return 0; }
i64 session_create(cap_t endpoint, u64 badge) { return 7; }
error_t archive_unpack(const char *grant) { return 0; }
u32 room_nodes(void) { return NODES_MAX; }
u32 room_units(void) { return UNITS_MAX; }
bool room_fill(const void *from, u64 length) { return true; }
error_t contents_start(void) { return 0; }
error_t contents_open(u32 index, cap_t *memory) { *memory = 5; return 0; }
error_t contents_resize(u32 index, u64 size) { return 0; }
void contents_info(u32 index, struct memory_info *i) { memset(i, 0, sizeof(*i)); }
void contents_drop(u32 index) {}
error_t contents_account_make(u32 file_system) { return 0; }
void contents_account_drop(u32 file_system) {}
error_t contents_pages(u32 file_system, u64 *used, u64 *most) { *used = 1; *most = 9; return 0; }
error_t later_start(void) { return 0; }
static u32 asked_later;
void later_ask(void) { asked_later++; }
error_t request_check(const struct request *rq, u32 caps, u32 windows,
		      const struct request_window *window) { return 0; }
error_t request_read(struct request *rq, u32 window, u64 offset, void *to, u64 length)
{
	memcpy(to, (const char *)window_in[window] + offset, length);
	return 0;
}
error_t request_write(struct request *rq, u32 window, u64 offset, const void *from, u64 length)
{
	memcpy((char *)window_out[window] + offset, from, length);
	return 0;
}

int ramfs_main(void); /* main() of the server, renamed by the build */
#undef main

/* --- calls in short --------------------------------------------------------------------------- */

static struct request rq = { .m.badge = 9 };

/* What dispatch() does first: the commit before has been answered. */
static void call_begins(void)
{
	journal_close(&store->journal);
}

static u64 make(u64 directory, const char *name, u64 mode)
{
	struct fs_create_in in = { directory, strlen(name), mode, 0, 0 };
	struct fs_create_out out = { 0 };

	call_begins();
	window_in[0] = name;
	return op_create(&rq, &in, &out) ? 0 : out.node;
}

static error_t look(u64 directory, const char *name, u64 *node)
{
	struct fs_lookup_in in = { directory, strlen(name) };
	struct fs_lookup_out out = { 0 };
	error_t error;

	window_in[0] = name;
	error = op_lookup(&rq, &in, &out);
	*node = out.node;
	return error;
}

static error_t cut(u64 directory, const char *name, u64 flags)
{
	call_begins();
	window_in[0] = name;
	return op_unlink(&rq, &(struct fs_unlink_in){ directory, strlen(name), flags });
}

static error_t shift(u64 from, const char *name, u64 to, const char *new_name, u64 flags)
{
	call_begins();
	window_in[0] = name;
	window_in[1] = new_name;
	return op_rename(&rq, &(struct fs_rename_in){ from, strlen(name), to, strlen(new_name),
						      flags });
}

/* A file system for a badge of its own, which later calls then carry; the root's number. */
static u64 another(u64 nodes)
{
	struct fs_make_in in = { 0, nodes, 0755, 0 };
	struct fs_make_out out = { 0 };

	rq.m.badge = 9;
	if (op_make(&rq, &in, &out))
		return 0;
	rq.m.badge = store->file_system[out.number].badge;
	return out.root;
}

static u32 list(u64 directory, u64 window)
{
	static u8 buffer[65536];
	struct fs_readdir_in in = { directory, 0, window };
	struct fs_readdir_out out;
	u32 count = 0;

	window_out[0] = buffer;
	while (!op_readdir(&rq, &in, &out) && out.length) {
		for (u64 at = 0; at < out.length; count++)
			at += ((struct fs_entry *)(buffer + at))->record_length;
		in.cookie = out.next;
	}
	return count;
}

static u64 *kept; /* numbers that one process tells the next */

static void begin(void)
{
	u64 size = sizeof(struct store);

	if (depot)
		munmap(depot, size);
	depot = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE,
		     -1, 0);
	kept = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

/* A ramfs of its own, with nothing but the depot from the one before: a process. */
static void life(void (*body)(void))
{
	int status = 1;
	pid_t child = fork();

	if (child == 0) {
		CHECK(ramfs_main() == 0);
		body();
		fflush(stdout);
		_exit(unit_failures != 0);
	}
	waitpid(child, &status, 0);
	CHECK(status == 0);
}
