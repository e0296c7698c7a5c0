/* SPDX-License-Identifier: MIT */
/*
 * tty - the line discipline beside Linux's own: random settings, keys, output, reads and modes go
 * to a pair of this machine's Linux and to ours, and both have to say the same.
 *
 *	tty [ROUNDS [SEED]]
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

/* The headers of our servers declare a main of their own. */
#define main server_main
#include "servers/tty/terminal.h"
#undef main

static struct tty_store memory;
struct tty_store *store = &memory;
struct terminal terminals[TTY_TERMINALS];
static struct terminal *t = &terminals[TTY_DEVICES];
static int master, slave;
static char history[65536];
static size_t history_length;

void journal_close(struct journal *journal)
{
	(void)journal;
}

void journal_commit_for(struct journal *journal, void *base, u64 badge, u64 token, u64 word,
			void *place, u32 width, u64 value)
{
	(void)journal, (void)base, (void)badge, (void)token, (void)word, (void)place, (void)width,
		(void)value;
}

static u64 state;

static u32 random_below(u32 limit)
{
	state = state * 6364136223846793005ul + 1442695040888963407ul;
	return (u32)(state >> 33) % limit;
}

#define NOTE(...)                                                                            \
	(history_length += (size_t)snprintf(history + history_length,                          \
					    sizeof(history) - history_length, __VA_ARGS__))

static void note_bytes(const char *what, const u8 *bytes, size_t count)
{
	NOTE("  %s:", what);
	for (size_t i = 0; i < count && i < 200; i++)
		NOTE(" %02x", bytes[i]);
	NOTE("\n");
}

struct flag {
	tcflag_t theirs;
	u32 ours;
};
static const struct flag input_flags[] = {
	{ ICRNL, TTY_INPUT_CR_TO_NL }, { INLCR, TTY_INPUT_NL_TO_CR },
	{ IGNCR, TTY_INPUT_IGNORE_CR }, { ISTRIP, TTY_INPUT_STRIP }, { IXON, TTY_INPUT_FLOW },
	{ IXANY, TTY_INPUT_FLOW_ANY }, { IUTF8, TTY_INPUT_UTF8 }, { IUCLC, TTY_INPUT_TO_LOWER },
	{ PARMRK, TTY_INPUT_DOUBLE_255 },
};
static const struct flag output_flags[] = {
	{ OPOST, TTY_OUTPUT_PROCESS }, { ONLCR, TTY_OUTPUT_NL_TO_CRNL },
	{ OCRNL, TTY_OUTPUT_CR_TO_NL }, { ONOCR, TTY_OUTPUT_NO_CR_AT_0 },
	{ ONLRET, TTY_OUTPUT_NL_RETURNS }, { TAB3, TTY_OUTPUT_EXPAND_TABS },
	{ OLCUC, TTY_OUTPUT_TO_UPPER },
};
static const struct flag local_flags[] = {
	{ ISIG, TTY_LOCAL_SIGNALS }, { ICANON, TTY_LOCAL_CANONICAL }, { ECHO, TTY_LOCAL_ECHO },
	{ ECHOE, TTY_LOCAL_ECHO_ERASE }, { ECHOK, TTY_LOCAL_ECHO_KILL },
	{ ECHONL, TTY_LOCAL_ECHO_NL }, { ECHOCTL, TTY_LOCAL_ECHO_CONTROL },
	{ ECHOKE, TTY_LOCAL_ECHO_KILL_ERASE }, { NOFLSH, TTY_LOCAL_NO_FLUSH },
	{ IEXTEN, TTY_LOCAL_EXTENDED }, { ECHOPRT, TTY_LOCAL_ECHO_PRINT },
	{ EXTPROC, TTY_LOCAL_EXTERNAL },
};
static const struct {
	int theirs;
	enum tty_key ours;
	u8 usual;
} keys[] = {
	{ VINTR, TTY_KEY_INTR, 3 }, { VQUIT, TTY_KEY_QUIT, 28 }, { VERASE, TTY_KEY_ERASE, 127 },
	{ VKILL, TTY_KEY_KILL, 21 }, { VEOF, TTY_KEY_EOF, 4 }, { VSTART, TTY_KEY_START, 17 },
	{ VSTOP, TTY_KEY_STOP, 19 }, { VSUSP, TTY_KEY_SUSP, 26 }, { VEOL, TTY_KEY_EOL, 0 },
	{ VEOL2, TTY_KEY_EOL2, 0 }, { VREPRINT, TTY_KEY_REPRINT, 18 },
	{ VWERASE, TTY_KEY_WORD_ERASE, 23 }, { VLNEXT, TTY_KEY_LITERAL_NEXT, 22 },
};
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static tcflag_t pick(const struct flag *flag, size_t count, u32 percent, u32 *ours)
{
	tcflag_t theirs = 0;

	*ours = 0;
	for (size_t i = 0; i < count; i++)
		if (random_below(100) < percent) {
			theirs |= flag[i].theirs;
			*ours |= flag[i].ours;
		}
	return theirs;
}

