"""A laboratory for tests that run inside a network namespace of their own
(tests/support/in_namespace): the simulated Internet, the program under test, and the comparison of
what it says with the truth.

A test is a script that makes checks and ends with lab.finish(). HT_BIN is the folder with the
programs `hoptrace` and `simnet`.

A busy machine makes the simulated network answer late and keeps processes waiting. Each check has
a measure of how much of that it bears. One that does not hold has failed if the network was in
time by that measure; else nobody can tell, and the test may be tried again
(tests/support/retry)."""

import atexit
import functools
import json
import math
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import traceback

TESTS = pathlib.Path(__file__).resolve().parent.parent
BIN = pathlib.Path(os.environ["HT_BIN"]).resolve()
HOPTRACE = str(BIN / "hoptrace")
SIMNET = str(BIN / "tests" / "simnet" / "simnet")
# What takes every capability from the seeming root of a namespace.
BARE = ("setpriv", "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all")
# With HT_SOCKETS=user the program is run without any, and has to do without raw sockets.
SOCKETS = os.environ.get("HT_SOCKETS", "auto")
# With HT_CONTAINER, the list of system calls of a container's runtime, as in a container besides.
CONTAINER = os.environ.get("HT_CONTAINER")
if CONTAINER and not os.path.exists(CONTAINER):
    print(f"SKIP: {CONTAINER}, a container's list of system calls, is not there")
    sys.exit(77)


@functools.cache
def _folders():
    """Where all files of the script are; in a container nothing can be written elsewhere."""
    path = tempfile.mkdtemp(prefix="hoptrace-test-")
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    os.chmod(path, 0o711)  # what runs as another user passes through
    return path


COMMAND = (*((str(TESTS / "support" / "container"), CONTAINER, _folders()) if CONTAINER else
             BARE if SOCKETS == "user" else ()), HOPTRACE)
NAME_SERVERS = ("10.98.0.53", "fd98::53")
FAMILIES = ("ipv4", "ipv6")
LATE = r"(?m)^W! hoptrace: target '.*': a round took .*\n"

sys.path.insert(0, str(TESTS / "checkers"))

import check_influx  # noqa: E402
import check_json  # noqa: E402
import stall  # noqa: E402

# How late an answer may leave the simulated network and change nothing: the engine asks again, or
# goes on, when a hop is this much overdue (OVERDUE_SLACK_NS).
LATE_S = 0.02
# How long the machine may stand still: what waits in a socket meanwhile counts by its stamp, so
# this is about what the scripts themselves wait for.
STALL_S = 0.25
# Of what has nothing to do with time.
ALWAYS = {"late": math.inf, "stall": math.inf}
COULD_NOT_TELL = 75

_checks = {"passed": 0, "failed": []}  # of those that failed: name, how much lateness they bear
_internets = []
_gauge = stall.Gauge()


def check(holds, what, seen="", late=LATE_S, stall=STALL_S):
    """One line a check; nothing ends early, so that one fault does not hide the next. `late`,
    `stall`: it must hold although the network was so late, the machine stood still for so long."""
    if holds:
        _checks["passed"] += 1
    else:
        _checks["failed"].append((what, late, stall))
    print(f"{'ok' if holds else 'not ok'} - {what}{'' if holds or seen == '' else f': {seen}'}",
          flush=True)
    return holds


def finish():
    """Ends the script: 0 only if there were checks and all held, 75 if nobody can tell whether
    those that do not hold are the product's fault."""
    failed = _checks["failed"]
    late, stood = max((internet.late_s() for internet in _internets), default=0), _gauge.longest_s()
    said = (f"the network was up to {late * 1000:.1f} ms late, "
            f"the machine stood still for up to {stood * 1000:.0f} ms")
    print(f"# {_checks['passed']} checks hold, {len(failed)} do not; {said}", flush=True)
    if not failed:
        sys.exit(0 if _checks["passed"] > 0 else 1)
    if any(late <= bears_late and stood <= bears_stall for _, bears_late, bears_stall in failed):
        sys.exit(1)
    print(f"could not tell: {said}: {'; '.join(what for what, _, _ in failed[:3])}", flush=True)
    sys.exit(COULD_NOT_TELL)


def _end_with(kind, error, trace):
    """An exception that nobody caught is a check that does not hold."""
    traceback.print_exception(kind, error, trace)
    check(False, f"the script runs through: {kind.__name__}")
    finish()


sys.excepthook = _end_with


class Internet:
    """The simulated Internet, up from construction until down() or the end of the script:
    generated, or as the text of a topology file says."""

    def __init__(self, *options, topology=None, resolver=False):
        self.folder = folder()
        self.options = [str(option) for option in options]
        self.file = self.folder / "topology"
        if topology is not None:
            self.file.write_text(topology, encoding="ascii")
            self.options += ["--file", str(self.file)]
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
        _internets.append(self)

    def change(self, topology):
        """Another network from now on."""
        self.file.write_text(topology, encoding="ascii")
        subprocess.run([SIMNET, "--reload", self.folder / "run" / "pid"], check=True)

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

    def late_s(self):
        """By how much its latest answer was; infinite if it lost some itself. Ends it."""
        self.down()
        counters = self.counters()
        if any(counters[fault] for fault in ("no_room", "send_errors", "link_drops")):
            return math.inf
        return counters["latest_us"] / 1e6


def router(family, path, hop):
    """The address of a router, by the numbers of its path and its hop."""
    return f"10.1.{path}.{hop}" if family == "ipv4" else f"fd01:{path:x}::{hop:x}"


