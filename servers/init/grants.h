/* SPDX-License-Identifier: MIT */
/*
 * grants.h - security/grants as init reads it: one struct grants_server per line.
 *
 * The syntax stands at the top of security/grants.
 */
#ifndef INIT_GRANTS_H
#define INIT_GRANTS_H

#include "microkernel/abi/start.h"

enum { GRANTS_SERVERS = 32, GRANTS_PER_SERVER = 24, GRANTS_TARGET = 24,
       GRANTS_WORDS = 32 };

enum grant_kind {
	GRANT_SERVE,	  /* receive from the endpoint `target` and make sessions of it */
	GRANT_CALL,	  /* a session of the endpoint `target` */
	GRANT_SUPERVISOR, /* init's own protocol; rights: enum supervisor_rights */
	GRANT_LOG,
	GRANT_IOPORT,	  /* ports first .. first + count - 1 */
	GRANT_IRQ,	  /* line first */
	GRANT_ARCHIVE,	  /* archive number first, while it is there */
	GRANT_BOOT,	  /* struct boot_info, with the boot seed in it */
	GRANT_INSPECT,
	GRANT_FRAMEBUFFER, /* the memory of the screen, while there is one */
	GRANT_BUDGET,	   /* a budget of its own beside the server's, of `size` */
};

enum supervisor_rights { MAY_POWER = 1, MAY_KILL = 2 };
enum restart_rule { RESTART_ALWAYS, RESTART_NEVER, RESTART_HALT };

/* A size: bytes, or a share of all memory. */
struct grant_size {
	u64 bytes;
	u32 percent; /* 0: bytes counts */
	bool committed; /* set aside at the start: nobody else can take it */
};

struct grant {
	char name[START_NAME];	   /* under which the server finds it */
	enum grant_kind kind;
	char target[GRANTS_TARGET]; /* an endpoint */
	u64 first, count;
	u64 rights; /* enum rights, or enum supervisor_rights */
	struct grant_size size;
};

struct grants_server {
	char name[START_NAME];
	char image[64]; /* path in the boot archive */
	struct grant_size budget, depot;
	enum restart_rule restart;
	u32 level;
	/* Only if such a word is on the kernel's command line, not if one is; "": always. */
	char when[GRANTS_WORDS], unless[GRANTS_WORDS];
	bool command_line; /* its arguments are the words of the kernel's command line */
	u32 grant_count;
	struct grant grant[GRANTS_PER_SERVER];
};

struct grants {
	u32 count;
	struct grants_server server[GRANTS_SERVERS];
};

/* Add the servers of a text.  On E_INVAL, *line is the number of the first wrong line. */
__must_use error_t grants_read(struct grants *grants, const char *text, u64 length, u32 *line);

#endif
