/* SPDX-License-Identifier: MIT */
/* stty.h - what BusyBox's stty says on Linux; made by `stty record`, steps are added by hand. */
{ "-a", 0,
  "speed 38400 baud;stty: standard input: Inappropriate ioctl for device\n"
  " line = 0;\n"
  "intr = ^C; quit = ^\\; erase = ^?; kill = ^U; eof = ^D; eol = <undef>;\n"
  "eol2 = <undef>; swtch = <undef>; start = ^Q; stop = ^S; susp = ^Z; rprnt = ^R;\n"
  "werase = ^W; lnext = ^V; flush = ^O; min = 1; time = 0;\n"
  "-parenb -parodd -cmspar cs8 -hupcl -cstopb cread -clocal -crtscts\n"
  "-ignbrk -brkint -ignpar -parmrk -inpck -istrip -inlcr -igncr icrnl ixon -ixoff\n"
  "-iuclc -ixany -imaxbel -iutf8\n"
  "opost -olcuc -ocrnl onlcr -onocr -onlret -ofill -ofdel nl0 cr0 tab0 bs0 vt0 ff0\n"
  "isig icanon iexten echo echoe echok -echonl -noflsh -xcase -tostop -echoprt\n"
  "echoctl echoke -flusho -extproc\n"
  "" },
{ "rows 30 cols 90", 0,
  "" },
{ "size", 0,
  "30 90\n"
  "" },
{ "", 0,
  "speed 38400 baud; line = 0;\n"
  "intr = ^C; quit = ^\\; erase = ^?; kill = ^U; eof = ^D; eol = <undef>;\n"
  "eol2 = <undef>; swtch = <undef>; start = ^Q; stop = ^S; susp = ^Z; rprnt = ^R;\n"
  "werase = ^W; lnext = ^V; flush = ^O; min = 1; time = 0;\n"
  "-brkint -imaxbel\n"
  "" },
{ "raw", 0,
  "" },
{ "-a", 0,
  "speed 38400 baud; rows 30; columns 90; line = 0;\n"
  "intr = ^C; quit = ^\\; erase = ^?; kill = ^U; eof = ^D; eol = <undef>;\n"
  "eol2 = <undef>; swtch = <undef>; start = ^Q; stop = ^S; susp = ^Z; rprnt = ^R;\n"
  "werase = ^W; lnext = ^V; flush = ^O; min = 1; time = 0;\n"
  "-parenb -parodd -cmspar cs8 -hupcl -cstopb cread -clocal -crtscts\n"
  "-ignbrk -brkint -ignpar -parmrk -inpck -istrip -inlcr -igncr -icrnl -ixon\n"
  "-ixoff -iuclc -ixany -imaxbel -iutf8\n"
  "-opost -olcuc -ocrnl onlcr -onocr -onlret -ofill -ofdel nl0 cr0 tab0 bs0 vt0\n"
  "ff0\n"
  "-isig -icanon iexten echo echoe echok -echonl -noflsh -xcase -tostop -echoprt\n"
  "echoctl echoke -flusho -extproc\n"
  "" },
{ "sane", 0,
  "" },
{ "-a", 0,
  "speed 38400 baud; rows 30; columns 90; line = 0;\n"
  "intr = ^C; quit = ^\\; erase = ^?; kill = ^U; eof = ^D; eol = <undef>;\n"
  "eol2 = <undef>; swtch = <undef>; start = ^Q; stop = ^S; susp = ^Z; rprnt = ^R;\n"
  "werase = ^W; lnext = ^V; flush = ^O; min = 1; time = 0;\n"
  "-parenb -parodd -cmspar cs8 -hupcl -cstopb cread -clocal -crtscts\n"
  "-ignbrk brkint -ignpar -parmrk -inpck -istrip -inlcr -igncr icrnl -ixon -ixoff\n"
  "-iuclc -ixany imaxbel -iutf8\n"
  "opost -olcuc -ocrnl onlcr -onocr -onlret -ofill -ofdel nl0 cr0 tab0 bs0 vt0 ff0\n"
  "isig icanon iexten echo echoe echok -echonl -noflsh -xcase -tostop -echoprt\n"
  "echoctl echoke -flusho -extproc\n"
  "" },
{ "-echo -icanon min 5 time 7", 0,
  "" },
{ "", 0,
  "speed 38400 baud; line = 0;\n"
  "intr = ^C; quit = ^\\; erase = ^?; kill = ^U; eof = ^D; eol = <undef>;\n"
  "eol2 = <undef>; swtch = <undef>; start = ^Q; stop = ^S; susp = ^Z; rprnt = ^R;\n"
  "werase = ^W; lnext = ^V; flush = ^O; min = 5; time = 7;\n"
  "-icanon -echo\n"
  "" },
{ "intr ^A eof undef erase ^H", 0,
  "" },
{ "", 0,
  "speed 38400 baud; line = 0;\n"
  "intr = ^A; quit = ^\\; erase = ^H; kill = ^U; eof = <undef>; eol = <undef>;\n"
  "eol2 = <undef>; swtch = <undef>; start = ^Q; stop = ^S; susp = ^Z; rprnt = ^R;\n"
  "werase = ^W; lnext = ^V; flush = ^O; min = 5; time = 7;\n"
  "-icanon -echo\n"
  "" },
{ "intr ^A susp M-x", 1,
  "stty: invalid number 'M-x'\n"
  "" },
{ "9600 cs7 parenb -hupcl", 1,
  "stty: standard input: cannot perform all requested operations\n"
  "" },
{ "", 0,
  "speed 9600 baud; line = 0;\n"
  "intr = ^A; quit = ^\\; erase = ^H; kill = ^U; eof = <undef>; eol = <undef>;\n"
  "eol2 = <undef>; swtch = <undef>; start = ^Q; stop = ^S; susp = ^Z; rprnt = ^R;\n"
  "werase = ^W; lnext = ^V; flush = ^O; min = 5; time = 7;\n"
  "-icanon -echo\n"
  "" },
{ "iuclc olcuc xcase tab3 echoprt tostop noflsh", 0,
  "" },
{ "-a", 0,
  "speed 9600 baud; rows 30; columns 90; line = 0;\n"
  "intr = ^A; quit = ^\\; erase = ^H; kill = ^U; eof = <undef>; eol = <undef>;\n"
  "eol2 = <undef>; swtch = <undef>; start = ^Q; stop = ^S; susp = ^Z; rprnt = ^R;\n"
  "werase = ^W; lnext = ^V; flush = ^O; min = 5; time = 7;\n"
  "-parenb -parodd -cmspar cs8 -hupcl -cstopb cread -clocal -crtscts\n"
  "-ignbrk brkint -ignpar -parmrk -inpck -istrip -inlcr -igncr icrnl -ixon -ixoff\n"
  "iuclc -ixany imaxbel -iutf8\n"
  "opost olcuc -ocrnl onlcr -onocr -onlret -ofill -ofdel nl0 cr0 tab3 bs0 vt0 ff0\n"
  "isig -icanon iexten -echo echoe echok -echonl noflsh xcase tostop echoprt\n"
  "echoctl echoke -flusho -extproc\n"
  "" },
{ "nonsense", 1,
  "stty: invalid number 'nonsense'\n"
  "" },
{ "-g", 0,
  "2302:1807:bd:8fb5:1:1c:8:15:0:7:5:0:11:13:1a:0:12:f:17:16:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0:0\n"
  "" },
{ "cooked", 0,
  "" },
{ "crt", 0,
  "" },
{ "-a", 0,
  "speed 9600 baud; rows 30; columns 90; line = 0;\n"
  "intr = ^A; quit = ^\\; erase = ^H; kill = ^U; eof = <undef>; eol = <undef>;\n"
  "eol2 = <undef>; swtch = <undef>; start = ^Q; stop = ^S; susp = ^Z; rprnt = ^R;\n"
  "werase = ^W; lnext = ^V; flush = ^O; min = 5; time = 7;\n"
  "-parenb -parodd -cmspar cs8 -hupcl -cstopb cread -clocal -crtscts\n"
  "-ignbrk brkint ignpar -parmrk -inpck istrip -inlcr -igncr icrnl ixon -ixoff\n"
  "iuclc -ixany imaxbel -iutf8\n"
  "opost olcuc -ocrnl onlcr -onocr -onlret -ofill -ofdel nl0 cr0 tab3 bs0 vt0 ff0\n"
  "isig icanon iexten -echo echoe echok -echonl noflsh xcase tostop echoprt\n"
  "echoctl echoke -flusho -extproc\n"
  "" },
{ "evenp", 1,
  "stty: standard input: Invalid argument\n"
  "" },
{ "speed", 0,
  "9600\n"
  "" },
{ "115200 ixoff ixany parmrk extproc", 0,
  "" },
{ "-a", 0,
  "speed 115200 baud; rows 30; columns 90; line = 0;\n"
  "intr = ^A; quit = ^\\; erase = ^H; kill = ^U; eof = <undef>; eol = <undef>;\n"
  "eol2 = <undef>; swtch = <undef>; start = ^Q; stop = ^S; susp = ^Z; rprnt = ^R;\n"
  "werase = ^W; lnext = ^V; flush = ^O; min = 5; time = 7;\n"
  "-parenb -parodd -cmspar cs8 -hupcl -cstopb cread -clocal -crtscts\n"
  "-ignbrk brkint ignpar parmrk -inpck istrip -inlcr -igncr icrnl ixon ixoff iuclc\n"
  "ixany imaxbel -iutf8\n"
  "opost olcuc -ocrnl onlcr -onocr -onlret -ofill -ofdel nl0 cr0 tab3 bs0 vt0 ff0\n"
  "isig icanon iexten -echo echoe echok -echonl noflsh xcase tostop echoprt\n"
  "echoctl echoke -flusho extproc\n"
  "" },
{ "tabs nl", 0,
  "" },
{ "-a", 0,
  "speed 115200 baud; rows 30; columns 90; line = 0;\n"
  "intr = ^A; quit = ^\\; erase = ^H; kill = ^U; eof = <undef>; eol = <undef>;\n"
  "eol2 = <undef>; swtch = <undef>; start = ^Q; stop = ^S; susp = ^Z; rprnt = ^R;\n"
  "werase = ^W; lnext = ^V; flush = ^O; min = 5; time = 7;\n"
  "-parenb -parodd -cmspar cs8 -hupcl -cstopb cread -clocal -crtscts\n"
  "-ignbrk brkint ignpar parmrk -inpck istrip -inlcr -igncr -icrnl ixon ixoff\n"
  "iuclc ixany imaxbel -iutf8\n"
  "opost olcuc -ocrnl -onlcr -onocr -onlret -ofill -ofdel nl0 cr0 tab0 bs0 vt0 ff0\n"
  "isig icanon iexten -echo echoe echok -echonl noflsh xcase tostop echoprt\n"
  "echoctl echoke -flusho extproc\n"
  "" },
{ "ek dec", 0,
  "" },
{ "-a", 0,
  "speed 115200 baud; rows 30; columns 90; line = 0;\n"
  "intr = ^C; quit = ^\\; erase = ^?; kill = ^U; eof = <undef>; eol = <undef>;\n"
  "eol2 = <undef>; swtch = <undef>; start = ^Q; stop = ^S; susp = ^Z; rprnt = ^R;\n"
  "werase = ^W; lnext = ^V; flush = ^O; min = 5; time = 7;\n"
  "-parenb -parodd -cmspar cs8 -hupcl -cstopb cread -clocal -crtscts\n"
  "-ignbrk brkint ignpar parmrk -inpck istrip -inlcr -igncr -icrnl ixon ixoff\n"
  "iuclc -ixany imaxbel -iutf8\n"
  "opost olcuc -ocrnl -onlcr -onocr -onlret -ofill -ofdel nl0 cr0 tab0 bs0 vt0 ff0\n"
  "isig icanon iexten -echo echoe echok -echonl noflsh xcase tostop echoprt\n"
  "echoctl echoke -flusho extproc\n"
  "" },
{ "cbreak", 0,
  "" },
{ "-a", 0,
  "speed 115200 baud; rows 30; columns 90; line = 0;\n"
  "intr = ^C; quit = ^\\; erase = ^?; kill = ^U; eof = <undef>; eol = <undef>;\n"
  "eol2 = <undef>; swtch = <undef>; start = ^Q; stop = ^S; susp = ^Z; rprnt = ^R;\n"
  "werase = ^W; lnext = ^V; flush = ^O; min = 5; time = 7;\n"
  "-parenb -parodd -cmspar cs8 -hupcl -cstopb cread -clocal -crtscts\n"
  "-ignbrk brkint ignpar parmrk -inpck istrip -inlcr -igncr -icrnl ixon ixoff\n"
  "iuclc -ixany imaxbel -iutf8\n"
  "opost olcuc -ocrnl -onlcr -onocr -onlret -ofill -ofdel nl0 cr0 tab0 bs0 vt0 ff0\n"
  "isig -icanon iexten -echo echoe echok -echonl noflsh xcase tostop echoprt\n"
  "echoctl echoke -flusho extproc\n"
  "" },
{ "litout", 0,
  "" },
{ "-a", 0,
  "speed 115200 baud; rows 30; columns 90; line = 0;\n"
  "intr = ^C; quit = ^\\; erase = ^?; kill = ^U; eof = <undef>; eol = <undef>;\n"
  "eol2 = <undef>; swtch = <undef>; start = ^Q; stop = ^S; susp = ^Z; rprnt = ^R;\n"
  "werase = ^W; lnext = ^V; flush = ^O; min = 5; time = 7;\n"
  "-parenb -parodd -cmspar cs8 -hupcl -cstopb cread -clocal -crtscts\n"
  "-ignbrk brkint ignpar parmrk -inpck -istrip -inlcr -igncr -icrnl ixon ixoff\n"
  "iuclc -ixany imaxbel -iutf8\n"
  "-opost olcuc -ocrnl -onlcr -onocr -onlret -ofill -ofdel nl0 cr0 tab0 bs0 vt0\n"
  "ff0\n"
  "isig -icanon iexten -echo echoe echok -echonl noflsh xcase tostop echoprt\n"
  "echoctl echoke -flusho extproc\n"
  "" },
