/* SPDX-License-Identifier: MIT */
/*
 * stty - BusyBox's stty on a pair: each step's words, its exit status, and all that it says, as it
 * was on Linux.  With `record` for an argument it prints what it sees as the table below.
 */
#include "test.h"

#include <sys/ioctl.h>

static const struct step {
	const char *words;
	int status;
	const char *says;
} steps[] = {
#include "stty.h"
};

enum { STEPS = sizeof(steps) / sizeof(steps[0]) };

static int master, slave;

static const char *busybox(void)
{
	const char *path = getenv("BUSYBOX");

	return path ? path : access("build/host/busybox-static/bin/busybox", X_OK) == 0 ?
			      "build/host/busybox-static/bin/busybox" :
			      "/bin/busybox";
}

/* What stty says on either output, with the terminal as its input. */
static int run(const char *words, char *said, size_t size)
{
	char copy[128], *argv[16];
	int argc = 0, out[2], status;
	size_t length = 0;
	ssize_t n;
	pid_t pid;

	argv[argc++] = "stty";
	snprintf(copy, sizeof(copy), "%s", words);
	for (char *word = strtok(copy, " "); word && argc < 15; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	if (pipe(out))
		return -1;
	pid = fork();
	if (!pid) {
		dup2(slave, 0);
		dup2(out[1], 1);
		dup2(out[1], 2);
		execv(busybox(), argv);
		_exit(99);
	}
	close(out[1]);
	while (length < size - 1 && (n = read(out[0], said + length, size - 1 - length)) > 0)
		length += (size_t)n;
	said[length] = 0;
	close(out[0]);
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

static void record(const char *words, int status, const char *said)
{
	printf("{ \"%s\", %d,\n  \"", words, status);
	for (; *said; said++) {
		if (*said == '\\' || *said == '"')
			putchar('\\');
		if (*said == '\n')
			printf("\\n\"\n  \"");
		else
			putchar(*said);
	}
	printf("\" },\n");
}

int main(int argc, char **argv)
{
	char path[32], said[4096];
	int number = 0, off = 0;

	master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	ioctl(master, TIOCSPTLCK, &off);
	ioctl(master, TIOCGPTN, &number);
	snprintf(path, sizeof(path), "/dev/pts/%d", number);
	slave = open(path, O_RDWR | O_NOCTTY);
	/* One case a step: what it does shows in the steps that follow. */
	for (int i = 0; i < STEPS; i++) {
		int status = run(steps[i].words, said, sizeof(said));

		if (argc > 1 && !strcmp(argv[1], "record"))
			record(steps[i].words, status, said);
		else if (status == steps[i].status && !strcmp(said, steps[i].says))
			printf("ok stty %s (step %d)\n", steps[i].words, i);
		else
			failed_cases += printf("FAILED stty %s (step %d: status %d: %s)\n",
					       steps[i].words, i, status, said) > 0;
	}
	return failed_cases != 0;
}
