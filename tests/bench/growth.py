"""How wall time, CPU and memory grow with the number of targets."""

import sys

import hoptrace
import rig
import rows
from report import number

SIZES = (100, 1000, 10000, 100000)
# Ten times as many targets may take ten times as much, and a tenth more for the machine's moods.
LINEAR = 11


def least(runs, key):
    """Of the run that was disturbed least: what else a machine does is no growth."""
    return min(run[key] for run in runs)


def one_size(settings, report, targets):
    """Returns hoptrace's runs."""
    print(f"growth: {targets}", file=sys.stderr)
    network = rig.Network("--targets", targets)
    runs, bare = [], []
    for _ in range(settings["repeat"]):
        runs.append(hoptrace.run(network, limit=10 * rig.LIMIT_S))
        bare.append(rig.bare_loop(network))
    rows.row(report, "hoptrace", runs, network)
    rows.row(report, "bare loop", bare, network)
    report.all_right(f"{targets:,} targets: hops", network.fewest, runs)
    return runs


def measure(settings, report):
    """A table over the sizes, of medians; the step between the two largest is judged, as in the small
    ones the longest RTT is most of the time, by the runs that were disturbed least."""
    sizes = [size for size in SIZES if size <= max(SIZES[1], 10 * settings["targets"])]
    report.table(f"Growth: one ICMP probe a hop, no ceiling; medians of {settings['repeat']}",
                 *rows.COLUMNS)
    runs = {targets: one_size(settings, report, targets) for targets in sizes}
    few, many = sizes[-2:]
    for key, what in (("wall_s", "wall time"), ("cpu_s", "CPU"), ("peak_kb", "peak memory")):
        small, large = (least(runs[size], key) for size in (few, many))
        report.at_most(f"{what}, {many:,} targets / {few:,}", large / small, LINEAR)
    small, large = (least(runs[size], "peak_kb") for size in (few, many))
    bytes_each = (large - small) * 1024 / (many - few)
    report.table("Memory", "from", "to", "bytes a target")
    report.row(f"{few:,}", f"{many:,}", number(int(bytes_each)))
    report.figure("bytes a target", bytes_each)
