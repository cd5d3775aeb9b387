#!/usr/bin/env python3
"""The dashboards of contrib/dashboards: every query is taken out of the files and asked of a real
InfluxDB, filled by a real Telegraf, and of a real Prometheus that scrapes the same program. The
network's faults are known, and so are the answers: "lossy" loses behind hop 2, "calm" has a router
that is silent towards us, "wide" has two branches."""

import atexit
import json
import os
import re
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request

import agent
import store
from agent import lab

FOLDER = lab.TESTS.parent / "contrib" / "dashboards"
SERVER, PAGE = "127.0.0.1:9090", "127.0.0.1:9101"
HOSTS = {"lossy": "198.18.1.1", "calm": "198.18.1.2", "wide": "198.18.1.3"}
NAMES = sorted(HOSTS)
HOPS = {"1", "2", "3", "4"}
# The last hop before the place, what is lost behind it; rounds, one a second, before and after.
TRUE_HOP, PERCENT, BEFORE, AFTER = 2, 33, 6, 12
SCRAPE = f"""
global: {{scrape_interval: 1s}}
scrape_configs: [{{job_name: hoptrace, static_configs: [{{targets: ["{PAGE}"]}}]}}]
"""
CONFIG = """targets = ( { host = "198.18.1.1"; name = "lossy"; }, { host = "198.18.1.2"; name = "calm"; },
    { host = "198.18.1.3"; name = "wide"; flows = 8; probes = 2; } );
"""


def network(percent):
    return (f"defaults ttl=255\ntarget lossy {HOSTS['lossy']} rtt=4 loss={percent}\n"
            f"hop 10.1.1.1 rtt=1\nhop 10.1.1.2 rtt=2\nhop 10.1.1.3 rtt=3 loss={percent}\n"
            f"target calm {HOSTS['calm']} rtt=4\nhop 10.1.1.1 rtt=1\nhop 10.1.2.2 rtt=2 loss=100\n"
            f"hop 10.1.2.3 rtt=3\ntarget wide {HOSTS['wide']} rtt=4\nhop 10.1.1.1 rtt=1\n"
            "hop 10.1.3.2,10.1.3.3 rtt=2 balance=flow\nhop 10.1.3.4 rtt=3\n")


def queries(name):
    """Where each query of a dashboard stands, and its text."""
    dashboard = json.loads((FOLDER / name).read_text(encoding="ascii"))
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            yield f"{panel['title']} {target['refId']}", target.get("query") or target["expr"]
    for note in dashboard["annotations"]["list"]:
        yield note["name"], note.get("query") or note["expr"]
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield f"${variable['name']}", variable["query"]


def filled(text, target):
    """With what Grafana puts in place of its variables."""
    for variable, value in (("$timeFilter", "time > now() - 10m"), ("$__interval", "1h"),
                            ("$__rate_interval", "1m"), ("$target", target)):
        text = re.sub(re.escape(variable) + r"\b", value, text)
    return text


class Prometheus:
    def __init__(self):
        program = shutil.which("prometheus", path=f"{agent.TOOLS}:{os.environ['PATH']}")
        if program is None:
            print("SKIP: no prometheus: Debian's package prometheus has it")
            sys.exit(77)
        folder = lab.folder()
        (folder / "prometheus.yml").write_text(SCRAPE, encoding="ascii")
        with open(folder / "said", "wb") as said:
            process = subprocess.Popen(
                [program, "--config.file=prometheus.yml", "--storage.tsdb.path=data",
                 f"--web.listen-address={SERVER}"], cwd=folder, stdout=said, stderr=said)
        atexit.register(process.wait)
        atexit.register(process.kill)
        lab.check(lab.wait_for(lambda: store.answers(f"http://{SERVER}/-/ready"), 60),
                  "Prometheus is up", **lab.ALWAYS)

    @staticmethod
    def query(text):
        """The labels of each series, with its value."""
        values = re.fullmatch(r"label_values\((\w+), (\w+)\)", text)  # Grafana's own
        words = urllib.parse.urlencode({"query": values[1] if values else text})
        with urllib.request.urlopen(f"http://{SERVER}/api/v1/query?{words}", timeout=30) as answer:
            found = json.load(answer)["data"]["result"]
        if values:
            return sorted({one["metric"][values[2]] for one in found})
        return [{**one["metric"], "value": float(one["value"][1])} for one in found]


def by(rows, *labels, value="value"):
    """The rows' values by their labels."""
    keys = [tuple(row[label] for label in labels) for row in rows]
    return {key[0] if len(key) == 1 else key: row[value] for key, row in zip(keys, rows)}


def is_place(after, by_hop):
    """The verdict of few rounds may be off by a hop."""
    return after is not None and after <= TRUE_HOP + 1 and by_hop > TRUE_HOP


def goes_on(losses, scale):
    """Loss of the path by hop: it begins behind the true one."""
    return set(losses) == HOPS and losses["2"] < 0.06 * scale and losses["4"] > 0.12 * scale


def in_order(times):
    """Of hops, each a millisecond behind the one before."""
    values = [times[hop] for hop in sorted(times)]
    return values == sorted(values) and len(values) >= 3 and values[0] > 0


