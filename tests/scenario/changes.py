#!/usr/bin/env python3
"""Whether changes of the path are told, and nothing else is: networks made up by chance (the same
ones in every run), on the fake clock, whose targets remember their paths.

    changes.py [--first SEED] [--files N] [--kind NAME]... [--jobs N] [--keep FOLDER] [--check] PROGRAM

PROGRAM: the scenario program. N files (60) for each kind of network, or those that are named: the
classes below.

Peace: nothing changes for good. A line for each kind: lives (targets), rounds, changes that were told
all the same, in how many lives; probes more than without memory.

Change: 30 % of all answers get lost, and after at least 10 answers at each hop, the path changes. A
line for each kind: changes; of these, in percent, those told in the first round that has an answer
from the new path where it differs, and within the three rounds from that one; told at the right
ttl; once; with the right seen_before; further probes, on average, for each change: packets against
the same run without memory.

--jobs: at once. --keep: the scenarios in which something was wrong go there. --check: exit status 1
if the figures are not as promised.
"""

import concurrent.futures
import re
import sys

import player
from mixed import Dice

PROTOCOLS = ("icmp", "udp", "tcp")
EVERY = 10  # seconds from round to round
# A limit that no router meets: hops that lose answers may be taken for limited ones for a while,
# and what is asked meanwhile may count for nothing.
PERHAPS = "limit=1000000/1000000"
# What is promised.
FALSE_LIVES = 1 / 200  # where routers take turns
AT_ONCE = .95
SOON = .999
ROUNDS_AFTER = 9  # rounds that are looked at after the one before a change, which may be under way


def breached(said):
    """The targets whose records break the contract."""
    return set(re.findall(r"^# at [\d.]+ s: (\w+)[:,]", said, re.MULTILINE))


def play_both(program, lines):
    """The same, and what it says without memory. What is wrong in both is the ledger's: it does not
    know all about answers that come just when a record closes."""
    said = player.play(program, lines)
    without = player.play(program, [line.replace(" memory=1", "") for line in lines])
    wrong = breached(said) - breached(without)
    if wrong or ("not ok the contract" in said and not breached(said)):
        raise RuntimeError(f"{program}: {said[:1000]}")
    return said, without


def packets(said):
    """The packets of a run."""
    return int(re.search(r"(\d+) packets", said).group(1))


def events(said):
    """The changes that were told: by target, in order, with its round and what is said of it."""
    told = {}
    for name, number, words in re.findall(r"# event (\S+)#(\d+) (.*)", said):
        values = dict(word.split("=", 1) for word in words.split())
        told.setdefault(name, []).append((int(number), values))
    return told


class Target:
    """A target with a path of its own."""

    def __init__(self, dice, number):
        self.dice = dice
        self.name = f"t{number}"
        self.six = dice.chance(40)
        self.number = number
        self.address = f"2001:db8:7::{number:x}" if self.six else f"192.0.2.{number}"
        self.protocol = PROTOCOLS[number % 3]
        self.probes = dice.pick((1, 3))
        self.hops = dice.between(4, 12)

    def router(self, ttl, branch=0):
        """The address of a router of this target's paths."""
        if self.six:
            return f"2001:db8:ff:{ttl:x}:{branch + 1:x}::{self.number:x}"
        return f"10.{ttl}.{branch}.{self.number}"

    def line(self, rounds):
        """The target itself."""
        return (f"target {self.name} {self.address} protocol={self.protocol} "
                f"probes={self.probes} every={EVERY}s rounds={rounds}")


# --- peace ---

