# SPDX-License-Identifier: MIT
# mount, umount, chroot: recorded on Linux in a mount namespace of its own.

# a tmpfs with limits
$ mkdir /tmp/m; mount -t tmpfs -o size=64k,nr_inodes=20,mode=700,uid=5,gid=6 mine /tmp/m; ls -ldn /tmp/m | cut -c1-10,15-50 | tr -s ' ' | cut -d ' ' -f 1-3; df /tmp/m | tail -n 1 | tr -s ' '; dd if=/dev/zero of=/tmp/m/f bs=4k; df -i /tmp/m | tail -n 1 | tr -s ' '; grep mine /proc/mounts
drwx------2 5 6
mine 64 0 64 0% /tmp/m
dd: error writing '/tmp/m/f': No space left on device
17+0 records in
16+0 records out
mine 20 2 18 10% /tmp/m
mine /tmp/m tmpfs rw,relatime,size=64k,nr_inodes=20,mode=700,uid=5,gid=6 0 0

# a mount upon a mount, and what comes back
$ mount -t tmpfs none /tmp/m; ls /tmp/m; touch /tmp/m/g; umount /tmp/m; ls /tmp/m; umount /tmp/m; ls /tmp/m; umount /tmp/m
f
umount: can't unmount /tmp/m: Invalid argument
[1]

# read-only: every call that changes something
$ mkdir -p /tmp/s; echo a >/tmp/s/f; mkfifo /tmp/s/p; ln -s f /tmp/s/l; mkdir /tmp/s/d; mount --bind /tmp/s /tmp/m; mount -o remount,bind,ro /tmp/m; cd /tmp/m
> echo b >f; echo c >>f; echo d >new; rm f; rm nothing; mkdir x; mkdir d; rmdir d; mv f g; mv nothing g; ln f g; ln -s f l2; ln -s f l; mknod n c 1 3; chmod 600 f; chown 1 f; touch f; truncate -s 3 f; cat f; cd d && echo in; test -w /tmp/m/f || echo no; cd /; echo e >/tmp/s/f; cat /tmp/m/f; umount /tmp/m
/tests/3: line 2: can't create f: Read-only file system
/tests/3: line 2: can't create f: Read-only file system
/tests/3: line 2: can't create new: Read-only file system
rm: can't remove 'f': Read-only file system
rm: can't remove 'nothing': No such file or directory
mkdir: can't create directory 'x': Read-only file system
mkdir: can't create directory 'd': File exists
rmdir: 'd': Read-only file system
mv: can't rename 'f': Read-only file system
mv: can't rename 'nothing': Read-only file system
ln: g: Read-only file system
ln: l2: Read-only file system
ln: l: File exists
mknod: n: Read-only file system
chmod: f: Read-only file system
chown: f: Read-only file system
touch: f: Read-only file system
truncate: f: open: Read-only file system
a
in
e

# remounted read-only while a file is open for writing
$ mount -t tmpfs none /tmp/m; exec 5>/tmp/m/open; mount -o remount,ro /tmp/m; exec 5>&-; mount -o remount,ro /tmp/m; echo $?; touch /tmp/m/x; mount -o remount,rw /tmp/m; touch /tmp/m/x; echo $?; umount /tmp/m
mount: mounting none on /tmp/m failed: Device or resource busy
0
touch: /tmp/m/x: Read-only file system
0

# noexec, nodev, nosuid
$ mount -t tmpfs -o noexec,nodev,nosuid none /tmp/m; cp /bin/busybox /tmp/m/; /tmp/m/busybox true; echo $?; test -x /tmp/m/busybox; echo $?; mknod /tmp/m/null c 1 3; echo x >/tmp/m/null; echo $?; mount -o remount,bind,exec,dev /tmp/m; /tmp/m/busybox echo runs; echo x >/tmp/m/null; echo $?; umount /tmp/m
/tests/5: line 1: /tmp/m/busybox: Permission denied
126
0
/tests/5: line 1: can't create /tmp/m/null: Permission denied
1
runs
0

