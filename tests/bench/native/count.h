/* SPDX-License-Identifier: MIT */
/*
 * count.h - how many ticks ring 0 takes for one thing, counted from ring 3.
 *
 * Under ICOUNT a tick of the TSC is an instruction, so two reads of it count all that lies
 * between. Each piece of assembly below is made so that the instructions of ring 3 between its
 * reads are always the same: the piece with a NOP in the place of SYSCALL counts them, and what is
 * left is the kernel's, from its first instruction to the one that returns, both counted.  Between
 * two threads the first read travels in `count_began`, or in word 0 of a message.
 */
#ifndef TESTS_BENCH_COUNT_H
#define TESTS_BENCH_COUNT_H

#include "libsys/ipc.h"
#include "libsys/sys.h"

extern volatile u32 count_began;

#define COUNT_END "mov %%rax, %[result]\n\trdtsc\n\tsub count_began(%%rip), %%eax"

/* A call of one thread: ticks, those of ring 3 among them; its result goes to *out. */
#define COUNT_CALL(instruction, number, a, b, c, d, e, f, out)                                     \
	({                                                                                         \
		u64 first_ = (a), second_ = (b);                                                   \
		u32 ticks_;                                                                        \
		register u64 fourth_ __asm__("r10") = (d);                                         \
		register u64 fifth_ __asm__("r8") = (e);                                           \
		register u64 sixth_ __asm__("r9") = (f);                                           \
		register u64 third_ __asm__("r12") = (c);                                          \
		register u64 result_ __asm__("r13");                                               \
		__asm__ volatile("rdtsc\n\tmov %%eax, count_began(%%rip)\n\t"                      \
				 "mov %%rbx, %%rax\n\tmov %%r12, %%rdx\n\t" instruction            \
				 "\n\t" COUNT_END                                                  \
				 : "=&a"(ticks_), [result] "=&r"(result_), "+D"(first_),           \
				   "+S"(second_), "+r"(fourth_), "+r"(fifth_), "+r"(sixth_)        \
				 : "b"((u64)(number)), "r"(third_)                                 \
				 : "rcx", "rdx", "r11", "memory", "cc");                           \
		*(out) = (i64)result_;                                                             \
		ticks_;                                                                            \
	})

/* What the two macros count where nothing is called; set by count_begin. */
extern u32 count_call_own, count_message_own;

/* The same without those of ring 3. */
static inline u32 count_call(u64 number, u64 a, u64 b, u64 c, u64 d, u64 e, i64 *out)
{
	return COUNT_CALL("syscall", number, a, b, c, d, e, 0, out) - count_call_own;
}

/* Wait in a notification that another thread's COUNT_CALL signals: ticks from the one's first read
 * to the other's second. */
static inline u32 count_wait(cap_t notification, u64 mask)
{
	i64 number = NUMBER_notification_wait;
	u64 deadline = DEADLINE_NEVER;
	register u64 result_ __asm__("r13");

	__asm__ volatile("syscall\n\t" COUNT_END
			 : "+a"(number), [result] "=&r"(result_), "+D"(notification), "+S"(mask),
			   "+d"(deadline)
			 :
			 : "rcx", "r8", "r9", "r10", "r11", "memory", "cc");
	return (u32)number;
}

/* One of the message calls; ticks from the first read of whoever sent what came back to ours. */
#define COUNT_MESSAGE(instruction, number, endpoint, m, out)                                       \
	({                                                                                         \
		u64 badge_ = (endpoint), word0_;                                                   \
		u32 ticks_;                                                                        \
		register u64 r8_ __asm__("r8") = (m)->word[1];                                     \
		register u64 r9_ __asm__("r9") = (m)->word[2];                                     \
		register u64 r10_ __asm__("r10") = (m)->word[3];                                   \
		register u64 r12_ __asm__("r12") = (m)->word[4];                                   \
		register u64 r13_ __asm__("r13") = (m)->word[5];                                   \
		register u64 r14_ __asm__("r14") = (m)->reply;                                     \
		register u64 result_ __asm__("r15");                                               \
		__asm__ volatile("rdtsc\n\tmov %%eax, %%edx\n\tmov %[n], %%eax\n\t" instruction    \
				 "\n\tmov %%rdx, %%rcx\n\tmov %%rax, %%r15\n\trdtsc\n\t"           \
				 "sub %%ecx, %%eax"                                                \
				 : "=&a"(ticks_), "=&d"(word0_), "+D"(badge_), "+S"((m)->tag),     \
				   "+r"(r8_), "+r"(r9_), "+r"(r10_), "+r"(r12_), "+r"(r13_),       \
				   "+r"(r14_), "=&r"(result_)                                      \
				 : [n] "i"(number)                                                 \
				 : "rcx", "r11", "memory", "cc");                                  \
		(m)->word[1] = r8_;                                                                \
		(m)->word[2] = r9_;                                                                \
		(m)->word[3] = r10_;                                                               \
		(m)->word[4] = r12_;                                                               \
		(m)->word[5] = r13_;                                                               \
		(m)->badge = badge_;                                                               \
		(m)->reply = r14_;                                                                 \
		*(out) = (i64)result_;                                                             \
		ticks_;                                                                            \
	})

void count_begin(cap_t inspect);

/* The address-space switches of the first processor so far. */
u64 count_switches(void);

/*
 * A row: begin, samples, of which those beyond SAMPLES are left out, and end, which prints the
 * median and the switches of a round.
 */
enum { ROUNDS = 201, SAMPLES = ROUNDS };
struct row {
	const char *name;
	u64 loads;
	u32 count, sample[SAMPLES];
};
void row_begin(struct row *row, const char *name);
void row_add(struct row *row, u32 ticks);
void row_end(struct row *row);
/* Two rows that were measured in one: each has half of the switches. */
void row_end_both(struct row *one, struct row *other);

/* The groups of rows; an error ends all of it. */
__must_use error_t bench_messages(cap_t echo);
__must_use error_t bench_traps(void);
__must_use error_t bench_memory(void);
__must_use error_t bench_capabilities(void);
/* The server that bench_messages calls. */
__must_use error_t bench_echo(cap_t self);

/* Other modes: see their files. */
__must_use error_t bench_laps(void);
__must_use error_t bench_pairs(void);

#endif
