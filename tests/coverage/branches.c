/* SPDX-License-Identifier: MIT */
/*
 * branches.c - a plugin of QEMU's TCG: which way each conditional branch of the kernel has gone.
 *
 *	-plugin PATH/branches.so,out=FOLDER
 *
 * A conditional branch ends its block, so the block that the same processor enters next tells
 * which way it went; in ring 0 nothing comes between but an NMI, which begins at neither place.  A
 * file of the folder, named by QEMU's process, gets `first ADDRESS`, where the kernel was entered
 * first, and `ADDRESS TAKEN FELL` (0 or 1 each) for each branch that was executed.
 *
 * QEMU's packages bring no header of the interface, so what is used of it is declared here, as
 * include/qemu/qemu-plugin.h of QEMU 7.2 has it (version 1).
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *instruction);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *instruction);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *instruction);

enum { VCPUS = 64 };
#define KERNEL 0xffffffff80000000ul /* the image lies above it */

static struct block {
	uint64_t begin;
	uint64_t branch, target, fall; /* 0: it does not end with a conditional branch */
	int taken, fell; /* by any processor: only ever set */
	struct block *next;
} * blocks;

static struct block *last[VCPUS]; /* each by its own processor's thread */
static uint64_t first;
static const char *out;

static void entered(unsigned vcpu, void *data)
{
	struct block *block = data, *before = last[vcpu % VCPUS];

	if (!first)
		first = block->begin;
	if (before && before->branch) {
		if (block->begin == before->target)
			before->taken = 1;
		else if (block->begin == before->fall)
			before->fell = 1;
	}
	last[vcpu % VCPUS] = block;
}

static void branch_read(struct block *block, const struct qemu_plugin_insn *instruction)
{
	const unsigned char *byte = qemu_plugin_insn_data(instruction);
	size_t size = qemu_plugin_insn_size(instruction);
	int32_t distance;

	if (size == 2 && (byte[0] & 0xf0) == 0x70)
		distance = (int8_t)byte[1];
	else if (size == 6 && byte[0] == 0x0f && (byte[1] & 0xf0) == 0x80)
		memcpy(&distance, byte + 2, sizeof(distance));
	else
		return;
	block->branch = qemu_plugin_insn_vaddr(instruction);
	block->fall = block->branch + size;
	block->target = block->fall + (uint64_t)(int64_t)distance;
}

/* Blocks are translated by one thread at a time. */
static void translated(plugin_id id, struct qemu_plugin_tb *tb)
{
	struct block *block;

	(void)id;
	if (qemu_plugin_tb_vaddr(tb) < KERNEL || !(block = calloc(1, sizeof(*block))))
		return;
	block->begin = qemu_plugin_tb_vaddr(tb);
	branch_read(block, qemu_plugin_tb_get_insn(tb, qemu_plugin_tb_n_insns(tb) - 1));
	block->next = blocks;
	blocks = block;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, entered, NO_REGISTERS, block);
}

static void report(plugin_id id, void *data)
{
	char name[4096];
	FILE *file;

	(void)id, (void)data;
	snprintf(name, sizeof(name), "%s/%ld", out, (long)getpid());
	file = first ? fopen(name, "w") : NULL;
	if (!file)
		return;
	fprintf(file, "first %llx\n", (unsigned long long)first);
	for (struct block *block = blocks; block; block = block->next)
		if (block->taken || block->fell)
			fprintf(file, "%llx %d %d\n", (unsigned long long)block->branch,
				block->taken, block->fell);
	fclose(file);
}

struct qemu_info;
EXPORT int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc, char **argv)
{
	(void)info;
	if (argc != 1 || strncmp(argv[0], "out=", 4)) {
		fprintf(stderr, "branches: it needs out=FOLDER\n");
		return -1;
	}
	out = strdup(argv[0] + 4);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, report, NULL);
	return 0;
}
