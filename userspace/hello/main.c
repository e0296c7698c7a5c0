/* SPDX-License-Identifier: MIT */
/*
 * hello - the smallest native program: it says who it is and what it was given, and ends.
 *
 * To make a server of your own, copy this folder, give it a line in security/grants, and look at
 * servers/clock, which is the smallest one that answers calls.
 */
#include "libsys/log.h"
#include "libsys/start.h"

int main(void)
{
	log_printf("hello from ring 3, %lu us after the start", clock_now() / 1000);
	for (u32 i = 0; i < start_info->grant_count; i++)
		log_printf("granted: %s", start_info->grant[i].name);
	return 0;
}
