# SPDX-License-Identifier: MIT
#
# steps.py - for gdb: an NMI before each instruction of the ways into and out of ring 0.
#
#	steps NAME SYMBOL	stop at the symbol, then go on to ring 3, instruction by instruction; C
#				functions that the way calls are run through
#
# Before each instruction the machine gets an NMI, whose handler must come back there, with the same
# stack.  And each pair of CS and RIP is of one ring: ring 0 runs the kernel alone, ring 3 none of
# it.  The last line is `steps: NAME: N instructions, N NMIs, N wrong`.
import gdb

LIMIT = 400


def register(name):
    return int(gdb.parse_and_eval("(unsigned long)$" + name)) & (1 << 64) - 1


def symbol(name):
    return int(gdb.parse_and_eval("(unsigned long)&" + name))


def go_to(*places):
    """Run on until one of the places is reached."""
    stops = [gdb.Breakpoint("*%#x" % place, internal=True) for place in set(places)]
    gdb.execute("continue", to_string=True)
    for stop in stops:
        stop.delete()


class Steps(gdb.Command):
    def __init__(self):
        super().__init__("steps", gdb.COMMAND_USER)

    def complain(self, text):
        self.wrong += 1
        print("steps: %s: %s" % (self.name, text))

    def nmi(self):
        rip, rsp = register("rip"), register("rsp")
        gdb.execute("monitor nmi", to_string=True)
        gdb.execute("stepi", to_string=True)
        # The first step after a run may end where it began.
        if register("rip") == rip:
            gdb.execute("stepi", to_string=True)
        if "stub_2" not in gdb.execute("info symbol $rip", to_string=True):
            self.complain("no NMI at %#x" % rip)
            return
        self.nmis += 1
        go_to(rip)
        if register("rip") != rip or register("rsp") != rsp:
            self.complain("the NMI at %#x, %#x came back to %#x, %#x"
                          % (rip, rsp, register("rip"), register("rsp")))

    def step(self):
        text = gdb.selected_frame().architecture().disassemble(register("rip"))[0]
        self.nmi()
        if text["asm"].startswith("call"):
            # A message's fast path leaves by a way of its own.
            go_to(text["addr"] + text["length"], symbol("exit_to_user"), symbol("exit_with_message"))
        else:
            gdb.execute("stepi", to_string=True)
        self.instructions += 1
        ring, rip = register("cs") & 3, register("rip")
        kernel = symbol("kernel_image") <= rip < symbol("kernel_image_end")
        if kernel != (ring == 0):
            self.complain("ring %d runs %#x" % (ring, rip))
        return ring

    def invoke(self, argument, from_tty):
        self.name, place = argument.rsplit(" ", 1)
        self.instructions = self.nmis = self.wrong = 0
        # QEMU holds interrupts back from single steps unless it is told not to.
        gdb.execute("maintenance packet Qqemu.sstep=0x1", to_string=True)
        go_to(symbol(place))
        while self.step() == 0 and self.instructions < LIMIT:
            pass
        if register("cs") & 3 == 0:
            self.complain("no way out of ring 0")
        print("steps: %s: %d instructions, %d NMIs, %d wrong"
              % (self.name, self.instructions, self.nmis, self.wrong))


Steps()
