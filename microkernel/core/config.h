/* SPDX-License-Identifier: MIT */
/* config.h - the few constants that are choices. */
#ifndef CORE_CONFIG_H
#define CORE_CONFIG_H

#include "microkernel/abi/boot.h"

#ifndef CONFIG_DEBUG
#define CONFIG_DEBUG 0
#endif

#define DEBUG_ONLY(statement) ((void)(CONFIG_DEBUG && ((statement), 0)))

enum {
	CONFIG_CPUS = BOOT_PROCESSORS, /* the loader names no more */
	STUCK_SECONDS = 4, /* a host takes a virtual processor away for a second now and then */
	CONFIG_LOG_BYTES = 64 << 10,
};

#endif
