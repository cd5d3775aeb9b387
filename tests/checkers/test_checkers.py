#!/usr/bin/env python3
"""The checkers themselves: what they must take and, above all, what they must refuse."""

import copy
import json
import unittest

import check_influx
import check_json

TARGET = ('traceroute,family=ipv4,protocol=tcp,site=fra1,target=core-db address="192.0.2.7",'
          'duration_ms=41.2,forged=0i,hops=1i,jitter_ms=0.1,local_errors=0i,loss_percent=0,'
          'path_hash=2671402014i,path_id="9f3a5c1e",reached=true,reached_value=1i,'
          'received=34i,result_code=0i,rtt_avg_ms=8.3,'
          'rtt_max_ms=8.8,rtt_median_ms=8.2,rtt_min_ms=8.1,rtt_p95_ms=8.8,rtt_stddev_ms=0.2,'
          'sent=36i,status="reached",stop_reason="destination" 1767323045678901000')
# The same of a target that is remembered: its path loses, and is as fast as usual.
WHERE = TARGET.replace("loss_percent=0", "loss_after_hop=0i,loss_by_hop=2i,loss_percent=0,"
                       "loss_significant=1i,path_changes=1i").replace(
    "rtt_stddev", "rtt_risen=0i,rtt_stddev").replace(
    '"destination"', '"destination",window_loss_percent=10')
HOP = ('traceroute_hop,family=ipv4,hop=1,protocol=tcp,site=fra1,target=core-db '
       'address="10.0.0.1",addresses=1i,loss_percent=0,mpls="16001/0/1/1+2/0/0/1",received=3i,'
       'rtt_avg_ms=0.5,sent=3i,ttl=1i 1767323045678901000')
SILENT = ('traceroute_hop,family=ipv4,hop=2,protocol=tcp,site=fra1,target=core-db '
          'loss_percent=100,received=0i,sent=4i,ttl=2i 1767323045678901000')
CUT_SHORT = ('traceroute,family=ipv4,protocol=icmp,target=core-db address="192.0.2.7",'
             'duration_ms=41.2,forged=0i,local_errors=0i,received=3i,result_code=1i,sent=3i,'
             'status="incomplete",stop_reason="interrupted" 1767323045678901000')

EVENT = ('traceroute_event,event=path_changed,family=ipv4,protocol=tcp,site=fra1,target=core-db '
         'message="changed",new_address="10.0.5.1",new_hops=12i,new_path_id="9f3a5c1e",'
         'old_address="10.0.4.1",old_hops=11i,old_path_id="0000beef",seen_before=true,'
         'severity="warning",ttl=5i 1767323045678901000')
MOVED = ('traceroute_event,event=address_changed,family=ipv4,protocol=tcp,target=core-db '
         'message="moved",severity="okay" 1767323045678901000')

# The fields of the events of these kinds.
OF_WHERE = {
    "loss_began": 'after_address="10.0.0.1",after_hop=1i,by_hop=3i,loss_percent=5.5,'
                  'message="loss",severity="warning"',
    "rtt_fell": 'message="as usual",rtt_ms=8,severity="okay",usual_rtt_ms=16',
    "unreached": 'last_hop=0i,message="silence",severity="failure",status="incomplete",'
                 'stop_reason="gap_limit"',
    "common_cause": 'by_address="10.0.0.1",message="nine",names="a,b",of="loss_began",'
                    'severity="warning",targets=9i',
}

RTT = {"min": 8.1, "avg": 8.3, "max": 8.8, "stddev": 0.2, "median": 8.2, "p95": 8.8, "jitter": 0.1}
# What the network did to packets.
PACKET = {"quoted_tos": 184, "quoted_ttl": 1, "reply_hops": 1, "interface": None, "interfaces": [],
          "asn": 64500, "as_name": "Example"}
