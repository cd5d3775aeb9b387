#!/usr/bin/env python3
"""A hundred processes, fifty at a time, all tracing the same targets: none takes an answer that is
another one's: processes.py PROTOCOL"""

import concurrent.futures
import os
import sys

import lab

PROCESSES, AT_A_TIME, TARGETS = 100, 50, 20
PPS = 300  # of each: all together what a simulated network on a busy machine can answer in time


def main():
    internet = lab.Internet("--seed", 7, "--targets", TARGETS, "--family", "both", "--silent", 4)
    truth = internet.truth()
    hops = PROCESSES * sum(len(path["hops"]) for path in truth.values())
    # An ordinary user cannot raise the simulated network above those who measure it, but can lower
    # them. Else it may wait for a processor for seconds among so many, and answer too late.
    os.nice(19)
    def trace(_):
        return lab.run("-j", "-w", 3, "--pps", PPS, "-P", sys.argv[1], *truth)
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        runs = list(pool.map(trace, range(PROCESSES)))
    strangers = [found for done in runs
                 for found in lab.strangers(lab.records(done.stdout), truth)]
    lab.check(not strangers, "no hop shows another one's address", strangers[:3], **lab.ALWAYS)
    total = {"right": 0, "wrong": 0, "missing": 0}
    for done in runs:
        for key, count in lab.compare_all(lab.records(done.stdout), truth).items():
            total[key] += count
    lab.check(all(done.returncode == 0 and done.stderr == "" for done in runs),
              f"{PROCESSES} processes end well", {done.stderr for done in runs})
    lab.check(total == {"right": hops, "wrong": 0, "missing": 0},
              f"{total['right']} of {hops} hops right, {total['wrong']} wrong, "
              f"{total['missing']} missing")
    losses = [hop["loss_percent"] for done in runs for record in lab.records(done.stdout)
              for hop in record["hops"] if hop["nodes"]]
    lab.check(not any(losses), "no answering hop shows loss",
              f"{sum(1 for loss in losses if loss)} of {len(losses)} do")
    lab.finish()


main()
