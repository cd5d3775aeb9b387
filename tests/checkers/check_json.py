#!/usr/bin/env python3
"""Reads hoptrace's JSON on stdin and exits with 1 if any object breaks the schema hoptrace/1, or, as
an event, hoptrace-event/1.

    check_json.py [--pretty|--array] < OBJECTS

One object a line; with --pretty objects may span lines, with --array each line is an array of them. Checked are keys and their order, types,
where null may stand, ranges, the order of the hops, and that numbers which hang together do; and that
each event stands before the record of its round and agrees with it. Where python3-fastjsonschema is
there, each object must also be good by the JSON Schema that is installed.
"""

import functools
import ipaddress
import json
import pathlib
import re
import sys

try:
    import fastjsonschema
except ImportError:
    fastjsonschema = None

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
PATH_ID = re.compile(r"[0-9a-f]{8}")

STATUSES = ("reached", "incomplete", "unreachable", "resolve_error", "permission_error", "error")
STOP_REASONS = ("destination", "unreachable", "gap_limit", "max_ttl", "loop", "deadline",
                "interrupted", "resolve_error", "permission_error", "error")
CUT_SHORT = ("deadline", "interrupted")
SEVERITIES = ("okay", "warning", "failure")
EVENT_SCHEMA = "hoptrace-event/1"


class Broken(Exception):
    """The object breaks the schema."""


class Number(float):
    """A number that was written with a point: its text tells how many digits it had."""

    def __new__(cls, text):
        number = super().__new__(cls, text)
        number.text = text
        return number


def refuse_constant(name):
    raise Broken(f"{name} is no JSON")


def keep_pairs(pairs):
    keys = [key for key, _ in pairs]
    if len(set(keys)) != len(keys):
        raise Broken(f"a key twice: {keys}")
    return dict(pairs)


DECODER = json.JSONDecoder(parse_float=Number, parse_constant=refuse_constant,
                           object_pairs_hook=keep_pairs, strict=True)


SCHEMAS = pathlib.Path(__file__).parents[2] / "contrib" / "schema"


@functools.cache
def validator(name):
    """Of the installed schema with this name; None: there is no validator here."""
    if fastjsonschema is None:
        return None
    schema = json.loads((SCHEMAS / f"{name}.schema.json").read_text(encoding="ascii"))
    return fastjsonschema.compile(schema, use_default=False)


def check_schema(name, value):
    validate = validator(name)
    if validate is None:
        return
    try:
        validate(value)
    except fastjsonschema.JsonSchemaException as error:
        raise Broken(f"by the schema {name}: {error}") from error


def integer(low, high):
    def check(value):
        return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
    return check


def milliseconds(value):
    if not isinstance(value, Number) or value < 0:
        return False
    return re.fullmatch(r"(0|[1-9]\d*)\.(\d{0,2}[1-9]|0)", value.text) is not None


def rate(value):
    return isinstance(value, Number) and value > 0


def percent(value):
    return isinstance(value, Number) and 0 <= value <= 100


def string(value):
    return isinstance(value, str)


def boolean(value):
    return isinstance(value, bool)


def array(value):
    return isinstance(value, list)


def mapping(value):
    return isinstance(value, dict)


def one_of(*words):
    return lambda value: isinstance(value, str) and value in words


def matching(pattern):
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


def address(value):
    try:
        ipaddress.ip_address(value)
    except ValueError:
        return False
    return isinstance(value, str)


def nullable(check):
    return lambda value: value is None or check(value)


COUNT = integer(0, 2**32 - 1)
LARGE = integer(0, 2**53)
BYTE = integer(0, 255)

# Every key of each object, in the order of the interface's example.
RTT = {key: nullable(milliseconds)
       for key in ("min", "avg", "max", "stddev", "median", "p95", "jitter")}
