#!/usr/bin/env python3
"""Scenarios made up by chance that take all of the engine's ways: protocols, families, loss, limits,
balancing, loops, refusals, labels, forged answers, rounds that remember the last one.

    mixed.py FOLDER [--first SEED] [--networks N]

Writes a file SEED.scn for each network. A seed gives the same file wherever Python runs: numbers
come from random.random() alone, the one sequence that Python promises to keep.
"""

import argparse
import pathlib
import random
import sys

FILES = 200
QUOTES = ("ip_id", "ip_id_zero", "ip_id_random", "tos", "ttl", "length", "options", "outer_options",
          "checksum", "checksum_zero", "checksum_random", "checksum_delta", "source", "flow_label")


class Dice:
    """Choices of one seed."""

    def __init__(self, seed):
        self.random = random.Random(seed).random

    def chance(self, percent):
        """True in `percent` of 100 cases."""
        return self.random() * 100 < percent

    def between(self, least, most):
        """An integer, both ends included."""
        return least + int(self.random() * (most - least + 1))

    def pick(self, items):
        """One of the items."""
        return items[self.between(0, len(items) - 1)]


class Path:
    """The rules of the network to one destination."""

    def __init__(self, dice, address, protocol):
        self.dice = dice
        self.six = ":" in address
        self.protocol = protocol
        self.hops = dice.between(1, 14)
        self.lines = [f"network {address}",
                      f"router 1-{max(1, self.hops - 1)} rtt=1ms..{dice.between(2, 60)}ms "
                      f"jitter={dice.pick((0, 100, 2000))}us"]
        for _ in range(dice.pick((0, 1, 1, 2, 3, 5))):
            self.disturb()
        self.finish()
        if dice.chance(25):
            self.lines.append(f"ttl {dice.between(1, self.hops)}-{self.hops + 30} "
                              f"{self.middlebox()}")
        if dice.chance(10):
            self.lines.append(f"router 1- from={dice.between(1, 12)}s by={self.router(90)} rtt=7ms")

    def router(self, number):
        """Another router's address."""
        return f"2001:db8:aa::{number}" if self.six else f"10.200.0.{number}"

    def disturb(self):
        """One thing that is out of the ordinary, at some ttls before the destination."""
        dice = self.dice
        first = dice.between(1, max(1, self.hops - 1))
        last = min(max(1, self.hops - 1), first + dice.pick((0, 0, 0, 1, 2, 5)))
        ways = [self.silence, self.loss, self.limit, self.balance, self.labels, self.quote,
                self.copies, self.busy, self.refuse, self.forge, self.late, self.crowd]
        self.lines.append(f"ttl {first}-{last} {dice.pick(ways)()}")

    def silence(self):
        """No answer, to all or to some probes."""
        return self.dice.pick(("silent", "silent", "silent nth=1", "silent nth=2-3", "silent nth=2-"))

    def loss(self):
        """Answers that are lost by chance."""
        return f"loss={self.dice.pick((5, 20, 50, 90))}"

    def limit(self):
        """A router that keeps to a limit."""
        return f"limit={self.dice.pick((1, 5, 20, 100))}/{self.dice.pick((1, 2, 6, 20))}"

    def balance(self):
        """Several routers at one ttl."""
        share = self.dice.pick(("", "*3"))
        by = ",".join(self.router(n) + share * (n == 1)
                      for n in range(1, self.dice.between(2, 6)))
        return f"by={by} balance={self.dice.pick(('turn', 'random', 'flow'))}"

    def labels(self):
        """An MPLS label stack."""
        stack = self.dice.pick(("16001/0/1/1", "16001/5/0/254,1048575/7/1/1", "99/1/0/2,100/2/1/3"))
        place = self.dice.pick(("padded", "padded", "short", "short_announced"))
        return f"mpls={stack} label_place={place}"

    def quote(self):
        """A quote that was cut or rewritten on the way."""
        if self.dice.chance(30):
            return "quote=8"
        return f"rewrite={self.dice.pick(QUOTES)}"

    def copies(self):
        """Answers that come several times."""
        return f"copies={self.dice.between(2, 4)} copy_gap={self.dice.pick((1, 300, 900))}ms"

    def busy(self):
        """What this host itself refuses to send."""
        return self.dice.pick(("send=busy try=1", "send=busy try=1-3", "send=EPERM nth=1",
                               "send=EPERM", "send=ENETUNREACH try=2"))

    def refuse(self):
        """A router that forwards nothing, to all or to some probes."""
        own = "2001:db8:1::1" if self.six else "198.51.100.1"
        which = self.dice.pick(("", "", " nth=1", " nth=2-", f" by={own}", f" nth=2 by={own}"))
        return f"answer=unreachable:{self.dice.pick((0, 1, 3, 4))}{which}"

    def forge(self):
        """Lies, from an address that is nowhere on the path."""
        return "forge=all"

    def middlebox(self):
        """What happens to all probes of the flow from some hop on."""
        rewrites = ["checksum_delta", "checksum_random", "checksum_zero", "ip_id_random",
                    "ip_id,checksum_delta", "ip_id_random,checksum_random", "ip_id_zero,checksum",
                    "source"]
        ways = [f"rewrite={self.dice.pick(rewrites)}", "quote=8"]
        if self.protocol == "tcp":
            firewall = self.dice.pick(("track", "rewrite_fixed", "track,rewrite",
                                       "track,rewrite_fixed"))
            ways += [f"firewall={firewall}", "rewrite=sequence", "rewrite=sequence quote=8",
                     "rewrite=sequence,checksum_random", "rewrite=sequence,ip_id_random",
                     "rewrite=stamp tcp_options=no"]
        return self.dice.pick(ways)

    def late(self):
        """Answers about the end of the timeout."""
        return f"rtt={self.dice.pick((950, 999, 1000, 1300, 2500))}ms"

    def crowd(self):
        """Another address in each answer."""
        return f"crowd={self.dice.between(2, 40)}"

    def finish(self):
        """What is behind the last router."""
        dice = self.dice
        ttls = f"{self.hops}-"
        ends = ["end", "end", "end", "end", "end", "end forge=all", "end loss=40", "end silent",
                "end copies=3", "end answer=unreachable:1", "end answer=parameter:1",
                "end echo_cut=4", "end echo_tail=zero", "loop", "refusing"]
        if self.protocol == "tcp":
            ends = ["end answer=refused", "end answer=listener", "end answer=listener",
                    "end answer=listener answer_loss=30", "end answer=listener tcp_options=no",
                    *ends]
        end = dice.pick(ends)
        kind, _, words = end.partition(" ")
        if kind == "loop":
            by = (self.router(66), self.router(67))
            self.lines += [f"router {ttl} by={by[ttl % 2]} rtt=8ms"
                           for ttl in range(self.hops, self.hops + 40)]
        elif kind == "refusing":
            self.lines.append(f"ttl {ttls} answer=unreachable:{dice.pick((0, 1))} "
                              f"by={self.router(77)} rtt=9ms")
        else:
            self.lines.append(f"end {ttls} rtt={dice.between(3, 80)}ms "
                              f"reply_ttl={64 - self.hops - dice.pick((0, 0, 0, 2))} {words}")


