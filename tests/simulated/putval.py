#!/usr/bin/env python3
"""-o putval in the real collectd: its exec plugin runs us, its unixsock plugin is told our lines, and
what its csv plugin writes is what our JSON says of the same network."""

import atexit
import csv
import math
import os
import pathlib
import shutil
import socket
import subprocess
import sys

import lab

COLLECTD = shutil.which("collectd") or "/usr/sbin/collectd"
TYPES = "/usr/share/collectd/types.db"
PLUGINS = pathlib.Path("/usr/lib/collectd")
HOST = "test-host"
TOLERANCE_MS = 1.5
NOBODY = 65534
ROUNDS = ("--interval", 1, "--rounds", 3)
HOSTS = ("198.18.1.1", "198.18.1.2", "198.18.1.3", "2001:db8:18::4", "none.sim")
NETWORK = """
target plain 198.18.1.1 rtt=12
hop 10.1.1.1 rtt=2
hop 10.1.1.2 rtt=5
hop * silent=yes
hop 10.1.1.4 rtt=9
target refused 198.18.1.2
hop 10.1.1.1 rtt=2
hop 10.1.2.2 rtt=4 unreachable=1
target deaf 198.18.1.3 silent=yes
hop 10.1.1.1 rtt=2
hop 10.1.3.2 rtt=3
target six 2001:db8:18::4 rtt=7
hop fd01:4::1 rtt=3
"""
# Several threads would let values of one second overtake those of the one before.
CONFIGURATION = """
Hostname "{host}"
FQDNLookup false
BaseDir "{folder}"
PIDFile "{folder}/pid"
PluginDir "{plugins}"
TypesDB "{types}"
Interval 2
WriteThreads 1
LoadPlugin logfile
<Plugin logfile>
  LogLevel warning
  File "{folder}/log"
</Plugin>
LoadPlugin csv
<Plugin csv>
  DataDir "{folder}/csv"
</Plugin>
{input}
"""
EXEC = """
LoadPlugin exec
<Plugin exec>
  Exec "nobody" "{command}"
</Plugin>
"""
UNIXSOCK = """
LoadPlugin unixsock
<Plugin unixsock>
  SocketFile "{folder}/socket"
  SocketGroup "root"
</Plugin>
"""


