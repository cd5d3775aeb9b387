#!/usr/bin/env python3
"""What the network does to packets, and which hop: marking (DSCP, ECN), what translators and
firewalls rewrite, and which interface a router says it was, of IPv4 and IPv6, as records and events
tell it: packets.py PROTOCOL"""

import sys

import lab

PROTOCOL = sys.argv[1]
TOS = 185
FIELDS = ("checksum", "id", "source", "sequence", "flow_label", "destination", "port")
HOPS = 4
# A translator that keeps no state sends packets elsewhere: quotes from behind it show that.
ELSEWHERE = "destination={inner}"
# For each hop, and for the destination, what it does; then each change of the marking as (hop, the
# last one before it with the old value, old, new), and the translators as (hop, fields).
CASES = (
    ({}, [], []),
    ({2: "dscp=0"}, [(2, 1, 185, 1)], []),
    ({3: "ecn=0"}, [(3, 2, 185, 184)], []),
    ({1: "dscp=8"}, [(1, 0, 185, 33)], []),
    ({2: "ecn=0", 4: "dscp=8"}, [(2, 1, 185, 184), (4, 3, 184, 32)], []),
    ({2: "dscp=0 ecn=0"}, [(2, 1, 185, 0)], []),
    ({3: "dscp=10 silent=yes"}, [(4, 2, 185, 41)], []),
    # In their quotes only.
    ({2: "clear-tos=yes"}, [], []),
    ({2: "clear-tos=yes", 3: "clear-tos=yes"}, [], []),
    ({2: "clear-tos=yes", 3: "dscp=2"}, [(3, 1, 185, 9)], []),
    ({2: "dscp=2", 3: "clear-tos=yes"}, [(2, 1, 185, 9)], []),
    # Congestion is no change.
    ({2: "ecn=3"}, [], []),
    # What a translator shows, all behind it show.
    ({3: "nat=checksum", 4: "nat=checksum", 5: "nat=checksum"}, [], [(3, "checksum")]),
    ({2: "nat=checksum-delta", 3: "nat=checksum-delta", 4: "nat=checksum-delta",
      5: "nat=checksum-delta"}, [], [(2, "checksum")]),
    ({2: "nat=checksum"}, [], []),
    ({2: "nat=id", 3: "nat=id", 4: "nat=id", 5: "nat=id"}, [], [(2, "id")]),
    ({2: "nat=id", 3: "nat=id,checksum", 4: "nat=id,checksum", 5: "nat=id,checksum"}, [],
     [(2, "id"), (3, "checksum")]),
    ({2: "firewall=rewrite-fixed"}, [], [(3, "checksum"), (3, "sequence")]),
    ({1: "dscp=0", 2: "nat=id", 3: "nat=id", 4: "nat=id", 5: "nat=id"}, [(1, 0, 185, 1)],
     [(2, "id")]),
    ({3: ELSEWHERE}, [], [(3, "destination")]),
    ({1: ELSEWHERE}, [], [(1, "destination")]),
    ({2: f"{ELSEWHERE} silent=yes"}, [], [(3, "destination")]),
    ({2: "port=4711"}, [], [(2, "port")]),
    ({2: f"{ELSEWHERE} port=4711"}, [], [(2, "destination"), (2, "port")]),
    ({2: "port=4711 nat=id", 3: ELSEWHERE}, [], [(2, "port"), (3, "destination")]),
    # Too short to be believed: what the next hop shows is told there.
    ({2: f"{ELSEWHERE} quote=8", 4: "quote=20"}, [], [(3, "destination")]),
)
LONG = "x" * 63
# Of hop 2: the interfaces that it tells, and beside them which labels, in which form.
INTERFACES = (
    (((0, 7, "10.9.8.7", "ge-0/0/1", 1500),), ""),
    (((0, 7, None, None, None),), "mpls=16001/0/1"),
    (((2, None, "2001:db8::7", "eth0", None), (0, 4294967295, None, LONG, 9000)),
     "mpls=16001/0/1+17/3/4"),
    (((0, 1, "2001:db8::1", LONG, 1), (1, 2, "2001:db8::2", LONG, 2), (2, 3, "10.0.0.3", LONG, 3),
      (3, 4, "10.0.0.4", "z", 4)), "mpls=16001/0/1"),
    (((0, None, None, "xe-1", None),), "mpls-mode=no-length"),
    (((0, None, None, "xe-1", None),), "mpls-mode=short quote=8"),
    (((0, None, None, "xe-1", None),), "mpls-mode=short-announced quote=28 mpls=1/2/3"),
    ((), "mpls=16001/0/1"),
)
ROLES = ("incoming", "sub_incoming", "outgoing", "next_hop")
INTERVAL_S = 0.5
ROUNDS = 4  # of each network while it changes


def inner(family, number):
    """Where translators send packets to. Each target its own: they all have one source port."""
    return f"192.168.7.{number}" if family == "ipv4" else f"fd77::{number}"


