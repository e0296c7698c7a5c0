/* SPDX-License-Identifier: MIT */
/* splay.c - top-down splaying after Sleator and Tarjan (1985). */
#include "microkernel/lib/splay.h"

/*
 * Bring the node where a search for (key, node) ends to the root.  Ties are broken by address,
 * which makes every node's place unique although keys repeat.
 */
static int compare(u64 key, const struct splay_node *node, const struct splay_node *with)
{
	if (key != with->key)
		return key < with->key ? -1 : 1;
	if (node == with)
		return 0;
	return (uintptr_t)node < (uintptr_t)with ? -1 : 1;
}

static struct splay_node *splay(struct splay_node *top, u64 key, const struct splay_node *node)
{
	struct splay_node head = { 0 }, *left = &head, *right = &head, *child;

	if (!top)
		return NULL;
	for (;;) {
		int side = compare(key, node, top);

		if (side < 0) {
			child = top->left;
			if (child && compare(key, node, child) < 0) {
				top->left = child->right;
				child->right = top;
				top = child;
			}
			if (!top->left)
				break;
			right->left = top;
			right = top;
			top = top->left;
		} else if (side > 0) {
			child = top->right;
			if (child && compare(key, node, child) > 0) {
				top->right = child->left;
				child->left = top;
				top = child;
			}
			if (!top->right)
				break;
			left->right = top;
			left = top;
			top = top->right;
		} else {
			break;
		}
	}
	left->right = top->left;
	right->left = top->right;
	top->left = head.right;
	top->right = head.left;
	return top;
}

void splay_insert(struct splay *tree, struct splay_node *node, u64 key)
{
	struct splay_node *top = splay(tree->root, key, node);

	node->key = key;
	node->left = node->right = NULL;
	if (top && compare(key, node, top) < 0) {
		node->left = top->left;
		node->right = top;
		top->left = NULL;
	} else if (top) {
		node->right = top->right;
		node->left = top;
		top->right = NULL;
	}
	tree->root = node;
}

void splay_remove(struct splay *tree, struct splay_node *node)
{
	struct splay_node *top = splay(tree->root, node->key, node), *right = top->right;

	if (!top->left) {
		tree->root = right;
		return;
	}
	/* The greatest of the left part comes up and has no right child. */
	tree->root = splay(top->left, node->key, node);
	tree->root->right = right;
}

struct splay_node *splay_floor(struct splay *tree, u64 key)
{
	struct splay_node *top, *below;

	/* No node has this address, so the search ends beside all nodes with the key. */
	top = splay(tree->root, key, (struct splay_node *)UINTPTR_MAX);
	tree->root = top;
	if (!top || top->key <= key)
		return top;
	for (below = top->left; below && below->right;)
		below = below->right;
	return below;
}

struct splay_node *splay_first(struct splay *tree)
{
	tree->root = splay(tree->root, 0, NULL);
	struct splay_node *node = tree->root;

	while (node && node->left)
		node = node->left;
	return node;
}
