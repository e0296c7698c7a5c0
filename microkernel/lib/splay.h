/* SPDX-License-Identifier: MIT */
/*
 * splay.h - a self-adjusting search tree over 64-bit keys, nodes embedded.
 *
 * Every operation is amortised O(log n), iterative, and allocates nothing.  Keys may repeat; equal
 * keys keep no particular order.  Look-ups change the tree, so they need the lock too.
 */
#ifndef LIB_SPLAY_H
#define LIB_SPLAY_H

#include "microkernel/abi/types.h"

struct splay_node {
	struct splay_node *left, *right;
	u64 key;
};

struct splay {
	struct splay_node *root;
};

void splay_insert(struct splay *tree, struct splay_node *node, u64 key);
/* node must be in the tree. */
void splay_remove(struct splay *tree, struct splay_node *node);
/* The node with the greatest key <= key, or NULL. */
struct splay_node *splay_floor(struct splay *tree, u64 key);
/* The node with the smallest key, or NULL. */
struct splay_node *splay_first(struct splay *tree);

#endif
