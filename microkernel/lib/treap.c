/* SPDX-License-Identifier: MIT */
/* treap.c - see treap.h; after Aragon and Seidel (1989), with splitting and joining. */
#include "microkernel/lib/treap.h"

u64 treap_secret;

static u64 priority(const struct treap_node *node)
{
	u64 mixed = ((uintptr_t)node ^ treap_secret) * 0x9e3779b97f4a7c15ul;

	return (mixed ^ mixed >> 29) * 0xbf58476d1ce4e5b9ul;
}

/* The order of the tree: by key, then by address. */
static bool before(const struct treap_node *a, const struct treap_node *b)
{
	return a->key != b->key ? a->key < b->key : (uintptr_t)a < (uintptr_t)b;
}

void treap_insert(struct treap *tree, struct treap_node *node, u64 key)
{
	struct treap_node **link = &tree->root, **low, **high, *rest;
	u64 mine = priority(node);

	node->key = key;
	while (*link && priority(*link) >= mine)
		link = before(node, *link) ? &(*link)->left : &(*link)->right;
	/* The node takes that place; what was there is split around it. */
	rest = *link;
	*link = node;
	low = &node->left;
	high = &node->right;
	while (rest) {
		if (before(rest, node)) {
			*low = rest;
			low = &rest->right;
			rest = rest->right;
		} else {
			*high = rest;
			high = &rest->left;
			rest = rest->left;
		}
	}
	*low = *high = NULL;
}

void treap_remove(struct treap *tree, struct treap_node *node)
{
	struct treap_node **link = &tree->root, *low = node->left, *high = node->right;

	while (*link != node)
		link = before(node, *link) ? &(*link)->left : &(*link)->right;
	/* Both subtrees are joined in its place. */
	while (low && high) {
		if (priority(low) >= priority(high)) {
			*link = low;
			link = &low->right;
			low = low->right;
		} else {
			*link = high;
			link = &high->left;
			high = high->left;
		}
	}
	*link = low ? low : high;
}

struct treap_node *treap_floor(const struct treap *tree, u64 key)
{
	struct treap_node *node = tree->root, *best = NULL;

	while (node) {
		if (node->key <= key) {
			best = node;
			node = node->right;
		} else {
			node = node->left;
		}
	}
	return best;
}

struct treap_node *treap_first(const struct treap *tree)
{
	struct treap_node *node = tree->root;

	while (node && node->left)
		node = node->left;
	return node;
}
