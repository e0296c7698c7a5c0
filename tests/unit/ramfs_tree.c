/* SPDX-License-Identifier: MIT */
/*
 * ramfs_tree - the tree of ramfs on the host: its operations, and that a ramfs killed at any moment
 * is followed by one whose tree is whole.
 *
 * The depot is shared memory, requests carry their windows as pointers, contents are not kept.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
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
error_t serve(const struct service *service) { return 0; }
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

static u64 make(u64 directory, const char *name, u64 mode)
{
	struct fs_create_in in = { directory, strlen(name), mode, 0, 0 };
	struct fs_create_out out = { 0 };

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
	window_in[0] = name;
	return op_unlink(&rq, &(struct fs_unlink_in){ directory, strlen(name), flags });
}

static error_t shift(u64 from, const char *name, u64 to, const char *new_name, u64 flags)
{
	window_in[0] = name;
	window_in[1] = new_name;
	return op_rename(&rq, &(struct fs_rename_in){ from, strlen(name), to, strlen(new_name),
						      flags });
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

/* --- cases ------------------------------------------------------------------------------------ */

static void life_names(void)
{
	u64 d, f, node;

	d = make(FS_ROOT, "d", FS_DIRECTORY | 0755);
	f = make(d, "f", FS_REGULAR | 0644);
	CHECK(d && f && !make(d, "f", FS_REGULAR) && !make(f, "x", FS_REGULAR));
	CHECK(!look(d, "f", &node) && node == f);
	CHECK(!look(d, "..", &node) && (u32)node == ROOT);
	CHECK(look(d, "g", &node) == E_NOENT && look(f, "g", &node) == E_NOTDIR);
	CHECK(!make(d, "a/b", FS_REGULAR) && !make(d, "..", FS_REGULAR));
	CHECK(!make(d, "", FS_REGULAR));
	CHECK(cut(FS_ROOT, "d", FS_UNLINK_DIRECTORY) == E_NOTEMPTY);
	CHECK(cut(FS_ROOT, "d", 0) == E_ISDIR && cut(d, "f", FS_UNLINK_DIRECTORY) == E_NOTDIR);
	CHECK(!cut(d, "f", 0) && !cut(FS_ROOT, "d", FS_UNLINK_DIRECTORY));
	CHECK(look(d, "f", &node) == E_STALE);
}

static void life_links(void)
{
	u64 f, node;

	f = make(FS_ROOT, "f", FS_REGULAR | 0644);
	window_in[0] = "g";
	CHECK(!op_link(&rq, &(struct fs_link_in){ FS_ROOT, 1, f }));
	CHECK(index_links((u32)f) == 2);
	CHECK(!cut(FS_ROOT, "f", 0) && !look(FS_ROOT, "g", &node) && node == f);
	CHECK(!op_open(&rq, &(struct fs_open_in){ f, 0 }, &(struct fs_open_out){ 0 }));
	CHECK(!cut(FS_ROOT, "g", 0) && index_links((u32)f) == 0 && store->node[(u32)f].mode);
	kept[0] = f;
}

/* A successor still knows the hold. */
static void life_holds(void)
{
	u64 f = kept[0];

	CHECK(store->node[(u32)f].mode && index_links((u32)f) == 0);
	CHECK(!op_close(&rq, &(struct fs_close_in){ f }) && !store->node[(u32)f].mode);
	CHECK(op_close(&rq, &(struct fs_close_in){ f }) == E_STALE);
}

static void life_gone_session(void)
{
	u64 f;

	f = make(FS_ROOT, "f", FS_REGULAR | 0644);
	for (int i = 0; i < 3; i++)
		CHECK(!op_open(&rq, &(struct fs_open_in){ f, 0 }, &(struct fs_open_out){ 0 }));
	CHECK(!cut(FS_ROOT, "f", 0) && store->node[(u32)f].mode);
	hold_drop_all(9);
	CHECK(!store->node[(u32)f].mode);
}

