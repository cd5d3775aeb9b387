"""Many targets behind two routers that all paths share and that limit their ICMP errors: what the
tests of limits and of shared hops have in common."""

import collections
import time

import lab

FIRST, SECOND = "10.9.0.1", "10.9.0.2"
ROUND_S = 10.5


def address(number):
    return f"198.18.{number // 250}.{number % 250 + 1}"


def network(targets, thirds=0, first=f"{FIRST} rtt=0.5 rate=100", second=f"{SECOND} rtt=1 rate=300"):
    """All paths lead through the same two routers, then each through one of its own; before that
    through one of so many `thirds`."""
    lines = ["path shared", f"hop {first}", f"hop {second}"]
    for number in range(targets):
        lines += [f"target t{number} {address(number)} rtt=6", "via shared"]
        if thirds:
            third = number % thirds
            lines.append(f"hop 10.{10 + third // 250}.{third % 250}.1 rtt=2")
        lines.append(f"hop 10.{40 + number // 250}.{number % 250}.1 rtt=3")
    return "\n".join(lines) + "\n"


def config(targets):
    hosts = ",\n".join(f'"{address(number)}"' for number in range(targets))
    return lab.config(f"targets = (\n{hosts} );\n")


def hops(found, ttl):
    return [hop for record in found for hop in record["hops"] if hop["ttl"] == ttl]


def shared(found, ttl):
    return sum(hop["shared"] for hop in hops(found, ttl))


def check_hops(found, truth, what):
    counts = lab.compare_all(found, truth)
    lab.check(counts["wrong"] == counts["missing"] == 0, f"{what}: every hop is right", counts)
    lossy = collections.Counter(hop["ttl"] for record in found for hop in record["hops"]
                                if hop["loss_percent"] not in (0, None))
    lab.check(not lossy, f"{what}: no loss", dict(lossy))


def measure(what, targets, topology, *options, seconds=ROUND_S):
    internet = lab.Internet(topology=topology)
    truth = internet.truth()
    file = config(targets)
    began = time.monotonic()
    found = lab.trace("-n", "-c", file, *options)
    wall = time.monotonic() - began
    internet.down()
    counters = internet.counters()
    print(f"# {what}: {wall:.2f} s, {counters['probes']} probes, per ttl {counters['per_ttl']}, "
          f"{counters['rate_limited']} above a limit; taken over {shared(found, 1)}, "
          f"{shared(found, 2)}, {shared(found, 3)}", flush=True)
    lab.check(wall <= seconds, f"{what}: within {seconds} s", f"{wall:.2f} s", stall=0.02)
    check_hops(found, truth, what)
    return found, counters