REPORT = {
    "schema": one_of("hoptrace/1"), "target": string, "host": string,
    "address": nullable(address), "source": nullable(address),
    "family": nullable(one_of("ipv4", "ipv6")), "protocol": one_of("icmp", "udp", "tcp"),
    "port": nullable(integer(1, 65535)), "tags": mapping, "time": matching(TIME),
    "duration_ms": milliseconds, "status": one_of(*STATUSES), "stop_reason": one_of(*STOP_REASONS),
    "error": nullable(string), "hop_count": BYTE, "path_id": nullable(matching(PATH_ID)),
    "sent": COUNT, "received": COUNT, "local_errors": COUNT, "rx_overflows": COUNT, "forged": COUNT,
    "time_source": one_of("kernel", "kernel_rx", "user"), "loss_percent": nullable(percent),
    "rtt_ms": mapping, "path_changes": nullable(COUNT), "path_since": nullable(matching(TIME)),
    "window": nullable(mapping), "flows": array, "links": array, "multipath": nullable(mapping),
    "sockets": nullable(one_of("raw", "user")), "mtu": nullable(mapping), "as_path": array, "marking": array,
    "translators": array, "hops": array,
}
MARKING = {"ttl": integer(1, 255), "after": BYTE, "from": BYTE, "to": BYTE, "what": array}
MTU = {"path": integer(1, 65535), "limits": array}
MTU_LIMIT = {"ttl": BYTE, "address": nullable(address), "mtu": integer(1, 65535), "silent": boolean}
TRANSLATOR = {"ttl": integer(1, 255), "what": array}
TRANSLATED = ("checksum", "id", "source", "sequence", "flow_label", "destination", "port")
FLOW = {
    "flow": integer(0, 511), "source_port": nullable(integer(1, 65535)), "status": one_of(*STATUSES),
    "hop_count": BYTE, "path_id": nullable(matching(PATH_ID)), "sent": COUNT, "received": COUNT,
    "loss_percent": nullable(percent), "rtt_ms": mapping,
}
LINK = {"ttl": integer(1, 254), "from": address, "to": address, "flows": array}
MULTIPATH = {
    "flows": integer(1, 512), "paths": integer(0, 512), "width": integer(0, 256),
    "complete": nullable(boolean), "confidence": nullable(percent), "lossy_flows": integer(0, 512),
    "lossy_node": nullable(address), "lossy_after": nullable(address), "balancers": array,
}
BALANCER = {"ttl": integer(1, 255), "width": integer(2, 256), "by": one_of("flow", "packet")}
WINDOW = {
    "rounds": integer(0, 1000), "sent": COUNT, "received": COUNT, "loss_percent": nullable(percent),
    "rtt_ms": mapping, "loss_significant": boolean, "loss_after_hop": nullable(BYTE),
    "loss_by_hop": nullable(integer(1, 255)), "rtt_risen": boolean,
    "rtt_after_hop": nullable(BYTE), "rtt_by_hop": nullable(integer(1, 255)),
}
EVENT = {
    "schema": one_of("hoptrace-event/1"), "event": string,
    "severity": one_of(*SEVERITIES), "message": string,
    **{key: REPORT[key] for key in ("target", "host", "address", "family", "protocol", "port",
                                    "tags", "time")},
    "flow": integer(0, 511),
}
SELF = {
    "schema": one_of("hoptrace-self/1"), "time": matching(TIME), "duration_ms": milliseconds,
    "cpu_percent": rate, "forged": LARGE, "local_errors": LARGE,
    "memory_bytes": nullable(LARGE), "pps_needed": nullable(COUNT), "received": LARGE,
    "rounds": LARGE, "rounds_late": LARGE, "rounds_left_out": LARGE, "rx_overflows": LARGE,
    "sent": LARGE, "strangers": LARGE, "targets": LARGE,
    "wakeup_late_ms_p99": nullable(milliseconds), "wakeups": LARGE,
}
# What an event and its record both tell.
COMMON = ("target", "host", "address", "family", "protocol", "port", "tags")
# What the events of a kind tell beside that.
PLACE = {"after_hop": nullable(BYTE), "by_hop": nullable(integer(1, 255)),
         "after_address": nullable(address), "by_address": nullable(address)}
