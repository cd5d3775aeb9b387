#!/usr/bin/env python3
"""The same network by raw sockets and without privilege, hop by hop: sockets.py PROTOCOL"""

import subprocess
import sys

import lab

PROTOCOL = sys.argv[1]
TARGETS = 200
# The usual limit is 1,024. TCP has a descriptor for each probe that is on its way.
DESCRIPTORS = 400 if PROTOCOL == "tcp" else 40


def measure(how, truth, *before):
    """The records by address, with every capability or with none."""
    bare = lab.BARE if how == "user" else ()
    done = subprocess.run([*before, *bare, lab.HOPTRACE, "-j", "-n", "-P", PROTOCOL, "--sockets",
                           how, *truth], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          timeout=120, check=False)
    lab.check(done.returncode == 0 and lab.complaints(done.stderr) == "", f"{how}: runs through",
              (done.returncode, done.stderr[:300]))
    lab.check_schema(done.stdout.encode())
    return {record["address"]: record for record in lab.records(done.stdout)}


def facts(record):
    """What each hop's nodes say of themselves. The kernel tells nothing of the packet by which a
    TCP destination answers."""
    end = record["address"] if PROTOCOL == "tcp" else None
    return [[(node["address"], node["icmp_type"], node["icmp_code"],
              None if node["address"] == end else node["reply_ttl"], node["mpls"])
             for node in hop["nodes"]] for hop in record["hops"]]


def compare(how, found, truth):
    hops = sum(len(path["hops"]) for path in truth.values())
    total = lab.compare_all(found.values(), truth)
    lab.check(total == {"right": hops, "wrong": 0, "missing": 0},
              f"{how}: {total['right']} of {hops} hops right, {total['wrong']} wrong, "
              f"{total['missing']} missing")
    lab.check({record["sockets"] for record in found.values()} == {how},
              f"{how}: the records say so")
    lab.check(all(record["status"] == "reached" and record["loss_percent"] == 0
                  for record in found.values()), f"{how}: all are reached, without loss",
              [address for address, record in found.items() if record["loss_percent"] != 0][:5])
    losses = [hop["loss_percent"] for record in found.values() for hop in record["hops"]
              if hop["nodes"]]
    lab.check(not any(losses), f"{how}: no answering hop shows loss",
              f"{sum(1 for loss in losses if loss)} of {len(losses)} do")
    faults = {key: sum(record[key] for record in found.values())
              for key in ("local_errors", "rx_overflows", "forged")}
    lab.check(not any(faults.values()), f"{how}: nothing was refused, missed or forged", faults)


def beside_each_other(raw, user):
    lab.check(all(facts(raw[address]) == facts(user[address]) for address in raw),
              "each node says the same by either",
              [address for address in raw if facts(raw[address]) != facts(user[address])][:3])
    lab.check(all(raw[address]["path_id"] == user[address]["path_id"] for address in raw),
              "the paths are the same")
    apart = sorted(abs(one["rtt_ms"]["min"] - other["rtt_ms"]["min"])
                   for address in raw
                   for one, other in zip(raw[address]["hops"], user[address]["hops"])
                   if one["nodes"] and other["nodes"])
    middle = apart[len(apart) // 2]
    lab.check(middle < 1, f"the median difference of the times is {middle:.3f} ms, below 1 ms",
              late=0.001)
    lab.check({record["time_source"] for record in user.values()} <= {"kernel", "kernel_rx"},
              "the kernel stamped the answers")


def main():
    internet = lab.Internet("--seed", 25, "--targets", TARGETS, "--family", "both", "--hops",
                            "8-15", "--silent", 4, "--rtt-per-hop", "0.2-5")
    truth = internet.truth()
    lab.admit_to_icmp()
    raw, user = measure("raw", truth), measure("user", truth)
    compare("raw", raw, truth)
    compare("user", user, truth)
    beside_each_other(raw, user)
    few = measure("user", truth, "prlimit", f"--nofile={DESCRIPTORS}")
    compare("user", few, truth)
    internet.down()
    lab.check(not any(internet.counters()["faults"].values()),
              "no packet on the wire was malformed", internet.counters()["faults"], **lab.ALWAYS)
    lab.finish()


main()
