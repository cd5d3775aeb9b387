#!/usr/bin/env python3
"""--flows all: every way of a few shapes, in one round; then a process that keeps going measures as
few flows as pass all links, and looks again when a way appears."""

import lab

FAMILY = "ipv4"
SHAPES = {"plain": (1, 1, 1, 1), "diamond": (1, 3, 1), "nested": (1, 2, 3, 1),
          "two in a row": (1, 2, 1, 3, 1), "wide": (1, 16, 1)}
# Flows that pass all links, and probes that each shape takes at most: at 95 % the mean is about 40,
# 85, 160, 130, 480.
COVER = {"plain": 1, "diamond": 3, "nested": 6, "two in a row": 3, "wide": 16}
PROBES = {"plain": 60, "diamond": 130, "nested": 240, "two in a row": 210, "wide": 900}
BY_PACKET = len(SHAPES) + 1
ROUNDS, CHANGED = 12, 3  # of them, rounds that were told before a way appears


def topology(further=0):
    """A target a shape, and one behind routers that take turns; the first way has further ones."""
    lines = []
    for number, (name, shape) in enumerate(SHAPES.items(), start=1):
        lines.append(f"target p{number} {lab.destination(FAMILY, number)}")
        for hop, width in enumerate(shape, start=1):
            width += further * (name == "diamond" and hop == 2)
            balance = " balance=flow" if width > 1 else ""
            routers = ",".join(lab.router(FAMILY, number, 20 * hop + way) for way in range(width))
            lines.append(f"hop {routers}{balance}")
    routers = ",".join(lab.router(FAMILY, BY_PACKET, 40 + way) for way in range(2))
    lines += [f"target packets {lab.destination(FAMILY, BY_PACKET)}",
              f"hop {lab.router(FAMILY, BY_PACKET, 20)}", f"hop {routers} balance=packet",
              f"hop {lab.router(FAMILY, BY_PACKET, 60)}"]
    return "\n".join(lines) + "\n"


def widths(record):
    return [len(hop["nodes"]) for hop in record["hops"]]


def check_once(protocol):
    hosts = [lab.destination(FAMILY, number) for number in range(1, BY_PACKET + 1)]
    found = {record["address"]: record
             for record in lab.trace("-n", "-P", protocol, "--flows", "all", "--confidence", 95,
                                     *hosts)}
    for (name, shape), host in zip(SHAPES.items(), hosts):
        record = found[host]
        lab.check(widths(record) == [*shape, 1] and record["multipath"]["complete"]
                  and record["multipath"]["confidence"] == 95
                  and record["loss_percent"] == 0,
                  f"{protocol}, {name}: every way is found, and proven",
                  (widths(record), record["loss_percent"], record["multipath"]))
        lab.check(record["sent"] <= PROBES[name] and len(record["flows"]) == COVER[name],
                  f"{protocol}, {name}: flows are asked where they are needed, and as few as pass "
                  "all links measured as wholes", (record["sent"], len(record["flows"])))
    packets = found[hosts[-1]]["multipath"]["balancers"]
    lab.check(packets == [{"ttl": 2, "width": 2, "by": "packet"}],
              f"{protocol}: routers that take turns are told from those that choose by flow", packets)


def check_watch(net):
    host = lab.destination(FAMILY, 2)
    child = lab.start("-n", "-j", "--flows", "all", "--interval", 0.5, "--rounds", ROUNDS, host)
    records = []
    for line in child.stdout:
        records += lab.records(line.decode() if isinstance(line, bytes) else line)
        if len(records) == CHANGED:
            net.change(topology(further=1))
    child.wait()
    flows = [record["multipath"]["flows"] for record in records]
    lab.check(flows[0] > 20 and flows[1:CHANGED] == [3] * (CHANGED - 1),
              "later rounds measure one flow for each way", flows)
    last = records[-1]
    lab.check(last["multipath"]["width"] == last["multipath"]["flows"] == 4
              and max(flows[CHANGED:]) > 30, "a new way is found by another search",
              (flows, last["multipath"]))
    changes = [record["path_changes"] for record in records]
    lab.check(changes == sorted(changes) and changes[-1] > 0, "changes are never taken back", changes)


def main():
    net = lab.Internet(topology=topology())
    for protocol in ("icmp", "udp", "tcp"):
        check_once(protocol)
    check_watch(net)
    lab.finish()


main()
