/* SPDX-License-Identifier: MIT */
/* small.c - the rows of the clock, entropy, vfs, serial and supervisor protocols. */
#include "tests/programs/rows/rows.h"

#include "libsys/depot.h"
#include "libsys/fs.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "proto/clock.h"
#include "proto/entropy.h"
#include "proto/serial.h"
#include "proto/supervisor.h"
#include "proto/vfs.h"

#define YEAR_2020_NS 1577836800000000000ul

static void clock_rows(void)
{
	cap_t clock = grant_find("clock");
	struct clock_offset_out out = { 0 }, later = { 0 };

	expect("clock.offset", clock_offset(clock, &out), 0);
	expect_true("clock.offset: this century", out.offset_ns > YEAR_2020_NS);
	expect("clock.set", clock_set(clock, clock_now() + out.offset_ns + 1000000000), 0);
	expect("clock.set: before the start", clock_set(clock, 0), E_INVAL);
	clock_offset(clock, &later);
	expect_true("clock.set: seen", later.version == out.version + 1 &&
					       later.offset_ns > out.offset_ns);
	clock_set(clock, clock_now() + out.offset_ns);
}

static void entropy_rows(void)
{
	cap_t entropy = grant_find("entropy");
	struct entropy_read_out out = { 0 };
	u8 a[100] = { 0 }, b[100] = { 0 };

	expect("entropy.read", entropy_read(entropy, a, sizeof(a), &out), 0);
	expect("entropy.stir", entropy_stir(entropy, "x", 1), 0);
	expect("entropy.stir: too long", entropy_stir(entropy, a, 5000), E_TOOLONG);
	entropy_read(entropy, b, sizeof(b), &out);
	expect_true("entropy.read: differs", out.count == sizeof(b) && memcmp(a, b, sizeof(a)));
	expect("entropy.read: a wild address", entropy_read(entropy, (void *)8, 8, &out), E_FAULT);
}

static void vfs_rows(void)
{
	cap_t vfs = grant_find("vfs"), fs = grant_find("fs");
	struct vfs_resolve_out out = { 0 };
	struct vfs_mounts_out mounts = { 0 };
	char paths[64];

	expect("vfs.resolve", vfs_resolve(vfs, "/bin/../etc", 11, &out), 0);
	expect_true("vfs.resolve: a directory", (out.mode & FS_TYPE_MASK) == FS_DIRECTORY);
	sys_cap_delete(out.session);
	expect("vfs.resolve: nothing", vfs_resolve(vfs, "/none", 5, &out), E_NOENT);
	expect("vfs.resolve: through a file", vfs_resolve(vfs, "/etc/passwd/x", 13, &out),
	       E_NOTDIR);
	expect("vfs.mount", vfs_mount(vfs, "/tmp", 4, fs), 0);
	expect("vfs.mount: again", vfs_mount(vfs, "/tmp", 4, fs), E_BUSY);
	expect("vfs.resolve: through the mount", vfs_resolve(vfs, "/tmp/etc/..", 11, &out), 0);
	sys_cap_delete(out.session);
	expect("vfs.mounts", vfs_mounts(vfs, paths, sizeof(paths), &mounts), 0);
	expect_true("vfs.mounts: both", mounts.length == 7 && !memcmp(paths, "/\0/tmp", 7));
	expect("vfs.mounts: a wild address", vfs_mounts(vfs, (void *)8, 64, &mounts), E_FAULT);
	expect("vfs.unmount", vfs_unmount(vfs, "/tmp", 4), 0);
	expect("vfs.unmount: again", vfs_unmount(vfs, "/tmp", 4), E_NOENT);
}

static void serial_rows(void)
{
	cap_t serial = grant_find("serial");
	struct serial_write_out written = { 0 };
	struct serial_read_out got = { 0 };
	struct serial_status_out status = { 0 };
	char byte;

	expect("serial.write", serial_write(serial, 0, "", 0, ~0ul, &written), 0);
	expect("serial.write: no such port", serial_write(serial, 7, "x", 1, ~0ul, &written),
	       E_NOENT);
	expect("serial.read", serial_read(serial, 0, &byte, 0, ~0ul, &got), 0);
	expect("serial.read: no such port", serial_read(serial, 7, &byte, 1, ~0ul, &got), E_NOENT);
	expect("serial.status", serial_status(serial, 0, &status), 0);
	expect("serial.status: no such port", serial_status(serial, 7, &status), E_NOENT);
	/* attach itself is the tty server's: taking it would leave the console deaf. */
	expect("serial.attach: no such port",
	       serial_attach(serial, 7, grant_find("events"), 1, 2), E_BADCAP);
}

static void supervisor_rows(void)
{
	cap_t supervisor = grant_find("supervisor"), memory, again, kept;
	struct supervisor_depot_out out = { 0 };
	struct supervisor_status_out status = { 0 };
	bool fresh, second;
	i64 n = sys_notification_create(CAP_SELF_BUDGET);

	expect("supervisor.depot", depot_open(1, 4096, 0, &memory, &fresh), 0);
	expect("supervisor.depot: again", depot_open(1, 4096, 0, &again, &second), 0);
	expect_true("supervisor.depot: kept", fresh && !second);
	expect("supervisor.depot: only asked", supervisor_depot(supervisor, 2, 1, 4, &out),
	       E_NOENT);
	expect("supervisor.depot_drop", depot_drop(1), 0);
	expect("supervisor.depot_drop: gone", depot_drop(1), E_NOENT);
	expect("supervisor.keep", depot_keep(3, (cap_t)n), 0);
	expect("supervisor.keep: no capability", depot_keep(3, CAP_NONE), E_BADCAP);
	expect("supervisor.take", depot_take(3, &kept), 0);
	expect("supervisor.take: nothing", depot_take(4, &kept), E_NOENT);
	expect("supervisor.ready", depot_ready(), 0);
	expect("supervisor.status", supervisor_status(supervisor, "ramfs", 5, &status), 0);
	expect_true("supervisor.status: figures",
		    status.starts >= 1 && status.used_bytes <= status.limit_bytes);
	expect("supervisor.status: nobody", supervisor_status(supervisor, "x", 1, &status),
	       E_NOENT);
	expect("supervisor.kill", supervisor_kill(supervisor, "vfs", 3), 0);
	expect("supervisor.kill: nobody", supervisor_kill(supervisor, "x", 1), E_NOENT);
	expect("supervisor.power: no such way", supervisor_power(supervisor, 7), E_NOTSUP);
}

void small_rows(void)
{
	supervisor_rows();
	clock_rows();
	entropy_rows();
	vfs_rows();
	serial_rows();
}
