#!/usr/bin/env python3
"""The program, left running on the simulated network, does not grow: simulated.py [ROUNDS]

ROUNDS (2,000 if none are given) are those of all targets together. Every protocol and family, names
looked up both ways, answers lost, late, doubled, out of order, routers and name servers that are
silent, paths and names that change every other second: each round has a record with nothing in it
that is not true, and memory, descriptors and threads are as many at the end as after a while."""

import collections
import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

import network
import lab

TARGETS = 80
INTERVAL_S = 0.25
TIMEOUT_S = 0.4
CHANGE_S = 2
# What chance may add: the allocator's luck with what comes and goes in another order each time, the
# sockets of the questions that are being asked. And what targets come to remember: up to four paths,
# of each the last 16 that it was.
LUCK_KB, MEMORY_KB = 192, 5 * TARGETS
GROWTH = {"anonymous_kb": LUCK_KB + MEMORY_KB, "resident_kb": LUCK_KB + MEMORY_KB,
          "descriptors": 4, "mappings": 2, "threads": 0}
# A sanitizer's allocator takes memory in small pieces, whose number says little, and puts as much
# again around what is as small as a remembered hop.
SANITIZED = {"anonymous_kb": LUCK_KB + 2 * MEMORY_KB, "resident_kb": LUCK_KB + 2 * MEMORY_KB,
             "mappings": 24}

Sample = collections.namedtuple("Sample", "anonymous_kb resident_kb descriptors mappings threads")

# What befalls a path's second hop and its destination, one after the other. A listener whose answer
# was lost would keep silent to the next ones.
MISHAPS = (("", ""), ("loss=10", "loss=5 open=none"), ("late=60 late-every=3", "jitter=20"),
           ("copies=2", "copies=3"), ("silent=yes", ""), ("mpls=16001/0/1 quote=padded", ""),
           ("name=silent.r.sim", ""), ("rate=20/5", "lose-every=7 open=none"))


def family(number):
    return lab.FAMILIES[number % 2]


def topology(changed):
    """Two networks: in the other one all second routers are others, and every tenth name is gone."""
    lines = []
    for number in range(1, TARGETS + 1):
        kind, way = family(number), TARGETS + number if changed else number
        hop, end = MISHAPS[number % len(MISHAPS)]
        name = "" if "name=" in hop else f"name=r{number}.sim"
        lines += [f"target t{number} {lab.destination(kind, number)} rtt=3 {end}",
                  f"hop {lab.router(kind, number, 1)} rtt=1 {name}",
                  f"hop {lab.router(kind, way, 2)} rtt=2 {hop}"]
        if not changed or number % 10 != 0:
            lines.append(f"name w{number}.sim {lab.destination(kind, number)}")
    return "\n".join(lines) + "\n"


def is_named(number):
    return number % 3 != 0


def targets():
    """Two in three by name; every protocol in turn. What is lost is not waited for long."""
    lines = []
    for number in range(1, TARGETS + 1):
        host = f"w{number}.sim" if is_named(number) else lab.destination(family(number), number)
        lines.append(f'{{ name = "{number}"; host = "{host}"; '
                     f'protocol = "{("icmp", "udp", "tcp")[number % 5 % 3]}"; }}')
    return (f"pps = 0;\ndefaults = {{ timeout = {TIMEOUT_S}; }};\n"
            f"targets = ({','.join(lines)});\n")


def truth(number):
    """Which addresses may stand at which hop."""
    kind = family(number)
    return [{lab.router(kind, number, 1)},
            {lab.router(kind, number, 2), lab.router(kind, TARGETS + number, 2)},
            {lab.destination(kind, number)}]


def is_true(record, late):
    """Who is answered late misses some hops, but never shows one that is none."""
    number = int(record["target"])
    if record["status"] == "resolve_error":
        return is_named(number) and (late or number % 10 == 0)
    found, true = lab.addresses(record), truth(number)
    whole = record["status"] == "reached" and len(found) == len(true)
    return ((whole or late and len(found) <= len(true))
            and all(set(nodes) <= allowed for nodes, allowed in zip(found, true)))