REPORT = {
    "schema": "hoptrace/1", "target": "core-db", "host": "192.0.2.7", "address": "192.0.2.7",
    "source": "10.0.0.2", "family": "ipv4", "protocol": "tcp", "port": 5432,
    "tags": {"site": "fra1"}, "time": "2026-01-02T03:04:05.678901Z", "duration_ms": 41.2,
    "status": "reached", "stop_reason": "destination", "error": None, "hop_count": 2,
    "path_id": "9f3a5c1e", "sent": 7, "received": 3, "local_errors": 0, "rx_overflows": 0, "forged": 0,
    "time_source": "kernel", "loss_percent": 0.0, "rtt_ms": RTT,
    "path_changes": 1, "path_since": "2026-01-02T03:04:05.678901Z",
    "window": {"rounds": 20, "sent": 60, "received": 57, "loss_percent": 5.0, "rtt_ms": RTT,
               "loss_significant": True, "loss_after_hop": 0, "loss_by_hop": 2, "rtt_risen": True,
               "rtt_after_hop": 1, "rtt_by_hop": 2},
    "flows": [], "links": [], "multipath": None, "sockets": "raw",
    "mtu": {"path": 1400, "limits": [{"ttl": 1, "address": None, "mtu": 1400, "silent": True}]},
    "as_path": [64500], "marking": [{"ttl": 2, "after": 0, "from": 185, "to": 8, "what": ["dscp", "ecn"]}],
    "translators": [{"ttl": 2, "what": ["checksum", "sequence"]}],
    "hops": [
        {"ttl": 1, "sent": 4, "received": 0, "shared": False, "loss_percent": 100.0,
         "rtt_ms": dict.fromkeys(RTT), "other_received": 0, "path_loss_percent": 2.5,
         "window_loss_percent": 100.0, "rate_limit_pps": 0.5, "nodes": []},
        {"ttl": 2, "sent": 3, "received": 3, "shared": False, "loss_percent": 0.0, "rtt_ms": RTT,
         "other_received": 0, "path_loss_percent": 5.0, "window_loss_percent": 5.0,
         "rate_limit_pps": None,
         "nodes": [{"address": "192.0.2.7", "hostname": None, "received": 3, "rtt_ms": RTT,
                    "icmp_type": None, "icmp_code": None, "reply_ttl": 64,
                    "mpls": [{"label": 16001, "tc": 0, "bottom": True, "ttl": 1}],
                    "flows": [], "sent": None, "loss_percent": None, **PACKET}]}]}

CHANGED = {
    "schema": "hoptrace-event/1", "event": "path_changed", "severity": "warning",
    "message": "changed", "target": "core-db", "host": "192.0.2.7", "address": "192.0.2.7",
    "family": "ipv4", "protocol": "tcp", "port": 5432, "tags": {"site": "fra1"},
    "time": "2026-01-02T03:04:05.678901Z", "flow": 0, "ttl": 1, "old_address": "10.0.4.1",
    "new_address": None, "old_path_id": None, "new_path_id": "9f3a5c1e", "old_hops": 1,
    "new_hops": 2, "seen_before": False}


def of_kind(kind, **own):
    """An event with the fields of all of them, and its own."""
    common = {key: CHANGED[key] for key in check_json.EVENT}
    return {**common, "event": kind, **own}


PLACE = {"after_hop": 0, "by_hop": 2, "after_address": None, "by_address": "10.0.0.2"}
# What JSON takes.
GOOD = (
    of_kind("loss_began", loss_percent=5.5, **PLACE),
    of_kind("loss_ended", severity="okay", loss_percent=None, **dict.fromkeys(PLACE)),
    of_kind("rtt_rose", rtt_ms=16.0, usual_rtt_ms=8.25, **PLACE),
    of_kind("rtt_fell", severity="okay", rtt_ms=None, usual_rtt_ms=None, **dict.fromkeys(PLACE)),
    of_kind("unreached", severity="failure", status="incomplete", stop_reason="gap_limit",
            last_hop=0, last_address=None),
    of_kind("reached", severity="okay", status="reached", stop_reason="destination", last_hop=9,
            last_address="192.0.2.7"),
    of_kind("common_cause", of="unreached", targets=21, names=[f"n{i}" for i in range(20)],
            after_address="10.0.0.1", by_address="10.0.0.2"),
)
# What of these it does not.
BAD = (
    (0, {"after_hop": 2}), (0, {"by_hop": None}), (0, {"severity": "okay"}),
    (0, {"loss_percent": 101.0}), (0, {"loss_percent": 5}), (2, {"rtt_ms": "16"}),
    (2, {"by_address": "router"}), (3, {"severity": "warning"}), (4, {"severity": "warning"}),
    (4, {"status": "down"}), (4, {"last_hop": None}), (5, {"stop_reason": None}),
    (6, {"of": "common_cause"}), (6, {"of": "loss"}), (6, {"targets": 8}), (6, {"names": ["n1"]}),
    (6, {"names": ["n"] * 20}), (6, {"names": [1] * 20}),
)


