#!/usr/bin/env python3
"""The real collectd's exec plugin runs `hoptrace -o putval` as an ordinary user for a hundred rounds:
every value of every round arrives, and the log stays empty."""

import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "simulated"))

import lab  # noqa: E402
from daemon import Collectd, pairs, what_is_missing  # noqa: E402

ROUNDS, INTERVAL_S = 100, 0.4
HOSTS = ("198.18.1.1", "198.18.1.2", "198.18.1.3", "2001:db8:18::4")
NETWORK = """
target plain 198.18.1.1 rtt=12
hop 10.1.1.1 rtt=2
hop * silent=yes
hop 10.1.1.3 rtt=9
target refused 198.18.1.2
hop 10.1.1.1 rtt=2
hop 10.1.2.2 rtt=4 unreachable=1
target deaf 198.18.1.3 silent=yes
hop 10.1.1.1 rtt=2
hop 10.1.3.2 rtt=3
target six 2001:db8:18::4 rtt=7
hop fd01:4::1 rtt=3
"""
HOPS = {"198.18.1.1": 4, "198.18.1.2": 2, "198.18.1.3": 2, "2001:db8:18::4": 2}
# One thread: several would let values of one round overtake those of the one before.
CONFIGURATION = """
WriteThreads 1
LoadPlugin exec
<Plugin exec>
  Exec "nobody" "{command}"
</Plugin>
"""


def skip(reason):
    print(f"SKIP: {reason}")
    sys.exit(77)


def program():
    """A copy that any user may run and that has the capability: the exec plugin runs nothing as
    root."""
    if pathlib.Path("/proc/self/uid_map").read_text(encoding="ascii").split()[2] == "1":
        skip("there is no user but root in this namespace")
    folder = lab.folder()
    folder.chmod(0o755)
    shutil.copy(lab.HOPTRACE, folder)
    if subprocess.run(["setcap", "cap_net_raw+ep", folder / "hoptrace"], check=False).returncode:
        skip("no file can be given a capability here")
    return folder / "hoptrace"


def values_of(host):
    """The names of all values that a target has."""
    places = ["", *(f"-hop-{ttl:02}" for ttl in range(1, HOPS[host] + 1))]
    return ({kind + place for kind in ("ping", "ping_stddev", "ping_droprate") for place in places}
            | {f"gauge-{name}" for name in ("hops", "reached", "path_id", "path_changes", "result_code")})


def check(daemon, host):
    found = daemon.values(host)
    lab.check(values_of(host) <= found, f"{host}: the values", values_of(host) - found)
    counts = {value: len(daemon.rows(host, value)) for value in found}
    lab.check(min(counts.values()) >= ROUNDS, f"{host}: {ROUNDS} rounds of each value", counts)
    lab.check(max(counts.values()) - min(counts.values()) <= 1,
              f"{host}: no value is missing in a round", counts)
    steps = [later - one for value in found
             for one, later in pairs([when for when, _ in daemon.rows(host, value)][:ROUNDS])]
    lab.check(max(steps) < 1.5 * INTERVAL_S, f"{host}: no round is missing",
              f"{max(steps):.3f} s between two", stall=INTERVAL_S / 4)


def main():
    missing = what_is_missing()
    if missing:
        skip(missing)
    os.environ["ASAN_OPTIONS"] = "detect_leaks=0"  # needs to look into a privileged process
    command = '" "'.join((str(program()), "-n", "-o", "putval", "-w", "0.1", "-r", "0", *HOSTS))
    lab.Internet(topology=NETWORK)
    directory = lab.folder()
    daemon = Collectd(directory / "collectd", None, CONFIGURATION.format(command=command),
                      interval=INTERVAL_S)
    daemon.start()
    try:
        daemon.wait_for_rows(HOSTS, ROUNDS + 1, seconds=ROUNDS * INTERVAL_S * 2)
        seconds, status = daemon.stop()
    except TimeoutError:
        print("\n".join(daemon.log()[:5]), flush=True)
        raise
    finally:
        daemon.abandon()
    lab.check(status == 0, f"collectd ends well, after {seconds:.2f} s", status)
    for host in HOSTS:
        check(daemon, host)
    lab.check(not daemon.log(), "nothing in collectd's log", daemon.log()[:5])
    lab.finish()


main()
