/* SPDX-License-Identifier: MIT */
/*
 * ids.c - who a process is: numbers, groups, sessions, users.
 */
#include "libsys/string.h"
#include "servers/linux/calls.h"
#include "servers/linux/task.h"
#include "servers/linux/tty.h"
#include "servers/linux/uaccess.h"

i64 linux_getpid(struct lthread *t, struct registers *r)
{
	(void)r;
	return t->process->pid;
}

i64 linux_gettid(struct lthread *t, struct registers *r)
{
	(void)r;
	return t->tid;
}

i64 linux_getppid(struct lthread *t, struct registers *r)
{
	(void)r;
	return __atomic_load_n(&t->process->parent_pid, __ATOMIC_RELAXED);
}

i64 linux_getuid(struct lthread *t, struct registers *r)
{
	(void)r;
	return t->process->cred.uid;
}

i64 linux_geteuid(struct lthread *t, struct registers *r)
{
	(void)r;
	return t->process->cred.euid;
}

i64 linux_getgid(struct lthread *t, struct registers *r)
{
	(void)r;
	return t->process->cred.gid;
}

i64 linux_getegid(struct lthread *t, struct registers *r)
{
	(void)r;
	return t->process->cred.egid;
}

i64 linux_getresuid(struct lthread *t, struct registers *r)
{
	const struct credentials *c = &t->process->cred;

	return guest_put32(r->rdi, c->uid) ?: guest_put32(r->rsi, c->euid) ?:
	       guest_put32(r->rdx, c->suid);
}

i64 linux_getresgid(struct lthread *t, struct registers *r)
{
	const struct credentials *c = &t->process->cred;

	return guest_put32(r->rdi, c->gid) ?: guest_put32(r->rsi, c->egid) ?:
	       guest_put32(r->rdx, c->sgid);
}

/* ~0 keeps a value; without privilege each must be one that the process has already. */
static i64 ids_set(struct lthread *t, u32 *const field[3], const u32 value[3])
{
	u32 has[3];
	i64 result = 0;

	world_lock();
	for (int i = 0; i < 3; i++)
		has[i] = *field[i];
	for (int i = 0; i < 3 && t->process->cred.euid; i++)
		if (value[i] != ~0u && value[i] != has[0] && value[i] != has[1] &&
		    value[i] != has[2])
			result = -EPERM;
	for (int i = 0; i < 3 && !result; i++)
		if (value[i] != ~0u)
			*field[i] = value[i];
	world_unlock();
	return result;
}

static i64 uids_set(struct lthread *t, u32 uid, u32 euid, u32 suid)
{
	struct credentials *c = &t->process->cred;
	u32 *const field[] = { &c->uid, &c->euid, &c->suid };
	const u32 value[] = { uid, euid, suid };

	return ids_set(t, field, value);
}

static i64 gids_set(struct lthread *t, u32 gid, u32 egid, u32 sgid)
{
	struct credentials *c = &t->process->cred;
	u32 *const field[] = { &c->gid, &c->egid, &c->sgid };
	const u32 value[] = { gid, egid, sgid };

	return ids_set(t, field, value);
}

i64 linux_setuid(struct lthread *t, struct registers *r)
{
	u32 uid = (u32)r->rdi;

	if (uid == ~0u)
		return -EINVAL;
	return t->process->cred.euid ? uids_set(t, ~0u, uid, ~0u) : uids_set(t, uid, uid, uid);
}

i64 linux_setgid(struct lthread *t, struct registers *r)
{
	u32 gid = (u32)r->rdi;

	if (gid == ~0u)
		return -EINVAL;
	return t->process->cred.euid ? gids_set(t, ~0u, gid, ~0u) : gids_set(t, gid, gid, gid);
}

i64 linux_setreuid(struct lthread *t, struct registers *r)
{
	u32 uid = (u32)r->rdi, euid = (u32)r->rsi;
	bool save = uid != ~0u || (euid != ~0u && euid != t->process->cred.uid);
	u32 effective = euid == ~0u ? t->process->cred.euid : euid;

	return uids_set(t, uid, euid, save ? effective : ~0u);
}

