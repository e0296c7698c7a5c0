# SPDX-License-Identifier: MIT
# The formats of /proc and /sys that programs parse, and who may read what.

# fields
$ awk '{ print NF }' /proc/self/stat; awk '{ print NF }' /proc/self/statm; awk 'NR <= 2 { print $1, NF }' /proc/stat; awk '/^(ctxt|btime|processes|procs_running|procs_blocked)/ { print $1, NF }' /proc/stat; awk '{ print NF }' /proc/uptime; awk '{ print NF; sub(/^.*\//, "", $4) }' /proc/loadavg
52
7
cpu 11
cpu0 11
ctxt 2
btime 2
processes 2
procs_running 2
procs_blocked 2
2
5

# meminfo: a name, a number, kB
$ grep -E '^(MemTotal|MemFree|MemAvailable|Buffers|Cached|SwapTotal|SwapFree|AnonPages|Shmem|Slab|PageTables):' /proc/meminfo | awk '{ print $1, NF, $3, length($0) }'
MemTotal: 3 kB 27
MemFree: 3 kB 27
MemAvailable: 3 kB 27
Buffers: 3 kB 27
Cached: 3 kB 27
SwapTotal: 3 kB 27
SwapFree: 3 kB 27
AnonPages: 3 kB 27
Shmem: 3 kB 27
Slab: 3 kB 27
PageTables: 3 kB 27

# status: names and how many values
$ grep -E '^(Name|Umask|State|Tgid|Pid|PPid|TracerPid|Uid|Gid|FDSize|VmSize|VmRSS|RssAnon|VmData|VmStk|VmExe|VmPTE|Threads|SigQ|SigPnd|ShdPnd|SigBlk|SigIgn|SigCgt|voluntary_ctxt_switches|nonvoluntary_ctxt_switches):' /proc/self/status | awk '{ print $1, NF }'
Name: 2
Umask: 2
State: 3
Tgid: 2
Pid: 2
PPid: 2
TracerPid: 2
Uid: 5
Gid: 5
FDSize: 2
VmSize: 3
VmRSS: 3
RssAnon: 3
VmData: 3
VmStk: 3
VmExe: 3
VmPTE: 3
Threads: 2
SigQ: 2
SigPnd: 2
ShdPnd: 2
SigBlk: 2
SigIgn: 2
SigCgt: 2
voluntary_ctxt_switches: 2
nonvoluntary_ctxt_switches: 2

# a process names itself, and a thread
$ sh -c 'echo -n other >/proc/$$/comm; cat /proc/$$/comm; cut -d " " -f 2 /proc/$$/stat; echo much-too-long-a-name >/proc/$$/task/$$/comm; cat /proc/$$/comm; head -n 1 /proc/$$/status'
other
(other)
much-too-long-a
Name:	head

# threads are below task
$ sh -c 'ls /proc/$$/task | grep -c "^$$\$"; cat /proc/$$/task/$$/cmdline | tr "\0" " " | cut -c 1-6; readlink /proc/thread-self | cut -d / -f 2; ls /proc/$$/task/1 2>&1 | cut -d : -f 3; ls /proc/self/task/self 2>&1 | cut -d : -f 3'
1
sh -c 
task
 No such file or directory
 No such file or directory

# descriptors: links, modes, positions
$ cd /tmp; echo abcdef >f; exec 5<f 6>>f 7<>f; read -n 1 x <&5; head -c 3 <&7 >/dev/null; ls -l /proc/$$/fd 2>/dev/null | awk '$9 >= 5 && $9 <= 7 { print $1, $9, $10, $11 }'; grep pos /proc/$$/fdinfo/7; rm f; readlink /proc/$$/fd/5; cat /proc/$$/fd/7; ls -ld /proc/$$/fd /proc/$$/fdinfo | cut -c 1-10
lr-x------ 5 -> /tmp/f
l-wx------ 6 -> /tmp/f
lrwx------ 7 -> /tmp/f
pos:	3
/tmp/f (deleted)
abcdef
dr-x------
dr-xr-xr-x

# directories through links of /proc
$ cd /tmp; mkdir -p pd/in; echo there >pd/in/f; exec 5<pd; cat /proc/$$/fd/5/in/f; cd /proc/self/fd/5 && pwd -P; cd /tmp; (cd pd/in; cat /proc/self/cwd/f; ls /proc/self/root/tmp/pd); exec 5<&-; rm -r pd
there
/tmp/pd
there
in

