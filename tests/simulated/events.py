#!/usr/bin/env python3
"""A path that changes, and changes back, beside one that stays, as each format tells it: an event in
the round that sees it, once, before the record that it agrees with; none without --events."""

import collections
import json
import os
import pty
import re
import signal
import subprocess
import threading
import time

import lab

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"
STAYS = """
target stays 198.18.1.3 rtt=6
hop 10.1.3.1 rtt=2
hop 10.1.3.2 rtt=3
"""
SHORT = """
target moves 198.18.1.1 rtt=9
hop 10.1.1.1 rtt=2
hop 10.1.1.2 rtt=4
target moves6 2001:db8:18::2 rtt=7
hop fd01:2::1 rtt=2
hop fd01:2::2 rtt=3
""" + STAYS
# From hop 2 on, and longer; of the other one hop.
LONG = """
target moves 198.18.1.1 rtt=12
hop 10.1.1.1 rtt=2
hop 10.1.9.2 rtt=5
hop 10.1.9.3 rtt=7
hop 10.1.1.2 rtt=9
target moves6 2001:db8:18::2 rtt=7
hop fd01:9::1 rtt=2
hop fd01:2::2 rtt=3
""" + STAYS
CONFIG = """
targets = ( { host = "198.18.1.1"; name = "moves"; tags = { site = "fra 1"; }; },
            { host = "2001:db8:18::2"; name = "moves6"; },
            { host = "198.18.1.3"; name = "stays"; protocol = "udp"; } );
"""
NAMES = ("moves", "moves6", "stays")
INTERVAL_S = 0.5
# What the events of each target say, in their order. (How long the path is then is the record's: one
# that the change came in the midst of saw some of both.)
Change = collections.namedtuple("Change", "ttl old new seen_before")
CHANGES = {
    "moves": [Change(2, "10.1.1.2", "10.1.9.2", False), Change(2, "10.1.9.2", "10.1.1.2", True)],
    "moves6": [Change(1, "fd01:2::1", "fd01:9::1", False),
               Change(1, "fd01:9::1", "fd01:2::1", True)],
    "stays": [],
}
EVENTS = sum(map(len, CHANGES.values()))
FORMATS = {
    "json": ("-j", "--events"), "pretty": ("-J", "--events"), "array": ("-o", "json-array", "--events"),
    "influx": ("-o", "influx", "--events"), "text": ("-o", "text", "--events"),
    "putval": ("-o", "putval", "--events"),
    "slow": ("-j", "--events"), "silent": ("-j",),
}


def severity(change):
    return "okay" if change.seen_before else "warning"


class Terminal:
    """One target at a terminal without a cursor, where its hops are shown as they are found."""

    def __init__(self):
        self.seen = b""
        self.master, slave = pty.openpty()
        self.process = lab.start("-n", "-w", "0.2", "--interval", INTERVAL_S, "--events",
                                 lab.destination("ipv4", 1), stdout=slave, stdin=slave,
                                 env={**os.environ, "TERM": "dumb"})
        os.close(slave)
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def read(self):
        try:
            while data := os.read(self.master, 65536):
                self.seen += data
        except OSError:
            pass  # the other end is closed

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)
        self.reader.join(timeout=30)
        return self.seen.decode().replace("\r\n", "\n")


class Page:
    """A program that replaces a file each round: all pages that it had, one after another."""

    def __init__(self, file):
        self.path = lab.folder() / "page"
        self.pages, self.inode, self.over = [], None, False
        self.process = lab.start("-n", "-w", "0.2", "--interval", INTERVAL_S, "-c", file, "-o",
                                 "prometheus", "--output-file", self.path, stdin=subprocess.DEVNULL)
        self.reader = threading.Thread(target=self.read)
        self.reader.start()

    def take(self):
        try:
            with open(self.path, "rb") as file:
                inode = os.fstat(file.fileno()).st_ino
                if inode != self.inode:
                    self.pages.append(file.read())
                self.inode = inode
        except FileNotFoundError:
            pass

    def read(self):
        while not self.over:
            self.take()
            time.sleep(0.02)

    def stop(self):
        self.process.terminate()
        said = self.process.communicate(timeout=30)[1].decode()
        self.over = True
        self.reader.join()
        self.take()
        lab.check(self.process.returncode == 0 and lab.complaints(said) == "",
                  "prometheus: it ends well", (self.process.returncode, said[:300]))
        return b"".join(self.pages)


