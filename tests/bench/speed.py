"""How fast, at what cost: hoptrace and the bare loop in turns on the same network, for each family
and protocol; then with silent routers, and as JSON."""

import sys

import hoptrace
import rig
import rows

FLAGS = {"icmp": "-I", "udp": "-U", "tcp": "-T"}


def pairs(network, protocol, repeat, *options):
    """In turns, so that what the machine does besides meets both."""
    ours, bare = [], []
    for _ in range(repeat):
        ours.append(hoptrace.run(network, FLAGS[protocol], *options))
        bare.append(rig.bare_loop(network, protocol))
    return ours, bare


def judge(report, name, network, ours, bare):
    """The targets that a pair has to meet."""
    report.all_right(f"{name}: hops", network.fewest, ours)
    report.at_least(f"{name}: probes a second while probing / the bare loop's",
                    rows.ratio(ours, bare, rows.probing_rate), 0.8)
    report.at_least(f"{name}: probes a second, whole run / the bare loop's",
                    rows.ratio(ours, bare, rows.whole_rate), 0.6)
    report.at_most(f"{name}: CPU per probe / the bare loop's",
                   rows.ratio(ours, bare, rows.cpu_per_probe_us), 1.6)
    report.at_most(f"{name}: probes / fewest", max(run["probes"] for run in ours) / network.fewest,
                   1.10)
    report.at_most(f"{name}: peak memory", rows.peak_mb(ours), 32, " MB")


def silent_routers(report, name, protocol, family, settings):
    """Two percent of the routers are silent."""
    network = rig.Network("--targets", settings["targets"], "--family", family, "--silent", 2)
    runs = [hoptrace.run(network, FLAGS[protocol]) for _ in range(settings["repeat"])]
    rows.row(report, f"hoptrace, {name}, 2 % silent", runs, network)
    report.all_right(f"{name}, 2 % silent: hops", network.fewest, runs)
    report.at_most(f"{name}, 2 % silent: whole run", rig.median_of(runs, "wall_s"), 2.5, " s")
    return runs


def as_json(report, name, network, protocol, influx):
    """The same work, written as JSON."""
    runs = [hoptrace.run(network, FLAGS[protocol], output="json") for _ in influx]
    rows.row(report, f"hoptrace, {name}, JSON", runs, network)
    report.all_right(f"{name}, JSON: hops", network.fewest, runs)
    report.at_most(f"{name}: CPU with JSON / with influx lines",
                   rig.median_of(runs, "cpu_s") / rig.median_of(influx, "cpu_s"), 3)
    return runs


def one_protocol(report, network, protocol, family, settings):
    """Returns a line of ratios."""
    name = f"{protocol.upper()} IPv{family}"
    print(f"speed: {name}", file=sys.stderr)
    ours, bare = pairs(network, protocol, settings["repeat"])
    rows.row(report, f"hoptrace, {name}", ours, network)
    rows.row(report, f"bare loop, {name}", bare, network)
    judge(report, name, network, ours, bare)
    return rows.ratios(name, ours, bare, as_json(report, name, network, protocol, ours),
                       silent_routers(report, name, protocol, family, settings))


def measure(settings, report):
    """Everything, for each family and protocol."""
    report.table(f"Speed: one probe a hop, no ceiling, influx lines; medians of "
                 f"{settings['repeat']}", *rows.COLUMNS)
    ratios = []
    for family in (4, 6):
        network = rig.Network("--targets", settings["targets"], "--family", family)
        ratios += [one_protocol(report, network, protocol, family, settings) for protocol in FLAGS]
    report.table("Speed beside the limit; medians of the ratios of runs in pairs",
                 *rows.RATIO_COLUMNS)
    for line in ratios:
        report.row(*line)
