#!/usr/bin/env python3
"""Telegraf stops and reloads: within a second, and at whatever moment of a round that is, its store
is told of no outage and of no other path than there are."""

import random
import time

import agent
from agent import lab

TARGETS, STOPS = 200, 50
# Above one second: so long an end of stdin is taken for the pipe that some agents start us with.
SETTLED_S = 1.1
# And what a busy machine may take to start us, where the time of a single stop is judged.
STARTED_S = 1.0
INTERVAL_S = 1


def stop():
    """With a round under way that takes 5 s: a silent target's."""
    config = lab.config('targets = ( { host = "198.18.9.9"; timeout = 5.0; } );\n')
    telegraf = agent.Telegraf(agent.execd_of(f"-o influx --interval 10 -c {config}", "influx"))
    telegraf.wait_for_child()
    time.sleep(STARTED_S + SETTLED_S)
    took = telegraf.reload()
    lab.check(took < agent.STOP_S, f"a reload takes {took:.2f} s")
    time.sleep(STARTED_S + SETTLED_S)
    took = telegraf.stop()
    lab.check(took < agent.STOP_S, f"a stop takes {took:.2f} s")
    records = telegraf.records()
    lab.check({fields["stop_reason"] for _, fields in records} <= {"interrupted"},
              "records of rounds that were cut short say so", [fields for _, fields in records])
    telegraf.check_log("stops")


def outages(points, paths):
    """What of it is not so: all targets are well, and their paths do not change."""
    for measurement, tags, fields, _ in points:
        if (fields.get("loss_percent", 0) != 0 or fields.get("reached") is False
                or fields.get("reached_value", 1) != 1
                or measurement == "traceroute"
                and fields.get("path_id", paths[tags["target"]]) != paths[tags["target"]]):
            yield measurement, tags, fields


def mid_round(truth):
    """Each reload stops the process that measures and starts another one."""
    hosts = ", ".join(f'"{address}"' for address in truth)
    config = lab.config(f"defaults = {{ numeric = true; probes = 1; }};\ntargets = ( {hosts} );\n")
    paths = {record["target"]: record["path_id"] for record in lab.trace("-c", config, "--pps", 0)}
    telegraf = agent.Telegraf(agent.execd_of(
        f"-o influx --interval {INTERVAL_S} --pps 0 -c {config}", "influx"))
    telegraf.wait_for_child()
    luck = random.Random(1)
    for _ in range(STOPS):
        time.sleep(SETTLED_S + luck.random() * INTERVAL_S)
        telegraf.reload()
    telegraf.stop()
    points = telegraf.points()
    cut = [fields for measurement, _, fields, _ in points
           if measurement == "traceroute" and fields["stop_reason"] == "interrupted"]
    # Telegraf may lose the last lines of a process that it stops: not all of them are there.
    lab.check(len(cut) >= STOPS // 5, f"{STOPS} stops cut {len(cut)} records short")
    records = telegraf.records()
    lab.check({tags["target"] for tags, _ in records} == set(truth), "every target has records")
    lab.check(all("path_id" in fields for _, fields in records
                  if fields["stop_reason"] == "destination"), "those that were not have a path")
    false = list(outages(points, paths))
    lab.check(not false, f"{STOPS} stops of {TARGETS} healthy targets, {len(records)} records: "
              f"{len(false)} points tell of an outage or another path", false[:3])
    telegraf.check_log("reloads")


def main():
    agent.program()
    internet = lab.Internet("--seed", 5, "--targets", TARGETS, "--hops", "4-8",
                            "--rtt-per-hop", "1-8")
    stop()
    mid_round(internet.truth())
    lab.finish()


main()
