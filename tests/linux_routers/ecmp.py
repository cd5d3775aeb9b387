#!/usr/bin/env python3
"""Two equal ways behind r2, chosen by addresses and ports: one target is one flow, and a flow sees
one of them, in this process and in the next."""

import pathlib
import tempfile

import chain
from chain import lab

BRANCHES = ("r3a", "r3b")
PORTS = 16
RUNS = 4
FLOWS = 16

# What routers hash: 0 the addresses (IPv6: and the flow label), 1 these and the ports, 2 the
# addresses, of a tunnel's inner packet if it is one.
POLICIES = (0, 1, 2)


def branch_of(record, family):
    """Which of the two ways the record shows, by the hops of the path; None if it is not whole."""
    for branch in BRANCHES:
        if chain.is_clean(record, chain.truth(family, branch)):
            return branch
    return None


def check_one_way(family, name, options, probes):
    found = [chain.one(*options, "-q", probes, chain.target(family))]
    seen = branch_of(found[0], family)
    lab.check(seen is not None, f"{name}: {probes} probes a hop see one way",
              chain.brief(found[0]))
    found += [chain.one(*options, chain.target(family)) for _ in range(RUNS)]
    ways = [branch_of(record, family) for record in found]
    lab.check(ways == [seen] * len(found) and len({record["path_id"] for record in found}) == 1,
              f"{name}: the next {RUNS} processes see the same way", ways)


def check_rounds(family, name, options):
    found = lab.trace(*options, "--interval", 0.3, "--rounds", RUNS, chain.target(family))
    ways = [branch_of(record, family) for record in found]
    lab.check(len(ways) == RUNS and len(set(ways)) == 1 and ways[0] is not None,
              f"{name}: all rounds of a process see one way", ways)


def check_both_ways(family, protocol):
    """That there are two ways: targets which differ in their port see one or the other."""
    name = f"ipv{family} {protocol}"
    targets = ", ".join(f'{{ host = "{chain.target(family)}"; name = "port-{port}"; '
                        f'port = {port}; }}' for port in range(33434, 33434 + PORTS))
    conf = pathlib.Path(tempfile.mkstemp(prefix="hoptrace-test-", suffix=".conf")[1])
    conf.write_text(f'defaults = {{ protocol = "{protocol}"; numeric = true; }};\n'
                    f'targets = ( {targets} );\n', encoding="ascii")
    found = lab.trace("-c", conf)
    again = lab.trace("-c", conf)
    conf.unlink()
    ways = {record["target"]: branch_of(record, family) for record in found}
    lab.check(len(ways) == PORTS and set(ways.values()) == set(BRANCHES),
              f"{name}: {PORTS} ports use both ways, each of them one", ways)
    lab.check(ways == {record["target"]: branch_of(record, family) for record in again},
              f"{name}: the next process finds each port on the same way")


def check_flows(family, name, options):
    """Several flows see both ways, each of them one, and the same one in the next process."""
    found = [chain.one(*options, "--flows", FLOWS, "--retries", 0, chain.target(family))
             for _ in range(2)]
    seen = []
    for record in found:
        ways = [branch_of({**record, "hops": [
            {**hop, "nodes": [node for node in hop["nodes"] if flow in node["flows"]]}
            for hop in record["hops"]]}, family) for flow in range(FLOWS)]
        lab.check(set(ways) == set(BRANCHES), f"{name}: {FLOWS} flows see both ways", ways)
        lab.check(record["multipath"]["paths"] == 2 and record["loss_percent"] == 0,
                  f"{name}: two paths, nothing lost", record["multipath"])
        seen.append(ways)
    lab.check(seen[0] == seen[1], f"{name}: the next process finds each flow on the same way", seen)


def main():
    routers = chain.Chain()
    for protocol in ("udp", "tcp"):
        for family in chain.FAMILIES:
            check_both_ways(family, protocol)
    for policy in POLICIES:
        routers["r2"].sysctls({"net.ipv4.fib_multipath_hash_policy": policy,
                               "net.ipv6.fib_multipath_hash_policy": policy})
        for family, name, options in chain.cases():
            check_one_way(family, f"{name}, policy {policy}", options, 20 if policy == 1 else 5)
            if policy == 1:
                check_rounds(family, name, options)
                if "icmp" not in name:  # which these routers do not balance
                    check_flows(family, name, options)
    lab.finish()


main()