static void life_renames(void)
{
	u64 a, b, f, node;

	a = make(FS_ROOT, "a", FS_DIRECTORY);
	b = make(a, "b", FS_DIRECTORY);
	f = make(a, "f", FS_REGULAR);
	CHECK(shift(FS_ROOT, "a", b, "x", 0) == E_LOOP);
	CHECK(!shift(a, "f", b, "g", 0) && look(a, "f", &node) == E_NOENT);
	CHECK(!look(b, "g", &node) && node == f);
	CHECK(make(a, "h", FS_REGULAR) && shift(a, "h", b, "g", FS_RENAME_NEW) == E_EXISTS);
	CHECK(shift(a, "h", FS_ROOT, "a", 0) == E_ISDIR);
	CHECK(shift(FS_ROOT, "a", b, "g", 0) == E_LOOP);
	CHECK(!shift(a, "h", b, "g", 0) && !look(b, "g", &node) && node != f);
	CHECK(!store->node[(u32)f].mode);
	CHECK(!shift(a, "b", FS_ROOT, "b", 0) && !look(b, "..", &node) && (u32)node == ROOT);
	CHECK(!shift(FS_ROOT, "a", b, "g", FS_RENAME_EXCHANGE));
	CHECK(!look(b, "g", &node) && node == a && list(FS_ROOT, 65536) == 4);
}

static void life_listing(void)
{
	char name[16];

	for (u32 i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "file%u", i);
		CHECK(make(FS_ROOT, name, FS_REGULAR));
	}
	CHECK(list(FS_ROOT, 65536) == 1002 && list(FS_ROOT, 100) == 1002);
	for (u32 i = 0; i < 1000; i += 2) {
		snprintf(name, sizeof(name), "file%u", i);
		CHECK(!cut(FS_ROOT, name, 0));
	}
	CHECK(list(FS_ROOT, 300) == 502);
}

static void life_listed(void)
{
	CHECK(list(FS_ROOT, 300) == 502);
}

/* A child moves, makes and removes at random until it is killed. */
static void work(unsigned seed, const u64 *directory)
{
	char from[16], to[16];

	for (;;) {
		u64 a, b;

		seed = seed * 1103515245 + 12345;
		a = directory[seed >> 8 & 3];
		b = directory[seed >> 10 & 3];
		snprintf(from, sizeof(from), "keep%u", seed >> 12 & 15);
		snprintf(to, sizeof(to), "temporary-name%u", seed >> 16 & 1);
		shift(a, from, b, from, FS_RENAME_NEW);
		if (seed >> 20 & 1)
			make(a, to, FS_REGULAR);
		else
			cut(a, to, 0);
		if (!(seed >> 21 & 3))
			shift(a, to, b, to, 0);
		if (!(seed >> 23 & 3))
			shift(FS_ROOT, "x", FS_ROOT, "y", FS_RENAME_EXCHANGE);
	}
}

enum { KEPT = 16, DIRECTORIES = 4, X = 8, Y = 9 };

static void life_prepare(void)
{
	char name[16];

	for (u32 i = 0; i < DIRECTORIES; i++) {
		snprintf(name, sizeof(name), "d%u", i);
		kept[i] = make(FS_ROOT, name, FS_DIRECTORY);
	}
	for (u32 i = 0; i < KEPT; i++) {
		snprintf(name, sizeof(name), "keep%u", i);
		CHECK(make(kept[0], name, FS_REGULAR));
	}
	kept[X] = make(FS_ROOT, "x", FS_REGULAR);
	kept[Y] = make(FS_ROOT, "y", FS_REGULAR);
}

/* Every name is in exactly one place, and the two that were exchanged are both there. */
static void life_examine(void)
{
	u64 node, x, y;
	char name[16];

	for (u32 i = 0; i < KEPT; i++) {
		u32 found = 0;

		snprintf(name, sizeof(name), "keep%u", i);
		for (u32 d = 0; d < DIRECTORIES; d++)
			found += !look(kept[d], name, &node);
		CHECK(found == 1);
	}
	CHECK(!look(FS_ROOT, "x", &x) && !look(FS_ROOT, "y", &y));
	CHECK((x == kept[X] && y == kept[Y]) || (x == kept[Y] && y == kept[X]));
	for (u32 i = 0; i < store->node_top; i++)
		CHECK(!store->node[i].mode || index_links(i));
}

