#!/usr/bin/env python3
"""The configuration read again while targets are measured: what is the same goes on, with its
schedule and its memory; what has changed, come or gone is so from then on; a file that is wrong
changes nothing. All that without the privilege, which is gone by then.

    reload.py [TARGETS CHANGED RELOADS INTERVAL_S]      at length: reload.py 10000 100 1000 10"""

import datetime
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import lab

# Targets, those of them that change, reloads one after the other for what they leave behind, seconds.
MANY, CHANGED, GROWTH_RELOADS, INTERVAL_S = map(int, sys.argv[1:] or (400, 20, 150, 2))
RELOADS = 3  # while all are measured


class Program:
    """One that loops, with a configuration that it can be given anew."""

    def __init__(self, interval, *options):
        self.folder = lab.folder()
        self.config, self.out = self.folder / "conf", self.folder / "out"
        self.interval, self.options = interval, options

    def write(self, text):
        fresh = self.folder / "fresh"
        fresh.write_text(text, encoding="utf-8")
        os.replace(fresh, self.config)

    def start(self):
        with open(self.out, "wb") as out:
            self.process = subprocess.Popen(
                lab.command_of(["-j", "-n", "--events", "-c", self.config, "--interval",
                                self.interval, *self.options]),
                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE)

    def reload(self, text):
        self.write(text)
        self.process.send_signal(signal.SIGHUP)

    def lines(self):
        text = self.out.read_text(encoding="utf-8").rpartition("\n")[0]
        return [json.loads(line) for line in text.split("\n") if line]

    def records(self, target=None):
        return [line for line in self.lines() if line["schema"] == "hoptrace/1"
                and target in (None, line["target"])]

    def rounds(self):
        """The records of each target, but one that the end has cut short."""
        found = {}
        for record in self.records():
            if record["stop_reason"] != "interrupted":
                found.setdefault(record["target"], []).append(record)
        return found

    def memory_kb(self):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        return int(status.split("VmRSS:")[1].split()[0])

    def descriptors(self):
        """The fewest of a while: a reload has a pipe open as long as it reads."""
        counts = []
        for _ in range(20):
            counts.append(len(os.listdir(f"/proc/{self.process.pid}/fd")))
            time.sleep(0.02)
        return min(counts)

    def end(self):
        self.process.terminate()
        said = self.process.communicate(timeout=30)[1].decode()
        lab.check(self.process.returncode == 0, "it ends well", self.process.returncode,
                  **lab.ALWAYS)
        return lab.complaints(said)


def moment(record):
    return datetime.datetime.fromisoformat(record["time"].replace("Z", "+00:00")).timestamp()


def off_grid(record, first):
    """How far it is from a moment that is whole intervals from the first one's, in s."""
    return abs((moment(record) - moment(first) + INTERVAL_S / 2) % INTERVAL_S - INTERVAL_S / 2)


def targets_text(targets):
    return "targets = ( " + ",\n".join(targets) + " );\n"


def under_load(truth):
    """Some of many change, again and again: the rounds of the others stay on their grid, nothing is
    lost, and nothing is told that is not so."""
    hosts = sorted(truth)
    program = Program(INTERVAL_S, "--pps", 0)

    def text(number):
        return targets_text(
            f'{{ host = "{host}"; max_ttl = {30 - (number if index < CHANGED else 0)}; }}'
            for index, host in enumerate(hosts))

    program.write(text(0))
    program.start()
    time.sleep(INTERVAL_S * 1.5)
    for number in range(1, RELOADS + 1):
        program.reload(text(number))
        time.sleep(INTERVAL_S)
    time.sleep(INTERVAL_S)
    said = program.end()
    lab.check(said == "", f"{RELOADS} reloads of {MANY} targets: nothing to say", said)
    events = [line for line in program.lines() if line["schema"] != "hoptrace/1"]
    lab.check(not events, "no event", events[:2])
    late = lost = 0
    rounds = []
    of_host = program.rounds()
    for host in hosts[:CHANGED]:
        found = of_host[host]
        rounds.append(found[-1]["window"]["rounds"] == len(found))
    lab.check(all(rounds), f"{CHANGED} changed targets remember all of their rounds",
              rounds.count(False), **lab.ALWAYS)
    rounds = []
    for host in hosts[CHANGED:]:
        found = of_host[host]
        rounds.append(found[-1]["window"]["rounds"] == len(found))
        late += any(off_grid(record, found[1]) > INTERVAL_S / 4 for record in found[1:])
        lost += any(record["loss_percent"] != 0 for record in found)
    lab.check(late == 0, f"the rounds of {len(rounds)} unchanged targets are on their grid", late,
              stall=INTERVAL_S / 8)
    lab.check(lost == 0, "and lose nothing", lost)
    lab.check(all(rounds), "and remember all of their rounds", rounds.count(False), **lab.ALWAYS)


