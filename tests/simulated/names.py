#!/usr/bin/env python3
"""Reverse names of the nodes: the right ones, each asked for once, none with -n; servers that are
slow, silent or hostile neither delay a record for long nor break an output."""

import calendar
import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import time

import lab

sys.path.insert(0, str(lab.TESTS / "support"))

import name_server  # noqa: E402

# How long a record may wait for names, and what a busy machine may add.
WAIT = 0.5
SLACK = 0.25
DEAD_SERVER = "10.98.0.54"
FORMATS = ("text", "json", "influx", "putval", "prometheus")


def name_servers(*servers):
    """From now on these: the file is this namespace's own since main()."""
    with open("/etc/resolv.conf", "w", encoding="ascii") as file:
        file.writelines(f"nameserver {address}\n" for address in servers)


def nodes(found):
    return [node for record in found for hop in record["hops"] for node in hop["nodes"]]


def hostnames(record):
    return [node["hostname"] for node in nodes([record])]


def reference(address):
    """The name as the C library's resolver finds it."""
    try:
        return socket.gethostbyaddr(address)[0]
    except OSError:
        return None


def live(*arguments):
    """Runs hoptrace -j: its records, each with the seconds that it came after it was closed."""
    process = lab.start("-j", *arguments)
    found = []
    for line in process.stdout:
        record = json.loads(line)
        record["waited"] = time.time() - closing_time(record)
        found.append(record)
    lab.check(process.wait() == 0, f"hoptrace {' '.join(map(str, arguments))[:60]} exits with 0",
              process.stderr.read())
    return found


def opening_time(record):
    seconds, micros = record["time"].rstrip("Z").split(".")
    return calendar.timegm(time.strptime(seconds, "%Y-%m-%dT%H:%M:%S")) + int(micros) / 1e6


def closing_time(record):
    return opening_time(record) + record["duration_ms"] / 1000


def topology(name, targets=1):
    """Paths of two routers and a target, 1 ms a hop; the second router of path N has this name,
    with N in it."""
    lines = []
    for path in range(1, targets + 1):
        lines += [f"target t{path} {lab.destination('ipv4', path)}",
                  f"hop {lab.router('ipv4', 1, 1)} rtt=1 name=first.sim",
                  f"hop {lab.router('ipv4', 1, path + 1)} rtt=2 name={name.format(path)}"]
    return "\n".join(lines) + "\n"


def check_right():
    internet = lab.Internet("--seed", 5, "--targets", 10, "--family", "both", "--hops", "8-12",
                            "--silent", 5)
    truth = internet.truth()
    found = lab.trace(*truth)
    wrong = [(node["address"], node["hostname"]) for node in nodes(found)
             if node["hostname"] != reference(node["address"])]
    named = sum(node["hostname"] is not None for node in nodes(found))
    lab.check(len(found) == 20 and named > 100 and not wrong,
              f"{named} nodes of {len(found)} targets have the names that the system gives them",
              wrong[:5])
    internet.down()


def check_questions(arguments, rounds, what, wanted):
    """Runs and counts the questions; `wanted` makes of the records how many there should be."""
    internet = lab.Internet("--seed", 7, "--targets", 10, "--hops", "6-9")
    found = lab.trace(*arguments, *internet.truth())
    internet.down()
    asked = internet.counters()["dns_queries"]
    lab.check(len(found) == 10 * rounds and asked == wanted(found), f"{what}: {asked} questions",
              (len(found), wanted(found)))
    return found


def check_economy():
    check_questions([], 1, "each address is one question",
                    lambda found: len({node["address"] for node in nodes(found)}))
    found = check_questions(["--interval", 1, "--rounds", 3], 3,
                            "further rounds use what the first one found out",
                            lambda found: len({node["address"] for node in nodes(found)}))
    lab.check(all(node["hostname"] for node in nodes(found)), "all rounds have all names")
    found = check_questions(["-n"], 1, "-n", lambda found: 0)
    lab.check(all(node["hostname"] is None for node in nodes(found)), "-n gives no names")