class Programs:
    """One for each format, all of them watching the same network."""

    def __init__(self):
        self.folder = lab.folder()
        file = lab.config(CONFIG)
        environment = dict(os.environ, COLLECTD_HOSTNAME="here")
        self.running = {}
        for name, options in FORMATS.items():
            # The pipe of one is not read before the end.
            with open(self.folder / name, "wb") as out:
                self.running[name] = lab.start(
                    "-n", "-w", "0.2", "--interval", INTERVAL_S, "-c", file, *options,
                    stdout=subprocess.PIPE if name == "slow" else out,
                    stdin=subprocess.DEVNULL, env=environment)

        self.terminal = Terminal()
        self.page = Page(file)

    def data(self, name):
        return (self.folder / name).read_bytes()

    def rounds(self):
        """Of the program that has had fewest, by its result codes."""
        data = self.data("silent")
        return data.count(b'"target":"stays"')

    def wait(self, more):
        """Until there were that number of further rounds."""
        wanted = self.rounds() + more
        lab.wait_for(lambda: self.rounds() >= wanted, 60)
        time.sleep(INTERVAL_S)

    def stop(self):
        for name, process in self.running.items():
            process.send_signal(signal.SIGTERM)
            out, said = process.communicate(timeout=30)
            if name == "slow":
                (self.folder / name).write_bytes(out)
            lab.check(process.returncode == 0 and lab.complaints(said.decode()) == "",
                      f"{name}: it ends well", (process.returncode, said[:300]))


def told(events):
    """The changes that JSON or influx events tell, by their targets."""
    found = {name: [] for name in NAMES}
    for target, event in events:
        change = Change(event["ttl"], event["old_address"], event["new_address"],
                        event["seen_before"])
        found[target].append(change)
        lab.check(event["severity"] == severity(change), f"{target}: severity", event)
        lab.check(event["new_address"] in event["message"] and target in event["message"],
                  f"{target}: the message names target and address", event["message"])
    return found


def check_json(data, name, **layout):
    problems = lab.check_json.check(data, **layout)
    lab.check(not problems, f"{name}: the JSON passes the checker", problems[:3], **lab.ALWAYS)
    text = data.decode()
    if layout.get("pretty"):
        objects = [json.loads(piece) for _, piece in lab.check_json.objects(text, True)]
    else:
        objects = [json.loads(line) for line in text.splitlines()]
    if layout.get("array"):
        objects = sum(objects, [])
    events = [one for one in objects if one["schema"] == "hoptrace-event/1"]
    found = told((event["target"], event) for event in events)
    lab.check(found == CHANGES, f"{name}: each change is told, once, as it was", found)
    for target in NAMES:
        counts = [one["path_changes"] for one in objects
                  if one["schema"] == "hoptrace/1" and one["target"] == target]
        lab.check(counts == sorted(counts) and set(counts) == set(range(len(CHANGES[target]) + 1)),
                  f"{name}, {target}: path_changes counts them", counts)
    lab.check(all(event["tags"] == ({"site": "fra 1"} if event["target"] == "moves" else {})
                  for event in events), f"{name}: the tags", events)


def check_influx(data):
    points = lab.points(data)
    events = [(tags["target"], fields) for measurement, tags, fields, _ in points
              if measurement == "traceroute_event"]
    lab.check(told(events) == CHANGES, "influx: each change is told, once, as it was", events)
    hops = {(tags["target"], time_ns): fields["hops"] for measurement, tags, fields, time_ns
            in points if measurement == "traceroute" and "hops" in fields}
    lab.check(all(hops.get((tags["target"], time_ns)) == fields["new_hops"]
                  for measurement, tags, fields, time_ns in points
                  if measurement == "traceroute_event"), "influx: time and hops are the record's")
    last = {tags["target"]: fields["path_changes"] for measurement, tags, fields, _ in points
            if measurement == "traceroute"}
    lab.check(last == {name: len(CHANGES[name]) for name in NAMES}, "influx: path_changes", last)


