#!/usr/bin/env python3
"""The examples of the library, built as their users would and run: examples.py SOURCE BUILD

The installed tree and pkg-config are all that the compiler is told of. Then they measure the
simulated network."""

import pathlib
import subprocess
import sys

import installed
import lab

build = pathlib.Path(sys.argv[2])
TOPOLOGY = """
target near 198.18.1.1 rtt=6
hop 10.1.1.1 rtt=2
hop 10.1.1.2 rtt=4
target far 198.18.1.2 rtt=9
hop 10.1.2.1 rtt=3
hop * silent=yes
hop 10.1.2.3 rtt=6
"""
PATHS = {"198.18.1.1": ["10.1.1.1", "10.1.1.2", "198.18.1.1"],
         "198.18.1.2": ["10.1.2.1", "*", "10.1.2.3", "198.18.1.2"]}
ROUNDS = 3


def compile_all(root):
    """The programs by their names, and the environment that they need."""
    libraries = next(root.rglob("pkgconfig"))
    folder = lab.folder()
    flags = installed.say("pkg-config", "--cflags", "--libs", "hoptrace",
                          env={"PATH": "/usr/bin:/bin", "PKG_CONFIG_PATH": str(libraries)}).split()
    programs = {}
    for source in sorted((root / "usr/share/doc/hoptrace/examples").glob("*.c")):
        programs[source.stem] = str(folder / source.stem)
        done = subprocess.run(["gcc", "-Wall", "-Wextra", "-Werror", "-o", programs[source.stem],
                               source, *flags], check=False, stderr=subprocess.PIPE, text=True)
        lab.check(done.returncode == 0, f"{source.name} compiles", done.stderr)
    return programs, {"LD_LIBRARY_PATH": str(libraries.parent)}


def run(programs, environment, name, *arguments):
    done = subprocess.run([programs[name], *arguments], env=environment, check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    lab.check(done.returncode == 0 and done.stderr == "", f"{name} {' '.join(arguments)} runs",
              f"exit {done.returncode}: {done.stderr}")
    return done.stdout.splitlines()


def check_blocking(programs, environment):
    for host, path in PATHS.items():
        for protocol in ("icmp", "udp", "tcp"):
            lines = run(programs, environment, "blocking", host, protocol)
            lab.check([line.split()[1] for line in lines[:-1]] == path
                      and lines[-1] == f"{host}: reached, {len(path)} hops",
                      "the path is the true one", lines)
    lines = run(programs, environment, "blocking", "198.18.1.300")
    lab.check(len(lines) == 1 and "resolve_error (" in lines[0],
              "a host that does not resolve has a report with a reason", lines)


def check_poll_loop(programs, environment):
    words = [line.split() for line in
             run(programs, environment, "poll_loop", str(ROUNDS), *PATHS)]
    for host, path in PATHS.items():
        hops = [line[3] for line in words if line[:2] == ["hop", host]]
        lab.check(hops == path * ROUNDS, f"on_hop tells each hop of {host} in order, each round",
                  hops)
        reports = [line[2:] for line in words if line[:2] == ["report", host]]
        lab.check(reports == [["reached", str(len(path))]] * ROUNDS,
                  f"on_report tells each round of {host}", reports)
    lab.check(words[-1] == [str(ROUNDS * len(PATHS)), "reports"], "no report is missing", words[-1])
    _, ticks, _, most = words[-2]
    # Two intervals of half a second, a tick each 20 ms.
    lab.check(int(ticks) >= 40 and int(most) <= 5,
              f"the loop's own work went on: {ticks} ticks, never more than {most} at once")


installed.need("gcc", "pkg-config")
tree = installed.tree(build)
internet = lab.Internet(topology=TOPOLOGY, resolver=True)
made, where = compile_all(tree)
lab.check(set(made) == {"blocking", "poll_loop"}, "there are two examples", made)
check_blocking(made, where)
check_poll_loop(made, where)
lab.finish()
