#!/usr/bin/env python3
"""A path that begins to lose, in a real Prometheus: it reads the page that one-shot runs with a state
file write, and answers the queries of conf/prometheus-alerts.yml, whose alerts fire for that path
alone."""

import atexit
import functools
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import urllib.parse
import urllib.request

import agent
import store
from agent import lab

LOSSY, CALM, GONE = "198.18.1.1", "198.18.1.2", "198.18.1.3"
SAMPLE = lab.TESTS.parent / "conf" / "prometheus-alerts.yml"
ADDRESS = "127.0.0.1:9090"
CONFIG = """
global: {{scrape_interval: 1s, evaluation_interval: 1s}}
rule_files: [alerts.yml]
scrape_configs:
  - job_name: hoptrace
    metrics_path: /page
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""
QUERIES = ("hoptrace_loss_after_hop", "hoptrace_loss_by_hop",
           "topk by (target) (1, hoptrace_hop_loss_ratio)", "hoptrace_hop_path_loss_ratio")
# Rounds, about one a second, before the change; the last hop before the place, and what is lost behind it.
BEFORE, TRUE_HOP, PERCENT, WINDOW = 8, 2, 33, 10


def network(percent):
    return (f"defaults ttl=255\ntarget lossy {LOSSY} rtt=4 loss={percent}\nhop 10.1.1.1 rtt=1\n"
            f"hop 10.1.1.2 rtt=2\nhop 10.1.1.3 rtt=3 loss={percent}\n"
            f"target calm {CALM} rtt=4\nhop 10.1.1.1 rtt=1\nhop 10.1.2.2 rtt=2 loss=40\n"
            f"target gone {GONE} silent=yes\nhop 10.1.1.1 rtt=1\n")


class Page(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


class Prometheus:
    """The store, the page's server, and the runs that write the page: all end with the script."""

    def __init__(self):
        program = shutil.which("prometheus", path=f"{agent.TOOLS}:{os.environ['PATH']}")
        if program is None:
            print("SKIP: no prometheus: Debian's package prometheus has it")
            sys.exit(77)
        self.folder = lab.folder()
        pages = lab.folder()
        self.page = pages / "page"
        web = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(Page, directory=str(pages)))
        threading.Thread(target=web.serve_forever, daemon=True).start()
        (self.folder / "prometheus.yml").write_text(
            CONFIG.format(port=web.server_address[1]), encoding="ascii")
        # As users have it, but that an alert needs a minute of nothing else.
        (self.folder / "alerts.yml").write_text(
            re.sub(r"for: \d+m", "for: 2s", SAMPLE.read_text(encoding="utf-8")), encoding="utf-8")
        with open(self.folder / "said", "wb") as said:
            process = subprocess.Popen(
                [program, "--config.file=prometheus.yml", "--storage.tsdb.path=data",
                 f"--web.listen-address={ADDRESS}"], cwd=self.folder, stdout=said, stderr=said)
        atexit.register(process.wait)
        atexit.register(process.kill)
        lab.check(lab.wait_for(lambda: store.answers(f"http://{ADDRESS}/-/ready"), 60),
                  "Prometheus is up", **lab.ALWAYS)

    @staticmethod
    def ask(what):
        with urllib.request.urlopen(f"http://{ADDRESS}/api/v1/{what}", timeout=30) as answer:
            return json.load(answer)["data"]

    def query(self, text):
        """What the series of now say, by their targets (and hops)."""
        found = self.ask(f"query?{urllib.parse.urlencode({'query': text})}")["result"]
        return {(one["metric"]["target"], one["metric"].get("hop")): float(one["value"][1])
                for one in found}

    def alerts(self):
        """The pairs of alert and target that fire."""
        return {(one["labels"]["alertname"], one["labels"]["target"])
                for one in self.ask("alerts")["alerts"] if one["state"] == "firing"}

    def rounds(self, count):
        """One-shot runs, as cron's, each with its page."""
        for _ in range(count):
            done = lab.run("-n", "-o", "prometheus", "-q", 10, "-w", 0.2, "--window", WINDOW,
                           "--pps", 0, "--state", self.folder / "state", LOSSY, CALM, GONE)
            if done.returncode != 0 or lab.complaints(done.stderr) != "":
                lab.check(False, "a run ends well", (done.returncode, done.stderr[:300]))
            self.page.with_suffix(".new").write_text(done.stdout, encoding="utf-8")
            self.page.with_suffix(".new").rename(self.page)


def check_loss(server):
    after, by, worst, paths = map(server.query, QUERIES)
    lab.check(set(after) == set(by) == {(LOSSY, None), (GONE, None)}
              and after[LOSSY, None] <= TRUE_HOP < by[LOSSY, None],
              f"loss begins behind hop {TRUE_HOP}; the other one does not lose", (after, by))
    lab.check((after[GONE, None], by[GONE, None]) == (1, 2), "an outage's place", (after, by))
    lab.check(paths[LOSSY, "2"] < 0.1 < paths[LOSSY, "4"] and paths[CALM, "2"] < 0.05,
              "loss of the path, by hop", paths)
    lab.check(sorted(target for target, _ in worst) == [LOSSY, CALM, GONE],
              "the worst hop of each path", worst)


def main():
    internet = lab.Internet(topology=network(0))
    server = Prometheus()
    server.rounds(BEFORE)
    down = {(alert, GONE) for alert in ("TargetUnreached", "PathLoses", "PathLosesBetweenHops")}
    lab.check(lab.wait_for(lambda: server.alerts() == down, 60),
              "the target that never answers has its alerts, and no other has one", server.alerts())
    seen = server.query("hoptrace_loss_significant")
    lab.check(seen == {(LOSSY, None): 0, (CALM, None): 0, (GONE, None): 1}, "no loss in peace", seen)
    text = SAMPLE.read_text(encoding="utf-8")
    lab.check(all(query in text for query in QUERIES), "the sample has the queries")
    internet.change(network(PERCENT))
    server.rounds(WINDOW)
    lossy = down | {("PathLoses", LOSSY), ("PathLosesBetweenHops", LOSSY)}
    lab.check(lab.wait_for(lambda: server.alerts() == lossy, 60), "the alerts of loss fire",
              server.alerts())
    check_loss(server)
    lab.finish()


main()
