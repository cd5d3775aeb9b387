#!/usr/bin/env python3
"""Hops that share the load: per packet, all addresses with their shares and a path_id that follows
its rule; per flow, one address, the same one in every round and process: balancing.py PROTOCOL"""

import ipaddress
import sys

import lab

PROBES, FLOWS = 30, 16


def topology():
    """Per family: one path balanced by packets, many by flows, all with ways of their own."""
    lines = []
    for family in lab.FAMILIES:
        lines += [f"target packets{family[3]} {lab.destination(family, 1)}",
                  f"hop {lab.router(family, 1, 1)}", f"hop {ways(family, 1, 2)} balance=packet",
                  f"hop {ways(family, 1, 3)} balance=packet", f"hop {lab.router(family, 1, 4)}"]
        for number in range(2, FLOWS + 2):
            lines += [f"target flow{family[3]}-{number} {lab.destination(family, number)}",
                      f"hop {lab.router(family, number, 1)}", f"hop {ways(family, number, 2)}",
                      f"hop {ways(family, number, 3)}"]
    return "\n".join(lines) + "\n"


def members(family, path, hop):
    """The addresses at a hop; the lowest number is neither the first one nor the first as text."""
    return [lab.router(family, path, number + hop) for number in (200, 7, 97, 60)]


def ways(family, path, hop):
    return ",".join(members(family, path, hop))


def path_id(record):
    """As the contract has it: FNV-1a (32 bit) over each answering hop's ttl and the address with
    most replies, the lowest on a tie."""
    value = 0x811c9dc5
    for hop in record["hops"]:
        if not hop["nodes"]:
            continue
        address = min(hop["nodes"], key=lambda node: (
            -node["received"], ipaddress.ip_address(node["address"]).packed))["address"]
        for byte in bytes([hop["ttl"]]) + ipaddress.ip_address(address).packed:
            value = (value ^ byte) * 0x01000193 & 0xffffffff
    return f"{value:08x}"


def check_packets(record, probes):
    family = record["family"]
    name = f"{family}, by packets, {probes} probes"
    lab.check(record["path_id"] == path_id(record), f"{name}: path_id follows the rule",
              (record["path_id"], path_id(record)))
    for ttl in (2, 3):
        hop = record["hops"][ttl - 1]
        seen = {node["address"]: node["received"] for node in hop["nodes"]}
        lab.check(set(seen) <= set(members(family, 1, ttl)) and hop["loss_percent"] == 0
                  and sum(seen.values()) == hop["received"] == hop["sent"],
                  f"{name}: hop {ttl} has its addresses, their replies are the hop's", seen)
        # Fewer than 3 ways for 30 packets have a chance of 1 in 150 million.
        lab.check(probes < PROBES or len(seen) >= 3, f"{name}: hop {ttl} shows its ways", seen)
    lab.check(record["status"] == "reached" and record["hop_count"] == 5
              and record["loss_percent"] == 0, f"{name}: reached without loss")


def check_flow(record, number):
    family = record["family"]
    shown = lab.addresses(record)
    expected = [{lab.router(family, number, 1)}, set(members(family, number, 2)),
                set(members(family, number, 3)), {record["address"]}]
    good = len(shown) == 4 and all(len(hop) == 1 and set(hop) <= possible
                                   for hop, possible in zip(shown, expected))
    return good and record["path_id"] == path_id(record) and record["loss_percent"] == 0


def main():
    protocol = sys.argv[1]
    lab.Internet(topology=topology())
    packets = [lab.destination(family, 1) for family in lab.FAMILIES]
    for probes in (PROBES, 2, 1):  # few make ties
        for record in lab.trace("-n", "-q", probes, "-P", protocol, *packets):
            check_packets(record, probes)

    flows = {lab.destination(family, number): number for family in lab.FAMILIES
             for number in range(2, FLOWS + 2)}
    # In other processes the targets come in another order, or several times.
    arguments = ((*flows,), (*reversed(flows),), ("--interval", 1, "--rounds", 3, *flows))
    runs = [lab.trace("-n", "-q", 2, "-P", protocol, *words) for words in arguments]
    found = [record for run in runs for record in run]
    lab.check(len(found) == 5 * len(flows), "a record for each target, round and process")
    wrong = [lab.addresses(record) for record in found if not check_flow(record, flows[
        record["address"]])]
    lab.check(not wrong, "by flows: one address a hop, the path's own", wrong[:3])
    paths = {address: {str(lab.addresses(record)) for record in found
                       if record["address"] == address} for address in flows}
    changing = {address: seen for address, seen in paths.items() if len(seen) != 1}
    lab.check(not changing, "by flows: the same path in every round and process", changing)
    for family in lab.FAMILIES:
        for hop in (2, 3):
            ways_seen = {members(family, flows[record["address"]], hop).index(
                record["hops"][hop - 1]["nodes"][0]["address"])
                for record in runs[0] if record["family"] == family and not wrong}
            lab.check(len(ways_seen) > 1, f"{family}: targets' flows differ at hop {hop}",
                      ways_seen)
    lab.finish()


main()
