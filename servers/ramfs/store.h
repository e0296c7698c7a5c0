/* SPDX-License-Identifier: MIT */
/*
 * store.h - what ramfs keeps in its depot: nodes, records and one intent.
 *
 * Truth and index are apart.  The truth lies in the depot, by number and offset, and every change
 * of it takes effect with one store (an entry's kind, a hold's count) or stands behind the intent.
 * All that can be computed from it (link counts, hash chains, lists of a directory, free lists)
 * lives in the server's own memory, in index.h, and is computed anew at each start.
 *
 * Contents of regular files are memory objects in the depot of their own, keyed by the node's id.
 */
#ifndef RAMFS_STORE_H
#define RAMFS_STORE_H

#include "libsys/fs.h"
#include "libsys/journal.h"
#include "servers/ramfs/crash.h"

enum {
	NODES_MAX = 1 << 18,
	UNITS_MAX = 1 << 20,
	UNIT = 64,		/* records are whole units long */
	RECORD_UNITS_MAX = 1030, /* the longest value of an extended attribute */
	ROOT = 0,		/* the index of the main file system's root */
	FILE_SYSTEMS = 64,
	MAIN = 0,		/* the file system that is always there */
	NO_NODE = 0xffffffffu,
};

/* A node; mode 0: free.  Only what cannot be computed is here. */
struct node {
	u32 generation; /* the upper half of its id; grows with each reuse */
	u32 mode;
	u32 uid, gid;
	u64 device;
	u64 accessed_ns, modified_ns, changed_ns, created_ns; /* since 1970 */
	u64 version;
	u64 memory_version; /* of the contents when modified_ns was set */
	u32 target;	    /* symlink: unit of its target's record */
	u32 target_length;
	u32 has_contents; /* a memory object exists under its id */
	u32 file_system;  /* which one it lies in */
	u64 parent;	  /* directory: the id of what it was in when its name went; 0: unknown */
	u32 linkable;	  /* it never had a name and may get one */
	u32 reserved[7];
};
_Static_assert(sizeof(struct node) == 128, "nodes do not straddle cache lines in odd ways");

enum record_kind {
	RECORD_FREE = 0,
	RECORD_ENTRY = 1,   /* a name in a directory */
	RECORD_TARGET = 2,  /* of a symlink */
	RECORD_HOLD = 3,    /* a session holds a node `count` times */
	RECORD_SESSION = 4, /* a session confined to a tree */
	RECORD_PENDING = 5, /* an entry or attribute that only the intent will make valid */
	RECORD_XATTR = 6,   /* an extended attribute of a node: name and value */
};

struct record {
	u16 units;  /* its length; changes only when a free record is cut in two */
	u16 kind;   /* enum record_kind: the store that commits */
	u16 length; /* of name or target */
	u16 reserved;
	u32 directory; /* entry: where; else unused */
	u32 node;      /* entry, hold, session: what; attribute: whose */
	union {
		u64 cookie; /* entry: its place in readdir, ascending; attribute: the node's id */
		u64 badge;  /* hold, session */
	};
	u32 count; /* hold; attribute: length of the value */
	char text[]; /* name (and value) or target, not NUL-terminated */
};

/* Redone at the next start while active: add becomes an entry, the others become free or swap. */
enum intent_kind { INTENT_NONE = 0, INTENT_MOVE = 1, INTENT_EXCHANGE = 2, INTENT_XATTR = 3 };
struct intent {
	u32 kind;
	u32 add;	 /* MOVE, XATTR: pending record; EXCHANGE: first entry */
	u32 remove;	 /* MOVE, XATTR: old record; EXCHANGE: second entry */
	u32 victim;	 /* MOVE: entry that the new one replaces, 0: none */
	u32 node_a, node_b; /* EXCHANGE: what the two entries will name */
};

/* One beside the main one lives as long as the session it was made for. */
enum file_system_state { FILE_SYSTEM_FREE = 0, FILE_SYSTEM_LIVE = 1, FILE_SYSTEM_DYING = 2 };
struct file_system {
	u32 state; /* enum file_system_state: the store that makes and ends it */
	u32 root;
	u64 badge;	/* of that session; main: none */
	u64 size_bytes; /* the most that contents take, by an account of its own; 0: no own limit */
	u32 nodes_most; /* 0: no own limit */
	u32 reserved;
};

#define STORE_MAGIC 0x31736672616d6172ul
struct store {
	u64 magic; /* written last on a fresh start: without it there is nothing to adopt */
	u64 sequence; /* the next cookie */
	u64 sessions; /* sessions made so far: numbers for badges */
	u64 gone;     /* the badge that is being taken out, 0: none */
	u32 node_top; /* nodes from here on were never used */
	u32 unit_top; /* units likewise; unit 0 is not used, so 0 means none */
	struct intent intent;
	struct file_system file_system[FILE_SYSTEMS];
	struct crash_state crash;
	struct journal journal;
	struct node node[NODES_MAX] __attribute__((aligned(PAGE_SIZE)));
	u8 units[(u64)UNITS_MAX * UNIT];
};

extern struct store *store;

static inline struct record *record_at(u32 unit)
{
	return (struct record *)(store->units + (u64)unit * UNIT);
}

static inline u64 node_id(u32 index)
{
	return (u64)store->node[index].generation << 32 | index;
}

static inline u32 node_type(u32 index)
{
	return store->node[index].mode & FS_TYPE_MASK;
}

/* A directory that no entry names because it is the top of a file system. */
static inline bool is_root(u32 index)
{
	return store->file_system[store->node[index].file_system].root == index;
}

/* Adopt the depot or begin anew; *fresh tells which.  E_IO: what is there cannot be walked. */
__must_use error_t store_open(bool *fresh);

/* A record of that kind with room for text_length bytes, not yet of that kind: the caller fills it
 * and commits by record_commit().  0: no room. */
u32 record_alloc(u32 text_length);
static inline void record_commit(u32 unit, enum record_kind kind)
{
	__atomic_store_n(&record_at(unit)->kind, (u16)kind, __ATOMIC_RELEASE);
}
void record_free(u32 unit);
/* The store by which a request takes effect; `word` is the answer's first.  rq NULL: no request. */
void store_commit(const struct request *rq, u64 word, void *place, u32 width, u64 value);
static inline void record_commit_for(const struct request *rq, u64 word, u32 unit,
				     enum record_kind kind)
{
	store_commit(rq, word, &record_at(unit)->kind, 2, kind);
}

/* What an intent says is done: the journal must not bring it back once records are used anew. */
void intent_over(void);

/* A free node's index, its generation and file system set, all else zero; NO_NODE: none is left, or
 * that file system has as many as it may. */
u32 node_alloc(u32 file_system);
/* Give the node back, with its contents and target. */
void node_free(u32 index);

/* How many units of records and how many nodes are on the free lists. */
u32 units_free(void);
u32 nodes_free(void);
/* How many nodes the file system has; a further name counts like a node, as it takes as much. */
u32 nodes_used(u32 file_system);
void further_name_made(u32 file_system);
void further_name_gone(u32 file_system);
/* Has it as many as it may? */
bool nodes_full(u32 file_system);

/* Put all free records and nodes on the free lists; after adoption. */
void store_collect(void);

#endif
