#!/usr/bin/env python3
"""The real collectd stops in the midst of everything: at any moment of a round, while the network is
down, while no name server answers, while descriptors have run out; at once, without a word, and
without a leak. And when descriptors are there again, it measures again.

    stopping.py BUILD_DIR SIMNET"""

import os
import pathlib
import resource
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "collectd"))

import network  # noqa: E402
from daemon import Collectd, what_is_missing  # noqa: E402
from network import wait_until  # noqa: E402

MANY = 60
STOP_S = 2.0
# A machine that is busy with something else keeps a daemon waiting: what holds it up itself does so
# each time.
TRIES = 3
NEAR, NAME = "198.18.3.1", "near.sim"
NETWORK = f"""
target near {NEAR} rtt=3
hop 10.1.1.1 rtt=1
target many 198.18.2.1 rtt=30 count={MANY}
hop 10.1.4.1 rtt=10
hop * silent=yes
hop 10.1.4.3 rtt=20
name {NAME} {NEAR}
"""
# As parts of a round, which takes as long as its timeout for the silent hop.
MOMENTS = (0.0, 0.1, 0.3, 0.6, 0.9)
TIMEOUT_S, INTERVAL_S = 0.5, 0.5
# What is always said, once: two of the targets have names without an address.
NAMELESS = ('target "nowhere" cannot be measured', 'target "deaf" cannot be measured')


class Failed(Exception):
    """Something does not hold."""


def check(holds, what):
    if not holds:
        raise Failed(what)
    print(f"ok - {what}", flush=True)


def configuration():
    hosts = {"near": NEAR, "name": NAME, "deaf": "silent.sim", "nowhere": "no-such.sim"}
    hosts |= {f"many-{number}": f"198.18.2.{number}" for number in range(1, MANY + 1)}
    targets = "".join(f'<Target "{name}">\n  Host "{host}"\n</Target>\n'
                      for name, host in hosts.items())
    return (f"<LoadPlugin traceroute>\n  Interval {INTERVAL_S}\n</LoadPlugin>\n"
            f"<Plugin traceroute>\nTimeout {TIMEOUT_S}\nNumeric false\nPps 0\n{targets}</Plugin>\n")


class WithoutDescriptors(Collectd):
    """For a daemon that has no descriptors left. The leak check would look for some for ever; and
    glibc aborts if it cannot load libgcc_s when a thread calls pthread_exit, as collectd's own
    do: here it is there from the beginning, as it is with the sanitizers."""

    def _environment(self):
        environment = super()._environment()
        environment["ASAN_OPTIONS"] = environment.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
        environment["LD_PRELOAD"] = environment.get("LD_PRELOAD", "") + " libgcc_s.so.1"
        return environment


class Bench:
    """Daemons, one after the other."""

    def __init__(self, build, directory):
        self.plugin = os.path.join(build, "traceroute.so")
        self.directory = directory
        self.count = 0
        self.daemon = None

    def start(self, kind=Collectd):
        self.count += 1
        self.daemon = kind(os.path.join(self.directory, f"collectd-{self.count}"), self.plugin,
                           configuration())
        self.daemon.start()
        return self.daemon

    def stop(self, what, said=NAMELESS, last_try=True):
        """False: it took too long, and is to be tried again."""
        seconds, waited, status = self.daemon.stop()
        in_time = seconds - waited < STOP_S
        check(status == 0 and (in_time or not last_try),
              f"{what}: stops with status {status} after {seconds:.2f} s")
        reports = self.daemon.sanitizer_reports()
        check(not reports, f"{what}: no sanitizer objects{''.join(reports)}")
        strange = [line for line in self.daemon.log() if not any(word in line for word in said)]
        check(not strange, f"{what}: nothing is said{strange[:3] or ''}")
        return in_time


def until_in_time(scene):
    """`scene` stops a daemon and says whether that was in time; it is told which try is the last."""
    for number in range(1, TRIES + 1):
        if scene(number == TRIES):
            return


def set_up(state):
    subprocess.run(["ip", "link", "set", "ht0", state], check=True)


def at_moment(bench, part, last_try):
    daemon = bench.start()
    wait_until(daemon.has_thread, 20, "the engine's thread")
    sent = network.sent_packets()
    wait_until(lambda: network.sent_packets() > sent or part == 0, 20, "the first round")
    if part > 0:
        wait_until(lambda: network.sent_packets() >= sent + part * 8 * MANY, 20,
                   "that part of a round")
    return bench.stop(f"at {part} of a round", last_try=last_try)


def at_any_moment(bench):
    for part in MOMENTS:
        until_in_time(lambda last_try, part=part: at_moment(bench, part, last_try))


def while_the_network_is_down(bench, last_try):
    daemon = bench.start()
    daemon.wait_for_rows(["near"], 1)
    set_up("down")
    # Records of failure, until the daemon has had one of the outage.
    wait_until(lambda: daemon.rows("near", "gauge-result_code")[-1][1] == 5, 20, "an error")
    in_time = bench.stop("while the network is down", ("cannot be measured",), last_try)
    set_up("up")
    return in_time


def while_descriptors_are_out(bench, last_try):
    daemon = bench.start(WithoutDescriptors)
    daemon.wait_for_rows(["near", "name"], 2)
    limits = resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, (3, limits[1]))
    sent = network.sent_packets()
    wait_until(lambda: network.sent_packets() > sent + 4 * 8 * MANY, 20, "rounds without any")
    check(True, "no descriptor is left: rounds go on")
    resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, limits)
    rows = {name: len(daemon.rows(name, "gauge-result_code")) for name in ("near", "name")}
    for name, count in rows.items():
        wait_until(lambda: any(code == 0 for _, code in
                               daemon.rows(name, "gauge-result_code")[count + 1:]),
                   20, f"{name} measured again")
        check(True, f"descriptors are back: {name} is measured again")
    codes = {code for _, code in daemon.rows("near", "gauge-result_code")}
    check(codes == {0}, f"what has an address was measured all the time: {codes}")
    resource.prlimit(daemon.pid, resource.RLIMIT_NOFILE, (3, limits[1]))
    sent = network.sent_packets()
    wait_until(lambda: network.sent_packets() > sent + 8 * MANY, 20, "one more round")
    return bench.stop("while descriptors are out",
                      ("csv plugin", "Too many open files", "cannot be measured"), last_try)


def main():
    if len(sys.argv) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    missing = what_is_missing()
    if missing:
        network.skip(missing)
    network.enter_namespaces()
    with network.temporary_directory() as directory:
        network.use_name_servers(directory)
        topology = os.path.join(directory, "topology")
        with open(topology, "w", encoding="ascii") as file:
            file.write(NETWORK)
        bench = Bench(os.path.abspath(sys.argv[1]), directory)
        simnet = network.Simnet(os.path.abspath(sys.argv[2]), directory)
        simnet.up(topology)
        try:
            at_any_moment(bench)
            until_in_time(lambda last_try: while_descriptors_are_out(bench, last_try))
            until_in_time(lambda last_try: while_the_network_is_down(bench, last_try))
        except (Failed, TimeoutError, OSError, subprocess.SubprocessError) as problem:
            print(f"not ok - {problem}", flush=True)
            print("\n".join(bench.daemon.log() + bench.daemon.sanitizer_reports()), flush=True)
            bench.daemon.abandon()
            return 1
        simnet.down()
    return 0


if __name__ == "__main__":
    sys.exit(main())
