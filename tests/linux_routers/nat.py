#!/usr/bin/env python3
"""The first router translates addresses and drops what its connection tracking calls invalid. Two
hosts behind it trace the same target with the same flow, in turn."""

import socket
import sys

import chain
from chain import lab
from node import Node

TWIN_LINK = 8
OPEN, CLOSED = 8080, 8081
RUNS = 2

RULES = """
table ip translation {
    chain leaving {
        type nat hook postrouting priority 100;
        oifname "r2" masquerade
    }
}
table ip6 translation {
    chain leaving {
        type nat hook postrouting priority 100;
        oifname "r2" masquerade
    }
}
table inet tracking {
    chain passing {
        type filter hook forward priority 0;
        ct state invalid drop
    }
}
"""


def connect_twin(routers):
    """A second host behind the first router."""
    twin = Node("twin")
    routers.nodes["twin"] = twin
    twin.sysctls(chain.SYSCTLS)
    twin.ip("link set lo up")
    routers.join(TWIN_LINK, ("twin", "r1"))
    for family in chain.FAMILIES:
        twin.ip(f"route add default via {chain.address(family, TWIN_LINK, 2)}")
        # What is translated comes from the router's own address.
        for name, link in (("r3a", 3), ("r3b", 4), ("r4", 5), ("target", 7)):
            routers[name].ip(f"route add {chain.prefix(family, 2)} "
                             f"via {chain.address(family, link, 1)}")
    return twin


def trace_both(twin, family, options):
    """Records of the host and of its twin. Not at the same time: of packets that make a connection
    known at the same instant, from two hosts with equal ports, Linux drops one."""
    words = (lab.HOPTRACE, "-j", *map(str, options), chain.target(family))
    own = chain.one(*options, chain.target(family))
    return own, lab.records(twin.run(*words))[0]


def check(twin, family, name, options):
    path = chain.truth(family)
    paths = (path, [chain.address(family, TWIN_LINK, 2), *path[1:]])
    for run in range(1, RUNS + 1):
        for who, record, expected in zip(("host", "twin"), trace_both(twin, family, options),
                                         paths):
            lab.check(chain.is_clean(record, expected),
                      f"{name}: run {run}, {who}: nothing lost, every hop right",
                      chain.brief(record))


def main():
    routers = chain.Chain()
    twin = connect_twin(routers)
    if not routers["r1"].nft(RULES, "address translation"):
        print("SKIP: no address translation here")
        sys.exit(77)
    listeners = []
    for family in chain.FAMILIES:
        routers.one_branch(family)
        where = (chain.target(family), OPEN)
        kind = socket.AF_INET if family == chain.IPV4 else socket.AF_INET6
        listeners.append(routers["target"].inside(
            lambda where=where, kind=kind: socket.create_server(where, family=kind)))
    for family, name, options in chain.cases():
        port = () if "-I" in options else ("-p", CLOSED)
        check(twin, family, name, (*options, "-q", 5, *port))
        if "-T" in options:
            check(twin, family, f"{name} to a listener", (*options, "-q", 5, "-p", OPEN))
    for listener in listeners:
        listener.close()
    lab.finish()


main()