class Peace:
    """Targets whose paths do not change."""

    TARGETS, ROUNDS = 10, 60
    turns = False

    def __init__(self, seed):
        dice = Dice(seed)
        self.ways = {}
        self.lines = [f"option seed={seed} memory=1 limit=1000h",
                      f"defaults interval={EVERY}s retries={dice.pick((0, 1, 1))}"]
        self.targets = [Target(dice, number) for number in range(1, self.TARGETS + 1)]
        for target in self.targets:
            rtt = dice.between(10, 90)
            self.lines += [f"network {target.address}",
                           f"router 1-{target.hops - 1} rtt=1ms..{rtt}ms",
                           f"end {target.hops}- rtt={rtt + 1}ms",
                           f"ttl 1- {PERHAPS}"]
            self.lines += self.disturb(dice, target)
            self.lines.append(target.line(self.ROUNDS))
        self.lines.append("expect run events = 0")
        self.lives = self.TARGETS

    def disturb(self, dice, target):
        """What happens to a target's path."""
        raise NotImplementedError

    def ttls(self, dice, target):
        """Some ttls before the destination."""
        first = dice.between(1, target.hops - 1)
        return range(first, min(target.hops - 1, first + dice.pick((0, 0, 1, 3))) + 1)

    def judge(self, program):
        """Lives, rounds, changes told, lives in which one was."""
        said, without = play_both(program, self.lines)
        told = events(said)
        return (self.lives, self.TARGETS * self.ROUNDS, sum(map(len, told.values())), len(told),
                packets(said), packets(without))


class Silent(Peace):
    """Routers that are silent by chance."""

    def disturb(self, dice, target):
        if dice.chance(50):
            return [f"ttl 1- loss={dice.between(10, 50)}"]
        return [f"ttl {ttl} loss={dice.between(10, 50)}" for ttl in self.ttls(dice, target)]


class Limited(Peace):
    """Rate limits."""

    def disturb(self, dice, target):
        lines = [f"ttl {ttl} limit={dice.pick((1, 1, 2, 5, 20, 100))}/{dice.pick((1, 2, 6, 20))}"
                 for ttl in self.ttls(dice, target)]
        return lines + ([f"ttl 1- loss={dice.between(5, 30)}"] if dice.chance(30) else [])


class Turns(Peace):
    """Routers that take turns packet by packet, by chance."""

    TARGETS, ROUNDS = 25, 60
    turns = True
    balance = "random"

    def disturb(self, dice, target):
        ways = dice.pick((2, 4, 8, 16, 91))
        ttl = dice.between(1, target.hops - 1)
        self.ways[target.name] = ways
        if ways == 91:
            by = f"{target.router(ttl)}*9,{target.router(ttl, 1)}"
        else:
            by = ",".join(target.router(ttl, branch) for branch in range(ways))
        loss = [f"ttl 1- loss={dice.between(5, 30)}"] if dice.chance(30) else []
        return [f"ttl {ttl} by={by} balance={self.balance}", *loss]


class Rotating(Turns):
    """Routers that take turns strictly, at one ttl."""

    balance = "rotate"


class Passing(Turns):
    """The same, and probes to farther ttls take turns, too."""

    balance = "passing"


class Unsteady(Peace):
    """A destination that is silent at times."""

    def disturb(self, dice, target):
        lines, at = [], 0
        while at < self.ROUNDS * EVERY:
            at += dice.between(5, 200)
            until = at + dice.between(1, 120)
            lines.append(f"ttl {target.hops}- silent from={at}s until={until}s")
            at = until
        return lines + ([f"ttl {target.hops}- loss={dice.between(10, 50)}"]
                        if dice.chance(50) else [])


class Flows(Peace):
    """Balancing by flow."""

    def disturb(self, dice, target):
        lines = []
        for ttl in self.ttls(dice, target):
            by = ",".join(target.router(ttl, branch) for branch in range(dice.pick((2, 4, 8, 16))))
            lines.append(f"ttl {ttl} by={by} balance=flow")
        return lines + [f"ttl 1- loss={dice.pick((0, 0, 10, 30))}"]


