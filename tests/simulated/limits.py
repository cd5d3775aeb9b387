#!/usr/bin/env python3
"""Routers that all paths share and that limit their ICMP errors: what they do not answer above
their limit is no loss, and every hop is shown, within a round of 10 s. Silent routers look like
such ones at times, and a round ends nevertheless."""

import crowd
from crowd import lab


# The longest time that a round waits for turns, and then the timeout; and for a machine that is busy.
LONGEST_MS = 10300 + 5000


def silent_neighbours():
    """Of these 200 targets one was asked for a silent hop without end: its site had seen answers,
    and no other target asked there any more."""
    internet = lab.Internet("--seed", 25, "--targets", 100, "--family", "both", "--hops", "8-15",
                            "--silent", 4, "--rtt-per-hop", "0.2-5")
    truth = internet.truth()
    hosts = ",".join(f'"{address}"' for address in truth)
    found = lab.trace("-n", "-c", lab.config(f"targets = ({hosts});"), "--pps", 1000)
    lab.check({record["status"] for record in found} == {"reached"} and len(found) == len(truth),
              "200 targets, some routers silent: each is reached")
    longest_ms = max(record["duration_ms"] for record in found)
    lab.check(longest_ms < LONGEST_MS, "no round is without end", longest_ms)
    internet.down()


def main():
    silent_neighbours()
    for pps in (0, 1000):
        found, _ = crowd.measure(f"800 targets, --pps {pps}", 800, crowd.network(800), "-q", 1,
                                 "--pps", pps)
        lab.check(not any(crowd.shared(found, ttl) for ttl in (1, 2, 3)), "nothing is taken over")
    found, _ = crowd.measure("120 targets, 3 probes a hop", 120, crowd.network(120))
    lab.check(all(hop["sent"] == hop["received"] == 3 for ttl in (1, 2)
                  for hop in crowd.hops(found, ttl)), "each hop has its three answers")
    lab.finish()


main()
