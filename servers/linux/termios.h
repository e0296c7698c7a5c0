/* SPDX-License-Identifier: MIT */
/* termios.h - between Linux's termios and the settings of the tty server; pure functions. */
#ifndef LINUX_TERMIOS_H
#define LINUX_TERMIOS_H

#include "libsys/tty.h"
#include "servers/linux/abi.h"

/* How much of struct l_termios the older and the newer calls pass. */
enum { TERMIOS_BYTES = 36, TERMIOS2_BYTES = 44 };

void termios_from_settings(struct l_termios *termios, const struct tty_settings *settings);
void settings_from_termios(struct tty_settings *settings, const struct l_termios *termios);
/* The older calls tell the speeds by codes in cflag alone. */
void termios_speeds_from_codes(struct l_termios *termios);
/* A pair has no line: eight bits and no parity, whatever is asked for. */
void termios_for_pair(struct l_termios *termios);

#endif
