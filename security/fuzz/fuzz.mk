# SPDX-License-Identifier: MIT
# fuzz.mk - the fuzz targets and what they are made of; seeds are our own products.

fuzz-loader_elf := bootloader/image.c
fuzz-kernel_archive := microkernel/lib/archive.c
fuzz-libsys_archive := libsys/archive.c
fuzz-libsys_elf := libsys/elf.c
fuzz_targets := $(patsubst security/fuzz/%.c,%,$(wildcard security/fuzz/*.c))
FUZZ_FLAGS := -std=gnu11 -O1 -g -fsanitize=fuzzer,address,undefined -fno-sanitize-recover=all \
	-Wall -Wextra -Werror -I.

# Our string functions stand beside the host's, which the fuzzer itself uses.
libsys_renamed := $(foreach name,memcpy memmove memset memcmp strlen strnlen strcmp strncmp strchr,\
	-D$(name)=libsys_$(name))

define fuzz_target
$(H)/fuzz/$(1): security/fuzz/$(1).c security/fuzz/fuzz.h $$(fuzz-$(1)) $$(fuzz-extra-$(1))
	$$(call say,FUZZ,$$@)
	@mkdir -p $$(@D)
	@clang $$(FUZZ_FLAGS) $$(if $$(fuzz-extra-$(1)),$$(libsys_renamed)) -o $$@ security/fuzz/$(1).c $$(fuzz-$(1)) $$(fuzz-extra-$(1))
endef
fuzz-extra-libsys_archive := libsys/words.c
fuzz-extra-libsys_elf := libsys/words.c
$(foreach target,$(fuzz_targets),$(eval $(call fuzz_target,$(target))))
fuzz-targets: $(addprefix $(H)/fuzz/,$(fuzz_targets))
.PHONY: fuzz-targets
