/* SPDX-License-Identifier: MIT */
/*
 * list.h - circular doubly linked lists through a member of the listed structure.
 *
 * A head and an unlinked member both point to themselves, so removing twice does no harm.
 */
#ifndef LINUX_LIST_H
#define LINUX_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list {
	struct list *next, *prev;
};

#define list_entry(node, type, member) ((type *)((char *)(node) - offsetof(type, member)))
#define list_for_each(node, head) \
	for (struct list *node = (head)->next; node != (head); node = node->next)

static inline void list_init(struct list *head)
{
	head->next = head->prev = head;
}

static inline bool list_empty(const struct list *head)
{
	return head->next == head;
}

static inline void list_append(struct list *head, struct list *node)
{
	node->prev = head->prev;
	node->next = head;
	head->prev->next = node;
	head->prev = node;
}

static inline void list_remove(struct list *node)
{
	node->prev->next = node->next;
	node->next->prev = node->prev;
	list_init(node);
}

#endif
