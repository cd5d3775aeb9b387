#!/usr/bin/env python3
"""What the wire carried: the options of the command line as packets, one flow a target:
wire.py PROTOCOL"""

import collections
import sys

import lab

OPTIONS = (
    {},
    {"-f": 3, "-m": 6},
    {"-t": 184, "-l": 100},
    {"-l": 1400, "-q": 1},
    {"-l": 0, "-q": 1},
    {"-p": 4711},
)
IP_HEADER = {"ipv4": 20, "ipv6": 40}
HEADER = {"icmp": 8, "udp": 8, "tcp": 40}
PAYLOAD = {"icmp": 32, "udp": 32, "tcp": 0}
SMALLEST_PAYLOAD = {"icmp": 12, "udp": 12, "tcp": 0}
DEFAULT_PORT = {"udp": 33434, "tcp": 80}
FLOW = {"icmp": ("icmp_id", "checksum", "icmp_type", "icmp_code"), "udp": ("sport", "dport"),
        "tcp": ("sport", "dport", "tcp_seq")}
KEY = {"icmp": ("icmp_seq",), "udp": ("checksum",), "tcp": ("ip_id", "ts_value")}


def is_probe(packet, protocol):
    """Not the kernel's own: its resets, a name server's questions."""
    if packet["protocol"] != protocol:
        return False
    if protocol == "icmp":
        return packet["icmp_type"] in (8, 128)
    return protocol == "udp" or packet["tcp_flags"] == 2


def check_run(packets, options, protocol):
    """One run, one target."""
    family = packets[0]["family"]
    name = f"{family} {' '.join(f'{key} {value}' for key, value in options.items()) or 'defaults'}"

    def all_have(field, value):
        seen = {packet[field] for packet in packets}
        lab.check(seen == {value}, f"{name}: {field} {value}", seen)

    ttls = {packet["ttl"] for packet in packets}
    payload = max(options.get("-l", PAYLOAD[protocol]), SMALLEST_PAYLOAD[protocol])
    all_have("payload", payload)
    all_have("length", IP_HEADER[family] + HEADER[protocol] + payload)
    all_have("tos", options.get("-t", 0))
    lab.check(min(ttls) == options.get("-f", 1), f"{name}: first ttl", ttls)
    lab.check(max(ttls) <= options.get("-m", 30), f"{name}: last ttl", ttls)
    if "-m" in options:
        lab.check(max(ttls) == options["-m"], f"{name}: every ttl that was asked for", ttls)
    if protocol == "tcp":
        lab.check(all(packet["tcp_options"] == ["mss", "sack", "timestamps", "window_scale"]
                      for packet in packets), f"{name}: a client's options",
                  packets[0]["tcp_options"])
    if protocol != "icmp":
        all_have("dport", options.get("-p", DEFAULT_PORT[protocol]))
    flows = {tuple(packet.get(field) for field in (*FLOW[protocol], "src", "flow_label"))
             for packet in packets}
    lab.check(len(flows) == 1, f"{name}: one flow", flows)
    keys = collections.Counter(tuple(packet.get(field) for field in KEY[protocol])
                               for packet in packets)
    lab.check(max(keys.values()) == 1, f"{name}: each probe has its own key")


def cut(packets, runs):
    """Runs follow one another, each to another address than the one before."""
    groups = []
    for packet in sorted(packets, key=lambda packet: packet["time_ns"]):
        if not groups or groups[-1][-1]["dst"] != packet["dst"]:
            groups.append([])
        groups[-1].append(packet)
    lab.check(len(groups) == len(runs), f"{len(runs)} runs on the wire", len(groups))
    return zip(runs, groups)


def main():
    protocol = sys.argv[1]
    internet = lab.Internet("--seed", 3, "--targets", 1, "--family", "both", "--hops", "8-9")
    targets = list(internet.truth())
    runs = [(options, target) for options in OPTIONS for target in targets
            if protocol != "icmp" or "-p" not in options]
    for options, target in runs:
        arguments = [word for pair in options.items() for word in pair]
        lab.trace("-P", protocol, *arguments, target)
    internet.down()
    wire = internet.wire()
    lab.check(all(packet["verdict"] == "good" for packet in wire), "every packet is well-formed")
    probes = [packet for packet in wire if is_probe(packet, protocol)]
    for (options, _), packets in cut(probes, runs):
        check_run(packets, options, protocol)
    flows = {tuple(packet.get(field) for field in (*FLOW[protocol], "dst", "flow_label"))
             for packet in probes if packet.get("dport", 0) != 4711}
    lab.check(len(flows) == len(targets), "runs that follow one another use the same flow", flows)
    lab.finish()


main()
