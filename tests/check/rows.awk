# SPDX-License-Identifier: MIT
# rows.awk - print each row of a .def or .proto that no comment stands before.

FILENAME ~ /\.proto$/ && /^[0-9]+ / && !commented { printf "%s: row %s has no comment\n", FILENAME, $2; bad = 1 }
FILENAME ~ /\.def$/ && /^SYSCALL/ && !commented { printf "%s: %s has no comment\n", FILENAME, $0; bad = 1 }
{ commented = /^#/ || /\*\/$/ || (commented && /^SYSCALL/) }
END { exit bad }
