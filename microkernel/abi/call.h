/* SPDX-License-Identifier: MIT */
/*
 * call.h - argument and result structures of the system calls in syscall.def.
 *
 * A call copies its structure in once, checks every field, and only then acts.
 */
#ifndef ABI_CALL_H
#define ABI_CALL_H

#include "microkernel/abi/types.h"

/* Protection of a region.  WRITE and EXEC never go together. */
enum protection { PROTECT_NONE = 0, PROTECT_READ = 1, PROTECT_WRITE = 2, PROTECT_EXEC = 4 };

enum map_flags {
	MAP_AT = 1,	 /* exactly at address; else the kernel picks the highest gap below it */
	MAP_REPLACE = 2, /* with MAP_AT: what is there goes first, in the same step */
	MAP_OVERLAY = 4, /* writes go to the space's overlay, memory (if any) is read through it */
};

enum space_kind { SPACE_NATIVE = 0, SPACE_GUEST = 1 };

/*
 * space_map, which takes them in registers, the last four in one.  memory CAP_NONE with MAP_OVERLAY
 * is anonymous memory.  The region's maximum protection is `maximum`; a shared mapping needs READ,
 * WRITE, EXEC on the memory accordingly, a private one READ (and EXEC for maximum EXEC).
 */
struct map_args {
	u64 address; /* bytes, page aligned; the upper bound if not MAP_AT (0: the space's limit) */
	u64 length;  /* bytes, rounded up to pages */
	cap_t memory;
	u64 offset;  /* bytes into memory, page aligned */
	union {
		struct {
			u8 protect; /* enum protection */
			u8 maximum; /* enum protection; 0: protect plus what rights allow */
			u16 flags;  /* enum map_flags */
			u32 tag;    /* opaque, kept with the region; 0 = plain anonymous memory */
		};
		u64 attributes;
	};
};

/* space_remap: move or resize regions, contents stay. */
struct remap_args {
	u64 address, length;	     /* the old range, page aligned, inside one region */
	u64 new_address, new_length; /* new_address 0: in place if it fits, else anywhere */
	u32 flags; /* REMAP_MAY_MOVE, MAP_AT with REMAP_MAY_MOVE: at new_address */
	u32 reserved;
};
enum { REMAP_MAY_MOVE = 16 };

/* One region as space_regions reports it. */
struct region_info {
	u64 address, length, offset;
	u64 memory_id; /* number of the memory object, 0 for anonymous */
	u32 protect, maximum, flags, tag;
	u64 resident_pages; /* pages of it mapped in the space's own page table */
};

struct space_info {
	u64 resident_pages, table_pages, region_count, region_pages;
	u64 minor_faults, cow_faults;
	u64 memory_in_overlay; /* pages charged to its overlay */
};

enum memory_flags { MEMORY_PINNED = 1 }; /* a page that is there is never moved or dropped */

struct memory_info {
	u64 id, size_bytes, capacity_bytes, resident_pages;
	u64 modified_ns; /* realtime is the owner's business: this is clock_read() time */
	u64 version;	 /* counts writes by memory_copy and resizes */
	u32 kind, flags;
};

enum copy_direction { COPY_FROM_MEMORY = 0, COPY_TO_MEMORY = 1, COPY_EXTEND = 2 };
enum memory_find { MEMORY_FIND_PAGE = 0, MEMORY_FIND_HOLE = 1 };
enum space_copy_direction { SPACE_COPY_READ = 0, SPACE_COPY_WRITE = 1, SPACE_COPY_FORCE = 2 };

struct budget_info {
	u64 limit_bytes, used_bytes, frames, peak_bytes;
};
enum budget_flags {
	BUDGET_RESERVED = 1, /* the limit is taken from the parent now and guaranteed */
	BUDGET_FRAMES = 2,   /* the limit is for frames alone: records are charged to the parent */
};

enum thread_flags { THREAD_SUSPENDED = 1 };

/*
 * thread_create.  The thread starts at entry with rdi = argument, rsp = stack, other registers 0.
 * When it ends by thread_exit, a fault or destruction, exit_bits are signalled on
 * exit_notification (if given, needs SIGNAL).
 */
struct thread_args {
	cap_t table, space;
	u64 entry, stack, argument;
	cap_t message_memory; /* pinned; CAP_NONE: the thread can send and accept no capabilities */
	u64 message_offset;   /* bytes, multiple of 256 */
	cap_t exit_notification;
	u64 exit_bits;
	u32 level; /* enum level; at most the creator's own floor */
	u32 flags; /* enum thread_flags */
	char name[16];
};

/* Levels: a higher number is more urgent. */
enum level {
	LEVEL_IDLE = 0, /* only when nothing else runs */
	LEVEL_USER = 1, /* 1-8: feedback levels; a new thread starts at 8 */
	LEVEL_USER_TOP = 8,
	LEVEL_SERVER = 9, /* 9-12: floors of servers */
	LEVEL_SERVER_TOP = 12,
	LEVEL_REALTIME = 13, /* 13-14: under a CPU budget */
	LEVELS = 15
};

