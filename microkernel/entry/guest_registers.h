/* SPDX-License-Identifier: MIT */
/* guest_registers.h - what of a guest's registers is believed. */
#ifndef ENTRY_GUEST_REGISTERS_H
#define ENTRY_GUEST_REGISTERS_H

#include "microkernel/object/thread.h"

/*
 * Check what the state page says that the guest shall have: whenever a guest is entered that was
 * not running a moment ago, because the personality can write there.  Each field is read once.
 * E_RANGE.
 */
static inline error_t guest_registers_check(struct thread *t)
{
	struct guest_state *s = t->state;
	u64 rip = s->regs.rip, rflags = s->regs.rflags, rsp = s->regs.rsp;
	u64 fs = s->fs_base, gs = s->gs_base;

	if (!arch_guest_address_ok(rip) || !arch_canonical(fs) || !arch_canonical(gs))
		return E_RANGE;
	rflags = (rflags & ARCH_FLAGS_USER) | ARCH_FLAGS_FIXED;
	s->regs.rip = rip;
	s->regs.rsp = rsp;
	s->regs.rflags = rflags;
	/* SYSRET takes rip from rcx and rflags from r11: both must agree, and TF be clear. */
	t->guest_iret = s->regs.rcx != rip || s->regs.r11 != rflags || rflags & 0x100;
	/* SYSRET does not look at rsp, which may be anything; IRET gets a sound one. */
	if (t->guest_iret && !arch_canonical(rsp))
		return E_RANGE;
	arch_set_fs_base(fs);
	arch_set_gs_base(gs);
	return 0;
}

#endif
