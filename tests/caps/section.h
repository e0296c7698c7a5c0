/* SPDX-License-Identifier: MIT */
/* section.h - included first in the kernel's files: what they keep between calls lies together, so
 * that it can be saved and put back. */
#pragma clang section bss = "keel_bss" data = "keel_data"