def sample(pid):
    """What the process has taken from the system."""
    folder = pathlib.Path("/proc", str(pid))
    rollup = {line.split()[0]: int(line.split()[1])
              for line in (folder / "smaps_rollup").read_text(encoding="ascii").splitlines()[1:]}
    return Sample(rollup["Anonymous:"], rollup["Rss:"], len(os.listdir(folder / "fd")),
                  len((folder / "maps").read_text(encoding="utf-8").splitlines()),
                  len(os.listdir(folder / "task")))


def samples_of(process):
    """One sample; none of a process that ends in the midst of it."""
    try:
        return [sample(process.pid)]
    except (OSError, KeyError):
        process.wait(timeout=10)
        return []


class Changes:
    """The network, another one each time that it is due."""

    def __init__(self):
        self.internet = lab.Internet(topology=topology(False), resolver=True)
        self.due = time.monotonic() + CHANGE_S
        self.count = 0

    def look(self):
        if time.monotonic() < self.due:
            return
        self.count += 1
        self.internet.change(topology(self.count % 2 == 1))
        self.due += CHANGE_S


def records_of(process, output):
    """The records as they come. A file: a reader that is slow would make the program keep them."""
    partial = ""
    ended = False
    while not ended:
        try:
            ended = process.wait(timeout=0.05) is not None
        except subprocess.TimeoutExpired:
            pass
        *lines, partial = (partial + output.read()).split("\n")
        yield from map(json.loads, lines)


def measure(rounds):
    """Records and samples, one of these for each round of all targets."""
    # Sanitizers would keep what is freed, and what it was allocated by.
    options = os.environ.get("ASAN_OPTIONS", "")
    os.environ["ASAN_OPTIONS"] = f"{options}:quarantine_size_mb=1:malloc_context_size=2"
    changes = Changes()
    file = lab.folder() / "records"
    with open(file, "w", encoding="utf-8") as output:
        process = lab.start("-j", "-c", lab.config(targets()), "--interval", INTERVAL_S, "--rounds",
                            rounds, stdout=output, stderr=None)
    records, samples = [], []
    with open(file, encoding="utf-8") as output:
        for record in records_of(process, output):
            records.append(record)
            changes.look()
            if len(records) % TARGETS == 0 and process.poll() is None:
                samples += samples_of(process)
    lab.check(process.wait() == 0, "the program ends well", process.returncode)
    lab.check(changes.count > 1, f"the network changed {changes.count} times")
    changes.internet.down()
    late_s = changes.internet.counters()["latest_us"] / 1e6
    if late_s > TIMEOUT_S / 4:
        print(f"# the simulated network answered up to {late_s:.2f} s late", flush=True)
    return records, samples, late_s > TIMEOUT_S / 4


def check_records(records, rounds, late):
    counts = collections.Counter(record["target"] for record in records)
    lab.check(len(counts) == TARGETS and set(counts.values()) == {rounds},
              f"{len(records)} rounds, {rounds} of each of {TARGETS} targets, have a record each",
              counts.most_common(3))
    false = [record for record in records if not is_true(record, late)]
    lab.check(not false, "nothing in them is untrue", [
        (record["target"], record["status"], record["error"], lab.addresses(record))
        for record in false[:3]])
    statuses = collections.Counter(record["status"] for record in records)
    names = {node["hostname"] for record in records for hop in record["hops"]
             for node in hop["nodes"]}
    lab.check(statuses["resolve_error"] > 0 and len(names) > TARGETS,
              f"names were lost ({statuses['resolve_error']} times) and found ({len(names)})")


def is_sanitized():
    """Whether the program under test was built with AddressSanitizer."""
    return "libasan" in subprocess.run(["ldd", lab.HOPTRACE], check=True, stdout=subprocess.PIPE,
                                       text=True).stdout


def check_growth(samples):
    """The second quarter of the time, when all tables have their size, against the last one."""
    quarter = len(samples) // 4
    before, after = samples[quarter:2 * quarter], samples[-quarter:]
    bounds = {**GROWTH, **(SANITIZED if is_sanitized() else {})}
    for field, most in bounds.items():
        earlier, later = (statistics.median_high(getattr(one, field) for one in part)
                          for part in (before, after))
        lab.check(later - earlier <= most,
                  f"{field}: {earlier} after a while, {later} at the end")


def main():
    rounds = -(-int(sys.argv[1] if len(sys.argv) > 1 else 2000) // TARGETS)
    records, samples, late = measure(rounds)
    check_records(records, rounds, late)
    check_growth(samples)
    lab.finish()


main()
