#!/usr/bin/env python3
"""Answers that are nearly right, sent before the true ones, none is taken: forged.py PROTOCOL"""

import pathlib
import sys
import tempfile

import lab

PROTOCOL = sys.argv[1]
# What a quote may differ in honestly (an address translator rewrites IPv4 id, checksum and, where
# the payload shows which probe it is, the destination) cannot be told from a forgery and is not
# among these.
KINDS = ("destination-cut,destination-payload,protocol,id,port-cut,port-payload,sequence,payload,"
         "truncated,random,outer-sum,echo-id,echo-seq,tcp-ack,tcp-port")
# A SYN has no payload.
if PROTOCOL == "tcp":
    KINDS += ",destination,port"
FORGER = {"203.0.113.66", "2001:db8:bad::66"}


def network():
    lines = []
    for number, (router, target) in enumerate((("10.1.0.", "198.18.1.1"),
                                               ("fd01::", "2001:db8:18::1")), 1):
        lines.append(f"target t{number} {target} rtt=20 forge={KINDS} copies=2")
        lines += [f"hop {router}{hop} rtt={hop * 2} forge={KINDS} copies=3" for hop in range(1, 8)]
    return "\n".join(lines) + "\n"


def main():
    file = pathlib.Path(tempfile.mkstemp(prefix="hoptrace-test-")[1])
    file.write_text(network(), encoding="ascii")
    internet = lab.Internet("--file", file)
    truth = internet.truth()
    found = lab.trace("-q", 5, "-P", PROTOCOL, *truth)
    for record in found:
        path = truth[record["address"]]
        family = record["family"]
        lab.check(lab.compare(record, path)["right"] == 8, f"{family}: all hops are right")
        addresses = {node["address"] for hop in record["hops"] for node in hop["nodes"]}
        lab.check(not addresses & FORGER, f"{family}: the forger is nowhere", **lab.ALWAYS)
        times = {hop["ttl"]: hop["rtt_ms"] for hop in path["hops"]}
        lab.check(all(hop["rtt_ms"]["min"] >= times[hop["ttl"]] for hop in record["hops"]),
                  f"{family}: no time is shorter than the truth")
        lab.check(all(hop["received"] == hop["sent"] == 5 for hop in record["hops"]),
                  f"{family}: copies count once")
    internet.down()
    lab.check(internet.counters()["forged"] > 100, "there were forgeries",
              internet.counters()["forged"])
    file.unlink()
    lab.finish()


main()
