/* SPDX-License-Identifier: MIT */
/* lib_treap - the tree against a sorted array, over many random operations. */
#include "tests/unit/unit.h"
#include "microkernel/lib/treap.h"

enum { NODES = 64, STEPS = 50000, KEYS = 40 };

static struct treap_node node[NODES];
static bool in[NODES];

static u64 expected_floor(u64 key)
{
	u64 best = ~(u64)0;

	for (unsigned i = 0; i < NODES; i++)
		if (in[i] && node[i].key <= key && (best == ~(u64)0 || node[i].key > best))
			best = node[i].key;
	return best;
}

static u64 expected_first(void)
{
	u64 best = ~(u64)0;

	for (unsigned i = 0; i < NODES; i++)
		if (in[i] && node[i].key < best)
			best = node[i].key;
	return best;
}

static u64 key_or_none(const struct treap_node *found)
{
	return found ? found->key : ~(u64)0;
}

/* Every node that is in hangs where it says that it does. */
static bool links_hold(const struct treap *tree)
{
	for (unsigned i = 0; i < NODES; i++) {
		const struct treap_node *n = &node[i], *up = n->up;

		if (in[i] && !(up ? up->left == n || up->right == n : tree->root == n))
			return false;
	}
	return true;
}

/* Keys repeat on purpose: there are fewer of them than nodes. */
TEST(random_against_array)
{
	struct treap tree = { NULL };

	srand(1);
	for (unsigned step = 0; step < STEPS && !unit_failures; step++) {
		unsigned i = (unsigned)rand() % NODES;
		u64 key = (u64)rand() % KEYS;

		if (!in[i])
			treap_insert(&tree, &node[i], key);
		else
			treap_remove(&tree, &node[i]);
		in[i] = !in[i];
		key = (u64)rand() % KEYS;
		CHECK(key_or_none(treap_floor(&tree, key)) == expected_floor(key));
		CHECK(key_or_none(treap_first(&tree)) == expected_first());
		CHECK(links_hold(&tree));
	}
}

/* The one that was inserted last is the floor of their key. */
TEST(equal_keys)
{
	struct treap tree = { NULL };

	for (unsigned i = 0; i < NODES; i++) {
		treap_insert(&tree, &node[i], i / 8);
		CHECK(treap_floor(&tree, i / 8) == &node[i]);
	}
	for (unsigned i = NODES; i-- > 0;) {
		CHECK(treap_floor(&tree, i / 8) == &node[i]);
		treap_remove(&tree, &node[i]);
	}
	CHECK(!tree.root);
}

TEST(empty_and_limits)
{
	static struct treap_node low, high;
	struct treap tree = { NULL };

	CHECK(!treap_floor(&tree, 0) && !treap_first(&tree));
	treap_insert(&tree, &low, 0);
	treap_insert(&tree, &high, ~(u64)0);
	CHECK(treap_floor(&tree, 0) == &low && treap_floor(&tree, ~(u64)0) == &high);
	CHECK(treap_floor(&tree, ~(u64)0 - 1) == &low && treap_first(&tree) == &low);
	treap_remove(&tree, &low);
	CHECK(!treap_floor(&tree, 5) && treap_first(&tree) == &high);
	treap_remove(&tree, &high);
	CHECK(!tree.root);
}

static unsigned depth_of(const struct treap_node *top)
{
	struct {
		const struct treap_node *node;
		unsigned depth;
	} stack[200];
	unsigned n = 0, deepest = 0;

	stack[n].node = top, stack[n++].depth = 1;
	while (n) {
		const struct treap_node *at = stack[--n].node;
		unsigned depth = stack[n].depth;

		deepest = depth > deepest ? depth : deepest;
		if (at->left)
			stack[n].node = at->left, stack[n++].depth = depth + 1;
		if (at->right)
			stack[n].node = at->right, stack[n++].depth = depth + 1;
	}
	return deepest;
}

/* What makes a plain search tree a list. */
TEST(ascending_keys)
{
	static struct treap_node many[10000];
	struct treap tree = { NULL };

	treap_secret = 12345;
	for (u64 i = 0; i < 10000; i++)
		treap_insert(&tree, &many[i], i);
	CHECK(depth_of(tree.root) < 60);
	CHECK(treap_floor(&tree, 777) == &many[777]);
	for (u64 i = 0; i < 10000; i++)
		treap_remove(&tree, &many[i]);
	CHECK(!tree.root);
}

UNIT("lib/treap", RUN(random_against_array), RUN(equal_keys), RUN(empty_and_limits),
     RUN(ascending_keys))
