/* SPDX-License-Identifier: MIT */
/* termios.h - between Linux's termios and the settings of the tty server; pure functions. */
#ifndef LINUX_TERMIOS_H
#define LINUX_TERMIOS_H

#include "libsys/tty.h"
#include "servers/linux/abi.h"

/* The structure ends in padding that the calls do not touch. */
enum { TERMIOS_BYTES = 36 };

void termios_from_settings(struct l_termios *termios, const struct tty_settings *settings);
void settings_from_termios(struct tty_settings *settings, const struct l_termios *termios);

#endif
