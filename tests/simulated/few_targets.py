#!/usr/bin/env python3
"""Few targets, and many, behind first hops that keep to limits: in a single first round, and in
rounds that follow each other, a limit is no loss of the path. The grid on the fake clock
(tests/scenario/few_targets.py) has every case; these are some of them with the program, real
sockets and the kernel's clock.

Each case has routers and targets of its own, so that none spends the answers of another. What
other programs show of one target behind such a router is printed, and not judged.

Not among the cases, because a first round cannot tell them from loss: a single target with three
probes behind 10/1, and three targets with one probe behind 100/1. A router without a burst answers
the first probe and not the next ones; so does one that loses them."""

import collections
import concurrent.futures
import dataclasses
import shutil
import subprocess
import time

import lab

# Hops without a limit, behind those that have one.
FREE_HOPS = 2
ROUNDS, INTERVAL_S = 3, 10
# Cases that run at the same time; each of them mostly waits for a slow router.
AT_ONCE = 10
# Hops with false loss: none of a case with few targets. Where many ask at once a limit is sometimes
# found a moment too late: in 88 runs 5 hops of 5,184.
FEW, FALSE_LOSS_MAX, FALSE_LOSS_MAX_IN_ALL = 10, 3, 6
PEER_LIMITS = ("1/6", "10/10", "100/20")
PEERS = (
    ("mtr", "-n", "-r", "-c", "10"),
    ("mtr", "-n", "-r", "-c", "10", "-i", "0.1"),
    ("traceroute", "-I", "-n", "-q", "10", "-w", "1"),
    ("scamper", "-I", "trace -P icmp-paris -q 10 -Q -w 1"),
    ("trip", "-m", "pretty", "-C", "10", "-i", "100ms"),
)


@dataclasses.dataclass(frozen=True)
class Case:
    """Targets behind routers with limits (answers a second / burst, from ttl 1 on), and how often
    each hop is probed a round. `number`: of the addresses, below 98, as 10.98 and 10.99 are the
    network's own."""

    number: int
    limits: tuple
    targets: int = 1
    probes: int = 1
    rounds: int = 1

    def __str__(self):
        every = f", {self.rounds} rounds every {INTERVAL_S} s" if self.rounds > 1 else ""
        return f"{' then '.join(self.limits)}, {self.targets} x {self.probes}{every}"

    def router(self, ttl):
        return f"10.{self.number}.0.{ttl}"

    def target(self, index):
        return f"100.{64 + self.number}.{(index + 1) // 256}.{(index + 1) % 256}"

    def path(self):
        """The addresses of its hops but the last one."""
        return [self.router(ttl) for ttl in range(1, len(self.limits) + FREE_HOPS + 1)]

    def topology(self):
        rates = [f" rate={limit}" for limit in self.limits] + [""] * FREE_HOPS
        return (f"target case{self.number} {self.target(0)} rtt=8 count={self.targets}\n"
                + "".join(f"hop {address} rtt={ttl}{rate}\n"
                          for ttl, (address, rate) in enumerate(zip(self.path(), rates), 1)))


class Cases(list):
    """Cases with numbers of their own."""

    def take(self, rounds, *limits, sizes):
        """Adds and returns those of these sizes: targets and probes a hop."""
        added = [Case(len(self) + number, limits, targets, probes, rounds)
                 for number, (targets, probes) in enumerate(sizes)]
        self += added
        return added


def measure(case):
    """The records, and how long they took in s."""
    hosts = ",\n".join(f'"{case.target(index)}"' for index in range(case.targets))
    rounds = ("--interval", INTERVAL_S, "--rounds", case.rounds) if case.rounds > 1 else ()
    began = time.monotonic()
    file = lab.config(f"targets = (\n{hosts} );\n")
    found = lab.trace("-n", "-q", case.probes, *rounds, "-c", file)
    return found, time.monotonic() - began


def is_right(record, case):
    """All hops have the path's addresses, those behind the limits also their answers."""
    limited, path = len(case.limits), [*case.path(), record["address"]]
    seen = lab.addresses(record)
    return (record["status"] == "reached" and record["loss_percent"] == 0
            and len(seen) == len(path) and seen[limited:] == [[node] for node in path[limited:]]
            and all(nodes in ([], [node]) for nodes, node in zip(seen, path))
            and all(hop["loss_percent"] == 0 and hop["received"] >= case.probes
                    for hop in record["hops"][limited:]))


def brief(record):
    return [(hop["ttl"], hop["sent"], hop["received"], hop["loss_percent"])
            for hop in record["hops"]]


