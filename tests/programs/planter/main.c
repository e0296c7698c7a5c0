/* SPDX-License-Identifier: MIT */
/*
 * planter - the audit's proof: it tries to map memory writable and executable in every way that a
 * program has, and it holds a capability that security/grants does not give it (only tests/grants
 * does), which the audit must find.
 */
#include "libsys/heap.h"
#include "libsys/log.h"
#include "libsys/start.h"
#include "libsys/sys.h"

enum { WX = PROTECT_WRITE | PROTECT_EXEC, RWX = PROTECT_READ | WX };

static i64 map_with(u32 protect, u32 maximum, cap_t memory)
{
	struct map_args args = { .length = PAGE_SIZE, .protect = protect, .maximum = maximum,
				 .memory = memory, .flags = memory ? 0 : MAP_OVERLAY };

	return sys_space_map(CAP_SELF_SPACE, &args);
}

int main(void)
{
	i64 memory = sys_memory_create(CAP_SELF_BUDGET, PAGE_SIZE, 0);
	i64 alarm = sys_notification_create(CAP_SELF_BUDGET);
	i64 page = map_with(PROTECT_READ | PROTECT_WRITE, RWX, CAP_NONE);
	u32 refused = 0;

	refused += map_with(RWX, RWX, CAP_NONE) == E_ACCESS;
	refused += map_with(WX, WX, CAP_NONE) == E_ACCESS;
	refused += map_with(RWX, RWX, (cap_t)memory) == E_ACCESS;
	if (!map_failed(page))
		refused += sys_space_protect(CAP_SELF_SPACE, (u64)page, PAGE_SIZE, RWX) == E_ACCESS;
	log_printf("%u of 4 attempts refused", refused);
	/* It stays, so that the audit sees it. */
	for (;;)
		sys_notification_wait((cap_t)alarm, 1, DEADLINE_NEVER);
}