def influx(*lines, any_lines=False):
    return check_influx.check("".join(line + "\n" for line in lines).encode(), any_lines)


class Influx(unittest.TestCase):
    def test_good_lines(self):
        self.assertEqual(influx(TARGET, HOP, SILENT), [])
        self.assertEqual(influx(CUT_SHORT), [])
        self.assertEqual(influx(HOP.replace("addresses=1i", "addresses=1i,destination=true")), [])
        self.assertEqual(influx(r'm,a\ b\,c\=d=e\ f,e=h\i f="a \"b\" \\",g=-1.5,h=-3i 0',
                                any_lines=True), [])
        self.assertEqual(influx("m,a=b\\\\ c f=1 0", any_lines=True), [])

    def test_what_parsers_refuse(self):
        for line in ("m f=nan 0", "m f=NaN 0", "m f=inf 0", "m f=-inf 0", "m f=+1 0", "m f=007i 0",
                     "m f=1e5 0", "m f=.5 0", "m f=1. 0", "m f=0x10 0", "m f= 0", "m f 0",
                     "m f=1 1.5", "m f=1 1e9", "m f=1 ", "m f=1", "m f=1  0", "m  f=1 0",
                     "m f=1 0 ", "m,a= f=1 0", "m,a f=1 0", "m, f=1 0", "m,=b f=1 0",
                     "m,a=b\\ f=1 0", "m,a=b\\", "m,a=b\tc f=1 0", "m,a=b\\\tc f=1 0",
                     "m,a=b\x1b f=1 0", "m,a=b\x85 f=1 0", "m,a=1,a=2 f=1 0", "m,b=1,a=2 f=1 0",
                     "m f=1,f=2 0", "m,f=1 f=2 0", 'm f="a 0', 'm f="a\\b" 0', 'm f="a"b" 0',
                     'm f="a\tb" 0', "m f=9223372036854775808i 0", "m f=1 9223372036854775808",
                     "m f=t 0", "", " ", "# comment", ",a=b f=1 0"):
            with self.subTest(line=line):
                self.assertNotEqual(influx(line, any_lines=True), [])

    def test_bytes(self):
        self.assertNotEqual(check_influx.check(b"m f=1 0", True), [])
        self.assertNotEqual(check_influx.check(b"m,a=\xff f=1 0\n", True), [])
        self.assertNotEqual(influx("m,a=b f=1 0", "m,a=b f=2 0", any_lines=True), [])
        self.assertEqual(check_influx.check(b"", True), [])

    def test_what_is_not_hoptrace(self):
        for old, new in (("result_code=0i", "result_code=1i"), ("reached=true", "reached=false"),
                         ("hops=1i", "hops=1"), ('"reached"', '"fine"'), ("sent=36i", "sent=30i"),
                         (",hops=1i", ""), ("path_hash=2671402014i", "path_hash=2671402015i"),
                         ("path_hash=2671402014i,", ""), ("reached_value=1i", "reached_value=0i"),
                         ("reached_value=1i,", ""), ("reached=true,", ""), ("loss_percent=0", "loss_percent=101"),
                         ("9f3a5c1e", "9F3A5C1E"), ("family=ipv4", "family=any"),
                         ("rtt_min_ms=8.1", "rtt_min_ms=9"), ("duration_ms=41.2,", ""),
                         ("duration_ms=41.2", "duration_ms=-1"), ("traceroute,", "trace,")):
            with self.subTest(new=new):
                self.assertNotEqual(influx(TARGET.replace(old, new)), [])
        for old, new in (("hop=1,", ""), ("hop=1,", "hop=01,"), ("hop=1,", "hop=256,"),
                         ("addresses=1i,", ""), ("16001/0/1/1", "16001"), ("ttl=1i", "ttl=2i"),
                         ("addresses=1i", "addresses=1i,destination=false")):
            with self.subTest(new=new):
                self.assertNotEqual(influx(HOP.replace(old, new)), [])

    def test_events(self):
        self.assertEqual(influx(EVENT, TARGET, HOP), [])
        self.assertEqual(influx(TARGET, HOP, MOVED, EVENT,
                                WHERE.replace(" 1767", " 1768")), [])
        for old, new in (("=path_changed", "=path_changes"), (',severity="warning"', ""),
                         ('message="changed",', ""), ('"warning"', '"bad"'), ("=11i", "=256i"),
                         (",ttl=5i", ""), ("ttl=5i", "ttl=5"), ("seen_before=true,", ""),
                         ("9f3a5c1e", "9f3a5c1"), ("event=path_changed,", ""),
                         ('message="changed"', 'message="' + 256 * "a" + '"')):
            with self.subTest(new=new):
                self.assertNotEqual(influx(EVENT.replace(old, new), TARGET), [])

    def test_where(self):
        self.assertEqual(influx(WHERE, HOP.replace(
            "received", "path_loss_percent=2.5,rate_limit_pps=0.5,received")), [])
        for old, new in (("loss_significant=1i", "loss_significant=0i"), ("loss_after_hop=0i,", ""),
                         ("loss_significant=1i,", ""), ("rtt_risen=0i,", ""), ("=2i", "=256i"),
                         ("loss_after_hop=0i", "loss_after_hop=2i"), ("rtt_risen=0i", "rtt_risen=2i"),
                         ("path_changes=1i,", ""), ("=1i,path", "=true,path"),
                         ("percent=10", "percent=101")):
            with self.subTest(old=old, new=new):
                self.assertNotEqual(influx(WHERE.replace(old, new)), [])

    def test_events_of_loss_time_and_outage(self):
        for kind, fields in OF_WHERE.items():
            line = MOVED.replace("address_changed", kind).replace(
                'message="moved",severity="okay"', fields)
            with self.subTest(kind=kind):
                self.assertEqual(influx(line, WHERE), [])
                self.assertNotEqual(influx(line.replace("message=", "massage="), WHERE), [])
                self.assertNotEqual(influx(line.replace("_hop=1i", "_hop=9i"), WHERE) if "after_hop"
                                    in fields else ["no place"], [])
        cause = MOVED.replace("address_changed", "common_cause").replace(
            'message="moved",severity="okay"', OF_WHERE["common_cause"])
        self.assertEqual(influx(WHERE, HOP, cause), [])
        self.assertNotEqual(influx(WHERE, MOVED, cause), [])
        for old, new in (("loss_began", "common_cause"), ("targets=9i", "targets=9"), ("of=", "on=")):
            with self.subTest(new=new):
                self.assertNotEqual(influx(cause.replace(old, new), WHERE), [])

    def test_where_events_stand(self):
        other = TARGET.replace("core-db", "other")
        for lines in ((EVENT,), (TARGET, EVENT), (TARGET, EVENT, HOP), (EVENT, other, TARGET),
                      (EVENT, HOP, TARGET)):
            with self.subTest(lines=[line[:20] for line in lines]):
                self.assertNotEqual(influx(*lines), [])

    def test_what_cut_short_cannot_know(self):
        for old, new in (("duration_ms=41.2,", "duration_ms=41.2,hops=4i,"),
                         ("received=3i", "reached=false,reached_value=0i,received=3i"),
                         ("received=3i", 'path_hash=1i,path_id="00000001",received=3i'),
                         ('"interrupted"', '"gap_limit"')):
            with self.subTest(new=new):
                self.assertNotEqual(influx(CUT_SHORT.replace(old, new)), [])


