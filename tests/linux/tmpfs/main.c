/* SPDX-License-Identifier: MIT */
/* main - all families of questions, or those that are named; each in an empty directory. */
#include "tmpfs.h"

static const struct {
	const char *name;
	void (*run)(void);
} families[] = {
	{ "names", tmpfs_names },     { "nameless", tmpfs_nameless },
	{ "walks", tmpfs_walks },     { "lists", tmpfs_lists },
	{ "holes", tmpfs_holes },     { "cuts", tmpfs_cuts },
	{ "times", tmpfs_times },     { "permissions", tmpfs_permissions },
	{ "set_ids", tmpfs_set_ids }, { "attributes", tmpfs_attributes },
	{ "locks", tmpfs_locks },     { "fifos", tmpfs_fifos },
	{ "moves", tmpfs_moves },
	{ "limits", tmpfs_limits },
};

static void run(const char *name, void (*body)(void))
{
	int pid = fork();

	if (!pid) {
		char path[64];

		snprintf(path, sizeof(path), "/tmp/tmpfs.%s", name);
		if (mkdir(path, 0777) || chmod(path, 0777) || chdir(path))
			_exit(99);
		umask(022);
		alarm(60);
		body();
		_exit(0);
	}
	row_status("family", name, pid);
}

int main(int argc, char **argv)
{
	/* What somebody execs in order to look at it. */
	if (argc == 2 && !strcmp(argv[1], "waits")) {
		dprintf(1, "x");
		pause();
	}
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		int wanted = argc < 2;

		for (int a = 1; a < argc; a++)
			wanted |= !strcmp(argv[a], families[i].name);
		if (wanted)
			run(families[i].name, families[i].run);
	}
	return 0;
}
