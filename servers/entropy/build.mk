# SPDX-License-Identifier: MIT
objects-entropy := $(B)/libsodium/chacha20_ref.o