# maps: the columns, and what is where
$ grep -E '(stack|vdso|busybox)' /proc/self/maps | awk '{ print NF, (length($1) >= 17), ($2 ~ /^[r-][w-][x-][ps]$/), $6 }' | sort -u; awk '$1 == "Size:" { n++ } $1 == "Rss:" { if ($2 > 0) r++ } END { print (n > 4), (r > 2) }' /proc/self/smaps; grep -c . /proc/self/smaps_rollup | awk '{ print ($1 > 8) }'
6 1 1 /bin/busybox
6 1 1 [stack]
6 1 1 [vdso]
1 1
1

# environment and arguments
$ env -i A=1 B=2 cat /proc/self/environ | tr '\0' ' '; sh -c 'tr "\0" "+" </proc/$$/cmdline; :' a b | cut -c 1-10; hexdump -v -e '8/1 "%02x " "\n"' /proc/self/auxv | tail -n 2
A=1 B=2 sh+-c+tr "
00 00 00 00 00 00 00 00
00 00 00 00 00 00 00 00

# oom_score_adj
$ sh -c 'cat /proc/self/oom_score_adj; echo 500 >/proc/$$/oom_score_adj; cat /proc/self/oom_score_adj; echo 1001 >/proc/$$/oom_score_adj; echo x >/proc/$$/oom_score_adj'
0
500
sh: write error: Invalid argument
sh: write error: Invalid argument
[1]

# what cannot be written
$ echo 1 >/proc/uptime; mkdir /proc/new; rm /proc/uptime; touch /proc/new; ls -ld /proc/uptime /proc/self/status | cut -c 1-10
sh: write error: Input/output error
mkdir: can't create directory '/proc/new': No such file or directory
rm: can't remove '/proc/uptime': Operation not permitted
touch: /proc/new: No such file or directory
-r--r--r--
-r--r--r--

# no such process
$ cat /proc/999999/stat; ls /proc/01; ls /proc/-1; test -e /proc/0; echo $?
cat: can't open '/proc/999999/stat': No such file or directory
ls: /proc/01: No such file or directory
ls: /proc/-1: No such file or directory
1

# sysctl values
$ cat /proc/sys/kernel/ostype; sysctl kernel.ostype; sysctl -n kernel.pid_max; sysctl -n fs.nr_open | grep -c '^[0-9]*$'; sysctl -w kernel.nothing=1; cat /proc/sys/kernel/random/uuid | tr '0-9a-f' x; a=$(cat /proc/sys/kernel/random/boot_id); [ $a = $(cat /proc/sys/kernel/random/boot_id) ] && echo same
Linux
kernel.ostype = Linux
32768
1
sysctl: error: 'kernel.nothing' is an unknown key
xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx
same

# nice and what ps shows of it
$ sh -c 'renice 7 $$ >/dev/null; awk "{ print \$18, \$19 }" /proc/self/stat; renice -n 5 -p $$ >/dev/null; sh -c "awk \"{ print \\\$18, \\\$19 }\" /proc/self/stat"'
27 7
32 12

# /sys: processors and terminals
$ ls -d /sys/block /sys/bus /sys/class /sys/dev /sys/devices /sys/kernel; cat /sys/class/tty/tty/dev /sys/class/mem/null/dev /sys/class/mem/null/uevent; cat /sys/dev/char/1:5/dev; nproc | grep -c '^[1-9]'; cat /sys/devices/system/cpu/online | grep -c '^0'; echo 1 >/sys/class/tty/tty/dev; echo $?; mkdir /sys/x
/sys/block
/sys/bus
/sys/class
/sys/dev
/sys/devices
/sys/kernel
5:0
1:3
MAJOR=1
MINOR=3
DEVNAME=null
DEVMODE=0666
1:5
1
1
/tests/15: line 1: can't create /sys/class/tty/tty/dev: Permission denied
1
mkdir: can't create directory '/sys/x': Operation not permitted
[1]

# the log
$ dmesg | grep -c . | awk '{ print ($1 > 0) }'; [ -e /dev/kmsg ] || mknod /dev/kmsg c 1 11; (head -n 1 /dev/kmsg || true) | grep -c '^[0-9]*,[0-9]*,[0-9]*,[^;]*;'
1
1

# a zombie's record
$ (sleep 0.3 & echo $! >/tmp/z; exec sleep 20) & until [ -s /tmp/z ] && p=$(cat /tmp/z) && grep -q 'State:.Z' /proc/$p/status; do :; done 2>/dev/null; awk '{ print $3, $23, $24 }' /proc/$p/stat; cat /proc/$p/cmdline; readlink /proc/$p/exe; ls /proc/$p/fd; grep State /proc/$p/status; kill $!; wait $! 2>/dev/null; rm /tmp/z
Z 0 0
State:	Z (zombie)