LOSS = {"loss_percent": nullable(percent), **PLACE}
TIMES = {"rtt_ms": nullable(milliseconds), "usual_rtt_ms": nullable(milliseconds), **PLACE}
OUTAGE = {"status": one_of(*STATUSES), "stop_reason": one_of(*STOP_REASONS), "last_hop": BYTE,
          "last_address": nullable(address)}
EVENTS = {
    "path_changed": {
        "ttl": integer(1, 255), "old_address": nullable(address), "new_address": nullable(address),
        "old_path_id": nullable(matching(PATH_ID)), "new_path_id": nullable(matching(PATH_ID)),
        "old_hops": BYTE, "new_hops": BYTE, "seen_before": boolean},
    "address_changed": {"old_address": nullable(address), "new_address": nullable(address)},
    "loss_began": LOSS, "loss_ended": LOSS, "rtt_rose": TIMES, "rtt_fell": TIMES,
    "unreached": OUTAGE, "reached": OUTAGE,
    "common_cause": {"of": string, "targets": integer(2, 2**32 - 1), "names": array,
                     "after_address": nullable(address), "by_address": nullable(address)},
    "marking_changed": {"old_tos": BYTE, "new_tos": BYTE, "hop": integer(1, 255)},
    "mtu_changed": {"old_mtu": integer(1, 65535), "new_mtu": integer(1, 65535), "hop": BYTE},
}
# Those that have one severity alone.
SEVERITY = {"loss_began": "warning", "loss_ended": "okay", "rtt_rose": "warning",
            "rtt_fell": "okay", "unreached": "failure", "reached": "okay",
            "marking_changed": "warning", "mtu_changed": "warning"}
NAMES_MAX = 20
# So many addresses of a hop are listed.
NODES_MAX = 256
HOP = {
    "ttl": integer(1, 255), "sent": COUNT, "received": COUNT, "shared": boolean,
    "loss_percent": nullable(percent), "rtt_ms": mapping, "other_received": COUNT,
    "path_loss_percent": nullable(percent), "window_loss_percent": nullable(percent),
    "rate_limit_pps": nullable(rate), "nodes": array,
}
NODE = {
    "address": address, "hostname": nullable(string), "received": integer(1, 2**32 - 1),
    "rtt_ms": mapping, "icmp_type": nullable(BYTE), "icmp_code": nullable(BYTE),
    "reply_ttl": nullable(BYTE), "mpls": array, "flows": array,
    "sent": nullable(integer(1, 2**32 - 1)), "loss_percent": nullable(percent),
    "quoted_tos": nullable(BYTE), "quoted_ttl": nullable(BYTE),
    "reply_hops": nullable(integer(1, 255)), "interface": nullable(mapping), "interfaces": array,
    "asn": nullable(integer(1, 2**32 - 1)), "as_name": nullable(string),
}
INTERFACE = {
    "role": one_of("incoming", "sub_incoming", "outgoing", "next_hop"),
    "index": nullable(integer(1, 2**32 - 1)), "name": nullable(string),
    "address": nullable(address), "mtu": nullable(integer(1, 2**32 - 1)),
}
MPLS = {"label": integer(0, 2**20 - 1), "tc": integer(0, 7), "bottom": boolean, "ttl": BYTE}


def check_keys(place, value, schema):
    if not isinstance(value, dict):
        raise Broken(f"{place}: not an object")
    known = [key for key in value if key in schema]
    if known != list(schema):
        raise Broken(f"{place}: keys {list(value)} instead of {list(schema)}")
    for key, check in schema.items():
        if not check(value[key]):
            raise Broken(f"{place}.{key}: {value[key]!r}")


def check_rtt(place, rtt, replies):
    check_keys(place, rtt, RTT)
    for key, value in rtt.items():
        unknown = replies == 0 or (key == "jitter" and replies == 1)
        if unknown != (value is None):
            raise Broken(f"{place}.{key}: {value!r} with {replies} replies")
    if replies == 0:
        return
    order = [rtt[key] for key in ("min", "median", "p95", "max")]
    # Each was rounded by itself: the average of equal times may be off in the last digit.
    if order != sorted(order) or not rtt["min"] - 0.0011 < rtt["avg"] < rtt["max"] + 0.0011:
        raise Broken(f"{place}: out of order: {rtt}")
    if replies == 1 and rtt["stddev"] != 0:
        raise Broken(f"{place}.stddev: {rtt['stddev']} with one reply")


