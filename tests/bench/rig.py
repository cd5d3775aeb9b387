"""The rig: a simulated network that keeps one processor for itself, programs that are measured on
another one, and what came of it. Works inside a network namespace of its own
(tests/support/in_namespace). HT_BIN is the build folder."""

import atexit
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
BIN = pathlib.Path(os.environ["HT_BIN"]).resolve()
HOPTRACE = os.environ.get("HT_HOPTRACE", str(BIN / "hoptrace"))
SIMNET = str(BIN / "tests" / "simnet" / "simnet")
BARE_LOOP = str(BIN / "tests" / "bench" / "bare_loop")
TIMED = str(BIN / "tests" / "bench" / "timed")
LIMIT_S = 60
ATTEMPTS = 3

CPUS = sorted(os.sched_getaffinity(0))
# Sharing a processor, the network would take its time from the one who is measured; moving about,
# both would find cold caches at other places in each run.
NETWORK_CPU = CPUS[-1]
PROGRAM_CPU = CPUS[0]


def folder():
    """A new folder that goes with the script."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="hoptrace-bench-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


class Network:
    """A generated network. Use it as a context: it is up within, and after it the counters are
    there. Each use is a fresh start."""

    def __init__(self, *options):
        self.options = [str(option) for option in options]
        self.folder = folder()
        self.stats = self.folder / "stats.json"
        self.environment = dict(os.environ, SIMNET=SIMNET, SIMNET_EXIT_WITH=str(os.getpid()),
                                SIMNET_DIR=str(self.folder / "run"))
        self.truth = dict(self._read_truth())
        self.fewest = sum(len(hops) for hops in self.truth.values())
        self.counters = {}

    def _read_truth(self):
        """By address of the target: of each hop its address (None: it is silent) and its RTT."""
        with subprocess.Popen([SIMNET, *self.options, "--truth"], stdout=subprocess.PIPE,
                              text=True) as process:
            for line in process.stdout:
                path = json.loads(line)
                yield path["address"], [(None if hop["silent"] else hop["addresses"][0],
                                         hop["rtt_ms"]) for hop in path["hops"]]

    def _pinned(self, *command):
        subprocess.run(["taskset", "-c", str(NETWORK_CPU), *command], env=self.environment,
                       check=True)

    def __enter__(self):
        self._pinned(TESTS / "simnet" / "up", *self.options, "--stats", self.stats)
        return self

    def __exit__(self, *_):
        self._pinned(TESTS / "simnet" / "down")
        subprocess.run(["ip", "link", "delete", "ht0"], check=True)
        self.counters = json.loads(self.stats.read_text(encoding="ascii"))

    def faults(self):
        """The network's own faults, after its use: with any, the figures say nothing."""
        names = ("no_room", "send_errors", "link_drops")
        return {name: self.counters[name] for name in names if self.counters[name]}

    def probing_seconds(self):
        """From the first probe's arrival to the last one's."""
        return (self.counters["last_probe_ns"] - self.counters["first_probe_ns"]) / 1e9


def timed(command, stdin=None, limit=LIMIT_S):
    """Runs a command to its end. Returns what it took, and the files of its stdout and stderr."""
    place = folder()
    result, output, errors = place / "result", place / "output", place / "errors"
    # Whatever priority the network was given, programs are measured as they usually run.
    command = ["chrt", "--other", "0", "taskset", "-c", PROGRAM_CPU, TIMED, result, limit, *command]
    with open(output, "wb") as out, open(errors, "wb") as err, \
            open(stdin or os.devnull, "rb") as source:
        subprocess.run([str(word) for word in command], stdin=source, stdout=out, stderr=err,
                       check=True)
    took = json.loads(result.read_text(encoding="ascii"))
    took["cpu_s"] = took["user_s"] + took["system_s"]
    return took, output, errors


def measure(network, command, **options):
    """One run on a fresh network: what it took, what the wire saw, and where the output is. Where
    the network itself dropped packets it is done again."""
    for _ in range(ATTEMPTS):
        with network:
            took, output, errors = timed(command, **options)
        if not network.faults():
            break
        print(f"# the network was at fault: {network.faults()}", file=sys.stderr)
    took["probes"] = network.counters["probes"]
    took["probing_s"] = network.probing_seconds()
    took["late_us"] = network.counters["latest_us"]
    took["faults"] = network.faults()
    said = errors.read_text(encoding="utf-8", errors="replace")[:300]
    if took["status"] or not took["in_time"]:
        print(f"# {command[0]}: status {took['status']}: {said}", file=sys.stderr)
    return took, output


def bare_loop(network, protocol="icmp", *pace, **options):
    """The limit, on the same network. `pace`: packets a second, and "stamps" if it takes those."""
    targets = network.folder / "hops"
    if not targets.exists():
        targets.write_text("".join(f"{address} {len(hops)}\n"
                                   for address, hops in network.truth.items()), encoding="ascii")
    took, output = measure(network, [BARE_LOOP, protocol, *pace], stdin=targets, **options)
    said = json.loads(output.read_text(encoding="ascii") or "{}")
    took.update((key, said.get(key, 0)) for key in ("answers", "stamps_sent", "stamps_received"))
    return took


def compare(found, truth):
    """Hops right, wrong and missing, and the errors of the RTTs of the right ones in ms. `found`
    has for each target, by ttl, the set of addresses shown and the RTT."""
    count = {"right": 0, "wrong": 0, "missing": 0}
    errors = []
    for target, hops in truth.items():
        shown = found.get(target, {})
        for ttl, (address, rtt_ms) in enumerate(hops, 1):
            addresses, seen_ms = shown.get(ttl, ((), None))
            if any(one != address for one in addresses):
                count["wrong"] += 1
            elif address and not addresses:
                count["missing"] += 1
            else:
                count["right"] += 1
                if seen_ms is not None:
                    errors.append(abs(seen_ms - rtt_ms))
        count["wrong"] += sum(1 for ttl, (addresses, _) in shown.items()
                              if addresses and not 1 <= ttl <= len(hops))
    return {**count, "errors_ms": sorted(errors)}


def quantile(ordered, percent):
    """Nearest rank; None of nothing."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)] if ordered else None


def median_of(runs, key):
    return statistics.median(run[key] for run in runs)
