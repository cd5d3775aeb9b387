#!/usr/bin/env python3
"""Reads influx line protocol on stdin and exits with 1 if a strict reader would refuse any of it.

    check_influx.py [--any] < LINES

The grammar is the strictest that agents in use apply: what any of them rejects is an error here,
and so is what costs them (tags out of order). Without --any the lines must also be those of hoptrace:
its measurements with their fields and types, and each event before the record of its round.
"""

import re
import sys

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
INTEGER = re.compile(r"(0|-?[1-9][0-9]*)i")
FLOAT = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")
TIME = re.compile(r"0|-?[1-9][0-9]*")
PATH_ID = re.compile(r"[0-9a-f]{8}")
MPLS = re.compile(r"\d+/\d+/[01]/\d+(\+\d+/\d+/[01]/\d+)*")

STATUSES = ["reached", "incomplete", "unreachable", "resolve_error", "permission_error", "error"]
STOP_REASONS = {"destination", "unreachable", "gap_limit", "max_ttl", "loop", "deadline",
                "interrupted", "resolve_error", "permission_error", "error"}
CUT_SHORT = {"deadline", "interrupted"}
RTT = {f"rtt_{stat}_ms": float for stat in ("avg", "max", "median", "min", "p95", "stddev")}
# Measurement -> (fields that are always there, fields that may be), each with its type.
FIELDS = {
    "traceroute": (
        {"duration_ms": float, "forged": int, "local_errors": int, "received": int, "result_code": int,
         "sent": int, "status": str, "stop_reason": str},
        {"address": str, "error": str, "hops": int, "jitter_ms": float, "loss_percent": float,
         "path_changes": int, "path_hash": int, "path_id": str, "reached": bool, "reached_value": int,
         "loss_significant": int, "loss_after_hop": int, "loss_by_hop": int, "rtt_risen": int,
         "rtt_after_hop": int, "rtt_by_hop": int, "window_loss_percent": float, "flows": int,
         "lossy_flows": int, "lossy_node": str, "width": int, "marking_hop": int,
         "mtu_hop": int, "path_mtu": int, **RTT}),
    "traceroute_hop": (
        {"received": int, "sent": int, "ttl": int},
        {"address": str, "addresses": int, "asn": int, "destination": bool, "hostname": str, "jitter_ms": float,
         "loss_percent": float, "mpls": str, "path_loss_percent": float, "rate_limit_pps": float,
         "interface": str, "quoted_tos": int, "reply_hops": int, **RTT}),
    "traceroute_flow": (
        {"hops": int, "received": int, "sent": int, "status": str},
        {"jitter_ms": float, "loss_percent": float, "path_hash": int, "path_id": str,
         "source_port": int, **RTT}),
    "traceroute_node": (
        {"address": str, "flows": int, "loss_percent": float, "received": int, "sent": int},
        {"hostname": str, **RTT}),
    "traceroute_event": ({"message": str, "severity": str}, {}),
    "traceroute_self": (
        {"cpu_percent": float, "forged": int, "local_errors": int, "received": int, "rounds": int,
         "rounds_late": int, "rounds_left_out": int, "rx_overflows": int, "sent": int,
         "strangers": int, "targets": int, "wakeups": int},
        {"memory_bytes": int, "pps_needed": int, "wakeup_late_ms_p99": float}),
}
# What the events of a kind tell beside that; all but what may be unknown is always there.
ADDRESSES = {"new_address": str, "old_address": str}
PLACE_ADDRESSES = {"after_address": str, "by_address": str}
PLACE = {"after_hop": int, "by_hop": int, **PLACE_ADDRESSES}
LOSS = ({}, {"loss_percent": float, **PLACE})
TIMES = ({}, {"rtt_ms": float, "usual_rtt_ms": float, **PLACE})
OUTAGE = ({"last_hop": int, "status": str, "stop_reason": str}, {"last_address": str})
EVENTS = {
    "path_changed": (
        {"new_hops": int, "old_hops": int, "seen_before": bool, "ttl": int},
        {**ADDRESSES, "new_path_id": str, "old_path_id": str}),
    "address_changed": ({}, ADDRESSES),
    "loss_began": LOSS, "loss_ended": LOSS, "rtt_rose": TIMES, "rtt_fell": TIMES,
    "unreached": OUTAGE, "reached": OUTAGE,
    "marking_changed": ({"hop": int, "new_tos": int, "old_tos": int}, {}),
    "mtu_changed": ({"hop": int, "new_mtu": int, "old_mtu": int}, {}),
    "common_cause": ({"names": str, "of": str, "targets": int}, PLACE_ADDRESSES),
}
SEVERITIES = {"okay", "warning", "failure"}
TAGS = {"traceroute": {"protocol", "target"}, "traceroute_hop": {"hop", "protocol", "target"},
        "traceroute_flow": {"flow", "protocol", "target"},
        "traceroute_node": {"branch", "hop", "protocol", "target"},
        "traceroute_event": {"event", "protocol", "target"}, "traceroute_self": set()}


