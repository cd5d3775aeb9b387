#!/usr/bin/env python3
"""How often a router's limit is shown as loss, and loss taken for a limit: many networks, made up by
chance (the same ones in every run), on the fake clock.

    made_up.py [--kind KIND] [--first SEED] [--networks N] [--worst N] [--keep FOLDER] [--check]
               PROGRAM...

PROGRAM: the scenario program, more than one to compare. A line for each of the worst networks, and
the sums over N networks of each kind:

    Limited  routers keep to limits, and some targets are silent: hops that are asked, shown with
             loss that the path does not have, or not shown at all
    Balanced the same, but at one ttl each target meets one of several such routers; the targets are
             remembered
    Crowded  the same, where a router that many targets have in common keeps to a limit, and this
             host is slow, or stands still besides
    Paced, PacedCrowd
             Limited and Crowded under a ceiling, as monitors have it: what comes in waits, and
             packets leave together
    Lossy    a router loses answers and has no limit: networks of which less than 60 % or more than
             150 % of the loss is shown
    Lone     a single target, once, behind a router that keeps to a limit, or loses answers: limited
             hops, shown with loss; lossy ones, the percent that they lose, all together, and those
             that are shown
    Quiet    no limit and no loss, but routers that are silent to some targets: hops, shown with
             loss, not shown; and silent ones that are not shown as such
    Stalled  no limit, no loss and no silence, but all answers wait for a while, or this host does:
             hops, shown with loss, not shown

--kind: networks of this kind alone. --keep: the scenarios of the worst networks go there. --check:
exit status 1 if the sums are worse than they are known to be.
"""

import argparse
import concurrent.futures
import os
import pathlib
import random
import re
import sys

import player

TTLS = range(1, 6)  # where the routers stand that all have in common
FALSE_LOSS_MAX = 0.001
BALANCED_LOSS_MAX = 0.03
CROWDED_LOSS_MAX = 0.001
PACES = (10000, 300, 1000, 3000)
PACED_LOSS_MAX = 0.003  # of the first 60; in two of 250 most hops are false
PACED_CROWD_LOSS_MAX = 0.001
HIDDEN_MAX = 0.15
TOO_MUCH_MAX = 0.05
LONE_LOSS_MAX = 0.08
LONE_SHOWN_MIN = 0.7
UNKNOWN_MAX = 0.005
SILENT_MAX = 0.02


class Crowd:
    """The targets of a network: those that are answered by all routers, and some that are not."""

    def __init__(self, rng, silent_shares):
        self.count = rng.choice((20, 60, 120, 200, 300, 400, 600, 800))
        self.silent = int(self.count * rng.choice(silent_shares))
        self.rounds = rng.choice((1, 1, 2, 3))
        self.rng = rng

    def __str__(self):
        return f"{self.count} targets and {self.silent} silent ones"

    def lines(self, silent_ttl):
        """Statements for the networks of the silent ones, and for all targets, mixed."""
        at = ",".join(("0", "10s", "20s")[:self.rounds])
        unseen = [f"198.18.{i // 250}.{i % 250 + 1}" for i in range(self.silent)]
        seen = [f"10.64.{i // 250}.{i % 250 + 1}" for i in range(self.count)]
        targets = [f"target silent{i} {address} at={at}" for i, address in enumerate(unseen)]
        targets += [f"target t{i} {address} at={at}" for i, address in enumerate(seen)]
        self.rng.shuffle(targets)
        networks = [f"network {address}\nttl {silent_ttl} silent limit=0" for address in unseen]
        return networks + targets


def network(rng, properties):
    """The network that all share; `properties` of the routers at some ttls."""
    routers = [f"ttl {ttl} answer=exceeded by=10.2.{ttl}.1 rtt={rng.choice((1, 5, 9, 30))}ms "
               + properties.get(ttl, "") for ttl in TTLS]
    return ["network *", *routers, "ttl 6 answer=exceeded rtt=20ms", "end 7- rtt=30ms"]


def play(program, lines):
    """What the scenario program says, by expectation: what it has seen."""
    return re.findall(r"expect (.+?) [<>=]+ -?\d+\S*(?: +# seen: (\S+).*)?\n",
                      player.play(program, lines))


class Hops:
    """Networks of which each hop that is asked answers."""

    titles = ("hops asked", "false loss", "not shown")

    def pace(self, _seed):
        """Options: none, packets leave as fast as this host sends."""
        return ""

    def judge(self, seen):
        """The figures of one run. An expectation that holds tells nothing."""
        losses = [value for question, value in seen if " hop " in question]
        unknown = losses.count("null")
        return len(losses), sum(value not in ("", "null", "0") for value in losses), unknown


def paced(seed):
    """Options of a monitor."""
    return f"waits=1 pps={PACES[seed % len(PACES)]} "


