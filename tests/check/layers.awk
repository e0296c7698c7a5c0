# SPDX-License-Identifier: MIT
# layers.awk - who includes whom, read from the compiler's own .d files: one file per rule, its target
# ignored.  Prints each forbidden edge; the exit status says whether there was one.
#
#	kernel: abi < lib < arch < core < object < entry, debug; and nothing of the kernel but abi elsewhere
#	bootloader -> abi, and the boot archive's format; libsys -> abi; a server, a program -> libsys, generated headers, its own folder
#	tests may include anything; nothing else includes tests

function layer(path) {
	if (path ~ /^microkernel\/abi\//) return "abi"
	if (path ~ /^microkernel\/arch\/arch\.h$/) return "arch"
	if (path ~ /^microkernel\//) { split(path, part, "/"); return part[2] }
	if (path ~ /^build\/[^\/]*\/proto\//) return "proto"
	split(path, part, "/")
	if (part[1] == "servers" || part[1] == "userspace") return part[1] "/" part[2]
	if (part[1] == "tests" && part[2] == "programs") return "tests/programs/" part[3]
	return part[1]
}

function allowed(from, to, path) {
	if (to == "abi" || from == to) return 1
	if (from in rank) {
		# The processor's own code fulfils arch.h and may see what arch.h serves.
		if (from == "arch" && to == "core") return path ~ /\/(cpu|config|log|frame|lock|lock_type|trace)\.h$/
		return (to in rank) && rank[to] < rank[from]
	}
	if (from ~ /^tests/) return 1
	if (from == "bootloader") return path == "libsys/archive_format.h"
	if (from == "libsys") return to == "proto"
	if (from ~ /^(servers|userspace)\//) return to == "libsys" || to == "proto"
	return 0
}

BEGIN {
	count = split("abi lib arch core object entry debug", order, " ")
	for (i = 1; i <= count; i++) rank[order[i]] = i
}

{
	gsub(/\\$/, "")
	for (i = 1; i <= NF; i++) {
		if ($i ~ /:$/) { source = ""; continue }
		path = $i
		sub(/^\.\//, "", path)
		if (path ~ /^\//) continue
		if (source == "") { source = path; continue }
		from = layer(source); to = layer(path)
		if (!allowed(from, to, path) && !seen[source, path]++) {
			printf "%s (%s) includes %s (%s)\n", source, from, path, to
			bad = 1
		}
	}
}

END { exit bad }
