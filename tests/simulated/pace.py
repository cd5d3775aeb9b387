#!/usr/bin/env python3
"""The packet-rate ceiling over every 100 ms, many targets together, as the wire saw it."""

import lab


def main():
    for pps in (200, 1000, 5000):
        internet = lab.Internet("--seed", pps, "--targets", 40, "--hops", "8-12")
        targets = list(internet.truth())[: 5 if pps == 200 else 40]
        found = lab.trace("--pps", pps, *targets)
        internet.down()
        most = internet.counters()["most_in_100ms"]
        lab.check(all(record["status"] == "reached" for record in found), f"{pps}: all reached")
        # One more: a packet may be delayed on its way into the window.
        lab.check(most <= pps / 10 + 1, f"--pps {pps}: at most {most} packets in 100 ms",
                  stall=0.01)
    lab.finish()


main()
