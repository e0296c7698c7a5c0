# SPDX-License-Identifier: MIT
# fuzz.mk - the fuzz targets and what they are made of; seeds are our own products.

fuzz-loader_elf := bootloader/image.c
fuzz-loader_archive := bootloader/archive.c
fuzz-loader_platform := bootloader/platform.c
fuzz-loader_program := bootloader/program.c
fuzz-libsys_archive := libsys/archive.c libsys/words.c
fuzz-libsys_elf := libsys/elf.c
fuzz-linux_elf := servers/linux/elf.c
fuzz-console_parse := $(unit-console_screen)
fuzz-tty_line := $(unit-tty_line)
fuzz-flags-tty_line := -I$(B) -Wno-int-to-pointer-cast
fuzz_targets := $(patsubst security/fuzz/%.c,%,$(wildcard security/fuzz/*.c))
FUZZ_FLAGS := -std=gnu11 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
	-Wall -Wextra -Werror -I.

define fuzz_target
$(H)/fuzz/$(1): security/fuzz/$(1).c security/fuzz/fuzz.h $$(fuzz-$(1))
	$$(call say,FUZZ,$$@)
	@mkdir -p $$(@D)
	@clang $$(FUZZ_FLAGS) $$(fuzz-flags-$(1)) -o $$@ security/fuzz/$(1).c $$(fuzz-$(1))
endef
$(foreach target,$(fuzz_targets),$(eval $(call fuzz_target,$(target))))
fuzz-targets: $(addprefix $(H)/fuzz/,$(fuzz_targets))
.PHONY: fuzz-targets