class Collectd:
    """One daemon, with a folder of its own, that takes values in some way."""

    def __init__(self, how, before=(), **words):
        self.folder = lab.folder()
        self.folder.chmod(0o777)
        configuration = CONFIGURATION.format(
            host=HOST, folder=self.folder, plugins=PLUGINS, types=TYPES,
            input=how.format(folder=self.folder, **words))
        (self.folder / "conf").write_text(configuration, encoding="utf-8")
        self.process = subprocess.Popen([*before, COLLECTD, "-C", self.folder / "conf", "-f"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        atexit.register(self.process.kill)

    def values(self):
        """{(target, value): the numbers that were written, None for NaN}."""
        found = {}
        for file in (self.folder / "csv" / HOST).glob("traceroute-*/*"):
            with open(file, encoding="utf-8") as lines:
                rows = list(csv.reader(lines))[1:]
            numbers = [None if math.isnan(float(row[1])) else float(row[1]) for row in rows]
            found[file.parent.name.removeprefix("traceroute-"), file.name[:-11]] = numbers
        return found

    def log(self):
        file = self.folder / "log"
        said = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        # That it cannot become another user need not worry who already is the right one.
        return [line for line in said if line and "CAP_SETUID" not in line]

    def stop(self, what):
        self.process.terminate()
        lab.check(self.process.wait(timeout=30) == 0, f"{what}: collectd ends well")
        lab.check(not self.log(), f"{what}: nothing in collectd's log", self.log()[:5])


def expected(record):
    """The values that a record stands for."""
    codes = lab.check_influx.STATUSES
    values = {"gauge-hops": record["hop_count"], "gauge-reached": record["status"] == "reached",
              "gauge-path_id": record["path_id"] and int(record["path_id"], 16),
              "gauge-path_changes": record["path_changes"],
              "gauge-result_code": codes.index(record["status"])}
    for part, name in [(record, "")] + [(hop, f"-hop-{hop['ttl']:02}") for hop in record["hops"]]:
        loss = part["loss_percent"]
        values["ping" + name] = part["rtt_ms"]["avg"]
        values["ping_stddev" + name] = part["rtt_ms"]["stddev"]
        values["ping_droprate" + name] = None if loss is None else loss / 100
    window = record["window"] or {}
    for name in ("loss_significant", "loss_after_hop", "loss_by_hop", "rtt_risen"):
        values["gauge-" + name] = window.get(name)
    for hop in record["hops"]:
        loss = hop["path_loss_percent"]
        values[f"ping_droprate-path-{hop['ttl']:02}"] = None if loss is None else loss / 100
    return values


def is_near(value, numbers, wanted):
    """Of times the best round counts: a busy machine makes the others slow."""
    if value.startswith("gauge"):
        return set(wanted) == set(numbers)
    if None in wanted or None in numbers:
        return set(wanted) == set(numbers) == {None}
    return abs(min(numbers) - min(wanted)) <= TOLERANCE_MS


def compare(values, found, what):
    for host in HOSTS:
        rounds = [expected(record) for record in found if record["target"] == host]
        names = {value for target, value in values if target == host}
        lab.check(names == set(rounds[0]), f"{what}, {host}: the values' names",
                  names ^ set(rounds[0]))
        wrong = [(value, values[host, value], [wanted[value] for wanted in rounds])
                 for value in rounds[0] if value in names and not is_near(
                     value, values[host, value], [wanted[value] for wanted in rounds])]
        lab.check(not wrong, f"{what}, {host}: the values are those of the JSON", wrong,
                  late=TOLERANCE_MS / 1000)


def by_exec(found):
    """The exec plugin runs nothing as root: the daemon is somebody with one capability."""
    if pathlib.Path("/proc/self/uid_map").read_text(encoding="ascii").split()[2] == "1":
        print("# skipped: collectd's exec plugin, there is no user but root in this namespace")
        return
    command = '" "'.join((lab.HOPTRACE, "-n", "-o", "putval", *HOSTS))
    daemon = Collectd(EXEC, before=(
        "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
        "--inh-caps=-all,+net_raw", "--ambient-caps=-all,+net_raw"), command=command)
    lab.check(lab.wait_for(lambda: all(
        len(daemon.values().get((host, "gauge-result_code"), ())) >= 3 for host in HOSTS), 30),
        "exec: three rounds of each target reach the daemon", daemon.values().keys())
    compare(daemon.values(), found, "exec")
    daemon.stop("exec")


def tell(daemon, lines):
    """What the daemon answers to each line."""
    path = str(daemon.folder / "socket")
    with socket.socket(socket.AF_UNIX) as connection:
        lab.wait_for(lambda: connection.connect_ex(path) == 0)
        with connection.makefile("rw", encoding="utf-8", newline="\n") as talk:
            answers = []
            for line in lines:
                talk.write(line)
                talk.flush()
                answers.append(talk.readline())
    return answers


def by_unixsock(found):
    daemon = Collectd(UNIXSOCK)
    done = lab.run("-n", "-o", "putval", *ROUNDS, *HOSTS,
                   env=dict(os.environ, COLLECTD_HOSTNAME=HOST))
    lines = done.stdout.splitlines(keepends=True)
    lab.check(lines and all(len(line.encode()) < 1200 for line in lines), "lines are short")
    answers = tell(daemon, lines)
    refused = [pair for pair in zip(lines, answers) if not pair[1].startswith("0 Success")]
    lab.check(not refused, f"unixsock: {len(lines)} lines are taken", refused[:3])
    lab.wait_for(lambda: sum(map(len, daemon.values().values())) >= len(lines))
    compare(daemon.values(), found, "unixsock")
    daemon.stop("unixsock")


NAME = 'say "no\\yes"/\u00fc'
# As a string of the configuration.
NAME_IN_FILE = NAME.replace("\\", "\\\\").replace('"', '\\"')


def notifications(internet):
    """What has changed, of a target whose name has to be escaped, as the daemon reads it."""
    file = lab.config(f'targets = ( {{ host = "198.18.1.1"; name = "{NAME_IN_FILE}"; }} );\n')
    out = lab.folder() / "out"
    with open(out, "wb") as data:
        process = lab.start("-n", "-o", "putval", "--events", "--interval", 0.3, "-w", 0.1, "-r", 0,
                            "-c", file, stdout=data,
                            env=dict(os.environ, COLLECTD_HOSTNAME=HOST))
    lab.wait_for(lambda: out.read_bytes().count(b"/gauge-hops") >= 6, 20)
    internet.change(NETWORK.replace("10.1.1.2", "10.1.9.2"))
    lab.wait_for(lambda: b"PUTNOTIF" in out.read_bytes(), 20)
    process.terminate()
    process.wait(timeout=20)
    lines = [line for line in out.read_text(encoding="utf-8").splitlines(keepends=True)
             if line.startswith("PUTNOTIF")]
    daemon = Collectd(UNIXSOCK)
    answers = tell(daemon, lines)
    lab.check(len(lines) == 1 and answers[0].startswith("0 Success"),
              "a notification is taken", (lines, answers))
    lab.wait_for(daemon.log)
    name = NAME.replace("/", "_")
    wanted = (f"severity = WARNING, host = {HOST}, plugin = traceroute, plugin_instance = {name}, "
              f"type = gauge, type_instance = path_changed, message = path to {NAME}: hop 2 is now "
              "10.1.9.2, was 10.1.1.2")
    lab.check(len(daemon.log()) == 1 and daemon.log()[0].endswith(wanted),
              "and is what we said", daemon.log()[:3])
    daemon.process.terminate()
    daemon.process.wait(timeout=30)


def more_often_than_collectd():
    """Values of one identifier and one time would be dropped by collectd, but for the first."""
    file = lab.config('targets = ( { host = "127.0.0.1"; probes = 1; interval = 0.2; } );\n')
    done = lab.run("-n", "-o", "putval", "-c", file, "--rounds", 4,
                   env=dict(os.environ, COLLECTD_INTERVAL="10.000"))
    times = [float(line.split()[3].split(":")[0]) for line in done.stdout.splitlines()
             if '/ping"' in line and " interval=10.000 " in line]
    lab.check(len(times) == 4 and all(a < b for a, b in zip(times, times[1:])),
              "a target's own short interval: each round has another time", times)


def main():
    plugins = (PLUGINS / f"{name}.so" for name in ("csv", "exec", "logfile", "unixsock"))
    for path in (COLLECTD, TYPES, *plugins):
        if not os.path.exists(path):
            print(f"SKIP: collectd is not installed: there is no {path}")
            sys.exit(77)
    internet = lab.Internet(topology=NETWORK, resolver=True)
    found = lab.trace("-n", *ROUNDS, *HOSTS)
    more_often_than_collectd()
    by_unixsock(found)
    by_exec(found)
    notifications(internet)
    lab.finish()


main()
