#!/usr/bin/env python3
"""Many engines of the library in one process, in threads and in one loop, on the simulated network:
engines.py PROGRAM [LIVES]"""

import subprocess
import sys

import network
import lab

TIMEOUT_S = 240


def main():
    program, lives = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "2"
    internet = lab.Internet("--seed", 11, "--targets", 6, "--family", "both", "--hops", "4-8",
                            "--silent", 8, resolver=True)
    file = lab.folder() / "paths"
    file.write_text(network.paths(internet.truth()), encoding="ascii")
    done = subprocess.run([program, file, lives], check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=TIMEOUT_S)
    last = done.stdout.splitlines()[-1:]
    lab.check(done.returncode == 0 and done.stderr == "",
              f"engines do not disturb each other: {' '.join(last)}",
              (done.returncode, done.stdout[-3000:], done.stderr[-6000:]))
    internet.down()
    faults = internet.counters()["faults"]
    lab.check(not any(faults.values()), "no packet on the wire was malformed", faults)
    lab.finish()


main()
