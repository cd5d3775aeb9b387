#!/usr/bin/env python3
"""--state: one-shot runs remember as one process does, and need no more probes; routers' rate limits
are kept to from the first probe on; what happens to the file is told on stderr, and no event comes
of it."""

import json
import os
import random
import stat
import time

import lab

BENT, LONGER, BALANCED, MOVING = "198.18.1.1", "198.18.1.2", "198.18.1.3", "moving.sim"
FIRST, SECOND = "198.18.1.4", "198.18.1.5"
RUNS = 20
# Before which run the network changes, and to which.
CHANGES = {8: 1, 14: 0}
KILLS = 25
# Targets behind a first hop that gives 50 answers a second, after 10.
CROWD = 60


def network(which):
    """Two networks: another router, one more hop, another address of a name."""
    return f"""
defaults ttl=255
target bent {BENT} rtt=6
hop 10.1.1.1 rtt=1
hop {("10.1.1.2", "10.1.9.2")[which]} rtt=2
hop 10.1.1.3 rtt=3
target longer {LONGER} rtt=6
hop 10.1.1.1 rtt=1
{("", "hop 10.1.2.9 rtt=2")[which]}
target balanced {BALANCED} rtt=6
hop 10.1.1.1 rtt=1
hop 10.1.3.2,10.1.3.3,10.1.3.4 rtt=2 balance=packet
target first {FIRST} rtt=3
hop 10.1.1.1 rtt=1
target second {SECOND} rtt=3
hop 10.1.1.1 rtt=1
name {MOVING} {(FIRST, SECOND)[which]}
"""


EXPECTED = {("path_changed", BENT, 2, False), ("path_changed", LONGER, 2, False),
            ("address_changed", MOVING, None, None),
            ("path_changed", BENT, 2, True), ("path_changed", LONGER, 2, True)}


def events_of(found):
    return [line for line in found if line["schema"].startswith("hoptrace-event/")]


def records_of(found):
    return [line for line in found if not line["schema"].startswith("hoptrace-event/")]


def brief(events):
    return [(event["event"], event["target"], event.get("ttl"), event.get("seen_before"))
            for event in events]


def one_shots(state):
    """RUNS runs as cron makes them."""
    told, probes = [], []
    for number in range(RUNS):
        if number in CHANGES:
            internet.change(network(CHANGES[number]))
        found = lab.trace("-n", "--events", "--state", state, BENT, LONGER, BALANCED, MOVING)
        told.append(events_of(found))
        probes.append(sum(record["sent"] for record in records_of(found)))
    return told, probes


def like_one_process():
    state = lab.folder() / "cron.state"
    told, probes = one_shots(state)
    events = [event for run in told for event in run]
    lab.check(sorted(brief(events), key=str) == sorted(
        [*EXPECTED, ("address_changed", MOVING, None, None)], key=str),
              f"{RUNS} runs tell each change once", brief(events))
    lab.check(all(not run for number, run in enumerate(told) if number not in CHANGES),
              "and in the run that sees it", [len(run) for run in told])
    fewest = 3 * (4 + 2 + 3 + 2)
    calm = [sent for number, sent in enumerate(probes)
            if number not in CHANGES and 0 < number < min(CHANGES)]
    lab.check(all(sent == fewest for sent in calm), f"a run sends {fewest} probes, the fewest",
              probes)
    lab.check(stat.S_IMODE(os.stat(state).st_mode) == 0o600, "the file is its owner's alone")
    return state


def killed(state):
    """kill -9 at any moment: what was written before is there, whole."""
    rng = random.Random(7)
    for _ in range(KILLS):
        process = lab.start("-n", "-j", "--state", state, BENT, BALANCED)
        time.sleep(rng.uniform(0, 0.3))
        process.kill()
        process.communicate()
        document = json.loads(state.read_text(encoding="utf-8"))
        lab.check(document["schema"] == "hoptrace-state/2" and document["targets"] != [],
                  "the file is whole after kill -9")
    found = lab.trace("-n", "--events", "--state", state, BENT)
    lab.check(events_of(found) == [] and records_of(found)[0]["path_changes"] == 2,
              f"nothing is lost by {KILLS} kills, and nothing told twice", found)


def of_two(state):
    """Who comes second goes on without memory, and says so."""
    first = lab.start("-n", "-j", "--interval", 60, "--state", state, BENT)
    first.stdout.readline()
    second = lab.run("-n", "-j", "--state", state, BENT)
    lab.check(second.returncode == 0 and second.stderr.count("\n") == 1
              and str(state) in second.stderr and len(lab.records(second.stdout)) == 1,
              "the second process says so in a line, and measures", second.stderr)
    first.terminate()
    first.communicate(timeout=30)
    third = lab.run("-n", "-j", "--state", state, BENT)
    lab.check(third.stderr == "", "once the first has gone the file is free", third.stderr)


def damaged(state):
    text = state.read_bytes()
    for what, content in (("cut", text[:len(text) // 2]), ("foreign", b"[1, 2]\n"),
                          ("newer", text.replace(b"hoptrace-state/2", b"hoptrace-state/9"))):
        state.write_bytes(content)
        done = lab.run("-n", "-j", "--events", "--state", state, BENT)
        kept = state.with_name(state.name + ".bad")
        lab.check(done.returncode == 0 and done.stderr.count("\n") == 1
                  and str(state) in done.stderr and kept.read_bytes() == content
                  and events_of(lab.records(done.stdout)) == [],
                  f"a file that is {what}: kept aside, told, begun anew", done.stderr)
        kept.unlink()
        again = lab.run("-n", "-j", "--state", state, BENT)
        lab.check(again.stderr == "", f"after one that was {what} all is well", again.stderr)


def not_to_be_written(folder):
    state = folder / "no such folder" / "state"
    done = lab.run("-n", "-j", "--state", state, BENT)
    lab.check(done.returncode == 0 and done.stderr.count("\n") == 1 and str(state) in done.stderr
              and len(lab.records(done.stdout)) == 1, "a folder that is not there: one line",
              done.stderr)


def dropped(*options):
    """Answers that a first hop with a limit withheld from a run of its own."""
    limited = "".join(f"target t{number} 198.18.3.{number} rtt=3\nhop 10.1.1.1 rtt=1 rate=50/10\n"
                      f"hop 10.1.3.{number} rtt=2\n" for number in range(1, CROWD + 1))
    network_of_its_own = lab.Internet(topology=limited)
    targets = [f"198.18.3.{number}" for number in range(1, CROWD + 1)]
    found = lab.trace("-n", *options, *targets)
    lab.check(len(found) >= CROWD, "every target has a record", len(found))
    network_of_its_own.down()
    return network_of_its_own.counters()["rate_limited"]


def limits():
    state = lab.folder() / "state"
    dropped("--state", state, "--interval", 2, "--rounds", 4)
    after, anew = dropped("--state", state), dropped()
    lab.check(after <= anew / 4, f"a limit that a process has found is kept to by the next one: "
              f"{after} answers withheld, {anew} without memory")


internet = lab.Internet(topology=network(0), resolver=True)
state_file = like_one_process()
killed(state_file)
of_two(state_file)
damaged(state_file)
not_to_be_written(lab.folder())
internet.down()
limits()
lab.finish()
