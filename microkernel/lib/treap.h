/* SPDX-License-Identifier: MIT */
/*
 * treap.h - a search tree over 64-bit keys, nodes embedded, balanced by random priorities.
 *
 * A node's priority is a hash of its address and a secret, so whoever chooses the keys, or their
 * order, cannot unbalance the tree.  A look-up, and with it an insertion, is expected O(log n); a
 * removal, and an insertion where the neighbour is known, O(1).  All are iterative and allocate
 * nothing; look-ups change nothing.  Keys may repeat; equal keys stand as they were inserted.
 */
#ifndef LIB_TREAP_H
#define LIB_TREAP_H

#include "microkernel/abi/types.h"

struct treap_node {
	struct treap_node *left, *right, *up;
	u64 key, priority;
};

struct treap {
	struct treap_node *root;
};

/* Set once, before any tree exists. */
extern u64 treap_secret;

void treap_insert(struct treap *tree, struct treap_node *node, u64 key);
/* before: what treap_floor says of the key; next: the node after that one; or NULL. */
void treap_insert_between(struct treap *tree, struct treap_node *before, struct treap_node *next,
			  struct treap_node *node, u64 key);
/* node must be in the tree. */
void treap_remove(struct treap *tree, struct treap_node *node);
/* The node with the greatest key <= key, or NULL. */
struct treap_node *treap_floor(const struct treap *tree, u64 key);
/* The node with the smallest key, or NULL. */
struct treap_node *treap_first(const struct treap *tree);

#endif
