/* SPDX-License-Identifier: MIT */
/*
 * misc.c - a thread's small print, and calls that need no more than an answer.
 */
#include "libsys/string.h"
#include "servers/linux/calls.h"
#include "servers/linux/capability.h"
#include "servers/linux/uaccess.h"

i64 linux_prctl(struct lthread *t, struct registers *r)
{
	char name[COMM_SIZE] = { 0 };
	i64 length;

	switch ((u32)r->rdi) {
	case PR_SET_NAME:
		length = string_in(name, r->rsi, sizeof(name));
		if (length == -EFAULT)
			return length;
		name[sizeof(name) - 1] = 0;
		memcpy(t->comm, name, sizeof(name));
		return 0;
	case PR_GET_NAME:
		return copy_out(r->rsi, t->comm, sizeof(t->comm));
	case PR_GET_DUMPABLE:
		return 1;
	case PR_SET_DUMPABLE:
		return r->rsi > 1 ? -EINVAL : 0;
	case PR_SET_NO_NEW_PRIVS:
		if (r->rsi != 1 || r->rdx || r->r10 || r->r8)
			return -EINVAL;
		t->traits.no_new_privs = true;
		return 0;
	case PR_GET_NO_NEW_PRIVS:
		if (r->rsi || r->rdx || r->r10 || r->r8)
			return -EINVAL;
		return t->traits.no_new_privs;
	default:
		return capability_prctl(r);
	}
}

i64 linux_arch_prctl(struct lthread *t, struct registers *r)
{
	switch ((u32)r->rdi) {
	case ARCH_SET_FS:
		if (r->rsi >= GUEST_LIMIT)
			return -EPERM;
		t->state->fs_base = r->rsi;
		return 0;
	case ARCH_SET_GS:
		if (r->rsi >= GUEST_LIMIT)
			return -EPERM;
		t->state->gs_base = r->rsi;
		return 0;
	case ARCH_GET_FS:
		return guest_put64(r->rsi, t->state->fs_base);
	case ARCH_GET_GS:
		return guest_put64(r->rsi, t->state->gs_base);
	default:
		return -EINVAL;
	}
}

i64 linux_sync(struct lthread *t, struct registers *r)
{
	(void)t, (void)r;
	return 0;
}

i64 linux_socket(struct lthread *t, struct registers *r)
{
	(void)t, (void)r;
	return -EAFNOSUPPORT;
}

i64 linux_rseq(struct lthread *t, struct registers *r)
{
	(void)t, (void)r;
	return -ENOSYS;
}
