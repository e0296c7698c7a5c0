/* SPDX-License-Identifier: MIT */
/* system - priorities and policies, the log, namespaces, the domain's name, mounts and the root. */
#include "rows.h"

#include <linux/capability.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/timex.h>
#include <sys/utsname.h>

static void the_log(void)
{
	static char text[1 << 20];

	SHOW(syslog, "there is a log", syscall(SYS_syslog, 10, NULL, 0) > 0);
	SHOW(syslog, "it can be read", syscall(SYS_syslog, 3, text, sizeof(text)) >= 0);
	ROW(syslog, "open", 1, NULL, 0);
	ROW(syslog, "close", 0, NULL, 0);
	ROW(syslog, "unknown", 99, NULL, 0);
	ROW(syslog, "nowhere", 3, NULL, 5);
	ROW(syslog, "-1 bytes", 3, text, -1);
	ROW(syslog, "0 bytes", 3, text, 0);
	ROW(syslog, "level 9", 8, NULL, 9);
	ROW(syslog, "wild", 3, 4096, sizeof(text));
	CHILD(syslog, "in a child", {
		be_nobody();
		ROW(syslog, "clear as nobody", 5, NULL, 0);
	});
}

static void domains(void)
{
	struct utsname name;

	CHILD(personality, "in a child", {
		ROW(personality, "read", -1);
		ROW(personality, "32-bit", PER_LINUX32);
		uname(&name);
		SHOW(personality, "the machine is i686", !strcmp(name.machine, "i686"));
		ROW(personality, "back", PER_LINUX);
		uname(&name);
		SHOW(personality, "the machine is x86_64", !strcmp(name.machine, "x86_64"));
		ROW(personality, "addresses not random", ADDR_NO_RANDOMIZE);
	});
}

/* Three of a class and a level: real-time, best effort, idle. */
static void input_output(void)
{
	const int real_time = 1 << 13, middle = 2 << 13, idle = 3 << 13;

	CHILD(ioprio_set, "in a child", {
		ROW(ioprio_set, "3", 1, 0, middle | 3);
		ROW(ioprio_get, "3", 1, 0);
		ROW(ioprio_set, "idle", 1, getpid(), idle);
		ROW(ioprio_get, "idle", 1, getpid());
		ROW(ioprio_set, "real-time", 1, 0, real_time | 7);
		ROW(ioprio_get, "real-time", 1, 0);
		CHILD(ioprio_get, "of a child", ROW(ioprio_get, "inherited", 1, 0));
		ROW(ioprio_set, "unknown class", 1, 0, 4 << 13);
		ROW(ioprio_set, "no class, a level", 1, 0, 1);
		ROW(ioprio_set, "unknown kind", 9, 0, middle);
		ROW(ioprio_set, "no such process", 1, 99999, middle);
		ROW(ioprio_get, "unknown kind", 9, 0);
		ROW(ioprio_get, "no such process", 1, 99999);
		setpgid(0, 0);
		ROW(ioprio_set, "a group's", 2, 0, middle | 6);
		ROW(ioprio_get, "a group's", 2, 0);
		be_nobody();
		ROW(ioprio_set, "real-time as nobody", 1, 0, real_time);
		ROW(ioprio_set, "another's as nobody", 1, getppid(), middle);
		ROW(ioprio_set, "5 as nobody", 1, 0, middle | 5);
	});
}

static void clock_adjustment(void)
{
	struct timex x = { 0 };

	SHOW(adjtimex, "read", syscall(SYS_adjtimex, &x) >= 0);
	SHOW(adjtimex, "tick", x.tick);
	SHOW(adjtimex, "tolerance", x.tolerance);
	SHOW(clock_adjtime, "read", syscall(SYS_clock_adjtime, CLOCK_REALTIME, &x) >= 0);
	ROW(clock_adjtime, "monotonic", CLOCK_MONOTONIC, &x);
	ROW(clock_adjtime, "unknown", 99, &x);
	ROW(adjtimex, "nowhere", NULL);
	CHILD(adjtimex, "in a child", {
		be_nobody();
		x.modes = ADJ_FREQUENCY;
		ROW(adjtimex, "frequency as nobody", &x);
	});
}