class Refused(Exception):
    """The line breaks a rule."""


class Line:
    """A cursor over one line."""

    def __init__(self, text):
        self.text = text
        self.at = 0

    def peek(self):
        return self.text[self.at] if self.at < len(self.text) else ""

    def expect(self, character, what):
        if self.peek() != character:
            raise Refused(f"column {self.at + 1}: {what}")
        self.at += 1

    def name(self, what, escapable):
        """A measurement, key or tag value, unescaped, up to an escapable character."""
        out = []
        while self.peek() and self.peek() not in escapable:
            character = self.peek()
            self.at += 1
            if character == "\\":
                if not self.peek():
                    raise Refused(f"{what} ends in a backslash")
                if self.peek() in escapable:
                    character = self.peek()
                    self.at += 1
            out.append(character)
        value = "".join(out)
        if not value:
            raise Refused(f"column {self.at + 1}: {what} is empty")
        if CONTROL.search(value):
            raise Refused(f"{what} holds a control character")
        if value.endswith("\\"):
            raise Refused(f"{what} ends in a backslash")
        return value

    def string(self):
        self.at += 1
        out = []
        while self.peek() != '"':
            if not self.peek():
                raise Refused("a string has no end")
            if self.peek() == "\\":
                self.at += 1
                if self.peek() not in ('"', "\\"):
                    raise Refused(f"column {self.at + 1}: a lone backslash in a string")
            out.append(self.peek())
            self.at += 1
        self.at += 1
        value = "".join(out)
        if CONTROL.search(value):
            raise Refused("a string holds a control character")
        return value

    def token(self):
        start = self.at
        while self.peek() and self.peek() not in ", ":
            self.at += 1
        return self.text[start:self.at]

    def field_value(self):
        if self.peek() == '"':
            return self.string()
        token = self.token()
        if token in ("true", "false"):
            return token == "true"
        if INTEGER.fullmatch(token):
            value = int(token[:-1])
            if not -2**63 <= value < 2**63:
                raise Refused(f"{token} does not fit 64 bits")
            return value
        if FLOAT.fullmatch(token):
            return float(token)
        raise Refused(f"{token!r} is no value")


def parse(text):
    """(measurement, tags, fields, time) of one line."""
    line = Line(text)
    measurement = line.name("the measurement", ", ")
    tags = {}
    keys = []
    while line.peek() == ",":
        line.at += 1
        key = line.name("a tag key", ",= ")
        line.expect("=", f"tag {key!r} has no value")
        if key in tags:
            raise Refused(f"tag {key!r} twice")
        tags[key] = line.name(f"the value of tag {key!r}", ",= ")
        keys.append(key)
    by_bytes = sorted(keys, key=lambda key: key.encode())
    if keys != by_bytes:
        raise Refused(f"tags are not sorted: {keys}")
    fields = {}
    line.expect(" ", "a space before the fields")
    while True:
        key = line.name("a field key", ",= ")
        line.expect("=", f"field {key!r} has no value")
        if key in fields or key in tags:
            raise Refused(f"{key!r} twice")
        fields[key] = line.field_value()
        if line.peek() != ",":
            break
        line.at += 1
    line.expect(" ", "a space before the time")
    time = text[line.at:]
    if not TIME.fullmatch(time) or not -2**63 <= int(time) < 2**63:
        raise Refused(f"{time!r} is no time in nanoseconds")
    return measurement, tags, fields, int(time)


