/* SPDX-License-Identifier: MIT */
/* processor.h - what Keel asks of a processor. */
#ifndef BOOTLOADER_PROCESSOR_H
#define BOOTLOADER_PROCESSOR_H

#include "microkernel/abi/types.h"

/* Why the kernel cannot run here, in a sentence; NULL: it can.  What it would like to have, and
 * this processor lacks, goes to `say` as one line in parts. */
const char *processor_check(void (*say)(const char *text));

#endif
