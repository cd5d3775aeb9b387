#!/usr/bin/env python3
"""--flows all beside scamper's tracelb, on the same simulated networks in the same run: routers and
links found, probes, seconds, and the fewest probes that the rule needs where that is known. A table
for people, and no test: tests/support/in_namespace python3 tests/simulated/tracelb.py [RUNS], with
HT_BIN set."""

import json
import statistics
import subprocess
import sys
import time

import lab

RUNS = int(sys.argv[1]) if len(sys.argv) > 1 else 5


def layers(number, widths):
    """Hops of these widths; of neighbours as wide as each other each router leads to all. simnet
    chooses by the same hash modulo the number of addresses, so that every other one of these hops
    lists each address as often as the hop is wide."""
    lines, spread = [], False
    for hop, width in enumerate(widths):
        routers = [lab.router("ipv4", number, 24 * hop + way + 1) if 24 * hop + way < 250 else
                   lab.router("ipv4", 100 + number, 24 * hop + way - 240)
                   for way in range(width)]
        spread = not spread if hop > 0 and widths[hop - 1] == width else False
        listed = [router for router in routers for _ in range(width)] if spread else routers
        lines.append(f"hop {','.join(listed)}{' balance=flow' if width > 1 else ''}")
    return lines


SHAPES = {"1-4-1": [1, 4, 1], "mesh": [1] + [4] * 9 + [1], "1-16-1": [1, 16, 1],
          "1-2-3-1": [1, 2, 3, 1]}


def topology():
    lines = []
    for number, (name, widths) in enumerate(SHAPES.items(), start=1):
        lines += [f"target {name} {lab.destination('ipv4', number)}", *layers(number, widths)]
    return "\n".join(lines) + "\n"


def links_of(widths):
    ends = [*widths, 1]
    return sum(here * there for here, there in zip(ends, ends[1:]))


def by_hoptrace(host, protocol):
    record = json.loads(lab.run("-j", "-n", "-P", protocol, "--flows", "all", host).stdout)
    nodes = {(hop["ttl"], node["address"]) for hop in record["hops"] for node in hop["nodes"]}
    return len(nodes), len(record["links"]), record["sent"]


def by_tracelb(host, protocol):
    method = {"icmp": "icmp-echo", "udp": "udp-dport"}[protocol]
    warts = lab.folder() / "warts"
    subprocess.run(["scamper", "-p", "1000", "-O", "warts", "-o", warts, "-I",
                    f"tracelb -P {method} {host}"], check=True)
    text = subprocess.run(["sc_warts2json", warts], check=True, stdout=subprocess.PIPE, text=True)
    result = [entry for entry in map(json.loads, text.stdout.splitlines())
              if entry["type"] == "tracelb"][0]
    steps = {(node["addr"], link["addr"]) for node in result.get("nodes", [])
             for way in node.get("links", []) for link in way if link["addr"] != "*"}
    nodes = {address for step in steps for address in step}
    return len(nodes), len(steps), result["probec"]


def main():
    net = lab.Internet(topology=topology(), resolver=True)  # scamper wants a name server
    print("| network | protocol | program | nodes | links | probes | seconds |\n|---|---|---|---|---|---|---|")
    for number, (name, widths) in enumerate(SHAPES.items(), start=1):
        for protocol in ("udp", "icmp"):
            for program, run in (("hoptrace", by_hoptrace), ("tracelb", by_tracelb)):
                runs = []
                for _ in range(RUNS):
                    began = time.monotonic()
                    runs.append((*run(lab.destination("ipv4", number), protocol),
                                 time.monotonic() - began))
                nodes, links, probes, seconds = (statistics.median(column) for column in zip(*runs))
                print(f"| {name} | {protocol} | {program} | {nodes:g}/{sum(widths) + 1} | "
                      f"{links:g}/{links_of(widths)} | {probes:g} | {seconds:.2f} |", flush=True)
    print(f"network late by {net.late_s() * 1000:.1f} ms at most")


main()
