/* SPDX-License-Identifier: MIT */
/*
 * dump.c - what a hang leaves to look at: where each CPU stands and what it did last, and what each
 * thread waits for.
 *
 * It runs in an NMI, which may have come at any instruction: it takes no lock, changes nothing, and
 * believes no pointer that is not to storage which keeps its type.
 */
#include "microkernel/core/frame.h"
#include "microkernel/core/trace.h"
#include "microkernel/object/endpoint.h"
#include "microkernel/object/system.h"

enum { CHAIN_MAX = 32, TRACE_SHOWN = 8 };

/* Of a debug build; the newest last. */
static void trace_print(const struct cpu *cpu)
{
	static const char *const events[TRACE_EVENTS] = {
		"", "enter", "guest call", "interrupt", "switch", "call", "reply", "shoot", "poke"
	};
	u64 first = cpu->traced > TRACE_SHOWN ? cpu->traced - TRACE_SHOWN : 0;

	for (u64 i = first; CONFIG_DEBUG && i < cpu->traced; i++) {
		const struct trace_entry *e = &cpu->trace[i % TRACE_ENTRIES];

		log_printf("    %u us ago: %s %d, %u",
			   arch_ticks_to_ns(arch_ticks() - e->ticks) / 1000, events[e->event],
			   (i64)(i32)e->first, e->second);
	}
}

static void cpu_print(u64 rip, u64 frame)
{
	struct cpu *cpu = this_cpu();
	struct thread *t = thread_current();
	u64 ticks = cpu->stretch_since ? arch_ticks() - cpu->stretch_since : 0;

	log_printf("keel: CPU %u %s, thread %u %s, for %u ms, call %d, at %x", (u64)cpu->number,
		   cpu->idle ? "idle" : frame ? "in ring 0" : "in ring 3", t ? t->object.id : 0,
		   t ? t->name : "none", arch_ticks_to_ns(ticks) / 1000000, (i64)cpu->called, rip);
	if (frame)
		log_printf("  at image+0x%x", rip - (u64)kernel_image);
	/* In the first instructions of an entry the frame is still ring 3's. */
	if (cpu->stack_top - 16 - frame <= BOOT_STACK_BYTES - 16)
		arch_backtrace(frame);
	trace_print(cpu);
}

/* After what it waits for comes whom it waits for, and whom that one, until it is itself. */
static void thread_print(struct thread *t)
{
	static const char *const waits[] = { "ready",	     "claimed", "suspended", "time",
					     "send",	     "reply",	"receive",
					     "notification", "futex",	"dead" };
	const struct guest_state *state = t->state;
	const struct cpu *cpu = sched_runs_on(&t->run);
	struct thread *next = endpoint_awaited(t);

	log_text("  %u %s %s%s rip %x guest %x level %u at %u", t->object.id, t->name,
		 waits[thread_waits(t)], cpu ? " running" : t->in_guest ? " in guest" : "",
		 t->regs.rip, state ? state->regs.rip : 0, (u64)sched_level(&t->run),
		 t->endpoint.id);
	for (int i = 0; i < CHAIN_MAX && next; i++) {
		log_text(" -> %u %s", next->object.id, next->name);
		if (next == t)
			log_text(": a circle");
		next = next == t ? NULL : endpoint_awaited(next);
	}
	log_printf("");
}

void dump_ask(struct cpu *cpu)
{
	__atomic_store_n(&cpu->asked, 1, __ATOMIC_RELEASE);
	arch_nmi(cpu);
}

void dump(u64 rip, u64 frame)
{
	struct cpu *self = this_cpu();
	bool asked = __atomic_exchange_n(&self->asked, 0, __ATOMIC_ACQ_REL);

	for (u32 i = 0; i < cpu_count && !asked; i++)
		if (&cpus[i] != self)
			dump_ask(&cpus[i]);
	if (!log_alone())
		return;
	cpu_print(rip, frame);
	if (!asked)
		log_printf("keel: %u of %u frames free, threads:", frame_count_free,
			   frame_count_total);
	for (u32 n = 0; n < thread_number_limit() && !asked; n++) {
		struct thread *t = thread_by_number(n);

		if (t && thread_waits(t) != WAIT_DEAD)
			thread_print(t);
	}
	log_alone_end();
}
