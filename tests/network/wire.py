#!/usr/bin/env python3
"""What the wire carried: the options of the command line as packets, one flow a target."""

import collections

import lab

OPTIONS = {
    "plain": [],
    "ttls": ["-f", "3", "-m", "6"],
    "shape": ["-t", "184", "-l", "100"],
    "large": ["-l", "1400", "-q", "1"],
    "smallest": ["-l", "0", "-q", "1"],
}
HEADERS = {"ipv4": 20 + 8, "ipv6": 40 + 8}
SMALLEST_PAYLOAD = 12


def check_run(packets, options, family):
    """One run, one target."""
    name = f"{family} {' '.join(options) or 'defaults'}"
    ttls = {packet["ttl"] for packet in packets}
    payload = {packet["payload"] for packet in packets}
    wanted = int(options[options.index("-l") + 1]) if "-l" in options else 32
    lab.check(payload == {max(wanted, SMALLEST_PAYLOAD)}, f"{name}: payload", payload)
    lab.check({packet["length"] for packet in packets}
              == {HEADERS[family] + max(wanted, SMALLEST_PAYLOAD)}, f"{name}: size")
    tos = int(options[options.index("-t") + 1]) if "-t" in options else 0
    lab.check({packet["tos"] for packet in packets} == {tos}, f"{name}: tos")
    first = int(options[options.index("-f") + 1]) if "-f" in options else 1
    lab.check(min(ttls) == first, f"{name}: first ttl", ttls)
    if "-m" in options:
        last = int(options[options.index("-m") + 1])
        lab.check(max(ttls) == last, f"{name}: last ttl", ttls)
    lab.check(max(ttls) <= 30, f"{name}: ttls in range", ttls)
    lab.check(len({(packet["icmp_id"], packet["checksum"], packet["icmp_type"],
                    packet["icmp_code"], packet.get("flow_label")) for packet in packets}) == 1,
              f"{name}: one flow")
    keys = collections.Counter(packet["icmp_seq"] for packet in packets)
    lab.check(max(keys.values()) == 1, f"{name}: each probe has its own key")


def main():
    internet = lab.Internet("--seed", 3, "--targets", 1, "--family", "both", "--hops", "8-9")
    targets = list(internet.truth())
    runs = []
    for options in OPTIONS.values():
        for target in targets:
            runs.append((options, target))
            lab.trace(*options, target)
    internet.down()
    wire = [packet for packet in internet.wire()
            if packet["protocol"] == "icmp" and packet.get("icmp_type") in (8, 128)]
    lab.check(all(packet["verdict"] == "good" for packet in wire), "every packet is well-formed")
    # Runs follow one another: cut the log where the target or the pace changes.
    groups = []
    for packet in sorted(wire, key=lambda packet: packet["time_ns"]):
        if not groups or groups[-1][-1]["dst"] != packet["dst"]:
            groups.append([])
        groups[-1].append(packet)
    if lab.check(len(groups) == len(runs), f"{len(runs)} runs on the wire", len(groups)):
        for (options, target), packets in zip(runs, groups):
            check_run(packets, options, "ipv6" if ":" in target else "ipv4")
    flows = {(packet["dst"], packet["icmp_id"], packet["checksum"], packet.get("flow_label"))
             for packet in wire if packet["length"] == HEADERS[packet["family"]] + 32}
    lab.check(len(flows) == len(targets), "runs that follow one another use the same flow",
              flows)
    lab.finish()


main()