def target(family, number, does):
    """Lines of a topology."""
    does = {hop: keys.format(inner=inner(family, number)) for hop, keys in does.items()}
    yield f"target t{number}-{family} {lab.destination(family, number)} {does.get(HOPS + 1, '')}"
    for hop in range(1, HOPS + 1):
        yield f"hop {lab.router(family, number, hop)} {does.get(hop, '')}"


def topology(cases):
    return "\n".join(line for family in lab.FAMILIES for number, does in enumerate(cases, 1)
                     for line in target(family, number, does)) + "\n"


def is_shown(family, field):
    """Whether quotes of this family and protocol show such a field."""
    without = {"id": family == "ipv6", "sequence": PROTOCOL != "tcp", "port": PROTOCOL != "udp",
               # Of a SYN without data such a quote is not believed.
               "destination": PROTOCOL == "tcp"}
    return not without.get(field, False)


def shown(family, field):
    """The field, and the checksum over it, which a translator sets right."""
    if field == "port" or (field == "destination" and (PROTOCOL, family) != ("icmp", "ipv4")):
        return ["checksum", field]
    return [field]


def expected_translators(family, does, translators):
    if PROTOCOL != "tcp" and "firewall" in str(does):
        return []
    found, told = {}, set()
    for hop, field in translators:
        for each in shown(family, field) if is_shown(family, field) else ():
            if each not in told:
                found.setdefault(hop, []).append(each)
            told.add(each)
    return sorted((hop, sorted(fields, key=FIELDS.index)) for hop, fields in found.items())


def marking(record):
    return [(change["ttl"], change["after"], change["from"], change["to"])
            for change in record["marking"]]


def check_records():
    internet = lab.Internet(topology=topology([does for does, _, _ in CASES]))
    targets = [lab.destination(family, number) for family in lab.FAMILIES
               for number in range(1, len(CASES) + 1)]
    found = lab.by_target(lab.trace("-n", "-P", PROTOCOL, "--tos", TOS, *targets))
    for family in lab.FAMILIES:
        for number, (does, changes, translators) in enumerate(CASES, 1):
            record = found[lab.destination(family, number)]
            what = f"{family}, {does}"
            lab.check(marking(record) == changes, f"{what}: marking {changes}", marking(record))
            seen = [(entry["ttl"], entry["what"]) for entry in record["translators"]]
            expected = expected_translators(family, does, translators)
            lab.check(seen == expected, f"{what}: translators {expected}", seen)
    check_nodes(found[lab.destination("ipv4", 2)])
    check_others(targets[1])
    internet.down()


# Behind a translator that sends probes elsewhere: its keys, those of the target; whether the target
# is reached by ICMP, by UDP; hops that are silent.
BEHIND = (
    (ELSEWHERE, "", True, False, ()),
    (ELSEWHERE, "from={own}", True, True, ()),  # set right on the way back, but not in quotes
    ("port=4711", "", True, True, ()),
    (f"{ELSEWHERE} port=4711", "", True, False, ()),
    (f"{ELSEWHERE} quote=19", "", True, False, (2,)),
    (f"{ELSEWHERE} quote=20", "", True, False, ()),
    (f"{ELSEWHERE} quote=padded", "", True, False, ()),
    (f"{ELSEWHERE} mpls=16001/0/1 mpls-mode=short quote=20", "", True, False, ()),
    (f"{ELSEWHERE} silent=yes", "", True, False, (2,)),
)


def check_behind():
    """Hops and targets behind such a translator: all are there, with their addresses."""
    lines = []
    for family in lab.FAMILIES:
        for number, (keys, own, *_) in enumerate(BEHIND, 1):
            does = {2: keys, HOPS + 1: own.format(own=lab.destination(family, number))}
            lines += target(family, number, does)
    internet = lab.Internet(topology="\n".join(lines) + "\n")
    found = lab.by_target(lab.trace("-n", "-P", PROTOCOL, *(
        lab.destination(family, number) for family in lab.FAMILIES
        for number in range(1, len(BEHIND) + 1))))
    for family in lab.FAMILIES:
        for number, case in enumerate(BEHIND, 1):
            check_one_behind(found[lab.destination(family, number)], family, number, case)
    internet.down()


