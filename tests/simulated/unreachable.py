#!/usr/bin/env python3
"""How a path ends: unreachable for every reason, from routers and from the target, loops, gaps,
the last ttl, silence, answers from elsewhere: unreachable.py PROTOCOL"""

import dataclasses
import sys

import lab

RESULT_CODES = ("reached", "incomplete", "unreachable", "resolve_error", "permission_error",
                "error")
UNREACHABLE = {"ipv4": 3, "ipv6": 1}
TIME_EXCEEDED = {"ipv4": 11, "ipv6": 3}
# All but IPv4's 4: the packet is too big, which says something else.
CODES = {"ipv4": [code for code in range(16) if code != 4], "ipv6": range(7)}
TARGET, ELSEWHERE = "target", {"ipv4": "198.18.9.9", "ipv6": "2001:db8:9::9"}


@dataclasses.dataclass
class Case:
    """A path, how it is traced, and the record that it must have. `hops` are the keys of its
    routers; `shown` are the numbers of the routers that the record shows, hop by hop."""
    name: str
    family: str
    hops: list
    stop_reason: str
    shown: list
    target: str = ""
    settings: str = ""
    last: tuple = ()  # type and code of the last answer
    number: int = 0

    def host(self):
        return lab.destination(self.family, self.number)

    def topology(self):
        lines = [f"target t{self.number} {self.host()} {self.target}"]
        for hop, keys in enumerate(self.hops, 1):
            lines.append(keys if keys.startswith("loop") else
                         f"hop {lab.router(self.family, self.number, hop)} {keys}")
        return "\n".join(lines) + "\n"

    def addresses(self):
        names = {None: [], TARGET: [self.host()], ELSEWHERE[self.family]: [ELSEWHERE[self.family]]}
        return [names[hop] if hop in names else [lab.router(self.family, self.number, hop)]
                for hop in self.shown]

    def status(self):
        return {"destination": "reached", "unreachable": "unreachable"}.get(self.stop_reason,
                                                                           "incomplete")


def refusals(family):
    error = UNREACHABLE[family]
    for code in CODES[family]:
        yield Case(f"code {code} from a router", family, ["", "", f"unreachable={code}", ""],
                   "unreachable", [1, 2, 3], last=(error, code))
        yield Case(f"code {code} from the target", family, ["", ""], "destination",
                   [1, 2, TARGET], f"unreachable={code}", last=(error, code))
    yield Case("the first router refuses", family, ["unreachable=1", ""], "unreachable", [1],
               last=(error, 1))
    yield Case("a router that lets ttls expire first", family,
               ["", "unreachable=1 expire-first=yes", ""], "unreachable", [1, 2, 2],
               last=(error, 1))
    # A refusal by the target at ttl 3 is not its answer yet: time exceeded is not an arrival.
    yield Case("a target that lets ttls expire first", family, ["", ""], "destination",
               [1, 2, TARGET, TARGET], "unreachable=1 expire-first=yes", last=(error, 1))
    yield Case("silence before the refusal", family, ["", "silent=yes", "unreachable=0"],
               "unreachable", [1, None, 3], last=(error, 0))


def silences(family):
    gap = ["", ""] + ["silent=yes"] * 6
    exceeded = (TIME_EXCEEDED[family], 0)
    behind = [1, 2] + [None] * 6 + [TARGET]
    yield Case("6 silent hops", family, gap, "gap_limit", [1, 2], last=exceeded)
    yield Case("6 silent hops, limit 6", family, gap, "gap_limit", [1, 2],
               settings="gap_limit = 6;", last=exceeded)
    yield Case("6 silent hops, limit 7", family, gap, "destination", behind,
               settings="gap_limit = 7;")
    yield Case("6 silent hops, no limit", family, gap, "destination", behind,
               settings="gap_limit = 0;")
    yield Case("1 silent hop, limit 1", family, ["", "silent=yes", ""], "gap_limit", [1],
               settings="gap_limit = 1;", last=exceeded)
    yield Case("the last ttl", family, [""] * 5, "max_ttl", [1, 2, 3], settings="max_ttl = 3;",
               last=exceeded)
    yield Case("the last ttl is the target's", family, ["", ""], "destination", [1, 2, TARGET],
               settings="max_ttl = 3;")
    yield Case("the first ttl", family, [""] * 4, "destination", [3, 4, TARGET],
               settings="first_ttl = 3;")
    yield Case("the first ttl is beyond the target", family, ["", ""], "destination", [TARGET],
               settings="first_ttl = 9;")
    yield Case("a silent target", family, ["", ""], "gap_limit", [1, 2], "silent=yes",
               last=exceeded)
    yield Case("a silent target, the last ttl comes first", family, ["", ""], "max_ttl", [1, 2],
               "silent=yes", "max_ttl = 6;", exceeded)
    yield Case("a silent target, no limit", family, ["", ""], "max_ttl", [1, 2], "silent=yes",
               "gap_limit = 0; max_ttl = 9;", exceeded)
    yield Case("nothing answers", family, ["silent=yes"], "gap_limit", [], "silent=yes")


