# SPDX-License-Identifier: MIT
#
# protogen.awk - one .proto file in, one plain C header (or, with -v mode=doc, one page) out.
#
#	awk -f protogen.awk fs.proto >proto/fs.h
#	awk -v mode=doc -f protogen.awk fs.proto >fs.md
#
# The input is described in README.md beside this file.  Words of a message are a row's u64
# parameters in the order of the row, windows its bytes parameters (in and out) in that order,
# capabilities likewise; so the header holds no marshalling beyond assignments.
# Runs under mawk: no gensub, no length of arrays, no regex intervals.

function fail(text) {
	printf "%s:%d: %s\n", FILENAME, FNR, text > "/dev/stderr"
	failed = 1
	exit 1
}

$1 == "protocol" {
	if (NF != 3 || protocol != "") fail("protocol NAME VERSION must come once")
	protocol = $2; version = $3; about = notes; notes = ""
	next
}
/^#/ {
	if ($0 ~ /SPDX/) next
	line = $0; sub(/^# ?/, "", line)
	notes = notes == "" ? line : notes "\n" line
	next
}
/^[ \t]*$/ {
	if (rows == 0 && protocol != "" && notes != "") {
		about = about == "" ? notes : about "\n" notes
		notes = ""
	}
	next
}
/^[0-9]/ {
	if (NF != 3 || ($3 != "bounded" && $3 != "waits")) fail("expected: NUMBER ROW bounded|waits")
	if ($1 in used) fail("number " $1 " is used twice")
	if ($2 in named) fail("row " $2 " is there twice")
	used[$1] = 1; named[$2] = 1
	r = ++rows
	number[r] = $1; row[r] = $2; waits[r] = ($3 == "waits"); note[r] = notes; notes = ""
	params[r] = 0; words_in[r] = words_out[r] = windows[r] = caps_in[r] = caps_out[r] = 0
	next
}
($1 == "in" || $1 == "out") && rows > 0 {
	r = rows; p = ++params[r]
	if ($2 != "u64" && $2 != "bytes" && $2 != "cap") fail("unknown type '" $2 "'")
	if ($2 == "bytes" ? NF != 4 : NF != 3) fail("a parameter is DIRECTION TYPE NAME [MAX]")
	direction[r, p] = $1; type[r, p] = $2; name[r, p] = $3; limit[r, p] = $4
	if ($2 == "bytes") slot[r, p] = windows[r]++
	else if ($2 == "u64") slot[r, p] = $1 == "in" ? words_in[r]++ : words_out[r]++
	else slot[r, p] = $1 == "in" ? caps_in[r]++ : caps_out[r]++
	if (words_in[r] > 6 || words_out[r] > 6) fail("more than six words")
	if (windows[r] > 4 || caps_in[r] > 4 || caps_out[r] > 4) fail("more than four")
	if (waits[r] && caps_out[r]) fail("a waiting row cannot answer capabilities")
	next
}
$1 == "once" && NF == 1 && rows > 0 {
	# The last word carries the token.
	if (words_in[rows] > 5) fail("no word is left for the token")
	once[rows] = 1
	next
}
$1 == "undo" && rows > 0 { undo[rows] = $2; next }
$1 == "errors" && rows > 0 { sub(/^[ \t]*errors[ \t]*/, ""); errors[rows] = $0; next }
{ fail("cannot read '" $0 "'") }

function comment(text,   lines, n, i) {
	if (text == "") return
	n = split(text, lines, "\n")
	if (n == 1) { print "/* " lines[1] " */"; return }
	print "/*"
	for (i = 1; i <= n; i++) print " *" (lines[i] == "" ? "" : " " lines[i])
	print " */"
}

