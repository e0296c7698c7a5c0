/* SPDX-License-Identifier: MIT */
/*
 * depot.c - what init keeps for servers, found by (server, key).
 *
 * ramfs keeps one memory object per file here, so chains grow with the number of files; the table
 * doubles when they average more than two.
 */
#include "libsys/heap.h"
#include "libsys/sys.h"
#include "servers/init/init.h"

static struct {
	struct kept **chain;
	u64 size, used; /* size: a power of two */
} table;

static struct kept **chain_of(struct kept **chain, u64 size, u32 server, u64 key)
{
	u64 hash = (key ^ (u64)server << 56) * 0x9e3779b97f4a7c15ul;

	return &chain[hash >> 32 & (size - 1)];
}

static error_t table_grow(void)
{
	u64 size = table.size ? table.size * 2 : 512;
	struct kept **chain = pages_alloc(size * sizeof(*chain));

	if (!chain)
		return E_NOMEM;
	for (u64 i = 0; i < table.size; i++) {
		struct kept *next;

		for (struct kept *k = table.chain[i]; k; k = next) {
			struct kept **to = chain_of(chain, size, k->server, k->key);

			next = k->next;
			k->next = *to;
			*to = k;
		}
	}
	if (table.chain)
		pages_free(table.chain, table.size * sizeof(*chain));
	table.chain = chain;
	table.size = size;
	return 0;
}

struct kept *kept_find(u32 server, u64 key)
{
	struct kept *k = table.size ? *chain_of(table.chain, table.size, server, key) : NULL;

	while (k && (k->server != server || k->key != key))
		k = k->next;
	return k;
}

error_t kept_add(u32 server, u64 key, cap_t cap, enum kept_kind kind)
{
	struct kept *k;
	struct kept **chain;

	if (table.used >= state.kept_most || (table.used >= table.size * 2 && table_grow()))
		return E_NOSPACE;
	k = heap_alloc(sizeof(*k));
	if (!k)
		return E_NOSPACE;
	*k = (struct kept){ .key = key, .cap = cap, .server = server, .kind = kind };
	chain = chain_of(table.chain, table.size, server, key);
	k->next = *chain;
	*chain = k;
	table.used++;
	return 0;
}

error_t kept_drop(u32 server, u64 key)
{
	struct kept **link = table.size ? chain_of(table.chain, table.size, server, key) : NULL;
	struct kept *k;

	if (!link)
		return E_NOENT;
	while (*link && ((*link)->server != server || (*link)->key != key))
		link = &(*link)->next;
	k = *link;
	if (!k)
		return E_NOENT;
	*link = k->next;
	table.used--;
	/* Others may still hold or map it; what nobody holds is freed by the kernel. */
	sys_cap_delete(k->cap);
	heap_free(k, sizeof(*k));
	return 0;
}
