/* SPDX-License-Identifier: MIT */
/* later.h - to be called again soon, after others have been served. */
#ifndef RAMFS_LATER_H
#define RAMFS_LATER_H

#include "microkernel/abi/types.h"

__must_use error_t later_start(void);
/* The service's notify is called once, shortly. */
void later_ask(void);

#endif
