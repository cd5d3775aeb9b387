"""Full speed with the receive buffer that the system gives to everybody: in a user namespace nobody
may enlarge it further. What overflows must be said, and made good before the record is closed."""

import pathlib
import threading

import hoptrace
import rig
import rows

INTERVAL_S = 0.01


class KernelDrops:
    """Watches the receive buffers of all raw sockets; they take their counters with them when they
    are closed, so that what is dropped at the very end may not be seen."""

    def __init__(self):
        self.seen = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def _watch(self):
        while not self._over.wait(INTERVAL_S):
            for name in ("raw", "raw6"):
                lines = pathlib.Path("/proc/net", name).read_text(encoding="ascii").splitlines()
                self.seen = max(self.seen, sum(int(line.split()[-1]) for line in lines[1:]))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()


def run(network):
    """JSON, whose records tell of overflows."""
    with KernelDrops() as drops:
        took = hoptrace.run(network, output="json")
    took["kernel_drops"] = drops.seen
    return took


def measure(settings, report):
    """One row, what overflowed, and the sight of it in the records."""
    network = rig.Network("--targets", settings["targets"])
    runs = [run(network) for _ in range(settings["repeat"])]
    report.table(f"The system's receive buffer, no ceiling, JSON, as an ordinary user; medians of "
                 f"{settings['repeat']}", *rows.COLUMNS)
    rows.row(report, "hoptrace", runs, network)
    report.table("Overflows of that buffer, a run each", "the kernel's count",
                 "the most in a record (rx_overflows)")
    for one in runs:
        report.row(one["kernel_drops"], one["rx_overflows"])
    report.all_right("the system's receive buffer: hops", network.fewest, runs)
    unsaid = sum(1 for one in runs if one["kernel_drops"] and not one["rx_overflows"])
    report.at_most("runs with overflows of which no record tells", unsaid, 0)
