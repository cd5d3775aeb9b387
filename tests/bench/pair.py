"""One comparison of hoptrace with the bare loop, for who tunes it."""

import rig
import rows
import speed


def measure(settings, report):
    """All options that are not the benchmark's own are hoptrace's."""
    network = rig.Network("--targets", settings["targets"], *settings["network"].split())
    protocol = settings["protocol"]
    ours, bare = speed.pairs(network, protocol, settings["repeat"], *settings["options"])
    report.table(f"A pair, {protocol}; medians of {settings['repeat']}", *rows.COLUMNS)
    rows.row(report, "hoptrace", ours, network)
    rows.row(report, "bare loop", bare, network)
    speed.judge(report, protocol, network, ours, bare)
