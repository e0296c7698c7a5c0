/* SPDX-License-Identifier: MIT */
/* handover.h - the page in handover.asm: how the kernel, and later each processor, is entered. */
#ifndef BOOTLOADER_HANDOVER_H
#define BOOTLOADER_HANDOVER_H

#include "microkernel/abi/boot.h"

/* Pages from here on are of no use for processors that begin: firmware's data may lie there. */
enum { HANDOVER_LIMIT = 0x9e000 };

/* Copied; where they stand nobody runs them. */
extern const u8 handover_begin[] __attribute__((visibility("hidden")));
extern const u8 handover_enter[] __attribute__((visibility("hidden")));
extern const u8 handover_end[] __attribute__((visibility("hidden")));
typedef void __attribute__((sysv_abi)) handover_t(u64 info, u64 root, u64 entry, u64 stack);

/* Leave for the kernel by way of that page, which is mapped one to one and may be executed. */
static inline _Noreturn void handover(const struct boot_info *info, u64 page, u64 entry, u64 stack)
{
	u64 code = page + (u64)(handover_enter - handover_begin);

	for (u64 i = 0; i < (u64)(handover_end - handover_begin); i++)
		((volatile u8 *)page)[i] = handover_begin[i];
	((handover_t *)code)(info->direct_base + (u64)info, info->tables_phys, entry, stack);
	__builtin_unreachable();
}

#endif
