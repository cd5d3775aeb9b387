#!/usr/bin/env python3
"""What is asked for is what is traced: HOSTs beside a configuration, tags, the address family,
one address under several names and protocols, and failures that are data."""

import json
import os
import socket
import subprocess

import lab

BOTH, FOUR, SIX = "198.18.1.1", "198.18.1.2", "2001:db8:18::3"
BOTH_SIX, REFUSED = "2001:db8:18::1", "198.18.1.4"
# The first one has more bits in common with our own address, fd99::2.
NEAR_SIX, FAR_SIX = "fd98:1::1", "fd10::1"
NETWORK = f"""
target both {BOTH}
hop 10.1.1.1
hop 10.1.1.2
target both6 {BOTH_SIX}
hop fd01:1::1
target four {FOUR}
hop 10.1.1.1
target six {SIX}
hop fd01:1::1
target near6 {NEAR_SIX}
hop fd01:1::1
target far6 {FAR_SIX}
hop fd01:1::1
target refused {REFUSED}
hop 10.1.1.1 unreachable=13
name both.sim {BOTH} {BOTH_SIX}
name four.sim {FOUR}
name six.sim {SIX}
name xn--bcher-kva.sim {FOUR}
name any.sim 0.0.0.0
name any6.sim ::
name group.sim 224.0.0.1 ff02::1
name everybody.sim 255.255.255.255
name mixed.sim 0.0.0.0 {FOUR}
name up.sim {BOTH} {FOUR} {REFUSED}
name down.sim {REFUSED} {FOUR} {BOTH}
name up6.sim {BOTH_SIX} {SIX}
name down6.sim {SIX} {BOTH_SIX}
name near.sim {FAR_SIX} {NEAR_SIX}
name astray.sim 198.17.1.1 {FOUR} {BOTH}
"""
CONFIG = f"""
defaults = {{ numeric = true; probes = 2; max_ttl = 9; tags = {{ site = "fra 1"; rack = "a"; }}; }};
targets = ( "four.sim",
    {{ host = "{BOTH}"; name = "core"; probes = 4; protocol = "tcp"; port = 443;
       tags = {{ rack = "b=2"; row = "x,y"; }}; }} );
"""


def sent(record):
    return [hop["sent"] for hop in record["hops"]]


def configuration():
    file = lab.config(CONFIG)
    found = lab.by_target(lab.trace("-c", file))
    lab.check(set(found) == {"four.sim", "core"}, "the file's targets", set(found))
    lab.check(sent(found["four.sim"]) == [2, 2] and sent(found["core"]) == [4, 4, 4],
              "a target's setting goes before the defaults")
    lab.check(found["core"]["port"] == 443 and found["core"]["protocol"] == "tcp"
              and found["core"]["host"] == BOTH and found["four.sim"]["port"] is None,
              "host, protocol and port are told")
    lab.check(found["core"]["tags"] == {"site": "fra 1", "rack": "b=2", "row": "x,y"}
              and found["four.sim"]["tags"] == {"site": "fra 1", "rack": "a"},
              "tags are merged, the target's win", found["core"]["tags"])
    found = lab.by_target(lab.trace("-c", file, "-q", 1, "-p", 80, "-U"))
    lab.check([sent(record) for record in found.values()] == [[1] * record["hop_count"] for record
                                                              in found.values()]
              and {(record["protocol"], record["port"]) for record in found.values()}
              == {("udp", 80)}, "the command line goes before the file")
    found = lab.by_target(lab.trace("-c", file, FOUR, BOTH))
    lab.check(set(found) == {FOUR, BOTH}, "HOSTs go before the file's targets", set(found))
    lab.check(all(set(sent(record)) == {2} and record["protocol"] == "icmp"
                  and record["tags"] == {"site": "fra 1", "rack": "a"} for record in
                  found.values()), "HOSTs are traced with the file's defaults")
    points = lab.points(lab.run("-c", file, "-o", "influx").stdout.encode())
    core = [tags for _, tags, _, _ in points if tags["target"] == "core"]
    lab.check(core and all(tags["site"] == "fra 1" and tags["rack"] == "b=2"
                           and tags["row"] == "x,y" and list(tags) == sorted(tags)
                           for tags in core), "influx has the tags, in order", core[:1])


