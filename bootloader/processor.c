/* SPDX-License-Identifier: MIT */
/* processor.c - whether Keel can run on this processor; in both loaders. */
#include "bootloader/processor.h"
#include "bootloader/x86.h"

const char *processor_check(void (*say)(const char *text))
{
	struct cpuid one = cpuid(1), extended = cpuid(0x80000001), seven = { 0 };
	bool lacks = false;

	if (cpuid(0).a >= 7)
		seven = cpuid(7);
	if (!(extended.d >> 20 & 1))
		return "this processor lacks no-execute pages (NX), which Keel needs";
	if (!(extended.d >> 11 & 1) || !(one.d >> 24 & 1) || !(one.d >> 26 & 1) ||
	    !(one.c >> 13 & 1))
		return "this processor lacks SYSCALL, FXSR, SSE2 or CMPXCHG16B, which Keel needs";
	const struct {
		const char *name;
		bool has;
	} wanted[] = {
		{ " SMEP", seven.b >> 7 & 1 },	  { " SMAP", seven.b >> 20 & 1 },
		{ " UMIP", seven.c >> 2 & 1 },	  { " XSAVE", one.c >> 26 & 1 },
		{ " FSGSBASE", seven.b & 1 },	  { " RDRAND", one.c >> 30 & 1 },
	};
	for (unsigned i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		if (wanted[i].has)
			continue;
		if (!lacks)
			say("keel: warning: this processor lacks");
		lacks = true;
		say(wanted[i].name);
	}
	if (lacks)
		say("; the protection they give is missing\r\n");
	return (void *)0;
}