static void set_modes(void)
{
	struct tty_settings s = { 0 };
	struct termios termios = { .c_cflag = CS8 | CREAD | B38400 };
	u32 percent = random_below(2) ? 50 : 85;

	termios.c_iflag = pick(input_flags, COUNT(input_flags), 35, &s.input);
	termios.c_oflag = pick(output_flags, COUNT(output_flags), 50, &s.output);
	termios.c_lflag = pick(local_flags, COUNT(local_flags), percent, &s.local);
	/* The rarer two would hide the rest. */
	if (random_below(4)) {
		termios.c_lflag &= ~(tcflag_t)EXTPROC;
		s.local &= ~(u32)TTY_LOCAL_EXTERNAL;
	}
	if (random_below(3)) {
		termios.c_lflag &= ~(tcflag_t)ECHOPRT;
		s.local &= ~(u32)TTY_LOCAL_ECHO_PRINT;
	}
	for (size_t i = 0; i < COUNT(keys); i++) {
		u8 key = keys[i].usual;

		if (!random_below(12))
			key = (u8) "\r\n\tab\0\377"[random_below(7)];
		termios.c_cc[keys[i].theirs] = s.key[keys[i].ours] = key;
	}
	termios.c_cc[VMIN] = s.key[TTY_KEY_MIN] = 1;
	if (tcsetattr(slave, TCSANOW, &termios))
		perror("tcsetattr");
	terminal_set(t, &s);
	terminal_commit(t);
	NOTE("  modes: i %o o %o l %o\n", termios.c_iflag, termios.c_oflag, termios.c_lflag);
}

static size_t random_bytes(u8 *to, size_t limit)
{
	static const u8 often[] = "aB1_ \t\t\r\n\n\177\177\025\027\026\022\004\004\003\032\023\021"
				  "\001\033\303\244\303\244\377\0z";
	size_t count = 1 + random_below((u32)limit);

	for (size_t i = 0; i < count; i++)
		to[i] = random_below(8) ? often[random_below(sizeof(often) - 1)] :
					  (u8)random_below(256);
	return count;
}

static bool same(const char *what, const u8 *theirs, ssize_t n, const u8 *ours, size_t m)
{
	if (n < 0)
		n = 0;
	if ((size_t)n == m && !memcmp(theirs, ours, m))
		return true;
	note_bytes("Linux", theirs, (size_t)n);
	note_bytes("ours ", ours, m);
	printf("FAILED %s differs after\n%s", what, history);
	return false;
}

/* Linux moves bytes between the sides of a pair in the background. */
static void settle(void)
{
	usleep(200);
}

enum { PATIENCE = 500 };

static bool compare_master(void)
{
	u8 theirs[8192], ours[8192];
	size_t n = 0, m = 0;
	ssize_t more;

	while (t->packet_status || output_ready(t))
		m += output_give(t, ours + m, sizeof(ours) - m);
	terminal_commit(t);
	for (int i = 0; i < PATIENCE && (i < 2 || n < m); i++) {
		settle();
		more = read(master, theirs + n, sizeof(theirs) - n);
		/* Linux may hand out a packet with nothing in it. */
		if (t->packet && more == 1 && !theirs[n])
			more = 0;
		n += more > 0 ? (size_t)more : 0;
	}
	return same("what the master reads", theirs, (ssize_t)n, ours, m);
}

