/* SPDX-License-Identifier: MIT */
/* guest_registers.h - what of a guest's registers is believed. */
#ifndef ENTRY_GUEST_REGISTERS_H
#define ENTRY_GUEST_REGISTERS_H

#include "microkernel/object/thread.h"

/*
 * Check what the guest shall have: whenever one is entered that was not running a moment ago,
 * because the personality can write to the state page.  Each field is read once.  With many CPUs it
 * can write there until the guest runs: then r is a copy.  E_RANGE.
 */
static inline error_t guest_registers_check(struct thread *t, struct registers *r)
{
	struct guest_state *s = t->state;
	u64 rip = r->rip, rflags = r->rflags, rsp = r->rsp;
	u64 fs = s->fs_base, gs = s->gs_base;

	if (!arch_guest_address_ok(rip) || !arch_canonical(fs) || !arch_canonical(gs))
		return E_RANGE;
	rflags = (rflags & ARCH_FLAGS_USER) | ARCH_FLAGS_FIXED;
	r->rip = rip;
	r->rsp = rsp;
	r->rflags = rflags;
	/* SYSRET takes rip from rcx and rflags from r11: both must agree, and TF be clear. */
	t->guest_iret = r->rcx != rip || r->r11 != rflags || rflags & 0x100;
	/* SYSRET does not look at rsp, which may be anything; IRET gets a sound one. */
	if (t->guest_iret && !arch_canonical(rsp))
		return E_RANGE;
	arch_set_bases(fs, gs);
	return 0;
}

#endif