def destination(family, path):
    """The address at the end of such a path."""
    return f"198.18.1.{path}" if family == "ipv4" else f"2001:db8:18::{path:x}"


def folder():
    """A new folder that goes with the script."""
    return pathlib.Path(tempfile.mkdtemp(dir=_folders()))


def complaints(said):
    """What the program said, but for rounds that took too long: on a busy machine they do, and
    where nothing answers."""
    return re.sub(LATE, "", said)


def config(text):
    """A configuration file with this text."""
    file = folder() / "hoptrace.conf"
    file.write_text(text, encoding="utf-8", errors="surrogateescape")
    return file


@functools.cache
def resolv_conf():
    """The file that stands in for /etc/resolv.conf, by a mount of this namespace's own."""
    file = folder() / "resolv.conf"
    file.touch(0o644)
    subprocess.run(["mount", "--bind", file, os.path.realpath("/etc/resolv.conf")], check=True)
    return file


def use_name_servers(servers):
    """Makes /etc/resolv.conf name these."""
    resolv_conf().write_text("".join(f"nameserver {server}\n" for server in servers),
                             encoding="ascii")


@functools.cache
def admit_to_icmp():
    """Lets whoever has this namespace's group open sockets for ICMP."""
    pathlib.Path("/proc/sys/net/ipv4/ping_group_range").write_text("0 0", encoding="ascii")


def command_of(arguments):
    """The command line, with the sockets that the environment tells before the arguments."""
    if SOCKETS == "user":
        admit_to_icmp()
    return [*COMMAND, "--sockets", SOCKETS, *map(str, arguments)]


def run(*arguments, timeout=60, **options):
    """Runs hoptrace to its end."""
    return subprocess.run(command_of(arguments), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=timeout, check=False,
                          **options)


def start(*arguments, **options):
    """Starts hoptrace, and ends it with the script at the latest."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
    process = subprocess.Popen(command_of(arguments), **pipes)
    atexit.register(process.kill)
    return process


def _rounds_of(process, count):
    """Objects of the output, until `count` records of each family's target are among them."""
    objects = []
    while sum("hops" in entry for entry in objects) < count * len(FAMILIES):
        objects.append(json.loads(process.stdout.readline()))
    return objects


def watch_changes(topologies, rounds, *options):
    """Records and events of a program that loops over a target of each family, whose network is one
    topology after the other, each for `rounds` rounds."""
    internet = Internet(topology=topologies[0])
    process = start("-n", "-j", "--events", *options,
                    *(destination(family, 1) for family in FAMILIES), text=True)
    objects = _rounds_of(process, rounds)
    for topology in topologies[1:]:
        internet.change(topology)
        objects += _rounds_of(process, rounds)
    process.terminate()
    process.wait()
    internet.down()
    return objects


def taken_numbers():
    """The ports that are bound here of those that hoptrace takes its number from."""
    lines = pathlib.Path("/proc/net/udp6").read_text(encoding="ascii").splitlines()[1:]
    ports = {int(line.split()[1].rpartition(":")[2], 16) for line in lines}
    return {port for port in ports if port >= 61001}


@functools.cache
def usual_number():
    """The number that a process takes here as long as nobody else has it."""
    process = start("-n", "--interval", 60, "127.0.0.1", stdout=subprocess.DEVNULL)
    numbers = wait_for(taken_numbers)
    process.kill()
    process.communicate()
    return min(numbers)


def wait_for(condition, seconds=10):
    """Until the condition holds or the time is up; what it said last."""
    end = time.monotonic() + seconds
    while not (said := condition()) and time.monotonic() < end:
        time.sleep(0.01)
    return said


def records(text):
    """The records of a JSON output, one a line."""
    return [json.loads(line) for line in text.split("\n") if line]


def trace(*arguments, **options):
    """Runs hoptrace -j, expects success, silence on stderr and sound JSON, returns its records. That
    rounds take too long is the machine's affair, or what the test wants."""
    done = run("-j", *arguments, **options)
    if done.returncode != 0 or complaints(done.stderr) != "":
        check(False, f"hoptrace {' '.join(map(str, arguments))[:60]} runs through",
              f"exit {done.returncode}, stderr {done.stderr[:300]!r}", **ALWAYS)
    problems = check_json.check(done.stdout.encode())
    if problems:
        check(False, "the JSON passes the checker", problems[:3], **ALWAYS)
    return records(done.stdout)


def by_target(found):
    """Records by their names."""
    return {record["target"]: record for record in found}


def addresses(record):
    """Which addresses a record shows, hop by hop."""
    return [[node["address"] for node in hop["nodes"]] for hop in record["hops"]]


def points(data):
    """The points of an influx output (measurement, tags, fields, time), if it has no faults."""
    problems = check_influx.check(data)
    check(not problems, "the influx lines pass the checker", problems[:3], **ALWAYS)
    lines = [] if problems else data.decode().split("\n")[:-1]
    return [check_influx.parse(line) for line in lines]


def check_schema(data):
    """The JSON keeps to its schema."""
    problems = check_json.check(data)
    check(not problems, "the JSON passes the checker", problems[:3], **ALWAYS)


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


def strangers(found, truth):
    """Addresses that records show where they are not, with their places. (The destination may stand
    beyond its place, when its nearer answers came too late.)"""
    hops = {address: {hop["ttl"]: set(hop["addresses"]) for hop in path["hops"]}
            for address, path in truth.items()}
    return [(record["address"], hop["ttl"], node["address"]) for record in found
            for hop in record["hops"] for node in hop["nodes"]
            if node["address"] not in hops[record["address"]].get(hop["ttl"], {record["address"]})]


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
