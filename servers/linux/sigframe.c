/* SPDX-License-Identifier: MIT */
/*
 * sigframe.c - what a signal handler finds on its stack, and the way back from it.
 *
 * From the top: the red zone is left alone, then the floating-point area (64-byte aligned, with
 * Linux's marks in it), then struct l_sigframe, placed as if the handler had been called.
 */
#include "libsys/string.h"
#include "servers/linux/fpu.h"
#include "servers/linux/signal.h"
#include "servers/linux/uaccess.h"

enum { RED_ZONE = 128, SW_BYTES_OFFSET = 464 };
enum { SELECTOR_CODE = 0x33, SELECTOR_DATA = 0x2b };
/* The flags that a program may set for itself: arithmetic, direction, trap, alignment, ID. */
#define FLAGS_ALLOWED 0x250dd5ul
#define FLAG_DIRECTION 0x400ul
#define FLAG_TRAP 0x100ul

static bool on_altstack(const struct lthread *t, u64 sp)
{
	return t->altstack.size && sp - t->altstack.sp <= t->altstack.size;
}

static u64 stack_for(const struct lthread *t, const struct l_sigaction *action)
{
	u64 sp = t->state->regs.rsp - RED_ZONE;

	if (action->flags & SA_ONSTACK && t->altstack.size && !on_altstack(t, sp))
		return t->altstack.sp + t->altstack.size;
	return sp;
}

/* Write the floating-point area below sp; its address, or 0. */
static u64 fpu_push(u64 sp)
{
	u64 at = (sp - fpu_size - 4) & ~63ul;
	u32 magic2 = FP_XSTATE_MAGIC2;
	struct fpu_area area;

	fpu_save(&area);
	if (fpu_features) {
		struct l_fpx_sw_bytes marks = {
			.magic1 = FP_XSTATE_MAGIC1,
			.extended_size = fpu_size + 4,
			.xfeatures = fpu_features,
			.xstate_size = fpu_size,
		};

		memcpy(area.bytes + SW_BYTES_OFFSET, &marks, sizeof(marks));
	}
	if (copy_out(at, area.bytes, fpu_size) ||
	    (fpu_features && copy_out(at + fpu_size, &magic2, 4)))
		return 0;
	return at;
}

static void context_save(struct l_sigcontext *c, const struct guest_state *s)
{
	const struct registers *r = &s->regs;

	*c = (struct l_sigcontext){
		.r8 = r->r8, .r9 = r->r9, .r10 = r->r10, .r11 = r->r11, .r12 = r->r12,
		.r13 = r->r13, .r14 = r->r14, .r15 = r->r15, .rdi = r->rdi, .rsi = r->rsi,
		.rbp = r->rbp, .rbx = r->rbx, .rdx = r->rdx, .rax = r->rax, .rcx = r->rcx,
		.rsp = r->rsp, .rip = r->rip, .eflags = r->rflags, .cs = SELECTOR_CODE,
		.ss = SELECTOR_DATA, .err = s->error, .trapno = s->vector, .cr2 = s->cr2,
	};
}

static void siginfo_fill(struct l_siginfo *out, int signal, const struct signal_info *info)
{
	*out = (struct l_siginfo){ .signo = signal, .code = info->code };
	if (info->code > 0 && info->code != SI_KERNEL &&
	    (signal == SIGSEGV || signal == SIGBUS || signal == SIGFPE || signal == SIGILL ||
	     signal == SIGTRAP)) {
		out->address = info->value;
		return;
	}
	out->pid = info->pid;
	out->uid = info->uid;
	if (signal == SIGCHLD)
		out->child.status = info->status;
	else
		out->value = info->value;
}

bool sigframe_push(struct lthread *t, int signal, const struct signal_info *info,
		   const struct l_sigaction *action, u64 mask)
{
	struct registers *r = &t->state->regs;
	struct l_sigframe frame = { .restorer = action->restorer };
	u64 sp = stack_for(t, action), fpstate, at;

	if (!guest_range_ok(sp - 16384, 16384))
		return false;
	fpstate = fpu_push(sp);
	if (!fpstate)
		return false;
	at = ((fpstate - sizeof(frame)) & ~15ul) - 8;
	frame.uc.flags = UC_SIGCONTEXT_SS | UC_STRICT_RESTORE_SS |
			 (fpu_features ? UC_FP_XSTATE : 0);
	frame.uc.stack = t->altstack;
	frame.uc.stack.flags = !t->altstack.size		? SS_DISABLE :
			       on_altstack(t, r->rsp) ? SS_ONSTACK :
							0;
	context_save(&frame.uc.context, t->state);
	frame.uc.context.oldmask = mask;
	frame.uc.context.fpstate = fpstate;
	frame.uc.sigmask = mask;
	siginfo_fill(&frame.info, signal, info);
	if (copy_out(at, &frame, sizeof(frame)))
		return false;
	r->rsp = at;
	r->rip = action->handler;
	r->rdi = (u64)signal;
	r->rsi = at + offsetof(struct l_sigframe, info);
	r->rdx = at + offsetof(struct l_sigframe, uc);
	r->rax = 0;
	r->rflags &= ~(FLAG_DIRECTION | FLAG_TRAP);
	return true;
}

static i64 fpu_pop(u64 at)
{
	struct fpu_area area;
	struct l_fpx_sw_bytes marks;
	u32 magic2;

	if (!at) {
		fpu_reset();
		return 0;
	}
	if (copy_in(area.bytes, at, FPU_LEGACY))
		return -EFAULT;
	memset(area.bytes + FPU_LEGACY, 0, FPU_HEADER);
	memcpy(&marks, area.bytes + SW_BYTES_OFFSET, sizeof(marks));
	if (fpu_features && marks.magic1 == FP_XSTATE_MAGIC1 && marks.xstate_size == fpu_size) {
		if (copy_in(area.bytes, at, fpu_size) || guest_get32(&magic2, at + fpu_size))
			return -EFAULT;
	} else {
		/* Only the old part is there: x87 and SSE. */
		*(u64 *)(area.bytes + FPU_LEGACY) = 3;
	}
	fpu_restore(&area);
	return 0;
}

i64 sigframe_pop(struct lthread *t, u64 *mask)
{
	struct registers *r = &t->state->regs;
	struct l_ucontext uc;
	const struct l_sigcontext *c = &uc.context;

	/* The handler's return has taken the restorer off the stack. */
	if (copy_in(&uc, r->rsp - 8 + offsetof(struct l_sigframe, uc), sizeof(uc)) ||
	    fpu_pop(c->fpstate))
		return -EFAULT;
	*r = (struct registers){
		.r8 = c->r8, .r9 = c->r9, .r10 = c->r10, .r11 = c->r11, .r12 = c->r12,
		.r13 = c->r13, .r14 = c->r14, .r15 = c->r15, .rdi = c->rdi, .rsi = c->rsi,
		.rbp = c->rbp, .rbx = c->rbx, .rdx = c->rdx, .rax = c->rax, .rcx = c->rcx,
		.rsp = c->rsp, .rip = c->rip,
		.rflags = (r->rflags & ~FLAGS_ALLOWED) | (c->eflags & FLAGS_ALLOWED),
	};
	t->altstack = uc.stack;
	if (uc.stack.flags & SS_DISABLE)
		t->altstack = (struct l_stack){ 0 };
	*mask = uc.sigmask;
	return 0;
}
