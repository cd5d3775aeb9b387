#!/usr/bin/env python3
"""A closed TCP port whose resets come much later now and then. A reset does not say which SYN it is
to: none is taken for the next one's, so that a SYN would seem lost or the path longer than it is."""

import lab

KEYS = ("rtt=1 jitter=100", "rtt=1 late=80 late-every=2", "rtt=1 late=200 late-every=2",
        "rtt=1 late=200 late-every=3", "rtt=1 late=350 late-every=4", "rtt=30 jitter=100")
ROUNDS = 6
# A round's last resets have come before the next one begins.
PAUSE_S = 2


def paths():
    return [(number, *path) for number, path in enumerate(
        ((family, keys) for family in lab.FAMILIES for keys in KEYS), 1)]


def topology():
    return "".join(f"target t{number} {lab.destination(family, number)} {keys}\n"
                   f"hop {lab.router(family, number, 1)} rtt=0.5\n"
                   f"hop {lab.router(family, number, 2)} rtt=0.8\n"
                   for number, family, keys in paths())


def is_right(record, number, family):
    expected = [[lab.router(family, number, 1)], [lab.router(family, number, 2)],
                [lab.destination(family, number)]]
    return (record["status"] == "reached" and lab.addresses(record) == expected
            and not any(hop["loss_percent"] for hop in record["hops"]))


def main():
    internet = lab.Internet(topology=topology())
    records = lab.trace("-n", "-T", "-p", "81", "--interval", PAUSE_S, "--rounds", ROUNDS,
                        *(lab.destination(family, number) for number, family, _ in paths()))
    for number, family, keys in paths():
        own = [record for record in records
               if record["target"] == lab.destination(family, number)]
        right = [is_right(record, number, family) for record in own]
        lab.check(len(right) == ROUNDS and all(right),
                  f"{family} {keys}: the true path without loss, {ROUNDS} times",
                  [(lab.addresses(record), [hop["loss_percent"] for hop in record["hops"]])
                   for record in own])
    internet.down()
    lab.finish()


main()
