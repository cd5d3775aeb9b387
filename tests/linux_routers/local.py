#!/usr/bin/env python3
"""What this host itself refuses is an error of its own, never the network's loss."""

import chain
from chain import lab

# Addresses with routes on the host.
LOCAL_ROUTES = {"unreachable": 1, "prohibit": 2, "blackhole": 3, "throw": 4}
SKIPPED_TTL = 3

REFUSE_ALL = """
table inet test {
    chain output {
        type filter hook output priority 0;
        ip daddr 10.9.7.2 VERDICT
        ip6 daddr fd09:7::2 VERDICT
    }
}
"""

REFUSE_ONE_TTL = f"""
table inet test {{
    chain output {{
        type filter hook output priority 0;
        ip daddr 10.9.7.2 ip ttl {SKIPPED_TTL} drop
        ip6 daddr fd09:7::2 ip6 hoplimit {SKIPPED_TTL} drop
    }}
}}
"""


def check_routes(routers, family, name, options):
    for kind, number in LOCAL_ROUTES.items():
        record = chain.one(*options, chain.remote(family, number))
        lab.check(chain.is_local_error(record), f"{name}: a local {kind} route is an error",
                  chain.brief(record))
    default = f"via {chain.address(family, 1, 2)}"
    routers["host"].ip(f"route delete default {default}")
    record = chain.one(*options, chain.target(family))
    routers["host"].ip(f"route add default {default}")
    lab.check(chain.is_local_error(record), f"{name}: no route at all is an error",
              chain.brief(record))


def check_firewall(routers, family, name, options):
    for verdict in ("drop", "reject"):
        if not routers["host"].nft(REFUSE_ALL.replace("VERDICT", verdict), f"{name}: {verdict}"):
            continue
        record = chain.one(*options, chain.target(family))
        routers["host"].run("nft", "flush", "ruleset")
        lab.check(chain.is_local_error(record) and record["local_errors"] > 0,
                  f"{name}: a local firewall that says {verdict} is an error",
                  chain.brief(record))
    if not routers["host"].nft(REFUSE_ONE_TTL, f"{name}: a firewall for one ttl"):
        return
    record = chain.one(*options, chain.target(family))
    routers["host"].run("nft", "flush", "ruleset")
    path = chain.truth(family)
    path[SKIPPED_TTL - 1] = "*"
    lab.check(record["status"] == "reached" and record["hop_count"] == chain.HOPS
              and chain.addresses(record) == path and record["loss_percent"] == 0,
              f"{name}: a local firewall that takes one ttl away leaves the others right",
              chain.brief(record))
    hops = {hop["ttl"]: hop for hop in record["hops"]}
    hop = hops.get(SKIPPED_TTL, {"sent": None, "loss_percent": "missing"})
    lab.check(hop["sent"] == 0 and hop["loss_percent"] is None and record["local_errors"] > 0,
              f"{name}: the ttl that never left has no loss but local errors",
              {**hop, "local_errors": record["local_errors"]})


def main():
    routers = chain.Chain()
    firewall = routers["host"].nft("flush ruleset\n", "a local firewall")
    for family in chain.FAMILIES:
        routers.one_branch(family)
        for kind, number in LOCAL_ROUTES.items():
            prefix = chain.host_prefix(chain.remote(family, number))
            routers["host"].ip(f"route add {kind} {prefix}")
    for family, name, options in chain.cases():
        check_routes(routers, family, name, options)
        if firewall:
            check_firewall(routers, family, name, options)
    lab.finish()


main()
