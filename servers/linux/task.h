/* SPDX-License-Identifier: MIT */
/*
 * task.h - Linux processes and threads, and what they share.
 *
 * One Linux thread is one native thread of the pool (twin.h) while it lives.  Legend of guards:
 *	W = world lock (process tree, groups, sessions, signals)
 *	o = only the thread itself, or its maker before it starts
 *	c = constant after creation
 *	a = atomic
 */
#ifndef LINUX_TASK_H
#define LINUX_TASK_H

#include "microkernel/abi/guest.h"
#include "servers/linux/abi.h"
#include "servers/linux/errno.h"
#include "servers/linux/event.h"
#include "servers/linux/list.h"
#include "servers/linux/lockorder.h"
#include "servers/linux/node.h"

enum { GROUPS_MAX = 32, COMM_SIZE = 16, PID_LIMIT = 32768 };

/* An address space; vfork children and threads share it. */
struct mm {
	u32 refs;		 /* a */
	cap_t space, view;	 /* c */
	struct lock lock;	 /* guards brk */
	u64 brk_start, brk;
	u64 arguments, arguments_end, environment, environment_end, auxv, auxv_end; /* c */
	u64 map_top;		 /* c: mmap goes below it */
	u64 stack_top, code_start, code_end, data_start, data_end;   /* c */
	char *exe;		 /* c: path of the program, for /proc */
};

struct sighand {
	u32 refs; /* a */
	struct l_sigaction action[SIGNALS]; /* W; [n - 1] is signal n */
};

/* Where a process stands in the tree, and its umask. */
struct fs_context {
	u32 refs;	  /* a */
	u32 umask;	  /* a */
	struct lock lock; /* guards cwd, root and their paths */
	struct node cwd, root;	  /* held */
	char *path, *root_path;	  /* from the root of all, as they were called then */
};

struct credentials {
	u32 uid, euid, suid, gid, egid, sgid;
	u32 group_count;
	u32 groups[GROUPS_MAX];
};

/* What is told about a pending signal. */
struct signal_info {
	i32 code;
	i32 pid;
	u32 uid;
	i32 status;
	u64 value; /* sigqueue's value, or an address */
};

/*
 * Signals that wait to be delivered.  A real-time signal waits as often as it was sent, the others
 * once; the records of one number are delivered in the order in which they came.  A bit without a
 * record is a signal of which nothing more is known.
 */
struct signal_queue {
	u64 pending; /* W to change, racy to read: bit n - 1 is signal n */
	struct queued_signal *first; /* W */
};

struct interval_timer {
	u64 at_ns, interval_ns; /* at_ns: on the timer's own clock, 0 off */
};

struct times {
	u64 user_ns, system_ns, voluntary, involuntary, faults;
};

struct process {
	i32 pid;		   /* c */
	struct process *parent;	   /* W; NULL for process 1 */
	i32 parent_pid;		   /* W to change, racy to read: 0 for process 1 */
	struct list children;	   /* W, through sibling */
	struct list sibling;	   /* W */
	struct list all;	   /* W: every process, through process_list */
	struct list threads;	   /* W, through thread.member */
	u32 thread_count;	   /* W: not yet exited */
	i32 group, session;	   /* W */
	i32 tty_group;		   /* W: of a leader whose terminal hung up: its foreground group */
	bool tty_left;		   /* W: has given up its session's terminal (TIOCNOTTY) */
	bool zombie;		   /* W */
	bool executed;		   /* W: has called execve since fork */
	bool group_exit;	   /* W: every thread has to end, with exit_status */
	struct lthread *exec_by;	   /* W: this thread is replacing the program; others end */
	i32 exit_status;	   /* W: as wait4 reports it */
	char comm[COMM_SIZE];	   /* W: of a zombie, what its last thread was called */
	i32 exit_signal;	   /* W: what the parent gets, 0 none */

	bool stopped, stop_reported, continued; /* W: job control as wait4 sees it */
	i32 stop_signal;	   /* W */
	struct event continue_event; /* advanced by SIGCONT and SIGKILL */

	struct event child_event;  /* advanced when a child changed, or a thread of ours ended */
	struct event vfork_event;  /* advanced when the child of vfork has let go of the memory */
	struct lthread *vfork_waiter; /* W: waits until this process lets go of the shared memory */

	struct mm *mm;		   /* o */
	struct files *files;	   /* o */
	struct fs_context *fs;	   /* o */
	struct sighand *sighand;   /* o */
	struct credentials cred;   /* W to change */
	struct signal_queue signals; /* for the process as a whole */
	u32 signals_queued;	   /* W: records in the queues of the process and its threads */
	struct l_rlimit limit[RLIMITS]; /* W to change */
	struct interval_timer timer[ITIMERS]; /* W */
	u64 abandon_ns;		   /* W: when threads that have to end give up, 0 never */
	struct lthread *ender;	   /* W: the last thread, while it takes the process apart */
	u64 started_ns;		   /* c */
	struct times dead_threads, dead_children; /* W */
	i32 oom_adjust;		   /* W: of -1000 to 1000 */
};