def check_loss(place, loss, sent, received):
    if received > sent:
        raise Broken(f"{place}: more received than sent")
    if sent == 0:
        if loss is not None:
            raise Broken(f"{place}.loss_percent: {loss} of nothing sent")
    elif loss is None or abs(loss - 100 * (1 - received / sent)) > 1e-3:
        raise Broken(f"{place}.loss_percent: {loss} with {received} of {sent}")


def check_node(place, node):
    check_keys(place, node, NODE)
    check_rtt(f"{place}.rtt_ms", node["rtt_ms"], node["received"])
    if (node["icmp_type"] is None) != (node["icmp_code"] is None):
        raise Broken(f"{place}: ICMP type and code go together")
    for index, entry in enumerate(node["mpls"]):
        check_keys(f"{place}.mpls[{index}]", entry, MPLS)
    for index, entry in enumerate(node["interfaces"]):
        check_keys(f"{place}.interfaces[{index}]", entry, INTERFACE)
    if node["interface"] not in (node["interfaces"] or [None]):
        raise Broken(f"{place}.interface: {node['interface']}")
    check_numbers(f"{place}.flows", node["flows"])
    if (node["sent"] is None) != (not node["flows"]) or (
            node["loss_percent"] is None) != (node["sent"] is None):
        raise Broken(f"{place}: flows {node['flows']}, sent {node['sent']}")


def check_numbers(place, flows):
    """Numbers of flows, each once, in order."""
    if not all(integer(0, 511)(flow) for flow in flows) or flows != sorted(set(flows)):
        raise Broken(f"{place}: {flows}")


def check_hop(place, hop):
    check_keys(place, hop, HOP)
    check_loss(place, hop["loss_percent"], hop["sent"], hop["received"])
    for index, node in enumerate(hop["nodes"]):
        check_node(f"{place}.nodes[{index}]", node)
    # What a shared hop shows was received for another target.
    replies = sum(node["received"] for node in hop["nodes"])
    check_rtt(f"{place}.rtt_ms", hop["rtt_ms"], replies if hop["shared"] else hop["received"])
    addresses = [node["address"] for node in hop["nodes"]]
    if len(set(addresses)) != len(addresses):
        raise Broken(f"{place}.nodes: an address twice: {addresses}")
    if hop["shared"]:
        if hop["sent"] != 0 or hop["received"] != 0 or replies == 0:
            raise Broken(f"{place}: shared, but not another target's")
    elif replies + hop["other_received"] != hop["received"]:
        raise Broken(f"{place}.received: not the sum of its nodes and the others")
    if hop["other_received"] > 0 and len(addresses) != NODES_MAX:
        raise Broken(f"{place}.other_received: with {len(addresses)} nodes")


def check_hops(report):
    hops = report["hops"]
    for index, hop in enumerate(hops):
        check_hop(f"hops[{index}]", hop)
    ttls = [hop["ttl"] for hop in hops]
    if ttls and ttls != list(range(ttls[0], ttls[0] + len(ttls))):
        raise Broken(f"hops: ttls {ttls}")
    if ttls and ttls[-1] != report["hop_count"]:
        raise Broken(f"hops: end at {ttls[-1]}, not at hop_count {report['hop_count']}")
    if not ttls and report["hop_count"] != 0:
        raise Broken(f"hops: none, but hop_count {report['hop_count']}")
    if hops and not hops[-1]["nodes"]:
        raise Broken("hops: the last one is silent")


