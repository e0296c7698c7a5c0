# SPDX-License-Identifier: MIT
# 64 processes at once
$ i=0; while [ $i -lt 64 ]; do sleep 1 & i=$((i+1)); done; jobs -p | wc -l; wait; echo over
64
over

# exit status by signal
$ sh -c 'kill -TERM $$'; echo $?
Terminated
143

# kill -9
$ sleep 100 & kill -9 $!; wait $! 2>/dev/null; echo $?
137

# a handler runs
$ trap 'echo caught' USR1; kill -USR1 $$; echo after
caught
after

# an ignored signal
$ trap '' TERM; kill -TERM $$; echo alive
alive

# a handler interrupts wait
$ trap 'echo alarm' ALRM; (sleep 0.2; kill -ALRM $$) & sleep 5 & s=$!; wait $s; echo $?; kill $s
alarm
142

# a broken pipe ends the writer
$ yes | head -n 2
y
y

# stop and continue
$ sleep 0.5 & kill -STOP $!; sleep 0.1; grep State /proc/$!/status | cut -c 1-8; kill -CONT $!; wait $!; echo $?
State:	T
0

# timeout ends a loop
$ timeout 1 sh -c 'while :; do :; done'; echo $?
Terminated
143

# exec replaces the shell
$ sh -c 'exec echo $0' me
me

# parents and children
$ sh -c 'echo $PPID' | grep -q '^[0-9]*$' && echo number; [ $$ -gt 1 ] && echo above
number
above

# ps shows this shell
$ ps | grep -q "[s]h /tests" && echo seen
seen

# free, uptime and /proc
$ free | grep -c Mem; grep -c . /proc/uptime; cat /proc/meminfo | grep -c MemTotal; readlink /proc/self/exe
1
1
1
/bin/busybox

# 200 forks in a row
$ i=0; while [ $i -lt 200 ]; do /bin/true; i=$((i+1)); done; echo $i
200

# memory: a hundred million bytes sorted away
$ head -c 20000000 /dev/zero | tr '\0' x | wc -c
20000000

# process groups and sessions
$ setsid sh -c 'test $(cut -d " " -f 6 /proc/$$/stat) = $$ && echo leader'
leader

# users and permissions
$ echo secret >/tmp/s; chmod 600 /tmp/s; id -u; su -s /bin/sh nobody -c 'id -u; cat /tmp/s'; rm /tmp/s
0
65534
cat: can't open '/tmp/s': Permission denied

# sleep takes its time
$ a=$(cut -d . -f 1 /proc/uptime); sleep 2; b=$(cut -d . -f 1 /proc/uptime); [ $((b-a)) -ge 2 ] && [ $((b-a)) -le 4 ] && echo right
right

# /proc/PID/limits: what ulimit set, in Linux's columns
$ ulimit -n 100; ulimit -c 0; sed -n '1p;/open files/p;/core/p;/nice/p' /proc/self/limits | cut -c 1-46,68-79 | tr ' ' .
Limit.....................Soft.Limit...........Units.....
Max.core.file.size........0....................bytes.....
Max.open.files............100..................files.....
Max.nice.priority.........0....................
