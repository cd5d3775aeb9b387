#!/usr/bin/env python3
"""Echo replies of which the payload was cut, zeroed or changed behind the first 12 bytes, where a
probe's identity lies: the destination is reached without loss. Cut before, they name no probe."""

import lab

KEPT = ("echo-cut=12", "echo-cut=13", "echo-cut=31", "echo-cut=68", "echo-tail=zero",
        "echo-tail=change", "echo-cut=12 echo-tail=change", "echo-cut=68 echo-tail=zero",
        "echo-cut=1000 echo-tail=change")
LOST = ("echo-cut=0", "echo-cut=4")
SIZES = (0, 13, 32, 69, 1400)


def paths():
    """(number, family, what the destination does, whether its answers name the probe)."""
    found = [(family, keys, keys in KEPT) for family in lab.FAMILIES for keys in (*KEPT, *LOST)]
    return [(number, *path) for number, path in enumerate(found, 1)]


def topology():
    return "".join(f"target t{number} {lab.destination(family, number)} {keys}\n"
                   f"hop {lab.router(family, number, 1)}\n"
                   for number, family, keys, _ in paths())


def check(record, size, path):
    number, family, keys, named = path
    first = [lab.router(family, number, 1)]
    expected = [first, [lab.destination(family, number)]] if named else [first]
    lab.check(lab.addresses(record) == expected
              and record["status"] == ("reached" if named else "incomplete")
              and record["loss_percent"] == (0 if named else 100)
              and not any(hop["loss_percent"] for hop in record["hops"]),
              f"{family} {keys}, {size} bytes: {'reached' if named else 'no answer to a probe'}",
              (record["status"], record["loss_percent"], lab.addresses(record)))


def main():
    internet = lab.Internet(topology=topology())
    hosts = [lab.destination(family, number) for number, family, _, _ in paths()]
    for size in SIZES:
        found = {record["address"]: record for record in lab.trace("-n", "-I", "-l", size, *hosts)}
        lab.check(len(found) == len(hosts), f"{size} bytes: a record of each", len(found))
        for path in paths():
            check(found[lab.destination(path[1], path[0])], size, path)
    internet.down()
    lab.check(not any(internet.counters()["faults"].values()), "every probe was well-formed",
              internet.counters()["faults"])
    lab.finish()


main()