static void privileges(void)
{
	CHILD(prctl, "in a child", {
		ROW(prctl, "no_new_privs", PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0);
		ROW(prctl, "no_new_privs 2", PR_SET_NO_NEW_PRIVS, 2, 0, 0, 0);
		ROW(prctl, "no_new_privs, more", PR_SET_NO_NEW_PRIVS, 1, 1, 0, 0);
		ROW(prctl, "no_new_privs 1", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		ROW(prctl, "no_new_privs 0", PR_SET_NO_NEW_PRIVS, 0, 0, 0, 0);
		ROW(prctl, "no_new_privs, more asked", PR_GET_NO_NEW_PRIVS, 1, 0, 0, 0);
		CHILD(prctl, "of a child",
		      ROW(prctl, "no_new_privs inherited", PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0));
	});
}

static void capabilities(void)
{
	struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
	struct __user_cap_data_struct data[2] = { 0 }, none[2] = { 0 };

	ROW(capget, "mine", &header, data);
	SHOW(capget, "the first is effective", data[0].effective & 1);
	SHOW(capget, "the first is permitted", data[0].permitted & 1);
	SHOW(capget, "none is inherited", data[0].inheritable | data[1].inheritable);
	ROW(capset, "the same", &header, data);
	header.pid = 99999;
	ROW(capget, "no such process", &header, data);
	header.pid = -1;
	ROW(capget, "-1", &header, data);
	header.pid = getppid();
	ROW(capset, "another's", &header, data);
	header.pid = 0;
	ROW(capget, "nowhere", &header, NULL);
	ROW(capget, "no header", NULL, data);
	ROW(capset, "from nowhere", &header, NULL);
	header.version = 1;
	ROW(capget, "unknown version", &header, data);
	SHOW(capget, "the version", header.version);
	header.version = 1;
	ROW(capget, "which version", &header, NULL);
	header.version = 1;
	ROW(capset, "unknown version", &header, data);
	ROW(prctl, "bounding set", PR_CAPBSET_READ, CAP_SYS_ADMIN, 0, 0, 0);
	ROW(prctl, "bounding set, unknown", PR_CAPBSET_READ, 64, 0, 0, 0);
	ROW(prctl, "ambient", PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, CAP_CHOWN, 0, 0);
	ROW(prctl, "ambient, raised", PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_CHOWN, 0, 0);
	ROW(prctl, "ambient, unknown", PR_CAP_AMBIENT, 9, CAP_CHOWN, 0, 0);
	ROW(prctl, "ambient, cleared", PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	CHILD(capget, "in a child", {
		be_nobody();
		header.version = _LINUX_CAPABILITY_VERSION_3;
		ROW(capget, "as nobody", &header, none);
		SHOW(capget, "none as nobody", none[0].effective | none[0].permitted);
		ROW(capset, "all as nobody", &header, data);
		ROW(capset, "none as nobody", &header, none);
	});
}

static void namespaces(void)
{
	ROW(unshare, "nothing", 0);
	ROW(unshare, "descriptors and directories", CLONE_FILES | CLONE_FS);
	ROW(unshare, "unknown", 1);
	ROW(setns, "bad descriptor", -1, 0);
	ROW(setns, "no namespace", open("/", O_RDONLY), 0);
	CHILD(unshare, "in a child", {
		be_nobody();
		ROW(unshare, "mounts as nobody", CLONE_NEWNS);
	});
}

static void names(void)
{
	ROW(setdomainname, "rows", "rows", 4);
	ROW(setdomainname, "too long", "rows", 65);
	ROW(setdomainname, "-1", "rows", -1);
	CHILD(setdomainname, "in a child", {
		be_nobody();
		ROW(setdomainname, "as nobody", "x", 1);
	});
}

static void mounts(void)
{
	mkdir("m", 0755);
	mkdir("n", 0755);
	ROW(mount, "no kind", "none", "m", NULL, 0, NULL);
	ROW(mount, "bad option", "none", "m", "tmpfs", 0, "nonsense=1");
	ROW(mount, "bind from nothing", NULL, "m", NULL, MS_BIND, NULL);
	ROW(mount, "bind from nowhere", "nowhere", "m", NULL, MS_BIND, NULL);
	ROW(mount, "remount of no mount", NULL, "m", NULL, MS_REMOUNT, NULL);
	ROW(mount, "private of no mount", NULL, "m", NULL, MS_PRIVATE, NULL);
	ROW(mount, "move of no mount", "n", "m", NULL, MS_MOVE, NULL);
	ROW(mount, "bind", "m", "m", NULL, MS_BIND, NULL);
	ROW(mount, "private", NULL, "m", NULL, MS_PRIVATE, NULL);
	ROW(mount, "two kinds of propagation", NULL, "m", NULL, MS_PRIVATE | MS_SHARED, NULL);
	ROW(mount, "read-only bind", NULL, "m", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL);
	ROW(mkdir, "read-only", "m/x", 0755);
	ROW(access, "read-only", "m", W_OK);
	ROW(open, "read-only", "m/x", O_CREAT | O_WRONLY, 0644);
	ROW(chmod, "read-only", "m", 0700);
	ROW(truncate, "read-only, a directory", "m", 0);
	ROW(rename, "read-only to the other", "m/x", "n/x");
	ROW(link, "read-only from the other", "n", "m/x");
	ROW(symlink, "read-only", "a", "m/x");
	ROW(mknod, "read-only", "m/x", S_IFIFO | 0644, 0);
	ROW(unlink, "read-only, not there", "m/x");
	ROW(rmdir, "read-only, not there", "m/x");
	ROW(umount2, "lazy and forced", "m", MNT_DETACH | MNT_FORCE);
	ROW(umount2, "once too often", "m", 0);
	ROW(umount2, "not there", "nowhere", 0);
	ROW(chroot, "a file", "/programs/rows");
}

void rows_system(void)
{
	the_log();
	domains();
	input_output();
	clock_adjustment();
	privileges();
	capabilities();
	namespaces();
	names();
	mounts();
}
