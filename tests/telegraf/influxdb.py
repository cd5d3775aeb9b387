#!/usr/bin/env python3
"""A change of the path in a store: the event, and the records' path_changes by difference(), as a
real InfluxDB has them from a real Telegraf."""

import agent
import store
from agent import lab

BENT, STRAIGHT = "198.18.1.1", "198.18.1.2"
TTL = 2
# Rounds, one a second, before the change and after it.
BEFORE, AFTER = 6, 5


def network(which):
    return (f"defaults ttl=255\ntarget bent {BENT} rtt=4\nhop 10.1.1.1 rtt=1\n"
            f"hop {('10.1.1.2', '10.1.9.2')[which]} rtt=2\nhop 10.1.1.3 rtt=3\n"
            f"target straight {STRAIGHT} rtt=4\nhop 10.1.1.1 rtt=1\nhop 10.1.2.2 rtt=2\n")


def rounds(database):
    """Records of the target in the store."""
    rows = database.query(f"SELECT count(sent) FROM traceroute WHERE target = '{BENT}'")
    return rows[0]["count"] if rows else 0


def wait_for_rounds(database, count):
    return lab.wait_for(lambda: rounds(database) >= count, 60)


def main():
    agent.program()
    internet = lab.Internet(topology=network(0))
    database = store.InfluxDB()
    telegraf = agent.Telegraf(store.OUTPUT + agent.execd_of(
        f"-n -o influx --events --interval 1 {BENT} {STRAIGHT}", "influx"))
    lab.check(wait_for_rounds(database, BEFORE), f"{BEFORE} rounds are in the store")
    events = database.query("SELECT * FROM traceroute_event")
    lab.check(events == [], "no event in peace", events)
    internet.change(network(1))
    seen = rounds(database)
    lab.check(wait_for_rounds(database, seen + AFTER), f"{AFTER} more rounds")
    telegraf.stop()
    events = database.query("SELECT * FROM traceroute_event")
    shown = [(event["event"], event["target"], event["severity"], event["ttl"],
              event["old_address"], event["new_address"], event["seen_before"])
             for event in events]
    lab.check(shown == [("path_changed", BENT, "warning", TTL, "10.1.1.2", "10.1.9.2", False)],
              "one event, of the path that changed", events)
    rows = database.query("SELECT difference(path_changes) AS changes FROM traceroute "
                          "WHERE target = '" + BENT + "'")
    lab.check([row["changes"] for row in rows if row["changes"] != 0] == [1]
              and len(rows) >= BEFORE + AFTER - 1,
              f"difference(path_changes) over {len(rows) + 1} rounds: once 1", rows)
    records = database.query("SELECT path_changes, path_id FROM traceroute WHERE target = '"
                             + BENT + "'")
    told = [row for row in records if events and row["time"] == events[0]["time"]]
    lab.check(len(told) == 1 and told[0]["path_changes"] == 1
              and told[0]["path_id"] == events[0]["new_path_id"],
              "the event has the time of its record, which agrees", (told, events))
    rows = database.query("SELECT difference(path_changes) AS changes FROM traceroute "
                          "WHERE target = '" + STRAIGHT + "'")
    lab.check(rows != [] and not any(row["changes"] for row in rows),
              "the other path did not change", rows)
    telegraf.check_log("events")
    lab.finish()


main()
