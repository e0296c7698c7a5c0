/* SPDX-License-Identifier: MIT */
/* font_file.S - the font's file, as the build unpacked it. */
	.section .rodata
	.globl font_file, font_file_end
font_file:
	.incbin "build/host/font.psf"
font_file_end:
	.section .note.GNU-stack, "", @progbits