# busy by a directory, a file, a mount below; lazily all the same
$ mount -t tmpfs none /tmp/m; mkdir /tmp/m/d; (cd /tmp/m/d; umount /tmp/m); exec 5>/tmp/m/f; umount /tmp/m; exec 5>&-; mount -t tmpfs none /tmp/m/d; umount /tmp/m; umount /tmp/m/d; umount /tmp/m; echo $?; mount -t tmpfs none /tmp/m; exec 5>/tmp/m/f; umount -l /tmp/m; echo $?; echo gone >&5; echo $?; exec 5>&-; ls /tmp/m
umount: can't unmount /tmp/m: Device or resource busy
umount: can't unmount /tmp/m: Device or resource busy
umount: can't unmount /tmp/m: Device or resource busy
0
0
0

# names under a mount are busy, and rename does not leave a mount
$ mount -t tmpfs none /tmp/m; rmdir /tmp/m; mv /tmp/m /tmp/m2; echo x >/tmp/m/f; echo y >/tmp/y; ln /tmp/y /tmp/m/y; mkdir /tmp/k; mv /tmp/k/../m/f /tmp/moved; cat /tmp/moved; umount /tmp/m; rmdir /tmp/k; rm /tmp/y /tmp/moved
rmdir: '/tmp/m': Device or resource busy
mv: can't rename '/tmp/m': Device or resource busy
ln: /tmp/m/y: Invalid cross-device link
x

# a bind of a file, and of a directory onto a file
$ echo one >/tmp/1; echo two >/tmp/2; mount --bind /tmp/1 /tmp/2; cat /tmp/2; echo more >>/tmp/2; cat /tmp/1; rm /tmp/2; mount --bind /tmp/s /tmp/2; mount --bind /tmp/1 /tmp/s; umount /tmp/2; cat /tmp/2; rm /tmp/1 /tmp/2
one
one
more
rm: can't remove '/tmp/2': Device or resource busy
mount: mounting /tmp/s on /tmp/2 failed: Not a directory
mount: mounting /tmp/1 on /tmp/s failed: Not a directory
two

# bind alone and with all below it
$ mount -t tmpfs none /tmp/m; mkdir /tmp/m/a /tmp/m/b /tmp/k; mount -t tmpfs none /tmp/m/a; touch /tmp/m/a/deep; mount -t tmpfs none /tmp/m/b; touch /tmp/m/b/other; mount --bind /tmp/m /tmp/k; ls /tmp/k/a; umount /tmp/k; mount --rbind /tmp/m /tmp/k; ls /tmp/k/a; ls /tmp/k/b; mount -t tmpfs none /tmp/k/b; ls /tmp/m/b; umount -l /tmp/k; ls /tmp/k; ls /tmp/m/a; grep -c /tmp/k /proc/mounts; mount --rbind /tmp/m/a /tmp/k; ls /tmp/k; umount /tmp/k; umount -l /tmp/m; rmdir /tmp/k
deep
other
other
deep
0
deep

# move, also below itself
$ mount -t tmpfs none /tmp/m; mkdir /tmp/m/d /tmp/k; touch /tmp/m/f; mount --move /tmp/m /tmp/k; ls /tmp/k; ls /tmp/m; mount --move /tmp/k /tmp/k/d; mount --move /tmp/s /tmp/m; echo $?; cd /tmp/k/d; mount --move /tmp/k /tmp/m; cd ..; pwd -P; cd /; umount /tmp/m; rmdir /tmp/k
d
f
mount: mounting /tmp/k on /tmp/k/d failed: Too many levels of symbolic links
mount: mounting /tmp/s on /tmp/m failed: Invalid argument
255
/tmp/k

# a renamed directory above a mount, and blanks in names
$ mkdir '/tmp/a b'; mkdir '/tmp/a b/c'; mount -t tmpfs 'x y' '/tmp/a b/c'; grep x.040 /proc/mounts | cut -d ' ' -f 1-3; mv '/tmp/a b' /tmp/ab; grep 040 /proc/mounts | cut -d ' ' -f 1-3; umount /tmp/ab/c; rmdir /tmp/ab/c /tmp/ab
x\040y /tmp/a\040b/c tmpfs
x\040y /tmp/ab/c tmpfs