i64 linux_setregid(struct lthread *t, struct registers *r)
{
	u32 gid = (u32)r->rdi, egid = (u32)r->rsi;
	bool save = gid != ~0u || (egid != ~0u && egid != t->process->cred.gid);
	u32 effective = egid == ~0u ? t->process->cred.egid : egid;

	return gids_set(t, gid, egid, save ? effective : ~0u);
}

i64 linux_setresuid(struct lthread *t, struct registers *r)
{
	return uids_set(t, (u32)r->rdi, (u32)r->rsi, (u32)r->rdx);
}

i64 linux_setresgid(struct lthread *t, struct registers *r)
{
	return gids_set(t, (u32)r->rdi, (u32)r->rsi, (u32)r->rdx);
}

i64 linux_getgroups(struct lthread *t, struct registers *r)
{
	struct credentials cred;

	world_lock();
	cred = t->process->cred;
	world_unlock();
	if (!r->rdi)
		return cred.group_count;
	if ((i32)r->rdi < (i32)cred.group_count)
		return -EINVAL;
	return copy_out(r->rsi, cred.groups, cred.group_count * sizeof(u32)) ?:
	       (i64)cred.group_count;
}

i64 linux_setgroups(struct lthread *t, struct registers *r)
{
	u32 groups[GROUPS_MAX], count = (u32)r->rdi;

	i64 error = 0;

	if (t->process->cred.euid)
		return -EPERM;
	if (count > GROUPS_MAX)
		return -EINVAL;
	if (copy_in(groups, r->rsi, count * sizeof(u32)))
		return -EFAULT;
	world_lock();
	/* Still: another thread may have given that up for all of them. */
	if (t->process->cred.euid) {
		error = -EPERM;
	} else {
		memcpy(t->process->cred.groups, groups, count * sizeof(u32));
		t->process->cred.group_count = count;
	}
	world_unlock();
	return error;
}

/* pid 0 means the caller. */
static struct process *process_for(struct lthread *t, i32 pid)
{
	return pid ? process_find(pid) : t->process;
}

static i64 group_set(struct lthread *t, i32 pid, i32 group)
{
	struct process *p = process_for(t, pid);

	if (!p || p->zombie || (p != t->process && p->parent != t->process))
		return -ESRCH;
	if (!group)
		group = p->pid;
	if (group < 0)
		return -EINVAL;
	if (p != t->process && p->executed)
		return -EACCES;
	if (p->session != t->process->session || p->session == p->pid)
		return -EPERM;
	if (group != p->pid && !group_exists(group, p->session))
		return -EPERM;
	p->group = group;
	return 0;
}

i64 linux_setpgid(struct lthread *t, struct registers *r)
{
	i64 result;

	world_lock();
	result = group_set(t, (i32)r->rdi, (i32)r->rsi);
	world_unlock();
	return result;
}

i64 linux_getpgid(struct lthread *t, struct registers *r)
{
	struct process *p;
	i64 result;

	world_lock();
	p = process_for(t, (i32)r->rdi);
	result = p ? p->group : -ESRCH;
	world_unlock();
	return result;
}

i64 linux_getpgrp(struct lthread *t, struct registers *r)
{
	(void)r;
	return t->process->group;
}

i64 linux_getsid(struct lthread *t, struct registers *r)
{
	struct process *p;
	i64 result;

	world_lock();
	p = process_for(t, (i32)r->rdi);
	result = p ? p->session : -ESRCH;
	world_unlock();
	return result;
}

i64 linux_setsid(struct lthread *t, struct registers *r)
{
	struct process *p = t->process;
	i64 result = -EPERM;

	(void)r;
	world_lock();
	if (p->group != p->pid && !group_exists(p->pid, p->session)) {
		p->group = p->session = p->pid;
		p->tty_left = false;
		result = p->pid;
	}
	world_unlock();
	return result;
}
