/* SPDX-License-Identifier: MIT */
/*
 * callmap.c - a guest's calls by its thread's map.
 *
 * The personality may write the pages at any time: each field is read once, and whatever it holds,
 * the worst is a wrong answer to that personality's own guest.
 */
#include "microkernel/object/callmap.h"
#include "microkernel/abi/callmap.h"
#include "microkernel/object/calls.h"
#include "microkernel/object/usercopy.h"

static bool rule_matches(const struct call_rule *rule, const struct registers *regs)
{
	const u64 argument[6] = { regs->rdi, regs->rsi, regs->rdx, regs->r10, regs->r8, regs->r9 };
	u8 guards = rule->guards;

	if (guards > CALL_GUARDS)
		return false;
	for (u8 i = 0; i < guards; i++) {
		u8 which = rule->argument[i];

		if (which >= 6 || (argument[which] & rule->guard[i].mask) != rule->guard[i].value)
			return false;
	}
	return true;
}

bool callmap_answer(struct thread *t, struct registers *regs)
{
	const struct call_map *map = t->pages[PAGE_MAP].at;
	const u64 *constants = t->pages[PAGE_CONSTANTS].at;
	u8 index = regs->rax < CALL_NUMBERS ? map->rule[regs->rax] : 0;
	u32 operand;

	if (!index || index > CALL_RULES || t->state->attention || t->kicked)
		return false;
	const struct call_rule *rule = &map->rules[index - 1];
	operand = rule->operand;
	if (rule->operation != CALL_CONSTANT || operand >= CALL_CONSTANTS || !constants ||
	    !rule_matches(rule, regs))
		return false;
	regs->rax = constants[operand];
	return true;
}

void callmap_release(struct thread *t)
{
	for (int i = 0; i < THREAD_PAGES; i++) {
		t->pages[i].at = NULL;
		thread_unpin(&t->pages[i].memory);
	}
}

i64 sys_thread_set_pages(struct cap_ref cap, const struct thread_pages __user *user_pages)
{
	struct thread *t = cap.object;
	struct thread_pages pages;
	struct thread_page new[THREAD_PAGES] = { { NULL, NULL } };
	u64 word = thread_wait_word(t);
	bool self = t == thread_current();
	error_t error = user_read(&pages, (u64)(uintptr_t)user_pages, sizeof(pages));

	if (!error && pages.map)
		error = thread_pin(pages.map, pages.map_offset, PAGE_SIZE, &new[PAGE_MAP].memory,
				   &new[PAGE_MAP].at);
	if (!error && pages.constants)
		error = thread_pin(pages.constants, pages.constants_offset,
				   CALL_CONSTANTS * sizeof(u64), &new[PAGE_CONSTANTS].memory,
				   &new[PAGE_CONSTANTS].at);
	/* The running thread, or one that is suspended and ours for the moment. */
	if (!error && !self &&
	    (wait_kind(word) != WAIT_SUSPENDED || !thread_claim(t, word)))
		error = E_STATE;
	if (error) {
		for (int i = 0; i < THREAD_PAGES; i++)
			thread_unpin(&new[i].memory);
		return error;
	}
	callmap_release(t);
	for (int i = 0; i < THREAD_PAGES; i++)
		t->pages[i] = new[i];
	if (!self)
		thread_publish(t, WAIT_SUSPENDED);
	return 0;
}