def families():
    """What the resolver prefers is for the system to say."""
    preferred = socket.getaddrinfo("both.sim", 0, type=socket.SOCK_DGRAM)[0][4][0]
    expected = (((), "both.sim", preferred), ((), "four.sim", FOUR), ((), "six.sim", SIX),
                (("-4",), "both.sim", BOTH), (("-6",), "both.sim", BOTH_SIX),
                (("-4",), "four.sim", FOUR), (("-6",), "six.sim", SIX),
                (("-6",), "four.sim", None), (("-4",), "six.sim", None), ((), "none.sim", None),
                (("-4",), "none.sim", None), (("-4", "-6"), "both.sim", BOTH_SIX),
                (("-6",), FOUR, None), (("-4",), SIX, None))
    for options, host, address in expected:
        record = lab.trace("-n", *options, host)[0]
        what = " ".join((*options, host))
        lab.check(record["address"] == address
                  and record["status"] == ("reached" if address else "resolve_error"),
                  f"{what}: {address or 'does not resolve'}",
                  (record["address"], record["status"], record["error"]))
        lab.check((record["error"] is None) == (address is not None), f"{what}: error",
                  record["error"])
    for options, family in (((), None), (("-4",), "ipv4"), (("-6",), "ipv6")):
        points = lab.points(lab.run("-o", "influx", *options, "none.sim").stdout.encode())
        lab.check([tags.get("family") for _, tags, _, _ in points] == [family],
                  f"influx, a name without address: family {family}", points)


def unicode_names():
    """By IDNA2008, whatever the locale; shown as they were asked for."""
    for locale in "C", "C.UTF-8":
        for name in "bücher.sim", "BÜCHER.sim", "bu\u0308cher.sim", "xn--bcher-kva.sim":
            record = lab.trace("-n", name, env={**os.environ, "LC_ALL": locale})[0]
            lab.check((record["status"], record["address"], record["host"], record["target"])
                      == ("reached", FOUR, name, name), f"{name} in the locale {locale}",
                      (record["address"], record["host"], record["error"]))
    record = lab.trace("-n", "\u2603.sim")[0]
    lab.check(record["status"] == "resolve_error" and record["host"] == "\u2603.sim"
              and record["error"] == "name lookup: \u2603.sim: string contains a disallowed "
              "character", "what is no name by IDNA2008", record["error"])


def nobody():
    """Names with addresses that no single host has."""
    for name, address, words in (("any.sim", "0.0.0.0", "stands for no host"),
                                 ("any6.sim", "::", "stands for no host"),
                                 ("group.sim", None, "is a multicast address"),
                                 ("everybody.sim", "255.255.255.255", "is the broadcast address")):
        record = lab.trace("-n", name)[0]
        lab.check((record["status"], record["stop_reason"], record["sent"]) == ("error", "error", 0)
                  and address in (None, record["address"]) and words in record["error"]
                  and name in record["error"], f"{name}: {record['error']}", record)
    record = lab.trace("-n", "mixed.sim")[0]
    lab.check((record["status"], record["address"]) == ("reached", FOUR),
              "of several addresses one that is good is taken", (record["status"],
                                                                 record["address"]))


def the_same_of_several():
    """In whatever order the name server gives them, every process takes the same address: the
    lowest of the best, not one of another kind, nor one that there is no way to."""
    subprocess.run(["ip", "route", "add", "unreachable", "198.17.0.0/16"], check=True)
    for name, address in (("up.sim", BOTH), ("down.sim", BOTH), ("up6.sim", BOTH_SIX),
                          ("down6.sim", BOTH_SIX), ("astray.sim", BOTH), ("near.sim", NEAR_SIX)):
        found = {lab.trace("-n", name)[0]["address"] for _ in range(2)}
        lab.check(found == {address}, f"{name}: {address} of several", found)


def one_address():
    targets = [f'{{ host = "{BOTH}"; name = "{name}-{protocol}"; protocol = "{protocol}"; }}'
               for name in ("one", "two") for protocol in ("icmp", "udp", "tcp")]
    file = lab.config(f"targets = ({', '.join(targets)});")
    found = lab.by_target(lab.trace("-n", "-c", file))
    lab.check(len(found) == 6, "one address under six names", set(found))
    for name, record in found.items():
        lab.check(lab.addresses(record) == [["10.1.1.1"], ["10.1.1.2"], [BOTH]]
                  and record["status"] == "reached"
                  and not any(hop["loss_percent"] for hop in record["hops"]),
                  f"{name}: the true path without loss", (record["status"], record["hops"]))


def sources():
    """A source address that is asked for is the one that the packets and the record bear."""
    for source, host, length in (("10.99.0.7", BOTH, 16), ("fd99::7", BOTH_SIX, 64)):
        subprocess.run(["ip", "address", "add", f"{source}/{length}", "dev", "ht0", *(
            ["nodad"] if ":" in source else [])], check=True)
        subprocess.run([lab.TESTS / "support" / "wait_for_addresses"], check=True)
        for protocol in "-I", "-U", "-T":
            record = lab.trace("-n", protocol, "-s", source, "-i", "ht0", host)[0]
            lab.check(record["source"] == source and record["status"] == "reached",
                      f"{protocol}, from {source}", (record["source"], record["status"]))
    internet.down()
    lab.check({packet["src"] for packet in internet.wire() if packet["dst"] in (BOTH, BOTH_SIX)}
              == {"10.99.0.2", "10.99.0.7", "fd99::2", "fd99::7"}, "sources on the wire")


