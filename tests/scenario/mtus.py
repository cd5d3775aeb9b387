#!/usr/bin/env python3
"""How often a path MTU, or the hop that limits it, is wrong: networks made up by chance (the same ones
in every run), on the fake clock, whose links take less, some before routers that do not say so.

    mtus.py [--first SEED] [--files N] [--kind NAME]... [--jobs N] [--keep FOLDER] [--check] PROGRAM

PROGRAM: the scenario program. N files (10) for each kind of network, or those that are named: the
classes below; TARGETS targets a file, ROUNDS rounds each, a change between two of them. A line for each
kind: records with a path MTU; in how many the MTU is wrong, the hop of a router that tells, that of a
black hole (records between a change and the round that tells it are left out); changes; how many were
told in the first round behind them, how many not even by the last round, and events beside them.

--jobs: at once. --keep: the scenarios in which something was wrong go there. --check: exit status 1
if the figures are not as promised.
"""

import concurrent.futures
import re
import sys

import player
from mixed import Dice

TARGETS = 40
ROUNDS = 5
CHANGED = 3  # the first round of the changed network
EVERY = 100  # seconds from round to round
DEVICE = 1500
SIZES = (1492, 1480, 1450, 1420, 1400, 1377, 1350, 1300, 1281, 1280)
# A limit that no router meets: hops that lose answers may be taken for limited ones for a while.
PERHAPS = "limit=1000000/1000000"
# What is promised: no hop is mistaken, of those that tell and of those that do not; a change comes late
# where what shows it is lost round after round.
NEVER = 1 / 1000  # of the records
AT_ONCE = .99  # less what is lost: of two packets one, both ways


class Path:
    """One target's links, as they are for some rounds."""

    def __init__(self, dice, hops, hole):
        self.narrow = []  # (hop behind which it is, MTU, silent)
        mtu = DEVICE
        for hop in sorted({dice.between(1, hops) for _ in range(dice.between(0, 2))}):
            smaller = [size for size in SIZES if size < mtu]
            if not smaller:
                break
            mtu = smaller[dice.between(0, len(smaller) - 1)]
            self.narrow.append((hop, mtu, hole and dice.between(1, 2) == 1))

    @property
    def mtu(self):
        """Of the path."""
        return self.narrow[-1][1] if self.narrow else DEVICE

    def rules(self, when):
        """Of larger packets; the first narrow link that a packet meets counts, and so comes last."""
        for hop, mtu, silent in reversed(self.narrow):
            says = "silent" if silent else f"too_big at={hop} link_mtu={mtu}"
            yield f"ttl {hop + 1}- size={mtu + 1}- {when} {says}"


