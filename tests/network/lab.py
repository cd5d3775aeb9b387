"""A laboratory for tests that run inside a network namespace of their own (tests/netns): the
simulated Internet, the program under test, and the comparison of what it says with the truth.

A test is a script that makes checks and ends with lab.finish(). HT_BIN is the folder with the
programs `hoptrace` and `simnet`."""

import atexit
import json
import os
import pathlib
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
BIN = pathlib.Path(os.environ["HT_BIN"]).resolve()
HOPTRACE = str(BIN / "hoptrace")
SIMNET = str(BIN / "tests" / "simnet" / "simnet")
NAME_SERVERS = ("10.98.0.53", "fd98::53")

_checks = {"passed": 0, "failed": 0}


def check(holds, what, seen=""):
    """One line a check; nothing ends early, so that one fault does not hide the next."""
    _checks["passed" if holds else "failed"] += 1
    print(f"{'ok' if holds else 'not ok'} - {what}{'' if holds or seen == '' else f': {seen}'}",
          flush=True)
    return holds


def finish():
    """Ends the script: 0 only if there were checks and all held."""
    print(f"# {_checks['passed']} checks hold, {_checks['failed']} do not")
    sys.exit(0 if _checks["failed"] == 0 and _checks["passed"] > 0 else 1)


class Internet:
    """The simulated Internet, up from construction until down() or the end of the script."""

    def __init__(self, *options, resolver=False):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="hoptrace-test-"))
        self.options = [str(option) for option in options]
        self.log = self.folder / "wire.jsonl"
        self.stats = self.folder / "stats.json"
        environment = dict(os.environ, SIMNET=SIMNET, SIMNET_EXIT_WITH=str(os.getpid()),
                           SIMNET_DIR=str(self.folder / "run"))
        self.environment = environment
        if resolver:
            use_name_servers(NAME_SERVERS)
        subprocess.run([TESTS / "simnet" / "up", *self.options, "--log", self.log,
                        "--stats", self.stats], env=environment, check=True)
        self.is_up = True
        atexit.register(self.down)

    def truth(self):
        """What each target's path really is, by address."""
        lines = subprocess.run([SIMNET, *self.options, "--truth"], check=True,
                               stdout=subprocess.PIPE, text=True).stdout.splitlines()
        return {path["address"]: path for path in map(json.loads, lines)}

    def down(self):
        """Ends it and leaves its log and counters complete."""
        if self.is_up:
            self.is_up = False
            subprocess.run([TESTS / "simnet" / "down"], env=self.environment, check=True)
            subprocess.run(["ip", "link", "delete", "ht0"], check=True)

    def wire(self):
        """Every packet that came out of this host, after down()."""
        with open(self.log, encoding="ascii") as lines:
            return [json.loads(line) for line in lines]

    def counters(self):
        """The counters, after down()."""
        return json.loads(self.stats.read_text(encoding="ascii"))


def use_name_servers(servers):
    """Makes /etc/resolv.conf name these: a mount of this namespace's own."""
    with tempfile.NamedTemporaryFile("w", suffix=".conf", delete=False) as conf:
        conf.writelines(f"nameserver {server}\n" for server in servers)
    os.chmod(conf.name, 0o644)
    atexit.register(os.unlink, conf.name)
    subprocess.run(["mount", "--bind", conf.name, os.path.realpath("/etc/resolv.conf")],
                   check=True)


def run(*arguments, timeout=60, **options):
    """Runs hoptrace to its end."""
    return subprocess.run([HOPTRACE, *map(str, arguments)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=timeout, check=False,
                          **options)


def records(text):
    """The records of a JSON output, one a line."""
    return [json.loads(line) for line in text.splitlines()]


def trace(*arguments, **options):
    """Runs hoptrace -j, expects success and silence on stderr, returns its records."""
    done = run("-j", *arguments, **options)
    if done.returncode != 0 or done.stderr != "":
        check(False, f"hoptrace {' '.join(map(str, arguments))[:60]} runs through",
              f"exit {done.returncode}, stderr {done.stderr[:300]!r}")
    return records(done.stdout)


def compare(record, path, first_ttl=1):
    """What is wrong with a record, hop by hop: counts of right, wrong and missing hops."""
    seen = {hop["ttl"]: {node["address"] for node in hop["nodes"]} for hop in record["hops"]}
    counts = {"right": 0, "wrong": 0, "missing": 0}
    for hop in path["hops"]:
        if hop["ttl"] < first_ttl:
            continue
        addresses = seen.pop(hop["ttl"], set())
        expected = set() if hop["silent"] else set(hop["addresses"])
        if not addresses <= expected:
            counts["wrong"] += 1
        elif expected and not addresses:
            counts["missing"] += 1
        else:
            counts["right"] += 1
    counts["wrong"] += len(seen)
    return counts


def compare_all(found, truth):
    """The same over many records; records that are not there count as missing."""
    total = {"right": 0, "wrong": 0, "missing": 0}
    by_address = {record["address"]: record for record in found}
    for address, path in truth.items():
        if address not in by_address:
            total["missing"] += len(path["hops"])
            continue
        for key, count in compare(by_address[address], path).items():
            total[key] += count
    return total
