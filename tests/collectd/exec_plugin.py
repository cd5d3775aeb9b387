#!/usr/bin/env python3
"""The real collectd's exec plugin runs `hoptrace -o putval` as an ordinary user for a hundred rounds:
every value of every round arrives, and the log has nothing but one notification of each target that
never answers. Then a path changes, and becomes shorter: the log has one more."""

import math
import os
import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "simulated"))

import lab  # noqa: E402
from daemon import Collectd, pairs, what_is_missing  # noqa: E402

ROUNDS, INTERVAL_S = 100, 0.5
# A round takes half of that.
STALL_S = INTERVAL_S / 5
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
# 198.18.1.1 leaves by another way; its hops 3 and 4 are gone.
CHANGED = NETWORK.replace("""hop 10.1.1.1 rtt=2
hop * silent=yes
hop 10.1.1.3 rtt=9
""", """hop 10.1.9.1 rtt=2
""")
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
            | {f"ping_droprate-path-{ttl:02}" for ttl in range(1, HOPS[host] + 1)}
            | {f"gauge-{name}" for name in (
                "hops", "reached", "path_id", "path_changes", "result_code", "loss_significant",
                "loss_after_hop", "loss_by_hop", "rtt_risen")})


def change(internet, daemon):
    """The notification, with quotes and all, as the daemon's log shows it."""
    internet.change(CHANGED)
    lab.wait_for(lambda: daemon.rows(HOSTS[0], "gauge-path_changes")[-1][1] == 1, 20)
    rounds = len(daemon.rows(HOSTS[0], "ping"))
    daemon.wait_for_rows(HOSTS[:1], rounds + 3)
    for value in ("ping-hop-04", "ping_droprate-hop-04"):
        last = daemon.rows(HOSTS[0], value)[-1]
        lab.check(math.isnan(last[1]) and len(daemon.rows(HOSTS[0], value)) >= rounds,
                  f"{value} has values where there is no hop any more", last)
    lab.check(all(daemon.rows(host, "gauge-path_changes")[-1][1] == 0 for host in HOSTS[1:]),
              "no other path changes")


def unreached(daemon):
    """The notifications of an outage."""
    return [line for line in daemon.log() if "type_instance = unreached," in line]


def check_outages(daemon):
    for host in HOSTS[1:3]:
        said = rf"\[info\] Notification: severity = FAILURE, host = test-host, " \
               rf"plugin = traceroute, plugin_instance = {re.escape(host)}, type = gauge, " \
               rf"type_instance = unreached, message = path to {re.escape(host)}: no answer .*"
        told = [line for line in unreached(daemon) if re.fullmatch(said, line)]
        lab.check(len(told) == 1, f"{host} never answers: told once", unreached(daemon))
    lab.check(len(daemon.log()) == 2, "nothing else in collectd's log", daemon.log()[:5], stall=STALL_S)


def check_log(daemon):
    said = r"\[info\] Notification: severity = WARNING, host = test-host, plugin = traceroute, " \
           r"plugin_instance = 198\.18\.1\.1, type = gauge, type_instance = path_changed, " \
           r"message = path to 198\.18\.1\.1: hop 1 is now 10\.1\.9\.1, was 10\.1\.1\.1\b.*"
    log = [line for line in daemon.log() if line not in unreached(daemon)]
    lab.check(len(log) == 1 and re.fullmatch(said, log[0]),
              "one notification, and nothing else in collectd's log", log[:5], stall=STALL_S)


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
              f"{max(steps):.3f} s between two", stall=STALL_S)


def main():
    missing = what_is_missing()
    if missing:
        skip(missing)
    os.environ["ASAN_OPTIONS"] = "detect_leaks=0"  # needs to look into a privileged process
    command = '" "'.join((str(program()), "-n", "--events", "-o", "putval", "-w", "0.1", "-r", "0", *HOSTS))
    internet = lab.Internet(topology=NETWORK)
    directory = lab.folder()
    daemon = Collectd(directory / "collectd", None, CONFIGURATION.format(command=command),
                      interval=INTERVAL_S)
    daemon.start()
    try:
        daemon.wait_for_rows(HOSTS, ROUNDS + 1, seconds=ROUNDS * INTERVAL_S * 2)
        check_outages(daemon)
        change(internet, daemon)
        seconds, _, status = daemon.stop()
    except TimeoutError:
        print("\n".join(daemon.log()[:5]), flush=True)
        raise
    finally:
        daemon.abandon()
    lab.check(status == 0, f"collectd ends well, after {seconds:.2f} s", status)
    for host in HOSTS:
        check(daemon, host)
    check_log(daemon)
    lab.finish()


main()