# The known answers to InfluxQL: of the target "lossy", but for branches.
INFLUX = {
    "Targets now A": lambda rows: by(rows, "target", value="reached") == dict.fromkeys(NAMES, 1)
    and by(rows, "target", value="hops") == {"lossy": 4, "calm": 4, "wide": 4},
    "Where paths lose now A": lambda rows: [row["target"] for row in rows] == ["lossy"]
    and is_place(rows[0]["after_hop"], rows[0]["by_hop"]),
    "Loss A": lambda rows: by(rows, "target", value="mean")["calm"] == 0
    and 5 < by(rows, "target", value="mean")["lossy"] < 60,
    "Round-trip time A": lambda rows: all(3.9 < time < 30 for time in
                                          by(rows, "target", value="mean").values())
    and len(rows) >= 3,
    "Path A": lambda rows: len({row["path_id"] for row in rows if row["path_id"]}) >= 1,
    "Hops now A": lambda rows: by(rows, "hop", value="address").get("2") == "10.1.1.2"
    and set(by(rows, "hop", value="sent")) == HOPS,
    "Loss of the path by hop A": lambda rows: goes_on(by(rows, "hop", value="mean"), 100),
    "Times by hop A": lambda rows: in_order(by(rows, "hop", value="mean")),
    "Loss by hop, its own silence among it A": lambda rows: by(rows, "hop", value="mean")["1"] == 0,
    "Branches: loss A": lambda rows: by(rows, "hop", "branch", value="mean")
    == {("2", "1"): 0, ("2", "2"): 0},
    "Branches: times A": lambda rows: all(1.9 < time < 30 for time in
                                          by(rows, "hop", "branch", value="mean").values())
    and len(rows) == 2,
    "Events": lambda rows: [(row["event"], row["target"]) for row in rows]
    == [("loss_began", "lossy")] and "lossy" in rows[0]["message"],
    "$target": lambda rows: sorted(row["value"] for row in rows) == NAMES,
}
# And to PromQL.
PROMETHEUS = {
    "Targets now A": lambda rows: by(rows, "target") == dict.fromkeys(NAMES, 1),
    "Targets now B": lambda rows: by(rows, "target")["calm"] == 0 and len(rows) == 3,
    "Targets now C": lambda rows: all(0.0039 < row["value"] < 0.03 for row in rows)
    and len(rows) == 3,
    "Targets now D": lambda rows: by(rows, "target") == dict.fromkeys(NAMES, 4),
    "Where paths lose now A": lambda rows: list(by(rows, "target")) == ["lossy"]
    and rows[0]["value"] <= TRUE_HOP + 1,
    "Where paths lose now B": lambda rows: list(by(rows, "target")) == ["lossy"]
    and rows[0]["value"] > TRUE_HOP,
    "Loss A": lambda rows: sorted(by(rows, "target")) == NAMES,
    "Round-trip time A": lambda rows: sorted(by(rows, "target")) == NAMES,
    "Seconds since the last round A": lambda rows: all(-1 < row["value"] < 60 for row in rows)
    and len(rows) == 3,
    "Path A": lambda rows: len(rows) == 1 and rows[0]["value"] > 0,
    "Hops now A": lambda rows: by(rows, "hop", value="address").get("2") == "10.1.1.2",
    "Hops now B": lambda rows: set(by(rows, "hop")) == HOPS,
    "Hops now C": lambda rows: set(by(rows, "hop")) == HOPS,
    "Hops now D": lambda rows: in_order(by(rows, "hop")),
    "Loss of the path by hop A": lambda rows: goes_on(by(rows, "hop"), 1),
    "Times by hop A": lambda rows: in_order(by(rows, "hop")),
    "Loss by hop, its own silence among it A": lambda rows: set(by(rows, "hop")) == HOPS
    and by(rows, "hop")["1"] == 0 and 0.05 < by(rows, "hop")["4"] < 0.6,
    "Branches: loss A": lambda rows: by(rows, "flow") == {str(flow): 0 for flow in range(8)},
    "Branches: times A": lambda rows: len(rows) == 8,
    "Events": lambda rows: [(row["event"], row["target"]) for row in rows]
    == [("loss_began", "lossy")],
    "$target": lambda rows: rows == NAMES,
}


def ask_all(name, answers, ask):
    found = dict(queries(name))
    lab.check(set(found) == set(answers), f"{name}: each query has a known answer",
              set(found) ^ set(answers))
    for where, text in found.items():
        target = "wide" if where.startswith("Branches") else "lossy"
        rows = ask(filled(text, target))
        try:
            good = answers[where](rows)
        except (KeyError, IndexError, TypeError):
            good = False
        lab.check(good, f"{name}: {where}", (text, rows))


def rounds(database):
    rows = database.query("SELECT count(sent) FROM traceroute WHERE target = 'lossy'")
    return rows[0]["count"] if rows else 0


def main():
    agent.program()
    internet = lab.Internet(topology=network(0))
    database, server = store.InfluxDB(), Prometheus()
    telegraf = agent.Telegraf(store.OUTPUT + agent.execd_of(
        "-n -o influx --events --interval 1 -q 10 -w 0.2 --window 10 --pps 0 "
        f"--listen {PAGE} -c {lab.config(CONFIG)}", "influx"))
    lab.check(lab.wait_for(lambda: rounds(database) >= BEFORE, 60), f"{BEFORE} rounds in peace")
    internet.change(network(PERCENT))
    events = "SELECT * FROM traceroute_event"
    lab.check(lab.wait_for(lambda: database.query(events), 60), "the loss is told")
    seen = rounds(database)
    lab.wait_for(lambda: rounds(database) >= seen + AFTER, 60)
    ask_all("hoptrace-promql.json", PROMETHEUS, server.query)
    ask_all("hoptrace-influxql.json", INFLUX, database.query)
    telegraf.stop()
    telegraf.check_log("dashboards")
    lab.finish()


main()
