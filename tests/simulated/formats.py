#!/usr/bin/env python3
"""Output that others read: names and tags of every kind through the checkers and promtool, and
text at a terminal: streamed, aligned, and the same rows as anywhere else."""

import json
import os
import pty
import re
import select
import shutil
import subprocess
import time

import lab
from strange import NAMES, VALUES, in_influx, quoted

TARGET, SLOW = "198.18.1.1", "198.18.1.2"
NETWORK = f"""
target plain {TARGET} rtt=9
hop 10.1.1.1 rtt=2
hop 10.1.1.2 rtt=4 mpls=16001/0/1
hop 10.1.1.3,10.1.1.4 rtt=6 balance=packet
target slow {SLOW} rtt=20
hop 10.1.2.1 rtt=2
hop 10.1.2.2 rtt=4
hop * silent=yes
hop 10.1.2.4 rtt=8
"""
PUTVAL = re.compile(rb'PUTVAL "(?:[^"\\/\x00-\x1f]|\\["\\])+/traceroute-(?:[^"\\/\x00-\x1f]|'
                    rb'\\["\\])+/[a-z_]+(?:-[a-z0-9_-]+)?" [0-9.]+:[0-9.U]+')
LABEL = re.compile(r'(\w+)="((?:[^"\\\n]|\\["\\n])*)"(?:,|$)')


def accepted(target):
    """Whether this target is taken; if not, then with status 2, a reason and nothing else."""
    done = lab.run("--check-config", "-c", lab.config(f"targets = ( {target} );\n"))
    if done.returncode == 0:
        return True
    lab.check(done.returncode == 2 and done.stdout == "" and done.stderr.count("\n") == 1,
              f"refused in one line: {target[:60]!r}", (done.returncode, done.stderr))
    return False


def strange_targets():
    """Configured targets: {name: tag}."""
    wanted = {name: "plain" for name in NAMES}
    wanted.update({f"tag-{number}": value for number, value in enumerate(VALUES)})
    lines = {name: f'{{ host = "{TARGET}"; name = {quoted(name)}; '
                   f'tags = {{ t = {quoted(value)}; }}; }}' for name, value in wanted.items()}
    taken = {name: line for name, line in lines.items() if accepted(line)}
    lab.check(len(taken) >= 50 and {"a b", "a,b", 'a"b', "a\\", "x" * 127, "tag-1"} <= set(taken),
              f"{len(taken)} of {len(lines)} targets are taken", set(lines) - set(taken))
    file = lab.config("defaults = { numeric = true; probes = 1; };\ntargets = (\n%s );\n"
                      % ",\n".join(taken.values()))
    return file, {name: wanted[name] for name in taken}


def tags_like_fields():
    """No line has a tag and a field of one name, nor a tag that is the time."""
    for key in ("address", "hops", "path_id", "rtt_avg_ms", "status", "mpls", "time"):
        target = f'{{ host = "{TARGET}"; numeric = true; tags = {{ {key} = "x"; }}; }}'
        if accepted(target):
            points = lab.points(output(lab.config(f"targets = ( {target} );\n"), "influx"))
            lab.check(all("time" not in tags for _, tags, _, _ in points),
                      f"a tag named {key}: readers take it")


def output(file, name):
    done = subprocess.run([lab.HOPTRACE, "-c", file, "-o", name], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60)
    lab.check(done.returncode == 0 and done.stderr == b"", f"{name}: exit status 0", done.stderr)
    return done.stdout


def strange_names():
    file, wanted = strange_targets()
    text = output(file, "json")
    lab.check_schema(text)
    found = {record["target"]: record["tags"]["t"] for record in map(json.loads, text.splitlines())}
    lab.check(found == wanted, "JSON gives names and tags as they are",
              set(found.items()) ^ set(wanted.items()))
    points = lab.points(output(file, "influx"))
    found = {(tags["target"], tags["t"]) for _, tags, _, _ in points}
    expected = {(in_influx(name), in_influx(value)) for name, value in wanted.items()}
    lab.check(found == expected, "influx gives them as its readers can bear", found ^ expected)
    lines = output(file, "putval").split(b"\n")[:-1]
    unreadable = [line for line in lines if not PUTVAL.fullmatch(line)]
    lab.check(not unreadable, f"putval: {len(lines)} lines that collectd can read", unreadable[:3])
    prometheus(output(file, "prometheus"), wanted)
    text = output(file, "text").decode()
    lab.check(not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)
              and text.count("destination reached") == len(wanted), "text steers no terminal")


