#!/usr/bin/env python3
"""The way out goes away in the middle of a run and comes back: records keep coming, say that it is
this host's own error, and the same process measures again."""

import json
import os
import pathlib
import subprocess
import tempfile
import threading
import time

import chain
from chain import lab

INTERVAL = 1
PATIENCE = 15
WAYS = {"by route": "", "by interface": 'interface = "r1";'}


def configuration():
    """Every family and protocol, with and without the interface named."""
    targets = [f'{{ name = "ipv{family} {protocol} {way}"; host = "{chain.target(family)}"; '
               f'protocol = "{protocol}"; {setting} }}'
               for family in chain.FAMILIES for protocol in chain.PROTOCOLS
               for way, setting in WAYS.items()]
    conf = pathlib.Path(tempfile.mkstemp(prefix="hoptrace-test-", suffix=".conf")[1])
    conf.write_text("defaults = { numeric = true; timeout = 0.3; retries = 0; };\n"
                    f"targets = ( {', '.join(targets)} );\n", encoding="ascii")
    return conf, len(targets)


class Run:
    """The program at work, and the records it has given so far, by target."""

    def __init__(self):
        self.conf, self.targets = configuration()
        self.process = subprocess.Popen(
            [lab.HOPTRACE, "-j", "-c", self.conf, "--interval", str(INTERVAL)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.records = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.records.append(json.loads(line))

    def last(self, since):
        """The last record of each target, of those that came after so many."""
        return {record["target"]: record for record in self.records[since:]}

    def until(self, wanted):
        """Waits until the last record of every target is as wanted; those that are not."""
        since = len(self.records)
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            last = self.last(since)
            if len(last) == self.targets and all(map(wanted, last.values())):
                return {}
            time.sleep(0.05)
        return {name: chain.brief(record) for name, record in self.last(since).items()
                if not wanted(record)} or f"records of {len(self.last(since))} targets"

    def processor_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text(encoding="ascii")
        user, system = fields.rsplit(")", 1)[1].split()[11:13]
        return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")

    def end(self):
        self.process.terminate()
        error = self.process.stderr.read()
        status = self.process.wait(timeout=10)
        self.conf.unlink()
        lab.check(status == 0 and lab.complaints(error) == "",
                  "the process ends well, and had nothing to complain of",
                  f"exit {status}, stderr {error[:300]!r}")


def measured(record):
    family = chain.IPV4 if record["family"] == "ipv4" else chain.IPV6
    return chain.is_clean(record, chain.truth(family))


def unanswered(record):
    """With an interface that is up but has no carrier the kernel takes every packet and says
    nothing: silence, and nothing else, may be reported as well as an error."""
    return (chain.is_local_error(record)
            or (record["status"] == "incomplete" and record["hops"] == []))


def check_outage(run, name, go, come_back, expected=chain.is_local_error):
    since = len(run.records)
    go()
    wrong = run.until(expected)
    what = "error, without loss" if expected is chain.is_local_error else "that nothing answered"
    lab.check(not wrong, f"{name}: every target says {what}", wrong)
    began, used = time.monotonic(), run.processor_seconds()
    wrong = run.until(expected)
    share = (run.processor_seconds() - used) / max(time.monotonic() - began, INTERVAL)
    lab.check(not wrong and share < 0.5, f"{name}: records keep coming, without a busy loop",
              wrong or f"{share:.2f} of a processor")
    come_back()
    wrong = run.until(measured)
    lab.check(not wrong, f"{name}: all are measured again", wrong)
    faces = {(record["status"], record["stop_reason"]) for record in run.records[since:]}
    lab.check(faces <= {("error", "error"), ("reached", "destination"),
                        ("incomplete", "gap_limit")},
              f"{name}: no other kind of record came between", faces)


def main():
    routers = chain.Chain()
    host = routers["host"]

    def routes():
        for family in chain.FAMILIES:
            routers.route_host(family)

    def up():
        host.ip("link set r1 up")
        routers.readdress(1)
        routes()

    def rebuild():
        routers.join(1, chain.LINKS[0])
        routes()
        for family in chain.FAMILIES:
            routers["r1"].ip(f"route replace {chain.prefix(family, 1)} dev host")

    for family in chain.FAMILIES:
        routers.one_branch(family)
    run = Run()
    wrong = run.until(measured)
    lab.check(not wrong, "before: all are measured", wrong)
    check_outage(run, "interface down", lambda: host.ip("link set r1 down"), up)
    check_outage(run, "interface deleted", lambda: host.ip("link delete r1"), rebuild)
    check_outage(run, "cable pulled", lambda: routers["r1"].ip("link set host down"),
                 lambda: (routers["r1"].ip("link set host up"), routers.readdress(1), routes()),
                 unanswered)
    run.end()
    lab.finish()


main()