def judge(case, found, wall, left):
    """`left`: how many probes of each target and ttl came out of this host. Returns the records with
    loss at a limited hop."""
    limited = [hop for record in found for hop in record["hops"] if hop["ttl"] <= len(case.limits)]
    sums = {ttl: sum(hop["received"] for hop in limited if hop["ttl"] == ttl)
            for ttl in range(1, len(case.limits) + 1)}
    unknown = sum(hop["loss_percent"] is None for hop in limited)
    print(f"# {case}: {wall:.2f} s, {len(limited)} limited hops, {unknown} of them without a loss; "
          f"answers by ttl {sums}", flush=True)
    lab.check(len(found) == case.targets * case.rounds, f"{case}: a record each", len(found))
    lossy = [brief(record)[:len(case.limits)] for record in found
             if any(hop["loss_percent"] for hop in record["hops"][:len(case.limits)])]
    lab.check(len(lossy) <= (0 if case.targets <= FEW else FALSE_LOSS_MAX),
              f"{case}: no loss at the limited hops",
              f"{len(lossy)} records, (ttl, sent, received, loss) {lossy[:5]}")
    wrong = [(record["address"], record["status"], brief(record)) for record in found
             if not is_right(record, case)]
    lab.check(not wrong, f"{case}: the targets are reached, and what is behind the limits is right",
              f"{len(wrong)} records, {wrong[:2]}")
    for ttl, limit in enumerate(case.limits, 1):
        least = min(int(limit.partition("/")[2]), case.targets * case.probes)
        lab.check(sums[ttl] >= least, f"{case}: at least {least} answers at ttl {ttl}", sums[ttl])
    sent = collections.Counter()
    for record in found:
        sent.update({(record["address"], hop["ttl"]): hop["sent"] for hop in record["hops"]})
    more = {place: (count, left[place]) for place, count in sent.items() if count > left[place]}
    lab.check(not more, f"{case}: no hop counts more probes than left", list(more.items())[:3])
    return len(lossy)


def ask_peer(case, command):
    """What another program shows of the limited hop."""
    done = subprocess.run([*command[:-1], f"{command[-1]} {case.target(0)}"]
                          if command[0] == "scamper" else [*command, case.target(0)],
                          capture_output=True, text=True, timeout=60, check=False)
    lines = [line.strip() for line in done.stdout.splitlines() if case.router(1) in line]
    seen = "; ".join(lines) or f"nothing, {' '.join(done.stderr.split()) or 'and says nothing'}"
    return f"# {case.limits[0]}, {' '.join(command)}: {seen}"


def main():
    cases = Cases()
    # One after the other, as some of them send a lot.
    quick = [
        *cases.take(1, "100/20", sizes=((1, 10), (3, 10), (10, 10), (20, 3), (50, 1), (50, 3),
                                        (200, 1))),
        *cases.take(1, "1000/100", sizes=((1, 10), (10, 10), (50, 3), (200, 1), (200, 3),
                                          (800, 1))),
        *cases.take(1, "300/10", "100/10", sizes=((3, 3), (20, 3), (200, 1)))]
    slow = [
        *cases.take(ROUNDS, "1/6", sizes=((3, 3),)),
        *cases.take(1, "1/6", sizes=((1, 1), (1, 3), (1, 10), (3, 1), (3, 3), (3, 10), (10, 1),
                                     (10, 3), (20, 1), (50, 3), (200, 1), (800, 1))),
        *cases.take(1, "10/10", sizes=((1, 3), (1, 10), (3, 3), (3, 10), (10, 3), (20, 3), (50, 1),
                                       (200, 1))),
        *cases.take(1, "100/6", "1/6", sizes=((1, 3), (3, 1), (3, 3), (10, 1), (10, 10), (50, 1),
                                              (200, 1)))]
    peers = [(case, command) for command in PEERS if shutil.which(command[0])
             for limit in PEER_LIMITS for case in cases.take(1, limit, sizes=((1, 10),))]
    internet = lab.Internet(topology="".join(case.topology() for case in cases))
    lab.use_name_servers(lab.NAME_SERVERS)  # scamper ends at once where none is named
    results = [(case, *measure(case)) for case in quick]
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        measured = pool.map(measure, slow)
        shown = pool.map(lambda words: ask_peer(*words), peers)
        results += [(case, *result) for case, result in zip(slow, measured)]
        print(*shown, sep="\n", flush=True)
    for program in sorted({command[0] for command in PEERS if not shutil.which(command[0])}):
        print(f"# SKIP: {program} is not here", flush=True)
    internet.down()
    left = collections.Counter((packet["dst"], packet["ttl"]) for packet in internet.wire())
    lossy = sum(judge(*result, left) for result in results)
    lab.check(lossy <= FALSE_LOSS_MAX_IN_ALL, "false loss is rare", f"{lossy} records")
    lab.finish()


main()