# The parameter list of the client stub.
function stub_parameters(r,   p, text) {
	text = "cap_t to"
	for (p = 1; p <= params[r]; p++) {
		if (type[r, p] == "bytes") {
			if (direction[r, p] == "in")
				text = text ", const void *" name[r, p] ", u64 " name[r, p] "_length"
			else
				text = text ", void *" name[r, p] ", u64 " name[r, p] "_capacity"
		} else if (direction[r, p] == "in")
			text = text ", " (type[r, p] == "u64" ? "u64 " : "cap_t ") name[r, p]
	}
	if (outs[r]) text = text ", struct " protocol "_" row[r] "_out *out"
	return text
}

function structures(r,   p, id) {
	id = protocol "_" row[r]
	for (p = 1; p <= params[r]; p++) if (type[r, p] == "bytes") {
		printf "enum { %s_%s_%s = %d, %s_%s_%s_MAX = %s };\n", toupper(protocol), \
			toupper(row[r]), toupper(name[r, p]), slot[r, p], toupper(protocol), \
			toupper(row[r]), toupper(name[r, p]), limit[r, p]
	}
	if (ins[r]) {
		printf "struct %s_in {\n", id
		for (p = 1; p <= params[r]; p++) {
			if (type[r, p] == "bytes")
				printf "\tu64 %s_%s;\n", name[r, p], \
					direction[r, p] == "in" ? "length" : "capacity"
			else if (direction[r, p] == "in")
				printf "\t%s %s;\n", type[r, p] == "u64" ? "u64" : "cap_t", name[r, p]
		}
		print "};"
	}
	if (outs[r]) {
		printf "struct %s_out {\n", id
		for (p = 1; p <= params[r]; p++)
			if (direction[r, p] == "out" && type[r, p] != "bytes")
				printf "\t%s %s;\n", type[r, p] == "u64" ? "u64" : "cap_t", name[r, p]
		print "};"
	}
}

function stub(r,   p, length_name) {
	printf "static inline error_t %s_%s(%s)\n{\n", protocol, row[r], stub_parameters(r)
	if (windows[r] || caps_in[r] || caps_out[r])
		print "\tstruct message_page *page = libsys_message_page();"
	printf "\tstruct message m = { .tag = TAG_MAKE(%d, %d, %d, %d) };\n\terror_t error;\n\n", \
		number[r], caps_in[r], windows[r], caps_out[r]
	for (p = 1; p <= params[r]; p++) {
		if (type[r, p] == "bytes" && direction[r, p] == "in")
			printf "\tif (%s_length > %s)\n\t\treturn E_TOOLONG;\n", name[r, p], limit[r, p]
		if (type[r, p] == "bytes" && direction[r, p] == "out")
			printf "\tif (%s_capacity > %s)\n\t\t%s_capacity = %s;\n", name[r, p], \
				limit[r, p], name[r, p], limit[r, p]
	}
	for (p = 1; p <= params[r]; p++) {
		if (type[r, p] == "bytes") {
			length_name = name[r, p] (direction[r, p] == "in" ? "_length" : "_capacity")
			printf "\tpage->window[%d] = (struct window){ (u64)%s, (u32)%s, %s };\n", \
				slot[r, p], name[r, p], length_name, \
				direction[r, p] == "in" ? "WINDOW_READ" : "WINDOW_WRITE"
		} else if (direction[r, p] == "in" && type[r, p] == "u64")
			printf "\tm.word[%d] = %s;\n", slot[r, p], name[r, p]
		else if (direction[r, p] == "in")
			printf "\tpage->send[%d] = %s;\n\tpage->send_rights[%d] = 0;\n", slot[r, p], \
				name[r, p], slot[r, p]
	}
	if (once[r]) print "\tm.word[5] = client_token();"
	printf "\terror = client_call%s(to, &m);\n", waits[r] ? "_waiting" : ""
	if (outs[r]) {
		print "\tif (error)\n\t\treturn error;"
		for (p = 1; p <= params[r]; p++) if (direction[r, p] == "out" && type[r, p] != "bytes") {
			if (type[r, p] == "u64")
				printf "\tout->%s = m.word[%d];\n", name[r, p], slot[r, p]
			else
				printf "\tout->%s = TAG_CAPS(m.tag) > %d ? page->received[%d] : CAP_NONE;\n", \
					name[r, p], slot[r, p], slot[r, p]
		}
	}
	print "\treturn error;\n}\n"
}