def check_end(report):
    """What the top level says of the destination."""
    rtt = report["rtt_ms"]
    check_keys("rtt_ms", rtt, RTT)
    answered = rtt["min"] is not None
    for key, value in rtt.items():
        if key != "jitter" and (value is not None) != answered:
            raise Broken(f"rtt_ms.{key}: {value!r}")
    if report["loss_percent"] is None and answered:
        raise Broken("loss_percent: null with replies")
    if report["status"] == "reached" and not answered:
        raise Broken("rtt_ms: none, but reached")
    if report["stop_reason"] in CUT_SHORT and report["status"] != "reached":
        if report["path_id"] is not None:
            raise Broken("path_id: known, though cut short before the destination answered")
    # The other way round does not hold: a record may be interrupted after the first answer.
    if report["stop_reason"] == "destination" and report["status"] != "reached":
        raise Broken(f"stop_reason: destination with status {report['status']}")


def check_report(report):
    check_keys("object", report, REPORT)
    if not all(string(value) for value in report["tags"].values()):
        raise Broken(f"tags: {report['tags']}")
    if (report["port"] is None) != (report["protocol"] == "icmp"):
        raise Broken(f"port: {report['port']} for {report['protocol']}")
    if report["address"] is not None:
        version = ipaddress.ip_address(report["address"]).version
        if report["family"] != f"ipv{version}":
            raise Broken(f"family: {report['family']} of {report['address']}")
    if report["received"] > report["sent"]:
        raise Broken("more received than sent")
    # A record that was cut short may not know its path yet.
    unknown = report["path_id"] is None and report["stop_reason"] in CUT_SHORT
    if (report["path_id"] is None) != (report["hop_count"] == 0) and not unknown:
        raise Broken(f"path_id: {report['path_id']} with hop_count {report['hop_count']}")
    check_end(report)
    check_hops(report)
    check_memory(report)
    check_flows(report)
    check_packets(report)


def check_mtu(mtu):
    """The path MTU: its limits by falling MTU, the last of which is the path's."""
    if mtu is None:
        return
    check_keys("mtu", mtu, MTU)
    for index, limit in enumerate(mtu["limits"]):
        check_keys(f"mtu.limits[{index}]", limit, MTU_LIMIT)
    sizes = [limit["mtu"] for limit in mtu["limits"]]
    if sizes != sorted(set(sizes), reverse=True) or (sizes and sizes[-1] != mtu["path"]):
        raise Broken(f"mtu: {mtu}")


def check_packets(report):
    """What the network does to packets, and whose it is."""
    known = [hop["nodes"] for hop in report["hops"]]
    if not set(report["as_path"]) <= {node["asn"] for nodes in known for node in nodes} or any(
            one == other for one, other in zip(report["as_path"], report["as_path"][1:])):
        raise Broken(f"as_path: {report['as_path']}")
    check_mtu(report["mtu"])
    for index, change in enumerate(report["marking"]):
        place = f"marking[{index}]"
        check_keys(place, change, MARKING)
        differs = change["from"] ^ change["to"]
        what = [word for word, mask in (("dscp", 0xfc), ("ecn", 0x03)) if differs & mask]
        if change["after"] >= change["ttl"] or not what or change["what"] != what:
            raise Broken(f"{place}: {change}")
    for index, translator in enumerate(report["translators"]):
        place = f"translators[{index}]"
        check_keys(place, translator, TRANSLATOR)
        known = [word for word in TRANSLATED if word in translator["what"]]
        if not known or translator["what"] != known:
            raise Broken(f"{place}: {translator}")
    for key in ("marking", "translators"):
        ttls = [entry["ttl"] for entry in report[key]]
        if ttls != sorted(ttls) or (ttls and ttls[-1] > report["hop_count"]):
            raise Broken(f"{key}: ttls {ttls}")


