# SPDX-License-Identifier: MIT
# symbols.awk - turn `nm -n` of the kernel into the table that microkernel/core/symbols.h describes.
#
# Only functions are listed.  Offsets are printed as hexadecimal text and subtracted by the
# assembler: awk's numbers need not hold 64 bits.

BEGIN { count = offset = 0 }
$3 == "kernel_image" { base = $1 }
tolower($2) == "t" && $3 !~ /\./ { address[count] = $1; name[count++] = $3 }

END {
	if (base == "") {
		print "symbols.awk: no kernel_image among the symbols" > "/dev/stderr"
		exit 1
	}
	print "section .symbols progbits alloc noexec nowrite align=8"
	print "global symbol_table:data hidden, symbol_count:data hidden, symbol_names:data hidden"
	print "symbol_table:"
	for (i = 0; i < count; i++) {
		printf "\tdd 0x%s - 0x%s, %d\n", address[i], base, offset
		offset += length(name[i]) + 1
	}
	print "symbol_count: dd " count
	print "symbol_names:"
	for (i = 0; i < count; i++)
		printf "\tdb \"%s\", 0\n", name[i]
}
