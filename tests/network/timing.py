#!/usr/bin/env python3
"""How long a record takes: a path with silent routers, a silent destination, a shorter timeout."""

import pathlib
import tempfile
import time

import lab

NETWORK = """
target path 198.18.1.1 rtt=60
hop 10.1.0.1 rtt=5
hop 10.1.0.2 rtt=10
hop 10.1.0.3 rtt=15
hop * silent=yes
hop 10.1.0.5 rtt=25
hop 10.1.0.6 rtt=30
hop 10.1.0.7 rtt=35
hop 10.1.0.8 rtt=40
hop 10.1.0.9 rtt=45
hop * silent=yes
hop 10.1.0.11 rtt=55
target dead 198.18.1.2 silent=yes
hop 10.1.0.1 rtt=5
hop 10.1.0.2 rtt=10
hop 10.1.0.3 rtt=30
hop 10.1.0.4 rtt=60
"""


def timed(*arguments):
    began = time.monotonic()
    found = lab.trace(*arguments)
    return found[0], time.monotonic() - began


def main():
    network = pathlib.Path(tempfile.mkstemp(prefix="hoptrace-test-")[1])
    network.write_text(NETWORK, encoding="ascii")
    internet = lab.Internet("--file", network)
    truth = internet.truth()

    record, wall = timed("198.18.1.1")
    lab.check(record["status"] == "reached" and record["hop_count"] == 12, "12 hops are reached")
    lab.check(lab.compare(record, truth["198.18.1.1"])["right"] == 12, "all hops are right")
    lab.check(record["duration_ms"] <= 1500 and wall < 2,
              f"12 hops, two silent, 60 ms: {record['duration_ms']:.0f} ms, at most 1500")

    record, wall = timed("198.18.1.2")
    lab.check(record["status"] == "incomplete" and record["stop_reason"] == "gap_limit"
              and record["hop_count"] == 4, "a silent destination ends at the gap limit")
    lab.check(record["loss_percent"] == 100 and record["rtt_ms"]["avg"] is None,
              "end to end everything is lost, without times")
    lab.check(record["duration_ms"] <= 1800,
              f"a silent destination: {record['duration_ms']:.0f} ms, at most 1800")

    record, _ = timed("-w", "0.2", "-r", "0", "198.18.1.2")
    lab.check(record["duration_ms"] <= 700,
              f"with 0.2 s and no retry: {record['duration_ms']:.0f} ms, at most 700")

    record, wall = timed("--deadline", "0.1", "198.18.1.2")
    lab.check(record["stop_reason"] == "deadline" and record["hop_count"] == 4,
              "a deadline closes the record with what is known")
    lab.check(record["duration_ms"] <= 110 and wall < 0.6,
              f"a deadline of 0.1 s: {record['duration_ms']:.0f} ms")
    network.unlink()
    lab.finish()


main()
