#!/usr/bin/env python3
"""A router that refuses: routes of type unreachable, prohibit, throw and blackhole on r2, and a
firewall there."""

import chain
from chain import lab

REFUSALS = {"unreachable": {chain.IPV4: (3, 1), chain.IPV6: (1, 0)},
            "prohibit": {chain.IPV4: (3, 13), chain.IPV6: (1, 1)},
            "throw": {chain.IPV4: (3, 0), chain.IPV6: (1, 0)}}
WORDS = {(3, 0): "network unreachable", (3, 1): "host unreachable",
         (3, 13): "communication administratively prohibited",
         (1, 0): "no route to destination",
         (1, 1): "communication with destination administratively prohibited"}
FIREWALLED = {chain.IPV4: (3, 13), chain.IPV6: (1, 1)}
BLACKHOLE, FIREWALL = 9, 10

FIREWALL_RULES = """
table inet test {
    chain forward {
        type filter hook forward priority 0;
        ip daddr 203.0.113.10 reject with icmpx type admin-prohibited
        ip6 daddr 2001:db8::10 reject with icmpx type admin-prohibited
    }
}
"""


def check_refusal(name, record, path, answer):
    lab.check(record["status"] == "unreachable" and record["stop_reason"] == "unreachable"
              and record["error"] == f"{path[-1]} at hop {len(path)} says {WORDS[answer]}"
              and record["local_errors"] == 0,
              f"{name}: status and stop reason are unreachable, and who said what",
              (chain.brief(record), record["error"]))
    lab.check(record["hop_count"] == len(path) and chain.addresses(record) == path
              and not any(chain.losses(record)),
              f"{name}: ends at the router that refuses", chain.brief(record))
    lab.check(record["loss_percent"] == 100 and record["rtt_ms"].get("avg") is None,
              f"{name}: the destination itself never answered", chain.brief(record))
    seen = [(node["icmp_type"], node["icmp_code"]) for hop in record["hops"][len(path) - 1:]
            for node in hop["nodes"]]
    lab.check(seen == [answer], f"{name}: ICMP type and code", seen)


def check_blackhole(name, record, path):
    lab.check(record["status"] == "incomplete" and record["stop_reason"] == "gap_limit"
              and record["error"] is None and record["hop_count"] == 1
              and chain.addresses(record) == path[:1] and record["loss_percent"] == 100,
              f"{name}: silence behind the last router that answers", chain.brief(record))


def check_change(routers, family, name, options):
    """A refusal that comes and goes."""
    destination = chain.target(family)
    options = (*options, "-s", routers.fresh_source(family))
    record = chain.one(*options, destination)
    route = f"route add prohibit {chain.host_prefix(destination)}"
    routers["r2"].ip(route)
    refused = chain.one(*options, destination)
    routers["r2"].ip(route.replace("add", "delete"))
    again = chain.one(*options, destination)
    lab.check([found["status"] for found in (record, refused, again)]
              == ["reached", "unreachable", "reached"]
              and refused["hop_count"] == 2 and record["path_id"] == again["path_id"]
              and record["path_id"] != refused["path_id"],
              f"{name}: a way to the target that is closed and opened again",
              [chain.brief(found) for found in (record, refused, again)])


def main():
    routers = chain.Chain()
    firewall = routers["r2"].nft(FIREWALL_RULES, "a router's firewall")
    for family in chain.FAMILIES:
        routers.one_branch(family)
        for number, kind in enumerate([*REFUSALS, "blackhole"], start=1):
            remote = chain.remote(family, BLACKHOLE if kind == "blackhole" else number)
            routers["r2"].ip(f"route add {kind} {chain.host_prefix(remote)}")
    for family, name, options in chain.cases():
        path = chain.truth(family)

        def refused(number, *more):
            # Linux answers unreachable routes five times in a row, then once a second, whatever
            # the limits on ICMP errors are; it counts by source address.
            return chain.one(*options, "-s", routers.fresh_source(family), *more,
                             chain.remote(family, number))

        for number, (kind, answers) in enumerate(REFUSALS.items(), start=1):
            check_refusal(f"{name}, {kind}", refused(number), path[:2], answers[family])
        if firewall:
            # A firewall looks at what is forwarded: what expires at its router is answered there.
            check_refusal(f"{name}, firewall", refused(FIREWALL), path[:2] + path[1:2],
                          FIREWALLED[family])
        check_blackhole(f"{name}, blackhole", refused(BLACKHOLE, "-w", 0.3), path)
        check_change(routers, family, name, options)
    lab.finish()


main()
