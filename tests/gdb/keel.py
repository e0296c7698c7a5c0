# SPDX-License-Identifier: MIT
#
# keel.py - commands for gdb that know the kernel's structures: `keel` lists them.  tests/gdb/attach
# brings gdb to a guest that runs; `make debug` starts one that waits for it.
#
# Nothing here changes the guest, and every list is walked with a bound: what is looked at may be
# broken, which is why somebody looks.
import os
import re
import struct
import gdb

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BOUND = 100000


def value(expression):
    return gdb.parse_and_eval(expression)


def number(v):
    return int(v) & 0xffffffffffffffff


def load(elf):
    """The kernel's symbols at its random base, which the interrupt descriptor table tells."""
    registers = gdb.execute("monitor info registers", to_string=True)
    idt = int(re.search(r"IDT= *([0-9a-f]+)", registers).group(1), 16)
    gdb.execute("symbol-file " + elf)
    offset = idt - number(value("(unsigned long)&idt"))
    gdb.execute("symbol-file")
    if idt >> 47 != 0x1ffff or offset & 0xfff:
        raise gdb.GdbError("the kernel does not run yet")
    gdb.execute("add-symbol-file %s -o %#x" % (elf, offset), to_string=True)


def structure(pointer, name, member=None):
    """What `pointer` points to as a struct; or whose member it points to."""
    kind = gdb.lookup_type("struct " + name)
    address = number(pointer)
    if member:
        for part in member.split("."):
            field = next(f for f in kind.fields() if f.name == part)
            address -= field.bitpos // 8
            kind = field.type
    return gdb.Value(address).cast(gdb.lookup_type("struct " + name).pointer()).dereference()


def listed(head, name, member):
    """The members of a circular list."""
    at = head["next"]
    for _ in range(BOUND):
        if number(at) == number(head.address):
            return
        yield structure(at, name, member)
        at = at["next"]
    print("  (the list has no end)")


def text(characters):
    return characters.string("latin-1", "replace").split("\0")[0]


def names(kind):
    """Of an enum, by value, without the prefix that all of them share."""
    fields = gdb.lookup_type("enum " + kind).fields()
    return {f.enumval: f.name.split("_", 1)[1].lower() for f in fields}


def rows(path, pattern):
    """Numbers and names of a .def file."""
    with open(os.path.join(ROOT, path)) as f:
        return {int(n): name for n, name in re.findall(pattern, f.read(), re.M)}


def cpus():
    all_of_them = value("cpus")
    return [all_of_them[i] for i in range(int(value("cpu_count")))]


def threads():
    for n in range(int(value("number_limit"))):
        t = value("numbers")[n]
        if number(t):
            yield t.dereference()


def objects(budget=None):
    """All that is charged to the root budget and those below it."""
    left = [value("*budget_root")]
    for budget in left:
        for o in listed(budget["objects"], "object", "in_budget"):
            yield o
            if int(o["type"]) == number(value("OBJECT_BUDGET")):
                left.append(structure(o.address, "budget"))


def waits(t):
    return names("wait").get(int(t["wait"]) & 0xff, "?")


def cpu_of(t):
    for c in cpus():
        if number(c["current"]) == number(t["run"].address):
            return int(c["number"])
    return None


def awaited(t, by_id):
    """The thread whose answer or receive t waits for, as endpoint_awaited says."""
    kind = waits(t)
    if kind == "reply":
        return by_id.get(int(t["server"]["id"]))
    if kind == "send" and number(t["endpoint"]["object"]):
        e = structure(t["endpoint"]["object"], "endpoint")
        if int(e["object"]["id"]) == int(t["endpoint"]["id"]) and not e["several"]:
            return by_id.get(int(e["receiver"]["id"]))
    return None


def who(t):
    return "%d %s" % (int(t["object"]["id"]), text(t["name"]))


def found(argument, kind, member):
    """Objects by number, or those of the threads with that name."""
    seen = {}
    for t in threads():
        pointer = t[member]
        if number(pointer) and argument in (text(t["name"]), str(int(pointer["object"]["id"]))):
            seen[number(pointer)] = pointer.dereference()
    if not seen:
        for o in objects():
            if names("object_type").get(int(o["type"])) == kind and str(int(o["id"])) == argument:
                seen[number(o.address)] = structure(o.address, kind)
    if not seen:
        raise gdb.GdbError("there is no %s %s" % (kind, argument))
    return seen.values()


# --- the commands ---------------------------------------------------------------------------------


def show_cpus(argument):
    """what each processor does"""
    hz = number(value("arch_tsc_hz"))
    for c in cpus():
        place = names("cpu_outside")[int(c["outside"])] if len(cpus()) > 1 else "-"
        t = c["current"]
        runs = who(structure(t, "thread", "run")) if number(t) else "nothing"
        print("cpu %d: %-7s runs %s%s, switches %d, interrupts %d" % (
            int(c["number"]), place, runs, ", idle" if c["idle"] else "", int(c["switches"]),
            int(c["interrupts"])))
        held = [f.name[5:].lower() for f in gdb.lookup_type("enum lock_class").fields()
                if int(c["locks_held"]) >> f.enumval & 1]
        if held:
            print("  holds locks of the classes " + ", ".join(held))
        if int(c["stuck_since"]):
            print("  was named as stuck in ring 0 (ticks %d at %d Hz)" % (int(c["stuck_since"]), hz))


