#!/usr/bin/env python3
"""TCP against real listeners: probes of one flow that all arrive must neither be lost nor leave
anything behind."""

import concurrent.futures
import json
import pathlib
import socket
import tempfile

import chain
from chain import lab

OPEN, NARROW, CLOSED, FILTERED, REJECTED, LOSSY = 8080, 8081, 8082, 8083, 8084, 8085
PROCESSES, NAMES, RUNS = 10, 5, 4
CROWD, NEAR, FAR = 300, 18, 19  # so many listeners at each of two places
ROUNDS = 24  # short ones to the lossy port, for each way of measuring
# A SYN-ACK that the listener sends again comes 0.3 s after its SYN or later; one that was not lost
# takes 0.03 ms here, and on a busy machine as long as that stands still.
RESENT_MS, STALL_S = 100, 0.08

RULES = f"""
table inet test {{
    chain input {{
        type filter hook input priority 0;
        tcp dport {FILTERED} drop
        tcp dport {REJECTED} reject with icmpx type admin-prohibited
    }}
    chain output {{
        type filter hook output priority 0;
        tcp sport {LOSSY} tcp flags & (syn | ack) == syn | ack numgen random mod 100 < 20 drop
    }}
}}
"""


def listen(node, family, port, backlog, address=None):
    def make():
        where = chain.target(family) if address is None else address
        listener = socket.create_server((where, port), backlog=backlog,
                                        family=socket.AF_INET if family == chain.IPV4
                                        else socket.AF_INET6)
        listener.setblocking(False)
        return listener
    return node.inside(make)


def accepted(listener):
    """True if there was a connection to accept, whole or already broken off."""
    try:
        listener.accept()[0].close()
    except BlockingIOError:
        return False
    return True


def sockets_in(node, state):
    return node.run("ss", "-Htn", "state", state).strip()


def check_left_over(node, listeners, name):
    lab.check(not any(map(accepted, listeners)), f"{name}: nothing was accepted")
    # Each half-open connection is broken off by the host's RST, which is on its way at most.
    chain.wait_for(lambda: not sockets_in(node, "syn-recv"), 2)
    lab.check(not sockets_in(node, "syn-recv") and not sockets_in(node, "established"),
              f"{name}: no connection is left, half-open or whole",
              sockets_in(node, "syn-recv") + sockets_in(node, "established"))


def check_several(family, name, listeners, node):
    """Processes at once, runs one after the other, names in one process: all with one port."""
    path = chain.truth(family)
    options = ("-n", "-T", "-p", OPEN)
    with concurrent.futures.ThreadPoolExecutor(PROCESSES) as pool:
        found = list(pool.map(lambda _: chain.one(*options, "-q", 5, chain.target(family)),
                              range(PROCESSES)))
    wrong = [chain.brief(record) for record in found if not chain.is_clean(record, path)]
    lab.check(not wrong, f"{name}: {PROCESSES} processes at once to one port lose nothing", wrong)

    found = [chain.one(*options, chain.target(family)) for _ in range(RUNS)]
    wrong = [chain.brief(record) for record in found if not chain.is_clean(record, path)]
    lab.check(not wrong, f"{name}: {RUNS} runs one right after the other lose nothing", wrong)

    targets = ", ".join(f'{{ host = "{chain.target(family)}"; name = "name-{number}"; }}'
                        for number in range(NAMES))
    conf = pathlib.Path(tempfile.mkstemp(prefix="hoptrace-test-", suffix=".conf")[1])
    conf.write_text(f'defaults = {{ protocol = "tcp"; port = {OPEN}; numeric = true; '
                    f'probes = 5; }};\ntargets = ( {targets} );\n', encoding="ascii")
    found = lab.trace("-c", conf)
    conf.unlink()
    wrong = [chain.brief(record) for record in found if not chain.is_clean(record, path)]
    lab.check(len(found) == NAMES and not wrong,
              f"{name}: {NAMES} names of one address and port in one process lose nothing", wrong)

    done = lab.run("-j", *options, "--interval", 0.3, "--rounds", RUNS, chain.target(family))
    found = [json.loads(line) for line in done.stdout.splitlines()]
    wrong = [chain.brief(record) for record in found if not chain.is_clean(record, path)]
    lab.check(len(found) == RUNS and not wrong, f"{name}: {RUNS} rounds lose nothing", wrong)
    check_left_over(node, listeners, f"{name}, after all of these")


def check_filtered(family, name):
    path = chain.truth(family)
    record = chain.one("-n", "-T", "-p", FILTERED, chain.target(family))
    lab.check(record["status"] == "incomplete" and record["stop_reason"] == "gap_limit"
              and chain.addresses(record) == path[:-1] and record["loss_percent"] == 100
              and not any(chain.losses(record)),
              f"{name}: a filtered port is silence behind the right hops", chain.brief(record))
    record = chain.one("-n", "-T", "-p", REJECTED, chain.target(family))
    lab.check(chain.is_clean(record, path),
              f"{name}: a refusal from the target's own address is an answer",
              chain.brief(record))