def is_type(value, kind):
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, kind)


def types_of(measurement, tags):
    """Of the fields that are always there, and of those that may be."""
    always, sometimes = FIELDS[measurement]
    if measurement != "traceroute_event":
        return always, sometimes
    if tags["event"] not in EVENTS:
        raise Refused(f"event {tags['event']!r}")
    own_always, own_sometimes = EVENTS[tags["event"]]
    return {**always, **own_always}, {**sometimes, **own_sometimes}


def check_types(measurement, tags, fields):
    always, sometimes = types_of(measurement, tags)
    missing = always.keys() - fields.keys()
    if missing:
        raise Refused(f"fields missing: {sorted(missing)}")
    for key, value in fields.items():
        kind = always.get(key) or sometimes.get(key)
        if kind is not None and not is_type(value, kind):
            raise Refused(f"field {key} has the wrong type: {value!r}")
        if value == "":
            raise Refused(f"field {key} is empty")
    if list(fields) != sorted(fields):
        raise Refused(f"fields are not sorted: {list(fields)}")


def check_numbers(fields):
    for key, value in fields.items():
        if isinstance(value, (int, float)) and value < 0:
            raise Refused(f"field {key} is below 0: {value}")
    for key in ("loss_percent", "path_loss_percent", "window_loss_percent"):
        if not 0 <= fields.get(key, 0) <= 100:
            raise Refused(f"{key} {fields[key]}")
    if fields.get("received", 0) > fields.get("sent", 0):
        raise Refused("more received than sent")
    order = [fields[key] for key in ("rtt_min_ms", "rtt_median_ms", "rtt_p95_ms", "rtt_max_ms")
             if key in fields]
    if order != sorted(order):
        raise Refused(f"round-trip times out of order: {order}")


def check_target(fields):
    if fields["status"] not in STATUSES:
        raise Refused(f"status {fields['status']!r}")
    if fields["result_code"] != STATUSES.index(fields["status"]):
        raise Refused(f"result_code {fields['result_code']} is not {fields['status']}")
    if fields["stop_reason"] not in STOP_REASONS:
        raise Refused(f"stop_reason {fields['stop_reason']!r}")
    check_known(fields)
    check_window(fields)
    if not PATH_ID.fullmatch(fields.get("path_id", "00000000")):
        raise Refused(f"path_id {fields['path_id']!r}")
    if fields.get("path_hash") != (int(fields["path_id"], 16) if "path_id" in fields else None):
        raise Refused(f"path_hash {fields.get('path_hash')} is not {fields.get('path_id')}")


def check_window(fields):
    """What the last rounds show together: of what is remembered both verdicts, else nothing."""
    remembered = "path_changes" in fields
    for verdict, after, by in (("loss_significant", "loss_after_hop", "loss_by_hop"),
                               ("rtt_risen", "rtt_after_hop", "rtt_by_hop")):
        if (verdict in fields) != remembered or fields.get(verdict, 0) > 1:
            raise Refused(f"{verdict} {fields.get(verdict)}")
        check_place(fields, after, by)
        if by in fields and fields[verdict] != 1:
            raise Refused(f"{by} {fields[by]} without {verdict}")
    if "window_loss_percent" in fields and not remembered:
        raise Refused("window_loss_percent of what is not remembered")


def check_place(fields, after, by):
    if (after in fields) != (by in fields) or not 0 <= fields.get(after, 0) < fields.get(by, 1) <= 255:
        raise Refused(f"{after} {fields.get(after)} and {by} {fields.get(by)}")


def check_known(fields):
    """What is said of the destination, and what a record that was cut short leaves out."""
    reached = fields["status"] == "reached"
    cut_short = fields["stop_reason"] in CUT_SHORT
    if cut_short and not reached:
        said = {"reached", "reached_value", "hops", "path_id"} & fields.keys()
        if said:
            raise Refused(f"cut short, and yet known: {sorted(said)}")
        return
    if fields.get("reached") is not reached or fields.get("reached_value") != int(reached):
        raise Refused("reached contradicts status")
    if "hops" not in fields and not cut_short:
        raise Refused("hops is missing")
    if "hops" not in fields and "path_id" in fields:
        raise Refused("a path of unknown length has an identity")