TEST(names) { begin(); life(life_names); }
TEST(links_and_holds) { begin(); life(life_links); life(life_holds); }
TEST(gone_session) { begin(); life(life_gone_session); }
TEST(renames) { begin(); life(life_renames); }
TEST(listing) { begin(); life(life_listing); life(life_listed); }

TEST(killed_at_any_moment)
{
	begin();
	life(life_prepare);
	for (unsigned round = 0; round < 150 && !unit_failures; round++) {
		pid_t child = fork();

		if (child == 0) {
			if (ramfs_main() == 0)
				work(round * 7919 + 1, kept);
			_exit(1);
		}
		usleep(20000 + round % 13 * 300);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		life(life_examine);
	}
}

/* --- every state between two instructions -------------------------------------------------------
 */

enum { NODES_SEEN = 64, UNITS_SEEN = 64 };

/* The parts of the depot that these few names use. */
static bool depot_differs(const struct store *a, const struct store *b)
{
	return memcmp(a, b, offsetof(struct store, node)) ||
	       memcmp(a->node, b->node, NODES_SEEN * sizeof(struct node)) ||
	       memcmp(a->units, b->units, UNITS_SEEN * UNIT);
}

static void depot_copy(struct store *to, const struct store *from)
{
	memcpy(to, from, offsetof(struct store, node));
	memcpy(to->node, from->node, NODES_SEEN * sizeof(struct node));
	memcpy(to->units, from->units, UNITS_SEEN * UNIT);
}

/*
 * Let a process do `change` one instruction at a time; each time the depot has changed, a successor
 * adopts a copy of it and `examine` looks.  Returns how many states there were.
 */
static u32 every_state(void (*change)(void), void (*examine)(void))
{
	void *truth = depot;
	struct store *last = mmap(NULL, sizeof(struct store), PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	struct store *copy = mmap(NULL, sizeof(struct store), PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	u32 states = 0;
	int status;
	pid_t child = fork();

	if (child == 0) {
		if (ramfs_main() || ptrace(PTRACE_TRACEME, 0, NULL, NULL))
			_exit(1);
		raise(SIGSTOP);
		change();
		_exit(0);
	}
	waitpid(child, &status, 0);
	depot_copy(last, truth);
	while (WIFSTOPPED(status) && !unit_failures) {
		ptrace(PTRACE_SINGLESTEP, child, NULL, NULL);
		waitpid(child, &status, 0);
		if (!depot_differs(last, truth))
			continue;
		depot_copy(last, truth);
		depot_copy(copy, truth);
		depot = copy;
		life(examine);
		depot = truth;
		states++;
	}
	kill(child, SIGKILL);
	munmap(last, sizeof(struct store));
	munmap(copy, sizeof(struct store));
	return states;
}

static void change_move(void) { shift(kept[0], "keep1", kept[1], "keep1", 0); }
static void change_exchange(void) { shift(FS_ROOT, "x", FS_ROOT, "y", FS_RENAME_EXCHANGE); }
static void change_make(void) { make(kept[0], "made", FS_REGULAR); }
static void change_cut(void) { cut(kept[0], "made", 0); }

TEST(whole_between_any_two_instructions)
{
	begin();
	life(life_prepare);
	CHECK(every_state(change_make, life_examine) > 5);
	CHECK(every_state(change_cut, life_examine) > 2);
	CHECK(every_state(change_move, life_examine) > 10);
	CHECK(every_state(change_exchange, life_examine) > 5);
}

UNIT("ramfs_tree", RUN(names), RUN(links_and_holds), RUN(gone_session), RUN(renames), RUN(listing),
     RUN(killed_at_any_moment), RUN(whole_between_any_two_instructions))