def check_lost_answers(family, name):
    """A SYN-ACK that is lost leaves the listener with half a connection: that is one loss, and not
    one of each SYN until it gives up."""
    record = chain.one("-n", "-T", "-p", LOSSY, "-q", 100, chain.target(family))
    lab.check(record["status"] == "reached" and 6 <= record["loss_percent"] <= 36,
              f"{name}: of a listener's answers 20 % are lost, {record['loss_percent']} % are shown")
    check_times([record], f"{name}: 100 probes")
    # With the longer timeout what the listener sends again after 1 s would still count.
    for options in (("-q", 3), ("-q", 1, "-w", 3)):
        with concurrent.futures.ThreadPoolExecutor(PROCESSES) as pool:
            found = list(pool.map(lambda _, options=options: chain.one(
                "-n", "-T", "-p", LOSSY, *options, chain.target(family)), range(ROUNDS)))
        check_times(found, f"{name}: {ROUNDS} times {' '.join(map(str, options))}")


def check_times(found, name):
    """No time is that of a SYN-ACK which was sent again."""
    longest = max(record["rtt_ms"].get("max") or 0 for record in found)
    lab.check(0 < longest < RESENT_MS,
              f"{name}: no answer that was sent again counts, the longest time is {longest} ms",
              stall=STALL_S)


def crowd_address(family, place, number):
    if family == chain.IPV4:
        return f"198.{place}.{number // 250}.{number % 250 + 1}"
    return f"2001:db8:{place}::{number + 1:x}"


def trace_crowd(family, addresses):
    conf = pathlib.Path(tempfile.mkstemp(prefix="hoptrace-test-", suffix=".conf")[1])
    targets = ", ".join(f'"{address}"' for address in addresses)
    conf.write_text(f'pps = 0;\ndefaults = {{ protocol = "tcp"; port = {OPEN}; numeric = true; '
                    f'probes = 1; family = "ipv{family}"; }};\ntargets = ( {targets} );\n',
                    encoding="ascii")
    found = lab.trace("-c", conf)
    conf.unlink()
    return {record["address"]: record for record in found}


def check_crowd(family, name, routers):
    """Very many listeners, some two hops away and some five: a probe that runs far ahead, to find out
    where a path ends, keeps none of them from answering the others."""
    path = chain.truth(family)
    expected = {}
    listeners = []
    for node, place, hops in ((routers["r2"], NEAR, 1), (routers["target"], FAR, 4)):
        network = f"198.{place}.0.0/16" if family == chain.IPV4 else f"2001:db8:{place}::/64"
        node.ip(f"route add local {network} dev lo")
        any_address = "0.0.0.0" if family == chain.IPV4 else "::"
        listeners.append(listen(node, family, OPEN, 1024, any_address))
        for number in range(CROWD):
            address = crowd_address(family, place, number)
            expected[address] = path[:hops] + [address]
    # By turns, so that the lengths of both kinds are known early.
    addresses = [crowd_address(family, place, number) for number in range(CROWD)
                 for place in (NEAR, FAR)]
    found = trace_crowd(family, addresses)
    wrong = [chain.brief(found[address]) if address in found else address for address in expected
             if address not in found or not chain.is_clean(found[address], expected[address])]
    lab.check(len(found) == len(expected) and not wrong,
              f"{name}: {len(expected)} listeners at once lose nothing", wrong[:3])
    check_left_over(routers["target"], listeners, f"{name}, after a crowd")
    for listener in listeners:
        listener.close()


def main():
    routers = chain.Chain()
    node = routers["target"]
    firewall = node.nft(RULES, "filtered ports")
    for family in chain.FAMILIES:
        routers.one_branch(family)
        name = f"ipv{family}"
        listeners = [listen(node, family, OPEN, 128), listen(node, family, NARROW, 1),
                     listen(node, family, LOSSY, 128)]
        for port, what in ((OPEN, "an open port"), (CLOSED, "a closed port"),
                           (NARROW, "a listener with little room")):
            record = chain.one("-n", "-T", "-p", port, "-q", 5, chain.target(family))
            lab.check(chain.is_clean(record, chain.truth(family)), f"{name}: {what}, 5 probes",
                      chain.brief(record))
            record = chain.one("-n", "-T", "-p", port, "-q", 20, chain.target(family))
            lab.check(chain.is_clean(record, chain.truth(family)), f"{name}: {what}, 20 probes",
                      chain.brief(record))
        check_left_over(node, listeners, name)
        check_several(family, name, listeners, node)
        if firewall:
            check_filtered(family, name)
            check_lost_answers(family, name)
        for listener in listeners:
            listener.close()
        check_crowd(family, name, routers)
    lab.finish()


main()
