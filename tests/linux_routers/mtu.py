#!/usr/bin/env python3
"""Probes too big for a link in the middle: IPv4 routers may cut them to pieces, of IPv6 the router
says so, in every run alike. Where links take jumbo frames the largest payload there is passes."""

import chain
from chain import lab

NARROW = 1280
SIZE = 1350
FITS = 1100
RUNS = 3
JUMBO = 9000
LARGEST = 8900


def check_jumbo(routers):
    for left, right in chain.LINKS:
        routers[left].ip(f"link set {right} mtu {JUMBO}")
        routers[right].ip(f"link set {left} mtu {JUMBO}")
    for family, name, options in chain.cases():
        record = chain.one(*options, "-l", LARGEST, chain.target(family))
        lab.check(chain.is_clean(record, chain.truth(family)), f"{name}: {LARGEST} bytes",
                  chain.brief(record))


def main():
    routers = chain.Chain()
    routers["r2"].ip(f"link set r3a mtu {NARROW}")
    routers["r3a"].ip(f"link set r2 mtu {NARROW}")
    for family in chain.FAMILIES:
        routers.one_branch(family)
    for family, name, options in chain.cases():
        path = chain.truth(family)
        for run in range(1, RUNS + 1):
            record = chain.one(*options, "-l", SIZE, chain.target(family))
            if family == chain.IPV4:
                lab.check(chain.is_clean(record, path), f"{name}: too big, run {run}: reached",
                          chain.brief(record))
                continue
            lab.check(record["status"] == "unreachable" and record["hop_count"] == 3
                      and chain.addresses(record) == path[:2] + path[1:2]
                      and record["local_errors"] == 0,
                      f"{name}: too big, run {run}: the router before the narrow link says so",
                      chain.brief(record))
            seen = [(node["icmp_type"], node["icmp_code"]) for hop in record["hops"][2:]
                    for node in hop["nodes"]]
            lab.check(seen == [(2, 0)], f"{name}: too big, run {run}: ICMP type and code", seen)
        record = chain.one(*options, "-l", FITS, chain.target(family))
        lab.check(chain.is_clean(record, path), f"{name}: what fits is reached all the same",
                  chain.brief(record))
    check_jumbo(routers)
    lab.finish()


main()
