/* SPDX-License-Identifier: MIT */
/*
 * laps.c - a plugin of QEMU's TCG: how many instructions a virtual processor executes from one mark
 * to the next.  The mark is a NOP that native/pairs.c executes after each call.
 *
 *	-plugin PATH/laps.so,out=FILE
 *
 * ICOUNT counts exactly, but on one processor only; this counts on any number of them.  A lap is
 * what one processor executed between two marks of its own that followed each other; what an
 * interrupt or another thread took of it makes a lap longer, so the figure is the median.  A second
 * mark ends the counting until the next of the first kind.  FILE gets the line
 * `laps COUNT median M least L`, and then `ADDRESS TIMES` for each instruction that was executed at
 * least once in two laps: tests/bench/profile adds them up by function.
 *
 * QEMU's packages bring no header of the interface, so what is used of it is declared here, as
 * include/qemu/qemu-plugin.h of QEMU 7.2 has it (version 1).
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
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *instruction,
					    void (*call)(unsigned vcpu, void *data),
					    enum plugin_registers registers, void *data);
void qemu_plugin_register_atexit_cb(plugin_id id, void (*call)(plugin_id, void *), void *data);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb, size_t n);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *instruction);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *instruction);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *instruction);

enum { VCPUS = 64, MARKS = 2000, LAPS = MARKS }; /* native/pairs.c */

/* Each counted by its own virtual processor's thread. */
static struct {
	uint64_t instructions, at_mark;
	char alone[48]; /* a cache line each */
} vcpus[VCPUS];

/* An instruction of a translated block; what it counts is that of the processor that runs laps. */
static struct place {
	uint64_t address, times;
	struct place *next;
} * places;

/* One thread of the guest executes the marks, so their order is that of its time. */
static uint64_t laps[LAPS];
static unsigned nr_laps, nr_marks, last_vcpu = VCPUS;
static const char *out;

/* nopl 0x4c617073(%rax), nopl 0x53746f70(%rax) */
static const unsigned char mark[] = { 0x0f, 0x1f, 0x80, 0x73, 0x70, 0x61, 0x4c };
static const unsigned char stop[] = { 0x0f, 0x1f, 0x80, 0x70, 0x6f, 0x74, 0x53 };

static void executed(unsigned vcpu, void *data)
{
	struct place *place = data;

	vcpus[vcpu % VCPUS].instructions++;
	if (vcpu == last_vcpu && place)
		place->times++;
}

/* Blocks are translated by one thread at a time. */
static struct place *place_of(uint64_t address)
{
	struct place *place = calloc(1, sizeof(*place));

	if (place) {
		*place = (struct place){ .address = address, .next = places };
		places = place;
	}
	return place;
}

static void marked(unsigned vcpu, void *data)
{
	uint64_t now = vcpus[vcpu % VCPUS].instructions;

	(void)data;
	if (vcpu == last_vcpu && nr_laps < LAPS)
		laps[nr_laps++] = now - vcpus[vcpu % VCPUS].at_mark;
	vcpus[vcpu % VCPUS].at_mark = now;
	/* After the last lap nobody counts any more. */
	last_vcpu = ++nr_marks < MARKS ? vcpu : VCPUS;
}

static void stopped(unsigned vcpu, void *data)
{
	(void)vcpu, (void)data;
	last_vcpu = VCPUS;
}

static bool is(const struct qemu_plugin_insn *instruction, const unsigned char *bytes)
{
	return qemu_plugin_insn_size(instruction) == sizeof(mark) &&
	       !memcmp(qemu_plugin_insn_data(instruction), bytes, sizeof(mark));
}

static void translated(plugin_id id, struct qemu_plugin_tb *tb)
{
	(void)id;
	for (size_t i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(tb, i);

		qemu_plugin_register_vcpu_insn_exec_cb(
			instruction, executed, NO_REGISTERS,
			place_of(qemu_plugin_insn_vaddr(instruction)));
		if (is(instruction, mark))
			qemu_plugin_register_vcpu_insn_exec_cb(instruction, marked, NO_REGISTERS,
							       NULL);
		else if (is(instruction, stop))
			qemu_plugin_register_vcpu_insn_exec_cb(instruction, stopped, NO_REGISTERS,
							       NULL);
	}
}

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void report(plugin_id id, void *data)
{
	FILE *file = fopen(out, "w");

	(void)id, (void)data;
	if (!file)
		return;
	qsort(laps, nr_laps, sizeof(laps[0]), ascending);
	fprintf(file, "laps %u median %llu least %llu\n", nr_laps,
		(unsigned long long)laps[nr_laps / 2], (unsigned long long)laps[0]);
	for (struct place *place = places; place; place = place->next)
		if (place->times && place->times >= nr_laps / 2)
			fprintf(file, "%llx %llu\n", (unsigned long long)place->address,
				(unsigned long long)place->times);
	fclose(file);
}

struct qemu_info;
EXPORT int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc, char **argv)
{
	(void)info;
	if (argc != 1 || strncmp(argv[0], "out=", 4)) {
		fprintf(stderr, "laps: it needs out=FILE\n");
		return -1;
	}
	out = strdup(argv[0] + 4);
	qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
	qemu_plugin_register_atexit_cb(id, report, NULL);
	return 0;
}