def check_slow():
    internet = lab.Internet(topology=topology("slow-300.r{}.sim"))
    target = lab.destination("ipv4", 1)
    record = live(target)[0]
    lab.check(hostnames(record)[:2] == ["first.sim", "slow-300.r1.sim"],
              "a name that takes 0.3 s is waited for", hostnames(record))
    lab.check(record["duration_ms"] < 250, "and the record's duration does not tell",
              record["duration_ms"], stall=0.05)
    internet.change(topology("slow-1200.s{}.sim"))
    found = live("-q", 1, "--interval", 1, "--rounds", 3, target)
    lab.check([hostnames(record)[1] for record in found] == [None, None, "slow-1200.s1.sim"] or
              [hostnames(record)[1] for record in found] == [None] + ["slow-1200.s1.sim"] * 2,
              "one that takes longer is there in a later round",
              [hostnames(record)[1] for record in found])
    lab.check(0.9 * WAIT < found[0]["waited"] < WAIT + SLACK,
              f"the record came after {found[0]['waited']:.3f} s", stall=0.05)
    internet.down()


def check_grid():
    """The wait for names never moves a round, nor swallows one."""
    internet = lab.Internet(topology=topology("silent.r{}.sim"))
    found = live("-q", 1, "--interval", 0.2, "--rounds", 6, lab.destination("ipv4", 1))
    starts = [opening_time(record) for record in found]
    steps = [b - a for a, b in zip(starts, starts[1:])]
    lab.check(len(found) == 6 and 0.05 < steps[0] < 0.35
              and all(0.15 < step < 0.25 for step in steps[1:]),
              "rounds shorter than the wait keep to their grid", steps, stall=0.02)
    lab.check(all(record["waited"] < step + 0.1 for record, step in zip(found, steps)),
              "each is told before the next",
              [record["waited"] for record in found], stall=0.05)
    internet.down()


def check_interrupted():
    internet = lab.Internet(topology=topology("silent.r{}.sim"))
    target = lab.destination("ipv4", 1)
    began = time.monotonic()
    process = lab.start("-j", "-q", 1, target)
    time.sleep(0.3)
    process.send_signal(signal.SIGTERM)
    out, errors = process.communicate(timeout=10)
    took = time.monotonic() - began
    record = json.loads(out)
    lab.check(process.returncode == 0 and record["status"] == "reached"
              and record["stop_reason"] == "destination" and took < 0.45,
              f"a signal ends the wait: after {took:.3f} s", (out, errors), stall=0.05)
    lab.check(hostnames(record)[:2] == ["first.sim", None], "with the names known by then",
              hostnames(record))
    began = time.monotonic()
    done = lab.run("-j", "-q", 1, "--deadline", 0.3, target)
    took = time.monotonic() - began
    record = json.loads(done.stdout)
    lab.check(record["stop_reason"] == "destination" and took < 0.45,
              f"so does the deadline: after {took:.3f} s", done.stdout, stall=0.05)
    internet.down()


def check_dead():
    """A server that never answers: not long for the first records, not at all for later ones."""
    internet = lab.Internet(topology=topology("r{}.sim", 20))
    name_servers(DEAD_SERVER)
    targets = [lab.destination("ipv4", path) for path in range(1, 21)]
    found = live("--interval", 1, "--rounds", 9, *targets)
    waits = [record["waited"] for record in found]
    lab.check(len(found) == 180 and max(waits) < WAIT + SLACK,
              f"{len(found)} records, the last of each round after {max(waits):.3f} s at most")
    lab.check(max(waits[-60:]) < SLACK, f"in the end after {max(waits[-60:]):.3f} s at most")
    lab.check(not any(node["hostname"] for node in nodes(found)), "without names")
    internet.down()
    asked = [packet for packet in internet.wire()
             if packet["protocol"] == "udp" and packet["dst"] == DEAD_SERVER]
    lab.check(0 < len(asked) < 150, f"the server got {len(asked)} packets in that time")
    name_servers("127.0.0.1")
    internet = lab.Internet(topology=topology("r{}.sim", 20))
    found = live(*targets)
    lab.check(len(found) == 20 and max(record["waited"] for record in found) < SLACK,
              "where nobody listens nothing is waited for")
    internet.down()