def check_one_behind(record, family, number, case):
    keys, own, by_icmp, by_udp, silent = case
    what = f"{family}, {keys} {own}".strip()
    last = inner(family, number) if "destination" in keys and not own else lab.destination(family, number)
    expected = [[] if hop in silent else [lab.router(family, number, hop)]
                for hop in range(1, HOPS + 1)] + [[last]]
    reached = by_icmp if PROTOCOL == "icmp" else by_udp
    if PROTOCOL == "tcp":
        # Of a SYN without data no quote is believed; a listener at another address or port is
        # another one.
        expected = [[lab.router(family, number, 1)]] + [[]] * (HOPS - 1) + [[last]]
        reached = own != ""
        expected = expected if reached else expected[:1]
    lab.check(lab.addresses(record) == expected, f"{what}: hops", lab.addresses(record))
    status = "reached" if reached else "incomplete" if PROTOCOL == "tcp" else "unreachable"
    lab.check(record["status"] == status, f"{what}: {status}", record["status"])
    if status == "unreachable":
        lab.check(record["error"] == f"{last} at hop {HOPS + 1} says port unreachable",
                  f"{what}: who says so", record["error"])
    losses = [hop["loss_percent"] for hop in record["hops"] if hop["nodes"]]
    lab.check(not any(losses), f"{what}: no hop loses anything", losses)
    lab.check(record["forged"] == 0, f"{what}: nothing is forged", record["forged"])


def check_nodes(record):
    nodes = [node for hop in record["hops"] for node in hop["nodes"]][:HOPS]
    lab.check([node["quoted_tos"] for node in nodes] == [185, 1, 1, 1], "quoted TOS", nodes)
    lab.check([node["quoted_ttl"] for node in nodes] == [1] * HOPS, "quoted ttl", nodes)
    lab.check([node["reply_hops"] for node in nodes] == [1, 2, 3, 4], "hops of the way back", nodes)


def check_others(address):
    """The same in influx lines and in text."""
    options = ("-n", "-P", PROTOCOL, "--tos", TOS, address)
    done = lab.run("-o", "influx", *options)
    fields = {(name, tags.get("hop")): fields
              for name, tags, fields, _ in lab.points(done.stdout.encode())}
    lab.check(fields["traceroute", None].get("marking_hop") == 2, "influx: marking_hop", done.stdout)
    lab.check([fields["traceroute_hop", str(hop)].get("quoted_tos") for hop in range(1, HOPS + 1)]
              == [185, 1, 1, 1], "influx: quoted_tos", done.stdout)
    text = lab.run(*options).stdout
    lab.check("TOS 185 becomes 1 between hop 1 and hop 2 (dscp)\n" in text, "text: the place", text)


def interface_key(interfaces):
    parts = [",".join("-" if part is None else str(part) for part in entry)
             for entry in interfaces]
    return f"interface={'+'.join(parts)}" if parts else ""


def check_interfaces():
    """All that a router tells of interfaces, with labels in the same message."""
    internet = lab.Internet(topology=topology(
        [{2: f"{keys} {interface_key(interfaces)}"} for interfaces, keys in INTERFACES]))
    targets = [lab.destination(family, number) for family in lab.FAMILIES
               for number in range(1, len(INTERFACES) + 1)]
    found = lab.by_target(lab.trace("-n", "-P", PROTOCOL, *targets))
    for family in lab.FAMILIES:
        for number, (interfaces, keys) in enumerate(INTERFACES, 1):
            nodes = [hop["nodes"][0] for hop in
                     found[lab.destination(family, number)]["hops"]]
            expected = [dict(zip(("role", "index", "address", "name", "mtu"),
                                 (ROLES[entry[0]], *entry[1:]))) for entry in interfaces]
            what = f"{family}, {keys}, {len(interfaces)} interfaces"
            lab.check(nodes[1]["interfaces"] == expected, what, nodes[1]["interfaces"])
            incoming = [entry for entry in expected if entry["role"] == "incoming"]
            lab.check(nodes[1]["interface"] == (incoming[0] if incoming else None),
                      f"{what}: the one by which packets come in", nodes[1]["interface"])
            lab.check(len(nodes[1]["mpls"]) == ("mpls=" in keys) + ("+" in keys), f"{what}: labels",
                      nodes[1]["mpls"])
            lab.check(not any(node["interfaces"] for node in nodes[:1] + nodes[2:]),
                      f"{what}: nobody else's")
    internet.down()


def check_events():
    """One event a change, and none beside: it is told by the first round that shows it."""
    objects = lab.watch_changes([topology([does]) for does in ({}, {2: "dscp=0"}, {})], ROUNDS,
                                "-w", 0.3, "--interval", INTERVAL_S, "-P", PROTOCOL, "--tos", TOS)
    for family in lab.FAMILIES:
        events = [entry for entry in objects if entry.get("event") == "marking_changed"
                  and entry["address"] == lab.destination(family, 1)]
        seen = [(event["old_tos"], event["new_tos"]) for event in events]
        lab.check(seen == [(185, 1), (1, 185)], f"{family}: an event a change", events)
        # A change may come in the midst of a round.
        lab.check(all(event["hop"] in (2, 3) for event in events), f"{family}: its hop", events)
        lab.check(all(event["severity"] == "warning" for event in events), f"{family}: severity")


def main():
    check_records()
    check_behind()
    check_interfaces()
    check_events()
    lab.finish()


main()
