#!/usr/bin/env python3
"""What the network does to packets of several flows, where one way does and the other does not, and
both meet again: marking and translators of records, and events: packets_flows.py PROTOCOL"""

import sys

import lab

PROTOCOL = sys.argv[1]
TOS = 185
HOPS = 5
BALANCED = (2, 3)  # hops with two ways each
FLOWS = (4, 16, "all")
# For each hop, and for the destination, what it does to the flows of a way; then each change of the
# marking as (hop, the last one before it with the old value, old, new), and the translators as (hop,
# fields), both with the way.
CASES = (
    ({}, [], []),
    ({2: "branch=0/2 dscp=0"}, [(0, (2, 1, 185, 1))], []),
    ({3: "branch=1/2 dscp=0"}, [(1, (3, 2, 185, 1))], []),
    ({3: "branch=1/2 ecn=0"}, [(1, (3, 2, 185, 184))], []),
    ({2: "branch=0/2 dscp=0", 3: "branch=1/2 ecn=0"},
     [(0, (2, 1, 185, 1)), (1, (3, 2, 185, 184))], []),
    ({4: "branch=0/2 dscp=8"}, [(0, (4, 3, 185, 33))], []),
    ({2: "branch=0/2 dscp=0", 4: "branch=1/2 dscp=0"},
     [(0, (2, 1, 185, 1)), (1, (4, 3, 185, 1))], []),
    ({2: "clear-tos=yes", 3: "branch=1/2 dscp=2"}, [(1, (3, 1, 185, 9))], []),
    ({hop: "branch=0/2 nat=checksum" for hop in range(2, HOPS + 2)}, [], [(0, (2, "checksum"))]),
    ({hop: "branch=1/2 nat=id" for hop in range(3, HOPS + 2)}, [], [(1, (3, "id"))]),
    ({2: "branch=1/2 dscp=0", **{hop: "branch=0/2 nat=id" for hop in range(4, HOPS + 2)}},
     [(1, (2, 1, 185, 1))], [(0, (4, "id"))]),
)
# Another destination, which no quote of a SYN without data is believed to have; on the way back it is
# set right, in quotes not.
if PROTOCOL != "tcp":
    CASES += (({3: "branch=1/2 destination={inner}", HOPS + 1: "from={own}"}, [],
               [(1, (3, "destination"))]),)
INTERVAL_S = 0.5
ROUNDS = 4  # of each network while it changes
CHANGES = (({2: "branch=0/2 dscp=0"}, [(0, 185, 1)]),
           ({}, [(0, 1, 185)]),
           ({2: "branch=0/2 dscp=0", 3: "branch=1/2 ecn=0"}, [(0, 185, 1), (1, 185, 184)]),
           ({}, [(0, 1, 185), (1, 184, 185)]))


def way(family, number, hop, which):
    return lab.router(family, number, 10 * hop + which)


def target(family, number, does):
    """Lines of a topology."""
    own = lab.destination(family, number)
    inner = "192.168.7.9" if family == "ipv4" else "fd77::9"
    does = {hop: keys.format(inner=inner, own=own) for hop, keys in does.items()}
    yield f"target t{number}-{family} {own} {does.get(HOPS + 1, '')}"
    for hop in range(1, HOPS + 1):
        ways = range(2 if hop in BALANCED else 1)
        yield (f"hop {','.join(way(family, number, hop, which) for which in ways)} balance=flow "
               f"{does.get(hop, '')}")


def topology(cases):
    return "\n".join(line for family in lab.FAMILIES for number, does in enumerate(cases, 1)
                     for line in target(family, number, does)) + "\n"


def flows_of(record, family, number, which):
    """The flows that take this way."""
    return [flow for node in record["hops"][BALANCED[0] - 1]["nodes"]
            if node["address"] == way(family, number, BALANCED[0], which) for flow in node["flows"]]


def shown(family, field):
    """The field, and the checksum over it, which a translator sets right."""
    summed = field == "destination" and (PROTOCOL, family) != ("icmp", "ipv4")
    return ["checksum", field] if summed else [field]


def check_record(record, number, flows):
    family = record["family"]
    does, changes, translators = CASES[number - 1]
    what = f"{family}, {flows} flows, {does}"
    used = [which for which in (0, 1) if flows_of(record, family, number, which)]
    # Of 4 flows all may take one way, and the search for all paths may miss one.
    lab.check(used == [0, 1] or flows != 16, f"{what}: both ways", record["flows"])
    expected = sorted(change for which, change in changes if which in used)
    seen = [(change["ttl"], change["after"], change["from"], change["to"])
            for change in record["marking"]]
    lab.check(seen == expected, f"{what}: marking {expected}", seen)
    expected = [(hop, shown(family, field)) for which, (hop, field) in translators
                if which in used and not (field == "id" and family == "ipv6")]
    seen = [(entry["ttl"], entry["what"]) for entry in record["translators"]]
    lab.check(seen == expected, f"{what}: translators {expected}", seen)


def check_records():
    internet = lab.Internet(topology=topology([does for does, _, _ in CASES]))
    targets = {lab.destination(family, number): number for family in lab.FAMILIES
               for number in range(1, len(CASES) + 1)}
    for flows in FLOWS:
        found = lab.trace("-n", "-P", PROTOCOL, "--tos", TOS, "--flows", flows, *targets)
        lab.check(len(found) == len(targets), f"{flows} flows: a record for each target")
        for record in found:
            check_record(record, targets[record["address"]], flows)
    internet.down()


def check_events():
    """One event a change, and none beside, with a flow that meets it: the lowest, unless the change
    has come in the midst of a round."""
    objects = lab.watch_changes([topology([does]) for does in ({}, *(does for does, _ in CHANGES))],
                                ROUNDS, "-w", 0.3, "--interval", INTERVAL_S, "-P", PROTOCOL,
                                "--tos", TOS, "--flows", FLOWS[1])
    for family in lab.FAMILIES:
        own = [entry for entry in objects if entry["address"] == lab.destination(family, 1)]
        last = [entry for entry in own if "hops" in entry][-1]
        way_of = {flow: which for which in (0, 1) for flow in flows_of(last, family, 1, which)}
        events = [entry for entry in own if entry.get("event") == "marking_changed"]
        seen = [(way_of[event["flow"]], event["old_tos"], event["new_tos"]) for event in events]
        expected = [change for _, changes in CHANGES for change in changes]
        lab.check(sorted(seen) == sorted(expected), f"{family}: an event a change: {expected}",
                  events)


def main():
    check_records()
    check_events()
    lab.finish()


main()
