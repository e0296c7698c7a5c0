# SPDX-License-Identifier: MIT
# The judge is that of the tests of the system calls, and so is the guest.
objects-attacks := $(patsubst %,$(B)/tests/programs/calls/%.c.o,judge failpoints guest)
