#!/usr/bin/env python3
"""The path MTU over real routers: told by the router before a narrow link, or found where one drops
larger packets in silence; several narrow links in a row, one at the target, none at all."""

import json

import chain
from chain import lab

# What keeps a router from saying that a packet is too big.
BLACK_HOLE = """
table inet mute {
    chain output {
        type filter hook output priority filter
        icmp type destination-unreachable icmp code frag-needed drop
        icmpv6 type packet-too-big drop
    }
}
"""
FLUSH = "flush ruleset\n"
INTERVAL_S = 2
WIDE = 1500
ENDS = {link: ends for link, ends in enumerate(chain.LINKS, start=1)}


def narrow(routers, link, mtu):
    """Makes both ends of a link take packets of so many bytes."""
    left, right = ENDS[link]
    routers[left].ip(f"link set {right} mtu {mtu}")
    routers[right].ip(f"link set {left} mtu {mtu}")


def found(record):
    """The path MTU, and its limits as (ttl, address, mtu, silent)."""
    mtu = record.get("mtu") or {"path": None, "limits": []}
    return mtu["path"], [(limit["ttl"], limit["address"], limit["mtu"], limit["silent"])
                         for limit in mtu["limits"]]


def check(family, options, what, path, limits):
    record = chain.one(*options, "--mtu", chain.target(family))
    lab.check(found(record) == (path, limits), what, (found(record), chain.brief(record)))
    lab.check(chain.is_clean(record, chain.truth(family)) and record["sent"] == 15,
              f"{what}: the search counts for nothing else", chain.brief(record))


def cases():
    return [case for case in chain.cases() if "tcp" not in case[1]]


def check_all(routers):
    for family, name, options in cases():
        check(family, options, f"{name}: no narrow link", WIDE, [])
    narrow(routers, 3, 1400)
    for family, name, options in cases():
        hops = chain.truth(family)
        check(family, options, f"{name}: told", 1400, [(2, hops[1], 1400, False)])
    narrow(routers, 5, 1320)
    for family, name, options in cases():
        hops = chain.truth(family)
        check(family, options, f"{name}: two links", 1320,
              [(2, hops[1], 1400, False), (3, hops[2], 1320, False)])
    narrow(routers, 3, WIDE)
    narrow(routers, 5, WIDE)
    narrow(routers, 7, 1301)
    for family, name, options in cases():
        hops = chain.truth(family)
        check(family, options, f"{name}: the last link", 1301, [(4, hops[3], 1301, False)])
    narrow(routers, 7, WIDE)
    narrow(routers, 3, 1350)
    if not routers["r2"].nft(BLACK_HOLE, "a router that does not tell"):
        return
    for family, name, options in cases():
        hops = chain.truth(family)
        check(family, options, f"{name}: a black hole", 1350, [(2, hops[1], 1350, True)])
    narrow(routers, 5, 1300)
    for family, name, options in cases():
        hops = chain.truth(family)
        check(family, options, f"{name}: a black hole before a narrower link", 1300,
              [(3, hops[2], 1300, False)])


def rounds_of(process, count):
    """Objects of the output up to the end of so many records of each target."""
    objects = []
    while sum("hops" in entry for entry in objects) < count * len(chain.FAMILIES):
        objects.append(json.loads(process.stdout.readline()))
    return objects


def check_change(routers):
    """A link that becomes narrow while we loop, and wide again: an event each."""
    for protocol in ("icmp", "udp"):
        process = lab.start("-n", "-j", "--mtu", "--events", "--interval", INTERVAL_S,
                            "-P", protocol, *map(chain.target, chain.FAMILIES), text=True)
        objects = rounds_of(process, 3)
        for mtu in (1400, WIDE):
            narrow(routers, 5, mtu)
            objects += rounds_of(process, 3)
        process.terminate()
        process.wait()
        for family in chain.FAMILIES:
            seen = [(entry["old_mtu"], entry["new_mtu"], entry["hop"]) for entry in objects
                    if entry.get("event") == "mtu_changed"
                    and entry["address"] == chain.target(family)]
            lab.check(seen == [(WIDE, 1400, 3), (1400, WIDE, 3)],
                      f"ipv{family} {protocol}: an event a change", seen)


def main():
    routers = chain.Chain()
    for family in chain.FAMILIES:
        routers.one_branch(family)
        for node, link in (("r4", 5), ("target", 7)):
            routers[node].ip(f"route replace {chain.prefix(family, 3)} "
                             f"via {chain.address(family, link, 1)}")
    check_change(routers)
    check_all(routers)
    lab.finish()


main()
