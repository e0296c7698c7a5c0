# SPDX-License-Identifier: MIT
# the package's BusyBox, unchanged
$ sha256sum /bin/busybox | cut -d ' ' -f 1
BUSYBOX_SHA256

# create, append, size
$ cd /tmp; echo hello >f; echo more >>f; wc -c <f; cat f; rm f; ls f
11
hello
more
ls: f: No such file or directory
[1]

# folders
$ cd /tmp; mkdir -p a/b/c; touch a/b/c/f; find a | sort; rmdir a/b; rm -r a; ls -d a
a
a/b
a/b/c
a/b/c/f
rmdir: 'a/b': Directory not empty
ls: a: No such file or directory
[1]

# rename over a file, and a folder into itself
$ cd /tmp; echo 1 >x; echo 2 >y; mv x y; cat y; mkdir d; mv d d/e; rm -r y d
1
mv: can't rename 'd': Invalid argument

# hard links
$ cd /tmp; echo data >x; ln x y; stat -c %h x; rm x; cat y; stat -c %h y; rm y
2
data
1

# symbolic links
$ cd /tmp; ln -s target l; readlink l; cat l; echo t >target; cat l; rm l target; ln -s m1 m2; ln -s m2 m1; cat m1; rm m1 m2
target
cat: can't open 'l': No such file or directory
t
cat: can't open 'm1': Too many levels of symbolic links

# modes
$ cd /tmp; touch m; chmod 640 m; stat -c %a m; chmod u+x,g-r m; stat -c %a m; umask 077; touch n; stat -c %a n; rm m n
640
700
600

# times
$ cd /tmp; touch -d '2001-02-03 04:05:06' t; stat -c %Y t; TZ=UTC date -r t +%F; rm t
981173106
2001-02-03

# truncation and holes
$ cd /tmp; dd if=/dev/zero of=h bs=1 count=1 seek=99999 2>/dev/null; stat -c %s h; echo -n >h; stat -c %s h; rm h
100000
0

# dd copies exactly
$ cd /tmp; dd if=/dev/urandom of=r bs=4096 count=300 2>/dev/null; dd if=r of=s bs=777 2>/dev/null; cmp r s && stat -c %s s; rm r s
1228800

# tar and gzip
$ cd /tmp; mkdir t; seq 1 5000 >t/n; ln -s n t/l; tar cf - t | gzip >t.tgz; rm -r t; gzip -dc t.tgz | tar xf -; tail -n 1 t/l; rm -r t t.tgz
5000

# sorting 100,000 lines
$ seq 1 100000 | sort -r | sort -n | md5sum; seq 1 100000 | md5sum
dea9193b768319cbb4ff1a137ac03113  -
dea9193b768319cbb4ff1a137ac03113  -

# awk and sed
$ seq 1 1000 | awk '{ s += $1 } END { print s }'; echo abc | sed 's/b/-&-/'
500500
a-b-c

# special files
$ cat /dev/null; head -c 5 /dev/zero | od -An -tx1; echo x >/dev/full; head -c 8 /dev/urandom | wc -c
 00 00 00 00 00
sh: write error: No space left on device
8

# named pipe
$ cd /tmp; mkfifo p; echo through >p & cat p; wait; rm p
through

# a file open after its name has gone
$ cd /tmp; echo kept >k; exec 5<k; rm k; cat <&5
kept

# a thousand files
$ mkdir /tmp/many; cd /tmp/many; i=0; while [ $i -lt 1000 ]; do : >f$i; i=$((i+1)); done; ls | wc -l; rm -r /tmp/many; ls -d /tmp/many
1000
ls: /tmp/many: No such file or directory
[1]

# working folder
$ mkdir /tmp/w; cd /tmp/w; pwd; cd ..; pwd; rmdir w; cd w
/tmp/w
/tmp
/tests/18: cd: line 1: can't cd to w: No such file or directory
[2]

# the current directory is what it is called now
$ mkdir -p /tmp/a/b/c /tmp/z; cd /tmp/a/b/c; mv /tmp/a /tmp/n; /bin/pwd; mv /tmp/n/b /tmp/z/moved; /bin/pwd
> ls ..; cd -P ..; /bin/pwd; cd -P c; rm -r /tmp/z; /bin/pwd; cd /; rm -r /tmp/n
/tmp/n/b/c
/tmp/z/moved/c
c
/tmp/z/moved
pwd: getcwd: No such file or directory

# a directory of the same name is another one
$ mkdir /tmp/q; cd /tmp/q; mv /tmp/q /tmp/r; mkdir /tmp/q; /bin/pwd; cd /; rmdir /tmp/q /tmp/r
/tmp/r

# fchdir-like: a directory that is open stays open under another name
$ mkdir -p /tmp/d/e; cd /tmp/d/e; mv /tmp/d /tmp/f; cd -P .; pwd; cd -P ..; pwd; cd /; rm -r /tmp/f
/tmp/f/e
/tmp/f
