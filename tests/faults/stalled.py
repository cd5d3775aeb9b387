#!/usr/bin/env python3
"""stdout stalls for many intervals while the program goes round: SIGTERM in the midst of it ends the
program either way, with everything written if the reader comes back, with status 1 if it does not."""

import fcntl
import os
import time

import on_simnet
from on_simnet import lab

TARGETS = ("198.18.1.1", "198.18.1.3", "2001:db8:18::2")
INTERVAL_S, ROUNDS = 0.2, 12
OPTIONS = ("-n", "-q", 1, "-w", 2, "--interval", INTERVAL_S)
# The program waits 4 s for such a reader.
GONE_AFTER_S = 8


def stall(internet, name):
    """The program with an stdout that nobody reads, and its reader, after so many more rounds than
    the pipe can hold."""
    def packets():
        return internet.log.read_text(encoding="ascii").count(f'"{TARGETS[0]}"')
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    before = packets()
    process = lab.start(*OPTIONS, "-o", name, *TARGETS, stdout=writer)
    os.close(writer)
    # Each round sends two at least.
    measured = lab.wait_for(lambda: packets() >= before + 2 * ROUNDS, 20)
    lab.check(measured, f"{name}: rounds go on while nobody reads", packets() - before)
    return process, reader


def reader_comes_back(internet, name):
    process, reader = stall(internet, name)
    process.terminate()
    with open(reader, "rb") as pipe:
        output = pipe.read()
    said = process.communicate(timeout=30)[1].decode()
    lab.check(process.returncode == 0 and said == "", f"{name}: status 0, nothing to say",
              (process.returncode, said))
    return output


def nobody_comes_back(internet):
    process, reader = stall(internet, "json")
    began = time.monotonic()
    process.terminate()
    said = process.communicate(timeout=30)[1].decode()
    seconds = time.monotonic() - began
    lab.check(process.returncode == 1 and said.count("\n") == 1,
              "nobody comes back: status 1, one line", (process.returncode, said))
    lab.check(seconds < GONE_AFTER_S, f"nobody comes back: gone after {seconds:.1f} s")
    os.close(reader)


def main():
    internet = on_simnet.network()
    output = reader_comes_back(internet, "json")
    lab.check_schema(output)
    found = lab.records(output.decode())
    counts = [sum(record["target"] == target for record in found) for target in TARGETS]
    lab.check(min(counts) >= 3 and max(counts) - min(counts) <= 1,
              f"json: {len(found)} records, all of each round", counts)
    lab.check(all(record["status"] == "reached" or record["stop_reason"] == "interrupted"
                  for record in found), "json: none is worse for it")
    points = lab.points(reader_comes_back(internet, "influx"))
    lab.check(len(points) >= 3 * len(TARGETS), f"influx: {len(points)} whole lines")
    nobody_comes_back(internet)
    lab.finish()


main()