def check_flows(report):
    """Of several flows: each of them, what they add up to, and what they show together."""
    flows, several = report["flows"], report["multipath"]
    known = {(hop["ttl"], node["address"]): node for hop in report["hops"] for node in hop["nodes"]}
    if bool(several) != bool(flows) or (not several and (
            report["links"] or any(node["flows"] for node in known.values()))):
        raise Broken("flows: some of what several flows have is missing, or there without them")
    if not several:
        return
    for index, flow in enumerate(flows):
        check_keys(f"flows[{index}]", flow, FLOW)
        check_loss(f"flows[{index}]", flow["loss_percent"], flow["sent"], flow["received"])
        check_rtt(f"flows[{index}].rtt_ms", flow["rtt_ms"], flow["received"])
        if (flow["source_port"] is None) != (report["protocol"] == "icmp"):
            raise Broken(f"flows[{index}].source_port: {flow['source_port']}")
    numbers = [flow["flow"] for flow in flows]
    wanted = sorted(set(numbers)) if several["complete"] is not None else list(range(len(flows)))
    if numbers != wanted or numbers[0] != 0:
        raise Broken("flows: not by number")
    if report["status"] != "error":
        check_loss("flows", report["loss_percent"], sum(flow["sent"] for flow in flows),
                   sum(flow["received"] for flow in flows))
    for index, link in enumerate(report["links"]):
        check_keys(f"links[{index}]", link, LINK)
        check_numbers(f"links[{index}].flows", link["flows"])
        for ttl, end in ((link["ttl"], "from"), (link["ttl"] + 1, "to")):
            node = known.get((ttl, link[end]))
            if node is None or not link["flows"] or not set(link["flows"]) <= set(node["flows"]):
                raise Broken(f"links[{index}].{end}: {link}")
    check_multipath(report)


def check_multipath(report):
    multipath = report["multipath"]
    check_keys("multipath", multipath, MULTIPATH)
    widths = {hop["ttl"]: len(hop["nodes"]) for hop in report["hops"]}
    measured = len(report["flows"])
    searched = multipath["complete"] is not None
    if (multipath["flows"] < measured if searched else multipath["flows"] != measured) or (
            multipath["width"] != max(widths.values(), default=0)):
        raise Broken(f"multipath: {multipath}")
    for index, balancer in enumerate(multipath["balancers"]):
        check_keys(f"multipath.balancers[{index}]", balancer, BALANCER)
    if {entry["ttl"]: entry["width"] for entry in multipath["balancers"]} != {
            ttl: width for ttl, width in widths.items() if width > 1}:
        raise Broken(f"multipath.balancers: {multipath['balancers']}")
    if (multipath["complete"] is None) != (multipath["confidence"] is None):
        raise Broken(f"multipath.confidence: {multipath['confidence']}")


def check_memory(report):
    changes, since = report["path_changes"], report["path_since"]
    if (changes is None) != (since is None):
        raise Broken(f"path_since: {since} with path_changes {changes}")
    if (changes is None) != (report["window"] is None):
        raise Broken(f"window: {report['window']} with path_changes {changes}")
    if report["window"] is not None:
        check_window(report)
        return
    for index, hop in enumerate(report["hops"]):
        for key in ("path_loss_percent", "window_loss_percent", "rate_limit_pps"):
            if hop[key] is not None:
                raise Broken(f"hops[{index}].{key}: {hop[key]} without a window")


def check_place(place, verdict, after, by):
    """Where something begins: two hops in their order, or nothing; and nothing without verdict."""
    if (after is None) != (by is None) or (after is not None and (not verdict or after >= by)):
        raise Broken(f"{place}: from {after} to {by}, verdict {verdict}")


def check_window(report):
    window = report["window"]
    check_keys("window", window, WINDOW)
    check_loss("window", window["loss_percent"], window["sent"], window["received"])
    check_keys("window.rtt_ms", window["rtt_ms"], RTT)
    # Rounds of an outage are not in its counts.
    if window["loss_significant"] and report["status"] == "reached" \
            and window["sent"] - window["received"] < 3:
        raise Broken(f"window.loss_significant: {window}")
    check_place("window.loss", window["loss_significant"], window["loss_after_hop"],
                window["loss_by_hop"])
    check_place("window.rtt", window["rtt_risen"], window["rtt_after_hop"], window["rtt_by_hop"])
    losses = [hop["path_loss_percent"] for hop in report["hops"]
              if hop["path_loss_percent"] is not None]
    if any(later < earlier - 1e-6 for earlier, later in zip(losses, losses[1:])):
        raise Broken(f"path_loss_percent: falls on the way: {losses}")


