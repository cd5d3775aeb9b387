"""What it costs to remember: rounds of targets in peace, beside a former build (--former) that does
not remember any, in turns on the same network."""

import sys

import against
import rig
import rows

HOPS = 15
INTERVAL_S, ROUNDS = 10, 4  # in the first round everything is new
CPU_MOST = 1.05
BYTES_MOST = 6000  # of a target with HOPS hops and a window of 20 rounds


def measure(settings, report):
    """CPU of all rounds at most CPU_MOST of the former's, BYTES_MOST a target."""
    network = rig.Network("--targets", settings["targets"], "--hops", f"{HOPS}-{HOPS}",
                          "--rtt-per-hop", "0.1-0.5")
    print("memory", file=sys.stderr)
    now, then = against.turns(network, ("--interval", INTERVAL_S, "--rounds", ROUNDS),
                              settings["repeat"], settings["former"])
    report.table(f"{ROUNDS} rounds of {settings['targets']} targets of {HOPS} hops, beside "
                 f"{settings['former']}; medians of {settings['repeat']}", *rows.COLUMNS)
    rows.row(report, "now, remembered", now, network, ROUNDS * network.fewest)
    rows.row(report, "former, not remembered", then, network, ROUNDS * network.fewest)
    report.all_right("hops", network.fewest, now)
    report.at_most("CPU per probe / the former's", rows.ratio(now, then, rows.cpu_per_probe_us),
                   CPU_MOST)
    more = (rows.peak_mb(now) - rows.peak_mb(then)) * 2**20 / settings["targets"]
    report.at_most("bytes of memory a target more than the former's", more, BYTES_MOST)
