#!/usr/bin/env python3
"""A core router that drops what it forwards to 300 of 1,000 targets, and after a while forwards them
nothing: one common cause is told for the loss and one for the outage, and both name the router."""

import collections
import json
import signal

import lab

TARGETS, BEHIND = 1000, 300
PROBES, INTERVAL_S, WINDOW = 4, 3, 4
GATEWAY, EDGE, DROPS, KEEPS = "10.1.0.1", "10.1.0.2", "10.1.0.3", "10.1.0.4"
NAMES_SHOWN = 20
LOSS = 40
# Of the targets behind the router. What lost every probe of two rounds was unreached before.
TOLD = 0.97


def host(number):
    return f"198.18.{number // 250}.{number % 250 + 1}"


def network(percent):
    """Each target has a last router of its own. What is behind EDGE, on the way by DROPS, loses."""
    lines = ["defaults ttl=255"]
    for number in range(TARGETS):
        behind = number < BEHIND
        lost = f" loss={percent}" if behind and percent else ""
        lines += [f"target t{number} {host(number)} rtt=5{lost}", f"hop {GATEWAY} rtt=1",
                  f"hop {EDGE} rtt=2", f"hop {DROPS if behind else KEEPS} rtt=3{lost}",
                  f"hop 10.2.{number // 250}.{number % 250 + 1} rtt=4{lost}"]
    return "\n".join(lines) + "\n"


class Program:
    def __init__(self):
        self.records, self.events = collections.Counter(), collections.defaultdict(list)
        self.rest = b""
        file = lab.folder() / "out"
        with open(file, "wb") as out:
            self.process = lab.start(
                "-j", "-n", "--events", "--pps", 0, "-q", PROBES, "-w", 0.5, "-r", 0, "-g", 0,
                "-m", 5, "--interval", INTERVAL_S, "--window", WINDOW, "-c", lab.config(
                    "targets = (" + ",".join(f'"{host(n)}"' for n in range(TARGETS)) + ");"),
                stdout=out)
        self.data = open(file, "rb")

    def read(self):
        """Takes what was written since: how many records each target has, and the events."""
        self.rest += self.data.read()
        lines, _, self.rest = self.rest.rpartition(b"\n")
        for one in map(json.loads, filter(None, lines.split(b"\n"))):
            if one["schema"] == "hoptrace-event/1":
                self.events[one["event"]].append(one)
            else:
                self.records[one["target"]] += 1

    def rounds(self):
        """Of the target that has had fewest."""
        self.read()
        return min(self.records.values()) if len(self.records) == TARGETS else 0

    def wait(self, more):
        wanted = self.rounds() + more
        lab.wait_for(lambda: self.rounds() >= wanted, 3 * (more + 1) * INTERVAL_S)

    def wait_for_cause(self):
        self.wait(WINDOW + 1)
        lab.wait_for(lambda: self.read() or self.events["common_cause"], 6 * INTERVAL_S)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        _, said = self.process.communicate(timeout=60)
        lab.check(self.process.returncode == 0 and lab.complaints(said.decode()) == "",
                  "it ends well", (self.process.returncode, said[:300]))


def check_cause(kinds, kind, severity):
    """Every target behind the router has its event, and there is one cause of all."""
    hosts = {host(number) for number in range(BEHIND)}
    told = [event["target"] for event in kinds[kind]]
    lab.check(set(told) <= hosts and len(told) == len(set(told)),
              f"{kind}: of targets behind the router alone, once", set(told) - hosts)
    lab.check(len(told) >= TOLD * BEHIND, f"{kind}: of {BEHIND} targets", len(told))
    causes = kinds["common_cause"]
    if not lab.check(len(causes) == 1, f"{kind}: one cause", causes):
        return
    cause = causes[0]
    lab.check(cause["of"] == kind and cause["severity"] == severity, f"{kind}: of this kind", cause)
    lab.check((cause["after_address"], cause["by_address"]) == (EDGE, DROPS),
              f"{kind}: the router is right", cause)
    lab.check(len(cause["names"]) == NAMES_SHOWN and set(cause["names"]) <= hosts
              and NAMES_SHOWN < cause["targets"] <= BEHIND, f"{kind}: its targets", cause)
    print(f"# {kind}: {cause['targets']} of {len(told)} events when the cause was told")


def main():
    internet = lab.Internet(topology=network(0))
    program = Program()
    program.wait(WINDOW + 1)
    lab.check(not program.events, "nothing is told in peace", dict(program.events))
    for percent, kind, severity in ((LOSS, "loss_began", "warning"),
                                    (100, "unreached", "failure")):
        program.read()
        program.events.clear()
        internet.change(network(percent))
        program.wait_for_cause()
        check_cause(program.events, kind, severity)
    program.stop()
    lab.finish()


main()
