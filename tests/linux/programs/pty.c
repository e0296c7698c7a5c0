/* SPDX-License-Identifier: MIT */
/* pty - pairs of terminals: names, both directions, packets, hanging up, sessions, job control. */
#include "test.h"

#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

static int master, slave;

static int pair_open(void)
{
	char path[32];
	int number, off = 0;

	master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	if (master < 0 || ioctl(master, TIOCSPTLCK, &off) || ioctl(master, TIOCGPTN, &number))
		return -1;
	snprintf(path, sizeof(path), "/dev/pts/%d", number);
	slave = open(path, O_RDWR | O_NOCTTY);
	return slave < 0 ? -1 : number;
}

static void pair_close(void)
{
	close(slave);
	close(master);
}

static void no_wait(int fd)
{
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* Until something can be read; Linux moves bytes between the sides in the background. */
static bool readable(int fd)
{
	struct pollfd p = { fd, POLLIN, 0 };

	return poll(&p, 1, 5000) == 1 && p.revents & (POLLIN | POLLHUP);
}

static bool reads(int fd, const char *expected)
{
	char buffer[256];
	size_t n = 0, want = strlen(expected);

	while (n < want && readable(fd)) {
		ssize_t got = read(fd, buffer + n, want - n);

		if (got <= 0)
			return false;
		n += (size_t)got;
	}
	return n == want && !memcmp(buffer, expected, want);
}

static bool type(const char *keys)
{
	return write(master, keys, strlen(keys)) == (ssize_t)strlen(keys);
}

static void local_off(tcflag_t flags)
{
	struct termios t;

	tcgetattr(slave, &t);
	t.c_lflag &= ~flags;
	tcsetattr(slave, TCSANOW, &t);
}

/* Both ways, with echo, in lines. */
CASE(bytes_go_both_ways)
{
	CHECK(pair_open() >= 0);
	CHECK(type("hello\r"));
	CHECK(reads(slave, "hello\n") && reads(master, "hello\r\n"));
	CHECK(write(slave, "a\nb", 3) == 3 && reads(master, "a\r\nb"));
	pair_close();
}

CASE(names_and_numbers)
{
	struct stat st;
	char path[32];
	int number, first = -1, on = 1, value = 7;

	first = pair_open();
	CHECK(first >= 0 && isatty(master) && isatty(slave));
	CHECK(!fstat(slave, &st) && S_ISCHR(st.st_mode));
	CHECK(st.st_rdev == (136u << 8 | (unsigned)first));
	CHECK((st.st_mode & 07777) == 0620 || (st.st_mode & 07777) == 0600);
	CHECK(!ioctl(master, TIOCGPTLCK, &value) && value == 0);
	CHECK(ioctl(slave, TIOCGPTN, &number) < 0 && errno == ENOTTY);
	snprintf(path, sizeof(path), "/dev/pts/%d", first);
	CHECK(!ioctl(master, TIOCSPTLCK, &on));
	CHECK(open(path, O_RDWR | O_NOCTTY) < 0 && errno == EIO);
	close(master);
	CHECK(stat(path, &st) < 0 && errno == ENOENT);
	/* The number is taken as long as the other side is open. */
	number = slave;
	CHECK(pair_open() != first);
	pair_close();
	close(number);
	CHECK(pair_open() == first);
	pair_close();
}

CASE(locked_until_unlocked)
{
	char path[32];
	int number, off = 0, fd;

	master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	CHECK(master >= 0 && !ioctl(master, TIOCGPTN, &number));
	snprintf(path, sizeof(path), "/dev/pts/%d", number);
	CHECK(open(path, O_RDWR | O_NOCTTY) < 0 && errno == EIO);
	CHECK(!ioctl(master, TIOCSPTLCK, &off));
	fd = open(path, O_RDWR | O_NOCTTY);
	CHECK(fd >= 0);
	close(fd);
	fd = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY);
	CHECK(fd >= 0 && isatty(fd));
	CHECK(write(fd, "peer", 4) == 4 && reads(master, "peer"));
	close(fd);
	close(master);
}

/* What is typed before anybody has the other side open waits there. */
CASE(typed_ahead)
{
	char path[32];
	int number, off = 0;

	master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	CHECK(!ioctl(master, TIOCSPTLCK, &off) && !ioctl(master, TIOCGPTN, &number));
	CHECK(type("early\n"));
	snprintf(path, sizeof(path), "/dev/pts/%d", number);
	slave = open(path, O_RDWR | O_NOCTTY);
	CHECK(reads(slave, "early\n"));
	pair_close();
}

