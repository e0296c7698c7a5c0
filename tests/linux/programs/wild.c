/* SPDX-License-Identifier: MIT */
/*
 * wild - every system call with pointers that point nowhere: it may fail as it likes, but the
 * system answers, and the next program runs.
 */
#include "test.h"

#include <sys/syscall.h>

enum { CALLS = 460, VALUES = 8 };

static const long values[VALUES] = {
	0, 1, -1, 0x7ffffffff000, (long)0xffff800000000000ul,
	(long)0xffffffff80000000ul, 0x10000, 8,
};

/* Calls that end, stop or wait for ever, or reach beyond this process. */
static bool is_left_out(int number)
{
	static const int list[] = {
		SYS_poll,
		SYS_rt_sigreturn,
		SYS_select,
		SYS_pause,
		SYS_nanosleep,
		SYS_clone,
		SYS_fork,
		SYS_vfork,
		SYS_exit,
		SYS_wait4,
		SYS_kill,
		SYS_setpgid,
		SYS_rt_sigtimedwait,
		SYS_rt_sigsuspend,
		SYS_reboot,
		SYS_tkill,
		SYS_futex,
		SYS_restart_syscall,
		SYS_clock_nanosleep,
		SYS_exit_group,
		SYS_tgkill,
		SYS_waitid,
		SYS_pselect6,
		SYS_ppoll,
	};

	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++)
		if (list[i] == number)
			return true;
	return false;
}

static void try(int number)
{
	alarm(10);
	for (int a = 0; a < VALUES; a++)
		for (int b = 0; b < VALUES; b++)
			syscall(number, values[a], values[b], values[(a + b) % VALUES],
				values[(a * 3 + b) % VALUES], values[(b * 5 + a) % VALUES],
				values[a]);
}

CASE(wild_pointers)
{
	for (int number = 0; number < CALLS; number++) {
		int status;

		if (is_left_out(number))
			continue;
		status = status_of(CHILD(close(0); close(1); close(2); try(number)));
		if (!WIFEXITED(status))
			printf("call %d: status %x\n", number, status);
		CHECK(WIFEXITED(status));
	}
	CHECK(status_of(CHILD()) == 0);
}

int main(void)
{
	/* On Linux some of these calls, made as root, would change the machine itself. */
	if (!on_keel())
		return 0;
	RUN(wild_pointers);
	return failed_cases != 0;
}
