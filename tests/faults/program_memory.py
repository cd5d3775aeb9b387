#!/usr/bin/env python3
"""The program when memory is refused, in every format: each run ends with status 0 and good records
or with status 1 and one line on stderr (two, if nothing can be written any more either), and what
stands on stdout is never broken.

program_memory.py REFUSING [full]: every so many allocations, or each of them."""

import json
import os
import subprocess
import sys
import threading

import on_simnet
from on_simnet import lab

import check_influx  # lab has made the way
import check_json

TARGETS = {"one": ("10.1.1.1", "198.18.1.1"), "two": ("fd01:2::1", "2001:db8:18::2"),
           "three": ("10.1.3.1", "198.18.1.3"), "web": ("10.1.4.1", "198.18.1.4")}
CONFIGURATION = """
defaults = { probes = 1; retries = 0; timeout = 2; tags = { site = "here"; }; };
targets = ( { host = "198.18.1.1"; name = "one"; },
            { host = "2001:db8:18::2"; name = "two"; protocol = "udp"; tags = { role = "six"; }; },
            { host = "198.18.1.3"; name = "three"; protocol = "tcp"; port = 81; numeric = true; },
            { host = "web.sim"; name = "web"; family = "ipv4"; } );
pps = 0;
"""
# For each format which allocations: what writes it is what they differ in.
STEPS = {"json": 5, "json-pretty": 23, "json-array": 23, "influx": 7, "prometheus": 7,
         "putval": 7, "text": 7, "dot": 7}
ALL = 1000000
AT_ONCE = 3
EXIT_OF_SANITIZER = 99


class Runs:
    """All runs in one format with so many refusals in a row."""

    def __init__(self, refusing, name, step, count):
        self.name, self.count = name, count
        self.folder = lab.folder()
        options = ["-c", str(lab.config(CONFIGURATION)), *(["-J"] if name == "json-pretty"
                                                          else ["-o", name])]
        environment = dict(os.environ, ASAN_OPTIONS=f"exitcode={EXIT_OF_SANITIZER}",
                           COLLECTD_HOSTNAME="here")
        environment.pop("COLLECTD_INTERVAL", None)
        done = subprocess.run([refusing, self.folder, "1", str(step), str(count), *options],
                              stdout=subprocess.PIPE, text=True, env=environment, check=True)
        self.lines = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]

    def check(self):
        """Says what is wrong, or that nothing is."""
        faults = [fault for line in self.lines if (fault := self._fault(*line))]
        statuses = [status for _, status, refused in self.lines if refused]
        what = "all from one on" if self.count == ALL else "one"
        lab.check(not faults, f"{self.name}, {what}: {len(self.lines)} runs, {statuses.count(0)} with "
                  f"records in spite of a refusal, {statuses.count(1)} with status 1", faults[:3])
        lab.check(statuses.count(1) > 2 and (self.count == ALL or statuses.count(0) > 2),
                  f"{self.name}, {what}: refused all over", statuses)

    def _fault(self, number, status, refused):
        output = (self.folder / f"{number}.out").read_bytes()
        said = (self.folder / f"{number}.err").read_text(errors="replace")
        # What was refused to a child in which the configuration is tried was not to be counted.
        if status not in (0, 1) or (refused == 0 and status != 0 and "out of memory" not in said):
            return number, status, said[-1500:]
        # Without the sandbox records are as good.
        lines = [line for line in said.splitlines() if line != NO_SANDBOX]
        most = 2 if self.count == ALL else 1  # the records are lost, and stdout is
        if bool(lines) != (status == 1) or len(lines) > most or not all(
                line.startswith("E! hoptrace: ") for line in lines):
            return number, status, said
        try:
            problem = JUDGES[self.name](output, whole=status == 0, refused=refused)
        except (ValueError, KeyError) as error:
            problem = repr(error)
        return (number, problem, output[-300:]) if problem else None


def judge_records(found, whole, refused):
    """Each target once; those that are reached rightly; no more failed than were refused."""
    names = [record["target"] for record in found]
    if len(set(names)) != len(names) or (whole and set(names) != set(TARGETS)):
        return f"records of {names}"
    failed = [record for record in found if record["status"] != "reached"]
    wrong = [record["target"] for record in found if record["status"] == "reached" and (
        lab.addresses(record) != [[address] for address in TARGETS[record["target"]]]
        or record["loss_percent"] != 0)]
    lying = [record["target"] for record in failed
             if not record["error"] or record["loss_percent"] is not None]
    return wrong or lying or (f"{len(failed)} failed" if len(failed) > refused else None)