class Late(Peace):
    """Answers that are late, in disorder, or come several times."""

    def disturb(self, dice, target):
        ways = ("jitter=900ms", "jitter=1500ms", "rtt=950ms jitter=200ms", "rtt=3s jitter=12s",
                "copies=3 copy_gap=700ms", "rtt=5ms,900ms,20ms,1200ms")
        lines = [f"ttl {ttl} {dice.pick(ways)}" for ttl in self.ttls(dice, target)]
        return lines + [f"ttl 1- loss={dice.pick((0, 0, 10, 30))}"]


class Moving(Flows):
    """Another source address, another port or id, another address of a name, and back: paths that
    depend on them. Each is another path."""

    TARGETS = 4

    def __init__(self, seed):
        super().__init__(seed)
        dice = Dice(seed + 1000000)
        for at in range(dice.between(2, 90), self.ROUNDS * EVERY, dice.between(60, 200)):
            way = dice.pick(("source", "address", "local_id"))
            target = dice.pick(self.targets)
            six = target.six
            if way == "local_id":
                # Between two rounds.
                self.lines.append(f"at {at // EVERY * EVERY + EVERY - 1}s local_id "
                                  f"{dice.pick((4711, 4711, 4712, 5000, 6001, 7777))}")
            elif way == "source":
                sources = ("2001:db8:0:1::1", "2001:db8:0:1::2") if six \
                    else ("198.51.100.1", "198.51.100.2", "198.51.100.3")
                self.lines.append(f"at {at}s source {target.name} {dice.pick(sources)}")
            else:
                other = dice.pick([t for t in self.targets if t.six == six])
                if other.protocol == target.protocol or other is target:
                    self.lines.append(f"at {at}s address {target.name} {other.address}")


class Mixed(Peace):
    """Some of all that at once, and two routers take turns."""

    turns = True

    def disturb(self, dice, target):
        lines = []
        for kind in (Silent, Limited, Unsteady, Flows, Late):
            if dice.chance(40):
                lines += kind.disturb(self, dice, target)
        ttl = dice.between(1, target.hops - 1)
        balance = dice.pick(("random", "rotate", "passing"))
        return lines + [f"ttl {ttl} by={target.router(ttl)},{target.router(ttl, 1)} "
                        f"balance={balance}"]


PEACE = (Silent, Limited, Turns, Rotating, Passing, Unsteady, Flows, Late, Moving, Mixed)


# --- change ---

