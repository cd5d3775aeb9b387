#!/usr/bin/env python3
"""Targets nearby: the host itself, its neighbour, routers by each of their addresses, and
link-local addresses."""

import json
import socket

import chain
from chain import lab

LOOPBACK = {chain.IPV4: "127.0.0.1", chain.IPV6: "::1"}
LINKS_OF_R2 = ((2, 2), (3, 1), (4, 1))


def check_self(family, name, options):
    for what, own in (("loopback", LOOPBACK[family]), ("own address", chain.address(family, 1, 1))):
        record = chain.one(*options, "-q", 5, own)
        lab.check(chain.is_clean(record, [own]) and record["source"] == own,
                  f"{name}: the host itself, {what}", chain.brief(record))


def check_routers(family, name, options):
    neighbour = chain.address(family, 1, 2)
    record = chain.one(*options, "-q", 5, neighbour)
    lab.check(chain.is_clean(record, [neighbour]), f"{name}: the first router",
              chain.brief(record))
    far_side = chain.address(family, 2, 1)
    record = chain.one(*options, far_side)
    lab.check(chain.is_clean(record, [far_side]), f"{name}: the first router's far side",
              chain.brief(record))
    for link, end in LINKS_OF_R2:
        target = chain.address(family, link, end)
        record = chain.one(*options, target)
        lab.check(chain.is_clean(record, [neighbour, target]),
                  f"{name}: the second router as {target}", chain.brief(record))


def link_local(node, device):
    """The address that the kernel gave a device."""
    said = json.loads(node.run("ip", "-json", "-6", "address", "show", "dev", device,
                               "scope", "link"))
    return next(info["local"] for item in said for info in item.get("addr_info", [])
                if "local" in info)


def check_link_local(routers, name, options):
    neighbour = link_local(routers["r1"], "host")
    own = link_local(routers["host"], "r1")
    index = socket.if_nametoindex("r1")
    for target, more in ((f"{neighbour}%r1", ()), (neighbour, ("-i", "r1")),
                         (f"{neighbour}%r1", ("-i", "r1")), (f"{neighbour}%r1", ("-s", own)),
                         (f"{neighbour}%{index}", ()), (neighbour, ("-i", "r1", "-s", own))):
        record = chain.one(*options, *more, target)
        lab.check(chain.is_clean(record, [f"{neighbour}%r1"]) and record["host"] == target
                  and record["address"] == f"{neighbour}%r1" and record["source"] == f"{own}%r1",
                  f"{name}: the neighbour's link-local address, {' '.join((*more, target))}: "
                  "shown with the device's name", {**chain.brief(record),
                                                   "source": record["source"]})
    record = chain.one(*options, f"{own}%r1")
    lab.check(record["status"] == "reached" and record["hop_count"] == 1
              and record["loss_percent"] == 0,
              f"{name}: the host's own link-local address", chain.brief(record))
    record = chain.one(*options, neighbour)
    lab.check(record["status"] == "error" and record["sent"] == 0 and record["error"]
              and record["loss_percent"] is None,
              f"{name}: a link-local address without its link is an error", chain.brief(record))
    record = chain.one(*options, "-i", "lo", f"{neighbour}%r1")
    lab.check(record["status"] == "error" and record["sent"] == 0 and record["error"]
              and record["loss_percent"] is None,
              f"{name}: a link-local address of another link than -i names", chain.brief(record))


def main():
    routers = chain.Chain()
    for family, name, options in chain.cases():
        check_self(family, name, options)
        check_routers(family, name, options)
        if family == chain.IPV6:
            check_link_local(routers, name, options)
    lab.finish()


if __name__ == "__main__":
    main()
