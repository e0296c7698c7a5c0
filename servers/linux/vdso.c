/* SPDX-License-Identifier: MIT */
/*
 * vdso.c - the vDSO: one page of parameters and one of code, shared by all programs.
 *
 * The code page is a whole little ELF shared object, laid out by hand: its loader is each program's
 * C library, which looks for the names below with the version LINUX_2.6.  The page of parameters
 * lies right before it.  Its sequence number is odd while it is being changed; readers then repeat.
 */
#include "servers/linux/vdso.h"

#include "libsys/heap.h"
#include "libsys/start.h"
#include "libsys/string.h"
#include "libsys/sys.h"
#include "servers/linux/errno.h"
#include "servers/linux/layout.h"

struct vdso_data {
	u64 base_tsc, mult, realtime_offset;
	u32 shift, sequence;
};
/* The assembly below knows these. */
_Static_assert(offsetof(struct vdso_data, mult) == 8, "vdso_now");
_Static_assert(offsetof(struct vdso_data, realtime_offset) == 16, "vdso_now");
_Static_assert(offsetof(struct vdso_data, shift) == 24, "vdso_now");
_Static_assert(offsetof(struct vdso_data, sequence) == 28, "vdso_now");

extern const u8 vdso_image[], vdso_image_end[];

#define SYMBOL(name, at)                                                                           \
	".long " name " - vdso_strings\n .byte 0x12, 0\n .short 1\n"                               \
	".quad " at " - vdso_image, 16\n"

__asm__(".pushsection .rodata\n"
	".balign 4096\n"
	".globl vdso_image, vdso_image_end\n"
	".hidden vdso_image, vdso_image_end\n"
	"vdso_image:\n"
	".Lvdso_image:\n"
	/* ELF header: a shared object with program headers only */
	".byte 0x7f, 'E', 'L', 'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0\n"
	".short 3, 62\n .long 1\n .quad 0, 64, 0\n .long 0\n .short 64, 56, 2, 0, 0, 0\n"
	/* PT_LOAD: the whole page, readable and executable; PT_DYNAMIC */
	".long 1, 5\n .quad 0, 0, 0\n"
	".quad vdso_image_end - vdso_image, vdso_image_end - vdso_image, 4096\n"
	".long 2, 4\n .quad vdso_dynamic - vdso_image, vdso_dynamic - vdso_image\n"
	".quad vdso_dynamic - vdso_image, vdso_dynamic_end - vdso_dynamic\n"
	".quad vdso_dynamic_end - vdso_dynamic, 8\n"
	"vdso_dynamic:\n"
	".quad 14, vdso_soname - vdso_strings\n"  /* SONAME */
	".quad 4, vdso_hash - vdso_image\n"	  /* HASH */
	".quad 5, vdso_strings - vdso_image\n"	  /* STRTAB */
	".quad 6, vdso_symbols - vdso_image\n"	  /* SYMTAB */
	".quad 10, vdso_strings_end - vdso_strings\n" /* STRSZ */
	".quad 11, 24\n"			  /* SYMENT */
	".quad 0x6ffffff0, vdso_versions - vdso_image\n" /* VERSYM */
	".quad 0x6ffffffc, vdso_definitions - vdso_image, 0x6ffffffd, 2\n" /* VERDEF, VERDEFNUM */
	".quad 0, 0\n"
	"vdso_dynamic_end:\n"
	/* one bucket: every look-up walks the chain */
	"vdso_hash: .long 1, 6, 1, 0, 2, 3, 4, 5, 0\n"
	".balign 8\n"
	"vdso_symbols: .quad 0, 0, 0\n"
	SYMBOL("vdso_name1", "vdso_clock_gettime")
	SYMBOL("vdso_name2", "vdso_gettimeofday")
	SYMBOL("vdso_name3", "vdso_time")
	SYMBOL("vdso_name4", "vdso_clock_getres")
	SYMBOL("vdso_name5", "vdso_getcpu")
	"vdso_versions: .short 0, 2, 2, 2, 2, 2\n"
	".balign 8\n"
	"vdso_definitions:\n"
	".short 1, 1, 1, 1\n .long 0xdeebfa1, 20, 28, vdso_soname - vdso_strings, 0\n"
	".short 1, 0, 2, 1\n .long 0x3ae75f6, 20, 0, vdso_version - vdso_strings, 0\n"
	"vdso_strings: .byte 0\n"
	"vdso_soname: .asciz \"linux-vdso.so.1\"\n"
	"vdso_version: .asciz \"LINUX_2.6\"\n"
	"vdso_name1: .asciz \"__vdso_clock_gettime\"\n"
	"vdso_name2: .asciz \"__vdso_gettimeofday\"\n"
	"vdso_name3: .asciz \"__vdso_time\"\n"
	"vdso_name4: .asciz \"__vdso_clock_getres\"\n"
	"vdso_name5: .asciz \"__vdso_getcpu\"\n"
	"vdso_strings_end:\n"
	".balign 16\n"
	/* rax = ns, of 1970 if the clock in edi is a realtime one; keeps rdi, rsi */
	"vdso_now:\n"
	"	lea	.Lvdso_image - 4096(%rip), %r8\n"
	"1:	mov	28(%r8), %r9d\n"
	"	test	$1, %r9b\n"
	"	jz	2f\n"
	"	pause\n"
	"	jmp	1b\n"
	"2:	lfence\n"
	"	rdtsc\n"
	"	shl	$32, %rdx\n"
	"	or	%rdx, %rax\n"
	"	sub	(%r8), %rax\n"
	"	mulq	8(%r8)\n"
	"	mov	24(%r8), %ecx\n"
	"	shrd	%cl, %rdx, %rax\n"
	"	mov	$0x21, %ecx\n"
	"	bt	%edi, %ecx\n"
	"	jnc	3f\n"
	"	add	16(%r8), %rax\n"
	"3:	cmp	28(%r8), %r9d\n"
	"	jne	1b\n"
	"	xor	%edx, %edx\n"
	"	ret\n"
	"vdso_clock_gettime:\n"
	"	cmp	$7, %edi\n"
	"	ja	4f\n"
	"	mov	$0xf3, %eax\n"
	"	bt	%edi, %eax\n"
	"	jnc	4f\n"
	"	call	vdso_now\n"
	"	mov	$1000000000, %ecx\n"
	"	div	%rcx\n"
	"	mov	%rax, (%rsi)\n"
	"	mov	%rdx, 8(%rsi)\n"
	"	xor	%eax, %eax\n"
	"	ret\n"
	"4:	mov	$228, %eax\n"
	"	syscall\n"
	"	ret\n"
	"vdso_gettimeofday:\n"
	"	mov	%rdi, %r10\n"
	"	test	%rsi, %rsi\n"
	"	jz	5f\n"
	"	movq	$0, (%rsi)\n"
	"5:	test	%r10, %r10\n"
	"	jz	6f\n"
	"	xor	%edi, %edi\n"
	"	call	vdso_now\n"
	"	mov	$1000000000, %ecx\n"
	"	div	%rcx\n"
	"	mov	%rax, (%r10)\n"
	"	mov	%rdx, %rax\n"
	"	xor	%edx, %edx\n"
	"	mov	$1000, %ecx\n"
	"	div	%rcx\n"
	"	mov	%rax, 8(%r10)\n"
	"6:	xor	%eax, %eax\n"
	"	ret\n"
	"vdso_time:\n"
	"	mov	%rdi, %r10\n"
	"	xor	%edi, %edi\n"
	"	call	vdso_now\n"
	"	mov	$1000000000, %ecx\n"
	"	div	%rcx\n"
	"	test	%r10, %r10\n"
	"	jz	7f\n"
	"	mov	%rax, (%r10)\n"
	"7:	ret\n"
	"vdso_clock_getres:\n"
	"	mov	$229, %eax\n"
	"	syscall\n"
	"	ret\n"
	"vdso_getcpu:\n"
	"	mov	$309, %eax\n"
	"	syscall\n"
	"	ret\n"
	"vdso_image_end:\n"
	".popsection\n");

