"""What a probe costs at a monitor's pace: hoptrace under a ceiling (and, with --former, a former
build of itself in the same turns), the bare loop, scamper, fping and mtr at the same rate on the
same network.

A voluntary switch of context is a wake-up: the process had gone to sleep."""

import shutil
import statistics
import sys

import hoptrace
import others
import rig
import rows
from report import number

COLUMNS = ("packets/s", "program", "targets", "packets", "packets/s measured", "CPU us/packet",
           "wake-ups/s", "hops right", "wrong", "missing", "RTT error median ms", "p95 ms",
           "network late ms")
RATES = (100, 1000, 10000, 50000)
SHORT_S, QUICK_S = 10, 3
HOPS = 11.7  # of a path of the generated network, on average
TARGETS_MAX = 10000
PEERS = ("scamper", "fping", "mtr")

# By rate: the most CPU per packet in us, and the most wake-ups a second, of hoptrace.
CPU_MOST_US = {1000: 12, 10000: 6}
WAKE_UPS_MOST = {1000: 250}
ERROR_MOST_MS = {50: 0.003, 95: 0.006}  # at ERROR_RATE, by percentile
ERROR_RATE = 10000
SCAMPER_SHARE, FPING_SHARE = 1 / 4, 1 / 8


def amount(rate, seconds):
    """How many targets, and probes a hop, make that rate last so long."""
    probes = max(1, -(-rate * seconds // (TARGETS_MAX * HOPS)))
    return max(10, min(TARGETS_MAX, round(rate * seconds / HOPS / probes))), int(probes)


def ours(program):
    """A build of hoptrace."""
    return lambda network, rate, probes, seconds: hoptrace.run(
        network, "-q", probes, "--pps", rate, program=program, limit=limit(seconds))


def limit(seconds):
    """When a run is given up."""
    return 3 * seconds + rig.LIMIT_S


def bare_loop(*stamps):
    """What the system calls cost at that pace: one probe a hop, no state; no times, or stamps that
    nothing is done with."""
    return lambda network, rate, _, seconds: rig.bare_loop(network, "icmp", rate, *stamps,
                                                           limit=limit(seconds))


def scamper(network, rate, probes, seconds):
    """The same probes."""
    return others.scamper(network, rate, probes, limit=limit(seconds))


def fping(network, rate, probes, seconds):
    """The destinations only, as many packets."""
    return others.fping_at(network, rate, round(probes * HOPS), limit=limit(seconds))


def mtr(network, rate, _, seconds):
    """As many processes as make the rate, each at its fastest: ten packets a second."""
    return others.mtr_at(network, max(1, rate // 10), max(1, round(10 * seconds / HOPS)),
                         limit=limit(seconds))


def programs(settings, rate, probes):
    """What runs at a rate, by name. scamper takes no more than 10,000 a second; of more than ten
    processes of mtr each is slowed down by the answers to the others, to less than 100 a second in
    all."""
    chosen = {"hoptrace": ours(rig.HOPTRACE)}
    if settings["former"]:
        chosen["former"] = ours(settings["former"])
    chosen["bare loop"] = bare_loop()
    chosen["bare loop, stamps"] = bare_loop("stamps")
    if rate <= 10000:
        chosen["scamper"] = scamper
        chosen["fping"] = fping
    if rate <= 100:
        chosen["mtr"] = mtr
    for name in PEERS:
        if name in chosen and not (settings["peers"] and shutil.which(name)):
            del chosen[name]
    return chosen


def wake_ups(run):
    """A second of probing."""
    return run["voluntary"] / run["probing_s"] if run["probing_s"] else 0


def turns(chosen, network, rate, probes, settings):
    """Each program's runs, one program after the other; the order is turned round each time."""
    runs = {name: [] for name in chosen}
    for turn in range(settings["repeat"]):
        for name in list(chosen)[::-1 if turn % 2 else 1]:
            print(f"pace: {rate} a second, {name}", file=sys.stderr)
            runs[name].append(chosen[name](network, rate, probes, settings["seconds"]))
    return runs


def row(report, rate, name, runs, network):
    """Medians; the hops of the worst run."""
    errors = rows.errors_ms(runs)
    report.row(f"{rate:,}", name, f"{len(network.truth):,}",
               f"{rig.median_of(runs, 'probes'):,.0f}",
               f"{statistics.median(map(rows.probing_rate, runs)):,.0f}",
               f"{statistics.median(map(rows.cpu_per_probe_us, runs)):.2f}",
               f"{statistics.median(map(wake_ups, runs)):,.0f}", *rows.hops(runs),
               *map(number, errors[:2]), f"{max(run['late_us'] for run in runs) / 1000:.1f}")
    report.figure(f"pace {rate}, {name}", list(map(rows.raw, runs)))


def judge(report, rate, runs, hops):
    """The targets at this rate."""
    now = runs["hoptrace"]
    cost = statistics.median(map(rows.cpu_per_probe_us, now))
    report.all_right(f"{rate:,} a second: hops", hops, now)
    if rate in CPU_MOST_US:
        report.at_most(f"{rate:,} a second: CPU per packet", cost, CPU_MOST_US[rate], " us")
    if rate in WAKE_UPS_MOST:
        report.at_most(f"{rate:,} a second: wake-ups a second",
                       statistics.median(map(wake_ups, now)), WAKE_UPS_MOST[rate])
    for peer, share in (("scamper", SCAMPER_SHARE), ("fping", FPING_SHARE)):
        if peer in runs and rate in CPU_MOST_US:
            report.at_most(f"{rate:,} a second: CPU per packet / {peer}'s",
                           rows.ratio(now, runs[peer], rows.cpu_per_probe_us), share)
    if rate == ERROR_RATE:
        for (percent, bound), error in zip(ERROR_MOST_MS.items(), rows.errors_ms(now)):
            report.at_most(f"{rate:,} a second: RTT error, {percent}th percentile", error, bound,
                           " ms")


def measure(settings, report):
    """One table for all rates."""
    settings = {**settings, "seconds": settings["seconds"] or
                (QUICK_S if settings["quick"] else SHORT_S)}
    report.table(f"At a monitor's pace: {settings['seconds']} s each, ICMP; medians of "
                 f"{settings['repeat']}", *COLUMNS)
    ratios = []
    for rate in settings["rates"] or RATES:
        targets, probes = amount(rate, settings["seconds"])
        network = rig.Network("--targets", targets, *(("--spin",) if settings["spin"] else ()))
        runs = turns(programs(settings, rate, probes), network, rate, probes, settings)
        for name, done in runs.items():
            row(report, rate, name, done, network)
        judge(report, rate, runs, network.fewest)
        if "former" in runs:
            both = runs["hoptrace"], runs["former"]
            ratios.append((f"{rate:,}", *(number(rows.ratio(*both, figure))
                                          for figure in (rows.cpu_per_probe_us, wake_ups))))
    if ratios:
        report.table("Beside the former build; medians of the ratios of runs in pairs", "packets/s",
                     "CPU per packet", "wake-ups")
        for line in ratios:
            report.row(*line)
