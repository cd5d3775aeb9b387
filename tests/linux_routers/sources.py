#!/usr/bin/env python3
"""Source addresses: those that cannot be one are never measured with; link-local ones, chosen by the
user or for want of others; none at all."""

import json
import socket

import chain
from chain import lab
from near import link_local
from node import Node

SIDE_LINK = 8
# On two devices at a time, as kernels allow.
TWIN = "fe80::77"
LOOPBACK = {chain.IPV4: "127.0.0.1", chain.IPV6: "::1"}
IMPOSSIBLE = {chain.IPV4: ("224.0.0.5", "255.255.255.255", "10.9.1.255", "127.0.0.1", "0.0.0.0"),
              chain.IPV6: ("ff02::1", "ff0e::7", "::1", "::")}
FORMATS = ("text", "influx", "json")


def shown(record):
    return {**chain.brief(record), "address": record["address"], "source": record["source"]}


def check_impossible(family, name, options):
    for source in IMPOSSIBLE[family]:
        record = chain.one(*options, "-s", source, chain.target(family))
        lab.check(chain.is_local_error(record) and f"source address {source} " in record["error"],
                  f"{name}: {source} is no source: {record['error']}", chain.brief(record))


def check_loopback(routers, family, name, options):
    """Good towards this host, whatever address of it (but the kernel's own TCP does not answer ::1
    from there); elsewhere not even where the kernel lets such packets go."""
    own = chain.address(family, 1, 1)
    if (family, options[-1]) != (chain.IPV6, "-T"):
        record = chain.one(*options, "-s", LOOPBACK[family], own)
        lab.check(chain.is_clean(record, [own]) and record["source"] == LOOPBACK[family],
                  f"{name}: a loopback source reaches this host", shown(record))
    routers["host"].sysctls({"net.ipv4.conf.all.route_localnet": 1})
    record = chain.one(*options, "-s", LOOPBACK[family], chain.target(family))
    routers["host"].sysctls({"net.ipv4.conf.all.route_localnet": 0})
    lab.check(chain.is_local_error(record) and chain.target(family) in record["error"],
              f"{name}: and never another one", chain.brief(record))


def check_link_local_source(routers, own, name, options):
    """Towards a global address, whose host is on the link."""
    index = socket.if_nametoindex("r1")
    target = chain.address(chain.IPV6, 1, 2)
    for more in (("-s", f"{own}%r1"), ("-s", f"{own}%{index}"), ("-s", own, "-i", "r1"),
                 ("-s", f"{own}%r1", "-i", "r1"), ("-s", f"{TWIN}%r1")):
        source = f"{more[1].split('%')[0]}%r1"
        record = chain.one(*options, *more, target)
        lab.check(chain.is_clean(record, [target]) and record["source"] == source,
                  f"{name}: {' '.join(more)}", shown(record))
    file = lab.config(f'targets = ( {{ host = "{target}"; source = "{own}%r1"; }} );\n')
    record = chain.one(*options, "-c", file)
    lab.check(chain.is_clean(record, [target]) and record["source"] == f"{own}%r1",
              f"{name}: a zone in the configuration", shown(record))
    neighbour = link_local(routers["r1"], "host")
    for source, where, words in ((own, target, f"name its interface, as in {own}%"),
                                 (f"{own}%side", target, f"source address {own}%side is not one"),
                                 (f"{own}%nosuch", target, f"{own}%nosuch: no such interface"),
                                 (f"{TWIN}%side", f"{neighbour}%r1",
                                  f"{TWIN}%side is not on the link of {neighbour}%r1")):
        record = chain.one(*options, "-s", source, where)
        lab.check(chain.is_local_error(record) and words in record["error"],
                  f"{name}: {record['error']}", shown(record))


def check_formats(routers):
    neighbour = link_local(routers["r1"], "host")
    for name in FORMATS:
        text = lab.run("-n", "-o", name, f"{neighbour}%{socket.if_nametoindex('r1')}").stdout
        lab.check(f"{neighbour}%r1" in text, f"{name} has the device's name", text)


def take_addresses(routers, family):
    """Only a default route is left to the host, and of IPv6 what every device has."""
    host = routers["host"]
    gateway = "" if family == chain.IPV4 else f"via {link_local(routers['r1'], 'host')} "
    for device in ("r1", "side"):
        host.run("ip", f"-{family}", "address", "flush", "dev", device, "scope", "global")
    host.run("ip", f"-{family}", "route", "replace", "default", *gateway.split(), "dev", "r1")


def check_link_local_host(routers, name, options):
    own = link_local(routers["host"], "r1")
    near = chain.address(chain.IPV6, 2, 1)
    record = chain.one(*options, near)
    lab.check(chain.is_clean(record, [near]) and record["source"] == f"{own}%r1",
              f"{name}: a host with link-local addresses alone reaches a global one", shown(record))
    file = lab.config(f'targets = ( {{ host = "{near}"; probes = 1; max_ttl = 1; }},\n'
                      f'            {{ host = "{chain.target(6)}"; probes = 1; max_ttl = 1; }} );\n')
    found = lab.by_target(lab.trace(*options, "-c", file))
    lab.check(chain.is_clean(found[near], [near]), f"{name}: and beside others",
              shown(found[near]))
    routers["r1"].ip(f"route add blackhole {chain.host_prefix(chain.remote(6, 9))}")
    record = chain.one(*options, "-q", 1, "-m", 2, "-w", 0.3, chain.remote(6, 9))
    routers["r1"].ip(f"route del blackhole {chain.host_prefix(chain.remote(6, 9))}")
    lab.check(record["status"] in ("incomplete", "unreachable") and record["sent"] > 0,
              f"{name}: silence is silence, not an error of this host", shown(record))


def check_none(family, name, options):
    record = chain.one(*options, chain.target(family))
    lab.check(chain.is_local_error(record) and "no source address here" in record["error"],
              f"{name}: without an address nothing is sent: {record['error']}", shown(record))


def addressless(routers):
    """No IPv6 address on any device but the loopback's."""
    host = routers["host"]
    for device in ("r1", "side"):
        host.run("ip", "-6", "address", "flush", "dev", device)
    said = json.loads(host.run("ip", "-json", "-6", "route", "show", "default"))
    if not said:
        host.run("ip", "-6", "route", "add", "default", "dev", "r1")


def main():
    routers = chain.Chain()
    routers.nodes["side"] = side = Node("side")
    side.sysctls(chain.SYSCTLS)
    side.ip("link set lo up")
    routers.join(SIDE_LINK, ("host", "side"))
    own = link_local(routers["host"], "r1")
    for device in ("r1", "side"):
        routers["host"].ip(f"address add {TWIN}/64 dev {device} nodad")
    for family in chain.FAMILIES:
        routers.one_branch(family)
    for family, name, options in chain.cases():
        check_impossible(family, name, options)
        check_loopback(routers, family, name, options)
        if family == chain.IPV6:
            check_link_local_source(routers, own, name, options)
    check_formats(routers)
    for device in ("r1", "side"):
        routers["host"].ip(f"address del {TWIN}/64 dev {device}")
    for family in chain.FAMILIES:
        take_addresses(routers, family)
    for family, name, options in chain.cases():
        if family == chain.IPV4:
            check_none(family, name, options)
        else:
            check_link_local_host(routers, name, options)
    addressless(routers)
    for family, name, options in chain.cases():
        if family == chain.IPV6:
            check_none(family, name, options)
    lab.finish()


if __name__ == "__main__":
    main()
