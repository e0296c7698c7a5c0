/* SPDX-License-Identifier: MIT */
/*
 * view.h - a root of page tables that shows a client's memory, not executable, beside a server's
 * slot.  One for each (client, server).  Its lower half is filled from the client's by fault.
 */
#ifndef OBJECT_VIEW_H
#define OBJECT_VIEW_H

#include "microkernel/object/space.h"

struct view {
	struct object object;
	u64 root;			  /* physical, own top-level table */
	struct space *client, *server;	  /* NULL once either is gone; guarded by views_lock, */
	struct list in_client, in_server; /* the client also by its own lock */
};

/* A fault of a twin at a guest address: make the page present in the client and reachable here. */
error_t view_fault(struct view *view, u64 address, u32 access);
/* The space dies: its views show nothing any more. */
void view_detach_all(struct space *space);
void view_destroy(struct view *view);

#endif