def settings(dice, protocol):
    """How a target is measured."""
    words = [f"protocol={protocol}", f"probes={dice.pick((1, 2, 3, 3, 3, 5, 10))}",
             f"retries={dice.pick((0, 1, 1, 3))}", f"gap_limit={dice.pick((0, 1, 3, 5, 5, 5))}",
             f"max_ttl={dice.pick((5, 12, 20, 30, 30))}",
             f"first_ttl={dice.pick((1, 1, 1, 1, 2, 4))}", f"tos={dice.pick((0, 0, 184))}"]
    if protocol == "tcp":
        words.append(f"port={dice.pick((80, 443))} payload_size=0")
    else:
        words.append(f"payload_size={dice.pick((0, 16, 32, 32, 100, 1400))}")
    return " ".join(words)


def starts(dice, rounds):
    """When a target's rounds begin: at times of their own, or each after its forerunner."""
    if dice.chance(50):
        return f"rounds={rounds}"
    return "at=" + ",".join(f"{n * 10}s" for n in range(rounds))


def alone(dice, rounds):
    """Some targets, each on a path of its own; now and then two have one address."""
    lines = []
    for n in range(1, dice.between(2, 8)):
        address = f"2001:db8:7::{n}" if dice.chance(40) else f"192.0.2.{n}"
        protocol = dice.pick(("icmp", "icmp", "udp", "udp", "tcp", "tcp"))
        lines += Path(dice, address, protocol).lines
        lines.append(f"target own{n} {address} {settings(dice, protocol)} {starts(dice, rounds)}")
        if dice.chance(10):
            lines.append(f"target twin{n} {address} {settings(dice, protocol)} "
                         f"{starts(dice, rounds)}")
    return lines


