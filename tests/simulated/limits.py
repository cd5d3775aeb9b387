#!/usr/bin/env python3
"""Routers that all paths share and that limit their ICMP errors: what they do not answer above
their limit is no loss, and every hop is shown, within a round of 10 s."""

import crowd
from crowd import lab


def main():
    for pps in (0, 1000):
        found, _ = crowd.measure(f"800 targets, --pps {pps}", 800, crowd.network(800), "-q", 1,
                                 "--pps", pps)
        lab.check(not any(crowd.shared(found, ttl) for ttl in (1, 2, 3)), "nothing is taken over")
    found, _ = crowd.measure("120 targets, 3 probes a hop", 120, crowd.network(120))
    lab.check(all(hop["sent"] == hop["received"] == 3 for ttl in (1, 2)
                  for hop in crowd.hops(found, ttl)), "each hop has its three answers")
    lab.finish()


main()
