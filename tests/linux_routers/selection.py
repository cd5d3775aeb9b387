#!/usr/bin/env python3
"""Source address, interface and TOS: what the target's side sees of the probes."""

import json
import socket

import chain
from chain import lab
from node import Node

ETH_P_ALL = 3
SIDE_LINK = 8
TOS_VALUES = (0, 184, 255)
# Bytes of the IP header: source, protocol, and where the next header begins.
LAYOUT = {chain.IPV4: (slice(12, 16), 9, 20), chain.IPV6: (slice(8, 24), 6, 40)}
NUMBERS = {(chain.IPV4, "-I"): 1, (chain.IPV6, "-I"): 58, (chain.IPV4, "-U"): 17,
           (chain.IPV6, "-U"): 17, (chain.IPV4, "-T"): 6, (chain.IPV6, "-T"): 6}


class Sniffer:
    """Everything that arrives at the target."""

    def __init__(self, node, device):
        def make():
            sniffer = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
            sniffer.bind((device, ETH_P_ALL))
            sniffer.setblocking(False)
            return sniffer
        self.socket = node.inside(make)

    def probes(self, family, protocol):
        """Source address and TOS (traffic class) of each probe that came since last asked."""
        found = []
        while True:
            try:
                packet, sender = self.socket.recvfrom(2048)
            except BlockingIOError:
                return found
            if packet[0] >> 4 != family or sender[2] == socket.PACKET_OUTGOING:
                continue
            source, number, header = LAYOUT[family]
            if packet[number] != NUMBERS[family, protocol]:
                continue
            if protocol == "-I" and packet[header] not in (8, 128):
                continue
            tos = packet[1] if family == chain.IPV4 else (packet[0] & 15) << 4 | packet[1] >> 4
            text = socket.inet_ntop(socket.AF_INET if family == chain.IPV4 else socket.AF_INET6,
                                    packet[source])
            found.append((text, tos))


def chosen_by_kernel(host, family):
    said = json.loads(host.run("ip", "-json", "route", "get", chain.target(family)))
    return said[0]["prefsrc"]


def check_source(routers, sniffer, family, name, options, second):
    path = chain.truth(family)
    for source, more in ((chosen_by_kernel(routers["host"], family), ()), (second, ("-s", second)),
                         (second, ("-s", second, "-i", "r1"))):
        record = chain.one(*options, *more, chain.target(family))
        lab.check(chain.is_clean(record, path) and record["source"] == source,
                  f"{name}: {' '.join(more) or 'no choice'}: the record names the source",
                  {**chain.brief(record), "source": record["source"]})
        seen = sniffer.probes(family, options[-1])
        lab.check(seen and {sender for sender, _ in seen} == {source},
                  f"{name}: {' '.join(more) or 'no choice'}: the target sees the source",
                  set(seen))
    other = chain.IPV4 + chain.IPV6 - family
    for what, source in (("not this host's", chain.address(family, 1, 99)),
                         ("of the other family", chain.address(other, 1, 1))):
        record = chain.one(*options, "-s", source, chain.target(family))
        lab.check(chain.is_local_error(record), f"{name}: a source address {what}",
                  chain.brief(record))


def check_interface(family, name, options):
    record = chain.one(*options, "-i", "r1", chain.target(family))
    lab.check(chain.is_clean(record, chain.truth(family)), f"{name}: -i r1 leads to the target",
              chain.brief(record))
    record = chain.one(*options, "-i", "side", "-q", 1, chain.target(family))
    lab.check(record["status"] == "unreachable" and record["source"]
              == chain.address(family, SIDE_LINK, 1)
              and chain.addresses(record) == [chain.address(family, SIDE_LINK, 2)],
              f"{name}: -i side leads elsewhere, with that interface's address",
              {**chain.brief(record), "source": record["source"]})
    for what, device in (("does not exist", "nosuch0"), ("is down", "down0")):
        record = chain.one(*options, "-i", device, chain.target(family))
        lab.check(chain.is_local_error(record) and device in record["error"],
                  f"{name}: an interface that {what} is an error that names it",
                  chain.brief(record))


def check_tos(sniffer, family, name, options):
    for tos in TOS_VALUES:
        record = chain.one(*options, "-t", tos, chain.target(family))
        seen = {value for _, value in sniffer.probes(family, options[-1])}
        lab.check(chain.is_clean(record, chain.truth(family)) and seen == {tos},
                  f"{name}: tos {tos} arrives at the target", (seen, chain.brief(record)))


def check_rule(routers, family, name, options, sources):
    """Two sources in one process, in either order; a rule leads what leaves with one of them
    elsewhere."""
    gateway = chain.address(family, SIDE_LINK, 2)
    host = routers["host"]
    first = chosen_by_kernel(host, family)
    second = next(source for source in sources if source != first)
    way_back = f"{chain.host_prefix(second)} via {chain.address(family, SIDE_LINK, 1)}"
    routers["side"].ip(f"route add {way_back}")
    rule = ("ip", f"-{family}", "rule")
    host.ip(f"route add default via {gateway} dev side table 77")
    host.run(*rule, "add", "from", second, "lookup", "77")
    plain = f'{{ host = "{chain.target(family)}"; name = "plain"; }}'
    ruled = f'{{ host = "{chain.target(family)}"; name = "ruled"; source = "{second}"; }}'
    for targets in (f"{plain}, {ruled}", f"{ruled}, {plain}"):
        file = lab.config(f"targets = ( {targets} );\n")
        found = lab.by_target(lab.trace("-c", file, *options, "-q", 1))
        lab.check(chain.is_clean(found["plain"], chain.truth(family))
                  and found["plain"]["source"] == first,
                  f"{name}: what no rule is about goes its way", chain.brief(found["plain"]))
        lab.check(chain.addresses(found["ruled"]) == [gateway]
                  and found["ruled"]["source"] == second,
                  f"{name}: a rule about a source leads elsewhere", chain.brief(found["ruled"]))
    host.run(*rule, "del", "from", second, "lookup", "77")
    host.ip(f"route del default via {gateway} dev side table 77")
    routers["side"].ip(f"route del {way_back}")


def main():
    routers = chain.Chain()
    side = Node("side")
    routers.nodes["side"] = side
    side.sysctls(chain.SYSCTLS)
    side.ip("link set lo up")
    routers.join(SIDE_LINK, ("host", "side"))
    routers["host"].ip("link add down0 type veth peer name down1")
    for family in chain.FAMILIES:
        routers.one_branch(family)
        gateway = chain.address(family, SIDE_LINK, 2)
        routers["host"].ip(f"route add default via {gateway} dev side metric 9000")
        side.ip(f"route add unreachable {chain.host_prefix(chain.target(family))}")
    sniffer = Sniffer(routers["target"], "r4")
    second = {family: routers.fresh_source(family) for family in chain.FAMILIES}
    for family, name, options in chain.cases():
        sniffer.probes(family, options[-1])
        check_source(routers, sniffer, family, name, options, second[family])
        check_tos(sniffer, family, name, options)
        check_interface(family, name, options)
        check_rule(routers, family, name, options,
                   (second[family], chain.address(family, 1, 1)))
    lab.finish()


main()
