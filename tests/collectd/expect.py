"""What the simulated network's truth means in collectd's values."""

import ipaddress
import math

REACHED, INCOMPLETE, UNREACHABLE, RESOLVE_ERROR, PERMISSION_ERROR, ERROR = range(6)

# How far an average may lie above the truth, in ms: two network stacks.
TOLERANCE_MS = 1.5
# simnet never answers early; this is for rounding.
EARLY_MS = 0.01

# Gauges of the last rounds together.
OF_WINDOW = ("loss_significant", "loss_after_hop", "loss_by_hop", "rtt_risen")


def fnv1a(data):
    value = 2166136261
    for byte in data:
        value = ((value ^ byte) * 16777619) & 0xFFFFFFFF
    return value


def path_id(hops):
    """The hash of the hops that answer."""
    data = b""
    for hop in hops:
        if not hop["silent"]:
            data += bytes([hop["ttl"]]) + ipaddress.ip_address(hop["addresses"][0]).packed
    return fnv1a(data)


class Expectation:
    """The record that a target of the truth must have, as it is shown to collectd."""

    def __init__(self, truth):
        answering = [hop for hop in truth["hops"] if not hop["silent"]]
        if truth["reached"]:
            self.code = REACHED
        elif "unreachable" in truth["hops"][-1]:
            self.code = UNREACHABLE
        else:
            self.code = INCOMPLETE
        self.hop_count = answering[-1]["ttl"]
        self.hops = [hop for hop in truth["hops"] if hop["ttl"] <= self.hop_count]
        self.path_id = path_id(self.hops)
        self.rtt_ms = truth["hops"][-1]["rtt_ms"] if truth["reached"] else math.nan

    def gauges(self):
        return {"hops": self.hop_count, "reached": int(self.code == REACHED),
                "path_id": self.path_id, "result_code": self.code, "path_changes": 0}

    def latencies(self):
        """{type instance: milliseconds, NaN for silence}, "" end to end."""
        latencies = {"": self.rtt_ms}
        for hop in self.hops:
            latencies["hop-%02d" % hop["ttl"]] = math.nan if hop["silent"] else hop["rtt_ms"]
        return latencies

    def values(self):
        """The names of all values."""
        names = {"gauge-" + name for name in (*self.gauges(), *OF_WINDOW)}
        names |= {"ping_droprate-path-%02d" % hop["ttl"] for hop in self.hops}
        for instance in self.latencies():
            for kind in ("ping", "ping_stddev", "ping_droprate"):
                names.add(kind + ("-" + instance if instance else ""))
        return names


def near(truth_ms, values_ms, punctual):
    """True if the values can be measurements of the truth; NaN is silence. None is early; where
    the simulated network was punctual none is late, else at least one of them is not."""
    if math.isnan(truth_ms):
        return all(math.isnan(value) for value in values_ms)
    latest = max(values_ms) if punctual else min(values_ms)
    return min(values_ms) >= truth_ms - EARLY_MS and latest <= truth_ms + TOLERANCE_MS
