#!/usr/bin/env python3
"""The sample of queries, conf/influxdb-queries.txt, in a real InfluxDB that holds records whose truth
is known: "lossy" loses between hops 4 and 6, "slow" has risen between this host and hop 2 and lost
before, "calm" has a router that is silent towards us and nothing to tell."""

import pathlib
import time
import urllib.request

import store
from agent import lab

SAMPLE = pathlib.Path(__file__).resolve().parents[2] / "conf" / "influxdb-queries.txt"
ROUNDS = 5
# Of the last rounds, by target: fields of the target's line; loss, and loss of the path, by hop.
TRUTH = {
    "calm": ("loss_significant=0i,rtt_risen=0i", {1: (0, 0), 2: (60, 0), 3: (0, 0)}),
    "lossy": ("loss_after_hop=4i,loss_by_hop=6i,loss_significant=1i,rtt_risen=0i",
              {1: (0, 0), 5: (10, 8.5), 6: (12, 12)}),
    "slow": ("loss_significant=0i,rtt_after_hop=0i,rtt_by_hop=2i,rtt_risen=1i",
             {1: (5, 0), 2: (0, 0)}),
}
# What "slow" said before: it must not be taken for now.
EARLIER = "loss_after_hop=1i,loss_by_hop=2i,loss_significant=1i,rtt_risen=0i"
EVENT = ('traceroute_event,event=loss_began,family=ipv4,protocol=icmp,target=lossy '
         'message="loss",severity="warning"')
# The answers, in the order of the sample's queries.
ANSWERS = (
    [("lossy", 4, 6)],
    [("slow", 0, 2)],
    [("calm", "2", 60), ("lossy", "6", 12), ("slow", "1", 5)],
    sorted((target, str(hop), path) for target, (_, hops) in TRUTH.items()
           for hop, (_, path) in hops.items()),
    [("loss_began", "lossy", "warning", "loss")],
)
COLUMNS = (("target", "after_hop", "by_hop"), ("target", "after_hop", "by_hop"),
           ("target", "hop", "loss"), ("target", "hop", "path_loss"),
           ("event", "target", "severity", "message"))


def lines():
    """The records of the last rounds, a second each."""
    now = time.time_ns() - ROUNDS * 10**9
    for number in range(ROUNDS):
        stamp = now + number * 10**9
        for target, (verdicts, hops) in TRUTH.items():
            old = target == "slow" and number < ROUNDS - 1
            yield f"traceroute,target={target} {EARLIER if old else verdicts} {stamp}"
            for hop, (loss, path) in hops.items():
                yield (f"traceroute_hop,hop={hop},target={target} "
                       f"loss_percent={loss},path_loss_percent={path} {stamp}")
    yield f"{EVENT} {now}"


def write():
    store.InfluxDB.query(f"CREATE DATABASE {store.DATABASE}")
    request = urllib.request.Request(
        f"http://{store.ADDRESS}/write?db={store.DATABASE}", "\n".join(lines()).encode())
    with urllib.request.urlopen(request, timeout=30) as answer:
        lab.check(answer.status == 204, "the records are in the store", answer.read())


def main():
    database = store.InfluxDB()
    write()
    queries = [line for line in SAMPLE.read_text(encoding="utf-8").splitlines()
               if line and not line.startswith("--")]
    lab.check(len(queries) == len(ANSWERS), f"{len(queries)} queries", queries)
    for query, columns, answer in zip(queries, COLUMNS, ANSWERS):
        rows = database.query(query)
        found = sorted(tuple(row.get(column) for column in columns) for row in rows)
        lab.check(found == answer, query, rows)
    lab.finish()


main()
