#!/usr/bin/env python3
"""The program when descriptors run out, from the start and later: a record of each target or status 1
with one line, and once there are some again the same process measures everything."""

import os
import pathlib
import resource

import loop
import on_simnet
from on_simnet import lab

import check_json  # lab has made the way

PATHS = {"198.18.1.1": ("10.1.1.1", "198.18.1.1"), "198.18.1.3": ("10.1.3.1", "198.18.1.3"),
         "web.sim": ("10.1.4.1", "198.18.1.4")}
BY_ADDRESS = [host for host in PATHS if host[0].isdigit()]
BY_NAME = ["web.sim"]
OPTIONS = ("-4", "-n", "-q", 1, "-w", 2)
INTERVAL_S = 0.3
# stdin, stdout, stderr; signals, the loop and its timer; one more.
FEW, ENOUGH = 7, 60
# The leak check opens files of its own.
ENVIRONMENT = dict(os.environ, ASAN_OPTIONS="detect_leaks=0")


def limited(count):
    return {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (count, ENOUGH)),
            "env": ENVIRONMENT}


def is_right(record):
    return loop.is_measured(record, PATHS[record["target"]])


def once(count):
    """One round of a process that may have so many. True: it had enough."""
    done = lab.run("-j", *OPTIONS, *PATHS, **limited(count))
    said = [line for line in done.stderr.splitlines() if "sandbox: Landlock refused" not in line]
    if done.returncode == 1:
        lab.check(done.stdout == "" and len(said) == 1,
                  f"{count} descriptors: status 1, one line", done.stderr[:500])
        return False
    found = lab.records(done.stdout)
    problems = check_json.check(done.stdout.encode())
    strange = [loop.brief(record) for record in found
               if not is_right(record) and not loop.is_refused(record)]
    lab.check(done.returncode == 0 and not problems and not strange
              and sorted(record["target"] for record in found) == sorted(PATHS)
              and len(said) <= 1,
              f"{count} descriptors: a good record of each target",
              (done.returncode, problems, strange, done.stderr[:500]))
    return all(map(is_right, found))


def from_the_start():
    # With fewer than four the program cannot even be loaded.
    enough = [count for count in range(4, 20) if once(count)]
    lab.check(enough and enough[0] > FEW and enough == list(range(enough[0], 20)),
              f"{enough[:1]} descriptors are enough", enough)


def limit(rounds, count):
    resource.prlimit(rounds.process.pid, resource.RLIMIT_NOFILE, (count, ENOUGH))


def capabilities(rounds):
    status = pathlib.Path(f"/proc/{rounds.process.pid}/status").read_text(encoding="ascii")
    return [line.split()[1] for line in status.splitlines() if line.startswith("CapPrm")]


def too_few_at_first():
    rounds = loop.Loop(PATHS, INTERVAL_S, *OPTIONS, *PATHS, **limited(FEW))
    missing = rounds.until(loop.is_refused)
    lab.check(not missing, "too few at first: every record says so", missing)
    limit(rounds, ENOUGH)
    missing = rounds.until(is_right)
    lab.check(not missing, "enough at last: the same process measures all", missing)
    lab.check(lab.wait_for(lambda: capabilities(rounds) == ["0000000000000000"]),
              "and has given up its privileges", capabilities(rounds))
    said = rounds.end()
    lab.check(said.count("\n") == 1 and "Too many open files" in said, "it was said once", said)


def too_few_later():
    rounds = loop.Loop(PATHS, INTERVAL_S, *OPTIONS, *PATHS, **limited(ENOUGH))
    missing = rounds.until(is_right)
    lab.check(not missing, "before: all are measured", missing)
    for _ in range(2):
        limit(rounds, 3)
        missing = rounds.until(loop.is_refused, BY_NAME) or rounds.until(is_right, BY_ADDRESS)
        lab.check(not missing, "none left: names are not looked up, addresses are measured",
                  missing)
        limit(rounds, ENOUGH)
        missing = rounds.until(is_right)
        lab.check(not missing, "some left again: all are measured", missing)
    others = [loop.brief(record) for host in BY_ADDRESS for record in rounds.of(host)
              if not is_right(record)]
    lab.check(not others, "what has an address has lost nothing all the time", others[:3])
    loop.check_grid(rounds.of(BY_ADDRESS[0]), INTERVAL_S, "all the time")
    lab.check(rounds.end() == "", "there was nothing to say")


def too_few_for_many_flows():
    """What is too few for one target's ports is left to the others."""
    config = lab.folder() / "conf"
    targets = [("many", "198.18.1.3", 64), ("few", "198.18.1.3", 3), ("web.sim", "web.sim", 1)]
    config.write_text("targets = (" + ",".join(
        f'{{ name = "{name}"; host = "{host}"; flows = {flows}; protocol = "udp"; }}'
        for name, host, flows in targets) + ");\n", encoding="utf-8")
    done = lab.run("-j", *OPTIONS, "-c", config, **limited(ENOUGH))
    found = {record["target"]: record for record in lab.records(done.stdout)}
    lab.check(done.returncode == 0 and len(found) == 3 and loop.is_refused(found["many"])
              and "Too many open files" in found["many"]["error"]
              and found["few"]["status"] == "reached" and len(found["few"]["flows"]) == 3
              and found["web.sim"]["status"] == "reached",
              "too few for the ports of one target: the others are measured",
              list(map(loop.brief, found.values())))


on_simnet.network()
from_the_start()
too_few_for_many_flows()
too_few_at_first()
too_few_later()
lab.finish()
