#!/usr/bin/env python3
"""A path that begins to lose, in a store: the event, the verdict and its place, as a real InfluxDB
has them from a real Telegraf, and as the sample of queries asks for them."""

import pathlib

import agent
import store
from agent import lab

LOSSY, CALM = "198.18.1.1", "198.18.1.2"
SAMPLE = pathlib.Path(__file__).resolve().parents[2] / "conf" / "influxdb-queries.txt"
# Rounds, one a second, before the change; the last hop before the place, and what is lost behind it.
BEFORE, TRUE_HOP, PERCENT = 8, 2, 33


def network(percent):
    return (f"defaults ttl=255\ntarget lossy {LOSSY} rtt=4 loss={percent}\nhop 10.1.1.1 rtt=1\n"
            f"hop 10.1.1.2 rtt=2\nhop 10.1.1.3 rtt=3 loss={percent}\n"
            f"target calm {CALM} rtt=4\nhop 10.1.1.1 rtt=1\nhop 10.1.2.2 rtt=2\n")


def records(database, fields, target):
    return database.query(f"SELECT {fields} FROM traceroute WHERE target = '{target}'")


def sample_query():
    """The sample's first one: where does each path break now?"""
    lines = SAMPLE.read_text(encoding="utf-8").splitlines()
    return next(line for line in lines if line and not line.startswith("--"))


def encloses(row):
    return row["after_hop"] is not None and row["after_hop"] <= TRUE_HOP < row["by_hop"]


def main():
    agent.program()
    internet = lab.Internet(topology=network(0))
    database = store.InfluxDB()
    telegraf = agent.Telegraf(store.OUTPUT + agent.execd_of(
        f"-n -o influx --events --interval 1 -q 10 -w 0.2 --window 10 {LOSSY} {CALM}", "influx"))
    lab.check(lab.wait_for(lambda: len(records(database, "sent", LOSSY)) >= BEFORE, 60),
              f"{BEFORE} rounds are in the store")
    rows = records(database, "loss_significant, rtt_risen", LOSSY)
    lab.check(rows and all((row["loss_significant"], row["rtt_risen"]) == (0, 0) for row in rows),
              "both verdicts are there, and 0 in peace", rows)
    lab.check(database.query(sample_query()) == [], "the query finds nothing in peace")
    internet.change(network(PERCENT))
    lab.check(lab.wait_for(lambda: database.query(sample_query()), 60), "the query finds the loss")
    seen = len(records(database, "sent", LOSSY))
    lab.wait_for(lambda: len(records(database, "sent", LOSSY)) >= seen + BEFORE, 60)
    telegraf.stop()
    rows = database.query(sample_query())
    lab.check([row["target"] for row in rows] == [LOSSY] and encloses(rows[0]),
              f"it begins behind hop {TRUE_HOP}, on that path alone", rows)
    events = database.query("SELECT * FROM traceroute_event")
    lab.check([(event["event"], event["target"], event["severity"]) for event in events]
              == [("loss_began", LOSSY, "warning")] and encloses(events[0]),
              "one event, with the place", events)
    paths = {row["hop"]: row["last"] for row in database.query(
        f"SELECT last(path_loss_percent) FROM traceroute_hop WHERE target = '{LOSSY}' GROUP BY hop")}
    lab.check(paths["2"] < 5 < paths["4"], "loss of the path begins behind it", paths)
    rows = records(database, "loss_significant, loss_by_hop", CALM)
    lab.check(rows and not any(row["loss_significant"] for row in rows),
              "the other path does not lose", rows)
    telegraf.check_log("where")
    lab.finish()


main()
