#!/usr/bin/env python3
"""Autonomous systems of the hops, from databases made here: in every format, replaced while the
program loops, damaged, and gone."""

import json
import os
import sys

import lab

sys.path.insert(0, str(lab.TESTS / "support"))

import mmdb  # noqa: E402

TOPOLOGY = "\n".join(
    line for family in lab.FAMILIES for line in (
        f"target t-{family} {lab.destination(family, 1)}",
        *(f"hop {lab.router(family, 1, hop)}" for hop in range(1, 5)))) + "\n"
# What each hop's network is; hop 3's has no name, hop 4's is in no database.
SYSTEMS = {1: (64500, "First Net"), 2: (64500, "First Net"), 3: (4200000001, None),
           5: (64501, 'Zweites "Netz", J\u00fcrgen')}
OTHER = {hop: (number + 7, name) for hop, (number, name) in SYSTEMS.items()}
INTERVAL_S = 0.4
SEEN_S = 15


def prefix(family, hop):
    address = lab.destination(family, 1) if hop == 5 else lab.router(family, 1, hop)
    return f"{address}/{32 if family == 'ipv4' else 128}"


def entry(number, name):
    return mmdb.asn(number, name) if name else {"asn": f"AS{number}"}


def write(file, systems):
    mmdb.write(file, [(prefix(family, hop), entry(*system)) for family in lab.FAMILIES
                      for hop, system in systems.items()])


def shown(record):
    return [(node["asn"], node["as_name"]) for hop in record["hops"] for node in hop["nodes"]]


def expected(systems):
    return [systems.get(hop, (None, None)) for hop in range(1, 6)]


def path(systems):
    return list(dict.fromkeys(number for number, _ in systems.values()))


def check_formats(file):
    targets = [lab.destination(family, 1) for family in lab.FAMILIES]
    for record in lab.trace("-n", "--asn-db", file, *targets):
        family = record["family"]
        lab.check(shown(record) == expected(SYSTEMS), f"{family}: systems", shown(record))
        lab.check(record["as_path"] == path(SYSTEMS), f"{family}: path", record["as_path"])
    done = lab.run("-n", "-o", "influx", "--asn-db", file, targets[0])
    seen = [fields.get("asn") for name, _, fields, _ in lab.points(done.stdout.encode())
            if name == "traceroute_hop"]
    lab.check(seen == [number for number, _ in expected(SYSTEMS)], "influx: systems", done.stdout)
    text = lab.run("-n", "--asn-db", file, targets[0]).stdout
    lab.check("AS64500 First Net\n" in text and "AS4200000001\n" in text, "text: systems", text)
    (record,) = lab.trace("-n", targets[0])
    lab.check(shown(record) == [(None, None)] * 5 and record["as_path"] == [],
              "without a database nothing is known", shown(record))


def check_bad(file):
    """What is no database, or damaged, is told, and measuring goes on without."""
    good = file.read_bytes()
    bad = lab.folder() / "bad.mmdb"
    texts = {"nothing": b"", "noise": os.urandom(5000), "half": good[:len(good) // 2],
             "no metadata": good[:-200], "a text": b"hello\n" * 100}
    for what, content in texts.items():
        bad.write_bytes(content)
        check_without(bad, what)
    check_without(lab.folder() / "none.mmdb", "no file")
    check_without(lab.folder(), "a folder")
    # What MMDB_open does not see: the tree points beyond the data.
    bad.write_bytes(b"\xff" * 60 + good[60:])
    done = lab.run("-n", "-j", "--asn-db", bad, lab.destination("ipv4", 1))
    lab.check(done.returncode == 0 and len(lab.records(done.stdout)) == 1, "a damaged tree",
              done.stderr)


def check_without(file, what):
    done = lab.run("-n", "-j", "--asn-db", file, lab.destination("ipv4", 1))
    said = lab.complaints(done.stderr)
    lab.check(done.returncode == 0 and said.count("\n") == 1 and str(file) in said,
              f"{what}: told, once", done.stderr)
    (record,) = lab.records(done.stdout)
    lab.check(record["status"] == "reached" and shown(record) == [(None, None)] * 5,
              f"{what}: done without", record)


class Loop:
    """The program, round after round."""

    def __init__(self, file):
        self.process = lab.start("-n", "-j", "--interval", INTERVAL_S, "--asn-db", file,
                                 lab.destination("ipv4", 1), text=True)

    def next(self):
        return json.loads(self.process.stdout.readline())

    def until(self, systems, what):
        """Reads records until one shows these."""
        for _ in range(int(SEEN_S / INTERVAL_S)):
            record = self.next()
            if shown(record) == expected(systems):
                break
        lab.check(shown(record) == expected(systems), what, shown(record))

    def end(self):
        self.process.terminate()
        return lab.complaints(self.process.communicate()[1])


def check_replaced(file):
    loop = Loop(file)
    loop.until(SYSTEMS, "at first")
    fresh = file.with_name("fresh")
    write(fresh, OTHER)
    fresh.replace(file)
    loop.until(OTHER, "replaced by another file")
    write(file, SYSTEMS)
    loop.until(SYSTEMS, "written in its place")
    file.write_bytes(b"damaged")
    records = [loop.next() for _ in range(8)]
    lab.check(all(shown(record) == expected(SYSTEMS) for record in records),
              "damaged: what was known stays", [shown(record) for record in records])
    file.unlink()
    records = [loop.next() for _ in range(4)]
    lab.check(all(shown(record) == expected(SYSTEMS) for record in records),
              "gone: what was known stays")
    write(file, OTHER)
    loop.until(OTHER, "there again")
    said = loop.end()
    lab.check(said.count("\n") == 1 and "damaged" in said, "the damaged one is told, once", said)


def main():
    lab.Internet(topology=TOPOLOGY)
    file = lab.folder() / "asn.mmdb"
    write(file, SYSTEMS)
    check_formats(file)
    check_bad(file)
    check_replaced(file)
    lab.finish()


main()