class Change:
    """Targets whose path changes, once or several times."""

    TARGETS = 20
    within = False  # in the middle of a round
    back = False    # the old path comes back, and then the new one
    turns = False

    def __init__(self, seed):
        dice = Dice(seed)
        self.lines = [f"option seed={seed} memory=1 limit=1000h", f"defaults interval={EVERY}s"]
        self.changes = []  # target, ttl, first round, old path, new path, seen before
        for number in range(1, self.TARGETS + 1):
            self.lay(dice, Target(dice, number))

    def lay(self, dice, target):
        """A target with its paths and changes."""
        ttl = self.place(dice, target)
        paths = [[target.router(i) for i in range(1, target.hops)] + [target.address]]
        paths.append(self.detour(dice, target, ttl))
        epochs = (0, 1, 0, 1) if self.back else (0, 1)
        # Enough for ten answers at 30 % loss, but for one hop in ten thousand.
        quiet = dice.pick((30, 30, 90)) // target.probes + 1
        rounds, at, seen = 0, [0], set()
        # Or, the first time, no more than it takes, and no loss before.
        exact = dice.chance(50)
        for before, path in zip(epochs, epochs[1:]):
            rounds += 12 // target.probes if exact and rounds == 0 else quiet
            at.append((rounds * EVERY - EVERY // 2) * 1000 if not self.within
                      else (rounds * EVERY) * 1000 + dice.between(0, 300))
            self.changes.append((target, ttl, rounds, paths[before], paths[path],
                                 path in seen))
            seen.add(before)
        rounds += ROUNDS_AFTER + 1
        self.lines.append(f"network {target.address}")
        rtt = dice.between(10, 60)
        for path, since, until in zip(epochs, at, [*at[1:], 10 ** 9]):
            when = f"rtt={rtt}ms from={since}ms until={until}ms"
            self.lines += [f"router {i} by={address} {when}"
                           for i, address in enumerate(paths[path][:-1], 1)]
            self.lines.append(f"end {len(paths[path])}- by=destination {when}")
        self.lines += [f"ttl 1- {PERHAPS}", f"ttl 1- loss=30 from={at[1] if exact else 0}ms",
                       *self.besides(dice, target), target.line(rounds)]

    def besides(self, dice, target):
        """What else happens to the path."""
        return []

    def place(self, dice, target):
        """The ttl of the change."""
        return dice.between(1, target.hops - 1)

    def detour(self, dice, target, ttl):
        """The new path: one other router."""
        path = [target.router(i) for i in range(1, target.hops)] + [target.address]
        path[ttl - 1] = target.router(ttl, 7)
        return path

    def expectations(self):
        """What asks for the addresses of each round after a change, where the paths differ."""
        for target, _, first, old, new, _ in self.changes:
            for number in range(first, first + ROUNDS_AFTER):
                for ttl, _ in self.unlike(old, new):
                    yield f"expect {target.name}#{number} hop {ttl} addresses = ?"

    @staticmethod
    def unlike(old, new):
        """Where the new path differs from the old one: ttl, address."""
        old = old + [old[-1]] * len(new)
        return [(i, address) for i, address in enumerate(new, 1) if address != old[i - 1]]

    def judge(self, program):
        """Changes, told at once, soon, at the right ttl, once, with the right seen_before, other
        events; packets with and without memory."""
        said, without = play_both(program, [*self.lines, "expect run events >= 0",
                                            *self.expectations()])
        shown = {}
        for name, number, ttl, addresses in re.findall(
                r"expect (\S+)#(\d+) hop (\d+) addresses = \?   # seen: (\S+)", said):
            shown[name, int(number), int(ttl)] = addresses.split(",")
        told = events(said)
        counts = [0] * 7
        for change in self.changes:
            counts = [a + b for a, b in zip(counts, self.judge_one(change, shown, told))]
        self.others = told
        counts[6] = sum(map(len, told.values()))
        return (*counts, packets(said), packets(without))

    def judge_one(self, change, shown, told):
        """The same of one change; takes its events out."""
        target, ttl, first, old, new, before = change
        seen = next((number for number in range(first, first + ROUNDS_AFTER)
                     for at, address in self.unlike(old, new)
                     if address in shown.get((target.name, number, at), ())), None)
        if seen is None:
            return [0] * 7
        mine = [event for event in told.get(target.name, ())
                if first <= event[0] < first + ROUNDS_AFTER]
        told[target.name] = [event for event in told.get(target.name, ()) if event not in mine]
        if not mine:
            return [1, 0, 0, 0, 0, 0, 0]
        number, says = mine[0]
        return [1, number == seen, number <= seen + 2, int(says["ttl"]) == ttl, len(mine) == 1,
                int(says["seen_before"]) == before, 0]


class OneHop(Change):
    """Another router at one ttl."""


class Back(Change):
    """One hop, back again, and once more."""

    back = True


class Beside(Back):
    """The same, and two routers take turns at another ttl."""

    turns = True

    def besides(self, dice, target):
        place = self.changes[-1][1]
        ttl = dice.pick([ttl for ttl in range(1, target.hops) if ttl != place])
        return [f"ttl {ttl} by={target.router(ttl)},{target.router(ttl, 1)} balance=random"]


class FirstHop(Change):
    """The first hop."""

    def place(self, dice, target):
        return 1


class LastHop(Change):
    """The last router."""

    def place(self, dice, target):
        return target.hops - 1


class Longer(Change):
    """A detour that is longer."""

    def detour(self, dice, target, ttl):
        more = dice.between(1, 3)
        old = [target.router(i) for i in range(1, target.hops)] + [target.address]
        fresh = [target.router(i, 7) for i in range(ttl, ttl + more + dice.between(0, 2))]
        return old[:ttl - 1] + fresh + old[min(ttl - 1 + max(0, len(fresh) - more), len(old) - 1):]


class Shorter(Change):
    """A detour that is shorter, by one router at least: the destination may be where it was not."""

    def detour(self, dice, target, ttl):
        old = [target.router(i) for i in range(1, target.hops)] + [target.address]
        left = len(old) - ttl  # the destination and routers before it, behind `ttl`
        keep = dice.between(1, left)
        fresh = [target.router(i, 7) for i in range(ttl, ttl + dice.between(0, left - keep))]
        return old[:ttl - 1] + fresh + old[-keep:]


class Within(Change):
    """In the middle of a round: one hop."""

    within = True


class WithinLonger(Longer):
    """In the middle of a round: a detour that is longer."""

    within = True


class WithinShorter(Shorter):
    """In the middle of a round: a detour that is shorter."""

    within = True


class WithinBack(Back):
    """In the middle of a round, back again, and once more."""

    within = True


CHANGE = (OneHop, Back, Beside, FirstHop, LastHop, Longer, Shorter,
          Within, WithinLonger, WithinShorter, WithinBack)


def survey(kind, options):
    """All files of a kind: the sums."""
    seeds = range(options.first, options.first + options.files)

    def judge(seed):
        made = kind(seed)
        try:
            return made, made.judge(options.program)
        except RuntimeError as error:
            error.args = (f"{kind.__name__} {seed}: {error}",)
            if options.keep:
                keep(kind, seed, made, options)
            raise

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        results = list(pool.map(judge, seeds))
    for seed, (made, figures) in zip(seeds, results):
        wrong = figures[2] > 0 if kind in PEACE else \
            figures[6] > 0 or any(value < figures[0] for value in figures[2:6])
        if wrong and options.keep:
            keep(kind, seed, made, options)
    return [sum(values) for values in zip(*(figures for _, figures in results))]


def keep(kind, seed, made, options):
    """Keeps a scenario."""
    lines = made.lines + (list(made.expectations()) if kind in CHANGE else [])
    (options.keep / f"{kind.__name__}-{seed}.scn").write_text("\n".join(lines) + "\n",
                                                               encoding="ascii")


def most_false(kind, lives):
    """Lives with a false change that chance may give."""
    return FALSE_LIVES * lives + 3 * (FALSE_LIVES * lives) ** .5 if kind.turns else 0


def survey_peace(kind, options):
    """True if it is as promised."""
    lives, rounds, told, false, with_it, without = survey(kind, options)
    print(f"{kind.__name__:14} {lives:6} lives {rounds:7} rounds: {told} changes told, "
          f"in {false} lives; {100 * (with_it / without - 1):+.2f} % probes")
    return false <= most_false(kind, lives)


def survey_change(kind, options):
    """True if it is as promised."""
    changes, at_once, soon, right, once, before, others, with_it, without = survey(kind, options)
    shares = [100 * value / max(1, changes) for value in (at_once, soon, right, once, before)]
    print(f"{kind.__name__:14} {changes:6} changes: told at once {shares[0]:.2f} %, "
          f"within three rounds {shares[1]:.2f} %, right ttl {shares[2]:.2f} %, "
          f"once {shares[3]:.2f} %, seen_before right {shares[4]:.2f} %; {others} others; "
          f"{(with_it - without) / max(1, changes):.1f} probes each")
    return at_once >= AT_ONCE * changes and \
        min(soon, right, once, before) >= SOON * changes and \
        others <= most_false(kind, options.files * kind.TARGETS)


def main():
    """See above."""
    options = player.options_of_survey(__doc__, 60)
    good = True
    for kinds, judge in ((PEACE, survey_peace), (CHANGE, survey_change)):
        for kind in kinds:
            if not options.kind or kind.__name__ in options.kind:
                good &= judge(kind, options)
    return 1 if options.check and not good else 0


if __name__ == "__main__":
    sys.exit(main())