CASE(the_last_close_of_the_terminal)
{
	struct pollfd p;
	char byte, path[32];
	int other, number = pair_open();

	other = dup(slave);
	CHECK(write(slave, "x", 1) == 1);
	close(slave);
	CHECK(reads(master, "x"));
	no_wait(master);
	CHECK(read(master, &byte, 1) < 0 && errno == EAGAIN);
	close(other);
	p = (struct pollfd){ master, POLLIN | POLLOUT, 0 };
	CHECK(poll(&p, 1, 5000) == 1 && p.revents & POLLHUP);
	CHECK(read(master, &byte, 1) < 0 && errno == EIO);
	/* Opened again it is as before. */
	snprintf(path, sizeof(path), "/dev/pts/%d", number);
	slave = open(path, O_RDWR | O_NOCTTY);
	CHECK(read(master, &byte, 1) < 0 && errno == EAGAIN);
	pair_close();
}

CASE(the_end_of_the_master)
{
	struct pollfd p;
	struct termios t;
	char byte;

	pair_open();
	CHECK(type("unread\n"));
	close(master);
	CHECK(read(slave, &byte, 1) == 0);
	CHECK(write(slave, "x", 1) < 0 && errno == EIO);
	CHECK(tcgetattr(slave, &t) < 0 && errno == EIO);
	p = (struct pollfd){ slave, POLLIN | POLLOUT, 0 };
	CHECK(poll(&p, 1, 0) == 1);
	CHECK((p.revents & (POLLIN | POLLOUT | POLLERR | POLLHUP)) ==
	      (POLLIN | POLLOUT | POLLERR | POLLHUP));
	close(slave);
}

CASE(a_reader_learns_of_the_end)
{
	pid_t pid;
	int ready[2];
	char byte;

	pair_open();
	CHECK(!pipe(ready));
	pid = CHILD({
		close(master);
		(void)!write(ready[1], "r", 1);
		_exit(read(slave, &byte, 1) < 0 && errno == EIO ? 7 : 1);
	});
	CHECK(read(ready[0], &byte, 1) == 1);
	sleep_ms(20);
	close(master);
	CHECK(status_of(pid) == 7 << 8);
	close(slave);
	close(ready[0]);
	close(ready[1]);
}

CASE(packet_mode)
{
	struct termios t;
	unsigned char bytes[16];
	int on = 1, off = 0, value = 0;

	pair_open();
	CHECK(!ioctl(master, TIOCPKT, &on) && !ioctl(master, TIOCGPKT, &value) && value == 1);
	CHECK(write(slave, "data", 4) == 4 && readable(master));
	CHECK(read(master, bytes, 16) == 5 && !bytes[0] && !memcmp(bytes + 1, "data", 4));
	CHECK(!tcflow(slave, TCOOFF) && readable(master));
	CHECK(read(master, bytes, 16) == 1 && bytes[0] == TIOCPKT_STOP);
	CHECK(!tcflow(slave, TCOON) && readable(master));
	CHECK(read(master, bytes, 16) == 1 && bytes[0] == TIOCPKT_START);
	CHECK(!tcflush(slave, TCIOFLUSH) && readable(master));
	CHECK(read(master, bytes, 16) == 1 &&
	      bytes[0] == (TIOCPKT_FLUSHREAD | TIOCPKT_FLUSHWRITE));
	tcgetattr(slave, &t);
	t.c_iflag &= ~(tcflag_t)IXON;
	CHECK(!tcsetattr(slave, TCSANOW, &t) && readable(master));
	CHECK(read(master, bytes, 16) == 1 && bytes[0] == TIOCPKT_NOSTOP);
	t.c_iflag |= IXON;
	t.c_lflag |= EXTPROC;
	CHECK(!tcsetattr(slave, TCSANOW, &t) && readable(master));
	CHECK(read(master, bytes, 16) == 1 && bytes[0] == (TIOCPKT_DOSTOP | TIOCPKT_IOCTL));
	CHECK(!ioctl(master, TIOCPKT, &off));
	pair_close();
}

CASE(packets_are_urgent)
{
	struct pollfd p;
	int on = 1;

	pair_open();
	ioctl(master, TIOCPKT, &on);
	tcflow(slave, TCOOFF);
	p = (struct pollfd){ master, POLLIN | POLLPRI, 0 };
	CHECK(poll(&p, 1, 5000) == 1 && p.revents == (POLLIN | POLLPRI));
	pair_close();
}

/* Editing outside: keys pass as they are, nothing is echoed. */
CASE(external_processing)
{
	struct termios t;
	char bytes[16];

	pair_open();
	tcgetattr(slave, &t);
	t.c_lflag |= EXTPROC;
	tcsetattr(slave, TCSANOW, &t);
	CHECK(type("ab\177\003") && readable(slave));
	CHECK(read(slave, bytes, 16) == 4 && !memcmp(bytes, "ab\177\003", 4));
	no_wait(master);
	CHECK(read(master, bytes, 16) < 0 && errno == EAGAIN);
	pair_close();
}

