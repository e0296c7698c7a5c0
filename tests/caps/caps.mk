# SPDX-License-Identifier: MIT
# caps.mk - the kernel's capability code on the host: `explore` the search, `tables` whole tables of
# handles and rights; each also under ASan and UBSan.

caps_kernel := $(addprefix microkernel/object/,cap.c table.c object.c budget.c endpoint.c reply.c \
	message.c notification.c thread_wait.c) $(addprefix microkernel/core/,slab.c frame.c grace.c)
caps_shared := $(addprefix tests/caps/,world.c picture.c step.c model.c removal.c)
caps_headers := $(wildcard microkernel/*/*.h microkernel/abi/*.def tests/caps/*.h) tests/caps/caps.mk
CAPS_FLAGS := -std=gnu11 -g -fno-builtin -fno-strict-aliasing -Wall -Wextra -Werror \
	-Wno-unused-parameter -I. -DCONFIG_DEBUG=1
# Globals are saved and put back by sections, with what lies between them.
CAPS_SANITIZE := -fsanitize=address,undefined -fno-sanitize-recover=all

# caps_build FOLDER COMPILE LINK: objects and programs of one build.
define caps_build
$(1)/kernel/%.o: microkernel/%.c $$(caps_headers)
	$$(call say,CAPS,$$@)
	@mkdir -p $$(@D)
	@clang $$(CAPS_FLAGS) $(2) -include tests/caps/section.h -c -o $$@ $$<

$(1)/%.o: tests/caps/%.c $$(caps_headers)
	$$(call say,CAPS,$$@)
	@mkdir -p $$(@D)
	@clang $$(CAPS_FLAGS) $(2) -c -o $$@ $$<

$(1)/explore: $$(patsubst microkernel/%.c,$(1)/kernel/%.o,$$(caps_kernel)) \
		$$(patsubst tests/caps/%.c,$(1)/%.o,$$(caps_shared) tests/caps/explore.c tests/caps/pairs.c)
	@clang $(3) -o $$@ $$^

$(1)/tables: $$(patsubst microkernel/%.c,$(1)/kernel/%.o,$$(caps_kernel)) $(1)/world.o $(1)/tables.o
	@clang $(3) -o $$@ $$^
endef
$(eval $(call caps_build,$(H)/caps,-O2,))
$(eval $(call caps_build,$(H)/caps-sanitize,-O1 $(CAPS_SANITIZE) -mllvm -asan-globals=0,$(CAPS_SANITIZE)))

caps: $(foreach build,caps caps-sanitize,$(H)/$(build)/explore $(H)/$(build)/tables)
.PHONY: caps