static struct {
	cap_t data_memory, text_memory;
	struct vdso_data *data;
} vdso;

bool vdso_present(void)
{
	return vdso.text_memory != CAP_NONE;
}

/* The parameters' page, mapped here for writing and in programs for reading. */
static i64 data_make(void)
{
	i64 memory = sys_memory_create(CAP_SELF_BUDGET, PAGE_SIZE, 0), address;

	if (memory < 0)
		return errno_from(memory);
	address = memory_map((cap_t)memory, 0, PAGE_SIZE, PROTECT_READ | PROTECT_WRITE);
	if (map_failed(address))
		return errno_from(address);
	vdso.data_memory = (cap_t)memory;
	vdso.data = (struct vdso_data *)address;
	vdso.data->base_tsc = start_info->clock.base_tsc;
	vdso.data->mult = start_info->clock.mult;
	vdso.data->shift = start_info->clock.shift;
	return 0;
}

i64 vdso_start(void)
{
	u64 length = (u64)(vdso_image_end - vdso_image);
	i64 memory, copied;

	if (!start_info->clock.usable || start_info->clock.shift > 63 || length > PAGE_SIZE)
		return 0;
	copied = data_make();
	if (copied)
		return copied;
	memory = sys_memory_create(CAP_SELF_BUDGET, PAGE_SIZE, 0);
	if (memory < 0)
		return errno_from(memory);
	copied = sys_memory_copy((cap_t)memory, 0, (u64)vdso_image, length, COPY_TO_MEMORY);
	if (copied != (i64)length)
		return copied < 0 ? errno_from(copied) : -EIO;
	vdso.text_memory = (cap_t)memory;
	return 0;
}

void vdso_realtime_set(u64 offset_ns)
{
	struct vdso_data *data = vdso.data;

	if (!data)
		return;
	__atomic_fetch_add(&data->sequence, 1, __ATOMIC_SEQ_CST);
	__atomic_store_n(&data->realtime_offset, offset_ns, __ATOMIC_SEQ_CST);
	__atomic_fetch_add(&data->sequence, 1, __ATOMIC_SEQ_CST);
}

static i64 page_map(cap_t space, u64 address, cap_t memory, u32 protect, u32 tag)
{
	struct map_args args = {
		.address = address,
		.length = PAGE_SIZE,
		.memory = memory,
		.protect = protect,
		.maximum = protect,
		.flags = MAP_AT,
		.tag = tag,
	};
	i64 result = sys_space_map(space, &args);

	return result < 0 ? errno_from(result) : 0;
}

i64 vdso_map(cap_t space, u64 address)
{
	i64 error = page_map(space, address, vdso.data_memory, PROTECT_READ, TAG_VVAR);

	if (error)
		return error;
	return page_map(space, address + VDSO_TEXT, vdso.text_memory, PROTECT_READ | PROTECT_EXEC,
			TAG_VDSO);
}

u64 hardware_capabilities(void)
{
	u32 a = 1, b, c = 0, d;

	__asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
	return d;
}
