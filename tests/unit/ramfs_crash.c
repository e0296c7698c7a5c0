/* SPDX-License-Identifier: MIT */
/*
 * ramfs_crash - a ramfs that dies at a crash point is followed by one that, given the same call
 * once more, ends up with the tree that a ramfs without a death has.
 *
 * A life is a process.  For each point that the script below comes to, at each of its steps, one
 * dies there, the next one adopts, is given the step again, and goes on to the end of the script.
 */
#include "tests/unit/ramfs.h"

enum { BADGE = 9, DIED = 77, DUMP_MAX = 1 << 16 };

/* What one life tells the next, and the test. */
static struct shared {
	struct message call; /* of the step at hand */
	char in[2][256];
	u64 length[2];
	u64 held[2];	     /* nodes without names that a later step lets go */
	u32 step;
	u32 reached[CRASH_POINTS]; /* how often, in a life without a death */
	char dump[DUMP_MAX];
	u32 dumped;
} *shared;

static u32 die_at, die_count;

static void count_points(enum crash_point point)
{
	shared->reached[point]++;
}

static void die(enum crash_point point)
{
	if (point == die_at && die_count-- == 1)
		_exit(DIED);
}

/* --- the script ------------------------------------------------------------------------------- */

static u64 at(const char *path)
{
	u64 node = FS_ROOT;
	char name[64];

	while (*path) {
		size_t length = strcspn(path, "/");

		memcpy(name, path, length);
		name[length] = 0;
		if (look(node, name, &node))
			return 0;
		path += length + (path[length] == '/');
	}
	return node;
}

static void call(u64 label, const char *first, const char *second, u64 word0, u64 word1, u64 word2)
{
	shared->call = (struct message){ .tag = TAG_MAKE(label, 0, 0, 0), .badge = BADGE,
					 .word = { word0, word1, word2 } };
	shared->call.word[5] = 1000 + shared->step;
	shared->length[0] = first ? strlen(strcpy(shared->in[0], first)) : 0;
	shared->length[1] = second ? strlen(strcpy(shared->in[1], second)) : 0;
}

enum { FILE_MODE = FS_REGULAR | 0644, FOLDER_MODE = FS_DIRECTORY | 0755 };

/* Make the call of a step ready; false: the script is over. */
static bool prepare(u32 step)
{
	switch (step) {
	case 0: call(FS_ROW_CREATE, "d", NULL, FS_ROOT, FOLDER_MODE, 0); return true;
	case 1: call(FS_ROW_CREATE, "e", NULL, FS_ROOT, FOLDER_MODE, 0); return true;
	case 2: call(FS_ROW_CREATE, "f", NULL, at("d"), FILE_MODE, 0); return true;
	case 3: call(FS_ROW_SYMLINK, "s", "to/there", at("e"), 0, 0); return true;
	case 4: call(FS_ROW_LINK, "f2", NULL, at("e"), at("d/f"), 0); return true;
	case 5: call(FS_ROW_RENAME, "f", "f3", at("d"), at("e"), 0); return true;
	case 6: call(FS_ROW_CREATE, "g", NULL, at("d"), FILE_MODE, 0); return true;
	case 7: call(FS_ROW_RENAME, "g", "f3", at("d"), at("e"), 0); return true;
	case 8: call(FS_ROW_RENAME, "f3", "f2", at("e"), at("e"), 0); return true;
	case 9: call(FS_ROW_RENAME, "f2", "d", at("e"), FS_ROOT, FS_RENAME_EXCHANGE); return true;
	case 10: call(FS_ROW_RENAME, "f2", "d", at("e"), FS_ROOT, FS_RENAME_EXCHANGE); return true;
	case 11: call(FS_ROW_SET_XATTR, "a", "one", at("d"), 0, 0); return true;
	case 12: call(FS_ROW_SET_XATTR, "a", "three", at("d"), 0, 0); return true;
	case 13: call(FS_ROW_SET_XATTR, "b", "two", at("d"), 0, 0); return true;
	case 14: call(FS_ROW_REMOVE_XATTR, "a", NULL, at("d"), 0, 0); return true;
	case 15: call(FS_ROW_SETATTR, NULL, NULL, at("d"), FS_SET_MODE, 0700); return true;
	case 16: call(FS_ROW_CREATE, "x", NULL, at("d"), FOLDER_MODE, 0); return true;
	case 17: call(FS_ROW_OPEN, NULL, NULL, shared->held[0] = at("d/x"), 0, 0); return true;
	case 18: call(FS_ROW_UNLINK, "x", NULL, at("d"), FS_UNLINK_DIRECTORY, 0); return true;
	case 19: call(FS_ROW_CREATE_NAMELESS, NULL, NULL, FS_ROOT, FILE_MODE, 0);
		 shared->call.word[3] = FS_CREATE_LINKABLE; return true;
	case 20: call(FS_ROW_LINK, "n", NULL, FS_ROOT, shared->held[1], 0); return true;
	case 21: call(FS_ROW_CLOSE, NULL, NULL, shared->held[1], 0, 0); return true;
	case 22: call(FS_ROW_UNLINK, "d", NULL, FS_ROOT, FS_UNLINK_DIRECTORY, 0); return true;
	case 23: call(FS_ROW_CLOSE, NULL, NULL, shared->held[0], 0, 0); return true;
	case 24: call(FS_ROW_SET_XATTR, "c", "of a link", at("e/s"), 0, 0); return true;
	case 25: call(FS_ROW_UNLINK, "s", NULL, at("e"), 0, 0); return true;
	case 26: call(FS_ROW_CREATE, "empty", NULL, FS_ROOT, FOLDER_MODE, 0); return true;
	case 27: call(FS_ROW_RENAME, "e", "empty", FS_ROOT, FS_ROOT, 0); return true;
	case 28: call(FS_ROW_RESIZE, NULL, NULL, at("n"), 100, 0); return true;
	case 29: call(FS_ROW_ACCESSED, NULL, NULL, at("n"), 0, 0); return true;
	case 30: call(FS_ROW_UNLINK, "n", NULL, FS_ROOT, 0, 0); return true;
	}
	return false;
}

