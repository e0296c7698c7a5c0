# SPDX-License-Identifier: MIT
#
# Makefile - everything begins here: `make run-serial` boots to a prompt, `make test` runs every
# test, `make help` lists the rest.
#
# Two builds exist, build/release and build/debug; CONFIG chooses.  Nothing but what a target is
# asked for goes to standard output: messages of the build go to standard error.

MAKEFLAGS += -rR --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
.SECONDARY:
.DEFAULT_GOAL := help

# What the user's command may hold is never expanded: it reaches the harness by the environment,
# byte by byte.  A value that was handed over already, by an outer make, is kept.
HARNESS_VARIABLES := RUN OVERLAY SMP MEM CPU BOOT ICOUNT TIMEOUT APPEND QEMU_ARGS ACCEL GDB_PORT
define harness_variable
unexport $(1)
ifndef KEEL_$(1)
ifneq ($$(origin $(1)),undefined)
export KEEL_$(1) := $$(value $(1))
endif
endif
endef
$(foreach variable,$(HARNESS_VARIABLES),$(eval $(call harness_variable,$(variable))))
MAKEOVERRIDES :=

CONFIG ?= release
# With bench, 1: Debian's own Linux is measured beside.
LINUX ?= 0
# 0: a kernel in which every message takes the slow path, in a folder of its own.
FASTPATH ?= 1
B := build/$(CONFIG)$(if $(filter 0,$(FASTPATH)),-slowpath)
H := build/host
export KEEL_CONFIG := $(notdir $(B))

CC := gcc
LD := ld
NASM := nasm
HOSTCC := gcc
AWK := awk

say = @printf '  %-8s%s\n' $(1) '$(2)' >&2
debug_flag := $(if $(filter debug,$(CONFIG)),1,0)

# --- compiling ------------------------------------------------------------------------------------

# Code without vector registers: the kernel and the servers own no FPU context.
COMMON_FLAGS := -std=gnu11 -O2 -g -ffreestanding -mgeneral-regs-only -fpie -fno-stack-protector \
	-fno-strict-aliasing -fno-common -fno-asynchronous-unwind-tables -Wall -Wextra -Werror -I. \
	-DCONFIG_DEBUG=$(debug_flag) -DCONFIG_FASTPATH=$(FASTPATH)
# Debug builds keep frame pointers: the panic's back trace walks them.
KERNEL_FLAGS := $(COMMON_FLAGS) -mno-red-zone -fvisibility=hidden \
	$(if $(filter debug,$(CONFIG)),-fno-omit-frame-pointer,-fomit-frame-pointer)
# Of the message's words in registers nobody in that file has any use (see there); whoever called it
# has nothing in the others, and its frames are no function's.
MESSAGE_REGISTERS := r8 r9 r10 r12 r13
FASTPATH_FLAGS := $(addprefix -ffixed-,$(MESSAGE_REGISTERS)) $(addprefix -fcall-used-,rbx r14 r15) \
	-fomit-frame-pointer --param=large-function-growth=1000 -finline-limit=1000
PROGRAM_FLAGS := $(COMMON_FLAGS) -I$(B)
HOST_FLAGS := -std=gnu11 -O2 -g -Wall -Wextra -Werror -I. -D_DEFAULT_SOURCE
KERNEL_LDFLAGS := -pie --no-dynamic-linker -z noexecstack -z max-page-size=4096 --hash-style=sysv
PROGRAM_LDFLAGS := -pie --no-dynamic-linker -z noexecstack -z separate-code \
	-z max-page-size=4096 -z norelro --hash-style=sysv --build-id=none

depend = -MMD -MP -MF $(@:.o=.d)

# What microkernel/debug checks is in the debug build alone.
kernel_sources := $(filter-out $(if $(filter debug,$(CONFIG)),,microkernel/debug/%),$(sort $(shell \
	find microkernel -name '*.c' -o -name '*.asm' 2>/dev/null)))
kernel_objects := $(patsubst %,$(B)/%.o,$(kernel_sources))

libsys_sources := $(sort $(shell find libsys -name '*.c' -o -name '*.asm' -o -name '*.S'))
libsys_objects := $(patsubst %,$(B)/%.o,$(libsys_sources))

