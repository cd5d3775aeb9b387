"""What it costs to remember: rounds of targets in peace, beside a former build (--former) that does
not remember any, in turns on the same network."""

import sys

import against
import hoptrace
import rig
import rows

HOPS = 15
INTERVAL_S, ROUNDS = 10, 4  # in the first round everything is new
WINDOW_ROUNDS = 22  # so that windows of 20 rounds are full
FEWER = 5  # of so much fewer targets the rounds may follow each other more closely
CPU_MOST = 1.05
BYTES_MOST = 6000  # of a target with HOPS hops and a window of 20 rounds


def network(targets):
    return rig.Network("--targets", targets, "--hops", f"{HOPS}-{HOPS}",
                       "--rtt-per-hop", "0.1-0.5")


def cost(settings, report):
    """CPU of all rounds at most CPU_MOST of the former's."""
    targets = network(settings["targets"])
    now, then = against.turns(targets, ("--interval", INTERVAL_S, "--rounds", ROUNDS),
                              settings["repeat"], settings["former"])
    report.table(f"{ROUNDS} rounds of {settings['targets']} targets of {HOPS} hops, beside "
                 f"{settings['former']}; medians of {settings['repeat']}", *rows.COLUMNS)
    rows.row(report, "now, remembered", now, targets, ROUNDS * targets.fewest)
    rows.row(report, "former, not remembered", then, targets, ROUNDS * targets.fewest)
    report.all_right("hops", targets.fewest, now)
    report.at_most("CPU per probe / the former's", rows.ratio(now, then, rows.cpu_per_probe_us),
                   CPU_MOST)


def windows(settings, report):
    """BYTES_MOST a target once its windows are full."""
    count = max(1, settings["targets"] // FEWER)
    targets = network(count)
    options = ("--interval", INTERVAL_S * 2 / FEWER, "--rounds", WINDOW_ROUNDS)
    now, then = ([hoptrace.run(targets, *options, program=program)]
                 for program in (rig.HOPTRACE, settings["former"]))
    report.table(f"{WINDOW_ROUNDS} rounds of {count} targets of {HOPS} hops", *rows.COLUMNS)
    rows.row(report, "now, remembered", now, targets, WINDOW_ROUNDS * targets.fewest)
    rows.row(report, "former, not remembered", then, targets, WINDOW_ROUNDS * targets.fewest)
    more = (rows.peak_mb(now) - rows.peak_mb(then)) * 2**20 / count
    report.at_most("bytes of memory a target more than the former's", more, BYTES_MOST)


def measure(settings, report):
    for part in (cost, windows):
        print(f"memory: {part.__name__}", file=sys.stderr)
        part(settings, report)
