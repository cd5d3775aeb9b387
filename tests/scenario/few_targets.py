#!/usr/bin/env python3
"""Few targets, and many, behind first hops that keep to limits: every case of a grid, on the fake
clock.

    few_targets.py [--most TARGETS] [--all] [--check] PROGRAM...

PROGRAM: the scenario program, more than one to compare. Each case is a first hop (or two hops in a
row) with a limit, a number of targets and of probes a hop, measured once and every 60 s. For each
program: hops with loss that the path does not have / hops of which less than all was asked / the
longest round. --all: of all cases, else of those that have any of both. --check: exit status 1 if
there is any false loss.
"""

import argparse
import concurrent.futures
import os
import pathlib
import sys

import made_up

TARGETS = (1, 3, 8, 10, 20, 50, 200, 800)
PROBES = (1, 3, 10)
# Answers a second and burst, at ttl 1, and at ttl 2 if there is a second one.
LIMITS = (("1/6",), ("10/1",), ("10/10",), ("100/1",), ("100/6",), ("100/20",), ("1000/1",),
          ("1000/100",), ("100/6", "1/6"), ("300/10", "100/10"))
ROUNDS = 3
FALSE_LOSS_MAX = 0


class Case:
    """A number of targets behind limited hops."""

    def __init__(self, limits, targets, probes, interval):
        self.limits, self.targets, self.probes, self.interval = limits, targets, probes, interval
        at = ",".join(f"{60 * i}s" for i in range(ROUNDS if interval else 1))
        self.ttls = range(1, len(limits) + 1)
        self.rounds = ROUNDS if interval else 1
        self.lines = [
            "option seed=1 send_cost=10us latency=300us",
            f"defaults probes={probes}" + (" interval=60s" if interval else ""),
            "network *",
            *(f"ttl {ttl} answer=exceeded by=10.2.{ttl}.1 rtt={2 * ttl}ms limit={limit}"
              for ttl, limit in enumerate(limits, 1)),
            *(f"ttl {ttl} answer=exceeded rtt=20ms" for ttl in range(len(limits) + 1, 5)),
            "end 5- rtt=30ms",
            *(f"target t{i} 10.64.{i // 250}.{i % 250 + 1} at={at}" for i in range(targets))]
        self.lines += [f"expect t{i}#{n + 1} {question}" for i in range(targets)
                       for n in range(self.rounds)
                       for question in (*(f"hop {ttl} loss >= 101" for ttl in self.ttls),
                                        *(f"hop {ttl} received >= 9999" for ttl in self.ttls),
                                        "duration < 0")]
        self.name = (f"{' and '.join(limits):>17} {targets:4} targets x {probes:2}"
                     f"{' every 60 s' if interval else '           '}")

    def judge(self, seen):
        """Hops with false loss, hops not asked enough, the longest round in s."""
        false = sum(value not in ("", "null", "0") for question, value in seen if " loss" in question)
        fewer = sum(int(value or 0) < self.probes for question, value in seen
                    if " received" in question)
        longest = max(float(value.removesuffix("ms")) for question, value in seen
                      if " duration" in question)
        return false, fewer, longest / 1000


def main():
    """See above."""
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("--most", type=int, default=TARGETS[-1])
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--all", action="store_true")
    parser.add_argument("programs", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    cases = [Case(limits, targets, probes, interval) for limits in LIMITS for targets in TARGETS
             for probes in PROBES for interval in (False, True)
             if targets <= options.most and (targets < 800 or probes < 10 or not interval)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda case: [case.judge(made_up.play(program, case.lines))
                                              for program in options.programs], cases))
    sums = [[0, 0, 0.0] for _ in options.programs]
    for case, figures in zip(cases, results):
        if options.all or any(figure[0] or figure[1] for figure in figures):
            print(f"{case.name}: " + "   ".join(f"{a:5} {b:5} {c:6.2f} s" for a, b, c in figures))
        for i, figure in enumerate(figures):
            sums[i] = [x + y for x, y in zip(sums[i], figure)]
    for program, (false, fewer, time) in zip(options.programs, sums):
        print(f"{program}: {len(cases)} cases, false loss at {false} hops, "
              f"{fewer} not asked enough, {time:.0f} s in all")
    return 1 if options.check and sums[-1][0] > FALSE_LOSS_MAX else 0


if __name__ == "__main__":
    sys.exit(main())
