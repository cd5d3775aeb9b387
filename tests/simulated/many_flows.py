#!/usr/bin/env python3
"""What many targets with several flows take: probes, seconds, processor time and memory of one
process. A table for people, and no test: tests/support/in_namespace python3
tests/simulated/many_flows.py [TARGETS_WITH_8_FLOWS [TARGETS_WITH_ALL]], with HT_BIN set."""

import json
import os
import resource
import sys
import time

import lab

SOME = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
MANY = int(sys.argv[2]) if len(sys.argv) > 2 else 10000
# Two hops that all targets share, then their own: half of the targets have two ways, a quarter
# four and three.
OWN = ([1, 1, 1, 1], [1, 2, 1, 1], [1, 1, 1, 1], [1, 4, 1, 3])


def address(first, number):
    return f"{first}.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def topology(targets):
    lines = ["path core", "hop 10.0.0.1", "hop 10.0.0.2"]
    router = 1
    for target in range(targets):
        lines += [f"target t{target} {address(100, (64 << 16) + 256 + target)}", "via core"]
        for width in OWN[target % len(OWN)]:
            addresses = ",".join(address(11, router + way) for way in range(width))
            router += width
            lines.append(f"hop {addresses}{' balance=flow' if width > 1 else ''}")
    return "\n".join(lines) + "\n"


def measure(name, targets, *options):
    hosts = lab.folder() / "hosts"
    hosts.write_text("".join(f"{address(100, (64 << 16) + 256 + target)}\n"
                             for target in range(targets)), encoding="ascii")
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = lab.run("-j", "-n", "--targets", hosts, *options, timeout=900)
    seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    records = [json.loads(line) for line in done.stdout.splitlines()]
    overflows = max(record["rx_overflows"] for record in records)
    right = sum([len(hop["nodes"]) for hop in record["hops"]]
                == [1, 1, *OWN[(int(record["address"].split(".")[2]) * 256 - 256
                                + int(record["address"].split(".")[3])) % len(OWN)], 1]
                for record in records)
    complete = sum(record["multipath"]["complete"] is True for record in records)
    print(f"| {name} | {len(records)} | {right} | {complete} | "
          f"{sum(record['sent'] for record in records)} | {seconds:.1f} | {cpu:.1f} | "
          f"{after.ru_maxrss / 1024:.0f} | {overflows} |", flush=True)


def main():
    net = lab.Internet("--queue", 1048576, topology=topology(max(SOME, MANY)))
    print(f"load before: {os.getloadavg()[0]:.1f}")
    print("| what | records | all ways found | complete | probes | seconds | CPU, s | MB | overflows |")
    print("|---|---|---|---|---|---|---|---|---|")
    measure("8 flows", SOME, "--flows", 8, "--pps", 20000)
    measure("all, 20,000 a second", MANY, "--flows", "all", "--pps", 20000)
    print(f"load after: {os.getloadavg()[0]:.1f}; network late by {net.late_s() * 1000:.1f} ms at most")


main()
