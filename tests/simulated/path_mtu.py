#!/usr/bin/env python3
"""The path MTU as records and events tell it, of IPv4 and IPv6: told by routers, with the size and
without, and found where larger packets vanish; changes while it loops; as the state file keeps it:
path_mtu.py PROTOCOL"""

import json
import os
import sys

import lab

PROTOCOL = sys.argv[1]
HOPS = 4
WIDE = 1500
# For each hop what it does; then the path MTU, and the limits as (ttl, mtu, silent).
CASES = (
    ({}, WIDE, []),
    ({2: "too-big=1400"}, 1400, [(2, 1400, False)]),
    ({1: "too-big=1400", 3: "too-big=1300"}, 1300, [(1, 1400, False), (3, 1300, False)]),
    ({4: "too-big=1377"}, 1377, [(4, 1377, False)]),
    ({2: "too-big=1400 too-big-says=plain"}, 1400, [(2, 1400, False)]),
    ({2: "too-big=1400 too-big-says=nothing"}, 1400, [(2, 1400, True)]),
    ({3: "too-big=1381 too-big-says=nothing"}, 1381, [(3, 1381, True)]),
    ({1: "too-big=1450", 3: "too-big=1380 too-big-says=nothing"}, 1380,
     [(1, 1450, False), (3, 1380, True)]),
    ({2: "silent=yes", 3: "too-big=1400 too-big-says=nothing"}, 1400, [(3, 1400, True)]),
    ({3: "silent=yes too-big=1400"}, 1400, [(2, 1400, True)]),
)
INTERVAL_S = 2
ROUNDS = 4  # of each network while it changes


def target(family, number, does):
    """Lines of a topology."""
    yield f"target t{number}-{family} {lab.destination(family, number)} {does.get(HOPS + 1, '')}"
    for hop in range(1, HOPS + 1):
        yield f"hop {lab.router(family, number, hop)} {does.get(hop, '')}"


def topology(cases):
    return "\n".join(line for family in lab.FAMILIES for number, does in enumerate(cases, 1)
                     for line in target(family, number, does)) + "\n"


def found(record):
    mtu = record["mtu"]
    if mtu is None:
        return None
    return mtu["path"], [(limit["ttl"], limit["mtu"], limit["silent"]) for limit in mtu["limits"]]


def check_records():
    internet = lab.Internet(topology=topology([does for does, _, _ in CASES]))
    targets = [lab.destination(family, number) for family in lab.FAMILIES
               for number in range(1, len(CASES) + 1)]
    records = lab.by_target(lab.trace("-n", "--mtu", "-P", PROTOCOL, *targets))
    for family in lab.FAMILIES:
        for number, (does, path, limits) in enumerate(CASES, 1):
            record = records[lab.destination(family, number)]
            what = f"{family}, {does}"
            if family == "ipv6" and "plain" in str(does):
                # What claims an MTU of 0 is to be passed over (RFC 8201 section 4).
                limits = [(ttl, mtu, True) for ttl, mtu, _ in limits]
            lab.check(found(record) == (path, limits), f"{what}: {path}, {limits}", found(record))
            counts = [(hop["sent"], hop["received"]) for hop in record["hops"]]
            lab.check(counts == [(4, 0) if "silent=yes" in does.get(ttl, "") else (3, 3)
                                 for ttl in range(1, HOPS + 2)],
                      f"{what}: nothing else counts", counts)
            addresses = [limit["address"] for limit in record["mtu"]["limits"]]
            lab.check(addresses == [lab.router(family, number, ttl) for ttl, _, _ in limits],
                      f"{what}: the routers", addresses)
    check_others(targets[1])
    internet.down()


