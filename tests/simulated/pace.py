#!/usr/bin/env python3
"""The packet-rate ceiling over every 100 ms, many targets together, as the wire saw it; and how
often records of many targets wake up who reads them."""

import fcntl
import os
import time

import lab

WRITE_GAP_S = 0.05
PIPE_BYTES = 1 << 20


def writes():
    """Records of many targets close all the time, and leave together."""
    internet = lab.Internet("--seed", 7, "--targets", 40, "--hops", "8-12")
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, PIPE_BYTES)  # no write waits for a late reader
    began = time.monotonic()
    process = lab.start("-n", "-q", 1, "--pps", 5000, "--interval", 0.3, "--rounds", 8, "-o",
                        "json", *internet.truth(), stdout=writer)
    os.close(writer)
    chunks = []
    while chunk := os.read(reader, PIPE_BYTES):
        chunks.append(chunk)
    took = time.monotonic() - began
    os.close(reader)
    internet.down()
    found = lab.records(b"".join(chunks).decode())
    lab.check(process.wait() == 0 and len(found) == 8 * 40, "records of eight rounds", len(found))
    lab.check(8 <= len(chunks) <= took / WRITE_GAP_S + 1,
              f"{len(found)} records in {took:.1f} s leave in writes 50 ms apart", len(chunks))


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
    writes()
    lab.finish()


main()