enum thread_state {
	THREAD_STATE_READY = 0,
	THREAD_STATE_WAITING = 1,
	THREAD_STATE_SUSPENDED = 2,
	THREAD_STATE_FAULTED = 3,
	THREAD_STATE_DEAD = 4,
};

struct thread_info {
	u64 id;
	u32 state, level;
	u64 guest_ns, native_ns; /* time in the guest frame and in the native frame */
	u64 voluntary_switches, involuntary_switches;
	u64 waits_on;	 /* id of the thread that holds its call, or alone can receive it; or 0 */
	i64 exit_status; /* of thread_exit, or -(256 + vector) for a fault */
	u64 fault_address, fault_rip;
	u32 processor; /* that runs it, or ran it last */
	u32 reserved;
	char name[16];
};

enum thread_control_op {
	THREAD_SUSPEND = 0,
	THREAD_RESUME = 1,
	THREAD_SET_LEVEL = 2, /* value: enum level, at most the caller's own */
	/* Take the caller's level, where its feedback begins, and its processors. */
	THREAD_FOLLOW = 3,
	/* value: mask of the processors that may run it.  Bits of others are ignored; E_INVAL: none
	 * is left. */
	THREAD_SET_PROCESSORS = 4,
};

enum kick_flags {
	KICK_SOFT = 0, /* a signal: see B4, the server's final answer is awaited */
	KICK_HARD = 1, /* a kill: the call ends with E_ABANDONED at once */
};

enum { PORT_BYTES_MAX = 256 }; /* that one call moves */

enum power_op { POWER_HALT = 0, POWER_RESET = 1 };

/* futex_requeue */
struct requeue_args {
	u64 from, to; /* addresses */
	u32 wake_count, requeue_count;
	u32 expected, compare; /* compare != 0: E_AGAIN unless *from == expected */
};

struct cap_info {
	u32 type, rights; /* enum object_type, enum rights */
	u64 badge, object_id;
};

/* What inspect_read lists; each record begins with the number that continues after it. */
enum inspect_what {
	INSPECT_SYSTEM = 0,  /* one struct inspect_system */
	INSPECT_THREADS = 1, /* struct inspect_thread */
	INSPECT_SPACES = 2,  /* struct inspect_space */
	INSPECT_MAPPINGS = 3, /* struct inspect_mapping: a page-table walk of a space */
	INSPECT_CAPS = 4,    /* struct inspect_cap, of every table */
	INSPECT_BUDGETS = 5, /* struct inspect_budget */
	INSPECT_LOG = 6,     /* struct inspect_log: what the log still holds, taken or not */
	INSPECT_PROCESSORS = 7, /* struct inspect_processor, by number */
	/* Debug builds, no list: `cursor` charges of memory to the caller's budget, or below it,
	 * succeed but the last (0: all; FAILPOINT_ASK: as it was).  Returns 1 while that is still
	 * to come, else 0. */
	INSPECT_FAILPOINT = 8,
	/* Debug builds, no list: `cursor` is one of enum attack, or a word that is pushed `address`
	 * times to the kernel's stack and taken off again. */
	INSPECT_ATTACK = 9,
};
enum attack { ATTACK_LOAD, ATTACK_STORE, ATTACK_JUMP }; /* a byte; zero into it; a call of it */
#define FAILPOINT_ASK (~(u64)0)

struct inspect_system {
	u64 total_bytes; /* every usable page of the firmware's map */
	u64 free_bytes;
	u64 kernel_bytes; /* kernel image, frame array, slabs */
	u64 objects[16];  /* live objects by type */
	u64 capabilities;
	u64 uptime_ns;
	/* Of ring 0 between two preemption points, in ticks of the TSC, and during which call (its
	 * number, or ~vector of an exception), on this CPU: debug builds, else 0. */
	u64 longest_stretch_ticks, longest_stretch_call;
	u64 tsc_hz;
};

struct inspect_thread {
	u64 cursor, table_id, space_id, budget_id;
	struct thread_info info;
};

struct inspect_space {
	u64 cursor, space_id, kind; /* kind: enum space_kind, 2 = view, 3 = the kernel itself */
	struct space_info info;
};

/* A run of pages with equal flags in a page table. */
struct inspect_mapping {
	u64 cursor, space_id, address, length;
	u32 protect; /* enum protection */
	u32 user;    /* 1: reachable from ring 3 */
};

struct inspect_cap {
	u64 cursor, table_id, handle;
	struct cap_info info;
};

enum { INSPECT_LOG_BYTES = 112 };
struct inspect_log {
	u64 cursor; /* bytes that the log has ever held, up to the end of these */
	u64 length;
	char text[INSPECT_LOG_BYTES];
};

struct inspect_processor {
	u64 cursor;
	u32 number, apic_id;
	u64 idle_ns; /* since boot; what it did not idle it worked */
	u64 interrupts, context_switches, space_switches; /* the latter: page-table roots loaded */
};

struct inspect_budget {
	u64 cursor, budget_id, parent_id;
	struct budget_info info;
};

#endif