/* The call of the step, as serve() hands it over. */
static void perform(void)
{
	struct request request = { .m = shared->call };

	for (u32 i = 0; i < 2; i++) {
		window_in[i] = shared->in[i];
		request.window_length[i] = shared->length[i];
	}
	if (service.dispatch(&request)) {
		printf("step %u gives an error\n", shared->step);
		CHECK(false);
	}
	if (shared->step == 19)
		shared->held[1] = request.m.word[0];
}

static void perform_from_here(void)
{
	while (prepare(shared->step)) {
		perform();
		shared->step++;
	}
}

/* --- what a tree is --------------------------------------------------------------------------- */

static void dump(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	shared->dumped += (u32)vsnprintf(shared->dump + shared->dumped, DUMP_MAX - shared->dumped,
					 format, list);
	va_end(list);
}

/* Names and all that hangs on them; numbers of nodes and times may differ. */
static void dump_directory(u32 directory, u32 depth)
{
	for (u32 u = index_first(directory); u; u = index_next(u)) {
		const struct record *r = record_at(u);
		const struct node *n = &store->node[r->node];

		dump("%*s%.*s mode %x owner %u links %u", depth, "", r->length, r->text, n->mode,
		     n->uid, index_links(r->node));
		if (n->target)
			dump(" target %.*s", n->target_length, record_at(n->target)->text);
		for (u32 x = xattr_first(r->node); x; x = index_next(x))
			dump(" attribute %.*s", record_at(x)->length + record_at(x)->count,
			     record_at(x)->text);
		dump("\n");
		if (node_type(r->node) == FS_DIRECTORY)
			dump_directory(r->node, depth + 1);
	}
}

static void dump_tree(void)
{
	shared->dumped = 0;
	dump_directory(ROOT, 0);
	dump("nodes %u\n", nodes_used(MAIN));
	CHECK(store_check() == 0);
}

/* --- lives ------------------------------------------------------------------------------------ */

/* A process with a ramfs of its own; its exit status. */
static int live(void (*body)(void))
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		CHECK(ramfs_main() == 0);
		body();
		fflush(stdout);
		_exit(unit_failures != 0);
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static void life_undisturbed(void)
{
	at_crash_point = count_points;
	perform_from_here();
	at_crash_point = NULL;
	dump_tree();
}

static void life_that_dies(void)
{
	at_crash_point = die;
	perform_from_here();
}

/* Adopt, be given the call again, and go on. */
static void life_after(void)
{
	CHECK(store_check() == 0);
	perform();
	shared->step++;
	perform_from_here();
	dump_tree();
}

static void life_nothing(void) {}

static void fresh(void)
{
	begin();
	CHECK(live(life_nothing) == 0);
	shared->step = 0;
}

TEST(each_point_at_each_step)
{
	static u32 reached[CRASH_POINTS];
	static char whole[DUMP_MAX];
	u32 deaths = 0, points = 0;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	fresh();
	CHECK(live(life_undisturbed) == 0);
	memcpy(reached, shared->reached, sizeof(reached));
	memcpy(whole, shared->dump, DUMP_MAX);
	for (u32 point = 0; point < CRASH_POINTS && !unit_failures; point++) {
		points += reached[point] != 0;
		for (u32 n = 1; n <= reached[point] && !unit_failures; n++) {
			fresh();
			die_at = point;
			die_count = n;
			CHECK(live(life_that_dies) == DIED);
			CHECK(live(life_after) == 0);
			CHECK(strcmp(whole, shared->dump) == 0);
			if (unit_failures)
				printf("after point %u, time %u, in step %u:\n%s\n-- not --\n%s\n",
				       point, n, shared->step, shared->dump, whole);
			deaths++;
		}
	}
	/* The script comes to all that need no session, no account and no second archive. */
	CHECK(points >= 50 && deaths > 200);
}

UNIT("ramfs_crash", RUN(each_point_at_each_step))
