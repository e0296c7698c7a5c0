/* SPDX-License-Identifier: MIT */
/*
 * poll.c - poll, ppoll, select and pselect6.
 */
#include "servers/linux/poll.h"

#include "libsys/heap.h"
#include "libsys/sys.h"
#include "servers/linux/calls.h"
#include "servers/linux/clock.h"
#include "servers/linux/file.h"
#include "servers/linux/signal.h"
#include "servers/linux/uaccess.h"
#include "servers/linux/util.h"

struct event poll_event;

i64 ready_words_map(struct ready_words *words, cap_t word_memory, cap_t armed_memory)
{
	struct memory_info info;
	i64 address;

	if (sys_memory_info(word_memory, &info))
		return -EIO;
	words->count = info.size_bytes / sizeof(struct ready_word);
	address = memory_map(word_memory, 0, info.size_bytes, PROTECT_READ);
	if (map_failed(address))
		return errno_from(address);
	words->word = (const struct ready_word *)address;
	if (sys_memory_info(armed_memory, &info) ||
	    info.size_bytes / sizeof(u32) < words->count)
		return -EIO;
	address = memory_map(armed_memory, 0, info.size_bytes, PROTECT_READ | PROTECT_WRITE);
	if (map_failed(address))
		return errno_from(address);
	words->armed = (u32 *)address;
	return 0;
}

u32 ready_words_poll(struct ready_words *words, u64 index, struct poll_table *table)
{
	u32 events, mask = 0;

	if (index >= words->count)
		return POLLERR;
	if (table)
		ready_arm(&words->armed[index]);
	events = ready_events(&words->word[index]);
	if (events & READY_READABLE)
		mask |= POLLIN | POLLRDNORM;
	if (events & READY_WRITABLE)
		mask |= POLLOUT | POLLWRNORM;
	if (events & READY_CLOSED)
		mask |= POLLHUP;
	if (events & READY_ERROR)
		mask |= POLLERR;
	if (events & READY_URGENT)
		mask |= POLLPRI;
	return mask;
}

/* One look at all of them; returns how many have something to report. */
static i64 scan(struct lthread *t, struct l_pollfd *fds, u64 count, struct poll_table *table)
{
	i64 ready = 0;

	for (u64 i = 0; i < count; i++) {
		struct l_pollfd *p = &fds[i];
		struct file *f;

		p->revents = 0;
		if (p->fd < 0)
			continue;
		f = file_get(t, p->fd);
		if (!f) {
			p->revents = POLLNVAL;
		} else {
			p->revents = f->ops->poll(f, table) & (p->events | POLLERR | POLLHUP);
			file_put(f);
		}
		if (p->revents) {
			ready++;
			table = NULL;
		}
	}
	return ready;
}

/* Until something is ready, the deadline passes (0), or a signal comes (-EINTR). */
static i64 poll_wait(struct lthread *t, struct l_pollfd *fds, u64 count, u64 deadline_ns)
{
	struct poll_table table = { 0 };

	for (;;) {
		u32 seen = event_now(&poll_event);
		i64 result = scan(t, fds, count, deadline_ns ? &table : NULL);

		if (result || !deadline_ns)
			return result;
		result = event_wait(t, &poll_event, seen, deadline_ns);
		if (result == -ETIMEDOUT)
			return scan(t, fds, count, NULL);
		if (result)
			return result;
	}
}

static i64 poll_guest(struct lthread *t, guest_t address, u64 count, u64 deadline_ns)
{
	u64 bytes = count * sizeof(struct l_pollfd);
	struct l_pollfd few[16], *fds = few;
	i64 result;

	if (count > t->process->limit[RLIMIT_NOFILE].cur || count > 4096)
		return -EINVAL;
	if (count > 16) {
		fds = heap_alloc(bytes);
		if (!fds)
			return -ENOMEM;
	}
	result = copy_in(fds, address, bytes);
	if (!result)
		result = poll_wait(t, fds, count, deadline_ns);
	if (result >= 0 && copy_out(address, fds, bytes))
		result = -EFAULT;
	if (fds != few)
		heap_free(fds, bytes);
	return result;
}

i64 linux_poll(struct lthread *t, struct registers *r)
{
	i32 timeout = (i32)r->rdx;
	u64 deadline = timeout < 0 ? DEADLINE_NEVER :
		       timeout == 0 ? 0 : clock_now() + (u64)timeout * 1000000;
	i64 result = poll_guest(t, r->rdi, (u32)r->rsi, deadline);

	return result == -EINTR ? -ERESTARTNOHAND : result;
}

/* An optional time-out as an absolute deadline; 0 for one that is already over. */
static i64 deadline_in(guest_t address, u64 *deadline)
{
	struct l_timespec ts;

	*deadline = DEADLINE_NEVER;
	if (!address)
		return 0;
	if (copy_in(&ts, address, sizeof(ts)))
		return -EFAULT;
	if (ts.sec < 0 || ts.nsec < 0 || ts.nsec > 999999999)
		return -EINVAL;
	if (!ts.sec && !ts.nsec)
		*deadline = 0;
	else if (ts.sec < 1000000000)
		*deadline = clock_now() + (u64)ts.sec * 1000000000 + (u64)ts.nsec;
	return 0;
}

