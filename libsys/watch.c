/* SPDX-License-Identifier: MIT */
/* watch.c - the server's side of readiness words; see watch.h. */
#include "libsys/watch.h"

#include "libsys/depot.h"
#include "libsys/heap.h"
#include "libsys/sys.h"

/* Offsets from watch->key. */
enum { KEY_WORDS = 0, KEY_TABLE = 1, KEY_ARMED = 16, KEY_NOTIFICATION = 32 };

static error_t watcher_adopt(struct watch *watch, u32 i)
{
	void *armed;
	bool fresh;
	error_t error;

	error = depot_map(watch->key + KEY_ARMED + i, watch->count * sizeof(u32), 0, &armed,
			  &watch->armed_memory[i], &fresh);
	if (error)
		return error;
	watch->armed[i] = armed;
	return depot_take(watch->key + KEY_NOTIFICATION + i, &watch->notification[i]);
}

/* The last life may have ended between a word and its signal: whoever sleeps looks again. */
static void watcher_signal_all(struct watch *watch, u32 i)
{
	for (u32 word = 0; word < watch->count; word++)
		(void)ready_claim(&watch->armed[i][word]);
	sys_notification_signal(watch->notification[i], watch->watcher[i].bits);
}

error_t watch_open(struct watch *watch, u64 key, u32 count)
{
	cap_t table;
	bool fresh;
	error_t error;

	watch->key = key;
	watch->count = count;
	error = depot_map(key + KEY_WORDS, count * sizeof(struct ready_word), 0,
			  (void **)&watch->word, &watch->words_memory, &fresh);
	if (!error)
		error = depot_map(key + KEY_TABLE, WATCHERS_MAX * sizeof(struct watcher), 0,
				  (void **)&watch->watcher, &table, &fresh);
	for (u32 i = 0; !error && i < WATCHERS_MAX; i++) {
		/* Half added, or its session went while nobody served: it has to ask again. */
		if (watch->watcher[i].badge && watcher_adopt(watch, i))
			watch->watcher[i].badge = 0;
		if (!watch->watcher[i].badge)
			continue;
		watch->used = i + 1;
		watcher_signal_all(watch, i);
	}
	return error;
}

static u32 watcher_find(const struct watch *watch, u64 badge)
{
	u32 i = 0;

	while (i < WATCHERS_MAX && watch->watcher[i].badge != badge)
		i++;
	return i;
}

error_t watch_add(struct watch *watch, struct request *rq, u64 bits, cap_t *words, cap_t *armed)
{
	u32 i = watcher_find(watch, rq->m.badge);
	error_t error;

	if (i == WATCHERS_MAX)
		i = watcher_find(watch, 0);
	if (i == WATCHERS_MAX)
		return E_NOSPACE;
	error = depot_keep(watch->key + KEY_NOTIFICATION + i, rq->received[0]);
	if (error)
		return error;
	if (watch->notification[i])
		sys_cap_delete(watch->notification[i]);
	watch->notification[i] = CAP_NONE;
	if (!watch->armed[i])
		error = watcher_adopt(watch, i);
	else
		watch->notification[i] = request_take(rq, 0);
	if (error)
		return error;
	watch->watcher[i].bits = bits;
	watch->watcher[i].badge = rq->m.badge;
	if (i >= watch->used)
		watch->used = i + 1;
	*words = watch->words_memory;
	*armed = watch->armed_memory[i];
	rq->send_rights[0] = RIGHT_READ | RIGHT_COPY;
	rq->send_rights[1] = RIGHT_READ | RIGHT_WRITE | RIGHT_COPY;
	return 0;
}

void watch_drop(struct watch *watch, u64 badge)
{
	u32 i = watcher_find(watch, badge);

	if (i == WATCHERS_MAX)
		return;
	watch->watcher[i].badge = 0;
	sys_cap_delete(watch->notification[i]);
	watch->notification[i] = CAP_NONE;
	depot_drop(watch->key + KEY_NOTIFICATION + i);
}

void watch_set(struct watch *watch, u32 index, u32 events, bool fresh)
{
	if (!ready_set(&watch->word[index], events, fresh))
		return;
	for (u32 i = 0; i < watch->used; i++)
		if (watch->watcher[i].badge && ready_claim(&watch->armed[i][index]))
			sys_notification_signal(watch->notification[i], watch->watcher[i].bits);
}
