# SPDX-License-Identifier: MIT
# The judge is that of the tests of the system calls.
objects-revoke := $(B)/tests/programs/calls/judge.c.o $(B)/tests/programs/calls/failpoints.c.o