class Kind:
    """A kind of network, of which `loss` percent of answers get lost."""

    loss = 0
    limit = ""
    hole = False

    def __init__(self, seed):
        dice = Dice(seed)
        self.lines = [f"option memory=1 limit=9h seed={seed} device_mtu={DEVICE}"]
        self.paths = {}
        middle = EVERY * (CHANGED - 1) - EVERY // 2
        for number in range(1, TARGETS + 1):
            six = dice.between(0, 1)
            address = f"2001:db8:7::{number:x}" if six else f"192.0.2.{number}"
            hops = dice.between(2, 12)
            before, after = (Path(dice, hops, self.hole) for _ in range(2))
            if dice.between(0, 2) == 0:
                after = before
            udp = dice.between(0, 1)
            self.lines += [
                f"network {address}",
                f"router 1-{hops} rtt=2ms..{dice.between(3, 60)}ms loss={self.loss} {self.limit or PERHAPS}",
                f"end {hops + 1}- rtt={dice.between(60, 90)}ms loss={self.loss} {PERHAPS}",
                *before.rules(f"until={middle}s"), *after.rules(f"from={middle}s"),
                f"target t{number} {address} mtu=1 every={EVERY}s rounds={ROUNDS} tos={number} "
                f"protocol={'udp port=33434' if udp else 'icmp'}"]
            self.paths[f"t{number}"] = (before, after)
        for name in self.paths:
            for number in range(1, ROUNDS + 1):
                self.lines += [f"expect {name}#{number} mtu {word} = null"
                               for word in ("path", "limits", "change")]
        self.lines.append("expect run events >= 0")

    def judge(self, program):
        """The figures."""
        said = player.play(program, self.lines)
        seen = {(name, int(number), word): value for name, number, word, value in re.findall(
            r"^(?:not )?ok expect (t\d+)#(\d+) mtu (\w+) = null +# seen: (\S+)", said, re.MULTILINE)}
        if "not ok the contract" in said or len(seen) != 3 * ROUNDS * TARGETS:
            raise RuntimeError(f"{program}: {said[:1000]}")
        figures = [0] * 8
        for name, (before, after) in self.paths.items():
            changes = [seen[name, number, "change"] for number in range(1, ROUNDS + 1)]
            for number in range(1, ROUNDS + 1):
                path = before if number < CHANGED else after
                shown = seen[name, number, "path"], seen[name, number, "limits"]
                late = number > CHANGED - 1 and shown == (
                    seen[name, CHANGED - 1, "path"], seen[name, CHANGED - 1, "limits"])
                if not late or path is before:
                    self.judge_record(path, *shown, figures)
            self.judge_changes(before, after, changes, figures)
        return figures

    @staticmethod
    def judge_record(path, mtu, limits, figures):
        """A record's path MTU, and the hop that limits it."""
        if mtu == "null":
            return
        figures[0] += 1
        if int(mtu) != path.mtu:
            figures[1] += 1
            return
        last = limits.split(",")[-1]
        expected = "none"
        if path.narrow:
            hop, size, silent = path.narrow[-1]
            expected = f"{hop}:{size}{'!' if silent else ''}"
        figures[3 if "!" in last else 2] += last != expected

    @staticmethod
    def judge_changes(before, after, changes, figures):
        """Whether the change is told, and nothing else."""
        told = [change for change in changes if change != "null"]
        if before.mtu == after.mtu:
            figures[7] += len(told)
            return
        hop = (after if after.mtu < before.mtu else before).narrow[-1][0]
        expected = f"{before.mtu}>{after.mtu}@{hop}"
        figures[4] += 1
        figures[5] += changes[CHANGED - 1] == expected
        figures[6] += expected not in changes
        figures[7] += len(told) - (expected in told)


class Told(Kind):
    """Routers tell."""


class ToldLoss(Told):
    """A tenth of the answers gets lost."""

    loss = 10


class ToldMuchLoss(Told):
    """Nearly a third."""

    loss = 30


class ToldLimited(Told):
    """Routers keep to limits."""

    limit = "limit=2/4"


class Holes(Kind):
    """Routers tell, or do not."""

    hole = True


class HolesLoss(Holes):
    """Likewise, with loss."""

    loss = 10


class HolesMuchLoss(Holes):
    """Likewise."""

    loss = 30


class HolesLimited(Holes):
    """Likewise, and routers keep to limits."""

    limit = "limit=2/4"


KINDS = (Told, ToldLoss, ToldMuchLoss, ToldLimited, Holes, HolesLoss, HolesMuchLoss, HolesLimited)


def survey(kind, options):
    """True if it is as promised."""
    seeds = range(options.first, options.first + options.files)

    def judge(seed):
        made = kind(seed)
        figures = made.judge(options.program)
        if options.keep and (any(figures[1:4]) or figures[6] or figures[7]):
            (options.keep / f"{kind.__name__}-{seed}.scn").write_text("\n".join(made.lines) + "\n",
                                                                       encoding="ascii")
        return figures

    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        figures = [sum(values) for values in zip(*pool.map(judge, seeds))]
    records, wrong, told, silent, changes, at_once, never, others = figures
    print(f"{kind.__name__:14} {records:6} records: {wrong} wrong MTUs, {told} and {silent} wrong hops; "
          f"{changes} changes: {100 * at_once / max(1, changes):.2f} % told at once, {never} never; "
          f"{others} others")
    most = NEVER * records + 3 * (NEVER * records) ** .5 if kind.hole or kind.loss else 0
    soon = AT_ONCE - (2 * kind.loss / 100 if kind.hole else 0)
    return wrong + told + silent == 0 and at_once >= soon * changes and never + others <= most


def main():
    """See above."""
    options = player.options_of_survey(__doc__, 10)
    good = True
    for kind in KINDS:
        if not options.kind or kind.__name__ in options.kind:
            good &= survey(kind, options)
    return 1 if options.check and not good else 0


if __name__ == "__main__":
    sys.exit(main())