protocols := $(sort $(wildcard libsys/proto/*.proto))
protocol_headers := $(patsubst libsys/%.proto,$(B)/%.h,$(protocols))

# A folder with a main.c is a program of the folder's name.  Those below tests/programs are only
# in the debug build's archive.
program_folders := $(sort $(patsubst %/main.c,%,$(wildcard servers/*/main.c userspace/*/main.c) \
	$(if $(filter debug,$(CONFIG)),$(wildcard tests/programs/*/main.c))))
programs := $(notdir $(program_folders))
program_binaries := $(patsubst %,$(B)/bin/%,$(programs))

all: build
build: $(B)/kernel $(B)/pvh $(B)/boot.arc
programs: $(program_binaries)
kernel: $(B)/kernel
compile: $(kernel_objects) $(program_binaries)

$(B)/microkernel/%.c.o: microkernel/%.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	@$(CC) $(KERNEL_FLAGS) $(depend) -c $< -o $@

$(B)/microkernel/entry/fastpath.c.o: KERNEL_FLAGS += \
	$(if $(filter gcc,$(CC)),$(FASTPATH_FLAGS),-UCONFIG_FASTPATH -DCONFIG_FASTPATH=0)

$(B)/microkernel/%.asm.o: microkernel/%.asm
	$(call say,NASM,$<)
	@mkdir -p $(@D)
	@$(NASM) -f elf64 -I. -DCONFIG_DEBUG=$(debug_flag) -MD $(@:.o=.d) -MP -o $@ $<

# Everything else is a native program's: libsys, servers, userspace, tests/programs.
$(B)/%.c.o: %.c | $(protocol_headers)
	$(call say,CC,$<)
	@mkdir -p $(@D)
	@$(CC) $(PROGRAM_FLAGS) $(flags-$(firstword $(subst /, ,$(patsubst servers/%,%,$<)))) \
		$(depend) -c $< -o $@

$(B)/%.S.o: %.S
	$(call say,AS,$<)
	@mkdir -p $(@D)
	@$(CC) $(PROGRAM_FLAGS) $(depend) -c $< -o $@

$(B)/%.asm.o: %.asm
	$(call say,NASM,$<)
	@mkdir -p $(@D)
	@$(NASM) -f elf64 -I. -MD $(@:.o=.d) -MP -o $@ $<

$(B)/proto/%.h: libsys/proto/%.proto libsys/proto/protogen.awk
	$(call say,PROTO,$<)
	@mkdir -p $(@D)
	@$(AWK) -f libsys/proto/protogen.awk $< >$@

# --- linking --------------------------------------------------------------------------------------

$(B)/kernel.elf: $(kernel_objects) microkernel/arch/x86_64/kernel.ld
	$(call say,LD,$@)
	@$(LD) $(KERNEL_LDFLAGS) -T microkernel/arch/x86_64/kernel.ld -o $@ $(kernel_objects)

# What boots carries no names: tests/names finds them here.
$(B)/kernel: $(B)/kernel.elf
	@objcopy --strip-all $< $@

# The loader without firmware, for QEMU's -kernel, with the kernel's file in it.
PVH_FLAGS := -std=gnu11 -O2 -g -ffreestanding -mgeneral-regs-only -mno-red-zone -fno-pie -fno-stack-protector \
	-fno-strict-aliasing -fno-common -fno-asynchronous-unwind-tables -Wall -Wextra -Werror -I.
pvh_objects := $(B)/bootloader/pvh.c.o $(B)/bootloader/image.c.o \
	$(B)/bootloader/archive.c.o $(B)/bootloader/platform.c.o $(B)/bootloader/processor.c.o \
	$(B)/bootloader/machine.c.o $(B)/bootloader/lapic.c.o \
	$(B)/bootloader/program.c.o $(B)/bootloader/pvh_start.asm.o $(B)/bootloader/handover.asm.o

$(B)/bootloader/%.c.o: bootloader/%.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	@$(CC) $(PVH_FLAGS) $(depend) -c $< -o $@

$(B)/bootloader/%.asm.o: bootloader/%.asm $(B)/kernel
	$(call say,NASM,$<)
	@mkdir -p $(@D)
	@$(NASM) -f elf64 -DKERNEL='"$(B)/kernel"' -o $@ $<

$(B)/pvh: $(pvh_objects) bootloader/pvh.ld
	$(call say,LD,$@)
	@$(LD) -n --build-id=none -z noexecstack --no-warn-rwx-segments -T bootloader/pvh.ld -o $@ $(pvh_objects)