def broken(change):
    """The problems of REPORT after `change` was done to a copy."""
    report = copy.deepcopy(REPORT)
    change(report)
    return check_json.check((json.dumps(report) + "\n").encode())


def setter(*path, value):
    def change(report):
        for key in path[:-1]:
            report = report[key]
        report[path[-1]] = value
    return change


class Json(unittest.TestCase):
    def test_good_objects(self):
        self.assertEqual(broken(lambda report: None), [])
        self.assertEqual(broken(setter("added", value=1)), [])
        self.assertEqual(check_json.check(b""), [])
        pretty = json.dumps(REPORT, indent=2) + "\n"
        self.assertEqual(check_json.check((pretty * 2).encode(), pretty=True), [])
        self.assertNotEqual(check_json.check(pretty.encode()), [])

    def test_arrays(self):
        line = json.dumps(REPORT)
        for text, good in ((f"[{line},{line}]\n[{line}]\n", True), (f"{line}\n", False),
                           (f"[{line},]\n", False), (f"[{line}\n", False), ("[]\n", False),
                           (f"[{line}][{line}]\n", False), (f"[{line},1]\n", False)):
            with self.subTest(text=text[:20]):
                self.assertEqual(check_json.check(text.encode(), array=True) == [], good)
        self.assertNotEqual(check_json.check(f"[{line}]\n".encode()), [])

    def test_events(self):
        def problems(*records):
            return check_json.check("".join(json.dumps(record) + "\n"
                                            for record in records).encode())
        self.assertEqual(problems(CHANGED, REPORT, REPORT), [])
        line = f"[{json.dumps(CHANGED)},{json.dumps(REPORT)}]\n"
        self.assertEqual(check_json.check(line.encode(), array=True), [])
        for records in ((CHANGED,), (REPORT, CHANGED), (CHANGED, {**REPORT, "target": "other"})):
            self.assertNotEqual(problems(*records), [])
        for key, value in (("event", "loss"), ("severity", "bad"), ("message", ""), ("ttl", 0),
                           ("message", 256 * "a"), ("time", "2026-01-02T03:04:05.678902Z"),
                           ("target", "x"), ("port", None), ("new_hops", 3), ("flow", None),
                           ("tags", {}), ("old_path_id", "1"), ("seen_before", None)):
            with self.subTest(key=key, value=value):
                self.assertNotEqual(problems({**CHANGED, key: value}, REPORT), [])
        for missing in CHANGED:
            with self.subTest(missing=missing):
                event = {key: value for key, value in CHANGED.items() if key != missing}
                self.assertNotEqual(problems(event, REPORT), [])
        for changes in ({"path_changes": 0}, {"path_changes": None, "path_since": None},
                        {"path_since": "2026-01-02T03:04:05.678900Z"}):
            with self.subTest(changes=changes):
                self.assertNotEqual(problems(CHANGED, {**REPORT, **changes}), [])

    def test_events_of_loss_time_and_outage(self):
        def problems(event):
            return check_json.check((json.dumps(event) + "\n" + json.dumps(REPORT) + "\n").encode())
        for event in GOOD:
            with self.subTest(event=event["event"]):
                self.assertEqual(problems(event), [])
        lines = "".join(json.dumps(record) + "\n" for record in (REPORT, GOOD[6]))
        self.assertEqual(check_json.check(lines.encode()), [])
        for number, change in BAD:
            with self.subTest(event=GOOD[number]["event"], change=change):
                self.assertNotEqual(problems({**GOOD[number], **change}), [])

    def test_cut_short(self):
        def cut(report):
            report.update(status="incomplete", stop_reason="interrupted", path_id=None,
                          loss_percent=None, rtt_ms=dict.fromkeys(RTT))
        self.assertEqual(broken(cut), [])
        self.assertNotEqual(broken(lambda report: (cut(report),
                                                   report.update(path_id="9f3a5c1e"))), [])
        self.assertNotEqual(broken(lambda report: (cut(report),
                                                   report.update(stop_reason="max_ttl"))), [])

    def test_shared_hops(self):
        node = {"address": "10.0.0.1", "hostname": None, "received": 3, "rtt_ms": RTT,
                "icmp_type": 11, "icmp_code": 0, "reply_ttl": 64, "mpls": [],
                "flows": [], "sent": None, "loss_percent": None, **PACKET}
        shared = {"ttl": 1, "sent": 0, "received": 0, "shared": True, "loss_percent": None,
                  "rtt_ms": RTT, "other_received": 0, "path_loss_percent": 0.0,
                  "window_loss_percent": None, "rate_limit_pps": None, "nodes": [node]}
        self.assertEqual(broken(setter("hops", 0, value=shared)), [])
        for key, value in (("shared", False), ("sent", 3), ("received", 3), ("nodes", []), ("other_received", 1),
                           ("loss_percent", 0.0), ("rtt_ms", dict.fromkeys(RTT))):
            with self.subTest(key=key):
                self.assertNotEqual(broken(setter("hops", 0, value={**shared, key: value})), [])

    def test_several_flows(self):
        """Two flows, by way of two routers."""
        def node(address, flows):
            return {"address": address, "hostname": None, "received": len(flows),
                    "rtt_ms": {**RTT, "jitter": None} if len(flows) == 1 else RTT, "icmp_type": 11,
                    "icmp_code": 0, "reply_ttl": 64, "mpls": [], "flows": flows,
                    "sent": len(flows), "loss_percent": 0.0, **PACKET}

        def hop(ttl, *nodes):
            return {"ttl": ttl, "sent": 2, "received": 2, "shared": False, "loss_percent": 0.0,
                    "rtt_ms": RTT, "other_received": 0, "path_loss_percent": 0.0,
                    "window_loss_percent": 0.0, "rate_limit_pps": None, "nodes": list(nodes)}

        def several(report):
            end = report["address"]
            one = {**RTT, "stddev": 0.0, "jitter": None}
            report.update(
                flows=[{"flow": flow, "source_port": 61001 + flow, "status": "reached",
                        "hop_count": 2, "path_id": "9f3a5c1e", "sent": 1, "received": 1,
                        "loss_percent": 0.0, "rtt_ms": one} for flow in (0, 1)],
                links=[{"ttl": 1, "from": f"10.0.0.{flow + 1}", "to": end, "flows": [flow]}
                       for flow in (0, 1)],
                multipath={"flows": 2, "paths": 2, "width": 2, "complete": None,
                           "confidence": None, "lossy_flows": 0, "lossy_node": None,
                           "lossy_after": None,
                           "balancers": [{"ttl": 1, "width": 2, "by": "flow"}]},
                hops=[hop(1, node("10.0.0.1", [0]), node("10.0.0.2", [1])),
                      hop(2, node(end, [0, 1]))])
            for entry in report["hops"][0]["nodes"]:
                entry["rtt_ms"] = one
        self.assertEqual(broken(several), [])
        for change in (setter("links", 0, "flows", value=[1]), setter("links", 0, "ttl", value=2),
                       setter("links", 0, "to", value="10.0.0.9"), setter("flows", value=[]),
                       setter("flows", 1, "flow", value=2), setter("flows", 1, "received", value=0),
                       setter("flows", 0, "source_port", value=None),
                       setter("multipath", value=None), setter("multipath", "width", value=3),
                       setter("multipath", "complete", value=True),
                       setter("multipath", "balancers", value=[]),
                       setter("hops", 0, "nodes", 0, "flows", value=[]),
                       setter("hops", 0, "nodes", 0, "loss_percent", value=None)):
            self.assertNotEqual(broken(lambda report, change=change: (several(report),
                                                                      change(report))), [])

    def test_values(self):
        for change in (setter("schema", value="hoptrace/2"), setter("port", value="5432"),
                       setter("port", value=None), setter("sent", value=7.0),
                       setter("sent", value="7"), setter("sent", value=None),
                       setter("sent", value=True), setter("duration_ms", value=41),
                       setter("duration_ms", value=8.3004),
                       setter("duration_ms", value=-1.0), setter("duration_ms", value=1e22),
                       setter("duration_ms", value=float("nan")),
                       setter("time", value="2026-01-02T03:04:05Z"),
                       setter("status", value="ok"), setter("status", value="incomplete"),
                       setter("family", value="ipv6"), setter("family", value="any"),
                       setter("path_id", value="9F3A5C1E"), setter("path_id", value=None),
                       setter("path_changes", value=None), setter("path_since", value=None),
                       setter("path_changes", value=-1), setter("path_since", value="today"),
                       setter("window", value=None), setter("window", "sent", value=56),
                       setter("window", "sent", value=59), setter("window", "rounds", value=1001),
                       setter("window", "received", value=58),
                       setter("window", "loss_significant", value=False),
                       setter("window", "loss_significant", value=1),
                       setter("window", "loss_after_hop", value=None),
                       setter("window", "loss_after_hop", value=2),
                       setter("window", "rtt_risen", value=False),
                       setter("window", "rtt_by_hop", value=1),
                       setter("window", "rtt_ms", value=None),
                       setter("hops", 0, "path_loss_percent", value=5.5),
                       setter("hops", 0, "path_loss_percent", value=-1.0),
                       setter("hops", 0, "rate_limit_pps", value=0.0),
                       setter("hops", 0, "window_loss_percent", value=101.0),
                       setter("tags", value={"a": 1}), setter("loss_percent", value=None),
                       setter("rtt_ms", value=None), setter("rtt_ms", "avg", value=9.9),
                       setter("rtt_ms", "min", value=None), setter("hop_count", value=3),
                       setter("received", value=8), setter("hops", value=[]),
                       setter("hops", 0, "ttl", value=3), setter("hops", 0, "sent", value=0),
                       setter("hops", 0, "loss_percent", value=0.0),
                       setter("hops", 0, "rtt_ms", "avg", value=0.0),
                       setter("hops", 1, "received", value=2),
                       setter("hops", 1, "nodes", value=[]),
                       setter("hops", 1, "nodes", 0, "address", value="router"),
                       setter("hops", 1, "nodes", 0, "icmp_type", value=11),
                       setter("hops", 1, "nodes", 0, "received", value=0),
                       setter("hops", 1, "nodes", 0, "mpls", value=None),
                       setter("hops", 1, "nodes", 0, "mpls", 0, "bottom", value=1)):
            with self.subTest(change=[cell.cell_contents for cell in change.__closure__]):
                self.assertNotEqual(broken(change), [])

    def test_keys(self):
        for path in ((), ("rtt_ms",), ("window",), ("hops", 0), ("hops", 1, "nodes", 0),
                     ("hops", 1, "nodes", 0, "mpls", 0)):
            place = REPORT
            for key in path:
                place = place[key]
            for missing in place:
                def change(report, missing=missing):
                    for key in path:
                        report = report[key]
                    del report[missing]
                with self.subTest(path=path, missing=missing):
                    self.assertNotEqual(broken(change), [])

    def test_what_is_not_remembered(self):
        def forget(report):
            report.update(path_changes=None, path_since=None, window=None)
            for hop in report["hops"]:
                hop.update(path_loss_percent=None, window_loss_percent=None, rate_limit_pps=None)
        self.assertEqual(broken(forget), [])
        for key in ("path_loss_percent", "window_loss_percent", "rate_limit_pps"):
            with self.subTest(key=key):
                self.assertNotEqual(broken(lambda report, key=key: (
                    forget(report), report["hops"][1].update({key: 1.0}))), [])

    def test_order_of_keys(self):
        def change(report):
            report["schema"] = report.pop("schema")
        self.assertNotEqual(broken(change), [])

    def test_bytes(self):
        line = json.dumps(REPORT).encode()
        self.assertNotEqual(check_json.check(line), [])
        self.assertNotEqual(check_json.check(line.replace(b"core-db", b"\xff") + b"\n"), [])
        self.assertNotEqual(check_json.check(line.replace(b"core-db", b"\x01") + b"\n"), [])
        self.assertNotEqual(check_json.check(line + line + b"\n"), [])
        self.assertNotEqual(check_json.check(b"\n"), [])
        twice = line.replace(b'{"schema"', b'{"sent":1,"schema"')
        self.assertNotEqual(check_json.check(twice + b"\n"), [])


@unittest.skipIf(check_json.fastjsonschema is None, "no python3-fastjsonschema")
class Schema(unittest.TestCase):
    """By itself, without the checks beside it."""

    def refused(self, *path, value):
        report = copy.deepcopy(REPORT)
        setter(*path, value=value)(report)
        with self.assertRaises(check_json.Broken):
            check_json.check_schema("hoptrace-1", report)

    def test_good(self):
        check_json.check_schema("hoptrace-1", REPORT)
        check_json.check_schema("hoptrace-1", {**REPORT, "added_later": 1})

    def test_broken(self):
        self.refused("schema", value="hoptrace/2")
        self.refused("sent", value="7")
        self.refused("sent", value=None)
        self.refused("sent", value=-1)
        self.refused("window", "rounds", value=1.5)
        self.refused("hops", 0, "nodes", value=None)
        self.refused("time", value="yesterday")
        for key in REPORT:
            with self.assertRaises(check_json.Broken):
                check_json.check_schema("hoptrace-1",
                                        {name: REPORT[name] for name in REPORT if name != key})


if __name__ == "__main__":
    unittest.main()
