#!/usr/bin/env python3
"""The program is stopped for longer than two intervals, in the middle of a round and between two:
what had been answered meanwhile is no loss, no round is made up afterwards, and the rounds go on
where their grid has them."""

import os
import re
import signal
import time

import loop
from on_simnet import lab

# Answers come when the process has long been stopped, and all are there before it goes on.
RTT_MS = 300
INTERVAL_S, STOPPED_S = 1.0, 2.6
NEAR, ICMP, UDP, NAME = "198.18.1.10", "198.18.1.11", "198.18.1.12", f"slow-{RTT_MS}.near.sim"
FAR = (ICMP, UDP)
NETWORK = f"""
target near {NEAR} rtt=2
hop 10.1.10.1 rtt=1
target far {ICMP} rtt={RTT_MS}
hop 10.1.11.1 rtt={RTT_MS - 20}
hop 10.1.11.2 rtt={RTT_MS - 10}
target further {UDP} rtt={RTT_MS}
hop 10.1.12.1 rtt={RTT_MS - 20}
hop 10.1.12.2 rtt={RTT_MS - 10}
name near.sim {NEAR}
"""
TARGETS = (NEAR, ICMP, UDP, NAME)
CONFIGURATION = f"""
defaults = {{ numeric = true; probes = 1; retries = 0; timeout = 0.9; family = "ipv4"; }};
targets = ( "{NEAR}", "{ICMP}", {{ host = "{UDP}"; protocol = "udp"; }}, "{NAME}" );
"""


def packets_to(internet, target):
    return internet.log.read_text(encoding="ascii").count(f'"dst":"{target}"')


def is_stopped(process):
    with open(f"/proc/{process.pid}/stat", encoding="ascii") as file:
        return file.read().rsplit(")", 1)[1].split()[0] == "T"


def stop(rounds):
    """Stops it; returns when all that was under way then has long been answered, and more."""
    os.kill(rounds.process.pid, signal.SIGSTOP)
    lab.wait_for(lambda: is_stopped(rounds.process))
    since = len(rounds.records)
    at = time.time()
    time.sleep(STOPPED_S)  # the fault itself: so long nothing runs
    lab.check(len(rounds.records) == since, "a stopped process writes nothing")
    os.kill(rounds.process.pid, signal.SIGCONT)
    return at, time.time()


def check_after(rounds, at, until, what):
    """All that was measured, before, across and after."""
    missing = rounds.until(loop.is_measured) or rounds.until(loop.is_measured)
    lab.check(not missing, f"{what}: all are measured afterwards", missing)
    for target in TARGETS:
        found = rounds.of(target)
        bad = [loop.brief(record) for record in found if not loop.is_measured(record)]
        lab.check(not bad, f"{what}: {target} has lost nothing in {len(found)} rounds", bad[:2])
        rtts = [record["rtt_ms"]["max"] for record in found if record["received"]]
        lab.check(max(rtts) < RTT_MS + 500, f"{what}: {target}'s times are the network's", rtts)
        meanwhile = [record["time"] for record in found
                     if at + 0.01 < loop.began(record) < until - 0.01]
        lab.check(not meanwhile, f"{what}: {target} has no round of that time", meanwhile)
        check_rounds([*map(loop.began, found)], until, f"{what}: {target}")


def check_rounds(moments, until, what):
    """One round is late, which the stop has kept from beginning; all others are on the grid, but the
    first, which came at once."""
    soon = [moment for moment in moments if 0 <= moment - until + 0.01 < 1.5 * INTERVAL_S]
    lab.check(1 <= len(soon) <= 3, f"{what} makes up for no round", [*moments, until])
    others = [moment for moment in moments[1:] if moment != soon[0]]
    offs = [(moment - others[0] + INTERVAL_S / 2) % INTERVAL_S - INTERVAL_S / 2
            for moment in others]
    lab.check(max(map(abs, offs)) < INTERVAL_S / 3,
              f"{what} keeps to its grid, {1000 * max(map(abs, offs)):.0f} ms off at most", offs,
              stall=INTERVAL_S / 6)


def start():
    rounds = loop.Loop(TARGETS, INTERVAL_S, "-c", lab.config(CONFIGURATION))
    missing = rounds.until(loop.is_measured)
    lab.check(not missing, "before: all are measured", missing)
    return rounds


def in_a_round(internet):
    """As soon as the far ones' probes have left, and the name is being looked up."""
    rounds = start()
    before = {target: packets_to(internet, target) for target in FAR}
    lab.wait_for(lambda: all(packets_to(internet, target) >= before[target] + 3 for target in FAR))
    check_after(rounds, *stop(rounds), "stopped in a round")
    lab.check(re.sub(lab.LATE, "", rounds.end()) == "", "there was nothing else to say")


def between_rounds():
    rounds = start()
    check_after(rounds, *stop(rounds), "stopped between rounds")
    lab.check(re.sub(lab.LATE, "", rounds.end()) == "", "there was nothing else to say")


def main():
    internet = lab.Internet(topology=NETWORK, resolver=True)
    in_a_round(internet)
    between_rounds()
    lab.finish()


main()