# mountinfo: what of the file system is seen
$ mount -t tmpfs src /tmp/m; mkdir -p /tmp/m/p/q /tmp/k; mount -o bind,ro /tmp/m/p/q /tmp/k; mount -o remount,bind,ro,nosuid /tmp/k; grep ' - tmpfs src' /proc/self/mountinfo | cut -d ' ' -f 4-6; mv /tmp/m/p /tmp/m/r; grep ' - tmpfs src' /proc/self/mountinfo | cut -d ' ' -f 4-6; grep 'device src' /proc/self/mountstats; umount /tmp/k; umount /tmp/m; rmdir /tmp/k
/ /tmp/m rw,relatime
/p/q /tmp/k ro,nosuid,relatime
/ /tmp/m rw,relatime
/r/q /tmp/k ro,nosuid,relatime
device src mounted on /tmp/m with fstype tmpfs
device src mounted on /tmp/k with fstype tmpfs

# what is refused
$ mount -t nosuch none /tmp/m; mount -t tmpfs -o size=xyz none /tmp/m; mount -t tmpfs -o nonsense none /tmp/m; mount -t tmpfs none /tmp/s/f; mount -t tmpfs none /tmp/nowhere; mount --bind /tmp/nowhere /tmp/m; mount -o remount,ro /tmp/s; umount /tmp/s; umount /tmp/nowhere; mount -t proc none /proc; echo $?; umount /proc; echo $?
mount: mounting none on /tmp/m failed: No such device
mount: mounting none on /tmp/m failed: Invalid argument
mount: mounting none on /tmp/m failed: Invalid argument
mount: mounting none on /tmp/s/f failed: Not a directory
mount: mounting none on /tmp/nowhere failed: No such file or directory
mount: mounting /tmp/nowhere on /tmp/m failed: No such file or directory
mount: can't find /tmp/s in /proc/mounts
umount: can't unmount /tmp/s: Invalid argument
umount: can't unmount /tmp/nowhere: No such file or directory
0
0

# chroot: what is there, what is not, and the way up
$ mkdir -p /tmp/r/bin /tmp/r/proc /tmp/r/in; cp /bin/busybox /tmp/r/bin/; ln -s / /tmp/r/root; ln -s /in /tmp/r/link; mount -t proc proc /tmp/r/proc; mount -t tmpfs inside /tmp/r/in; touch /tmp/r/in/file; chroot /tmp/r /bin/busybox sh -c 'B=/bin/busybox; $B ls /; $B ls /root; $B ls /link; cd /in; cd ../../..; $B pwd; $B ls -d /../bin /../../in; $B cut -d " " -f 1-3 /proc/mounts; $B readlink /proc/self/root; $B readlink /proc/self/cwd; $B readlink /proc/self/exe'
bin
in
link
proc
root
bin
in
link
proc
root
file
/
/../../in
/../bin
proc /proc proc
inside /in tmpfs
/
/
/bin/busybox

# the cwd stays where it was: the classic escape
$ cp /bin/busybox /tmp/r/in/; cd /tmp; chroot /tmp/r/in /busybox sh -c 'true'; cat >/tmp/r/esc.sh <<'X'
> B=/bin/busybox; $B mkdir -p /x; $B pwd
> X
> chroot /tmp/r /bin/busybox sh /esc.sh; umount /tmp/r/in; umount /tmp/r/proc; rm -r /tmp/r
/

# a new root is no place for a file, and needs a right
$ chroot /tmp/s/f true; chroot /tmp/nowhere true; echo $?
chroot: can't change root directory to '/tmp/s/f': Not a directory
chroot: can't change root directory to '/tmp/nowhere': No such file or directory
1

# 50 mounts at once, and all their memory comes back
$ for i in 0 1 2 3 4; do for j in 0 1 2 3 4 5 6 7 8 9; do mkdir -p /tmp/n/$i$j; mount -t tmpfs n$i$j /tmp/n/$i$j; echo $i$j >/tmp/n/$i$j/f; done; done; grep -c '^n[0-9]' /proc/mounts; cat /tmp/n/07/f /tmp/n/49/f; for i in /tmp/n/*; do umount $i; done; grep -c '^n[0-9]' /proc/mounts; rm -r /tmp/n
50
07
49
0

# a FIFO through two mounts, one of which goes while it is open
$ mkdir /tmp/fa /tmp/fb; mkfifo /tmp/fa/p; mount --bind /tmp/fa /tmp/fb; cat /tmp/fb/p & exec 5>/tmp/fa/p; umount -l /tmp/fb; echo through >&5; exec 5>&-; wait; (echo again >/tmp/fa/p) & cat /tmp/fa/p; rm -r /tmp/fa /tmp/fb
through
again
