#!/usr/bin/env python3
"""The kernel of each router answers what expires there: every hop right, nothing lost."""

import chain
from chain import lab

# What a router says of a probe that expired, and the target of one that arrived.
EXPIRED = {chain.IPV4: (11, 0), chain.IPV6: (3, 0)}
ARRIVED = {(chain.IPV4, "-I"): (0, 0), (chain.IPV6, "-I"): (129, 0), (chain.IPV4, "-U"): (3, 3),
           (chain.IPV6, "-U"): (1, 4), (chain.IPV4, "-T"): (None, None),
           (chain.IPV6, "-T"): (None, None)}
INITIAL_TTL = 64


def check_answers(name, record, family, protocol):
    seen = [(node["icmp_type"], node["icmp_code"]) for hop in record["hops"]
            for node in hop["nodes"]]
    expected = [EXPIRED[family]] * (chain.HOPS - 1) + [ARRIVED[family, protocol]]
    lab.check(seen == expected, f"{name}: ICMP types and codes of all hops", seen)
    seen = [node["reply_ttl"] for hop in record["hops"] for node in hop["nodes"]]
    lab.check(seen == [INITIAL_TTL - passed for passed in range(chain.HOPS)],
              f"{name}: the ttl with which each answer came", seen)


def check_window(name, family, options):
    """Only some of the ttls."""
    path = chain.truth(family)
    record = chain.one(*options, "-f", 3, chain.target(family))
    lab.check(chain.addresses(record) == path[2:] and record["hop_count"] == chain.HOPS
              and [hop["ttl"] for hop in record["hops"]] == [3, 4, 5]
              and record["status"] == "reached" and record["sent"] == 9,
              f"{name}: from ttl 3 on", chain.brief(record))
    record = chain.one(*options, "-m", 3, chain.target(family))
    lab.check(chain.addresses(record) == path[:3] and record["hop_count"] == 3
              and record["status"] == "incomplete" and record["stop_reason"] == "max_ttl"
              and record["loss_percent"] == 100 and record["rtt_ms"]["avg"] is None
              and not any(chain.losses(record)),
              f"{name}: no further than ttl 3", chain.brief(record))
    record = chain.one(*options, "-f", 5, "-m", 5, chain.target(family))
    lab.check(chain.addresses(record) == path[4:] and record["status"] == "reached"
              and record["hop_count"] == chain.HOPS and record["sent"] == 3,
              f"{name}: ttl 5 alone", chain.brief(record))


def main():
    routers = chain.Chain()
    for family in chain.FAMILIES:
        routers.one_branch(family)
    for family, name, options in chain.cases():
        path = chain.truth(family)
        record = chain.one(*options, "-q", 5, chain.target(family))
        lab.check(chain.is_clean(record, path) and record["sent"] == 5 * chain.HOPS,
                  f"{name}: {chain.HOPS} hops, nothing lost of 5 probes each",
                  chain.brief(record))
        check_answers(name, record, family, options[-1])
        record = chain.one(*options, "-q", 20, chain.target(family))
        lab.check(chain.is_clean(record, path), f"{name}: nothing lost of 20 probes each",
                  chain.brief(record))
        for size in (0, 1400):
            record = chain.one(*options, "-l", size, chain.target(family))
            lab.check(chain.is_clean(record, path), f"{name}: payload size {size}",
                      chain.brief(record))
        check_window(name, family, options)
    both = {record["address"]: record
            for record in lab.trace("-n", *map(chain.target, chain.FAMILIES))}
    both = [both.get(chain.target(family)) for family in chain.FAMILIES]
    lab.check(all(both)
              and all(chain.is_clean(record, chain.truth(family))
                      for record, family in zip(both, chain.FAMILIES)),
              "both families in one process",
              [record and chain.brief(record) for record in both])
    lab.finish()


main()