def loops(family):
    exceeded = (TIME_EXCEEDED[family], 0)
    yield Case("a loop of two", family, ["", "", "", "loop 2"], "loop", [1] + [2, 3] * 14 + [2],
               last=exceeded)
    yield Case("a loop of three", family, ["", "", "", "loop 3"], "loop", [1, 2, 3] * 10,
               last=exceeded)
    yield Case("a cycle three times", family, ["", "", "loop 2"], "loop", [1, 2] * 3,
               settings="max_ttl = 6;", last=exceeded)
    yield Case("a cycle not quite three times", family, ["", "", "loop 2"], "max_ttl",
               [1, 2, 1, 2, 1], settings="max_ttl = 5;", last=exceeded)
    yield Case("one router again and again", family, ["", "", "loop 1"], "max_ttl", [1] + [2] * 29,
               last=exceeded)


def ends(family, protocol):
    """Targets that answer in their own ways, or not."""
    elsewhere = ELSEWHERE[family]
    port = (3, 3) if family == "ipv4" else (1, 4)
    reached, silent = ("destination", [1, TARGET]), ("gap_limit", [1])
    ways = {
        "icmp": (("echo=no", *silent), (f"from={elsewhere}", "destination", [1, elsewhere])),
        # From elsewhere a port unreachable is a router's word. A datagram of the service's own
        # names no probe, and is not guessed about.
        "udp": (("udp=silent", *silent), ("udp=reply", *silent),
                (f"from={elsewhere}", "unreachable", [1, elsewhere], port)),
        # A SYN-ACK or RST from elsewhere belongs to no connection of ours.
        "tcp": (("tcp=filtered open=none", *silent), ("tcp=closed open=none", *reached),
                ("tcp=open", *reached), (f"from={elsewhere}", *silent)),
    }
    for keys, stop_reason, shown, *last in ways[protocol]:
        yield Case(f"a target with {keys}", family, [""], stop_reason, shown, keys,
                   last=last[0] if last else ())


def says_who(case, error):
    """Whether the sentence names the router that refused, and its hop; there is none otherwise."""
    if case.status() != "unreachable":
        return error is None
    return error is not None and error.startswith(
        f"{case.addresses()[-1][0]} at hop {len(case.shown)} says ")


def check_record(case, record, fields):
    name = f"{case.family}: {case.name}"
    seen = {key: record[key] for key in ("status", "stop_reason", "hop_count", "error")}
    last_ttl = record["hops"][-1]["ttl"] if record["hops"] else 0
    lab.check(seen["status"] == case.status() and seen["stop_reason"] == case.stop_reason
              and says_who(case, seen["error"]), f"{name}: {case.stop_reason}", seen)
    lab.check(lab.addresses(record) == case.addresses() and seen["hop_count"] == last_ttl,
              f"{name}: the hops", (lab.addresses(record), seen["hop_count"]))
    if case.last:
        node = record["hops"][-1]["nodes"][0] if record["hops"] else {}
        lab.check((node.get("icmp_type"), node.get("icmp_code")) == case.last,
                  f"{name}: the last answer is {case.last}", node)
    times = record["rtt_ms"]["avg"], record["loss_percent"]
    reached = case.status() == "reached"
    lab.check((times[0] is not None, times[1]) == ((True, 0) if reached else (False, 100)),
              f"{name}: end to end {'without loss' if reached else 'all is lost'}", times)
    lab.check((record["path_id"] is None) == (not case.shown), f"{name}: identity of the path")
    expected = (RESULT_CODES.index(case.status()), case.status() == "reached", case.stop_reason,
                len(case.shown) and last_ttl)
    got = tuple(fields[key] for key in ("result_code", "reached", "stop_reason", "hops"))
    lab.check(got == expected, f"{name}: influx says the same", got)


def main():
    protocol = sys.argv[1]
    cases = [case for family in lab.FAMILIES
             for part in (refusals(family), silences(family), loops(family), ends(family, protocol))
             for case in part]
    for number, case in enumerate(cases, 1):
        case.number = number
    internet = lab.Internet(topology="".join(case.topology() for case in cases))
    targets = [f'{{ host = "{case.host()}"; {case.settings} }}' for case in cases]
    settings = lab.config(f'defaults = {{ numeric = true; protocol = "{protocol}"; }};\n'
                          f"targets = ( {', '.join(targets)} );\n")
    found = lab.by_target(lab.trace("-c", settings))
    points = lab.points(lab.run("-c", settings, "-o", "influx").stdout.encode())
    fields = {tags["target"]: fields for measurement, tags, fields, _ in points
              if measurement == "traceroute"}
    lab.check(len(found) == len(fields) == len(cases), f"{len(cases)} records each")
    for case in cases:
        check_record(case, found[case.host()], fields[case.host()])
    internet.down()
    lab.finish()


main()
