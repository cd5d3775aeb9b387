#!/usr/bin/env python3
"""Routers as Linux sets them up: six ICMP errors to one address, then one a second. The default of
three probes a hop stays below that."""

import chain
from chain import lab

MORE = 10


def main():
    routers = chain.Chain()
    for family in chain.FAMILIES:
        routers.one_branch(family)
    for name in chain.NODES:
        routers[name].sysctls(chain.DEFAULT_LIMITS)
    for family, name, options in chain.cases():
        source = ("-s", routers.fresh_source(family))
        record = chain.one(*options, *source, chain.target(family))
        lab.check(chain.is_clean(record, chain.truth(family)),
                  f"{name}: three probes a hop lose nothing", chain.brief(record))
        source = ("-s", routers.fresh_source(family))
        record = chain.one(*options, *source, "-q", MORE, chain.target(family))
        lab.check(record["status"] == "reached" and record["hop_count"] == chain.HOPS
                  and chain.addresses(record) == chain.truth(family),
                  f"{name}: {MORE} probes a hop show the right path", chain.brief(record))
        print(f"# {name}: loss with {MORE} probes a hop: {chain.losses(record)}")
    lab.finish()


main()
