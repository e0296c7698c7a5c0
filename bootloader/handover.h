/* SPDX-License-Identifier: MIT */
/* handover.h - the page in handover.asm: how each processor enters the kernel, and all but the
 * first one the loader. */
#ifndef BOOTLOADER_HANDOVER_H
#define BOOTLOADER_HANDOVER_H

#include "microkernel/abi/boot.h"

/* Pages from here on are of no use for processors that begin: firmware's data may lie there. */
enum { HANDOVER_LIMIT = 0x9e000 };

/* Copied; where they stand nobody runs them. */
extern const u8 handover_begin[] __attribute__((visibility("hidden")));
extern const u8 handover_enter[] __attribute__((visibility("hidden")));
extern const u8 handover_end[] __attribute__((visibility("hidden")));
typedef void __attribute__((sysv_abi)) handover_t(u64 info, u64 root, u64 entry, u64 stack,
						  u64 number);

/* At the end of the page: where a processor that began there goes on, by tables below 4 GiB that
 * show the page, in long mode with the loader's own tables, on that stack. */
struct handover_words {
	u64 root, tables, stack, entry;
};

#endif
