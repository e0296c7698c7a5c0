/* SPDX-License-Identifier: MIT */
/* thread_bind.c - what a thread works with: pinned pages, the twin's view, floating point. */
#include "microkernel/core/slab.h"
#include "microkernel/object/calls.h"
#include "microkernel/object/thread.h"
#include "microkernel/object/view.h"

/* A pinned page of memory as the kernel sees it; holds a reference on the object. */
error_t thread_pin(cap_t handle, u64 offset, u64 size, struct memory **memory, void **pointer)
{
	struct cap_ref cap;
	error_t error = cap_lookup(handle, OBJECT_MEMORY, RIGHT_READ | RIGHT_WRITE, &cap);

	if (error)
		return error;
	struct memory *m = cap.object;
	/* Pinned memory keeps its size, and its frames once they are there. */
	if (!m->pinned || offset & (size - 1) || offset >= m->size || size > m->size - offset)
		return E_INVAL;
	if (!object_try_get(m))
		return E_BADCAP;
	lock_acquire(&m->object.lock);
	u64 physical = memory_page(m, offset >> PAGE_SHIFT);
	lock_release(&m->object.lock);
	if (!physical) {
		object_put(m);
		return E_NOMEM;
	}
	*memory = m;
	*pointer = (char *)direct_pointer(physical) + (offset & PAGE_MASK);
	return 0;
}

void thread_unpin(struct memory **memory)
{
	if (*memory)
		object_put(*memory);
	*memory = NULL;
}

void thread_trap(struct thread *t, enum guest_cause cause)
{
	t->in_guest = 0;
	t->state->cause = cause;
	t->regs.rax = cause;
	t->native_iret = 0; /* the twin is inside its guest_resume */
}

void thread_unbind(struct thread *t)
{
	struct view *view = t->view;

	if (!t->state)
		return;
	/* Suspended in its guest, it goes on as its twin. */
	if (t->in_guest)
		thread_trap(t, GUEST_KICK);
	t->view = NULL;
	t->state = NULL;
	object_put(view);
	thread_unpin(&t->state_memory);
}

i64 sys_thread_bind(struct cap_ref cap, cap_t view_handle, cap_t state_handle, u64 offset)
{
	struct thread *t = cap.object;
	struct memory *memory;
	struct cap_ref view;
	void *state;
	error_t error;

	u64 word = thread_wait_word(t);
	bool self = t == thread_current();

	if (!self && wait_kind(word) != WAIT_SUSPENDED)
		return E_STATE;
	if (!view_handle) {
		if (!self && !thread_claim(t, word))
			return E_STATE;
		thread_unbind(t);
		if (!self)
			thread_publish(t, WAIT_SUSPENDED);
		this_cpu()->resched = 1;
		return 0;
	}
	error = cap_lookup(view_handle, OBJECT_VIEW, RIGHT_READ | RIGHT_WRITE, &view);
	if (!error && ((struct view *)view.object)->server != t->space)
		error = E_INVAL;
	if (!error)
		error = thread_pin(state_handle, offset, GUEST_STATE_SIZE, &memory, &state);
	if (error)
		return error;
	/* Floating-point state from the start: QEMU lets XSAVE and XRSTOR pass although the unit is
	 * disabled, and a guest without state of its own would then see another's. */
	if (!self && !thread_claim(t, word))
		error = E_STATE;
	else if (!thread_fpu_attach(t))
		error = E_NOMEM;
	else if (!object_try_get(view.object))
		error = E_BADCAP;
	if (error) {
		thread_unpin(&memory);
	} else {
		thread_unbind(t);
		t->view = view.object;
		t->state = state;
		t->state_memory = memory;
		this_cpu()->resched = 1; /* the way out loads the view */
	}
	if (!self && error != E_STATE)
		thread_publish(t, WAIT_SUSPENDED);
	return error;
}

/* --- floating point --- */

/* Its size is known when it is first used. */
static struct slab fpu_slab = SLAB_INIT(SLAB_FPU, 0);

bool thread_fpu_attach(struct thread *t)
{
	if (t->fpu)
		return true;
	fpu_slab.size = arch_fpu_size <= 1024 ? 1024 : PAGE_SIZE;
	if (!budget_charge(t->object.budget, fpu_slab.size))
		return false;
	t->fpu = slab_alloc(&fpu_slab);
	if (!t->fpu) {
		budget_release(t->object.budget, fpu_slab.size);
		return false;
	}
	arch_fpu_area_init(t->fpu);
	return true;
}

void thread_fpu_release(struct thread *t)
{
	if (this_cpu()->fpu_owner == t)
		this_cpu()->fpu_owner = NULL;
	slab_free(&fpu_slab, t->fpu);
	budget_release(t->object.budget, fpu_slab.size);
	t->fpu = NULL;
}
