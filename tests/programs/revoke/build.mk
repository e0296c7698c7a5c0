# SPDX-License-Identifier: MIT
objects-revoke := $(B)/tests/programs/calls/judge.c.o $(B)/tests/programs/calls/failpoints.c.o
