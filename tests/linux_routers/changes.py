#!/usr/bin/env python3
"""The path changes at r2, and back: one-shot runs with a state file tell it once, at the right hop,
also behind routers that limit their errors as Linux sets them up."""

import chain
from chain import lab

# Rounds before a change: with three probes each, 14 answers of each hop are known then. And those
# looked at after one that has come back.
ROUNDS, AFTER = 5, 2
TTL = 3


def measure(state, *options):
    """One run: its events and its record."""
    found = lab.trace("-n", "--state", state, "--events", *options)
    events = [line for line in found if line["schema"].startswith("hoptrace-event/")]
    records = [line for line in found if line not in events]
    return events, records[0] if len(records) == 1 else dict(chain.EMPTY)


def check_peace(name, what, events, record, changes):
    lab.check(events == [] and record["path_changes"] == changes, f"{name}: no event {what}",
              (events, record["path_changes"]))


def check_change(name, family, branches, events, record, before):
    """One event, which agrees with its record and with the one before."""
    old, new = (chain.truth(family, branch)[TTL - 1] for branch in branches)
    shown = [(event["event"], event["ttl"], event["old_address"], event["new_address"],
              event["old_path_id"], event["new_path_id"], event["time"]) for event in events]
    lab.check(shown == [("path_changed", TTL, old, new, before["path_id"], record["path_id"],
                         record["time"])], f"{name}: from {branches[0]} to {branches[1]}", shown)
    lab.check(record["path_changes"] == before["path_changes"] + 1
              and record["path_since"] == record["time"], f"{name}: the record agrees",
              (record["path_changes"], record["path_since"], record["time"]))


def check_case(routers, state, family, name, options):
    """There and back; the path that was known before is told from a new one."""
    routers.one_branch(family)
    for number in range(ROUNDS):
        events, record = measure(state, *options, chain.target(family))
        check_peace(name, f"in round {number + 1}", events, record, 0)
    sent = record["sent"]
    for changes, branches in enumerate((("r3a", "r3b"), ("r3b", "r3a")), start=1):
        before = record
        routers.one_branch(family, branches[1])
        events, record = measure(state, *options, chain.target(family))
        check_change(name, family, branches, events, record, before)
        lab.check(events and events[0]["seen_before"] == (changes == 2),
                  f"{name}: whether it was seen before", events)
        print(f"# {name}: {record['sent'] - sent} further probes")
        for number in range(ROUNDS if changes == 1 else AFTER):
            events, record = measure(state, *options, chain.target(family))
            check_peace(name, f"in round {number + 1} after it", events, record, changes)


def check_limited(routers, state):
    """Six errors, then one a second: the second look may have to go on in the next round."""
    for name in chain.NODES:
        routers[name].sysctls(chain.DEFAULT_LIMITS)
    options = ("-I", "-s", routers.fresh_source(chain.IPV4), chain.target(chain.IPV4))
    for _ in range(ROUNDS):
        events, record = measure(state, *options)
        check_peace("limited", "before", events, record, 0)
    routers.one_branch(chain.IPV4, "r3b")
    told, rounds = [], []
    for _ in range(ROUNDS):
        events, record = measure(state, *options)
        told += events
        rounds.append(record["time"])
    old, new = (chain.truth(chain.IPV4, branch)[TTL - 1] for branch in ("r3a", "r3b"))
    shown = [(event["event"], event["ttl"], event["old_address"], event["new_address"])
             for event in told]
    lab.check(shown == [("path_changed", TTL, old, new)] and told[0]["time"] in rounds[:2],
              f"limited: told once within {ROUNDS} rounds, as of one of the first two", told)


def main():
    routers = chain.Chain()
    folder = lab.folder()
    for family, name, options in chain.cases():
        check_case(routers, folder / f"{name}.state", family, name, options[1:])
    routers.one_branch(chain.IPV4)
    check_limited(routers, folder / "limited.state")
    lab.finish()


main()
