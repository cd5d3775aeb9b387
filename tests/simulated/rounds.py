#!/usr/bin/env python3
"""Rounds: how many, when, for how long: --interval, --rounds, a target's own interval, --deadline,
and that a record is there to be read as soon as it is measured."""

import datetime
import json
import os
import re
import select
import time

import lab

NEAR, DEAF = "198.18.1.1", "198.18.1.2"
NETWORK = f"""
target near {NEAR} rtt=4
hop 10.1.1.1 rtt=2
target deaf {DEAF} silent=yes
hop 10.1.2.1 rtt=1
hop 10.1.2.2 rtt=2
"""


def times(found):
    """When each record began, in seconds."""
    return [datetime.datetime.fromisoformat(record["time"].replace("Z", "+00:00")).timestamp()
            for record in found]


def check_grid(found, interval, what):
    """One round each interval, and no drift, once the first one has come at once."""
    moments = times(found)
    errors = [abs(moment - moments[1] - number * interval)
              for number, moment in enumerate(moments[1:])]
    lab.check(max(errors) < interval / 2, f"{what}: every {interval} s, at most "
              f"{1000 * max(errors):.0f} ms off", moments, stall=interval / 4)
    first = (moments[1] - moments[0]) / interval
    lab.check(0.4 < first < 1.6, f"{what}: the second round {first:.2f} intervals after the first",
              moments, stall=interval / 4)


def of(found, target):
    return [record for record in found if record["target"] == target]


def counts():
    found = lab.trace("-n", NEAR, DEAF)
    lab.check(len(found) == 2, "without --interval there is one round", len(found))
    found = lab.trace("-n", "--interval", 0.5, "--rounds", 6, NEAR)
    lab.check(len(found) == 6 and all(record["status"] == "reached" for record in found),
              "6 rounds", len(found))
    check_grid(found, 0.5, "6 rounds")
    began = time.monotonic()
    found = lab.trace("-n", "--interval", 60, "--rounds", 1, NEAR)
    lab.check(len(found) == 1 and time.monotonic() - began < 10,
              "one round of many seconds ends with its record")
    found = lab.trace("-n", "-w", 0.5, "-r", 0, "--interval", 0.5, "--rounds", 4, NEAR, DEAF)
    lab.check(len(of(found, NEAR)) == len(of(found, DEAF)) == 4, "4 rounds of two targets")
    check_grid(of(found, NEAR), 0.5, "beside a silent target")


def spread_rounds():
    """Many targets do not begin all at once, nor in the next round."""
    names = [f"t{number}" for number in range(10)]
    file = lab.config("targets = (" + ", ".join(
        f'{{ host = "{NEAR}"; name = "{name}"; numeric = true; }}' for name in names) + ");\n")
    found = lab.trace("-c", file, "--interval", 1, "--rounds", 2)
    firsts, seconds = (sorted(times(of(found, name)[number:number + 1])[0] for name in names)
                       for number in (0, 1))
    lab.check(0.7 < firsts[-1] - firsts[0] < 1.5,
              "the first rounds of 10 targets are spread over the interval", firsts, stall=0.1)
    # 16 slots.
    apart = min(late - early for early, late in zip(seconds, seconds[1:]))
    lab.check(apart > 0.03 and 9 / 16 - 0.05 < seconds[-1] - seconds[0] < 1.5,
              f"the second ones are, and {1000 * apart:.0f} ms apart at least", seconds, stall=0.02)


def same_phases():
    """Another process has the same grid: the phase is of the names of host and target."""
    phases = [times(lab.trace("-n", "--interval", 0.5, "--rounds", 2, NEAR))[1] % 0.5
              for _ in range(2)]
    off = abs((phases[1] - phases[0] + 0.25) % 0.5 - 0.25)
    lab.check(off < 0.1, f"the next process keeps the grid, {1000 * off:.0f} ms off", phases,
              stall=0.05)


def long_rounds():
    """Rounds that take longer than the interval follow one another, each complete."""
    found = lab.trace("-n", "-w", 0.4, "-r", 0, "--interval", 0.1, "--rounds", 3, DEAF)
    moments = times(found)
    lab.check(len(found) == 3 and all(
        record["stop_reason"] == "gap_limit" and record["hop_count"] == 2
        and later >= earlier + record["duration_ms"] / 1000 - 0.001
        for record, earlier, later in zip(found, moments, [*moments[1:], moments[-1] + 60])),
        "rounds longer than the interval do not overlap", moments)


