# SPDX-License-Identifier: MIT
# unit.mk - which source each host test tests, and with which flags it is compiled.

unit-lib_treap := microkernel/lib/treap.c
unit-arch_lapic := microkernel/arch/x86_64/lapic.c
unit-flags-arch_lapic := -include tests/unit/model/x86.h
unit-lib_format := microkernel/lib/format.c
unit-lib_string := microkernel/lib/string.c
unit-loader_lapic := bootloader/lapic.c
unit-flags-loader_lapic := -include tests/unit/model/loader_x86.h
unit-loader_image := bootloader/image.c
unit-loader_archive := bootloader/archive.c
unit-loader_platform := bootloader/platform.c
unit-loader_program := bootloader/program.c
unit-libsys_text := libsys/text.c libsys/words.c
unit-init_grants := servers/init/grants.c libsys/words.c
unit-init_acpi := servers/init/acpi.c
unit-clock_calendar := servers/clock/calendar.c
unit-entropy_chacha20 := servers/entropy/chacha20.c $(SODIUM)/crypto_stream/chacha20/ref/chacha20_ref.c
unit-flags-entropy_chacha20 := -DCONFIGURED=1 -DNATIVE_LITTLE_ENDIAN=1 -I$(SODIUM)/include/sodium -w -lsodium
unit-tty_line := servers/tty/terminal.c servers/tty/input.c servers/tty/output.c
unit-flags-tty_line := -I$(B) -Wno-int-to-pointer-cast
unit-console_screen := $(addprefix servers/console/,screen.c control.c parse.c keys.c) libsys/text.c
unit-keyboard_keymap := servers/keyboard/keymap.c servers/keyboard/layouts.c
unit-ramfs_tree := $(addprefix servers/ramfs/,main.c store.c index.c names.c rename.c nodes.c \
	sessions.c xattr.c check.c) libsys/words.c libsys/journal.c
unit-flags-ramfs_tree := -I$(B) -Dmain=ramfs_main -DCONFIG_DEBUG=1 -Wno-unused-parameter \
	-Wno-int-to-pointer-cast
unit-ramfs_crash := $(unit-ramfs_tree)
unit-flags-ramfs_crash := $(unit-flags-ramfs_tree)
unit-libsys_archive := libsys/archive.c libsys/words.c
unit-libsys_elf := libsys/elf.c
# The functions under test stand beside the host's own.
unit-flags-lib_string := $(foreach name,memcpy memmove memset memcmp strnlen,-D$(name)=lib_$(name))

UNIT_FLAGS := -std=gnu11 -O1 -g -fno-builtin -fsanitize=address,undefined -fno-sanitize-recover=all \
	-Wall -Wextra -Werror -Wno-unused-function -I.
unit_tests := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/*.c))
unit_binaries := $(addprefix $(H)/unit/,$(unit_tests))

unit_headers := $(wildcard tests/unit/*.h libsys/*.h microkernel/*/*.h servers/*/*.h bootloader/*.h)

define unit_test
$(H)/unit/$(1): tests/unit/$(1).c $$(unit-$(1)) $$(unit_headers)
	$$(call say,UNIT,$$@)
	@mkdir -p $$(@D)
	@clang $$(UNIT_FLAGS) $$(unit-flags-$(1)) -o $$@ tests/unit/$(1).c $$(unit-$(1))
endef
$(foreach test,$(unit_tests),$(eval $(call unit_test,$(test))))

# Beside Linux's own line discipline; see tests/compare/tty.c.
$(H)/compare/tty: tests/compare/tty.c $(unit-tty_line) servers/tty/terminal.h libsys/tty.h
	$(call say,COMPARE,$@)
	@mkdir -p $(@D)
	@clang $(filter-out -fno-builtin,$(UNIT_FLAGS)) $(unit-flags-tty_line) -o $@ tests/compare/tty.c $(unit-tty_line)

# The reader of QEMU's screen.
$(H)/screen: tests/screen/main.c
	$(call say,HOSTCC,$@)
	@mkdir -p $(@D)
	@$(HOSTCC) $(HOST_FLAGS) -o $@ $<

unit-tests: $(unit_binaries) $(H)/compare/tty $(H)/screen
.PHONY: unit-tests
