/* SPDX-License-Identifier: MIT */
/*
 * capability.c - Linux's capabilities as far as they exist here: the superuser has all of them,
 * nobody else any, and they cannot be given up one by one.
 */
#include "servers/linux/calls.h"
#include "servers/linux/capability.h"
#include "servers/linux/uaccess.h"

#define ALL_CAPABILITIES (((u64)1 << CAPABILITIES) - 1)

struct sets {
	u64 effective, permitted;
};

static struct sets sets_of(const struct credentials *c)
{
	return (struct sets){
		.effective = c->euid ? 0 : ALL_CAPABILITIES,
		.permitted = c->uid && c->euid && c->suid ? 0 : ALL_CAPABILITIES,
	};
}

/* How many words a set has in the version that the program speaks; 0: it is told ours. */
static u32 words_of(guest_t header, struct l_cap_header *h, i64 *error)
{
	*error = copy_in(h, header, sizeof(*h));
	if (*error)
		return 0;
	switch (h->version) {
	case CAP_VERSION_1:
		return 1;
	case CAP_VERSION_2:
	case CAP_VERSION_3:
		return 2;
	default:
		*error = guest_put32(header, CAP_VERSION_3) ?: -EINVAL;
		return 0;
	}
}

i64 linux_capget(struct lthread *t, struct registers *r)
{
	struct l_cap_data data[2];
	struct l_cap_header h;
	const struct lthread *of;
	struct sets sets = { 0 };
	i64 error;
	u32 words = words_of(r->rdi, &h, &error);

	/* Without a place for the sets, only the version was asked for. */
	if (!r->rsi)
		return error == -EINVAL ? 0 : error;
	if (!words)
		return error;
	if (h.pid < 0)
		return -EINVAL;
	world_lock();
	of = h.pid ? thread_find(h.pid) : t;
	if (of)
		sets = sets_of(&of->process->cred);
	world_unlock();
	if (!of)
		return -ESRCH;
	for (u32 i = 0; i < words; i++)
		data[i] = (struct l_cap_data){ (u32)(sets.effective >> 32 * i),
					       (u32)(sets.permitted >> 32 * i), 0 };
	return copy_out(r->rsi, data, words * sizeof(data[0]));
}

i64 linux_capset(struct lthread *t, struct registers *r)
{
	struct l_cap_data data[2] = { 0 };
	struct sets sets = sets_of(&t->process->cred), wanted;
	struct l_cap_header h;
	i64 error;
	u32 words = words_of(r->rdi, &h, &error);

	if (!words)
		return error;
	if (h.pid && h.pid != t->tid)
		return -EPERM;
	if (copy_in(data, r->rsi, words * sizeof(data[0])))
		return -EFAULT;
	wanted.effective = data[0].effective | (u64)data[1].effective << 32;
	wanted.permitted = data[0].permitted | (u64)data[1].permitted << 32;
	if (wanted.effective != sets.effective || wanted.permitted != sets.permitted ||
	    data[0].inheritable || data[1].inheritable)
		return -EPERM;
	return 0;
}

i64 capability_prctl(const struct registers *r)
{
	switch ((u32)r->rdi) {
	case PR_CAPBSET_READ:
		return r->rsi < CAPABILITIES ? 1 : -EINVAL;
	case PR_CAP_AMBIENT:
		if (r->rsi == PR_CAP_AMBIENT_CLEAR_ALL)
			return r->rdx || r->r10 || r->r8 ? -EINVAL : 0;
		if (r->r10 || r->r8 || r->rdx >= CAPABILITIES)
			return -EINVAL;
		switch (r->rsi) {
		case PR_CAP_AMBIENT_IS_SET:
		case PR_CAP_AMBIENT_LOWER:
			return 0;
		case PR_CAP_AMBIENT_RAISE:
			return -EPERM; /* what is not inheritable cannot be */
		}
		return -EINVAL;
	default:
		return -EINVAL;
	}
}
