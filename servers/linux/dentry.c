/* SPDX-License-Identifier: MIT */
/*
 * dentry.c - a private cache of look-ups, with negative entries.
 *
 * A fixed table of sets, each with a few entries, replaced in turn.  Long names are not kept.  Only
 * this personality changes the trees that are cached, and it forgets what it
 * has changed.  A look-up that overlaps such a change is not remembered: the generation differs.
 */
#include "libsys/string.h"
#include "servers/linux/lockorder.h"
#include "servers/linux/node.h"

enum { SETS = 512, WAYS = 4, NAME_KEPT = 36 };

struct dentry {
	const struct filesystem *fs; /* NULL: unused */
	u64 directory;
	struct found found; /* id 0 and mode 0: the name does not exist */
	u8 length;
	char name[NAME_KEPT];
};

static struct {
	struct lock lock; /* guards all below */
	struct dentry entry[SETS][WAYS];
	u8 victim[SETS];
	u32 generation; /* advanced by every forgetting */
} cache = { .lock = LOCK_OF(RANK_DENTRIES) };

static u32 hash(struct node directory, const char *name, u32 length)
{
	u64 h = directory.id * 0x9e3779b97f4a7c15ul;

	for (u32 i = 0; i < length; i++)
		h = (h ^ (u8)name[i]) * 0x100000001b3ul;
	return (u32)(h >> 32) % SETS;
}

static struct dentry *find(u32 set, struct node directory, const char *name, u32 length)
{
	for (u32 way = 0; way < WAYS; way++) {
		struct dentry *d = &cache.entry[set][way];

		if (d->fs == directory.mount->fs && d->directory == directory.id &&
		    d->length == length && !memcmp(d->name, name, length))
			return d;
	}
	return NULL;
}

enum dentry_answer dentry_lookup(struct node directory, const char *name, u32 length,
				 struct found *out)
{
	enum dentry_answer answer = DENTRY_UNKNOWN;
	struct dentry *d;

	if (length > NAME_KEPT)
		return DENTRY_UNKNOWN;
	lock_acquire(&cache.lock);
	d = find(hash(directory, name, length), directory, name, length);
	if (d) {
		*out = d->found;
		answer = d->found.mode ? DENTRY_FOUND : DENTRY_MISSING;
	}
	lock_release(&cache.lock);
	return answer;
}

u32 dentry_generation(void)
{
	return __atomic_load_n(&cache.generation, __ATOMIC_SEQ_CST);
}

void dentry_remember(struct node directory, const char *name, u32 length,
		     const struct found *found, u32 generation)
{
	struct dentry *d;
	u32 set;

	if (length > NAME_KEPT)
		return;
	set = hash(directory, name, length);
	lock_acquire(&cache.lock);
	if (generation != cache.generation)
		goto unlock;
	d = find(set, directory, name, length);
	if (!d)
		d = &cache.entry[set][cache.victim[set]++ % WAYS];
	d->fs = directory.mount->fs;
	d->directory = directory.id;
	d->length = (u8)length;
	memcpy(d->name, name, length);
	d->found = found ? *found : (struct found){ 0 };
unlock:
	lock_release(&cache.lock);
}

void dentry_forget(struct node directory, const char *name, u32 length)
{
	struct dentry *d;

	if (length > NAME_KEPT)
		return;
	lock_acquire(&cache.lock);
	d = find(hash(directory, name, length), directory, name, length);
	cache.generation++;
	if (d)
		d->fs = NULL;
	lock_release(&cache.lock);
}

void dentry_forget_node(struct node node)
{
	lock_acquire(&cache.lock);
	cache.generation++;
	for (u32 set = 0; set < SETS; set++)
		for (u32 way = 0; way < WAYS; way++) {
			struct dentry *d = &cache.entry[set][way];

			if (d->fs == node.mount->fs &&
			    (d->found.id == node.id || d->directory == node.id))
				d->fs = NULL;
		}
	lock_release(&cache.lock);
}

void dentry_forget_filesystem(const struct filesystem *fs)
{
	lock_acquire(&cache.lock);
	cache.generation++;
	for (u32 set = 0; set < SETS; set++)
		for (u32 way = 0; way < WAYS; way++)
			if (cache.entry[set][way].fs == fs)
				cache.entry[set][way].fs = NULL;
	lock_release(&cache.lock);
}
