#!/usr/bin/env python3
"""A stop in mid-round, by a signal or by --deadline, of healthy targets: whatever the moment, no record
says loss, unreached, or another path. `stops.py 50` stops as often; without a number some times.

Nothing can be lost meanwhile: no probe is given up before the last stop."""

import random
import signal
import sys
import time

import lab

STOPS = int(sys.argv[1]) if len(sys.argv) > 1 else 12
TARGETS, LONGEST_S, TIMEOUT_S = 200, 3.0, 20
NETWORK = ("--seed", 11, "--targets", TARGETS, "--hops", "6-14", "--silent", 2)
CODES = {"reached": 0, "incomplete": 1}


def stopped(name, hosts, seconds, by_signal):
    """What is on stdout after a stop so many seconds after the start."""
    options = ["-n", "-o", name, "-w", TIMEOUT_S, *hosts]
    if not by_signal:
        return lab.run("--deadline", f"{seconds:.3f}", *options).stdout.encode()
    process = lab.start(*map(str, options))
    time.sleep(seconds)
    process.send_signal(signal.SIGTERM)
    output, said = process.communicate(timeout=30)
    lab.check(process.returncode == 0 and said == b"", "exit status 0, nothing to say", said)
    return output


def false_records(found, whole):
    """Records that say what is not so."""
    return [record for record in found if record["loss_percent"] not in (None, 0)
            or record["status"] not in CODES
            or record["path_id"] not in (None, whole[record["target"]])
            or any(hop["loss_percent"] == 100 for hop in record["hops"] if hop["nodes"])]


def false_points(points, whole):
    """The same of influx lines."""
    return [(tags["target"], fields) for name, tags, fields, _ in points if name == "traceroute" and (
        fields.get("loss_percent", 0) != 0 or fields.get("reached", True) is not True
        or fields.get("reached_value", 1) != 1 or fields["result_code"] != CODES[fields["status"]]
        or fields.get("path_id", whole[tags["target"]]) != whole[tags["target"]])]


def json_stop(hosts, whole, seconds, by_signal):
    data = stopped("json", hosts, seconds, by_signal)
    lab.check_schema(data)
    found = lab.records(data.decode())
    wrong = false_records(found, whole)
    open_ones = sum(record["path_id"] is None for record in found)
    return len(found), open_ones, wrong


def influx_stop(hosts, whole, seconds, by_signal):
    points = lab.points(stopped("influx", hosts, seconds, by_signal))
    found = [fields for name, _, fields, _ in points if name == "traceroute"]
    return len(found), sum("path_id" not in fields for fields in found), false_points(points, whole)


def after_a_pause(hosts, whole):
    """The process did not run for longer than its probes are waited for: what came meanwhile is read
    before anything is called lost."""
    process = lab.start("-n", "-j", "-w", "0.5", *hosts)
    time.sleep(0.15)
    for which, seconds in ((signal.SIGSTOP, 1), (signal.SIGTERM, 0), (signal.SIGCONT, 0)):
        process.send_signal(which)
        time.sleep(seconds)
    output, _ = process.communicate(timeout=30)
    found = lab.records(output.decode())
    wrong = false_records(found, whole)
    lab.check(len(found) == len(hosts) and not wrong, "a stop after a pause", wrong[:1])


def main():
    internet = lab.Internet(*NETWORK)
    hosts = list(internet.truth())
    whole = {record["target"]: record["path_id"]
             for record in lab.trace("-n", "--pps", 20000, *hosts)}
    lab.check(len(whole) == TARGETS and None not in whole.values(), "whole rounds")
    chance = random.Random(1)
    open_ones = 0
    for number in range(STOPS):
        seconds = chance.uniform(0.1, LONGEST_S)
        stop = influx_stop if number % 3 == 2 else json_stop
        count, unknown, wrong = stop(hosts, whole, seconds, by_signal=number % 2 == 0)
        open_ones += unknown
        lab.check(count == TARGETS and not wrong, f"stop {number + 1} after {seconds:.2f} s: "
                  f"{unknown} of {count} paths not known, {len(wrong)} records false", wrong[:2])
    for _ in range(3):
        after_a_pause(hosts[:5], whole)
    lab.check(open_ones > STOPS, "they were stopped in mid-round", open_ones)
    lab.finish()


main()
