#!/usr/bin/env python3
"""Several flows over balancers by flow: each way, and each flow's own; and many processes with eight
flows each, none of which takes an answer that is another one's: flows.py PROTOCOL"""

import concurrent.futures
import os
import sys

import lab

FLOWS = 16
PROCESSES, AT_A_TIME, TARGETS = 100, 50, 6
PPS = 300  # of each, as in processes.py


def ways(family, path, hop, width):
    return [lab.router(family, path, 10 * hop + way) for way in range(width)]


def topology():
    """Per family TARGETS paths: one router, four ways, two ways, one router, the destination."""
    lines = []
    for family in lab.FAMILIES:
        for number in range(1, TARGETS + 1):
            lines += [f"target f{family[3]}-{number} {lab.destination(family, number)}",
                      f"hop {lab.router(family, number, 1)}",
                      f"hop {','.join(ways(family, number, 2, 4))} balance=flow",
                      f"hop {','.join(ways(family, number, 3, 2))} balance=flow",
                      f"hop {lab.router(family, number, 5)}"]
    return "\n".join(lines) + "\n"


def possible(family, number):
    """The addresses of each hop."""
    return [{lab.router(family, number, 1)}, set(ways(family, number, 2, 4)),
            set(ways(family, number, 3, 2)), {lab.router(family, number, 5)},
            {lab.destination(family, number)}]


def is_right(record, number, flows):
    """No address that is not the path's, none missing, nothing lost, each flow has one path."""
    hops = [{node["address"] for node in hop["nodes"]} for hop in record["hops"]]
    by_flow = [sorted(flow for node in hop["nodes"] for flow in node["flows"])
               for hop in record["hops"]]
    return (record["status"] == "reached" and record["loss_percent"] == 0
            and len(hops) == 5 and len(record["flows"]) == flows
            and all(hop and hop <= known
                    for hop, known in zip(hops, possible(record["family"], number)))
            and by_flow == [list(range(flows))] * 5
            and all(hop["received"] == hop["sent"] == flows for hop in record["hops"]))


def path_of(record, flow):
    """The addresses that a flow shows, hop by hop."""
    return [node["address"] for hop in record["hops"] for node in hop["nodes"]
            if flow in node["flows"]]


def steps(record):
    """What the links should be, by the nodes' own flows."""
    found = {}
    for flow in range(len(record["flows"])):
        path = path_of(record, flow)
        for ttl, step in enumerate(zip(path, path[1:]), 1):
            found.setdefault((ttl, *step), []).append(flow)
    return found


def check_one(record, number):
    name = f"{record['family']} {record['protocol']}"
    lab.check(is_right(record, number, FLOWS), f"{name}: each flow has one path, the network's",
              record["hops"])
    links = {(link["ttl"], link["from"], link["to"]): link["flows"] for link in record["links"]}
    lab.check(links == steps(record), f"{name}: links are the flows' steps", links)
    paths = {tuple(path_of(record, flow)) for flow in range(FLOWS)}
    lab.check(record["multipath"]["paths"] == len(paths)
              and {flow["path_id"] for flow in record["flows"]}
              and len({flow["path_id"] for flow in record["flows"]}) == len(paths),
              f"{name}: {len(paths)} paths", record["multipath"])
    lab.check(all(balancer["by"] == "flow" for balancer in record["multipath"]["balancers"]),
              f"{name}: balanced by flow", record["multipath"]["balancers"])


def check_many(protocol, targets):
    """Many processes at a time, with other processes' flows all around."""
    os.nice(19)

    def trace(_):
        return lab.run("-j", "-n", "-w", 3, "--pps", PPS, "--flows", 8, "-P", protocol, *targets)
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        runs = list(pool.map(trace, range(PROCESSES)))
    lab.check(all(done.returncode == 0 and done.stderr == "" for done in runs),
              f"{PROCESSES} processes end well", {done.stderr for done in runs})
    found = [record for done in runs for record in lab.records(done.stdout)]
    strangers = [node["address"] for record in found for hop, known in
                 zip(record["hops"], possible(record["family"], targets[record["address"]]))
                 for node in hop["nodes"] if node["address"] not in known]
    lab.check(not strangers, "no hop shows another one's address", strangers[:3], **lab.ALWAYS)
    right = sum(is_right(record, targets[record["address"]], 8) for record in found)
    lab.check(right == len(found) == PROCESSES * len(targets),
              f"{right} of {PROCESSES * len(targets)} records of eight flows are right")
    ports = [flow["source_port"] for done in runs
             for flow in lab.records(done.stdout)[0]["flows"]]
    lab.check(protocol == "icmp" or len(set(ports)) >= 8, "flows have ports of their own", ports[:8])


def main():
    protocol = sys.argv[1]
    lab.Internet(topology=topology())
    targets = {lab.destination(family, number): number for family in lab.FAMILIES
               for number in range(1, TARGETS + 1)}
    options = ("-n", "-P", protocol, "--flows", FLOWS)
    first = {record["address"]: record for record in lab.trace(*options, *targets)}
    lab.check(len(first) == len(targets), "a record for each target")
    for address, record in first.items():
        check_one(record, targets[address])
    widths = [sum(len(record["hops"][hop]["nodes"]) for record in first.values())
              for hop in (1, 2)]
    # 12 targets, 16 flows: of 48 ways half a one is missed on average, of 24 one in 2,700 runs.
    lab.check(widths[0] >= 44 and widths[1] == 24, "the ways are seen", widths)

    second = lab.trace(*options, *reversed(targets))
    fewer = lab.trace("-n", "-P", protocol, "--flows", 5, *targets)
    changed = [record["address"] for record in second + fewer
               for flow in range(len(record["flows"]))
               if path_of(record, flow) != path_of(first[record["address"]], flow)]
    lab.check(len(second) == len(fewer) == len(targets) and not changed,
              "flow k is the same in the next process, however many there are", changed)
    one = lab.trace("-n", "-P", protocol, *targets)
    lab.check(all(lab.addresses(record) == [[address] for address in
                                            path_of(first[record["address"]], 0)]
                  for record in one), "flow 0 is the flow of a target with one")
    check_many(protocol, targets)
    lab.finish()


main()