def check_text(data):
    text = data.decode()
    found = re.findall(rf"^{TIME} event: path_changed \((\w+)\): .*\n{TIME}\ntraceroute to (\w+) ",
                       text, re.MULTILINE)
    wanted = [(severity(change), name) for name in NAMES for change in CHANGES[name]]
    lab.check(sorted(found) == sorted(wanted) and text.count("event: ") == EVENTS,
              "text: a line for each, with its time, before the record", found)


def check_terminal(text):
    found = re.findall(r"^event: path_changed \((\w+)\): .*\ndestination reached at hop \d\n"
                       r"(?:traceroute to 198|\Z)", text, re.MULTILINE)
    lab.check(found == ["warning", "okay"] and text.count("event: ") == 2,
              "at a terminal: a line for each, before the record's end", text[-600:])


def check_prometheus(data):
    text = data.decode()
    for name in NAMES:
        count = len(CHANGES[name])
        labels = rf'\{{target="{name}"[^}}]*'
        changes = re.findall(rf"^hoptrace_path_changes_total{labels}\}} (\d+)$", text, re.MULTILINE)
        events = re.findall(rf'^hoptrace_events_total{labels},event="(\w+)"\}} (\d+)$', text,
                            re.MULTILINE)
        lab.check(sorted(set(changes)) == [str(number) for number in range(count + 1)]
                  and changes[-1] == str(count) and len(dict(events)) > 1
                  and all(number == str(count if event == "path_changed" else 0)
                          for event, number in dict(events).items()),
                  f"prometheus, {name}: the counters", (changes, events[-4:]))


def check_putval(data):
    lines = data.decode().splitlines()
    notifications = [line for line in lines if line.startswith("PUTNOTIF ")]
    pattern = (r'PUTNOTIF host="here" plugin=traceroute plugin_instance="(\w+)" type=gauge '
               r'type_instance=path_changed severity=(\w+) time=\d+\.\d{3} message="[^"\\]+"')
    found = [re.fullmatch(pattern, line).groups() for line in notifications
             if re.fullmatch(pattern, line)]
    wanted = [(name, severity(change)) for name in NAMES for change in CHANGES[name]]
    lab.check(len(found) == len(notifications) and sorted(found) == sorted(wanted),
              "putval: a notification for each", notifications)
    next_lines = [lines[index + 1] for index, line in enumerate(lines) if line in notifications]
    lab.check(all(f'"here/traceroute-{name}/ping"' in line
                  for (name, _), line in zip(found, next_lines)),
              "putval: it stands before its values", next_lines)
    for hop, instance in ((5, "ping-hop-05"), (3, "ping-hop-03")):
        values = [line.rpartition(":")[2] for line in lines
                  if f'/traceroute-moves/{instance}"' in line]
        rounds = sum('/traceroute-moves/ping"' in line for line in lines)
        gone = "".join("U" if value == "U" else "1" for value in values)
        lab.check(re.fullmatch("1+U+" if hop == 5 else "1+U?", gone) is not None
                  and (hop == 5) == (len(values) < rounds),
                  f"putval: hop {hop} has values from the first one on, U where it is gone",
                  (gone, rounds))


def main():
    internet = lab.Internet(topology=SHORT)
    programs = Programs()
    programs.wait(8)
    internet.change(LONG)
    programs.wait(8)
    internet.change(SHORT)
    programs.wait(6)
    programs.stop()
    check_json(programs.data("json"), "json")
    check_json(programs.data("slow"), "a reader that does not read")
    check_json(programs.data("pretty"), "json-pretty", pretty=True)
    check_json(programs.data("array"), "json-array", array=True)
    check_influx(programs.data("influx"))
    check_text(programs.data("text"))
    check_terminal(programs.terminal.stop())
    check_prometheus(programs.page.stop())
    check_putval(programs.data("putval"))
    silent = programs.data("silent").decode()
    last = lab.by_target(lab.records(silent))
    lab.check("hoptrace-event" not in silent and last["moves"]["path_changes"] == 2,
              "without --events the records alone tell", last["moves"]["path_changes"])
    lab.finish()


main()