/* What a thread keeps through execve and hands on to the threads that it makes; traits.c. */
struct traits {
	u32 persona;	   /* o: PER_* */
	u32 ioprio;	   /* W: class and level, 0 none */
	bool no_new_privs; /* o: execve honours no set-id bit; never taken back */
};

/* How a thread is scheduled, and its children unless they are told otherwise; priority.c. */
struct schedule {
	signed char nice;   /* -20 to 19 */
	u8 policy;	    /* SCHED_* */
	u8 priority;	    /* 1 to 99 with a real-time policy, else 0 */
	bool reset_on_fork; /* children begin as ordinary threads */
	u64 processors;	    /* mask of those that it may run on */
};

struct lthread {
	i32 tid;		   /* c; after execve of another thread: the process's */
	struct process *process;   /* c */
	struct list member;	   /* W */
	struct guest_state *state; /* c: registers and attention word, shared with the kernel */
	struct twin *twin;	   /* c */
	cap_t native;		   /* c: the native thread, to kick it */

	u64 mask;		   /* o to change under W, racy to read */
	u64 saved_mask;		   /* o: what sigsuspend and ppoll replaced */
	u64 waited;		   /* W: signals that sigtimedwait waits for; they stay blocked */
	bool restore_mask;	   /* o: saved_mask has to come back */
	bool in_call;		   /* o: the last trap was a system call; its result may restart */
	bool leaving;		   /* o: unwind, do not enter the guest again */
	struct signal_queue signals; /* for this thread alone */
	struct l_stack altstack;   /* o */
	guest_t clear_child_tid;   /* o */
	guest_t robust_list;	   /* o */
	u64 restart_deadline_ns;   /* o: for restart_syscall */
	guest_t restart_remaining; /* o */
	struct schedule schedule;  /* W */
	struct traits traits;
	bool vfork_busy;	   /* W: its vfork child still uses our memory */
	struct times before;	   /* o: what its twin had used before it */
	char comm[COMM_SIZE];	   /* o to change, racy to read */
	struct event event;	   /* what this thread alone waits on: sleep, sigsuspend */
};

extern struct lock world;
extern struct list process_list;

static inline void world_lock(void)
{
	lock_acquire(&world);
}
void world_unlock(void);
/* As event_signal, world lock held: who waits is woken when it is given back, not to meet it. */
void world_signal(struct event *event);

/* process.c: the tree. All need the world lock unless they say otherwise. */
struct lthread *thread_find(i32 tid);
struct process *process_find(i32 pid);
i32 tid_reserve(void);		      /* 0 if none is free */
/* How many threads the personality's own memory can carry: set at start, held by tid_reserve. */
void tid_limit_set(u32 threads);
void tid_set(i32 tid, struct lthread *t);
void tid_release(i32 tid);
i32 tid_last(void);
u32 threads_limit(void);
u64 processes_made(void); /* since the start */
struct process *process_alloc(void);  /* no lock needed; not yet in the tree */
void process_free(struct process *p); /* no lock needed; never was in the tree */
struct lthread *thread_alloc(struct process *p);
void thread_free(struct lthread *t);
void process_insert(struct process *p, struct process *parent);
void process_parent_set(struct process *p, struct process *parent);
bool group_exists(i32 group, i32 session);
bool group_orphaned(i32 group);
bool group_stopped(i32 group); /* a member of it is */

struct mm *mm_create(cap_t space, cap_t view);
struct mm *mm_get(struct mm *mm);
void mm_put(struct mm *mm); /* takes no lock; destroys view and space with the last reference */
struct sighand *sighand_copy(const struct sighand *from);
void sighand_put(struct sighand *sighand);
struct fs_context *fs_copy(struct fs_context *from);
void fs_put(struct fs_context *fs);

/* exit.c */
void process_exit_all(struct process *p, i32 status); /* world lock held */
/* Threads of p that have to end and still wait for a server give up on it: after a while, now. */
void process_abandon_later(struct process *p);	      /* world lock held */
void process_abandon(struct process *p);	      /* world lock held */
void thread_exit_now(struct lthread *t);		      /* runs in t, no lock held */
void vfork_release(struct process *p);		      /* p no longer uses its parent's memory */

static inline u64 signal_bit(int signal)
{
	return (u64)1 << (signal - 1);
}

/* Is there a reason for t to leave a wait? */
static inline bool signal_pending(const struct lthread *t)
{
	u64 pending = __atomic_load_n(&t->signals.pending, __ATOMIC_SEQ_CST) |
		      __atomic_load_n(&t->process->signals.pending, __ATOMIC_SEQ_CST);

	return (pending & (~t->mask | t->waited)) != 0 ||
	       __atomic_load_n(&t->process->group_exit, __ATOMIC_SEQ_CST) ||
	       (t->process->exec_by && t->process->exec_by != t);
}

/* Is t bound to die? */
static inline bool thread_doomed(const struct lthread *t)
{
	return ((t->signals.pending | t->process->signals.pending) & signal_bit(SIGKILL)) ||
	       t->process->group_exit || (t->process->exec_by && t->process->exec_by != t);
}

#endif