def prometheus(data, wanted):
    escapes = {"\\n": "\n", '\\"': '"', "\\\\": "\\"}
    labels = [line.removeprefix("hoptrace_reached{").removesuffix("} 1")
              for line in data.decode().split("\n") if line.startswith("hoptrace_reached{")]
    rest = [LABEL.sub("", text) for text in labels]
    lab.check(not any(rest), "prometheus: labels are well-formed", rest)
    found = {re.sub(r'\\["\\n]', lambda part: escapes[part[0]], dict(LABEL.findall(text))["target"])
             for text in labels}
    expected = {re.sub("[\x7f-\x9f]", "_", name) for name in wanted}
    lab.check(len(labels) == len(wanted) and found == expected, "prometheus: names as they are",
              found ^ expected)
    promtool = shutil.which("promtool")
    if promtool is None:
        print("# skipped: promtool is not installed")
        return
    done = subprocess.run([promtool, "check", "metrics"], input=data, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT)
    lab.check(done.returncode == 0 and done.stdout == b"", "promtool has nothing to say",
              done.stdout[:500])


def at_terminal(*arguments):
    """What a terminal shows: [(seconds since the start, line)]."""
    master, slave = pty.openpty()
    process = lab.start(*arguments, stdout=slave)
    os.close(slave)
    began, shown, rest = time.monotonic(), [], b""
    while select.select([master], [], [], 20)[0]:
        try:
            rest += os.read(master, 65536)
        except OSError:  # the last one has closed it
            break
        *lines, rest = rest.split(b"\r\n")
        shown += [(time.monotonic() - began, line.decode()) for line in lines]
    os.close(master)
    said = process.communicate(timeout=20)[1]
    lab.check(process.returncode == 0 and said == b"" and rest == b"", "the terminal has all", rest)
    return shown


def blurred(lines):
    """Without the times, which differ from run to run."""
    return [re.sub(r" *\d+\.\d+(?!%)\b", " T", line) if not line.startswith("traceroute")
            else line for line in lines]


def check_alignment(lines, what):
    """Numbers stand below each other, and a row is one row."""
    rows = [line for line in lines if re.match(r" *\d+  ", line)]
    lab.check(rows and all(len(line) < 80 for line in lines), f"{what}: no line is too long", lines)
    ends = [{match.end() for match in re.finditer(r"\S+", row)} for row in rows]
    common = set.intersection(*ends)
    lab.check(len(common) >= 5, f"{what}: five columns end below each other", rows)
    ttls = [int(row.split()[0]) for row in rows]
    lab.check(ttls == list(range(1, len(rows) + 1)), f"{what}: every hop has a row", ttls)


def terminal():
    for target in TARGET, SLOW:
        shown = at_terminal("-n", target)
        lines = [line for _, line in shown]
        plain = lab.run("-n", target).stdout.splitlines()
        check_alignment(lines, f"terminal, {target}")
        check_alignment(plain, f"file, {target}")
        lab.check(re.fullmatch(rf"traceroute to {target} \({target}\), icmp, 30 hops max, "
                               "3 probes a hop", lines[0]), "the head line", lines[0])
        lab.check("destination" in lines[-1], "the closing line", lines[-1])
        lab.check("\x1b" not in "".join(lines), "no control sequences")
        if target == SLOW:  # the other one's shares differ from run to run
            lab.check(blurred(lines) == blurred(plain), "the same rows as in a file",
                      (lines, plain))
    times = {line.split()[0]: when for when, line in shown}
    lab.check(times["2"] < times["3"] - 0.5, "rows come while a silent hop is waited for", times,
              stall=0.1)
    lab.check(any("16001" in line for line in lab.run("-n", TARGET).stdout.splitlines()),
              "labels are shown")


lab.Internet(topology=NETWORK)
strange_names()
tags_like_fields()
terminal()
lab.finish()