CASE(settings_from_either_side)
{
	struct termios t, u;

	pair_open();
	CHECK(!tcgetattr(master, &t));
	CHECK(t.c_lflag & ICANON && t.c_cc[VINTR] == 3);
	t.c_lflag &= ~(tcflag_t)ECHO;
	CHECK(!tcsetattr(master, TCSANOW, &t) && !tcgetattr(slave, &u));
	CHECK(u.c_lflag == t.c_lflag && u.c_cflag == t.c_cflag);
	CHECK(type("quiet\n") && reads(slave, "quiet\n"));
	no_wait(master);
	CHECK(read(master, &u, 1) < 0 && errno == EAGAIN);
	pair_close();
}

CASE(flow_of_many_bytes)
{
	static char block[4096];
	long sum = 0;
	pid_t pid;

	pair_open();
	local_off(OPOST);
	pid = CHILD({
		close(master);
		memset(block, 'x', sizeof(block));
		for (int i = 0; i < 50; i++)
			for (size_t done = 0; done < sizeof(block);)
				done += (size_t)write(slave, block, sizeof(block) - done);
	});
	close(slave);
	for (ssize_t n; (n = read(master, block, sizeof(block))) > 0;)
		sum += n;
	CHECK(errno == EIO && sum == 50 * 4096);
	CHECK(status_of(pid) == 0);
	close(master);
}

CASE(waiting_for_room)
{
	struct pollfd p;
	char block[1024];
	long sum = 0;

	pair_open();
	memset(block, 'y', sizeof(block));
	no_wait(slave);
	for (ssize_t n; (n = write(slave, block, sizeof(block))) > 0;)
		sum += n;
	CHECK(errno == EAGAIN && sum >= 4096);
	p = (struct pollfd){ slave, POLLOUT, 0 };
	CHECK(poll(&p, 1, 0) == 0);
	for (long left = sum; left > 0;) {
		ssize_t n = read(master, block, sizeof(block));

		if (n <= 0)
			break;
		left -= n;
	}
	CHECK(poll(&p, 1, 5000) == 1 && p.revents == POLLOUT);
	pair_close();
}

/* A pair whose terminal is the source of another's keys. */
CASE(a_pair_inside_a_pair)
{
	int outer_master, outer_slave;
	char bytes[16];
	ssize_t n;

	pair_open();
	outer_master = master;
	outer_slave = slave;
	pair_open();
	CHECK(write(outer_master, "abc\n", 4) == 4 && readable(outer_slave));
	n = read(outer_slave, bytes, sizeof(bytes));
	CHECK(n == 4 && write(master, bytes, (size_t)n) == n);
	CHECK(reads(slave, "abc\n") && reads(master, "abc\r\n"));
	CHECK(reads(outer_master, "abc\r\n"));
	close(outer_master);
	close(outer_slave);
	pair_close();
}

CASE(exclusive_use)
{
	int value = 0;

	pair_open();
	CHECK(!ioctl(slave, TIOCEXCL) && !ioctl(slave, TIOCGEXCL, &value) && value == 1);
	CHECK(!ioctl(slave, TIOCNXCL) && !ioctl(slave, TIOCGEXCL, &value) && value == 0);
	pair_close();
}

CASE(many_pairs)
{
	int masters[40], slaves[40], made = 0;

	for (; made < 40; made++) {
		if (pair_open() < 0)
			break;
		masters[made] = master;
		slaves[made] = slave;
	}
	CHECK(made == 40);
	for (int i = 0; i < made; i++) {
		char text[16];

		snprintf(text, sizeof(text), "%d\n", i);
		CHECK(write(masters[i], text, strlen(text)) == (ssize_t)strlen(text));
	}
	for (int i = 0; i < made; i++) {
		char text[16];

		snprintf(text, sizeof(text), "%d\n", i);
		CHECK(reads(slaves[i], text));
		close(slaves[i]);
		close(masters[i]);
	}
}

int main(void)
{
	setbuf(stdout, NULL);
	RUN(bytes_go_both_ways);
	RUN(names_and_numbers);
	RUN(locked_until_unlocked);
	RUN(typed_ahead);
	RUN(the_last_close_of_the_terminal);
	RUN(the_end_of_the_master);
	RUN(a_reader_learns_of_the_end);
	RUN(packet_mode);
	RUN(packets_are_urgent);
	RUN(external_processing);
	RUN(settings_from_either_side);
	RUN(flow_of_many_bytes);
	RUN(waiting_for_room);
	RUN(a_pair_inside_a_pair);
	RUN(exclusive_use);
	RUN(many_pairs);
	return failed_cases != 0;
}
