# SPDX-License-Identifier: MIT
# arithmetic and uname
$ echo hello-$((6*7)); uname -s
hello-42
Linux

# uname -r names the release
$ uname -r
6.1.0-keel

# exit status
$ exit 7
[7]

# exit status of a missing command
$ no-such-command
/tests/4: line 1: no-such-command: not found
[127]

# status of a pipeline and of a negation
$ true | false; echo $?; ! false; echo $?
1
0

# both outputs
$ echo out; echo err >&2
out
err

# command substitution
$ x=$(echo a; echo b); echo "$x" | wc -l; echo `echo nested $(echo deep)`
2
nested deep

# here-document
$ cat <<END
> one $((1+1))
> three
> END
one 2
three

# pipeline of five
$ seq 1 100 | grep 1 | sed s/1/x/ | sort -r | head -n 3
x9
x8
x7

# redirections
$ cd /tmp; echo a >r; echo b >>r; cat <r; echo c >|r; cat r; { echo o; echo e >&2; } >r 2>&1; cat r; rm r
a
b
c
o
e

# background jobs and wait
$ (sleep 0.2; exit 3) & wait $!; echo $?
3

# several background jobs
$ for i in 1 2 3 4 5; do (sleep 0.$i) & done; wait; echo done
done

# subshell keeps its variables
$ a=1; (a=2; echo $a); echo $a
2
1

# functions, loops, case
$ f() { case $1 in a*) echo A ;; *) echo other ;; esac; }; for w in ab ba; do f $w; done; i=0; while [ $i -lt 3 ]; do i=$((i+1)); done; echo $i
A
other
3

# globs
$ cd /tmp; mkdir g; touch g/a1 g/a2 g/b1; echo g/a*; rm -r g
g/a1 g/a2

# environment
$ X=1 sh -c 'echo $X'; env -i A=b env
1
A=b

# set -e and traps
$ sh -c 'trap "echo bye" EXIT; set -e; false; echo no'
bye
[1]

# a script by its interpreter line
$ cd /tmp; printf '#!/bin/sh\necho script $1\n' >s; chmod +x s; ./s arg; rm s
script arg

# a script without its interpreter
$ cd /tmp; printf '#!/no/such\n' >s; chmod +x s; ./s; echo $?; rm s
/tests/19: line 1: ./s: not found
127

# standard input of a run is empty
$ cat | wc -c
0

# read and printf
$ printf '%s %05d %x\n' a 42 255; echo "1 2 3" | { read a b; echo "$b"; }
a 00042 ff
2 3

# large command line
$ seq 1 20000 | xargs echo | wc -w
20000