class Limited(Hops):
    """Routers that keep to limits."""

    def __init__(self, seed):
        rng = random.Random(seed)
        self.crowd = Crowd(rng, (0, 0, .02, .05, .125))
        self.ttls = rng.sample(TTLS, rng.choice((1, 1, 2)))
        properties = {}
        for ttl in self.ttls:
            rate = rng.choice((1, 20, 50, 100, 100, 200, 300, 500))
            # A router that gives a single answer to all is not seen to be shared.
            burst = rng.choice((1, 5, 6, rate // 4 + 1, rate) if rate > 1 else (5, 6))
            properties[ttl] = f"limit={rate}/{burst}"
        probes = rng.choice((1, 1, 2, 3))
        self.lines = [f"option seed={seed} {self.pace(seed)}send_cost=10us "
                      f"latency={rng.choice(('0', '300us'))}",
                      f"defaults probes={probes}", *network(rng, properties),
                      *self.crowd.lines(rng.choice(self.ttls))]
        self.lines += [f"expect t{i}{which} hop {ttl} loss = 0" for ttl in self.ttls
                       for i in range(self.crowd.count) for which in self.records()]
        self.name = f"{seed}: {properties}, {self.crowd}, {probes} probes"

    def records(self):
        """Each round's record."""
        return [f"#{i + 1}" for i in range(self.crowd.rounds)]


class Paced(Limited):
    """The same under a ceiling."""

    pace = staticmethod(paced)


class Balanced(Hops):
    """Routers that keep to limits, behind a balancer."""

    ROUNDS = 3

    def __init__(self, seed):
        rng = random.Random(seed)
        count, ways = rng.choice((20, 60, 200, 400)), rng.choice((2, 4, 8))
        rate, ttl = rng.choice((10, 50, 100, 300)), rng.choice(TTLS)
        burst = rng.choice((1, 6, 10, rate))
        probes, every_s = rng.choice((1, 3)), rng.choice((10, 30, 60))
        self.lines = [f"option seed={seed} send_cost=10us memory=1 pps={rng.choice((0, 0, 1000))}",
                      f"defaults probes={probes}", *network(rng, {})]
        for i in range(count):
            address = f"10.64.{i // 250}.{i % 250 + 1}"
            router = f"10.9.{ttl}.{rng.randrange(ways) + 1}"
            self.lines += [f"network {address}", f"ttl {ttl} by={router} limit={rate}/{burst}",
                           f"target t{i} {address} rounds={self.ROUNDS} every={every_s}s"]
        self.lines += [f"expect t{i}#{number + 1} hop {ttl} loss = 0"
                       for number in range(self.ROUNDS) for i in range(count)]
        self.name = (f"{seed}: {ways} ways of {rate}/{burst} at {ttl}, {count} targets, "
                     f"{probes} probes, every {every_s} s")


class Crowded(Hops):
    """A router that all have in common keeps to a limit; this host sends slowly, and every other one
    stands still for a while."""

    def __init__(self, seed):
        rng = random.Random(seed)
        count, probes = rng.choice((60, 250, 500, 1000)), rng.choice((1, 1, 3))
        rate, ttl = rng.choice((100, 300)), rng.choice((1, 2))
        burst = rng.choice((1, 6, 10, rate))
        cost_us = rng.choice((10, 60, 100, 200, 400))
        self.lines = [f"option seed={seed} {self.pace(seed)}send_cost={cost_us}us",
                      f"defaults probes={probes}", *network(rng, {ttl: f"limit={rate}/{burst}"})]
        self.lines += [f"target t{i} 10.64.{i // 250}.{i % 250 + 1}" for i in range(count)]
        self.name = (f"{seed}: {rate}/{burst} at {ttl}, {count} targets, {probes} probes, "
                     f"{cost_us} us to send one")
        if rng.choice((True, False)):
            at_ms, wait_ms = rng.randrange(1000), rng.choice((20, 60, 120, 300))
            self.lines.append(f"at {at_ms}ms stall {wait_ms}ms")
            self.name += f", {wait_ms} ms of standstill at {at_ms} ms"
        self.lines += [f"expect t{i} hop {ttl} loss = 0" for i in range(count)]


class PacedCrowd(Crowded):
    """The same under a ceiling."""

    pace = staticmethod(paced)


class Lossy:
    """A router that loses answers and has no limit: none that anybody meets."""

    titles = ("networks", "hidden", "too much")

    def __init__(self, seed):
        rng = random.Random(seed)
        self.crowd = Crowd(rng, (0, 0, .02, .1))
        self.ttl = rng.choice(TTLS)
        percent = rng.choice((2, 5, 10, 20, 35, 50))
        properties = {self.ttl: f"limit=1000000/1000000 loss={percent}"}
        probes = rng.choice((1, 3, 3))
        self.lines = [f"option seed={seed} send_cost=10us pps={rng.choice((0, 0, 500, 2000))}",
                      f"defaults probes={probes} retries={rng.choice((0, 1))}",
                      *network(rng, properties), *self.crowd.lines(self.ttl),
                      f"expect run loss {self.ttl} >= 101"]
        crowd = self.crowd
        self.percent = (crowd.count * percent + crowd.silent * 100) / (crowd.count + crowd.silent)
        self.name = f"{seed}: {percent} % lost, {crowd}, {probes} probes"

    def judge(self, seen):
        """The figures of one run."""
        loss = dict(seen)[f"run loss {self.ttl}"]
        shown = float(loss) if loss != "null" else 0
        return 1, int(shown < .6 * self.percent), int(shown > 1.5 * self.percent + 2)


class Lone:
    """A single target, measured once, that meets a router with a limit or one that loses answers."""

    titles = ("limited hops", "false loss", "lossy hops", "percent lost", "percent shown")

    def __init__(self, seed):
        rng = random.Random(seed)
        self.ttl, probes = rng.choice(TTLS), rng.choice((2, 3, 3, 5, 10))
        self.percent = rng.choice((0, 0, 2, 5, 10, 20, 50))
        limit = f"limit={rng.choice((5, 10, 20, 50))}/{rng.choice((1, 1, 2, 6))}"
        properties = {self.ttl: f"loss={self.percent}" if self.percent else limit}
        self.lines = [f"option seed={seed} send_cost=10us latency=300us",
                      f"defaults probes={probes}", *network(rng, properties),
                      "target t0 10.64.0.1", f"expect t0 hop {self.ttl} loss >= 101"]
        self.name = f"{seed}: {properties}, {probes} probes"

    def judge(self, seen):
        """The figures of one run."""
        loss = dict(seen)[f"t0 hop {self.ttl} loss"]
        shown = float(loss) if loss != "null" else 0
        if self.percent:
            return 0, 0, 1, self.percent, round(shown)
        return 1, int(shown > 0), 0, 0, 0


class Quiet:
    """No limit anywhere; at some ttls some targets, neighbours of each other, have a router that
    is silent, and all others have one in common."""

    titles = ("hops", "false loss", "not shown", "silent but not shown so")

    def __init__(self, seed):
        rng = random.Random(seed)
        self.count = rng.choice((3, 10, 20, 60, 100, 200, 400, 800))
        share = rng.choice((.05, .1, .2, .3, .5, .7))
        probes = rng.choice((1, 1, 3, 10))
        addresses = [f"10.64.{i // 250}.{i % 250 + 1}" for i in range(self.count)]
        silent = {ttl: self.quiet(rng, share) for ttl in rng.sample(TTLS, rng.choice((1, 2, 3)))}
        targets = [f"target t{i} {address}" for i, address in enumerate(addresses)]
        if rng.choice((True, False)):
            rng.shuffle(targets)
        self.lines = [f"option seed={seed} send_cost=10us pps={rng.choice((0, 500, 1000, 2000))}",
                      f"defaults probes={probes} retries={rng.choice((0, 1, 1))}",
                      *network(rng, {})]
        for i, address in enumerate(addresses):
            self.lines.append(f"network {address}")
            self.lines += [f"ttl {ttl} silent" for ttl, them in silent.items() if i in them]
        self.silent = [i in silent.get(ttl, ()) for ttl in TTLS for i in range(self.count)]
        self.lines += targets + [f"expect t{i} hop {ttl} loss = 0"
                                 for ttl in TTLS for i in range(self.count)]
        self.name = (f"{seed}: {share:.0%} silent at {sorted(silent)}, {self.count} targets, "
                     f"{probes} probes")

    def quiet(self, rng, share):
        """Those behind silent routers, some neighbours behind each."""
        them = set()
        while len(them) < share * self.count:
            first = rng.randrange(self.count)
            them.update(range(first, min(self.count, first + rng.choice((1, 3, 10, 30)))))
        return them

    def judge(self, seen):
        """The figures of one run. An expectation that holds tells nothing."""
        losses = [value for question, value in seen if " hop " in question]
        answering = [value for value, silent in zip(losses, self.silent) if not silent]
        shown = sum(value == "100" for value, silent in zip(losses, self.silent) if silent)
        return (len(losses), sum(value not in ("", "null", "0") for value in answering),
                answering.count("null"), len(losses) - len(answering) - shown)


class Stalled(Hops):
    """Every answer comes in time, but the network, or this host, stands still once or twice."""

    STEP_MS = 10

    def __init__(self, seed):
        rng = random.Random(seed)
        count = rng.choice((20, 100, 200, 400, 1000))
        probes = rng.choice((1, 3, 3))
        pps = rng.choice((0, 0, 2000, 10000, 10000))
        self.lines = [f"option seed={seed} send_cost=20us pps={pps}", f"defaults probes={probes}",
                      "network *"]
        rtts = [rng.choice((1, 5, 9, 30)) for _ in range(7)]
        hops = [f"ttl {ttl} answer=exceeded by=10.2.{ttl}.1" for ttl in TTLS]
        hops += ["ttl 6 answer=exceeded", "end 7-"]
        self.lines += [f"{hop} rtt={rtt}ms" for hop, rtt in zip(hops, rtts)]
        self.name = f"{seed}: {count} targets, {probes} probes, pps {pps}"
        waits = []
        for _ in range(rng.choice((1, 2, 2))):
            at_ms = rng.randrange(20 + 8000 * count * probes // (pps or 50000))
            wait_ms, host = rng.choice((30, 60, 120, 200, 300)), rng.choice((True, False, False))
            self.name += f", {'host' if host else 'network'} at {at_ms} ms for {wait_ms} ms"
            if host:
                waits.append(f"at {at_ms}ms stall {wait_ms}ms")
            else:
                self.lines += self.network(hops, rtts, at_ms, wait_ms)
        self.lines += [f"target t{i} 10.64.{i // 250}.{i % 250 + 1}" for i in range(count)]
        self.lines += waits + [f"expect t{i} hop {ttl} loss = 0"
                               for ttl in range(1, 8) for i in range(count)]

    def network(self, hops, rtts, at_ms, wait_ms):
        """What leaves meanwhile is answered when the time is over."""
        return [f"{hop} from={at_ms + passed}ms until={at_ms + passed + self.STEP_MS}ms "
                f"rtt={wait_ms - passed + rtt}ms"
                for passed in range(0, wait_ms, self.STEP_MS) for hop, rtt in zip(hops, rtts)]


# Each kind, and what makes the sums of its figures bad.
KINDS = {
    "limited": (Limited, lambda asked, loss, _: loss > FALSE_LOSS_MAX * asked),
    "balanced": (Balanced, lambda asked, loss, _: loss > BALANCED_LOSS_MAX * asked),
    "crowded": (Crowded, lambda asked, loss, _: loss > CROWDED_LOSS_MAX * asked),
    "paced": (Paced, lambda asked, loss, _: loss > PACED_LOSS_MAX * asked),
    "paced-crowd": (PacedCrowd, lambda asked, loss, _: loss > PACED_CROWD_LOSS_MAX * asked),
    "lossy": (Lossy, lambda networks, hidden, too_much:
              hidden > HIDDEN_MAX * networks or too_much > TOO_MUCH_MAX * networks),
    "lone": (Lone, lambda limited, loss, _, lost, shown:
             loss > LONE_LOSS_MAX * limited or shown < LONE_SHOWN_MIN * lost),
    "quiet": (Quiet, lambda hops, loss, unknown, silent:
              loss + unknown > UNKNOWN_MAX * hops or silent > SILENT_MAX * hops),
    "stalled": (Stalled, lambda _, loss, unknown: loss + unknown > 0),
}


def run(kind, seed, programs):
    """One network, by all programs."""
    made = kind(seed)
    return made, [made.judge(play(program, made.lines)) for program in programs]


def survey(kind, options):
    """All networks of a kind. Returns the sums of the last program."""
    seeds = range(options.first, options.first + options.networks)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda seed: run(kind, seed, options.programs), seeds))
    results.sort(key=lambda result: [-value for value in result[1][-1][1:]])
    for made, figures in results[:options.worst]:
        print(f"# {made.name}: {figures}")
        if options.keep:
            file = options.keep / f"{kind.__name__}-{made.name.partition(':')[0]}.scn"
            file.write_text("\n".join(made.lines) + "\n", encoding="ascii")
    sums = []
    for i, program in enumerate(options.programs):
        sums.append([sum(values) for values in zip(*(figures[i] for _, figures in results))])
        print(f"{kind.__name__}, {program}: " + ", ".join(
            f"{title} {value}" for title, value in zip(kind.titles, sums[-1])))
    return sums[-1]


def main():
    """See above."""
    parser = argparse.ArgumentParser(usage=__doc__.replace("%", "%%"))
    parser.add_argument("--kind", choices=KINDS)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--networks", type=int, default=250)
    parser.add_argument("--worst", type=int, default=5)
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("programs", nargs="+", type=pathlib.Path)
    options = parser.parse_args()
    bad = [name for name, (kind, is_bad) in KINDS.items()
           if options.kind in (None, name) and is_bad(*survey(kind, options))]
    if bad and options.check:
        print(f"worse than known: {' '.join(bad)}")
    return 1 if options.check and bad else 0


if __name__ == "__main__":
    sys.exit(main())
