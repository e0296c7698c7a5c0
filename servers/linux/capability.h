/* SPDX-License-Identifier: MIT */
/* capability.h - the part of prctl that is about capabilities. */
#ifndef LINUX_CAPABILITY_H
#define LINUX_CAPABILITY_H

#include "servers/linux/calls.h"

/* Every other request of prctl is -EINVAL. */
i64 capability_prctl(const struct registers *r);

#endif
