/* SPDX-License-Identifier: MIT */
/*
 * list.h - a circular doubly linked list, links embedded in what is listed.
 *
 * A node that is in no list points to itself, so list_remove may be called twice.
 */
#ifndef LIB_LIST_H
#define LIB_LIST_H

#include "microkernel/abi/types.h"

struct list {
	struct list *next, *prev;
};

#define container_of(pointer, type, member) ((type *)((char *)(pointer)-offsetof(type, member)))

static inline void list_init(struct list *list)
{
	list->next = list->prev = list;
}

static inline bool list_empty(const struct list *list)
{
	return list->next == list;
}

/* Insert node before `list`: at the tail when list is the head. */
static inline void list_append(struct list *list, struct list *node)
{
	node->next = list;
	node->prev = list->prev;
	list->prev->next = node;
	list->prev = node;
}

static inline void list_remove(struct list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

#endif
