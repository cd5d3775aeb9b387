#!/usr/bin/env python3
"""TCP through firewalls that track connections, drop SYNs that are no client's, and rewrite sequence
numbers, one at a time and all together: several rounds, and processes one right after the other. The
same paths by traceroute -T and mtr -T beside it, where they are installed."""

import re
import shutil
import subprocess

import lab

ALONE = ("track", "no-data", "options", "rewrite", "rewrite-fixed")
TOGETHER = ("track,no-data,options", "track,no-data,options,rewrite-fixed",
            "track,no-data,options,rewrite")
# What the hops behind the firewall quote: all, or ports and sequence number alone.
QUOTES = ("", "quote=8")
OPEN, CLOSED = 80, 81
BEFORE, HOPS = 2, 6  # the firewall is the second of so many routers
ROUNDS = 3


def paths():
    """(number, family, what the firewall does, what is quoted behind it)."""
    found = [(family, kind, quote) for family in lab.FAMILIES for kind in (*ALONE, *TOGETHER)
             for quote in QUOTES]
    return [(number, *path) for number, path in enumerate(found, 1)]


def topology():
    lines = []
    for number, family, kind, quote in paths():
        lines.append(f"target t{number} {lab.destination(family, number)} open={OPEN}")
        for hop in range(1, HOPS + 1):
            keys = f"firewall={kind}" if hop == BEFORE else quote if hop > BEFORE else ""
            lines.append(f"hop {lab.router(family, number, hop)} {keys}")
    return "\n".join(lines) + "\n"


def expected(number, family):
    return [lab.router(family, number, hop) for hop in range(1, HOPS + 1)] + \
        [lab.destination(family, number)]


def brief(record):
    return [(record["status"], record["stop_reason"], record["loss_percent"])] + \
        [("+".join(node["address"] for node in hop["nodes"]) or "*", hop["loss_percent"])
         for hop in record["hops"]]


def is_clean(record, truth):
    return (record["status"] == "reached" and record["loss_percent"] == 0
            and record["local_errors"] == 0
            and lab.addresses(record) == [[address] for address in truth]
            and not any(hop["loss_percent"] for hop in record["hops"]))


def check_run(what, records, count):
    """Each path was measured so often, each time right and without loss."""
    for number, family, kind, quote in paths():
        truth = expected(number, family)
        found = [record for record in records if record["address"] == truth[-1]]
        wrong = [brief(record) for record in found if not is_clean(record, truth)]
        lab.check(len(found) == count and not wrong,
                  f"{what}: {family} {kind} {quote or 'whole quotes'}: every hop, no loss",
                  wrong[:1] or len(found))


def check_port(port, what, hosts):
    options = ("-n", "-T", "-p", port)
    check_run(f"{what}, {ROUNDS} rounds",
              lab.trace(*options, "--interval", 1, "--rounds", ROUNDS, *hosts), ROUNDS)
    for process in ("the next process", "the one after"):
        check_run(f"{what}, {process}", lab.trace(*options, *hosts), 1)


def by_traceroute(host, port):
    """Hop by hop who answered, with each probe."""
    done = subprocess.run(["traceroute", "-T", "-n", "-q3", "-w2", "-p", str(port), host],
                          stdout=subprocess.PIPE, text=True, check=True)
    rows = [line.split()[1:] for line in done.stdout.splitlines()[1:]]
    return [(row[0], row.count("*")) for row in rows]


def by_mtr(host, port):
    done = subprocess.run(["mtr", "-T", "-n", "-r", "-c3", "-i0.3", "-G1", "-P", str(port), host],
                          stdout=subprocess.PIPE, text=True, check=True)
    rows = re.findall(r"^ *\d+\.\|-- (\S+) +(\S+)%", done.stdout, re.MULTILINE)
    return [(address, float(loss)) for address, loss in rows]


def show_peer(name, trace):
    """How many of the paths a peer sees as they are. Shown, and not judged: a machine that is busy
    with something else lets mtr miss a router now and then, whatever the network did."""
    if shutil.which(name) is None:
        print(f"# skipped: {name} -T is not installed")
        return
    chosen = [path for path in paths() if path[3] == QUOTES[-1]]
    seen = 0
    # One after the other: mtr takes another mtr's answers for its own.
    for number, family, kind, _ in chosen:
        right = [(address, 0) for address in expected(number, family)]
        rows = trace(lab.destination(family, number), OPEN)
        seen += rows == right
        if rows != right:
            print(f"# {name} -T: {family} {kind}: {rows}", flush=True)
    print(f"# {name} -T: {seen} of {len(chosen)} paths with every hop and no loss", flush=True)
    # What no path shows to anybody is no firewall.
    lab.check(seen > 0, f"{name} -T sees a path through", seen)


def main():
    internet = lab.Internet(topology=topology())
    hosts = [lab.destination(family, number) for number, family, _, _ in paths()]
    check_port(OPEN, "a listener", hosts)
    check_port(CLOSED, "a closed port", hosts)
    show_peer("traceroute", by_traceroute)
    show_peer("mtr", by_mtr)
    internet.down()
    counters = internet.counters()
    lab.check(not any(counters["faults"].values()), "every probe was well-formed",
              counters["faults"])
    lab.finish()


main()
