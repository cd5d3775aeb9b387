#!/usr/bin/env python3
"""The addresses of this host change under a running program: one is replaced by another while probes
are on their way, one goes and another comes later, the way out prefers another, one is there but
what is sent to it is not taken in. What is lost by that is an error of this host's and never loss; afterwards records bear the right source; and what
goes out by another interface is measured all the time."""

import pathlib
import sys
import time

import loop
from on_simnet import lab

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "linux_routers"))

from node import Node  # noqa: E402

INTERVAL_S = 0.8
# So long answers are on their way: the address is gone before they come.
RTT_MS = 250
# The far answers have come by then, and the round has not given up: 0.6 s after its last probe.
ANSWERED_S = (RTT_MS + 50) / 1000
DEVICE = "ht0"
PREFIX = {"ipv4": 16, "ipv6": 64}
GATEWAY = {"ipv4": "10.99.0.1", "ipv6": "fd99::1"}
MAC = "02:00:5e:10:00:01"
# What this host has at first, and what it gets, one after the other.
OWN = {"ipv4": "10.99.0.2", "ipv6": "fd99::2"}
NEW = {"ipv4": ("10.99.0.7", "10.99.0.8", "10.99.0.9"), "ipv6": ("fd99::7", "fd99::8", "fd99::9")}
SIDE = {"ipv4": ("192.0.2.1", "192.0.2.2"), "ipv6": ("2001:db8:5::1", "2001:db8:5::2")}
PATHS = {"ipv4": ("10.1.1.1", "198.18.1.1"), "ipv6": ("fd01:1::1", "2001:db8:18::1")}
FAR = {"ipv4": ("10.1.2.1", "198.18.1.2"), "ipv6": ("fd01:2::1", "2001:db8:18::2")}
NETWORK = "".join(f"target near-{family} {PATHS[family][1]} rtt=2\nhop {PATHS[family][0]} rtt=1\n"
                  f"target far-{family} {FAR[family][1]} rtt={RTT_MS}\n"
                  f"hop {FAR[family][0]} rtt={RTT_MS - 10}\n" for family in lab.FAMILIES)
PROTOCOLS = ("icmp", "udp", "tcp")


def configuration():
    def target(name, host, protocol):
        return f'{{ name = "{name}"; host = "{host}"; protocol = "{protocol}"; }}'
    targets = [target(f"{family} far", FAR[family][1], "icmp") for family in lab.FAMILIES]
    for family in lab.FAMILIES:
        for protocol in PROTOCOLS:
            targets.append(target(f"{family} {protocol}", PATHS[family][1], protocol))
            targets.append(target(f"{family} {protocol} aside", SIDE[family][1], protocol))
    return lab.config("defaults = { numeric = true; timeout = 0.6; retries = 0; port = 81; };\n"
                      f"targets = ({', '.join(targets)});\n")


ASIDE = [f"{family} {protocol} aside" for family in lab.FAMILIES for protocol in PROTOCOLS]


class Host:
    """The namespace we are in."""

    def __init__(self):
        self.node = Node("host", own=True)
        # Else the last but one address goes with the first one.
        self.node.sysctls({"net.ipv4.conf.all.promote_secondaries": 1})
        self.side = Node("side")

    def join_side(self):
        """A neighbour beyond an interface of its own, which answers itself."""
        self.node.ip(f"link add side type veth peer name host netns {self.side.process.pid}")
        self.side.sysctls({"net.ipv4.icmp_ratemask": 0, "net.ipv6.icmp.ratemask": ""})
        self.side.ip("link set lo up", "link set host up")
        self.node.ip("link set side up")
        for family, (ours, theirs) in SIDE.items():
            self.node.ip(f"address add {self.full(family, ours)} dev side{nodad(family)}")
            self.side.ip(f"address add {self.full(family, theirs)} dev host{nodad(family)}")

    @staticmethod
    def full(family, address):
        return f"{address}/{24 if address.startswith('192') else PREFIX[family]}"

    def drop(self, family, address):
        self.node.ip(f"address delete {self.full(family, address)} dev {DEVICE}")

    def add(self, family, address):
        self.node.ip(f"address add {self.full(family, address)} dev {DEVICE}{nodad(family)}")

    def take_in(self, family, address, takes):
        """The kernel's local route for an address: without it, packets that come are dropped. A new
        IPv6 address can be used before it has one."""
        origin = f" proto kernel scope host src {address}" if family == "ipv4" else ""
        self.node.ip(f"route {'add' if takes else 'delete'} local {address} dev {DEVICE} "
                     f"table local{origin if takes else ''}")

    def lead_out(self, family, source=None):
        """The default route, by this source address if one is given."""
        self.node.ip(f"neighbour replace {GATEWAY[family]} lladdr {MAC} nud permanent dev {DEVICE}",
                     f"route replace default via {GATEWAY[family]} dev {DEVICE}"
                     + (f" src {source}" if source else ""))


