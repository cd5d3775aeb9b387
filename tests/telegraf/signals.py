#!/usr/bin/env python3
"""Telegraf's execd asks for each round, by each of its ways: a record of every target in every
interval, and none between; an end within a second."""

import time

import agent
from agent import lab

# Telegraf asks its inputs for the first time as it starts them: a signal that comes before a process
# has begun to run ends it, whatever the process is. (A line waits for its reader.)
STARTS = 'collection_offset = "500ms"'
HOSTS = ("127.0.0.1", "127.0.0.2", "::1")
INTERVALS = 10
TRIGGERS = {"STDIN": "stdin", "SIGHUP": "sighup", "SIGUSR1": "sigusr1", "SIGUSR2": "sigusr2"}


def rounds_of(telegraf):
    """How many records each target has."""
    counts = dict.fromkeys(HOSTS, 0)
    for tags, fields in telegraf.records():
        counts[tags["target"]] += fields["stop_reason"] == "destination"
    return counts


def by(signal, trigger):
    telegraf = agent.Telegraf(agent.execd_of(
        f"-n -o influx --trigger {trigger} {' '.join(HOSTS)}", "influx", STARTS).replace(
            'signal = "none"', f'signal = "{signal}"'))
    telegraf.wait_for_child()
    began = time.monotonic()
    lab.wait_for(lambda: min(rounds_of(telegraf).values()) >= INTERVALS, 30)
    took = time.monotonic() - began
    counts = rounds_of(telegraf)
    lab.check(set(counts.values()) == {INTERVALS},
              f"{signal}: {INTERVALS} records of each target", counts)
    lab.check(INTERVALS - 2 < took < INTERVALS + 2,
              f"{signal}: {INTERVALS} rounds in {took:.1f} intervals", stall=0.1)
    took = telegraf.stop()
    lab.check(took < agent.STOP_S, f"{signal}: a stop takes {took:.2f} s")
    telegraf.check_log(signal)


def main():
    agent.program()
    for signal, trigger in TRIGGERS.items():
        by(signal, trigger)
    lab.finish()


main()
