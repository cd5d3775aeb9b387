#!/usr/bin/env python3
"""MPLS label stacks as routers show them (RFC 4884, RFC 4950), in every format; extensions that are
wrong cost the labels, never the hop: labels.py PROTOCOL"""

import json
import re
import sys

import lab

DEEP = "+".join(f"{label}/{label % 8}/{label}" for label in range(1, 9))
# What a router does, and the stack that has to be shown.
CASES = (
    ("", ""),
    ("mpls=16001/0/1", "16001/0/1/1"),
    ("mpls=16001/5/254+24000/0/1", "16001/5/0/254+24000/0/1/1"),
    ("mpls=0/0/0+1048575/7/255", "0/0/0/0+1048575/7/1/255"),
    (f"mpls={DEEP}", "+".join(f"{label}/{label % 8}/{int(label == 8)}/{label}"
                              for label in range(1, 9))),
    ("mpls=16001/0/1 mpls-mode=no-length", "16001/0/1/1"),
    ("mpls=16001/1/2+17/3/4 mpls-mode=no-length", "16001/1/0/2+17/3/1/4"),
    ("mpls=16001/0/1 mpls-mode=zero-sum", "16001/0/1/1"),
    ("mpls=16001/0/1 mpls-mode=bad-sum", ""),
    ("mpls=16001/0/1 quote=8", "16001/0/1/1"),
    ("mpls=16001/0/1 quote=8 mpls-mode=no-length", "16001/0/1/1"),
    ("mpls=16001/0/1 quote=8 mpls-mode=bad-sum", ""),
    ("mpls=16001/0/1 quote=padded", "16001/0/1/1"),
    # Right behind a quote that is shorter than RFC 4884 has it.
    ("mpls=16001/0/1 mpls-mode=short-announced", "16001/0/1/1"),
    ("mpls=16001/0/1 quote=8 mpls-mode=short-announced", "16001/0/1/1"),
    ("mpls=16001/1/2+17/3/4 quote=28 mpls-mode=short-announced", "16001/1/0/2+17/3/1/4"),
    ("mpls=16001/0/1 mpls-mode=short", "16001/0/1/1"),
    ("mpls=16001/0/1 quote=8 mpls-mode=short", "16001/0/1/1"),
    ("mpls=16001/1/2+17/3/4 quote=11 mpls-mode=short", "16001/1/0/2+17/3/1/4"),
    ("mpls=16001/1/2+17/3/4 quote=28 mpls-mode=short", "16001/1/0/2+17/3/1/4"),
    ("mpls=16001/0/1 quote=8 mpls-mode=short nat=id-random quote-options=yes", "16001/0/1/1"),
    ("mpls=16001/0/1 clear-tos=yes quote-ttl=4 bad-ip-sum=yes", "16001/0/1/1"),
    ("mpls=16001/0/1 quote-options=yes outer-options=yes", "16001/0/1/1"),
    ("mpls=16001/0/1 quote-options=yes outer-options=yes mpls-mode=no-length", "16001/0/1/1"),
    ("mpls=16001/0/1 quote-extension=yes outer-extension=yes", "16001/0/1/1"),
    ("mpls=16001/0/1 quote-extension=yes outer-extension=yes mpls-mode=no-length", "16001/0/1/1"),
)
# A quote of the whole of a long probe is longer than the 128 bytes that have to be there.
SIZES = (32, 300, 1400)


def topology():
    lines = []
    for family in lab.FAMILIES:
        for number, (keys, _) in enumerate(CASES, 1):
            lines.append(f"target t{family[3]}-{number} {lab.destination(family, number)}")
            lines += [f"hop {lab.router(family, number, 1)}",
                      f"hop {lab.router(family, number, 2)} {keys}",
                      f"hop {lab.router(family, number, 3)}"]
    return "\n".join(lines) + "\n"


def written(stack):
    """A node's labels as one word."""
    return "+".join(f"{entry['label']}/{entry['tc']}/{int(entry['bottom'])}/{entry['ttl']}"
                    for entry in stack)


def check_json(found, size):
    for record in found:
        family = record["family"]
        number = next(number for number in range(1, len(CASES) + 1)
                      if lab.destination(family, number) == record["address"])
        keys, stack = CASES[number - 1]
        # Without a length the quote is taken for 128 bytes, which is wrong of a longer one.
        if size > 32 and keys.endswith(("no-length", "=short")) and "quote=" not in keys:
            continue
        what = f"{family}, {size} bytes, {keys or 'no labels'}"
        expected = [[lab.router(family, number, hop)] for hop in (1, 2, 3)]
        lab.check(lab.addresses(record) == [*expected, [record["address"]]]
                  and not any(hop["loss_percent"] for hop in record["hops"]),
                  f"{what}: every hop is right", lab.addresses(record))
        labels = [written(hop["nodes"][0]["mpls"]) if hop["nodes"] else None
                  for hop in record["hops"]]
        lab.check(labels == ["", stack, "", ""], f"{what}: labels '{stack}'", labels)


def check_influx(done, targets):
    fields = {(tags["target"], int(tags["hop"])): fields for measurement, tags, fields, _ in
              lab.points(done.stdout.encode()) if measurement == "traceroute_hop"}
    for family in lab.FAMILIES:
        for number, (keys, stack) in enumerate(CASES, 1):
            seen = [fields[lab.destination(family, number), hop].get("mpls", "")
                    for hop in range(1, 5)]
            lab.check(seen == ["", stack, "", ""], f"influx, {family}, {keys}", seen)
    lab.check(len(fields) == 4 * len(targets), "influx: a line a hop", len(fields))


def check_text(text, what):
    """Each entry of the stack stands below its hop."""
    rows = re.split(r"\n(?= *\d+  )", text)
    for row in rows[1:]:
        hop = int(row.split()[0])
        entries = re.findall(r"label (\d+)", row)
        lab.check(entries == (["16001", "24000"] if hop == 2 else []), f"text, {what}: hop {hop}",
                  row)


def main():
    protocol = sys.argv[1]
    lab.Internet(topology=topology())
    targets = [lab.destination(family, number) for family in lab.FAMILIES
               for number in range(1, len(CASES) + 1)]
    for size in SIZES:
        found = lab.trace("-n", "-l", size, "-P", protocol, *targets)
        lab.check(len(found) == len(targets), f"{size} bytes: a record of each", len(found))
        check_json(found, size)
    check_influx(lab.run("-n", "-o", "influx", "-P", protocol, *targets), targets)
    for family in lab.FAMILIES:
        check_text(lab.run("-n", "-P", protocol, lab.destination(family, 3)).stdout, family)
    pretty = lab.run("-n", "-J", "-P", protocol, targets[1]).stdout
    lab.check(json.loads(pretty)["hops"][1]["nodes"][0]["mpls"]
              == [{"label": 16001, "tc": 0, "bottom": True, "ttl": 1}], "pretty JSON", pretty)
    lab.finish()


main()