def shared_routers(dice):
    """The first hops that all targets of a crowd have in common."""
    lines = ["network *"]
    for ttl in range(1, dice.between(2, 5)):
        limit = f"limit={dice.pick((5, 20, 100))}/{dice.pick((2, 6, 20))}"
        words = dice.pick(("", "", limit, limit, f"loss={dice.pick((5, 30))}",
                           f"loss=60 from={dice.between(1, 8)}s", "silent"))
        lines.append(f"ttl {ttl} by=10.2.{ttl}.1 {words}")
    return lines


def crowd(dice, rounds):
    """Many targets behind the same routers, which may keep to limits or lose answers, and some on
    paths of their own among them."""
    count = dice.pick((10, 20, 40, 80, 300))
    rounds = rounds if count < 80 else min(rounds, 2)
    protocol = dice.pick(("icmp", "icmp", "udp", "udp", "tcp", "tcp"))
    probes = dice.pick((1, 1, 3)) if count < 80 else 1
    hops = dice.pick(("4-6", "5-8", "8-15") if count < 80 else ("3-6", "6-7"))
    lines = shared_routers(dice) + [
        f"targets {count} 10.64.0.1 hops={hops} "
        f"silent={dice.pick((0, 0, 10, 30))} back={dice.pick((0, 0, 1))} protocol={protocol} "
        f"probes={probes} share_hops={dice.pick((0, 1))} "
        f"retries={dice.pick((0, 1, 1))} {starts(dice, rounds)}"]
    for n in range(1, dice.between(1, 4)):
        address = f"192.0.2.{n}"
        lines += Path(dice, address, protocol).lines
        lines.append(f"target own{n} {address} {settings(dice, protocol)} "
                     f"{starts(dice, rounds)}")
    return lines


def happenings(dice, rounds):
    """What happens besides."""
    for _ in range(dice.pick((1, 1, 2, 4))):
        at = f"at {dice.pick((dice.between(0, 2000), dice.between(0, 10000 * rounds)))}ms"
        yield dice.pick((f"{at} overflow {dice.between(1, 8)}", f"{at} drop own1",
                         f"{at} stall {dice.between(1, 3000)}ms",
                         f"{at} unread {dice.pick((5, 100, 500))}ms",
                         f"{at} unread {dice.pick((5, 100, 500))}ms",
                         f"{at} clock {dice.pick((-5, 3600))}s", f"{at} close deadline",
                         f"{at} close interrupted"))


def network(seed):
    """The lines of one scenario."""
    dice = Dice(seed)
    rounds = dice.pick((1, 2, 2, 3, 4))
    stamps = dice.pick(("kernel", "kernel", "kernel_rx", "user"))
    lines = [f"option seed={seed} pps={dice.pick((0, 0, 0, 200, 2000))} stamps={stamps} "
             f"batch={dice.pick((1, 8, 64, 64))} send_cost={dice.pick((0, 10))}us "
             f"latency={dice.pick((0, 0, 300))}us local_id={dice.between(1, 65535)}",
             "defaults interval=10s"]
    lines += crowd(dice, rounds) if dice.chance(25) else alone(dice, rounds)
    if dice.chance(30):
        lines += happenings(dice, rounds)
    return lines


def main():
    """See above."""
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--networks", type=int, default=FILES)
    options = parser.parse_args()
    for seed in range(options.first, options.first + options.networks):
        file = options.folder / f"{seed:04}.scn"
        file.write_text("\n".join(network(seed)) + "\n", encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())
