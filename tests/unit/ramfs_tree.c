/* SPDX-License-Identifier: MIT */
/*
 * ramfs_tree - the tree of ramfs on the host: its operations, and that a ramfs killed at any moment
 * is followed by one whose tree is whole.
 */
#include <signal.h>
#include <sys/ptrace.h>

#include "tests/unit/ramfs.h"

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

static void file_systems_go(void)
{
	for (asked_later = 1; asked_later;) {
		asked_later = 0;
		file_systems_step();
	}
}

/* A session for a part of the tree keeps what it holds, and sees nothing else without a name. */
static void life_confined(void)
{
	u64 d = make(FS_ROOT, "d", FS_DIRECTORY | 0755), out = make(FS_ROOT, "out", FS_REGULAR);
	u64 f = make(d, "f", FS_REGULAR), node;
	struct fs_attributes a;

	window_out[0] = &a;
	CHECK(!op_open(&rq, &(struct fs_open_in){ out, 0 }, &(struct fs_open_out){ 0 }));
	CHECK(!op_session(&rq, &(struct fs_session_in){ d }, &(struct fs_session_out){ 0 }));
	rq.m.badge = (u64)1 << 62 | store->sessions;
	CHECK(!look(FS_ROOT, "f", &node) && node == f && !look(FS_ROOT, "..", &node) && node == d);
	CHECK(op_stat(&rq, &(struct fs_stat_in){ out, sizeof(a) }) == E_STALE);
	CHECK(!op_open(&rq, &(struct fs_open_in){ f, 0 }, &(struct fs_open_out){ 0 }));
	CHECK(!cut(FS_ROOT, "f", 0));
	CHECK(!op_stat(&rq, &(struct fs_stat_in){ f, sizeof(a) }) && a.links == 0);
	rq.m.badge = 9;
	CHECK(!cut(FS_ROOT, "out", 0) && !op_stat(&rq, &(struct fs_stat_in){ out, sizeof(a) }));
	rq.m.badge = (u64)1 << 62 | store->sessions;
	CHECK(op_stat(&rq, &(struct fs_stat_in){ out, sizeof(a) }) == E_STALE);
	CHECK(!op_close(&rq, &(struct fs_close_in){ f }));
	CHECK(op_stat(&rq, &(struct fs_stat_in){ f, sizeof(a) }) == E_STALE);
}

static void life_file_systems(void)
{
	u64 main_file = make(FS_ROOT, "f", FS_REGULAR), root = another(4), d, f, node;

	CHECK(root && list(root, 65536) == 2 && !look(root, "..", &node) && node == root);
	d = make(root, "d", FS_DIRECTORY);
	f = make(d, "f", FS_REGULAR);
	CHECK(d && f && make(FS_ROOT, "g", FS_REGULAR) && !make(d, "h", FS_REGULAR));
	/* Nothing of the main one can be reached, and nothing of this one from there. */
	CHECK(look(main_file, "x", &node) == E_STALE);
	CHECK(op_link(&rq, &(struct fs_link_in){ root, 1, main_file }) == E_STALE);
	CHECK(!op_open(&rq, &(struct fs_open_in){ f, 0 }, &(struct fs_open_out){ 0 }));
	CHECK(!cut(d, "f", 0) && store->node[(u32)f].mode);
	kept[0] = rq.m.badge;
	rq.m.badge = 9;
	CHECK(look(root, "d", &node) == E_STALE && nodes_used(MAIN) == 2 && nodes_used(1) == 4);
}

/* A successor finds it as it was; with its session it goes, nameless nodes too. */
static void life_file_systems_end(void)
{
	u64 node;

	rq.m.badge = kept[0];
	CHECK(!look(FS_ROOT, "d", &node) && nodes_used(MAIN) == 2 && nodes_used(1) == 4);
	session_end(kept[0]);
	CHECK(look(FS_ROOT, "d", &node) == E_STALE && asked_later);
	CHECK(store->file_system[1].state == FILE_SYSTEM_DYING && nodes_used(1) == 3);
	CHECK(another(0) && store->file_system[2].state == FILE_SYSTEM_LIVE);
	kept[0] = rq.m.badge;
	for (u32 i = 0; i < 300; i++) {
		char name[8];

		snprintf(name, sizeof(name), "%u", i);
		CHECK(make(FS_ROOT, name, FS_REGULAR));
	}
}

/* Killed before it was taken apart; a bounded step a time. */
static void life_file_systems_rest(void)
{
	CHECK(asked_later && nodes_used(1) == 3);
	file_systems_go();
	CHECK(!store->file_system[1].state && !nodes_used(1) && nodes_used(2) == 301);
	session_end(kept[0]);
	file_systems_step();
	CHECK(nodes_used(2) > 200 && asked_later);
	file_systems_go();
	CHECK(!store->file_system[2].state && !nodes_used(2) && nodes_used(MAIN) == 2);
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

TEST(confined) { begin(); life(life_confined); }

TEST(file_systems)
{
	begin();
	life(life_file_systems);
	life(life_file_systems_end);
	life(life_file_systems_rest);
}

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
     RUN(confined), RUN(file_systems), RUN(killed_at_any_moment),
     RUN(whole_between_any_two_instructions))
