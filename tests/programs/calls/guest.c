/* SPDX-License-Identifier: MIT */
/* guest.c - a client space of one page of code, and its view beside this program. */
#include "microkernel/abi/guest.h"
#include "tests/programs/calls/calls.h"

void guest_make(cap_t budget, const u8 *code, u64 size, cap_t *space, cap_t *view)
{
	struct map_args a = { .address = GUEST_CODE, .length = PAGE_SIZE, .protect = PROTECT_READ,
			      .maximum = PROTECT_READ | PROTECT_WRITE | PROTECT_EXEC,
			      .flags = MAP_AT | MAP_OVERLAY };

	*space = MAKE(sys_space_create(budget, SPACE_GUEST));
	WANT(GUEST_CODE, sys_space_map(*space, &a));
	WANT(size, sys_space_copy(*space, GUEST_CODE, (u64)code, size,
				  SPACE_COPY_WRITE | SPACE_COPY_FORCE));
	WANT(0, sys_space_protect(*space, GUEST_CODE, PAGE_SIZE, PROTECT_READ | PROTECT_EXEC));
	*view = MAKE(sys_view_create(budget, *space, CAP_SELF_SPACE));
}

/* Out of memory on purpose, in the call or in the guest: once more. */
i64 guest_run(void)
{
	i64 cause = TRY(sys_guest_resume());

	while (cause == GUEST_NOMEM && failed_on_purpose(E_NOMEM, 0))
		cause = TRY(sys_guest_resume());
	return cause;
}