def nodad(family):
    return " nodad" if family == "ipv6" else ""


def names(family):
    return [f"{family} {kind}" for kind in (*PROTOCOLS, "far")]


def path_of(record):
    return (FAR if record["target"].endswith("far") else PATHS)[record["family"]]


def is_right(record):
    return loop.is_measured(record, path_of(record))


def is_honest(record):
    """What could not leave for want of an address is no loss either."""
    return loop.is_lossless(record, path_of(record)) or loop.is_refused(record)


def from_source(address):
    return lambda record: is_right(record) and record["source"] == address


def check_from(rounds, family, address, what):
    missing = rounds.until(from_source(address), names(family))
    lab.check(not missing, f"{family}, {what}: measured from {address}", missing)


def wait_for_probes(internet, family):
    """Until probes to the far target have left, which will take a while to be answered."""
    def count():
        return internet.log.read_text(encoding="ascii").count(f'"{FAR[family][1]}"')
    before = count()
    lab.wait_for(lambda: count() > before)


def withhold(internet, rounds, host, family, address):
    """Answers to the address are not taken in: within a round, for whole rounds, until within a
    round."""
    wait_for_probes(internet, family)
    began = time.time()
    host.take_in(family, address, False)
    time.sleep(ANSWERED_S)
    host.take_in(family, address, True)
    check_from(rounds, family, address, "not taken in for a moment")
    torn = [record for record in rounds.of(f"{family} far")
            if loop.is_refused(record) and loop.began(record) >= began - INTERVAL_S]
    lab.check(torn, f"{family}, not taken in for a moment: a round was torn, and says so")
    host.take_in(family, address, False)
    missing = rounds.until(loop.is_refused, names(family))
    lab.check(not missing, f"{family}, not taken in: every record is an error, without loss", missing)
    wait_for_probes(internet, family)
    time.sleep(ANSWERED_S)
    host.take_in(family, address, True)
    check_from(rounds, family, address, "taken in again")


def change(internet, rounds, host, family):
    other = "ipv6" if family == "ipv4" else "ipv4"
    first, second, third = NEW[family]
    wait_for_probes(internet, family)
    host.add(family, first)
    host.drop(family, OWN[family])
    host.lead_out(family)
    check_from(rounds, family, first, "one address for another")
    host.drop(family, first)
    host.node.run("ip", f"-{family[-1]}", "route", "flush", "default")
    missing = rounds.until(loop.is_refused, names(family))
    lab.check(not missing, f"{family}, no address: every record is an error, without loss", missing)
    missing = rounds.until(is_right, names(other))
    lab.check(not missing, f"{family}, no address: {other} is measured", missing)
    host.add(family, second)
    host.lead_out(family)
    check_from(rounds, family, second, "another address")
    host.add(family, third)
    host.lead_out(family, third)
    check_from(rounds, family, third, "another address preferred")
    withhold(internet, rounds, host, family, third)
    return third


def check_all(rounds, sources):
    """What no change was meant for, and what the others say all the time."""
    for name in ASIDE:
        found = rounds.of(name)
        bad = [loop.brief(record) for record in found if not loop.is_measured(record)]
        lab.check(not bad, f"{name}: {len(found)} rounds, nothing is lost", bad[:3])
    loop.check_grid(rounds.of(ASIDE[0]), INTERVAL_S, "another interface")
    for family in lab.FAMILIES:
        missing = rounds.until(from_source(sources[family]), names(family))
        lab.check(not missing, f"{family}: measured from {sources[family]} to the end", missing)
    for family in lab.FAMILIES:
        found = [record for name in names(family) for record in rounds.of(name)]
        bad = [loop.brief(record) for record in found if not is_honest(record)]
        lab.check(not bad, f"{family}: {len(found)} records, none claims a loss", bad[:3])
        torn = [record for record in rounds.of(f"{family} far")
                if loop.is_refused(record) and record["local_errors"] > 0]
        lab.check(torn, f"{family}: a round was torn by the change, and says so")


def main():
    internet = lab.Internet(topology=NETWORK)
    host = Host()
    host.join_side()
    rounds = loop.Loop([name for family in lab.FAMILIES for name in names(family)] + ASIDE,
                       INTERVAL_S, "-c", configuration())
    missing = rounds.until(loop.is_measured)
    lab.check(not missing, "before: all are measured", missing)
    sources = {family: change(internet, rounds, host, family) for family in lab.FAMILIES}
    check_all(rounds, sources)
    lab.check(rounds.end() == "", "there was nothing to say")
    lab.finish()


main()
