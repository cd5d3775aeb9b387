"""hoptrace and its peers on the same network, each with one ICMP probe a hop, and whose times are
nearer to the truth. Those which trace one target a process get a hundred targets."""

import subprocess
import sys

import hoptrace
import others
import rig
import rows
from report import number

SCAMPER_PPS = 10000  # the most that it takes
FEW_TARGETS, AT_A_TIME = 100, 50
PACKAGES = ("scamper", "fping", "traceroute", "mtr-tiny")


def many_targets(settings, report):
    """Programs that take all targets at once. Returns the runs whose times are compared."""
    network = rig.Network("--targets", settings["targets"])
    runs = {name: [] for name in ("bare loop", "hoptrace", "hoptrace --pps 100000",
                                  "hoptrace --pps 10000", "scamper -p 10000", "fping")}
    for _ in range(settings["repeat"]):
        print("peers: many targets", file=sys.stderr)
        runs["bare loop"].append(rig.bare_loop(network))
        runs["hoptrace"].append(hoptrace.run(network))
        runs["hoptrace --pps 100000"].append(hoptrace.run(network, "--pps", 100000))
        runs["hoptrace --pps 10000"].append(hoptrace.run(network, "--pps", SCAMPER_PPS))
        runs["scamper -p 10000"].append(others.scamper(network, SCAMPER_PPS))
        runs["fping"].append(others.fping(network))
    for name, done in runs.items():
        end_to_end = name == "fping"
        rows.row(report, name + ", destinations only" * end_to_end, done, network,
                 fewest=len(network.truth) if end_to_end else None)
    return runs


def few_targets(settings, report):
    """Programs that take one target a process."""
    network = rig.Network("--targets", FEW_TARGETS)
    repeated = range(settings["repeat"])
    print("peers: few targets", file=sys.stderr)
    rows.row(report, "hoptrace, one process", [hoptrace.run(network) for _ in repeated], network)
    for program in (others.hoptrace_each, others.traceroute, others.mtr):
        name = program.__name__.replace("_each", "")
        rows.row(report, f"{name}, {AT_A_TIME} processes at a time",
                 [program(network, AT_A_TIME) for _ in repeated], network)


def versions(report):
    """Which peers these were."""
    shown = subprocess.run(["dpkg-query", "-W", "-f", "${Package}\t${Version}\n", *PACKAGES],
                           stdout=subprocess.PIPE, text=True, check=False).stdout
    report.table("Versions of the peers", "package", "version")
    for line in shown.splitlines():
        report.row(*line.split("\t"))


def measure(settings, report):
    """The tables, and the targets on RTTs."""
    report.table(f"Peers: one ICMP probe a hop; medians of {settings['repeat']}", *rows.COLUMNS)
    runs = many_targets(settings, report)
    few_targets(settings, report)
    versions(report)
    ours, theirs = (rows.errors_ms(runs[name])
                    for name in ("hoptrace --pps 10000", "scamper -p 10000"))
    for what, error, bound in zip(("median", "p95", "p99"), ours, theirs):
        report.at_most(f"RTT error at 10,000 a second, {what} (bound: scamper's)", error,
                       bound or 0, " ms")
    report.figure("RTT error at 100,000 a second, ms",
                  list(map(number, rows.errors_ms(runs["hoptrace --pps 100000"]))))