def low_ceiling():
    """10 targets of 6 probes a second each do not fit under 30 packets a second: all of them have
    fewer rounds, and one line says so."""
    file = lab.config("defaults = { numeric = true; }; targets = (" + ", ".join(
        f'{{ host = "{NEAR}"; name = "t{number}"; }}' for number in range(10)) + ");\n")
    for pps, few in ((30, True), (100, False)):
        done = lab.run("-j", "-c", file, "--interval", 1, "--rounds", 2, "--pps", pps)
        found = lab.records(done.stdout)
        lab.check(done.returncode == 0 and len(found) == 20
                  and all(record["loss_percent"] == 0 for record in found),
                  f"--pps {pps}: every round is complete", len(found))
        moments = times(of(found, "t9"))
        lab.check((moments[1] - moments[0] > 1.5) == few,
                  f"--pps {pps}: rounds come {'less often' if few else 'each second'}", moments)
        said = re.findall("W! hoptrace: --pps 30 is too low, .* need about 6[0-9];.*\n", done.stderr)
        lab.check("".join(said) == done.stderr and len(said) == few,
                  f"--pps {pps}: {'one line' if few else 'no word'}", done.stderr)


def own_intervals():
    file = lab.config('defaults = { numeric = true; };\ntargets = ('
                      f'{{ host = "{NEAR}"; name = "often"; interval = 0.4; }},\n'
                      f'{{ host = "{NEAR}"; name = "seldom"; interval = 2; }},\n'
                      f'{{ host = "{NEAR}"; name = "usual"; }} );\n')
    found = lab.trace("-c", file, "--interval", 1, "--rounds", 3)
    for name, interval in (("often", 0.4), ("usual", 1), ("seldom", 2)):
        lab.check(len(of(found, name)) == 3, f"{name}: 3 rounds", len(of(found, name)))
        check_grid(of(found, name), interval, name)
    found = lab.trace("-c", file)
    lab.check(sorted(record["target"] for record in found) == ["often", "seldom", "usual"],
              "intervals in the file alone do not make it loop", len(found))


def can_read(pipe):
    return select.select([pipe], [], [], 10)[0]


def flush_file(name, last):
    file = lab.folder() / "page"
    process = lab.start("-n", "-o", name, "--output-file", file, "--interval", 3600, NEAR)
    lab.wait_for(file.exists)
    lab.check(file.exists() and last in file.read_bytes() and process.poll() is None,
              f"{name}: the record is there while the program waits")
    process.terminate()
    process.communicate(timeout=30)


def flush():
    """Each record can be read before the next round begins, in every format."""
    for name, last in (("json", b"}"), ("influx", b"traceroute_hop"), ("putval", b"hop-02"),
                       ("prometheus", b"hoptrace_"), ("text", b"destination reached")):
        if name == "prometheus":
            flush_file(name, last)
            continue
        process = lab.start("-n", "-o", name, "--interval", 3600, NEAR)
        text = b""
        while (last not in text or not text.endswith(b"\n")) and can_read(process.stdout):
            text += os.read(process.stdout.fileno(), 65536)
        lab.check(last in text and process.poll() is None,
                  f"{name}: the record is there while the program waits", text[-200:])
        process.terminate()
        process.communicate(timeout=30)


def deadline():
    for what, host in (("a silent target", DEAF), ("a silent name server", "silent.sim")):
        began = time.monotonic()
        found = lab.trace("-n", "-w", 60, "--deadline", 0.5, host)
        wall = time.monotonic() - began
        lab.check([record["stop_reason"] for record in found] == ["deadline"]
                  and found[0]["status"] == "incomplete" and found[0]["error"] is None,
                  f"deadline, {what}: a record that says so", found)
        lab.check(0.5 <= wall < 3, f"deadline, {what}: after {wall:.2f} s")
    found = lab.trace("-n", "--deadline", 30, NEAR)
    lab.check(found[0]["stop_reason"] == "destination", "a deadline that is far changes nothing")
    began = time.monotonic()
    found = lab.trace("-n", "-w", 60, "--deadline", 1.3, "--interval", 0.5, NEAR, DEAF)
    wall = time.monotonic() - began
    lab.check(1.3 <= wall < 4, f"a deadline ends the rounds too: {wall:.2f} s")
    reasons = [record["stop_reason"] for record in of(found, NEAR)]
    lab.check(reasons == ["destination"] * 3, "three rounds before the deadline", reasons)
    lab.check([record["stop_reason"] for record in of(found, DEAF)] == ["deadline"]
              and of(found, DEAF)[0]["hop_count"] == 2, "the one under way is closed by it")


def slow_names_do_not_wait():
    """A record is written when it is there, not when all are."""
    process = lab.start("-n", "-j", "silent.sim", NEAR)
    began = time.monotonic()
    first = json.loads(process.stdout.readline())
    lab.check(first["target"] == NEAR and time.monotonic() - began < 3,
              "nobody waits for a name server's silence", first["target"])
    process.terminate()
    process.communicate(timeout=30)


internet = lab.Internet(topology=NETWORK, resolver=True)
counts()
spread_rounds()
same_phases()
long_rounds()
low_ceiling()
own_intervals()
flush()
deadline()
slow_names_do_not_wait()
lab.finish()