# What answers a kept call of a waiting row.
function answer(r,   p) {
	if (outs[r])
		printf "static inline error_t %s_%s_answer(u64 reply, error_t error,\n\t\tconst struct %s_%s_out *out)\n{\n", \
			protocol, row[r], protocol, row[r]
	else
		printf "static inline error_t %s_%s_answer(u64 reply, error_t error)\n{\n", protocol, row[r]
	print "\tstruct message m = { .tag = TAG_MAKE(error, 0, 0, 0), .reply = reply };\n"
	if (outs[r]) {
		print "\tif (!error) {"
		for (p = 1; p <= params[r]; p++)
			if (direction[r, p] == "out" && type[r, p] == "u64")
				printf "\t\tm.word[%d] = out->%s;\n", slot[r, p], name[r, p]
		print "\t}"
	}
	print "\treturn ipc_reply(&m);\n}\n"
}

# One function that checks and unpacks a row's message, calls the op and packs the answer.
function serve_row(r,   p, id, arguments) {
	id = protocol "_" row[r]
	printf "static inline error_t %s_serve(const struct %s_ops *ops, struct request *rq)\n{\n", id, protocol
	if (windows[r]) {
		printf "\tstatic const struct request_window windows[] = {\n"
		for (p = 1; p <= params[r]; p++) if (type[r, p] == "bytes")
			printf "\t\t{ %s, %s },\n", limit[r, p], \
				direction[r, p] == "in" ? "WINDOW_READ" : "WINDOW_WRITE"
		print "\t};"
	}
	if (ins[r]) printf "\tstruct %s_in in;\n", id
	if (outs[r]) printf "\tstruct %s_out out = { 0 };\n", id
	print "\terror_t error;\n"
	printf "\tif (!ops->%s)\n\t\treturn E_NOSYS;\n", row[r]
	printf "\terror = request_check(rq, %d, %d, %s);\n\tif (error)\n\t\treturn error;\n", caps_in[r], \
		windows[r], windows[r] ? "windows" : "NULL"
	for (p = 1; p <= params[r]; p++) {
		if (type[r, p] == "bytes")
			printf "\tin.%s_%s = rq->window_length[%d];\n", name[r, p], \
				direction[r, p] == "in" ? "length" : "capacity", slot[r, p]
		else if (direction[r, p] == "in" && type[r, p] == "u64")
			printf "\tin.%s = rq->m.word[%d];\n", name[r, p], slot[r, p]
		else if (direction[r, p] == "in")
			printf "\tin.%s = rq->received[%d];\n", name[r, p], slot[r, p]
	}
	arguments = "rq" (ins[r] ? ", &in" : "") (outs[r] ? ", &out" : "")
	printf "\terror = ops->%s(%s);\n", row[r], arguments
	if (outs[r]) {
		print "\tif (error)\n\t\treturn error;"
		for (p = 1; p <= params[r]; p++) if (direction[r, p] == "out" && type[r, p] != "bytes") {
			if (type[r, p] == "u64")
				printf "\trq->m.word[%d] = out.%s;\n", slot[r, p], name[r, p]
			else
				printf "\trq->send[%d] = out.%s;\n", slot[r, p], name[r, p]
		}
		if (caps_out[r]) printf "\trq->send_count = %d;\n", caps_out[r]
		print "\treturn 0;"
	} else
		print "\treturn error;"
	print "}\n"
}

function token_function(   r) {
	printf "/* The token of a call of a row that says `once`, else 0. */\n"
	printf "static inline u64 %s_token(const struct request *rq)\n{\n\tswitch (TAG_LABEL(rq->m.tag)) {\n", protocol
	for (r = 1; r <= rows; r++) if (once[r]) printf "\tcase %s_ROW_%s:\n", toupper(protocol), toupper(row[r])
	printf "\t\treturn rq->m.word[5];\n\t}\n\treturn 0;\n}\n\n"
}

