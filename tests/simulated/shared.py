#!/usr/bin/env python3
"""--share-hops: hops that all paths share are measured once for all of them, where it is sound."""

import json

import crowd
from crowd import lab

ON = ("-q", 1, "--share-hops")


def together():
    """Limits that forbid that each target asks by itself."""
    found, counters = crowd.measure("5,000 targets, shared hops", 5000,
                                    crowd.network(5000, thirds=100), *ON, "--pps", 0)
    taken = [crowd.shared(found, ttl) for ttl in (1, 2, 3)]
    lab.check(taken[0] > 4000 and taken[1] > 4000 and taken[2] == 0,
              "the first two hops are mostly taken over", taken)
    lab.check(all(hop["rtt_ms"]["min"] is not None for hop in crowd.hops(found, 1)),
              "with their times")
    asked = {ttl: counters["per_ttl"][ttl] for ttl in ("1", "2")}
    lab.check(sum(asked.values()) < 5000, "fewer probes", asked)
    _, counters = crowd.measure("800 targets, shared hops, --pps 1000", 800,
                                crowd.network(800, thirds=10), *ON, seconds=8)
    lab.check(counters["probes"] < 4 * 800, "fewer probes", counters["probes"])


def diamond():
    """Behind two equal second routers there is one third one: what lies between is not known from
    others."""
    topology = crowd.network(300, thirds=1, first="10.9.0.1 rtt=0.5",
                             second="10.9.0.2,10.9.0.3 rtt=1")
    found, _ = crowd.measure("300 targets, a diamond", 300, topology, *ON)
    lab.check(crowd.shared(found, 2) == 0, "nothing is taken over inside it")


def rounds():
    """Round after round, in a program that goes on."""
    internet = lab.Internet(topology=crowd.network(200, thirds=4))
    truth = internet.truth()
    found = lab.trace("-n", "-c", crowd.config(200), *ON, "--interval", 2, "--rounds", 3)
    internet.down()
    lab.check(len(found) == 600, "three rounds of 200 targets", len(found))
    wrong = [record for record in found
             if lab.compare(record, truth[record["address"]])["right"] != 5]
    lab.check(not wrong, "every hop of every round is right", json.dumps(wrong[:1]))
    lossy = [hop for record in found for hop in record["hops"] if hop["loss_percent"]]
    lab.check(not lossy, "no loss", lossy[:1])
    taken = crowd.shared(found, 1)
    lab.check(taken > 300, f"{taken} first hops are taken over")


def formats():
    """A hop that was taken over, in the other formats."""
    internet = lab.Internet(topology=crowd.network(100, thirds=1))
    file = crowd.config(100)
    influx = lab.run("-n", "-c", file, *ON, "-o", "influx")
    taken = [fields for measurement, _, fields, _ in lab.points(influx.stdout.encode())
             if measurement == "traceroute_hop" and fields["sent"] == 0]
    lab.check(len(taken) > 50 and all("address" in fields and "rtt_avg_ms" in fields
                                      and "loss_percent" not in fields for fields in taken),
              "influx: address and times without loss", taken[:1])
    text = lab.run("-n", "-c", file, *ON, "-o", "text").stdout
    lab.check(crowd.FIRST in text and " shared " in text, "text: shared", text[:300])
    for name in ("putval", "prometheus"):
        done = lab.run("-n", "-c", file, *ON, "-o", name)
        lab.check(done.returncode == 0 and "nan" not in done.stdout.lower(), f"{name}: no nan",
                  done.stderr)
    internet.down()


together()
diamond()
rounds()
formats()
lab.finish()
