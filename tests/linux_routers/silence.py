#!/usr/bin/env python3
"""Neighbours that do not exist: a kernel gives up asking after some three seconds and then says so
itself. What this host says to itself is no router's answer."""

import concurrent.futures
import itertools

import chain
from chain import lab

WAITS = (1, 5)
GIVEN_UP_AFTER = 3
AT_A_TIME = 6


def check_own(name, record, own, wait):
    """This host could not hand the probes to anybody: the record shows no hop that is not there,
    and calls it an error once the kernel has said so."""
    lab.check(not any(own in address for address in chain.addresses(record))
              and record["hop_count"] == 0 and record["received"] == 0,
              f"{name}: this host is not a router that answered", chain.brief(record))
    if wait > GIVEN_UP_AFTER:
        lab.check(record["status"] == "error" and record["error"] and record["local_errors"] > 0
                  and record["loss_percent"] is None,
                  f"{name}: what could not leave is an error, not loss", chain.brief(record))
    else:
        lab.check(record["status"] in ("error", "incomplete"), f"{name}: not reached",
                  chain.brief(record))


def is_word_of_r4(family, record):
    """Unreachable, said by the router before the target, of which either address will do."""
    said = (3, 1) if family == chain.IPV4 else (1, 3)
    speakers = {chain.truth(family)[-2], chain.address(family, 7, 1)}
    last = record["hops"][-1]["nodes"]
    return (record["status"] == "unreachable" and record["stop_reason"] == "unreachable"
            and len(last) == 1 and last[0]["address"] in speakers
            and (last[0]["icmp_type"], last[0]["icmp_code"]) == said)


def check_far(family, name, record, wait):
    """The last router asks for a target that does not exist."""
    path = chain.truth(family)[:-1]
    seen = chain.addresses(record)
    said = record["status"] == "unreachable"
    lab.check(seen[:chain.HOPS - 1] == path and (record["error"] is not None) == said
              and record["local_errors"] == 0 and record["loss_percent"] == 100,
              f"{name}: the hops before it are right", chain.brief(record))
    if wait > GIVEN_UP_AFTER:
        lab.check(is_word_of_r4(family, record) and record["hop_count"] == chain.HOPS,
                  f"{name}: the last router says that there is nobody", chain.brief(record))
        return
    # A record that takes its time may yet hear of the probes that left last.
    silent = record["status"] == "incomplete" and record["stop_reason"] == "gap_limit"
    heard = is_word_of_r4(family, record) and set(seen[chain.HOPS - 1:-1]) <= {"*"}
    lab.check((silent and record["hop_count"] == chain.HOPS - 1) or heard,
              f"{name}: silence, or what the last router says in the end", chain.brief(record))


def main():
    routers = chain.Chain()
    numbers = itertools.count(100)
    runs = []
    for family in chain.FAMILIES:
        routers.one_branch(family)
    for family, case, options in chain.cases():
        own = chain.address(family, 1, 1)
        for wait in WAITS:
            # A neighbour of its own for each run: one that others have asked for fails sooner.
            number = next(numbers)
            remote = chain.remote(family, number)
            gateway = chain.address(family, 1, number + 50)
            routers["host"].ip(f"route add {chain.host_prefix(remote)} via {gateway}")
            name = f"{case}, waiting {wait} s"
            more = (*options, "-w", wait)
            runs += [((*more, chain.address(family, 1, number)),
                      check_own, (f"{name}, missing neighbour",), (own, wait)),
                     ((*more, remote), check_own, (f"{name}, missing gateway",), (own, wait)),
                     ((*more, chain.address(family, 7, number)), check_far,
                      (family, f"{name}, missing target"), (wait,))]
    with concurrent.futures.ThreadPoolExecutor(AT_A_TIME) as pool:
        found = list(pool.map(lambda run: chain.one(*run[0]), runs))
    for (_, judge, before, after), record in zip(runs, found):
        judge(*before, record, *after)
    lab.finish()


main()
