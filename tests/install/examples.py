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


# What C++ and strict C make of the headers and of linking: a target measured by each way in.
EITHER = """
#include <hoptrace.h>
#include <stdio.h>
#include <string.h>

static void on_report(void *user, const struct ht_report *report)
{
    *(unsigned *)user += report->hop_count;
}

int main(int argc, char **argv)
{
    struct ht_target target;
    struct ht_engine_options options;
    struct ht_engine *engine;
    struct ht_report *report;
    struct ht_error error;
    unsigned hops = 0;
    memset(&target, 0, sizeof target);
    memset(&options, 0, sizeof options);
    ht_settings_init(&target.settings);
    target.host = argv[argc - 1];
    options.on_report = on_report;
    options.user = &hops;
    if (ht_settings_check(&target.settings, &error) != HT_OK ||
        ht_engine_new(&options, &engine, &error) != HT_OK ||
        ht_engine_add(engine, &target, NULL, &error) != HT_OK)
        return 1;
    ht_engine_interrupt(engine);
    ht_engine_free(engine);
    if (ht_trace(&target, &report, &error) != HT_OK)
        return 1;
    printf("%s %u %u %.0f\\n", ht_status_name(report->status), hops, report->hop_count,
           ht_ns_to_ms(ht_time_min(HT_NS_PER_S, HT_NEVER)));
    ht_report_free(report);
    return 0;
}
"""
LANGUAGES = {"c99": ["gcc", "-std=c99", "-Wstrict-prototypes"], "c11": ["gcc", "-std=c11"],
             "c++11": ["g++", "-std=c++11"], "c++20": ["g++", "-std=c++20"]}


def check_languages(root, environment):
    folder = lab.folder()
    flags = installed.say("pkg-config", "--cflags", "--libs", "hoptrace",
                          env={"PATH": "/usr/bin:/bin",
                               "PKG_CONFIG_PATH": str(next(root.rglob("pkgconfig")))}).split()
    for name, compiler in LANGUAGES.items():
        source = folder / ("either.cc" if "++" in name else "either.c")
        source.write_text(EITHER, encoding="ascii")
        done = subprocess.run([*compiler, "-pedantic", "-Wall", "-Wextra", "-Wconversion", "-Werror",
                               "-o", folder / name, source, *flags], check=False, text=True,
                              stderr=subprocess.PIPE)
        if lab.check(done.returncode == 0, f"{name} compiles and links", done.stderr):
            said = run({name: str(folder / name)}, environment, name, "198.18.1.1")
            lab.check(said == ["reached 0 3 1000"], f"{name} measures", said)


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
              f"the loop's own work went on: {ticks} ticks, never more than {most} at once", stall=0.08)


installed.need("gcc", "g++", "pkg-config")
tree = installed.tree(build)
internet = lab.Internet(topology=TOPOLOGY, resolver=True)
made, where = compile_all(tree)
lab.check(set(made) == {"blocking", "poll_loop"}, "there are two examples", made)
check_blocking(made, where)
check_poll_loop(made, where)
check_languages(tree, where)
lab.finish()
