#!/usr/bin/env python3
"""Garbage at full speed, much of it nearly right, while everything is measured that there is:
flood.py FLOOD"""

import subprocess
import sys
import time

import network
import lab

FORGERS = {"203.0.113.66", "2001:db8:bad::66"}
ROUNDS, INTERVAL_S, TIMEOUT_S = 2, 1, 2
PACKETS = 100000
# Who has to share a processor reads the clock a little after the packet left.
CLOCK_ERROR_MS = 1


def targets(truth):
    """Each path by each protocol."""
    return "targets = (" + ",\n".join(
        f'{{ name = "{protocol}-{address}"; host = "{address}"; protocol = "{protocol}"; }}'
        for address in truth for protocol in ("icmp", "udp", "tcp")) + ");\n"


def check_records(found, truth):
    hops = sum(len(path["hops"]) for path in truth.values()) * 3 * ROUNDS
    total = {"right": 0, "wrong": 0, "missing": 0}
    for record in found:
        for key, count in lab.compare(record, truth[record["address"]]).items():
            total[key] += count
    lab.check(total == {"right": hops, "wrong": 0, "missing": 0},
              f"{total['right']} of {hops} hops right, {total['wrong']} wrong, "
              f"{total['missing']} missing")
    addresses = {address for record in found for hop in lab.addresses(record) for address in hop}
    lab.check(not addresses & FORGERS, "the forger is nowhere", addresses & FORGERS)
    times = {(address, hop["ttl"]): hop["rtt_ms"] for address, path in truth.items()
             for hop in path["hops"]}
    shorter = [times.get((record["address"], hop["ttl"]), 0) - hop["rtt_ms"]["min"]
               for record in found for hop in record["hops"] if hop["nodes"]]
    lab.check(max(shorter) < CLOCK_ERROR_MS, "no time is shorter than the truth: by "
              f"{max(shorter):.3f} ms at most")


def check_loss(found):
    """What this host's own receive buffer could not take is counted, and is no loss."""
    lossy = [(record["target"], hop["ttl"], hop["sent"], hop["received"]) for record in found
             for hop in record["hops"] if hop["nodes"] and hop["received"] < hop["sent"]]
    full = [record["rx_overflows"] for record in found if record["rx_overflows"] > 0]
    print(f"# {len(full)} records tell of a receive buffer that was full, by up to "
          f"{max(full, default=0)} packets", flush=True)
    lab.check(not lossy, "no hop that answers shows loss", lossy[:10])


def main():
    internet = lab.Internet("--seed", 3, "--targets", 6, "--family", "both", "--hops", "5-8",
                            "--silent", 5)
    truth = internet.truth()
    file = lab.folder() / "paths"
    file.write_text(network.paths(truth), encoding="ascii")
    config = lab.config(targets(truth))
    flood = subprocess.Popen([sys.argv[1], "sim0", "ht0", file, str(lab.usual_number()), "60"],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    began = time.monotonic()
    found = lab.trace("-n", "-c", config, "--pps", 0, "-w", TIMEOUT_S, "--interval", INTERVAL_S,
                      "--rounds", ROUNDS)
    wall = time.monotonic() - began
    said = flood.communicate(timeout=30)[0].strip()
    numbers = [int(word) for word in said.split() if word.isdecimal()]
    lab.check(flood.returncode == 0 and numbers[0] >= PACKETS and numbers[1] >= PACKETS // 1000,
              f"there was a flood: {said}")
    lab.check(len(found) == len(truth) * 3 * ROUNDS, f"{len(found)} records")
    lab.check(wall < ROUNDS * (TIMEOUT_S + INTERVAL_S) + 5,
              f"the program ends on time: {wall:.1f} s")
    check_records(found, truth)
    check_loss(found)
    internet.down()
    lab.finish()


main()
