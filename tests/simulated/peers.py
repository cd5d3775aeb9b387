#!/usr/bin/env python3
"""Faults that other programs of this kind are known for, each on the network that brings it out.

Those that have tests of their own:
  another process's answers taken for ours            processes.py, forged.py
  a record without hops or reason                     unreachable.py (nothing answers)
  numbers as strings, 0 for "no reply"                tests/checkers/check_json.py, check_influx.py
  keys that wrap round                                scenario keys_wrap*.scn, keys_run_out.scn
  duplicates                                          forged.py, scenario duplicates.scn
  a listener that is confused by several SYNs         paths.py tcp, scenario tcp_listener*.scn
  a path that grows within a round                    scenario path_grows.scn
  IPv4 chosen where IPv6 was asked for                targets.py
  a name's new address unnoticed, a name dropped      names_over_time.py
  a dead target that delays the others' rounds        rounds.py
  lines that are cut off by a signal                  program.py"""

import pathlib
import resource
import signal
import subprocess
import time

import lab

PROTOCOLS = ("icmp", "udp", "tcp")
SLOW, LIMITED, LATE, NEAR, SLEEPY = (f"198.18.1.{number}" for number in range(1, 6))
BOTH_SIX, ONLY_SIX = "2001:db8:18::6", "2001:db8:18::7"
DEAF = [f"198.18.3.{number}" for number in range(1, 41)]
CROWD_SIZE = 1500


def network(grown=False):
    return f"""
target slow {SLOW} rtt=900
hop 10.1.1.1 rtt=5
hop 10.1.1.2 rtt=850
target limited {LIMITED} rtt=8
hop 10.1.2.1 rtt=2
hop 10.1.2.2 rtt=4 rate=1/3
hop 10.1.2.3 rtt=6
target late {LATE} rtt=12 late=40 late-every=2
hop 10.1.3.1 rtt=4 late=40 late-every=2
hop 10.1.3.2 rtt=8 late=40 late-every=3
target near {NEAR} rtt=6
hop 10.1.4.1 rtt=2
{"hop 10.1.4.2" if grown else ""}
{"hop 10.1.4.3" if grown else ""}
hop 10.1.4.9 rtt=4
target sleepy {SLEEPY} rtt=100
hop 10.1.8.1 rtt=80
hop 10.1.8.2 rtt=90
target crowd 198.18.10.1 rtt=4 count={CROWD_SIZE}
hop 10.1.5.1 rtt=2
hop 10.1.5.2 rtt=3
target six {BOTH_SIX}
hop fd01:6::1
target deaf {DEAF[0]} silent=yes count={len(DEAF)}
hop 10.1.7.1
name both.sim {BOTH_SIX} {NEAR}
name six.sim {BOTH_SIX}
"""


def losses(record):
    return [hop["loss_percent"] for hop in record["hops"]]


def last_probe(protocol):
    """The last probe's answer is waited for, and a slow path is no lossy one. A machine that stands
    still for a moment is no reason for loss here: the clock of the scenarios is exact."""
    record = lab.trace("-n", "-P", protocol, "-w", 1.5, SLOW)[0]
    lab.check(record["status"] == "reached" and losses(record) == [0] * 3
              and record["rtt_ms"]["min"] >= 900, f"{protocol}, 900 ms: no loss", losses(record))


def rate_limit(protocol):
    """A router that keeps to a limit loses nothing, neither of the path nor of its own."""
    record = lab.trace("-n", "-P", protocol, "-q", 12, LIMITED)[0]
    hops = losses(record)
    lab.check(hops == [0] * 4 and record["loss_percent"] == 0,
              f"{protocol}: a router's limit is no loss", hops)


def told_apart(protocol):
    """Answers that overtake each other: each counts for the probe it answers."""
    record = lab.trace("-n", "-P", protocol, "-q", 12, LATE)[0]
    for hop, truth in zip(record["hops"], (4, 8, 12)):
        times = hop["rtt_ms"]
        late = round((times["avg"] - truth) / 40 * 12)
        lab.check(hop["received"] == hop["sent"] == 12 and truth <= times["min"]
                  and truth + 40 <= times["max"] and 2 <= late <= 9
                  and abs(times["avg"] - truth - 40 * late / 12) < 1.6,
                  f"{protocol}: late answers at {truth} ms", times, late=0.0015)


def tcp_times():
    """Not off by the times after which a kernel asks again."""
    for port, what in ((80, "open"), (81, "closed")):
        record = lab.trace("-n", "-T", "-q", 20, "-p", port, NEAR)[0]
        lab.check(losses(record) == [0] * 3 and 6 <= record["rtt_ms"]["min"]
                  and record["rtt_ms"]["median"] < 8, f"TCP, {what} port: the true time",
                  record["rtt_ms"], late=0.001)


