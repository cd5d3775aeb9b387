#!/usr/bin/env python3
"""UDP to a closed port, which the target's kernel answers, and to a service that does not."""

import socket

import chain
from chain import lab

OPEN, CLOSED = 5301, 5302


def open_service(node, family):
    """A service that takes everything and never answers."""
    def make():
        service = socket.socket(socket.AF_INET if family == chain.IPV4 else socket.AF_INET6,
                                socket.SOCK_DGRAM)
        service.bind((chain.target(family), OPEN))
        return service
    return node.inside(make)


def received(service):
    """How many datagrams the service has got."""
    service.setblocking(False)
    count = 0
    try:
        while service.recv(2048):
            count += 1
    except BlockingIOError:
        return count


def main():
    routers = chain.Chain()
    for family in chain.FAMILIES:
        name = f"ipv{family}"
        routers.one_branch(family)
        service = open_service(routers["target"], family)
        path = chain.truth(family)
        record = chain.one("-n", "-U", "-p", CLOSED, "-q", 5, chain.target(family))
        lab.check(chain.is_clean(record, path), f"{name}: a closed port is reached",
                  chain.brief(record))
        lab.check(received(service) == 0, f"{name}: another port's probes are not the service's")

        record = chain.one("-n", "-U", "-p", OPEN, "-q", 5, chain.target(family))
        lab.check(record["status"] == "incomplete" and record["stop_reason"] == "gap_limit"
                  and record["error"] is None and record["hop_count"] == chain.HOPS - 1
                  and record["loss_percent"] == 100 and record["rtt_ms"]["avg"] is None,
                  f"{name}: a silent service ends at the gap limit", chain.brief(record))
        lab.check(chain.addresses(record) == path[:-1] and not any(chain.losses(record)),
                  f"{name}: the hops before a silent service are right", chain.brief(record))
        count = received(service)
        lab.check(count >= 6, f"{name}: the silent service got the probes", count)

        record = chain.one("-n", "-U", "-p", OPEN, "-m", 7, "-g", 0, "-w", 0.3,
                           chain.target(family))
        lab.check(record["status"] == "incomplete" and record["stop_reason"] == "max_ttl"
                  and chain.addresses(record) == path[:-1],
                  f"{name}: without a gap limit, a silent service ends at the last ttl",
                  chain.brief(record))
        service.close()
        record = chain.one("-n", "-U", "-p", OPEN, "-q", 5, chain.target(family))
        lab.check(chain.is_clean(record, path), f"{name}: reached once the service is gone",
                  chain.brief(record))
    lab.finish()


main()
