/* SPDX-License-Identifier: MIT */
/* preempt - many processes compute at once; none may see another's registers. */
#include "test.h"

enum { PROCESSES = 40, SEEDS = 8 };

static double floating(double seed)
{
	double a = seed, b = 1.0000001, c = 0.5;

	for (long i = 0; i < 2000000; i++) {
		a = a * b + c;
		c = c * 0.999999 + a * 1e-9;
		if (a > 1e6)
			a -= 1e6;
	}
	return a + c;
}

static unsigned long whole(unsigned long seed)
{
	unsigned long a = seed, b = 3, c = 5;

	for (long i = 0; i < 4000000; i++) {
		a = a * 6364136223846793005ul + c;
		c = (c ^ (a >> 13)) + b;
		b += a & c;
	}
	return a + c;
}

CASE(floating_point_registers)
{
	double wanted[SEEDS];
	int wrong = 0;

	for (int i = 0; i < SEEDS; i++)
		wanted[i] = floating(i + 1);
	for (int i = 0; i < PROCESSES; i++)
		(void)CHILD(_exit(floating(i % SEEDS + 1) != wanted[i % SEEDS]));
	for (int status; wait(&status) > 0;)
		wrong += status != 0;
	CHECK(wrong == 0);
}

CASE(general_registers)
{
	unsigned long wanted[SEEDS];
	int wrong = 0;

	for (int i = 0; i < SEEDS; i++)
		wanted[i] = whole((unsigned long)i + 1);
	for (int i = 0; i < PROCESSES; i++)
		(void)CHILD(_exit(whole((unsigned long)(i % SEEDS) + 1) != wanted[i % SEEDS]));
	for (int status; wait(&status) > 0;)
		wrong += status != 0;
	CHECK(wrong == 0);
}

int main(void)
{
	RUN(floating_point_registers);
	RUN(general_registers);
	return failed_cases != 0;
}
