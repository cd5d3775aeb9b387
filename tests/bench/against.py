"""hoptrace beside a former build of itself (--former), in turns on the same network, for each family
and protocol: what a change costs."""

import sys

import hoptrace
import rig
import rows
import speed
from report import number

COLUMNS = ("now / former", "probes/s while probing", "probes/s whole run", "CPU per probe",
           "peak memory")
MOST = 1.03  # of cost; a series of five pairs moves by 1 %


def turns(network, options, repeat, former):
    """Pairs, after one that is not counted: the first one finds cold caches. Which of the two goes
    first alternates."""
    runs = {rig.HOPTRACE: [], former: []}
    for turn in range(repeat + 1):
        for program in sorted(runs, reverse=turn % 2 == 1):
            took = hoptrace.run(network, *options, program=program)
            if turn > 0:
                runs[program].append(took)
    return runs[rig.HOPTRACE], runs[former]


def measure(settings, report):
    """Rates at least 1 / MOST of the former's, CPU and memory at most MOST of it."""
    lines = []
    report.table(f"Beside {settings['former']}; medians of {settings['repeat']}", *rows.COLUMNS)
    for family in (4, 6):
        network = rig.Network("--targets", settings["targets"], "--family", family)
        for protocol, flag in speed.FLAGS.items():
            name = f"{protocol.upper()} IPv{family}"
            print(f"against: {name}", file=sys.stderr)
            now, then = turns(network, (flag,), settings["repeat"], settings["former"])
            rows.row(report, f"now, {name}", now, network)
            rows.row(report, f"former, {name}", then, network)
            report.all_right(f"{name}: hops", network.fewest, now)
            rate = rows.ratio(now, then, rows.probing_rate)
            whole = rows.ratio(now, then, rows.whole_rate)
            cost = rows.ratio(now, then, rows.cpu_per_probe_us)
            memory = rows.peak_mb(now) / rows.peak_mb(then)
            report.at_least(f"{name}: probes a second, whole run / the former's", whole, 1 / MOST)
            report.at_most(f"{name}: CPU per probe / the former's", cost, MOST)
            report.at_most(f"{name}: peak memory / the former's", memory, MOST)
            lines.append((name, *map(number, (rate, whole, cost, memory))))
    report.table("What is now beside what was; medians of the ratios of runs in pairs", *COLUMNS)
    for line in lines:
        report.row(*line)