def show_threads(argument):
    """each thread: what it waits for, where, and whom it waits for"""
    all_threads = list(threads())
    by_id = {int(t["object"]["id"]): t for t in all_threads}
    for t in all_threads:
        on = cpu_of(t)
        line = "%-22s %-12s" % (who(t), "cpu %d" % on if on is not None else waits(t))
        line += " rip %x" % number(t["regs"]["rip"])
        if number(t["state"]):
            line += " guest %x%s" % (number(t["state"]["regs"]["rip"]), " (in it)" if t["in_guest"] else "")
        seen, at = {int(t["object"]["id"])}, awaited(t, by_id)
        while at is not None:
            line += " -> " + who(at)
            if int(at["object"]["id"]) in seen:
                line += ": a circle"
                break
            seen.add(int(at["object"]["id"]))
            at = awaited(at, by_id)
        print(line)


def show_queues(argument):
    """who is ready, by processor and level"""
    print("idle processors: %#x" % number(value("cpu_idle_mask")))
    for c in cpus():
        print("cpu %d: levels with somebody %#x" % (int(c["number"]), int(c["run_mask"])))
        queue = c["run_queue"]
        for level in reversed(range(int(value("LEVELS")))):
            waiting = [who(t) for t in listed(queue[level], "thread", "run.link")]
            if waiting:
                print("  level %d: %s" % (level, ", ".join(waiting)))


def show_caps(argument):
    """NAME or number of a table: what it holds"""
    kinds = names("object_type")
    for table in found(argument, "table", "table"):
        print("table %d" % int(table["object"]["id"]))
        for leaf in range(int(table["nr_leaves"])):
            for i in range(int(value("SLOTS_PER_LEAF"))):
                slot = table["leaf"][leaf][i]
                word = number(slot["word"])
                if not word >> 16 & 0xff or not number(slot["object"]):
                    continue
                print("  %#x %-12s %6d rights %04x badge %x" % (
                    word & ~0xffffff | leaf * int(value("SLOTS_PER_LEAF")) + i,
                    kinds.get(word >> 16 & 0xff, "?"), int(slot["object"]["id"]), word & 0xffff,
                    number(slot["badge"])))


def show_maps(argument):
    """NAME or number of a space: its regions"""
    for space in found(argument, "space", "space"):
        regions = list(listed(space["ordered"], "region", "ordered"))
        print("space %d: %d regions, %d pages resident, generation %d" % (
            int(space["object"]["id"]), len(regions), int(space["resident_pages"]),
            int(space["tlb_generation"])))
        for r in regions:
            p = int(r["protect"])
            print("  %016x-%016x %s%s%s memory %d at %#x tag %#x" % (
                number(r["start"]), number(r["end"]), "-r"[p & 1], "-w"[p >> 1 & 1], "-x"[p >> 2 & 1],
                int(r["memory"]["object"]["id"]) if number(r["memory"]) else 0, number(r["offset"]),
                int(r["tag"])))


def show_trace(argument):
    """[CPU [COUNT]]: what each processor did last, all of them in one order of time"""
    words = argument.split()
    calls = rows("microkernel/abi/syscall.def", r"^SYSCALL\d\((\d+), (\w+),")
    guest_calls = rows("servers/linux/syscalls.def", r"^CALL\((\d+), (\w+),")
    events, known = names("trace_event"), {int(t["object"]["id"]): who(t) for t in threads()}
    entries = []
    for c in cpus():
        if words and int(c["number"]) != int(words[0]):
            continue
        ring, count = c["trace"], number(c["traced"])
        size = ring.type.range()[1] + 1
        if size <= 1:
            raise gdb.GdbError("only debug builds keep a trace")
        raw = gdb.selected_inferior().read_memory(number(ring.address), size * 24).tobytes()
        entries += [struct.unpack_from("<QIIQ", raw, i % size * 24) + (int(c["number"]),)
                    for i in range(max(0, count - size), count)]
    entries.sort()
    entries = entries[-int(words[1]):] if len(words) > 1 else entries
    hz, last = number(value("arch_tsc_hz")), entries[-1][0] if entries else 0
    for ticks, event, first, second, cpu in entries:
        kind = events.get(event, "?")
        if kind == "enter" and first >> 31:
            what = "exception %d in %s" % (~first & 0xffffffff, known.get(second, second))
        elif kind == "enter":
            what = "%s by %s" % (calls.get(first, "call %d" % first), known.get(second, second))
        elif kind == "guest":
            what = "guest's %s in %s" % (guest_calls.get(first, first), known.get(second, second))
        elif kind in ("call", "reply"):
            what = "%s of %s %s %s" % (kind, known.get(first, first),
                                       "received by" if kind == "call" else "by", known.get(second, second))
        elif kind == "switch":
            what = "switch to %s" % known.get(first, first)
        elif kind == "shoot":
            what = "shoots down space %d on cpu %d" % (second, first)
        else:
            what = "%s %d" % (kind, first)
        print("%12.1f us  cpu %d  %s" % ((ticks - last) * 1e6 / hz, cpu, what))


COMMANDS = {"cpus": show_cpus, "threads": show_threads, "queues": show_queues, "caps": show_caps,
            "maps": show_maps, "trace": show_trace}


class Keel(gdb.Command):
    """Look at the kernel: keel COMMAND [ARGUMENT...]."""

    def __init__(self):
        super().__init__("keel", gdb.COMMAND_DATA)

    def invoke(self, argument, from_tty):
        words = argument.split(None, 1) + ["", ""]
        if words[0] == "load":
            load(words[1])
        elif words[0] in COMMANDS:
            COMMANDS[words[0]](words[1])
        else:
            for name, function in COMMANDS.items():
                print("keel %-8s %s" % (name, function.__doc__))
            print("keel %-8s %s" % ("load", "FILE: the symbols of the kernel that runs now"))


Keel()
