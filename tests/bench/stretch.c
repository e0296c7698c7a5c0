/* SPDX-License-Identifier: MIT */
/*
 * stretch.c - a plugin of QEMU's TCG: the longest stretch of ring 0 without a preemption point, in
 * instructions, of one processor.
 *
 *	-plugin PATH/stretch.so,out=FILE
 *
 * A stretch begins where the kernel is entered from ring 3 or allows interrupts for a moment
 * (STI), and ends where it does either again.  What runs before the first native program is the
 * start of the kernel and does not count.  FILE gets `stretch INSTRUCTIONS ENTRY-ADDRESS LAST-
 * ADDRESS`.
 *
 * QEMU's packages bring no header of the interface: see laps.c.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum plugin_registers { NO_REGISTERS };

EXPORT int qemu_plugin_version = 1;
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id,
					   void (*call)(plugin_id, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb,
					  void (*call)(unsigned vcpu, void *data),
					  enum plugin_registers registers, void *data);
void qemu_plugin_register_atexit_cb(plugin_id id, void (*call)(plugin_id, void *), void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t n);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *instruction);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *instruction);

/* microkernel/abi/layout.h */
#define SLOT_BASE  0xffff800000000000ul
#define SLOT_LIMIT 0xffff808000000000ul
enum { STI = 0xfb };

/* A translated block; if it allows interrupts, `rest` instructions come behind that. */
struct block {
	uint64_t address;
	unsigned count, rest;
	bool kernel, native, allows;
};

static bool begun;
static uint64_t stretch, entry, longest, longest_entry, longest_last;
static const char *out;

static void executed(unsigned vcpu, void *data)
{
	const struct block *block = data;

	(void)vcpu;
	begun |= block->native;
	if (!block->kernel || !begun) {
		stretch = 0;
		return;
	}
	if (!stretch)
		entry = block->address;
	stretch += block->count - block->rest;
	if (stretch > longest) {
		longest = stretch;
		longest_entry = entry;
		longest_last = block->address;
	}
	if (block->allows) {
		stretch = block->rest;
		entry = block->address;
	}
}

static void translated(plugin_id id, struct qemu_plugin_tb *tb)
{
	struct block *block = calloc(1, sizeof(*block));

	(void)id;
	if (!block)
		return;
	block->address = qemu_plugin_tb_vaddr(tb);
	block->count = qemu_plugin_tb_n_insns(tb);
	block->kernel = block->address >= SLOT_LIMIT;
	block->native = block->address >= SLOT_BASE && !block->kernel;
	for (unsigned i = 0; i < block->count; i++) {
		struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(tb, i);

		if (qemu_plugin_insn_size(instruction) != 1 ||
		    *(const uint8_t *)qemu_plugin_insn_data(instruction) != STI)
			continue;
		block->allows = true;
		block->rest = block->count - i - 1;
	}
	qemu_plugin_register_vcpu_tb_exec_cb(tb, executed, NO_REGISTERS, block);
}

static void report(plugin_id id, void *data)
{
	FILE *file = fopen(out, "w");

	(void)id, (void)data;
	if (!file)
		return;
	fprintf(file, "stretch %llu %llx %llx\n", (unsigned long long)longest,
		(unsigned long long)longest_entry, (unsigned long long)longest_last);
	fclose(file);
}

struct qemu_info;
EXPORT int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc, char **argv)
{
	(void)info;
	if (argc != 1 || strncmp(argv[0], "out=", 4)) {
		fprintf(stderr, "stretch: it needs out=FILE\n");
		return -1;
	}
	out = strdup(argv[0] + 4);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, report, NULL);
	return 0;
}
