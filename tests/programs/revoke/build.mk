# SPDX-License-Identifier: MIT
objects-revoke := $(B)/tests/programs/calls/judge.c.o