def check_others(address):
    """The same in influx lines, in Prometheus and in text."""
    options = ("-n", "--mtu", "-P", PROTOCOL, address)
    done = lab.run("-o", "influx", *options)
    fields = {name: fields for name, _, fields, _ in lab.points(done.stdout.encode())}
    lab.check((fields["traceroute"].get("path_mtu"), fields["traceroute"].get("mtu_hop"))
              == (1400, 2), "influx: path_mtu, mtu_hop", done.stdout)
    done = lab.run("-o", "prometheus", *options)
    lab.check("hoptrace_path_mtu_bytes{" in done.stdout, "Prometheus", done.stdout)
    text = lab.run(*options).stdout
    lab.check("path MTU 1400, 1400 behind hop 2 (" in text, "text", text)


def check_tcp():
    """A SYN has no data: there is no path MTU, which is said once."""
    internet = lab.Internet(topology=topology([{2: "too-big=1400"}, {}]))
    targets = [lab.destination(family, number) for family in lab.FAMILIES for number in (1, 2)]
    done = lab.run("-j", "-n", "--mtu", "-P", "tcp", *targets)
    lab.check([record["mtu"] for record in lab.records(done.stdout)] == [None] * 4,
              "TCP has no path MTU", done.stdout)
    lab.check(done.stderr.count("no path MTU") == 1, "which is said once", done.stderr)
    done = lab.run("-o", "influx", "-n", "--mtu", "-P", "tcp", *targets)
    lab.check("path_mtu" not in done.stdout and "mtu_hop" not in done.stdout,
              "influx: no such field", done.stdout)
    done = lab.run("-o", "prometheus", "-n", "--mtu", "-P", "tcp", *targets)
    lab.check("hoptrace_path_mtu_bytes{" not in done.stdout, "Prometheus: no sample", done.stdout)
    text = lab.run("-n", "--mtu", "-P", "tcp", *targets).stdout
    lab.check(text.count("path MTU unknown: TCP probes have no data\n") == 4, "text says why", text)
    internet.down()


def check_events():
    """One event a change, and none beside."""
    networks = ({}, {2: "too-big=1400"}, {3: "too-big=1300 too-big-says=nothing"}, {})
    objects = lab.watch_changes([topology([does]) for does in networks], ROUNDS, "--mtu", "-w", 0.3,
                                "--interval", INTERVAL_S, "-P", PROTOCOL)
    for family in lab.FAMILIES:
        events = [entry for entry in objects if entry.get("event") == "mtu_changed"
                  and entry["address"] == lab.destination(family, 1)]
        seen = [(event["old_mtu"], event["new_mtu"], event["hop"]) for event in events]
        lab.check(seen == [(WIDE, 1400, 2), (1400, 1300, 3), (1300, WIDE, 3)],
                  f"{family}: an event a change", seen)
        lab.check(all(event["severity"] == "warning" for event in events), f"{family}: severity")


def check_state():
    """The next process knows what the last one found, and tells what has changed meanwhile."""
    internet = lab.Internet(topology=topology([{2: "too-big=1400 too-big-says=nothing"}]))
    path = os.path.join(lab.folder(), "state")
    options = ("-n", "-j", "--mtu", "--events", "--state", path, "-P", PROTOCOL,
               *(lab.destination(family, 1) for family in lab.FAMILIES))
    for run in (1, 2):
        records = lab.records(lab.run(*options).stdout)
        lab.check([found(record) for record in records] == [(1400, [(2, 1400, True)])] * 2,
                  f"run {run}", [found(record) for record in records])
    duration_ms = max(record["duration_ms"] for record in records)
    lab.check(duration_ms < 1000, "the second run only looks whether it is so", duration_ms)
    internet.change(topology([{3: "too-big=1300"}]))
    lines = [json.loads(line) for line in lab.run(*options).stdout.splitlines()]
    seen = [(line["old_mtu"], line["new_mtu"], line["hop"]) for line in lines
            if line.get("event") == "mtu_changed"]
    lab.check(seen == [(1400, 1300, 3)] * 2, "a change between two processes", lines)
    internet.down()


def main():
    if PROTOCOL == "tcp":
        check_tcp()
    else:
        check_records()
        check_events()
        check_state()
    lab.finish()


main()