def standstill(internet, protocol):
    """We are stopped until all answers are overdue: that is no loss and no delay of the path's."""
    before = len(internet.log.read_bytes())
    process = lab.start("-n", "-j", "-P", protocol, "-w", 0.3, SLEEPY)
    lab.wait_for(lambda: len(internet.log.read_bytes()) > before)
    process.send_signal(signal.SIGSTOP)
    time.sleep(0.6)
    process.send_signal(signal.SIGCONT)
    record = lab.records(process.communicate(timeout=30)[0].decode())[0]
    lab.check(losses(record) == [0] * 3 and 100 <= record["rtt_ms"]["median"] < 110,
              f"{protocol}: stopped for a while, no loss", (losses(record), record["rtt_ms"]),
              late=0.005)


def growth(internet):
    """A path that grows and shrinks between rounds."""
    process = lab.start("-n", "-j", "--interval", 1, "--rounds", 8, NEAR)
    lines = [process.stdout.readline() for _ in range(3)]
    internet.change(network(grown=True))
    lines += [process.stdout.readline() for _ in range(3)]
    internet.change(network())
    output, said = process.communicate(timeout=30)
    found = lab.records((b"".join(lines) + output).decode())
    counts = [record["hop_count"] for record in found]
    lab.check(process.returncode == 0 and said == b"" and len(found) == 8
              and counts[:2] == [3, 3] and counts[4:5] == [5] and counts[-1] == 3,
              "the path grows by two hops and shrinks again", counts)
    # The round in which it happens may have seen both.
    steady = [record for record in found if record["hop_count"] in (3, 5)]
    ids = {record["hop_count"]: set() for record in steady}
    for record in steady:
        ids[record["hop_count"]].add(record["path_id"])
    lab.check(not any(any(losses(record)) for index, record in enumerate(found)
                      if index not in (3, 6)), "neither is loss", [losses(r) for r in found])
    lab.check(len(ids) == 2 and not ids[3] & ids[5], "the path's identity tells", ids)


def many_targets():
    """Neither descriptors nor the order of targets run out."""
    hosts = [f"198.18.{10 + number // 256}.{number % 256}" for number in range(1, CROWD_SIZE + 1)]
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    found = lab.trace("-n", "-q", 1, "--pps", 5000, *hosts, preexec_fn=lambda: resource.setrlimit(
        resource.RLIMIT_NOFILE, (32, limit)))
    good = [record for record in found if record["status"] == "reached"
            and lab.addresses(record) == [["10.1.5.1"], ["10.1.5.2"], [record["address"]]]]
    lab.check(len(found) == len(good) == CROWD_SIZE, f"{CROWD_SIZE} targets, 32 descriptors",
              (len(found), len(good)))
    record = lab.by_target(lab.trace("-n", "-q", 10, NEAR, *DEAF))[NEAR]
    lab.check(losses(record) == [0] * 3 and record["rtt_ms"]["median"] < 8,
              "silent targets do not spoil another one's times", record["rtt_ms"], late=0.001)


def nothing_is_left():
    """No helpers of any kind, while it runs and after."""
    process = lab.start("-j", "--interval", 60, "both.sim", "silent.sim")
    process.stdout.readline()
    tasks = list(pathlib.Path(f"/proc/{process.pid}/task").iterdir())
    children = "".join((task / "children").read_text(encoding="ascii") for task in tasks)
    lab.check(children == "", "no child processes", children)
    process.terminate()
    process.communicate(timeout=30)


def failures():
    """Whatever fails, the JSON is whole and says what; last, as it takes IPv6 and the routes."""
    def fails(what, *arguments, status="error"):
        done = lab.run("-n", "-j", *arguments)
        lab.check_schema(done.stdout.encode())
        found = lab.records(done.stdout)
        lab.check(done.returncode == 0 and len(found) == 1 and found[0]["status"] == status
                  and (status == "reached" or (found[0]["error"] and found[0]["sent"] == 0)),
                  f"{what}: a record that says so", (done.returncode, done.stderr, found))
        return found[0]

    fails("no such name", "none.sim", status="resolve_error")
    fails("no such interface", "-i", "nowhere0", NEAR)
    fails("no such interface, in the address", "fe80::1%nowhere0")
    fails("a source that is not ours", "-s", "192.0.2.77", NEAR)
    pathlib.Path("/proc/sys/net/ipv6/conf/all/disable_ipv6").write_text("1", encoding="ascii")
    record = fails("no IPv6, a name with both", "both.sim", status="reached")
    lab.check(record["address"] == NEAR, "no IPv6: IPv4 is chosen", record["address"])
    fails("no IPv6, a name with nothing else", "six.sim")
    fails("no IPv6, an address", BOTH_SIX)
    subprocess.run(["ip", "route", "delete", "default"], check=True)
    for protocol in PROTOCOLS:
        fails(f"no route, {protocol}", "-P", protocol, NEAR)


def main():
    internet = lab.Internet(topology=network(), resolver=True)
    for protocol in PROTOCOLS:
        last_probe(protocol)
        rate_limit(protocol)
        told_apart(protocol)
        standstill(internet, protocol)
    tcp_times()
    growth(internet)
    many_targets()
    nothing_is_left()
    failures()
    lab.finish()


main()