$(B)/libsys.a: $(libsys_objects)
	$(call say,AR,$@)
	@rm -f $@
	@ar rcs $@ $^

# A program may bring build.mk: variables objects-NAME (more objects) and flags-NAME.
-include $(wildcard $(addsuffix /build.mk,$(program_folders)))

define program
$(notdir $(1))-objects := $$(patsubst %,$(B)/%.o,$$(sort $$(shell find $(1) -name '*.c' -o \
	-name '*.asm' -o -name '*.S')))
$(B)/bin/$(notdir $(1)).elf: $$(filter-out $$(skip-$(notdir $(1))),$$($(notdir $(1))-objects)) \
		$$(objects-$(notdir $(1))) $(B)/libsys.a
	$$(call say,LD,$$@)
	@mkdir -p $$(@D)
	@$(LD) $(PROGRAM_LDFLAGS) -u _start -o $$@ $$^
all_program_objects += $$($(notdir $(1))-objects)
endef
$(foreach folder,$(program_folders) tests/bench/native,$(eval $(call program,$(folder))))

$(B)/bin/%: $(B)/bin/%.elf
	@objcopy --strip-all $< $@

# --- the boot archive -----------------------------------------------------------------------------

BUSYBOX := $(H)/busybox-static/bin/busybox
root_files := $(shell find userspace/root -type f -o -type l 2>/dev/null)
grants := $(wildcard security/grants) $(if $(filter debug,$(CONFIG)),$(wildcard tests/grants))

$(H)/mkarchive: bootloader/mkarchive.c libsys/archive_format.h
	$(call say,HOSTCC,$@)
	@mkdir -p $(@D)
	@$(HOSTCC) $(HOST_FLAGS) -o $@ $<

# libsodium's portable ChaCha20, from Debian's source package, compiled without vector registers.
SODIUM := $(H)/libsodium-source/src/libsodium
$(SODIUM)/crypto_stream/chacha20/ref/chacha20_ref.c: .ci/packages
	$(call say,SOURCE,libsodium)
	@rm -rf $(H)/libsodium-source
	@.ci/setup source libsodium $(H)/libsodium-source
	@touch $@

$(B)/libsodium/chacha20_ref.o: $(SODIUM)/crypto_stream/chacha20/ref/chacha20_ref.c
	$(call say,CC,$<)
	@mkdir -p $(@D)
	@$(CC) $(filter-out -Wall -Wextra -Werror,$(PROGRAM_FLAGS)) -w -DCONFIGURED=1 \
		-DNATIVE_LITTLE_ENDIAN=1 -U_FORTIFY_SOURCE -I$(SODIUM)/include/sodium -c $< -o $@

# Debian's binary as its package brings it, not a byte of it changed.
$(BUSYBOX): .ci/packages
	$(call say,UNPACK,busybox-static)
	@.ci/setup unpack busybox-static $(H)/busybox-static
	@touch $@