def failures_are_data():
    found = lab.by_target(lab.trace("-n", "-i", "nowhere0", FOUR))
    lab.check(found[FOUR]["status"] == "error" and found[FOUR]["error"], "no such interface",
              found)
    record = lab.trace("-n", "fe80::1%nowhere0")[0]
    lab.check(record["status"] == "error" and "no such interface" in record["error"],
              "nor is there one after the address", record)
    found = lab.by_target(lab.trace("-n", REFUSED, "none.sim", FOUR))
    lab.check([found[name]["status"] for name in (REFUSED, "none.sim", FOUR)]
              == ["unreachable", "resolve_error", "reached"], "exit status 0, whatever they say")


def without_privilege():
    """Root without capabilities, which is what an ordinary user is."""
    bare = (*lab.BARE, lab.HOPTRACE, "--sockets", "raw")
    hosts = ("-n", BOTH, BOTH_SIX, "four.sim")
    for protocol in "-I", "-U", "-T":
        done = subprocess.run([*bare, "-j", protocol, *hosts], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=60)
        said = done.stderr.decode()
        lab.check(done.returncode == 0, f"{protocol} without privilege: exit status 0",
                  done.returncode)
        lab.check(said.count("\n") == 1 and "setcap cap_net_raw" in said and lab.HOPTRACE in said,
                  f"{protocol} without privilege: one line with the command that grants it", said)
        lab.check_schema(done.stdout)
        found = [json.loads(line) for line in done.stdout.splitlines()]
        lab.check(len(found) == 3 and all(
            (record["status"], record["stop_reason"]) == ("permission_error",) * 2
            and record["sent"] == 0 and record["loss_percent"] is None and record["error"]
            for record in found), f"{protocol} without privilege: records that say so", found)
    done = subprocess.run([*bare, "-j", "--fwmark", "5", *hosts], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60)
    said = done.stderr.decode()
    found = [json.loads(line) for line in done.stdout.splitlines()]
    lab.check(done.returncode == 0 and said.count("\n") == 1 and "mark" in said
              and "setcap cap_net_admin,cap_net_raw+p" in said and lab.HOPTRACE in said,
              "a mark without privilege: one line with the command that grants it", said)
    lab.check(len(found) == 3 and all(
        (record["status"], record["stop_reason"]) == ("permission_error",) * 2
        and record["error"] in said for record in found),
        "a mark without privilege: records that say so", found)
    done = subprocess.run([*bare, "-o", "influx", *hosts], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=60)
    lab.check([fields["result_code"] for _, _, fields, _ in lab.points(done.stdout)] == [4] * 3,
              "influx without privilege: result_code 4")


def without_raw_sockets():
    """The same with what needs no privilege: UDP is measured, ICMP where this group is admitted,
    which it is not at first."""
    bare = (*lab.BARE, lab.HOPTRACE)
    for protocol, status in ("-U", "reached"), ("-I", "permission_error"):
        done = subprocess.run([*bare, "-j", protocol, "-n", BOTH, BOTH_SIX], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=60)
        said = done.stderr.decode()
        lab.check(done.returncode == 0 and said.count("\n") == 1 and "setcap cap_net_raw" in said,
                  f"{protocol} without raw sockets: one line with the command that grants them", said)
        lab.check(status != "reached" or "using sockets without privilege" in said,
                  f"{protocol} without raw sockets: it says which are used", said)
        lab.check_schema(done.stdout)
        found = [json.loads(line) for line in done.stdout.splitlines()]
        lab.check([(record["status"], record["sockets"]) for record in found]
                  == [(status, "user")] * 2, f"{protocol} without raw sockets: {status}", found)
    lab.admit_to_icmp()
    done = subprocess.run([*bare, "-j", "--sockets", "user", "-n", BOTH, BOTH_SIX],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    lab.check(done.stderr == b"" and [record["status"] for record in found] == ["reached"] * 2,
              "a group that is admitted measures by ICMP, without a word", (done.stderr, found))


internet = lab.Internet(topology=NETWORK, resolver=True)
configuration()
families()
unicode_names()
nobody()
the_same_of_several()
one_address()
failures_are_data()
without_privilege()
without_raw_sockets()
sources()
lab.finish()
