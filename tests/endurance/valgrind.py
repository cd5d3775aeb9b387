#!/usr/bin/env python3
"""The program and the library under valgrind's memcheck, on the simulated network: nothing is read
before it was written or after it was freed, nothing is left behind: valgrind.py BUILD [--brief]

BUILD is one without sanitizers."""

import concurrent.futures
import os
import pathlib
import shutil
import signal
import subprocess
import sys

import network
import lab

BUILD = pathlib.Path(sys.argv[1]).resolve()
BRIEF = "--brief" in sys.argv
FAULTY = 99
MEMCHECK = ["valgrind", "--quiet", "--child-silent-after-fork=yes", f"--error-exitcode={FAULTY}",
            "--leak-check=full", "--show-leak-kinds=all", "--errors-for-leak-kinds=all"]
FORMATS = ("json", "text") if BRIEF else ("text", "json", "influx", "putval", "prometheus")
PROTOCOLS = ("icmp", "udp", "tcp")
# Valgrind makes everything some twenty times slower. That a round takes longer than its interval is
# then no fault, though it is told.
PATIENCE_S = 5
SLOW = "longer than its interval"
DEAF = "198.18.0.9"
NETWORK = f"target deaf {DEAF} silent=yes\nhop 10.1.9.1 rtt=1 name=nine.sim\n" + "".join(
    f"target t{number} {address} rtt=3\nhop {hop} rtt=1 mpls=16001/0/1 name=r{number}.sim\n"
    f"name w{number}.sim {address}\n"
    for number, (address, hop) in enumerate((("198.18.0.1", "10.1.1.1"),
                                             ("2001:db8:18::1", "fd01:1::1"))))


# Valgrind does not know the calls that make a sandbox, and needs others than the program.
PROGRAM = (BUILD / "hoptrace", "--no-sandbox")


def start(program, *arguments, **options):
    return subprocess.Popen([*MEMCHECK, program, *map(str, arguments)], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, **options)


def run(program, *arguments, **options):
    """Its output, if it ends as it should and valgrind says nothing."""
    process = start(program, *arguments, **options)
    output, said = process.communicate(timeout=200)
    return process.returncode, output, said


def check(what, done, status=0, stderr=""):
    code, output, said = done
    said = "".join(line for line in said.splitlines(True) if SLOW not in line)
    lab.check(code == status and (stderr in said if stderr else said == ""), what,
              (code, said[:4000]))
    return output


def config():
    """Each protocol and family by name and by address, and a name that is none."""
    targets = [f'{{ name = "{protocol}-{host}"; host = "{host}"; protocol = "{protocol}"; }}'
               for protocol in PROTOCOLS
               for host in ("w0.sim", "w1.sim", "198.18.0.1", "2001:db8:18::1")]
    return lab.config("defaults = { tags = { site = \"a b\"; }; probes = 2; timeout = "
                      f"{PATIENCE_S}; }};\ntargets = ({','.join(targets)}, \"none.sim\");\n")


def check_program(file):
    """All formats side by side; then as a daemon for some rounds."""
    jobs = {name: ("-c", file, "-o", name) for name in FORMATS}
    jobs["rounds"] = ("-c", file, "-j", "--interval", 0.5, "--rounds", 3)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        done = dict(zip(jobs, pool.map(lambda job: run(*PROGRAM, *job), jobs.values())))
    outputs = {name: check(f"hoptrace {' '.join(map(str, jobs[name][2:]))}", result)
               for name, result in done.items()}
    for name, count in (("json", 1), ("rounds", 3)):
        found = lab.records(outputs[name])
        reached = [record for record in found if record["status"] == "reached"]
        lab.check(len(found) == 13 * count and len(reached) == 12 * count
                  and all(record["hop_count"] == 2 for record in reached),
                  f"{name}: {len(reached)} of {len(found)} records show that they got there")
        lab.check(any(node["hostname"] for record in reached for hop in record["hops"]
                      for node in hop["nodes"]), f"{name}: names are found")


def sent_packets():
    lines = pathlib.Path("/proc/self/net/dev").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[10]) for line in lines if line.split()[0] == "ht0:")


def check_interruption():
    """A signal while probes and names are outstanding."""
    before = sent_packets()
    process = start(*PROGRAM, "-j", "-w", 60, "--interval", 100, DEAF, "silent.sim")
    lab.wait_for(lambda: sent_packets() > before + 5, 60)
    process.send_signal(signal.SIGTERM)
    output, said = process.communicate(timeout=60)
    check("SIGTERM in the midst of a round", (process.returncode, output, said))
    reasons = [record["stop_reason"] for record in lab.records(output)]
    lab.check(reasons == ["interrupted"] * 2, "both records say so", reasons)


def check_refusals():
    bad = lab.config('defaults = { probes = 0; bogus = 1; };\ntargets = ( { name = "x" } ;\n')
    check("a faulty configuration", run(*PROGRAM, "-c", bad), 2, "hoptrace.conf:")
    check("a faulty command line", run(*PROGRAM, "--probes", "0", "--bogus"), 2,
          "--bogus")
    check("--help", run(*PROGRAM, "--help"))


def check_valgrind():
    """It sees what is left behind."""
    source, program = lab.folder() / "leak.c", lab.folder() / "leak"
    source.write_text("#include <stdlib.h>\nvoid *volatile kept;\n"
                      "int main(void) { kept = malloc(7); return 0; }\n", encoding="ascii")
    subprocess.run(["gcc", "-o", program, source], check=True)
    lab.check(run(program)[0] == FAULTY, "a block that is left behind on purpose is seen")


def check_library():
    """The example of the blocking call, built on this library."""
    program = lab.folder() / "blocking"
    core = lab.TESTS.parent / "core"
    example = lab.TESTS.parent / "contrib" / "examples" / "blocking.c"
    subprocess.run(["gcc", "-g", "-o", program, "-I", core / "include", example,
                    "-L", BUILD, "-lhoptrace", "-lm"], check=True)
    environment = {**os.environ, "LD_LIBRARY_PATH": str(BUILD)}
    for protocol in PROTOCOLS[:1] if BRIEF else PROTOCOLS:
        output = check(f"the library: {protocol}",
                       run(program, "w0.sim", protocol, env=environment))
        lab.check(output.endswith("w0.sim: reached, 2 hops\n"), "the path is the true one", output)


def main():
    for tool in ("valgrind", "gcc"):
        if shutil.which(tool) is None:
            print(f"SKIP: no {tool} here")
            sys.exit(77)
    check_valgrind()
    internet = lab.Internet(topology=NETWORK, resolver=True)
    check_interruption()
    check_program(config())
    if not BRIEF:
        check_refusals()
    check_library()
    internet.down()
    lab.finish()


main()
