/* SPDX-License-Identifier: MIT */
/* ids - users and groups, limits, what the system says about itself, what only root may do. */
#include "rows.h"

#include <linux/reboot.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <sys/times.h>
#include <sys/utsname.h>

static void users(void)
{
	unsigned a = 9, b = 9, c = 9;

	ROW(getuid, "root");
	ROW(geteuid, "root");
	ROW(getgid, "root");
	ROW(getegid, "root");
	ROW(setreuid, "effective only", -1, 5);
	ROW(getresuid, "all", &a, &b, &c);
	SHOW(getresuid, "values", a * 10000 + b * 100 + c);
	ROW(setresuid, "back", -1, 0, -1);
	ROW(setregid, "effective only", -1, 6);
	ROW(getresgid, "all", &a, &b, &c);
	SHOW(getresgid, "values", a * 10000 + b * 100 + c);
	ROW(setresgid, "back", -1, 0, -1);
	ROW(setgid, "0", 0);
	ROW(setuid, "0", 0);
	ROW(setuid, "-1", -1);
	ROW(setgid, "-1", -1);
	CHILD(setuid, "as nobody", {
		be_nobody();
		ROW(getuid, "nobody");
		ROW(setuid, "0 as nobody", 0);
		ROW(setgid, "0 as nobody", 0);
		ROW(setreuid, "0 as nobody", 0, 0);
		ROW(setregid, "0 as nobody", 0, 0);
		ROW(setresuid, "0 as nobody", 0, 0, 0);
		ROW(setresgid, "0 as nobody", 0, 0, 0);
		ROW(setuid, "the same as nobody", 1000);
	});
}

static void groups(void)
{
	unsigned list[3] = { 7, 8, 9 }, got[8];

	ROW(setgroups, "three", 3, list);
	ROW(getgroups, "how many", 0, NULL);
	ROW(getgroups, "all", 8, got);
	SHOW(getgroups, "values", got[0] * 100 + got[1] * 10 + got[2]);
	ROW(getgroups, "no room", 2, got);
	ROW(getgroups, "-1", -1, got);
	ROW(setgroups, "100,000", 100000, list);
	ROW(setgroups, "none", 0, NULL);
	CHILD(setgroups, "in a child", {
		be_nobody();
		ROW(setgroups, "as nobody", 3, list);
	});
}

static void limits(void)
{
	struct rlimit limit = { 100, 200 }, got = {}, crossed = { 300, 200 };
	struct rusage usage = { .ru_utime = { -1, -1 } };
	struct tms tms;

	ROW(setrlimit, "files", RLIMIT_NOFILE, &limit);
	ROW(getrlimit, "files", RLIMIT_NOFILE, &got);
	SHOW(getrlimit, "values", got.rlim_cur * 1000 + got.rlim_max);
	ROW(getrlimit, "unknown", 99, &got);
	ROW(setrlimit, "unknown", 99, &limit);
	ROW(setrlimit, "soft above hard", RLIMIT_NOFILE, &crossed);
	ROW(prlimit64, "read and set", 0, RLIMIT_NOFILE, &limit, &got);
	ROW(prlimit64, "unknown", 0, 99, NULL, &got);
	ROW(prlimit64, "no such process", 999999, RLIMIT_NOFILE, NULL, &got);
	CHILD(setrlimit, "as nobody", {
		be_nobody();
		limit.rlim_max = 300;
		ROW(setrlimit, "raises the hard limit as nobody", RLIMIT_NOFILE, &limit);
		ROW(prlimit64, "of another as nobody", getppid(), RLIMIT_NOFILE, NULL, &got);
	});
	ROW(getrusage, "mine", RUSAGE_SELF, &usage);
	SHOW(getrusage, "microseconds below a million",
	     (unsigned long)usage.ru_utime.tv_usec < 1000000);
	ROW(getrusage, "children", RUSAGE_CHILDREN, &usage);
	ROW(getrusage, "unknown", 77, &usage);
	ROW_OK(times, "mine", &tms);
}

static void system_itself(void)
{
	struct utsname name;
	struct sysinfo info;
	char bytes[16];

	ROW(uname, "names", &name);
	SHOW(uname, "Linux", !strcmp(name.sysname, "Linux") && !strcmp(name.machine, "x86_64"));
	ROW(sethostname, "rows", "rows", 4);
	uname(&name);
	SHOW(sethostname, "is there", !strcmp(name.nodename, "rows"));
	ROW(sethostname, "too long", "rows", 65);
	ROW(sethostname, "-1", "rows", -1);
	ROW(sysinfo, "all", &info);
	SHOW(sysinfo, "memory free of memory there is", info.freeram < info.totalram);
	ROW(getrandom, "16 bytes", bytes, 16, 0);
	ROW(getrandom, "unknown flag", bytes, 16, 0x80);
	ROW(reboot, "wrong magic", 0, 0, 0, NULL);
	ROW(reboot, "unknown command", LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, 0x7777, NULL);
	ROW(reboot, "Ctrl-Alt-Del off", LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
	    LINUX_REBOOT_CMD_CAD_OFF, NULL);
	CHILD(reboot, "in a child", {
		be_nobody();
		ROW(reboot, "as nobody", LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2,
		    LINUX_REBOOT_CMD_RESTART, NULL);
		ROW(sethostname, "as nobody", "x", 1);
		ROW(mlock, "as nobody, within the limit", bytes, 1);
	});
}

void rows_ids(void)
{
	users();
	groups();
	limits();
	system_itself();
}