$(B)/boot.list: $(BUSYBOX) $(program_binaries) $(grants) $(root_files) $(wildcard userspace/root.list) Makefile
	@mkdir -p $(@D)
	@{ for program in $(programs); do \
		echo "file boot/$$program 0755 $(B)/bin/$$program"; done; \
	for grants in $(grants); do \
		case $$grants in tests/*) name=boot/grants.tests ;; *) name=boot/grants ;; esac; \
		echo "file $$name 0644 $$grants"; done; \
	echo "file root/bin/busybox 0755 $(BUSYBOX)"; \
	$(BUSYBOX) --list-full | sed '/^bin\/busybox$$/d; s|.*|link root/& /bin/busybox|'; \
	test ! -d userspace/root || echo "tree root userspace/root"; \
	test ! -f userspace/root.list || cat userspace/root.list; } >$@

$(B)/boot.arc: $(B)/boot.list $(H)/mkarchive $(BUSYBOX)
	$(call say,ARCHIVE,$@)
	@$(H)/mkarchive -t 1704067200 $@ <$(B)/boot.list


# What tests/bench/run boots: the release archive, and the program that measures the kernel.
$(B)/bench/boot.arc: $(B)/boot.arc $(B)/bin/native tests/bench/grants $(B)/pvh
	$(call say,ARCHIVE,$@)
	@mkdir -p $(@D) && ln -sf ../pvh $(@D)/pvh
	@{ cat $(B)/boot.list; echo "file boot/native 0755 $(B)/bin/native"; \
	echo "file boot/grants.tests 0644 tests/bench/grants"; } | $(H)/mkarchive -t 1704067200 $@

# --- the UEFI loader and the disk image -----------------------------------------------------------

EFI_FLAGS := -std=gnu11 -O2 -ffreestanding -fpic -fshort-wchar -mno-red-zone -mgeneral-regs-only \
	-maccumulate-outgoing-args -fno-stack-protector -fno-strict-aliasing -fno-common \
	-fno-asynchronous-unwind-tables -fvisibility=hidden -fcf-protection=none -DGNU_EFI_USE_MS_ABI \
	-Wall -Wextra -Werror -I. -isystem /usr/include/efi -isystem /usr/include/efi/x86_64
EFI_SECTIONS := .text .sdata .data .rodata .dynamic .dynsym .rel* .reloc
loader_sources := bootloader/main.c bootloader/files.c bootloader/image.c bootloader/archive.c \
	bootloader/platform.c bootloader/processor.c bootloader/program.c bootloader/firmware.c \
	bootloader/machine.c bootloader/lapic.c bootloader/handover.asm
loader_objects := $(patsubst %,build/loader/%.o,$(loader_sources))

build/loader/%.asm.o: %.asm
	$(call say,NASM,$<)
	@mkdir -p $(@D)
	@$(NASM) -f elf64 -o $@ $<

build/loader/%.o: %
	$(call say,CC,$<)
	@mkdir -p $(@D)
	@$(CC) $(EFI_FLAGS) $(depend) -c $< -o $@

build/loader/loader.so: $(loader_objects)
	$(call say,LD,$@)
	@$(LD) -nostdlib -znocombreloc -shared -Bsymbolic -z noexecstack --no-warn-rwx-segments \
		-T /usr/lib/elf_x86_64_efi.lds /usr/lib/crt0-efi-x86_64.o $^ -o $@ -L/usr/lib -lefi -lgnuefi

build/loader/BOOTX64.EFI: build/loader/loader.so
	@objcopy $(addprefix -j ,$(EFI_SECTIONS)) --target efi-app-x86_64 --subsystem=10 $< $@

# A GPT disk with one EFI system partition of 64 MiB from 1 MiB on; all of it without root.
IMAGE_MIB := 66
IMAGE_SECTORS := 131072
image: $(B)/keel.img $(B)/pvh ## the disk image, build/release/keel.img, for QEMU or a USB stick

$(B)/keel.img: build/loader/BOOTX64.EFI $(B)/kernel $(B)/boot.arc bootloader/KEEL.CFG
	$(call say,IMAGE,$@)
	@rm -f $@.new && truncate -s $(IMAGE_MIB)M $@.new
	@printf 'label: gpt\nstart=2048, size=$(IMAGE_SECTORS), type=U, name=ESP\n' | sfdisk -q $@.new >&2
	@mformat -i $@.new@@1M -F -T $(IMAGE_SECTORS) -v KEEL ::
	@mmd -i $@.new@@1M ::/EFI ::/EFI/BOOT ::/KEEL
	@mcopy -i $@.new@@1M build/loader/BOOTX64.EFI ::/EFI/BOOT/BOOTX64.EFI
	@mcopy -i $@.new@@1M $(B)/kernel ::/KEEL/KERNEL
	@mcopy -i $@.new@@1M $(B)/boot.arc ::/KEEL/BOOT.ARC
	@mcopy -i $@.new@@1M bootloader/KEEL.CFG ::/KEEL/KEEL.CFG
	@mv $@.new $@

# --- running --------------------------------------------------------------------------------------

artefacts := $(B)/kernel $(B)/pvh $(B)/boot.arc $(H)/mkarchive
# The image is needed only by firmware; ICOUNT always boots without.
boot_artefacts := $(artefacts) $(if $(filter pvh,$(KEEL_BOOT))$(filter 1,$(KEEL_ICOUNT)),,$(B)/keel.img)

run-serial: $(boot_artefacts) ## boot to a prompt on this terminal, or with RUN='command' run that
	@+tests/run serial

run: $(boot_artefacts) ## boot to a prompt in a window
	@+tests/run window

debug: ## boot halted, for gdb on GDB_PORT (1234): it says how to start gdb
	@$(MAKE) CONFIG=debug KEEL_BOOT=pvh build
	@+KEEL_CONFIG=debug KEEL_BOOT=pvh tests/run debug

run-harness: build/harness/pvh build/harness/boot.arc
	@+KEEL_CONFIG=harness tests/run serial

# Tests run on the debug build, some of them on the release build as well.
test: test-artefacts ## every test; the last line is `N passed, N failed`
	@KEEL_CONFIG=debug tests/all $(TEST)

test-long: test-artefacts ## the same and more, for hours: a million rounds, more processors
	@KEEL_CONFIG=debug tests/all --long $(TEST)

test-artefacts:
	@$(MAKE) CONFIG=debug build build/debug/keel.img >&2
	@$(MAKE) CONFIG=release build build/release/keel.img build/release/bench/boot.arc unit-tests caps fuzz-targets build/harness/pvh build/harness/boot.arc >&2

record: $(BUSYBOX) ## record again, on Debian's own Linux in QEMU, what Keel's applets have to do
	@tests/applets/applets --record
	@tests/applets/suite --record

bench: ## the figures, with bars and peers: instructions, wall time, address-space switches, sizes, memory
	@$(MAKE) CONFIG=release FASTPATH=1 bench-artefacts >&2
	@$(if $(filter 0,$(FASTPATH)),$(MAKE) CONFIG=release FASTPATH=0 build/release-slowpath/bench/boot.arc >&2)
	@tests/bench/run $(if $(filter 0,$(FASTPATH)),--slowpath) $(if $(filter 1,$(LINUX)),--linux)

bench-artefacts: build build/loader/BOOTX64.EFI $(B)/bench/boot.arc

# Both compilers, both builds; then everything that can be seen without running.
check: ## warnings of both compilers, layers, sizes, W^X: what needs no running
	@$(MAKE) CONFIG=release build build/loader/BOOTX64.EFI >&2
	@$(MAKE) CONFIG=debug build >&2
	@$(MAKE) CONFIG=clang CC=clang compile >&2
	@tests/check/all

audit: ## the running system's mappings and capabilities against security/grants
	@$(MAKE) CONFIG=release KEEL_BOOT=pvh build >&2
	@KEEL_CONFIG=release KEEL_BOOT=$(or $(KEEL_BOOT),pvh) security/audit

setup: ## install the packages that building and booting need
	@.ci/setup boot

# Every target that builds something begins with the packages.
ifeq ($(filter clean help setup,$(or $(MAKECMDGOALS),help)),)
ifneq ($(MAKELEVEL),0)
else ifeq ($(shell .ci/setup $(if $(filter test test-long check audit bench,$(MAKECMDGOALS)),test,boot) && echo ready),)
$(error the packages named above are needed)
endif
endif

include tests/unit/unit.mk tests/caps/caps.mk security/fuzz/fuzz.mk

help:
	@awk -F " ## " '/^[a-z-]+:.* ## / { split($$1, t, ":"); printf "make %-11s %s\n", t[1], $$2 }' Makefile
	@echo "Variables, such as RUN='command' and BOOT=pvh, are listed in README.md."

docs: ## write the table of Linux calls, docs/linux-calls.md
	@$(AWK) -f tests/check/calls.awk servers/linux/syscalls.def tests/linux/rows/*.c tests/linux/tmpfs/*.c >docs/linux-calls.md

clean: ## remove build/
	@rm -rf build

.PHONY: all build audit bench bench-artefacts check compile docs record test test-long test-artefacts run-harness image programs kernel run-serial run debug setup clean help

-include $(patsubst %.o,%.d,$(loader_objects) $(kernel_objects) $(pvh_objects) $(libsys_objects) $(all_program_objects))

# The guest that stands in for Keel when the harness itself is tested.
build/harness/pvh: tests/harness/guest.asm tests/harness/guest.ld
	@mkdir -p $(@D)
	@$(NASM) -f elf64 -o $@.o $<
	@$(LD) -n --no-warn-rwx-segments -T tests/harness/guest.ld -o $@ $@.o

build/harness/boot.arc: $(H)/mkarchive
	@mkdir -p $(@D)
	@echo 'dir root 0755' | $(H)/mkarchive $@
