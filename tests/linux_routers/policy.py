#!/usr/bin/env python3
"""Rules that choose a route by TOS (traffic class) or mark: the probes of every protocol go that way
and have the source address of that way, and those of other targets in the same process do not."""

import pathlib

import chain
from chain import lab
from node import Node

SIDE_LINK = 8
TABLE = 77
# Rules of IPv4 know the TOS of old alone (before Linux 6.13), those of IPv6 every DSCP, such as EF.
TOS_VALUES = {chain.IPV4: (0x10, 0x0c), chain.IPV6: (0x10, 0xb8)}
# Both halves of a mark count.
MARKS = (5, 0xfffffffe)


def other_way(routers, family):
    """A second way out, with a source of its own, which ends at a namesake of the target after one
    hop."""
    gateway = chain.address(family, SIDE_LINK, 2)
    source = chain.address(family, SIDE_LINK, 1)
    routers["host"].ip(f"route add default via {gateway} dev side src {source} table {TABLE}")
    routers["side"].ip(f"address add {chain.host_prefix(chain.target(family))} dev lo"
                       f"{' nodad' if family == chain.IPV6 else ''}")
    return source


def is_plain(record, family):
    return (chain.is_clean(record, chain.truth(family))
            and record["source"] == chain.address(family, 1, 1))


def is_other(record, family, source):
    return chain.is_clean(record, [chain.target(family)]) and record["source"] == source


def check_key(routers, family, name, options, key, value, source):
    """One rule, two targets in one process, in either order; and the option alone."""
    host = routers["host"]
    rule = (f"-{family}", "rule")
    what = (key, f"{value:#x}")
    host.run("ip", *rule, "add", *what, "lookup", str(TABLE))
    plain = f'{{ host = "{chain.target(family)}"; name = "plain"; }}'
    ruled = f'{{ host = "{chain.target(family)}"; name = "ruled"; {key} = {value}; }}'
    other = f'{{ host = "{chain.target(family)}"; name = "other"; {key} = {value ^ 0x4}; }}'
    for targets in (f"{plain}, {ruled}, {other}", f"{ruled}, {other}, {plain}"):
        file = lab.config(f"targets = ( {targets} );\n")
        found = lab.by_target(lab.trace("-c", file, *options, "-q", 1))
        lab.check(is_other(found["ruled"], family, source), f"{name}: {key} {value:#x} leads elsewhere, with "
                  "the source of that way",
                  {**chain.brief(found["ruled"]), "source": found["ruled"]["source"]})
        for target in ("plain", "other"):
            lab.check(is_plain(found[target], family), f"{name}: what the rule about {key} "
                      f"{value:#x} is not about goes its way ({target})",
                      {**chain.brief(found[target]), "source": found[target]["source"]})
    record = chain.one(*options, f"--{key}", value, "-i", "side", chain.target(family))
    lab.check(is_other(record, family, source), f"{name}: --{key} with -i", chain.brief(record))
    record = chain.one(*options, f"--{key}", value, "-s", source, chain.target(family))
    lab.check(is_other(record, family, source), f"{name}: --{key} with -s", chain.brief(record))
    host.run("ip", *rule, "del", *what, "lookup", str(TABLE))


def check_kept(family, options):
    """A mark is wanted with each packet: rounds after the privileges were given up have it too."""
    found = lab.trace(*options, "--fwmark", 5, "--interval", 0.2, "--rounds", 3,
                      chain.target(family))
    lab.check(len(found) == 3 and all(is_plain(record, family) for record in found),
              "a mark is there in further rounds", [chain.brief(record) for record in found])


def capabilities(*options):
    """What a process has left that has begun to measure."""
    process = lab.start("-j", "--interval", 10, *options)
    process.stdout.readline()
    text = pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    process.terminate()
    process.communicate()
    words = dict(line.split(":\t") for line in text.splitlines() if line.startswith("Cap"))
    return {int(words[key], 16) for key in ("CapPrm", "CapEff")}


def check_capabilities():
    target = chain.target(chain.IPV4)
    plain = capabilities(target)
    lab.check(plain == {0}, "without a mark no capability is kept", plain)
    marked = capabilities("--fwmark", 5, target)
    lab.check(marked in ({1 << 13}, {1 << 12}), "with one, one is kept: CAP_NET_RAW, or "
              "CAP_NET_ADMIN before Linux 5.17", marked)


def main():
    routers = chain.Chain()
    side = Node("side")
    routers.nodes["side"] = side
    side.sysctls(chain.SYSCTLS)
    side.ip("link set lo up")
    routers.join(SIDE_LINK, ("host", "side"))
    sources = {}
    for family in chain.FAMILIES:
        routers.one_branch(family)
        sources[family] = other_way(routers, family)
    for family, name, options in chain.cases():
        for key, values in (("tos", TOS_VALUES[family]), ("fwmark", MARKS)):
            for value in values:
                check_key(routers, family, name, options, key, value, sources[family])
    check_kept(chain.IPV4, ("-n", "-I"))
    check_kept(chain.IPV6, ("-n", "-T"))
    check_capabilities()
    lab.finish()


main()