def presentation(labels):
    """A name as master files have it."""
    def show(byte):
        if byte <= 32 or byte >= 127:
            return f"\\{byte:03d}"
        return ("\\" if chr(byte) in '".;\\()@$' else "") + chr(byte)
    text = ".".join("".join(map(show, label)) for label in labels)
    return text if len(text) <= 255 else None


def start_server(log):
    server = lab.TESTS / "support" / "name_server.py"
    process = subprocess.Popen([sys.executable, server, "127.0.0.1", "53", log],
                               stdout=subprocess.PIPE, text=True)
    lab.check(process.stdout.readline() == "ready\n", "the hostile name server listens")
    return process


def on_terminal(*arguments):
    """What hoptrace shows at a terminal."""
    main, other = pty.openpty()
    with subprocess.Popen([lab.HOPTRACE, *arguments], stdout=other, close_fds=True) as process:
        os.close(other)
        shown = b""
        try:
            while part := os.read(main, 65536):
                shown += part
        except OSError:
            pass
        process.wait()
    os.close(main)
    return shown


def check_hostile():
    names = [presentation(labels) for labels in name_server.HOSTILE]
    lines = ["target t1 198.18.0.1"]
    lines += [f"hop 10.66.0.{number} rtt={number + 1}" for number in range(len(names))]
    internet = lab.Internet(topology="\n".join(lines) + "\n")
    name_servers("127.0.0.1")
    log = lab.folder() / "questions"
    process = start_server(log)
    out = {name: lab.run("-o", name, "198.18.0.1") for name in FORMATS}
    lab.check(all(done.returncode == 0 and done.stderr == "" for done in out.values()),
              "every format is written", [done.stderr for done in out.values()])
    out = {name: done.stdout for name, done in out.items()}
    lab.check_schema(out["json"].encode())
    seen = hostnames(json.loads(out["json"]))
    lab.check(seen[:-1] == names and seen[-1] is None, "JSON has the names, escaped as in master "
              "files", [pair for pair in zip(seen, names) if pair[0] != pair[1]])
    points = lab.points(out["influx"].encode())
    lab.check(len(points) == len(names) + 2, "influx has a line a hop, and one", len(points))
    lab.check(not any(re.search(r"[^\n -~]", text) for text in out.values()),
              "no format lets a byte through that is not printable")
    rows = out["text"].splitlines()
    lab.check(all(any(name in row for row in rows) for name in names if name),
              "text shows the names", out["text"])
    lab.check(not any("hostname" in line or "xxx" in line
                      for line in (out["prometheus"] + out["putval"]).splitlines()
                      if not line.startswith("hoptrace_hop_info{")),
              "Prometheus (but for one metric) and putval know no names")
    named = [line for line in out["prometheus"].splitlines()
             if re.match(r'hoptrace_hop_info\{([a-z]+="(?:[^"\\\n]|\\.)*",?)*\} 1$', line)]
    lab.check(sum("hostname=" in line for line in named) == sum(1 for name in seen if name),
              "Prometheus: each name is a label", named)
    shown = on_terminal("198.18.0.1")
    lab.check(not re.search(rb"[^\r\n -~]", shown) and b"quo\\\"te" in shown,
              "nothing of them steers a terminal", shown)
    internet.down()
    process.terminate()
    asked = log.read_text(encoding="ascii").splitlines()
    lab.check(asked and all(line.startswith("12 ") for line in asked), "all questions are for PTR",
              asked[:3])


def main():
    lab.use_name_servers(lab.NAME_SERVERS)
    check_right()
    check_economy()
    check_slow()
    check_grid()
    check_interrupted()
    check_dead()
    check_hostile()
    lab.finish()


main()
