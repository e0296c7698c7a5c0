/* SPDX-License-Identifier: MIT */
/*
 * init.h - what the parts of init share: the servers, their kept things, the boot memory.
 *
 * init owns every endpoint that the grants name, so that callers survive their server, and all
 * depots.  It never calls another server: notifications and calls only come up to it.
 */
#ifndef INIT_INIT_H
#define INIT_INIT_H

#include "libsys/archive.h"
#include "libsys/spawn.h"
#include "microkernel/abi/boot.h"
#include "servers/init/grants.h"

struct server {
	const struct grants_server *line;
	struct program program;
	cap_t endpoint;	    /* init's own copy, all rights */
	cap_t depot_budget; /* pays for what is kept across its death */
	cap_t seat;	    /* the memory that its line gives it, also while it does not run */
	cap_t budget;	    /* of the running process, out of its seat; CAP_NONE: none runs */
	cap_t beside;	    /* the budget that it was granted beside its own; CAP_NONE: none */
	cap_t thread;	    /* its first thread */
	u64 image_base;	    /* of the running process */
	u32 index;
	bool ready;	  /* it said so since its last start */
	u64 starts;	  /* how often it was started */
	u32 early_deaths; /* in a row before it was ready */
	u64 restart_at;	  /* when to start it again; 0: not waiting */
	u64 down_at;	  /* when it ended last; 0: it is up */
	u64 slowest_ns;	  /* the longest that it was down */
	u64 watched, switches, switched_ns; /* what servers_due last saw of its thread */
};

struct init_state {
	struct grants grants;
	struct server server[GRANTS_SERVERS];
	u32 server_count;
	u64 kept_most;	  /* how many things init keeps for servers at most */
	cap_t others;	  /* budget of all that is not init: it leaves init what it needs itself */
	cap_t supervisor; /* endpoint of init's own protocol */
	cap_t deaths;	  /* notification: bit n = server n ended, TIMER_BIT = restart is due */
	u64 watch_at;	  /* when to look at everybody's thread again */
	u64 power_at;	  /* when to switch off, or reset; 0: not yet */
	u64 power_last;	  /* and at the latest */
	bool power_again; /* reset */
	u64 start_serial; /* makes the badges of each start new */
	const struct boot_info *boot;
	struct archive archive[BOOT_ARCHIVES]; /* base NULL: none, or freed */
	cap_t archive_cap[BOOT_ARCHIVES];
	u64 random[4];
};
extern struct init_state state;

enum { TIMER_BIT = 62 };

/* server.c */
void server_start(struct server *server);
void server_stop(struct server *server); /* kills it; does not start it again */
void server_ended(struct server *server); /* its first thread has ended: apply its restart rule */
void servers_due(void); /* start those whose time has come, end those that loop, set the timer */
struct server *server_find(const char *name);
/* A budget of that size, of the memory that is not init's. */
i64 size_budget(const struct grant_size *size);

/* depot.c */
enum kept_kind { KEPT_MEMORY, KEPT_CAP, KEPT_ACCOUNT };
struct kept {
	struct kept *next; /* in its chain */
	u64 key;
	cap_t cap;
	u32 server;
	enum kept_kind kind;
};
struct kept *kept_find(u32 server, u64 key);
__must_use error_t kept_add(u32 server, u64 key, cap_t cap, enum kept_kind kind);
__must_use error_t kept_drop(u32 server, u64 key);

/* supervisor.c */
error_t supervisor_run(void); /* serve for ever */

/* power.c */
void power_off(void); /* at once; does not return */
/* Soon: whoever brings the last lines of the log to the port is served, and started, until then. */
void power_later(bool again);
void power_due(void);
_Noreturn void power_halt(void);

/* main.c */
bool command_line_has(const char *word);
void archives_free(void); /* unless somebody still needs them */
u64 random_next(void);

#endif
