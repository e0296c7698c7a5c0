/* SPDX-License-Identifier: MIT */
/* device.h - interrupt lines and port ranges as objects. */
#ifndef OBJECT_DEVICE_H
#define OBJECT_DEVICE_H

#include "microkernel/object/notification.h"

enum { IRQ_ROOT = 0xffffffff };

struct irq {
	struct object object;
	u32 line;			   /* IRQ_ROOT: the right to make others; constant */
	bool level;			   /* masked from delivery until acknowledged */
	struct notification *notification; /* referenced; guarded by the IRQ lock */
	u64 bits;
};

struct ioport {
	struct object object;
	u32 first, count; /* constant */
};

void irq_kill(struct irq *irq);
/* An interrupt came on this vector. */
void irq_deliver(unsigned vector);

#endif