function header(   r, p, guard) {
	guard = "PROTO_" toupper(protocol) "_H"
	printf "/* SPDX-License-Identifier: MIT */\n/* %s.h - protocol %s, version %s; generated from its .proto file. */\n", \
		protocol, protocol, version
	printf "#ifndef %s\n#define %s\n\n#include \"libsys/client.h\"\n#include \"libsys/request.h\"\n\n", guard, guard
	comment(about)
	printf "enum { %s_VERSION = %s };\n\nenum %s_row {\n", toupper(protocol), version, protocol
	for (r = 1; r <= rows; r++) printf "\t%s_ROW_%s = %d,\n", toupper(protocol), toupper(row[r]), number[r]
	print "};\n"
	for (r = 1; r <= rows; r++) {
		comment(note[r] (once[r] ? (note[r] == "" ? "" : "\n") "Carried out once, however often it is repeated." : "") (errors[r] == "" ? "" : (note[r] == "" && !once[r] ? "" : "\n") "Errors: " errors[r] ".") \
			(undo[r] == "" ? "" : "\nUndone by " undo[r] "."))
		structures(r)
		stub(r)
		if (waits[r]) answer(r)
	}
	printf "/* What a server offers; a missing one answers E_NOSYS. */\nstruct %s_ops {\n", protocol
	for (r = 1; r <= rows; r++)
		printf "\terror_t (*%s)(struct request *rq%s%s);\n", row[r], \
			ins[r] ? ", const struct " protocol "_" row[r] "_in *in" : "", \
			outs[r] ? ", struct " protocol "_" row[r] "_out *out" : ""
	print "};\n"
	for (r = 1; r <= rows; r++) serve_row(r)
	for (r = 1; r <= rows; r++) if (once[r]) { token_function(); break }
	printf "/* Serve one call; the answer, if it is not LATER, is left in the request. */\n"
	printf "static inline error_t %s_dispatch(const struct %s_ops *ops, struct request *rq)\n{\n", protocol, protocol
	print "\tswitch (TAG_LABEL(rq->m.tag)) {"
	for (r = 1; r <= rows; r++)
		printf "\tcase %s_ROW_%s:\n\t\treturn %s_%s_serve(ops, rq);\n", toupper(protocol), toupper(row[r]), protocol, row[r]
	print "\t}\n\treturn E_NOSYS;\n}\n"
	printf "/* A row's name, for tracing. */\nstatic inline const char *%s_row_name(u32 number)\n{\n\tswitch (number) {\n", protocol
	for (r = 1; r <= rows; r++) printf "\tcase %d:\n\t\treturn \"%s.%s\";\n", number[r], protocol, row[r]
	print "\t}\n\treturn \"?\";\n}\n\n#endif"
}

function document(   r, p) {
	printf "# Protocol %s, version %s\n\n%s\n", protocol, version, about
	for (r = 1; r <= rows; r++) {
		printf "\n## %d %s (%s)\n\n%s\n\n", number[r], row[r], waits[r] ? "waits" : "bounded", note[r]
		for (p = 1; p <= params[r]; p++)
			printf "- %s %s `%s`%s\n", direction[r, p], type[r, p], name[r, p], \
				limit[r, p] == "" ? "" : ", at most " limit[r, p] " bytes"
		if (undo[r] != "") printf "- undone by `%s`\n", undo[r]
		if (errors[r] != "") printf "- errors: %s\n", errors[r]
	}
}

END {
	if (failed) exit 1
	if (protocol == "" || rows == 0) fail("no protocol")
	for (r = 1; r <= rows; r++) {
		if (undo[r] != "" && !(undo[r] in named) ) {
			printf "%s: row %s: undo %s is no row\n", FILENAME, row[r], undo[r] > "/dev/stderr"
			exit 1
		}
		ins[r] = words_in[r] + windows[r] + caps_in[r]
		outs[r] = words_out[r] + caps_out[r]
	}
	if (mode == "doc") document(); else header()
}
