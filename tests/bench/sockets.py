"""Without privilege and with: the same targets over raw sockets and over those that everybody has, in
turns on the same network, hop by hop against the truth."""

import pathlib
import sys

import hoptrace
import rig
import rows
import speed
from report import number

TARGETS, PPS = 1000, 10000
KINDS = ("raw", "user")


def admit_to_icmp():
    """Lets root's group open sockets for ICMP."""
    pathlib.Path("/proc/sys/net/ipv4/ping_group_range").write_text("0 0", encoding="ascii")


def turns(network, flag, repeat):
    """By kind of socket; the order is turned round each time."""
    runs = {kind: [] for kind in KINDS}
    for turn in range(repeat):
        for kind in KINDS[::-1 if turn % 2 else 1]:
            runs[kind].append(hoptrace.run(network, flag, "--sockets", kind, "--pps", PPS))
    return runs


def measure(settings, report):
    """Two rows and a line of ratios for each family and protocol."""
    admit_to_icmp()
    report.table(f"Raw sockets and those without privilege: one probe a hop, {PPS:,} a second at most; "
                 f"medians of {settings['repeat']}", *rows.COLUMNS)
    ratios = []
    for family in (4, 6):
        network = rig.Network("--targets", TARGETS, "--family", family)
        for protocol, flag in speed.FLAGS.items():
            name = f"{protocol.upper()} IPv{family}"
            print(f"sockets: {name}", file=sys.stderr)
            runs = turns(network, flag, settings["repeat"])
            for kind, done in runs.items():
                rows.row(report, f"{kind}, {name}", done, network)
                report.all_right(f"{kind}, {name}: hops", network.fewest, done)
            both = runs["user"], runs["raw"]
            ratios.append((name, *(number(rows.ratio(*both, figure))
                                   for figure in (rows.whole_rate, rows.cpu_per_probe_us))))
    report.table("Without privilege / raw; medians of the ratios of runs in pairs", "",
                 "probes/s whole run", "CPU per probe")
    for line in ratios:
        report.row(*line)
