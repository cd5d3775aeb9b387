#!/usr/bin/env python3
"""Many random paths at once, over IPv4 and IPv6, some routers silent: every hop shown is the true
hop, every silent hop is shown silent, every time is the true time: paths.py PROTOCOL"""

import sys

import lab


def check_times(found, truth):
    """Average times against the truth, at the median: single ones may suffer from a busy machine."""
    errors = []
    for record in found:
        hops = {hop["ttl"]: hop for hop in truth[record["address"]]["hops"]}
        errors += [abs(hop["rtt_ms"]["min"] - hops[hop["ttl"]]["rtt_ms"])
                   for hop in record["hops"] if hop["nodes"]]
    errors.sort()
    middle = errors[len(errors) // 2]
    lab.check(middle < 1.0, f"median error of the times is {middle:.3f} ms, below 1 ms",
              late=0.001)


def main():
    internet = lab.Internet("--seed", 42, "--targets", 200, "--family", "both", "--hops", "8-15",
                            "--silent", 6, "--rtt-per-hop", "0.2-5")
    truth = internet.truth()
    found = lab.trace("--pps", 5000, "-P", sys.argv[1], *truth)
    hops = sum(len(path["hops"]) for path in truth.values())
    total = lab.compare_all(found, truth)
    strangers = lab.strangers(found, truth)
    lab.check(not strangers, "no hop shows another one's address", strangers[:3], **lab.ALWAYS)
    lab.check(len(found) == len(truth), f"{len(truth)} targets give {len(found)} records")
    lab.check(total == {"right": hops, "wrong": 0, "missing": 0},
              f"{total['right']} of {hops} hops right, {total['wrong']} wrong, "
              f"{total['missing']} missing")
    lab.check(all(record["status"] == "reached" and record["loss_percent"] == 0
                  and record["hop_count"] == len(truth[record["address"]]["hops"])
                  for record in found), "all are reached, at the true distance, without loss")
    silent = [hop for record in found for hop in record["hops"] if not hop["nodes"]]
    lab.check(silent and all(hop["sent"] == 4 and hop["received"] == 0 for hop in silent),
              f"{len(silent)} silent hops were probed 3 times and once again")
    check_times(found, truth)
    lab.check({record["time_source"] for record in found} <= {"kernel", "kernel_rx"},
              "the kernel stamped the answers")
    internet.down()
    lab.check(not any(internet.counters()["faults"].values()),
              "no packet on the wire was malformed", internet.counters()["faults"], **lab.ALWAYS)
    lab.finish()


main()
