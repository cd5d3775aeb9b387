#!/usr/bin/env python3
"""The benchmark's parts on a hundred targets: the bare loop loses nothing, hoptrace's lines are
read, tables and targets come out. Nothing is said about speed here."""

import json
import pathlib
import sys
import time

import hoptrace
import report as reports
import rig
import rows
import speed

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "simulated"))
import lab  # noqa: E402

TARGETS = 100
# On a machine that is busy with other tests.
UNHURRIED_PPS = 5000
UNHURRIED = ("--pps", UNHURRIED_PPS, "-w", 2)


def tools():
    """What runs a program, on one that is known."""
    began = time.monotonic()
    took, output, _ = rig.timed(["sh", "-c", "echo done; sleep 0.2; exit 3"])
    wall = time.monotonic() - began
    lab.check(0.2 <= took["wall_s"] <= wall and took["status"] == 3 and took["in_time"]
              and 0 <= took["cpu_s"] < wall and took["peak_kb"] > 0
              and output.read_text(encoding="ascii") == "done\n", "a program is measured", took)
    took = rig.timed(["sh", "-c", "sleep 60; true"], limit=0.3)[0]
    lab.check(not took["in_time"] and took["status"] != 0 and took["wall_s"] < 30,
              "one that does not end is ended", took)
    ordered = list(range(1, 101))
    lab.check([rig.quantile(ordered, percent) for percent in (50, 95, 99)] == [50, 95, 99]
              and rig.quantile([7], 50) == 7 and rig.quantile([], 50) is None, "quantiles")


def comparison():
    """Each way in which a program can be wrong."""
    truth = {"t": [("a", 1.0), (None, 2.0), ("c", 3.0)]}
    cases = {"all right": ({1: "a", 3: "c"}, (3, 0, 0)),
             "a hop is missing": ({1: "a"}, (2, 0, 1)),
             "another address": ({1: "b", 3: "c"}, (2, 1, 0)),
             "one address too many": ({1: "ab", 3: "c"}, (2, 1, 0)),
             "an address for the silent": ({1: "a", 2: "b", 3: "c"}, (2, 1, 0)),
             "a hop after the last": ({1: "a", 3: "c", 4: "d"}, (3, 1, 0))}
    for what, (shown, counts) in cases.items():
        found = {"t": {ttl: (tuple(addresses), 1.0) for ttl, addresses in shown.items()}}
        seen = rig.compare(found, truth)
        lab.check((seen["right"], seen["wrong"], seen["missing"]) == counts, what, seen)
    lab.check(rig.compare({}, truth)["missing"] == 2, "no record")


def bare_loops():
    """For each family and protocol."""
    for family in (4, 6):
        network = rig.Network("--targets", TARGETS, "--family", family)
        for protocol in speed.FLAGS:
            run = rig.bare_loop(network, protocol)
            lab.check(run["status"] == 0 and run["answers"] == run["probes"] == network.fewest,
                      f"bare loop, {protocol}, IPv{family}: {network.fewest} probes and answers",
                      run)
            lab.check(network.counters["faults"]["all"] == 0
                      and network.counters["targets"]["beyond"] == 0, "they are as they should be",
                      network.counters)
    for stamps in ((), ("stamps",)):
        run = rig.bare_loop(network, protocol, UNHURRIED_PPS, *stamps)
        lab.check(run["answers"] == run["probes"] == network.fewest
                  and run["probing_s"] > 0.8 * network.fewest / UNHURRIED_PPS,
                  f"bare loop, {UNHURRIED_PPS:,} a second: {network.fewest} probes in some "
                  f"{network.fewest / UNHURRIED_PPS:.2f} s", run)
        lab.check(run["stamps_sent"] == run["stamps_received"]
                  == (network.fewest if stamps else 0), "with as many stamps as packets" if stamps
                  else "without stamps", run)


def programs(report):
    """Both outputs of hoptrace are read, and counted. Returns the runs."""
    network = rig.Network("--targets", TARGETS, "--silent", 4)
    answering = sum(address is not None for hops in network.truth.values() for address, _ in hops)
    report.table("Smoke", *rows.COLUMNS)
    runs = [hoptrace.run(network, *UNHURRIED, output=output) for output in ("influx", "json")]
    for run in runs:
        lab.check(run["status"] == 0 and run["right"] == network.fewest and run["wrong"] == 0
                  and len(run["errors_ms"]) == answering,
                  f"{network.fewest} hops right, {answering} with times",
                  {key: run[key] for key in ("status", "right", "wrong", "missing")})
        rows.row(report, "hoptrace", [run], network)
    report.all_right("hops", network.fewest, runs)
    return runs


def wake_ups():
    """Below a ceiling a wake-up serves many packets."""
    network = rig.Network("--targets", TARGETS)
    run = hoptrace.run(network, "--pps", 1000, "-w", 2)
    lab.check(run["right"] == network.fewest and run["probes"] >= 4 * run["voluntary"],
              f"{run['voluntary']} wake-ups for {run['probes']} probes",
              {key: run[key] for key in ("right", "wrong", "missing")})


def table():
    """The table and the targets."""
    report = reports.Report()
    runs = programs(report)
    report.at_most("peak", rows.peak_mb(runs), 1e6, " MB")
    report.at_least("nothing measured", None, 1)
    cells = report.tables[0]["rows"][0]
    lab.check(len(cells) == len(rows.COLUMNS)
              and all(float(cell.replace(",", "")) >= 0 for cell in cells[1:]), "numbers", cells)
    lab.check([target["met"] for target in report.targets] == [True, True, False],
              "targets are met or not", report.targets)
    lines = reports.markdown(reports.targets_table(report.targets)).splitlines()
    lab.check(json.loads(json.dumps(vars(report))) and len(lines) == 7, "it is printed", lines)


def main():
    tools()
    comparison()
    bare_loops()
    wake_ups()
    table()
    lab.finish()


main()