def judge_json(output, whole, refused):
    problems = check_json.check(output) if output else []
    return problems or judge_records(lab.records(output.decode()), whole, refused)


def judge_array(output, whole, refused):
    problems = check_json.check(output, array=True) if output else []
    lines = output.decode().splitlines()
    return problems or judge_records(sum(map(json.loads, lines), []), whole, refused)


def judge_pretty(output, whole, refused):
    decoder, text, found = json.JSONDecoder(), output.decode().lstrip(), []
    while text:
        record, end = decoder.raw_decode(text)
        found.append(record)
        text = text[end:].lstrip()
    return judge_records(found, whole, refused)


def judge_influx(output, whole, refused):
    problems = check_influx.check(output) if output else []
    if problems:
        return problems
    points = [check_influx.parse(line) for line in output.decode().split("\n")[:-1]]
    ends = [tags["target"] for name, tags, _, _ in points if name == "traceroute"]
    failed = [fields["status"] for name, _, fields, _ in points
              if name == "traceroute" and fields["status"] != '"reached"'
              and fields["status"] != "reached"]
    if whole and sorted(ends) != sorted(TARGETS):
        return ends
    return failed if len(failed) > refused else None


def judge_lines(mark, begins):
    """Of the other formats: whole lines, each of a kind, and one with the mark for each target."""
    def judge(output, whole, refused):
        lines = output.decode().split("\n")
        strange = [line for line in lines[:-1] if not line.startswith(begins)]
        count = sum(mark in line for line in lines)
        if lines[-1] != "" or strange or (whole and count != len(TARGETS)):
            return strange[:1] or f"{count} of {len(TARGETS)}, {refused} refused"
        return None
    return judge


NO_SANDBOX = "W! hoptrace: sandbox: out of memory"
JUDGES = {"json": judge_json, "json-pretty": judge_pretty, "json-array": judge_array,
          "influx": judge_influx,
          "prometheus": judge_lines("hoptrace_reached{", ("# HELP ", "# TYPE ", "hoptrace_")),
          "putval": judge_lines("gauge-reached", "PUTVAL \"here/traceroute-"),
          "text": judge_lines("traceroute to ", ""),
          "dot": judge_lines("digraph ", ("digraph ", "  ", "}"))}


FAULTY = 'pps = -1; probes = 3;\ntargets = ( { host = "x"; hots = 1; }, { name = "y"; } );\n'


def check_reading(refusing, text, usual, what):
    """Each allocation in turn while a configuration is read, alone and with all that follow: it ends
    as usual, or there was no memory, and that is told in one line."""
    file = lab.config(text)
    for count in (1, ALL):
        folder = lab.folder()
        done = subprocess.run([refusing, folder, "1", "1", str(count), "--check-config", "-c", file],
                              stdout=subprocess.PIPE, text=True, check=True)
        lines = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]
        faults = []
        for number, status, refused in lines:
            said = (folder / f"{number}.err").read_text(errors="replace").splitlines()
            good = (status == usual and len(said) >= usual) if status != 1 else (
                said != [] and said[-1].startswith("E! hoptrace: ")
                and all(str(file) in line for line in said[:-1]))
            faults += [] if good else [(number, status, refused, said[-3:])]
        refusals = sum(status == 1 for _, status, _ in lines)
        lab.check(not faults and refusals > 5, f"{what}, {'one' if count == 1 else 'all from one on'}: "
                  f"{refusals} times no memory, told each time", faults[:3])


def main():
    refusing, full = sys.argv[1], "full" in sys.argv[2:]
    check_reading(refusing, CONFIGURATION, 0, "a configuration")
    check_reading(refusing, FAULTY, 2, "a faulty configuration")
    on_simnet.network()
    todo = [(name, 1 if full else step, count) for name, step in STEPS.items()
            for count in (1, ALL)]
    done, lock = [], threading.Lock()

    def work():
        while True:
            with lock:
                if not todo:
                    return
                job = todo.pop(0)
            name, step, count = job
            done.append(Runs(refusing, name, step if count == 1 else 3 * step, count))

    workers = [threading.Thread(target=work) for _ in range(AT_ONCE)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    lab.check(len(done) == 2 * len(STEPS), "all formats were tried", len(done))
    for runs in done:
        runs.check()
    lab.finish()


main()
