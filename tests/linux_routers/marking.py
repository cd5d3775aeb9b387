#!/usr/bin/env python3
"""Routers that rewrite DSCP, or clear ECN, before or after they look at the ttl: the hop that shows
it first is told, of every protocol; an address translator that sets its quotes right is not, one that
keeps no state is."""

import chain
from chain import lab

TOS = 185
# Where, when and what; then the change: the first hop that quotes the new value, and that.
CASES = (
    ("r2", "prerouting", "dscp set cs1", 2, 0x21),
    ("r2", "postrouting", "dscp set cs1", 3, 0x21),
    ("r1", "prerouting", "dscp set cs0", 1, 1),
    ("r3a", "prerouting", "ecn set not-ect", 3, 184),
    ("r3a", "postrouting", "ecn set not-ect", 4, 184),
)
# Of echo requests nothing is known behind the last router: the target sends no quote.
RULES = """
table inet marking {{
    chain {hook} {{
        type filter hook {hook} priority mangle
        iifname "{device}" ip {what}
        iifname "{device}" ip6 {what}
    }}
}}
"""
TRANSLATION = """
table inet translation {
    chain postrouting {
        type nat hook postrouting priority srcnat
        oifname "r3a" masquerade
    }
}
"""
# Another address of the target, link 7's third.
STATELESS = """
table inet translation {{
    chain prerouting {{
        type filter hook prerouting priority raw
        {ip} daddr {outer} {ip} daddr set {inner}
        {ip} saddr {inner} {ip} saddr set {outer}
    }}
}}
"""
INNER = 3
FLUSH = "flush ruleset\n"
# The device by which packets come in from the host.
TOWARDS_HOST = {"r1": "host", "r2": "r1", "r3a": "r2"}


def rules(node, hook, what):
    text = RULES.format(hook=hook, what=what, device=TOWARDS_HOST[node])
    # What leaves does not bear the name of the device that it came in by.
    return text.replace(f'iifname "{TOWARDS_HOST[node]}"', "") if hook == "postrouting" else text


def trace(family, options):
    return chain.one(*options, "--tos", TOS, chain.target(family))


def check(routers, node, hook, what, hop, value):
    if not routers[node].nft(rules(node, hook, what), what):
        return
    for family, name, options in chain.cases():
        record = trace(family, options)
        seen = [(change["ttl"], change["after"], change["from"], change["to"])
                for change in record["marking"]]
        lab.check(seen == [(hop, hop - 1, TOS, value)],
                  f"{name}: {node}, {hook}, {what}: hop {hop}", seen)
        lab.check(record["translators"] == [], f"{name}: {node}, {hook}: nothing else",
                  record["translators"])
    routers[node].nft(FLUSH, "no rules")


def check_translation(routers):
    if not routers["r2"].nft(TRANSLATION, "address translation"):
        return
    for family, name, options in chain.cases():
        record = trace(family, options)
        lab.check(record["marking"] == [] and record["translators"] == []
                  and record["status"] == "reached", f"{name}: a translator that puts quotes right",
                  (record["marking"], record["translators"], chain.brief(record)))
    routers["r2"].nft(FLUSH, "no rules")


def check_stateless(routers, family):
    """The second router sends packets elsewhere, and sets the sender of answers right, not what
    they quote."""
    inner, outer = chain.address(family, 7, INNER), chain.target(family)
    routers["target"].ip(f"address add {inner}/{chain.length(family)} dev r4"
                         f"{'' if family == chain.IPV4 else ' nodad'}")
    text = STATELESS.format(ip="ip" if family == chain.IPV4 else "ip6", inner=inner, outer=outer)
    if not routers["r2"].nft(text, "address translation without state"):
        return
    for _, name, options in [case for case in chain.cases() if case[0] == family]:
        record = trace(family, options)
        path = chain.truth(family)
        summed = ["checksum"] if (family, "-I" in options) != (chain.IPV4, True) else []
        translators = [{"ttl": 2, "what": [*summed, "destination"]}]
        if "-T" in options:  # of a SYN without data no such quote is believed
            path, translators = [path[0], "*", "*", "*", path[-1]], []
        lab.check(chain.addresses(record) == path and record["status"] == "reached",
                  f"{name}: a translator without state: all hops", chain.brief(record))
        lab.check(record["translators"] == translators, f"{name}: it is told of hop 2",
                  record["translators"])
        lab.check(record["forged"] == 0, f"{name}: nothing is forged", record["forged"])
    routers["r2"].nft(FLUSH, "no rules")


def main():
    routers = chain.Chain()
    for family in chain.FAMILIES:
        routers.one_branch(family)
        # What is translated comes from the router's own address.
        for node, link in (("r4", 5), ("target", 7)):
            routers[node].ip(f"route replace {chain.prefix(family, 3)} "
                             f"via {chain.address(family, link, 1)}")
    for family, name, options in chain.cases():
        record = trace(family, options)
        lab.check(record["marking"] == [], f"{name}: what passes as it left", record["marking"])
    for case in CASES:
        check(routers, *case)
    check_translation(routers)
    for family in chain.FAMILIES:
        check_stateless(routers, family)
    lab.finish()


main()
