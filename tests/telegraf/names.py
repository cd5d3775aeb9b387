#!/usr/bin/env python3
"""Hostile names and tags in the real Telegraf, by inputs.exec and inputs.execd: none is refused, no
point is lost, and each arrives under its name."""

import re

import agent
from agent import lab
from strange import NAMES, VALUES, in_influx, quoted

TARGET = "198.18.1.1"
NETWORK = f"target a {TARGET} rtt=4\nhop 10.1.1.1 rtt=1\nhop * silent=yes\n"
HOPS, ROUNDS = 3, 3


def is_text(value):
    """Configurations are UTF-8; what is not is refused there."""
    return not re.search("[\udc80-\udcff]", value)


def targets():
    """Configured targets: {name: tag}."""
    wanted = {name: "plain" for name in NAMES if is_text(name)}
    wanted.update({f"tag-{number}": value for number, value in enumerate(VALUES)
                   if is_text(value)})
    lines = [f'{{ host = "{TARGET}"; name = {quoted(name)}; tags = {{ t = {quoted(value)}; }}; }}'
             for name, value in wanted.items()]
    file = lab.config("defaults = { numeric = true; probes = 1; retries = 0; };\n"
                      "targets = (\n%s );\n" % ",\n".join(lines))
    return file, {(in_influx(name), in_influx(value)) for name, value in wanted.items()}, len(lines)


def check(telegraf, wanted, count, rounds, what):
    """Every record of every round, and every hop of it, is there. (Names that differ in what cannot
    be written are one series: those at the same time would be one point.)"""
    lab.wait_for(lambda: len(telegraf.points()) >= count * rounds * (1 + HOPS), 30)
    lab.check(len(telegraf.records()) == count * rounds,
              f"{what}: {count} targets, {rounds} rounds: no record is lost",
              len(telegraf.records()))
    telegraf.stop()
    points = telegraf.points()
    found = {(tags["target"], tags["t"]) for _, tags, _, _ in points}
    lab.check(found == wanted, f"{what}: each has its name", list(found ^ wanted)[:5],
              **lab.ALWAYS)
    hops = sum(measurement == "traceroute_hop" for measurement, _, _, _ in points)
    lab.check(hops == count * rounds * HOPS, f"{what}: {hops} hops, none is lost")
    telegraf.check_log(what)


def main():
    agent.program()
    lab.Internet(topology=NETWORK)
    file, wanted, count = targets()
    lab.check(count >= 20, f"{count} names and tags")
    telegraf = agent.Telegraf(agent.exec_of(f"-o influx --deadline 15 -c {file}", "influx"))
    check(telegraf, wanted, count, 1, "exec")
    telegraf = agent.Telegraf(agent.execd_of(
        f"-o influx --interval 2 --rounds {ROUNDS} -c {file}", "influx"))
    check(telegraf, wanted, count, ROUNDS, "execd")
    lab.finish()


main()
