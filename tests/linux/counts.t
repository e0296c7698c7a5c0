# SPDX-License-Identifier: MIT
# Nothing is left behind: objects, capabilities and the kernel's own check before and after.  The file
# /proc/keel is Keel's own, so these cases are not for Linux.

# 2,000 programs in a row: at most one more piece of a pool, which stays in use
$ k() { v=; while read n x; do [ $n = $1 ] && v=$x; done </proc/keel; }; m() { k $1; b=$v; j=0; while [ $j -lt 300 ]; do k $1; [ $v -lt $b ] && b=$v; j=$((j+1)); done; v=$b; }; w() { i=0; while [ $i -lt $1 ]; do /bin/true; i=$((i+1)); done; }; cat /dev/null | cat | cat | cat | cat | cat; w 1500; m objects; o=$v; m capabilities; c=$v; w 2000; m objects; o=$((v - o)); m capabilities; c=$((v - c)); [ $o -le 1 ] && [ $c -le 1 ] && echo same || echo "$o objects, $c capabilities more"; k violations; echo "${v:-0} violations"
same
0 violations

# frames of 200 pipelines come back
$ k() { while read n v; do case $n in free_kb) echo $v; esac; done </proc/keel; }; w() { i=0; while [ $i -lt $1 ]; do echo x | cat | cat >/dev/null; i=$((i+1)); done; }; w 20; a=$(k); w 200; b=$(k); d=$((a - b)); [ $d -lt 256 ] && echo same || echo "$d kB are gone"
same

# kill -9 of processes blocked in a pipe, a FIFO, a wait, a sleep and the terminal's server
$ k() { v=; while read n x; do [ $n = $1 ] && v=$x; done </proc/keel; }; m() { k $1; b=$v; j=0; while [ $j -lt 300 ]; do k $1; [ $v -lt $b ] && b=$v; j=$((j+1)); done; v=$b; }; mkfifo /tmp/f; one() { "$@" 2>/dev/null & sleep 0.1; kill -9 $!; wait $! 2>/dev/null; echo $?; }; r() { one sleep 1000; one cat /tmp/f; one sh -c 'sleep 3 | cat; :'; one sh -c 'sleep 3; :'; one head -c 1 /dev/console; one sh -c 'echo x >/tmp/f'; }; r >/dev/null; sleep 3; m objects; a=$v; r; sleep 3.5; m objects; b=$v; [ $((b - a)) -le 1 ] && echo same || echo "$a" then "$b"; k violations; echo "${v:-0} violations"; rm /tmp/f
137
137
137
137
137
137
same
0 violations

# 300 file systems that were mounted and written to
$ k() { v=; while read n x; do [ $n = $1 ] && v=$x; done </proc/keel; }; m() { k $1; b=$v; j=0; while [ $j -lt 300 ]; do k $1; [ $v -lt $b ] && b=$v; j=$((j+1)); done; v=$b; }; mkdir /tmp/d; w() { i=0; while [ $i -lt $1 ]; do mount -t tmpfs none /tmp/d; echo $i >/tmp/d/f; mount --bind /tmp/d /tmp/d; exec 5</tmp/d/f; umount -l /tmp/d; exec 5<&-; umount /tmp/d; i=$((i+1)); done; }; w 50; m objects; o=$v; m capabilities; c=$v; k free_kb; f=$v; w 300; m objects; o=$((v - o)); m capabilities; c=$((v - c)); k free_kb; [ $o -le 1 ] && [ $c -le 1 ] && [ $((f - v)) -lt 256 ] && echo same || echo "$o objects, $c capabilities more, $((f - v)) kB less"; ls /tmp/d; rmdir /tmp/d; k violations; echo "${v:-0} violations"
same
0 violations

# as many mounts as there can be, and none is left
$ k() { v=; while read n x; do [ $n = $1 ] && v=$x; done </proc/keel; }; m() { k $1; b=$v; j=0; while [ $j -lt 300 ]; do k $1; [ $v -lt $b ] && b=$v; j=$((j+1)); done; v=$b; }; mkdir /tmp/d; w() { i=0; while mount --bind /proc /tmp/d 2>/tmp/e; do i=$((i+1)); done; cat /tmp/e; while umount /tmp/d 2>/dev/null; do i=$((i-1)); done; echo $i; }; w; m objects; o=$v; m capabilities; c=$v; w; m objects; o=$((v - o)); m capabilities; c=$((v - c)); [ $o -le 1 ] && [ $c -le 1 ] && echo same || echo "$o objects, $c capabilities more"; grep -c . /proc/mounts; rmdir /tmp/d
mount: mounting /proc on /tmp/d failed: No space left on device
0
mount: mounting /proc on /tmp/d failed: No space left on device
0
same
5
