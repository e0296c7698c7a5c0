/* SPDX-License-Identifier: MIT */
/* treap.c - see treap.h; after Aragon and Seidel (1989), with splitting and joining. */
#include "microkernel/lib/treap.h"

u64 treap_secret;

static u64 priority(const struct treap_node *node)
{
	u64 mixed = ((uintptr_t)node ^ treap_secret) * 0x9e3779b97f4a7c15ul;

	return (mixed ^ mixed >> 29) * 0xbf58476d1ce4e5b9ul;
}

static void hang(struct treap_node *up, struct treap_node **link, struct treap_node *node)
{
	*link = node;
	if (node)
		node->up = up;
}

void treap_insert_between(struct treap *tree, struct treap_node *before, struct treap_node *next,
			  struct treap_node *node, u64 key)
{
	struct treap_node *up = before && !before->right ? before : next, *low = NULL, *high = NULL;

	node->key = key;
	node->priority = priority(node);
	/* From its place below all others upwards: what it passes becomes two trees below it. */
	for (; up && up->priority < node->priority; up = up->up) {
		if (up->key <= key) {
			hang(up, &up->right, low);
			low = up;
		} else {
			hang(up, &up->left, high);
			high = up;
		}
	}
	hang(node, &node->left, low);
	hang(node, &node->right, high);
	hang(up, !up ? &tree->root : up->key <= key ? &up->right : &up->left, node);
}

void treap_insert(struct treap *tree, struct treap_node *node, u64 key)
{
	struct treap_node *before = treap_floor(tree, key);
	struct treap_node *next = before ? before->right : tree->root;

	/* It needs the next one only where that lies below this one. */
	while (next && next->left)
		next = next->left;
	treap_insert_between(tree, before, next, node, key);
}

void treap_remove(struct treap *tree, struct treap_node *node)
{
	struct treap_node *up = node->up, *low = node->left, *high = node->right;
	struct treap_node **link = !up ? &tree->root : up->left == node ? &up->left : &up->right;

	/* Both subtrees are joined in its place. */
	while (low && high) {
		if (low->priority >= high->priority) {
			hang(up, link, low);
			up = low;
			link = &low->right;
			low = low->right;
		} else {
			hang(up, link, high);
			up = high;
			link = &high->left;
			high = high->left;
		}
	}
	hang(up, link, low ? low : high);
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