i64 linux_ppoll(struct lthread *t, struct registers *r)
{
	u64 deadline;
	i64 result = deadline_in(r->rdx, &deadline);

	if (!result && r->r10)
		result = signal_mask_for_wait(t, r->r10, r->r8);
	if (result)
		return result;
	result = poll_guest(t, r->rdi, (u32)r->rsi, deadline);
	if (result != -EINTR)
		signal_mask_wait_over(t);
	return result == -EINTR ? -ERESTARTNOHAND : result;
}

enum { SELECT_MAX = 1024, SELECT_SETS = 3 };
static const u16 select_asks[SELECT_SETS] = { POLLIN, POLLOUT, POLLPRI };
static const u16 select_means[SELECT_SETS] = {
	POLLIN | POLLHUP | POLLERR, POLLOUT | POLLERR, POLLPRI
};

/* Bits in, pollfds made of them, wait, bits out. */
static i64 select_guest(struct lthread *t, u32 count, const guest_t sets[SELECT_SETS],
			u64 deadline_ns)
{
	u64 bits[SELECT_SETS][SELECT_MAX / 64] = { 0 };
	u64 bytes = (count + 63) / 64 * 8, used = 0;
	struct l_pollfd *fds;
	i64 result = 0;

	if (count > SELECT_MAX)
		return -EINVAL;
	for (int s = 0; s < SELECT_SETS; s++)
		if (sets[s] && copy_in(bits[s], sets[s], bytes))
			return -EFAULT;
	fds = heap_alloc((count + 1) * sizeof(*fds));
	if (!fds)
		return -ENOMEM;
	for (u32 fd = 0; fd < count; fd++) {
		u16 events = 0;

		for (int s = 0; s < SELECT_SETS; s++)
			if (bits[s][fd / 64] >> (fd % 64) & 1)
				events |= select_asks[s];
		if (events)
			fds[used++] = (struct l_pollfd){ (i32)fd, events, 0 };
	}
	result = poll_wait(t, fds, used, deadline_ns);
	if (result >= 0) {
		memset(bits, 0, sizeof(bits));
		result = 0;
		for (u64 i = 0; i < used; i++) {
			u32 fd = (u32)fds[i].fd;

			if (fds[i].revents & POLLNVAL) {
				result = -EBADF;
				break;
			}
			for (int s = 0; s < SELECT_SETS; s++)
				if (fds[i].events & select_asks[s] &&
				    fds[i].revents & select_means[s]) {
					bits[s][fd / 64] |= (u64)1 << (fd % 64);
					result++;
				}
		}
		for (int s = 0; s < SELECT_SETS && result >= 0; s++)
			if (sets[s] && copy_out(sets[s], bits[s], bytes))
				result = -EFAULT;
	}
	heap_free(fds, (count + 1) * sizeof(*fds));
	return result;
}

i64 linux_select(struct lthread *t, struct registers *r)
{
	const guest_t sets[] = { r->rsi, r->rdx, r->r10 };
	u64 deadline = DEADLINE_NEVER, now = clock_now(), left;
	struct l_timeval tv;
	i64 result;

	if (r->r8) {
		if (copy_in(&tv, r->r8, sizeof(tv)))
			return -EFAULT;
		if (tv.sec < 0 || tv.usec < 0)
			return -EINVAL;
		if (!tv.sec && !tv.usec)
			deadline = 0;
		else if (tv.sec < 1000000000)
			deadline = now + (u64)tv.sec * 1000000000 + (u64)tv.usec * 1000;
	}
	result = select_guest(t, (u32)r->rdi, sets, deadline);
	if (r->r8 && deadline != DEADLINE_NEVER) {
		now = clock_now();
		left = deadline > now ? deadline - now : 0;
		tv = (struct l_timeval){ (i64)(left / 1000000000),
					 (i64)(left % 1000000000 / 1000) };
		(void)copy_out(r->r8, &tv, sizeof(tv));
	}
	return result == -EINTR ? -ERESTARTNOHAND : result;
}

i64 linux_pselect6(struct lthread *t, struct registers *r)
{
	const guest_t sets[] = { r->rsi, r->rdx, r->r10 };
	u64 deadline, mask[2] = { 0, 0 };
	i64 result = deadline_in(r->r8, &deadline);

	if (!result && r->r9 && copy_in(mask, r->r9, sizeof(mask)))
		result = -EFAULT;
	if (!result && mask[0])
		result = signal_mask_for_wait(t, mask[0], mask[1]);
	if (result)
		return result;
	result = select_guest(t, (u32)r->rdi, sets, deadline);
	if (result != -EINTR)
		signal_mask_wait_over(t);
	return result == -EINTR ? -ERESTARTNOHAND : result;
}
