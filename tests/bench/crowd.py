"""A hundred processes at once, of all protocols, on the same targets: none takes an answer that is
another one's, and none loses one."""

import hoptrace
import rig
import rows

PROCESSES, TARGETS = 100, 100
FLAGS = ("-I", "-U", "-T")


def run(network):
    """Their hops together."""
    place = rig.folder()
    arguments = place / "arguments"
    arguments.write_text("".join(f"{FLAGS[number % 3]} {number}\n" for number in range(PROCESSES)),
                         encoding="ascii")
    script = f'exec {rig.HOPTRACE} -n -q 1 -o influx "$0" -c {hoptrace.configuration(network)} ' \
             f'>{place}/"$1"'
    took, _ = rig.measure(network, ["xargs", "-a", arguments, "-n", "2", "-P", PROCESSES,
                                    "sh", "-c", script])
    total = {"right": 0, "wrong": 0, "missing": 0, "errors_ms": []}
    for number in range(PROCESSES):
        one = rig.compare(hoptrace.from_influx(place / str(number)), network.truth)
        total = {key: total[key] + one[key] for key in total}
    return {**took, **total}


def measure(settings, report):
    """One row."""
    network = rig.Network("--targets", TARGETS)
    runs = [run(network) for _ in range(settings["repeat"])]
    report.table(f"{PROCESSES} processes at once, ICMP, UDP and TCP, on the same targets, each at "
                 "1,000 probes a second; medians", *rows.COLUMNS)
    rows.row(report, f"{PROCESSES} times hoptrace", runs, network,
             fewest=PROCESSES * network.fewest)
    report.all_right(f"{PROCESSES} processes at once: hops", PROCESSES * network.fewest, runs)