def check_hop(tags, fields):
    if not re.fullmatch(r"[1-9][0-9]{0,2}", tags["hop"]) or int(tags["hop"]) > 255:
        raise Refused(f"hop {tags['hop']!r}")
    if fields["ttl"] != int(tags["hop"]):
        raise Refused(f"ttl {fields['ttl']} of hop {tags['hop']}")
    if not fields.get("destination", True) or ("destination" in fields and "address" not in fields):
        raise Refused("destination is true, or not there")
    if ("address" in fields) != ("addresses" in fields):
        raise Refused("address and addresses go together")
    if "address" not in fields and ("hostname" in fields or "mpls" in fields):
        raise Refused("a silent hop has neither name nor labels")
    if not MPLS.fullmatch(fields.get("mpls", "0/0/1/0")):
        raise Refused(f"mpls {fields['mpls']!r}")


def check_event(fields):
    if fields["severity"] not in SEVERITIES:
        raise Refused(f"severity {fields['severity']!r}")
    for key in ("new_path_id", "old_path_id"):
        if not PATH_ID.fullmatch(fields.get(key, "00000000")):
            raise Refused(f"{key} {fields[key]!r}")
    if len(fields["message"].encode()) > 255:
        raise Refused("message is too long")
    check_place(fields, "after_hop", "by_hop")
    if fields.get("of", "path_changed") not in EVENTS.keys() - {"common_cause"}:
        raise Refused(f"of {fields['of']!r}")
    for key in ("ttl", "new_hops", "old_hops", "last_hop"):
        if fields.get(key, 0) > 255:
            raise Refused(f"{key} {fields[key]}")


class Neighbours:
    """An event is followed by the record of its round. A common cause may be found after it."""

    def __init__(self):
        self.target = None

    def add(self, measurement, tags):
        if tags.get("event") == "common_cause" and self.target is None:
            return
        if self.target not in (None, tags.get("target")) or (
                self.target is not None and measurement == "traceroute_hop"):
            raise Refused(f"an event of {self.target!r} is not followed by its record")
        self.target = tags.get("target") if measurement == "traceroute_event" else None


def check_hoptrace(measurement, tags, fields):
    if measurement not in FIELDS:
        raise Refused(f"measurement {measurement!r}")
    missing = TAGS[measurement] - tags.keys()
    if missing:
        raise Refused(f"tags missing: {sorted(missing)}")
    if measurement == "traceroute_self":
        if tags:
            raise Refused(f"tags {sorted(tags)}")
        check_types(measurement, tags, fields)
        return
    if tags.get("family", "ipv4") not in ("ipv4", "ipv6"):
        raise Refused(f"family {tags['family']!r}")
    if tags["protocol"] not in ("icmp", "udp", "tcp"):
        raise Refused(f"protocol {tags['protocol']!r}")
    check_types(measurement, tags, fields)
    check_numbers(fields)
    if measurement == "traceroute":
        check_target(fields)
    elif measurement == "traceroute_event":
        check_event(fields)
    else:
        check_hop(tags, fields)


def check(data, any_lines=False):
    """The problems of these bytes, one string each."""
    problems = []
    seen = set()
    neighbours = Neighbours()
    if data and not data.endswith(b"\n"):
        problems.append("the last line has no end")
    for number, raw in enumerate(data.split(b"\n")[:-1] if data else [], 1):
        try:
            measurement, tags, fields, time = parse(raw.decode("utf-8", "strict"))
            if not any_lines:
                check_hoptrace(measurement, tags, fields)
                if measurement != "traceroute_self":
                    neighbours.add(measurement, tags)
            point = (measurement, tuple(tags.items()), time)
            if point in seen:
                raise Refused("the same series and time as a line before: one would overwrite it")
            seen.add(point)
        except UnicodeDecodeError as error:
            problems.append(f"line {number}: not UTF-8: {error}")
        except Refused as refused:
            problems.append(f"line {number}: {refused}: {raw!r}")
    if neighbours.target is not None:
        problems.append(f"an event of {neighbours.target!r} at the end, without a record")
    return problems


def main():
    problems = check(sys.stdin.buffer.read(), "--any" in sys.argv[1:])
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
