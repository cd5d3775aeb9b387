#!/usr/bin/env python3
"""The program's own health (--self): its counts are those of the records, and what delays it is told."""

import json
import os
import re
import shutil
import signal
import subprocess
import time

import lab

NEAR, DEAF = "198.18.1.1", "198.18.1.2"
NETWORK = f"""
target near {NEAR} rtt=4
hop 10.1.1.1 rtt=2
target deaf {DEAF} silent=yes
hop 10.1.2.1 rtt=1
"""
SELF = "hoptrace-self/1"
# The one thing that promtool has against the page of a program that loops.
NAMED = b"hoptrace_rtt_histogram_seconds metric name should not include type 'histogram'\n"


def split(text):
    found = [json.loads(line) for line in text.splitlines()]
    return ([record for record in found if record["schema"] != SELF],
            [record for record in found if record["schema"] == SELF])


def sums(found, *keys):
    return {key: sum(record[key] for record in found) for key in keys}


def agrees_with_records():
    done = lab.run("-j", "-n", "--self", "--interval", 0.5, "--rounds", 4, "-w", 0.3, NEAR, DEAF)
    records, told = split(done.stdout)
    problems = lab.check_json.check(done.stdout.encode())
    lab.check(done.returncode == 0 and not problems, "JSON is as it should be", problems)
    keys = ("sent", "received", "local_errors", "forged")
    lab.check(sums(told, *keys) == sums(records, *keys), "packets are those of the records",
              (sums(told, *keys), sums(records, *keys)))
    lab.check(sum(one["rounds"] for one in told) == len(records) == 8, "rounds are records")
    lab.check(len(told) >= 4 and all(one["targets"] == 2 for one in told),
              "told each interval, and at the end", len(told))
    last = told[-1]
    lab.check(last["pps_needed"] > 10 and last["memory_bytes"] > 1e6 and last["cpu_percent"] > 0
              and sum(one["wakeups"] for one in told) > 20, "what it needs and uses", last)
    lab.check(told[0]["wakeup_late_ms_p99"] is not None, "wake-ups have a lateness", told[0])


def other_formats():
    done = lab.run("-o", "influx", "-n", "--self", NEAR)
    lines = [line for line in done.stdout.splitlines() if line.startswith("traceroute_self ")]
    problems = lab.check_influx.check(done.stdout.encode())
    lab.check(len(lines) == 1 and not problems, "influx: a line after a single round", problems)
    done = lab.run("-o", "putval", "-n", "--self", NEAR)
    lab.check("/traceroute/gauge-rounds\" " in done.stdout, "putval: values without an instance")
    file = lab.folder() / "page"
    done = lab.run("-o", "prometheus", "-n", "--self", "--interval", 0.3, "--rounds", 4,
                   "--output-file", file, NEAR)
    page = file.read_text()
    counts = [re.search(rf'\nhoptrace_{name}_seconds_{what} (\d+)\n', page)[1]
              for name, what in (("rtt_histogram", r'bucket\{[^}]*le="\+Inf"\}'),
                                 ("rtt_histogram", r"count\{[^}]*\}"))]
    last = re.search(r'\nhoptrace_hop_received_total\{[^}]*hop="2"\} (\d+)\n', page)[1]
    lab.check(counts == [last] * 2 and int(last) == 12, "the histogram has each answer once",
              (counts, last))
    lab.check("\nhoptrace_self_rounds_total " in page and "\nhoptrace_self_targets 1\n" in page,
              "the page has it", page[-300:])
    promtool = shutil.which("promtool", path=f"{lab.BIN / 'tools'}:{os.environ['PATH']}")
    if promtool is None:
        print("# skipped: promtool is not installed")
    else:
        done = subprocess.run([promtool, "check", "metrics"], input=page.encode(), check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        lab.check(done.stdout == NAMED, "promtool has nothing else to say", done.stdout[:500])
    done = lab.run("-j", "-n", NEAR)
    lab.check(SELF not in done.stdout, "not unless it is asked for")


def stopped():
    """A program that had no processor for 2 s says so."""
    program = lab.start("-j", "-n", "--self", "--interval", 0.5, "-q", 1, NEAR)
    time.sleep(1.2)
    program.send_signal(signal.SIGSTOP)
    time.sleep(2)
    program.send_signal(signal.SIGCONT)
    time.sleep(1.2)
    program.terminate()
    out, _ = program.communicate(timeout=30)
    _, told = split(out.decode())
    late = max(one["wakeup_late_ms_p99"] or 0 for one in told)
    lab.check(late > 1000, f"a wake-up was {late:.0f} ms late", told)
    lab.check(sum(one["rounds_late"] + one["rounds_left_out"] for one in told) >= 1,
              "a round was late, or left out", told)


internet = lab.Internet(topology=NETWORK)
agrees_with_records()
other_formats()
stopped()
internet.down()
lab.finish()