def check_event(event):
    check_keys("event", event, {**EVENT, **EVENTS.get(event.get("event"), {})})
    if event["event"] not in EVENTS:
        raise Broken(f"event: {event['event']!r}")
    if not all(string(value) for value in event["tags"].values()):
        raise Broken(f"tags: {event['tags']}")
    if not 0 < len(event["message"].encode()) < 256:
        raise Broken(f"message: of {len(event['message'].encode())} bytes")
    if event["severity"] != SEVERITY.get(event["event"], event["severity"]):
        raise Broken(f"severity: {event['severity']} of {event['event']}")
    if "after_hop" in event:
        check_place("event", True, event["after_hop"], event["by_hop"])
    if event["event"] == "common_cause":
        check_cause(event)


def check_cause(event):
    names = event["names"]
    if event["of"] not in EVENTS or event["of"] == "common_cause":
        raise Broken(f"of: {event['of']!r}")
    if not all(string(name) for name in names) or len(set(names)) != len(names):
        raise Broken(f"names: {names}")
    if len(names) != min(event["targets"], NAMES_MAX):
        raise Broken(f"names: {len(names)} of {event['targets']} targets")


class Neighbours:
    """Events wait for the record that follows, which is that of their round. A common cause may be
    found after it."""

    def __init__(self):
        self.events = []

    def add(self, record):
        if record["schema"] == EVENT_SCHEMA:
            if record["event"] != "common_cause":
                self.events.append(record)
            return
        events, self.events = self.events, []
        for event in events:
            self.agree(event, record)

    @staticmethod
    def agree(event, record):
        for key in COMMON:
            if event[key] != record[key]:
                raise Broken(f"{key}: {event[key]!r} of the event, {record[key]!r} of the record")
        if event["time"] > record["time"]:
            raise Broken(f"time: {event['time']} of the event is after the record's")
        if record["path_changes"] is None:
            raise Broken("path_changes: null, with an event")
        if event["event"] == "path_changed" and (
                record["path_changes"] == 0 or record["path_since"] != event["time"]
                or event["new_hops"] != record["hop_count"]):
            raise Broken(f"the record does not know of the change: {event}")


def objects(text, pretty):
    """(place, text of an object) for each."""
    if not pretty:
        for number, line in enumerate(text.split("\n")[:-1], 1):
            yield f"line {number}", line
        return
    for number, piece in enumerate(re.split(r"(?<=^})\n", text, flags=re.MULTILINE)[:-1], 1):
        yield f"object {number}", piece


def check_line(text, array, neighbours):
    """A line that is a report or an event, or an array of some."""
    value = DECODER.decode(text)
    if array and (not isinstance(value, list) or not value):
        raise Broken("no array of records")
    for record in value if array else [value]:
        if isinstance(record, dict) and record.get("schema") == "hoptrace-self/1":
            check_keys("self", record, SELF)
            check_schema("hoptrace-self-1", record)
            continue
        if isinstance(record, dict) and record.get("schema") == EVENT_SCHEMA:
            check_event(record)
            check_schema("hoptrace-event-1", record)
        else:
            check_report(record)
            check_schema("hoptrace-1", record)
        neighbours.add(record)


def check(data, pretty=False, array=False):
    """The problems of these bytes, one string each."""
    try:
        text = data.decode("utf-8", "strict")
    except UnicodeDecodeError as error:
        return [f"not UTF-8: {error}"]
    problems = [] if not text or text.endswith("\n") else ["the last line has no end"]
    neighbours = Neighbours()
    for place, piece in objects(text, pretty):
        try:
            check_line(piece, array, neighbours)
        except (Broken, json.JSONDecodeError) as error:
            problems.append(f"{place}: {error}")
    if neighbours.events:
        problems.append("an event at the end, without a record")
    return problems


def main():
    problems = check(sys.stdin.buffer.read(), "--pretty" in sys.argv[1:], "--array" in sys.argv[1:])
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
