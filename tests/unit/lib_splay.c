/* SPDX-License-Identifier: MIT */
/* lib_splay - the tree against a sorted array, over many random operations. */
#include "tests/unit/unit.h"
#include "microkernel/lib/splay.h"

enum { NODES = 64, STEPS = 50000, KEYS = 40 };

static struct splay_node node[NODES];
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

static u64 key_or_none(const struct splay_node *found)
{
	return found ? found->key : ~(u64)0;
}

/* Keys repeat on purpose: there are fewer of them than nodes. */
TEST(random_against_array)
{
	struct splay tree = { NULL };

	srand(1);
	for (unsigned step = 0; step < STEPS && !unit_failures; step++) {
		unsigned i = (unsigned)rand() % NODES;
		u64 key = (u64)rand() % KEYS;

		if (!in[i])
			splay_insert(&tree, &node[i], key);
		else
			splay_remove(&tree, &node[i]);
		in[i] = !in[i];
		key = (u64)rand() % KEYS;
		CHECK(key_or_none(splay_floor(&tree, key)) == expected_floor(key));
		CHECK(key_or_none(splay_first(&tree)) == expected_first());
	}
}

TEST(empty_and_limits)
{
	static struct splay_node low, high;
	struct splay tree = { NULL };

	CHECK(!splay_floor(&tree, 0) && !splay_first(&tree));
	splay_insert(&tree, &low, 0);
	splay_insert(&tree, &high, ~(u64)0);
	CHECK(splay_floor(&tree, 0) == &low && splay_floor(&tree, ~(u64)0) == &high);
	CHECK(splay_floor(&tree, ~(u64)0 - 1) == &low && splay_first(&tree) == &low);
	splay_remove(&tree, &low);
	CHECK(!splay_floor(&tree, 5) && splay_first(&tree) == &high);
	splay_remove(&tree, &high);
	CHECK(!tree.root);
}

UNIT("lib/splay", RUN(random_against_array), RUN(empty_and_limits))
