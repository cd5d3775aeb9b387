#!/usr/bin/env python3
"""Runs a program in the network that bench.c knows: on_simnet.py PROGRAM [ARGUMENT]..."""

import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "simulated"))

import lab  # noqa: E402

SKIPPED = 77
NETWORK = """
target one 198.18.1.1 rtt=1
hop 10.1.1.1 rtt=0.5 mpls=16001/0/64
target two 2001:db8:18::2 rtt=1
hop fd01:2::1 rtt=0.5
target three 198.18.1.3 rtt=1
hop 10.1.3.1 rtt=0.5
target web 198.18.1.4 rtt=1
hop 10.1.4.1 rtt=0.5 name=router.sim
target far 198.18.1.5 rtt=200
hop 10.1.5.1 rtt=150
name web.sim 198.18.1.4
"""


def use_hosts_file():
    """A line of our own in it, unless there is no such file at all."""
    file = lab.folder() / "hosts"
    file.write_text("127.0.0.1 localhost\n198.18.1.9 listed.sim\n", encoding="ascii")
    if os.path.exists("/etc/hosts"):
        subprocess.run(["mount", "--bind", file, os.path.realpath("/etc/hosts")], check=True)


def network():
    """Up, with names."""
    use_hosts_file()
    return lab.Internet(topology=NETWORK, resolver=True)


def main():
    network()
    status = subprocess.run(sys.argv[1:], check=False).returncode
    if status == SKIPPED:
        sys.exit(status)
    lab.check(status == 0, f"{pathlib.Path(sys.argv[1]).name} has nothing to complain of", status)
    lab.finish()


if __name__ == "__main__":
    main()
