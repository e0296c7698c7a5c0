# SPDX-License-Identifier: MIT
# What /proc says adds up.  Keel only: Linux rounds, and counts what processes that nobody waited for
# have used.

# processor time: user, system and idle are the time since the start; what ps shows is user and system
$ t() { awk '
> /^cpu / { user = $2; sys = $4; idle = $5 } /^cpu[0-9]/ { cpus++ } FILENAME == "/proc/uptime" { up = $1 * 100 * cpus }
> FILENAME ~ /^.proc.[0-9]/ { name = $2; sub(/.*\) /, ""); if (name != "(kernel)") shown += $12 + $13 + $14 + $15; n++ }
> END { print user, sys, idle, up, shown, n, cpus }' /proc/[0-9]*/stat /proc/stat /proc/uptime; }
> a=$(t); i=0; while [ $i -lt 150000 ]; do i=$((i+1)); done; for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30; do tar c /etc /bin/busybox 2>/dev/null | md5sum >/dev/null; done; sleep 1; echo $a $(t) | awk '
> function abs(x) { return x < 0 ? -x : x }
> { work = $8 + $9 - $1 - $2; up = $11 - $4; shown = $12 - $5; whole = work + $10 - $3
> print ($6 > 10 ? "servers too" : "only " $6), (work > 100 ? "worked" : "only " work), (abs(work - shown) <= up / 50 ? "shown" : work " not " shown " of " up), (abs(up - whole) <= 3 * $7 ? "whole" : whole " of " up) }'
servers too worked shown whole

# processor time: those of each processor make that of all
$ awk '/^cpu / { for (i = 2; i <= 5; i++) all[i] = $i } /^cpu[0-9]/ { n++; for (i = 2; i <= 5; i++) sum[i] += $i } END { for (i = 2; i <= 5; i++) { d = all[i] - sum[i]; if (d > 2 * n || d < -2 * n) print "column", i, all[i], sum[i] } print "compared" }' /proc/stat
compared

# memory: the parts are the whole; free and sysinfo say the same
$ awk '/^(MemFree|Cached|AnonPages|Slab|PageTables|Servers):/ { sum += $2; n++ } /^MemTotal/ { total = $2 } /^Shmem:/ { shared = $2 } /^Cached/ { cached = $2 } END { d = total - sum; print n, (d <= 5 && d >= -5 ? "whole" : d), shared == cached }' /proc/meminfo; set -- $(free | sed -n 2p); t=$(sed -n 's/MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo); [ $2 = $t ] && echo same
6 whole 1
same

# a file is cached memory, a program's page is anonymous, and both come back
$ v() { sed -n "s/^$1: *\([0-9]*\) kB/\1/p" /proc/meminfo; }; c=$(v Cached); f=$(v MemFree); dd if=/dev/zero of=/tmp/big bs=1M count=8 2>/dev/null; d=$(($(v Cached) - c)); e=$((f - $(v MemFree))); [ $d -ge 8192 ] && [ $d -lt 8500 ] && [ $e -ge 8100 ] && [ $e -lt 8700 ] && echo grown || echo $d $e; rm /tmp/big; d=$(($(v Cached) - c)); [ $d -lt 100 ] && echo gone || echo $d
grown
gone

# load averages rise with work and are read by uptime
$ (i=0; while [ $i -lt 3000000 ]; do i=$((i+1)); done) & sleep 11; kill $!; read a b c d </proc/loadavg; case $a in 0.00) echo no load ;; 0.*) echo load ;; *) echo $a ;; esac; uptime | sed 's/.*load average: //' | tr -d '0-9.'
load
, , 

# servers look like threads of the kernel
$ grep -h '^Name' /proc/[0-9]*/status | grep -c -E '(ramfs|tty|clock|linux)$'; p=$(grep -l '^Name:.ramfs' /proc/[0-9]*/status | cut -d / -f 3); cat /proc/$p/cmdline; ls /proc/$p/fd; kill -9 $p 2>/dev/null || echo not to be killed; awk '{ print $23, $24 }' /proc/$p/stat
4
not to be killed
0 0
