/* SPDX-License-Identifier: MIT */
/* processors.h - the machine's processors, which are the same ones from the start to the end. */
#ifndef LINUX_PROCESSORS_H
#define LINUX_PROCESSORS_H

#include "microkernel/abi/call.h"
#include "servers/linux/errno.h"

enum { PROCESSORS_MAX = 64 };

/* Look once, before there is any thread; without the right to look there is one. */
void processors_start(void);
u32 processors_count(void);
u64 processors_all(void); /* the mask of all */

/* As the kernel counts them now. */
u32 processors_read(struct inspect_processor out[PROCESSORS_MAX]);

/* What all of them have counted together. */
struct inspect_processor processors_sum(void);

/* Where a processor stands, as CPUID tells and its APIC's number says. */
struct processor_place {
	u32 apic, package, core;
	u64 siblings; /* mask: those of the same core, itself too */
	u32 in_package, cores; /* how many of both its package has */
};
struct processor_place processor_place(u32 number);

/* Let a native thread run on those of the mask alone. */
error_t processors_apply(cap_t native, u64 mask);

enum { PROCESSORS_TEXT = 256 };
/* A mask as Linux writes it: "f" for four; and as a list: "0-3". */
void processors_mask_text(char to[PROCESSORS_TEXT], u64 mask);
void processors_list_text(char to[PROCESSORS_TEXT], u64 mask);

#endif
