#!/usr/bin/env python3
"""Routers that all paths share and that limit their ICMP errors: what they do not answer above
their limit is no loss, and every hop is shown, within a round of 10 s."""

import collections
import time

import lab

FIRST, SECOND = "10.9.0.1", "10.9.0.2"
ROUND_S = 10.5


def address(number):
    return f"198.18.{number // 250}.{number % 250 + 1}"


def network(targets):
    """All paths lead through the same two routers, then each through one of its own."""
    lines = ["path shared", f"hop {FIRST} rtt=0.5 rate=100", f"hop {SECOND} rtt=1 rate=300"]
    for number in range(targets):
        lines += [f"target t{number} {address(number)} rtt=6", "via shared",
                  f"hop 10.{20 + number // 250}.{number % 250}.1 rtt=3"]
    return "\n".join(lines) + "\n"


def hops(found, ttl):
    return [hop for record in found for hop in record["hops"] if hop["ttl"] == ttl]


def check_hops(found, truth, what):
    counts = lab.compare_all(found, truth)
    lab.check(counts["wrong"] == counts["missing"] == 0, f"{what}: every hop is right", counts)
    lossy = collections.Counter(hop["ttl"] for record in found for hop in record["hops"]
                                if hop["loss_percent"] not in (0, None))
    lab.check(not lossy, f"{what}: no loss", dict(lossy))


def measure(targets, what, *options):
    internet = lab.Internet(topology=network(targets))
    truth = internet.truth()
    file = lab.config("targets = (\n" + ",\n".join(f'"{address(number)}"'
                                                   for number in range(targets)) + " );\n")
    began = time.monotonic()
    found = lab.trace("-n", "-c", file, *options)
    wall = time.monotonic() - began
    internet.down()
    counters = internet.counters()
    print(f"# {what}: {wall:.2f} s, {counters['probes']} probes, per ttl {counters['per_ttl']}, "
          f"{counters['rate_limited']} above a limit", flush=True)
    lab.check(wall <= ROUND_S, f"{what}: within {ROUND_S} s", f"{wall:.2f} s")
    check_hops(found, truth, what)
    return found, counters


def main():
    for pps in (0, 1000):
        measure(800, f"800 targets, --pps {pps}", "-q", 1, "--pps", pps)
    measure(250, "250 targets, 3 probes a hop", "-q", 3)
    lab.finish()


main()
