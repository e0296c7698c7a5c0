/* SPDX-License-Identifier: MIT */
/*
 * ready - what poll says right after a read: a terminal whose last byte was just taken has none, on
 * however many processors reader, writer and server run.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { ROUNDS = 2000 };

int main(void)
{
	int master, slave, go[2], wrong = 0;
	struct termios raw;
	char byte = 'x';

	if (openpty(&master, &slave, NULL, NULL, NULL) || tcgetattr(slave, &raw) || pipe(go))
		return 1;
	cfmakeraw(&raw);
	if (tcsetattr(slave, TCSANOW, &raw))
		return 1;
	if (!fork()) {
		close(go[1]);
		while (read(go[0], &byte, 1) == 1 && write(master, &byte, 1) == 1)
			;
		_exit(0);
	}
	for (int i = 0; i < ROUNDS; i++) {
		struct pollfd p = { .fd = slave, .events = POLLIN };

		if (write(go[1], &byte, 1) != 1 || read(slave, &byte, 1) != 1)
			return 1;
		wrong += poll(&p, 1, 0) != 0;
	}
	close(go[1]);
	wait(NULL);
	if (wrong)
		printf("FAILED ready (after %d of %d reads)\n", wrong, ROUNDS);
	else
		printf("ok ready\n");
	return wrong != 0;
}
