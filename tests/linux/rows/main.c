/* SPDX-License-Identifier: MIT */
/* main - run all families, or those that are named; each in an empty directory. */
#include "rows.h"

static const struct {
	const char *name;
	void (*run)(void);
} families[] = {
	{ "files", rows_files },
	{ "names", rows_names },
	{ "directories", rows_directories },
	{ "descriptors", rows_descriptors },
	{ "memory", rows_memory },
	{ "signals", rows_signals },
	{ "processes", rows_processes },
	{ "ids", rows_ids },
	{ "clocks", rows_clocks },
	{ "scheduling", rows_scheduling },
	{ "system", rows_system },
	{ "wild", rows_wild },
};

/* A family's process: what it does to itself the next one does not see. */
static void run(const char *name, void (*body)(void))
{
	int pid = fork();

	if (!pid) {
		char path[64];

		snprintf(path, sizeof(path), "/tmp/rows.%s", name);
		if (mkdir(path, 0755) || chmod(path, 0777) || chdir(path))
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
	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		int wanted = argc < 2;

		for (int a = 1; a < argc; a++)
			wanted |= !strcmp(argv[a], families[i].name);
		if (wanted)
			run(families[i].name, families[i].run);
	}
	return 0;
}
