#!/usr/bin/env python3
"""Two equal ways behind r2, chosen by addresses and ports: one target is one flow, and a flow sees
one of them, in this process and in the next."""

import pathlib
import subprocess
import tempfile

import chain
from chain import lab

BRANCHES = ("r3a", "r3b")
PORTS = 16
RUNS = 4
FLOWS = 16
LOSSY_ROUNDS = 12

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
    record = chain.one(*options, "--flows", "all", chain.target(family))
    third = {node["address"] for node in record["hops"][2]["nodes"]} if record["hops"] else set()
    lab.check(third == {chain.truth(family, branch)[2] for branch in BRANCHES}
              and record["multipath"]["complete"] and record["loss_percent"] == 0,
              f"{name}: all flows that it takes find both ways, and prove it",
              record["hops"] and record["multipath"])


def lossy_configuration():
    """Every family with each protocol that these routers balance."""
    targets = ", ".join(f'{{ name = "ipv{family} {protocol}"; host = "{chain.target(family)}"; '
                        f'protocol = "{protocol}"; }}'
                        for family in chain.FAMILIES for protocol in ("udp", "tcp"))
    conf = pathlib.Path(tempfile.mkstemp(prefix="hoptrace-test-", suffix=".conf")[1])
    conf.write_text(f"defaults = {{ numeric = true; flows = {FLOWS}; timeout = 0.3; "
                    f"retries = 0; }};\ntargets = ( {targets} );\n", encoding="ascii")
    return conf


def lose(router, device):
    """Six of ten packets that leave by this device are lost, by what this kernel has for that.
    False: it has nothing, and so said."""
    ways = ([["tc", "qdisc", "add", "dev", device, "root", "netem", "loss", "60%"]],
            [[command, "-A", "FORWARD", "-o", device, "-m", "statistic", "--mode", "random",
              "--probability", "0.6", "-j", "DROP"] for command in ("iptables", "ip6tables")])
    for way in ways:
        try:
            for words in way:
                router.run(*words)
            return True
        except (FileNotFoundError, subprocess.CalledProcessError) as error:
            refused = error
    print(f"# skipped: the branch that loses: {refused}")
    return False


def lossy_of(record):
    return {key: record["multipath"][key] for key in ("lossy_node", "lossy_after", "lossy_flows")}


def check_lossy_branch(routers):
    """The branch that loses is named, with the router before it and its flows."""
    if not lose(routers["r3b"], "r4"):
        return
    conf = lossy_configuration()
    last = {record["target"]: record
            for record in lab.trace("-c", conf, "--interval", 1, "--pps", 0, "--rounds", LOSSY_ROUNDS)}
    first = lab.trace("-c", conf)
    conf.unlink()
    for family in chain.FAMILIES:
        path = chain.truth(family, "r3b")
        for protocol in ("udp", "tcp"):
            record = last[f"ipv{family} {protocol}"]
            flows = [node["flows"] for node in record["hops"][2]["nodes"]
                     if node["address"] == path[2]]
            lab.check(lossy_of(record) == {"lossy_node": path[2], "lossy_after": path[1],
                                           "lossy_flows": len(flows[0]) if flows else 0},
                      f"{record['target']}: the branch that loses is named",
                      (lossy_of(record), flows))
    lab.check(all(lossy_of(record) == {"lossy_node": None, "lossy_after": None, "lossy_flows": 0}
                  for record in first), "without memory none is")


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
    routers["r2"].sysctls({"net.ipv4.fib_multipath_hash_policy": 1,
                           "net.ipv6.fib_multipath_hash_policy": 1})
    check_lossy_branch(routers)
    lab.finish()


main()
