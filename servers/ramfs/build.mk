# SPDX-License-Identifier: MIT
# Crash points are in debug builds only.
skip-ramfs := $(if $(filter debug,$(CONFIG)),,$(addprefix $(B)/servers/ramfs/,crash.c.o check.c.o))