static bool compare_slave(void)
{
	u8 theirs[512], ours[512];
	size_t size = random_below(3) ? sizeof(theirs) : 1 + random_below(6);
	int waiting = 0;
	ssize_t n;

	for (int i = 0; i < PATIENCE && (u64)waiting != input_readable(t); i++) {
		settle();
		if (ioctl(slave, FIONREAD, &waiting))
			perror("FIONREAD");
	}
	settle();
	if ((u64)waiting != input_readable(t)) {
		printf("FAILED FIONREAD: Linux %d, ours %lu, after\n%s", waiting,
		       input_readable(t), history);
		return false;
	}
	n = read(slave, theirs, size);
	if ((n < 0) != !input_any(t)) {
		printf("FAILED read would wait: Linux %d, ours %d, after\n%s", n < 0,
		       !input_any(t), history);
		return false;
	}
	NOTE("  read %zu\n", size);
	return same("what a program reads", theirs, n, ours, input_give(t, ours, size));
}

static bool disturbs_echo(u8 byte)
{
	static const enum tty_key keys_that_do[] = { TTY_KEY_STOP, TTY_KEY_INTR, TTY_KEY_QUIT,
						     TTY_KEY_SUSP };

	for (size_t i = 0; i < COUNT(keys_that_do); i++)
		if (((byte ^ t->settings.key[keys_that_do[i]]) & 0x5f) == 0)
			return true;
	return false;
}

static void type(void)
{
	u8 bytes[12];
	size_t n = random_bytes(bytes, sizeof(bytes)), done = 0;

	/* Linux echoes at the end of what came together: these keys would hold or discard that. */
	for (size_t i = 1; i < n; i++)
		if (disturbs_echo(bytes[i]) || (bytes[0] & 0x7f) == t->settings.key[TTY_KEY_STOP])
			n = i;
	note_bytes("typed", bytes, n);
	if (write(master, bytes, n) != (ssize_t)n)
		perror("write to the master");
	while (done < n) {
		done += input_take(t, bytes + done, n - done);
		terminal_commit(t);
	}
}

static void print(void)
{
	u8 bytes[12];
	size_t n = random_bytes(bytes, sizeof(bytes));
	ssize_t taken;

	if (t->stopped)
		return;
	note_bytes("printed", bytes, n);
	taken = write(slave, bytes, n);
	if (taken != (ssize_t)n)
		perror("write to the slave");
	for (size_t i = 0; i < n; i++)
		output_byte(t, bytes[i]);
	terminal_commit(t);
}

static void flow(void)
{
	static const int actions[] = { TCOOFF, TCOON };
	u32 i = random_below(2);

	NOTE("  flow %u\n", i);
	tcflow(slave, actions[i]);
	/* Linux goes on with held echo at the next write only. */
	if (i && write(slave, "", 0))
		perror("write nothing");
	terminal_flow(t, i ? TTY_FLOW_GO : TTY_FLOW_HOLD);
	terminal_commit(t);
}

static void flush(void)
{
	NOTE("  flush input\n");
	usleep(3000);
	tcflush(slave, TCIFLUSH);
	input_flush(t);
	terminal_commit(t);
}

static bool round_of(bool packet)
{
	int on = packet;

	history_length = 0;
	master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
	if (master < 0 || grantpt(master) || unlockpt(master))
		return false;
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_NONBLOCK);
	if (slave < 0)
		return false;
	terminal_reset(t, 0, OPEN_MASTER | OPEN_SLAVE | OPEN_SLAVE_WAS);
	t->packet = packet;
	terminal_commit(t);
	ioctl(master, TIOCPKT, &on);
	set_modes();
	for (int i = 0; i < 12; i++) {
		switch (random_below(10)) {
		case 0:
			/* What STOP held Linux echoes with the modes of the time it goes out. */
			usleep(3000);
			if (!t->stopped)
				set_modes();
			break;
		case 1:
		case 2:
			print();
			break;
		case 3:
			if (!compare_slave())
				return false;
			break;
		case 4:
			if (!random_below(3))
				flow();
			else if (!random_below(3))
				flush();
			break;
		default:
			type();
		}
		if (!compare_master())
			return false;
	}
	return compare_slave();
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 300;
	u64 seed = argc > 2 ? strtoul(argv[2], NULL, 0) : 1;

	for (int i = 0; i < rounds; i++) {
		state = seed + (u64)i;
		if (!round_of(i % 4 == 3)) {
			printf("  seed %lu\n", seed + (u64)i);
			return 1;
		}
		close(slave);
		close(master);
	}
	printf("ok %d rounds of settings, keys and output as on this Linux\n", rounds);
	return 0;
}