def what_changes(truth):
    """Others by protocol and family, whose sockets were opened while that could be done."""
    first, second, third = sorted(truth)[:3]
    six = "::1"
    program = Program(0.5)
    program.write(targets_text([f'"{first}"', f'"{second}"']))
    program.start()
    time.sleep(1.2)
    program.reload(targets_text([
        f'"{first}"', f'{{ host = "{third}"; protocol = "tcp"; }}', f'"{six}"',
        f'{{ host = "{second}"; name = "again"; probes = 1; protocol = "udp"; }}']))
    time.sleep(1.5)
    count = len(program.records())
    program.reload('targets = ( "a", ;\n')
    time.sleep(1.2)
    lab.check(len(program.records()) > count, "a faulty file: all goes on", **lab.ALWAYS)
    gone = len(program.records(second))
    program.reload("targets = ( );\n")
    time.sleep(0.5)
    said = program.end().splitlines()
    for target in (third, six, "again"):
        found = program.records(target)
        lab.check(len(found) > 2 and all(record["status"] == "reached" for record in found[:-1]),
                  f"{target} is new, and measured", found[:1])
    lab.check(len(program.records(second)) == gone and gone in (2, 3, 4), "what goes is gone", gone)
    found = program.records(first)
    lab.check(len(found) > 2 and found[-2]["window"]["rounds"] == len(found) - 1,
              "what stays remembers", [record["window"] for record in found], **lab.ALWAYS)
    lab.check(len(said) == 4 and all(line.startswith("E! ") for line in said)
              and str(program.config) in said[0] and "stay as they were" in said[1]
              and "must not be empty" in said[2], "what was wrong is told", said, **lab.ALWAYS)


def shards(truth):
    """A host whose shard has no target waits; when another host is gone it takes what falls to it
    now, and what it had goes on."""
    hosts = sorted(truth)[:12]

    def text(shard):
        return f'shard = "{shard}";\n' + targets_text(f'"{host}"' for host in hosts)

    programs = [Program(0.5), Program(0.5), Program(0.5)]
    for number, program in enumerate(programs, 1):
        program.write(text(f"{number}/3"))
        program.start()
    idle = Program(0.5)
    idle.write('shard = "1/9999";\n'
               + targets_text([f'"{hosts[0]}"']))
    idle.start()
    time.sleep(2)
    measured = [set(program.rounds()) for program in programs]
    lab.check(sum(map(len, measured)) == len(hosts) and set().union(*measured) == set(hosts),
              "each target falls to one of three hosts", measured)
    said = programs[2].end()
    for number, program in enumerate(programs[:2], 1):
        program.reload(text(f"{number}/2"))
    lab.check(idle.process.poll() is None and not idle.records(), "without targets it waits")
    idle.reload(targets_text([f'"{hosts[0]}"']))
    time.sleep(2)
    said += "".join(program.end() for program in (*programs[:2], idle))
    lab.check(said == "", "nothing to say", said)
    after = [set(program.rounds()) for program in programs[:2]]
    lab.check(sum(map(len, after)) == len(hosts) and all(old <= new for old, new in
              zip(measured, after)), "two take over what the third had, and keep theirs", after)
    kept = [program.records(host) for program, mine in zip(programs, measured[:2]) for host in mine]
    lab.check(all(len(found) > 2 and found[-2]["window"]["rounds"] == len(found) - 1
                  for found in kept), "what stays remembers",
              [len(found) for found in kept], **lab.ALWAYS)
    lab.check(len(idle.records(hosts[0])) > 2, "a reload ends the wait")


def growth(truth):
    hosts = sorted(truth)[:50]
    program = Program(0.5, "--pps", 0)

    def text(number):
        return targets_text(
            f'{{ host = "{host}"; name = "{(number + index) % 7}-{host}"; }}'
            for index, host in enumerate(hosts))

    program.write(text(0))
    program.start()
    time.sleep(1)
    before, sizes = program.descriptors(), []
    for number in range(GROWTH_RELOADS):
        program.reload(text(number + 1))
        time.sleep(0.03)
        if number % (GROWTH_RELOADS // 3) == GROWTH_RELOADS // 3 - 1:
            sizes.append(program.memory_kb())
    # The last file may be open still.
    settled = lab.wait_for(lambda: program.descriptors() <= before)
    now, said = program.descriptors(), program.end()
    lab.check(said == "" and settled, f"{GROWTH_RELOADS} reloads: as many descriptors",
              (said, before, now), **lab.ALWAYS)
    # A sanitizer keeps what was freed: this is for a build without.
    print(f"# resident after each third of them: {sizes} kB")


def main():
    internet = lab.Internet("--seed", 7, "--targets", MANY, "--hops", "3-6",
                            "--rtt-per-hop", "1-4")
    truth = internet.truth()
    under_load(truth)
    what_changes(truth)
    shards(truth)
    growth(truth)
    lab.finish()


main()
