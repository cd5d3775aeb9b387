"""The real stores that fetch a Prometheus page by themselves, each in a folder of its own, on the
loopback device; they end with the script."""

import atexit
import json
import os
import pathlib
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request

import agent
import store
from agent import lab

CONFIG = """
global: {{scrape_interval: {interval}s}}
scrape_configs:
  - job_name: hoptrace
    static_configs: [{{targets: ["127.0.0.1:{port}"]}}]
"""


def bytes_in(folder):
    """What the files in a folder take on the disk."""
    return sum(path.stat().st_blocks * 512 for path in pathlib.Path(folder).rglob("*")
               if path.is_file())


class Scraper:
    """One that fetches /metrics of this port; a store is a class with a program's name, Debian's
    package of it, its address and its arguments."""

    def __init__(self, port, interval=1):
        self.folder = lab.folder()
        (self.folder / "scrape.yml").write_text(CONFIG.format(port=port, interval=interval),
                                                encoding="ascii")
        program = shutil.which(self.PROGRAM, path=f"{agent.TOOLS}:{os.environ['PATH']}")
        if program is None:
            print(f"SKIP: no {self.PROGRAM}: Debian's package {self.PACKAGE} has it")
            sys.exit(77)
        with open(self.folder / "said", "wb") as said:
            self.process = subprocess.Popen([program, *self.ARGUMENTS], cwd=self.folder, stdout=said,
                                       stderr=said, stdin=subprocess.DEVNULL)
        atexit.register(self.process.wait)
        atexit.register(self.process.kill)
        lab.check(lab.wait_for(lambda: store.answers(f"http://{self.ADDRESS}{self.READY}"), 60),
                  f"{self.PROGRAM} is up", **lab.ALWAYS)

    def fetch(self, what, **options):
        with urllib.request.urlopen(urllib.request.Request(f"http://{self.ADDRESS}{what}",
                                                           **options), timeout=300) as answer:
            return answer.read().decode()

    def query(self, text):
        """The series of now: pairs of labels and value."""
        words = urllib.parse.urlencode({"query": text})
        found = json.loads(self.fetch(f"/api/v1/query?{words}"))["data"]["result"]
        return [(one["metric"], float(one["value"][1])) for one in found]

    def number(self, text):
        """The only number that a query gives; None: it gives none."""
        found = self.query(text)
        return found[0][1] if found else None


class Prometheus(Scraper):
    PROGRAM, PACKAGE, ADDRESS, READY = "prometheus", "prometheus", "127.0.0.1:9090", "/-/ready"
    ARGUMENTS = ("--config.file=scrape.yml", "--storage.tsdb.path=data", "--web.enable-admin-api",
                 f"--web.listen-address={ADDRESS}")

    def series(self):
        """All that it has, those that are over as well."""
        return json.loads(self.fetch("/api/v1/status/tsdb"))["data"]["headStats"]["numSeries"]

    def bytes(self):
        """What a block of all its samples takes."""
        name = json.loads(self.fetch("/api/v1/admin/tsdb/snapshot", method="POST"))["data"]["name"]
        snapshot = self.folder / "data" / "snapshots" / name
        size = bytes_in(snapshot)
        shutil.rmtree(snapshot)
        return size


class VictoriaMetrics(Scraper):
    PROGRAM, PACKAGE, ADDRESS, READY = ("victoria-metrics", "victoria-metrics", "127.0.0.1:8428",
                                        "/health")
    ARGUMENTS = ("-promscrape.config=scrape.yml", "-storageDataPath=data", "-retentionPeriod=1",
                 f"-httpListenAddr={ADDRESS}", "-search.latencyOffset=0s",
                 "-promscrape.maxScrapeSize=1GB")

    def series(self):
        return json.loads(self.fetch("/api/v1/status/tsdb?topN=1"))["data"]["totalSeries"]

    def bytes(self):
        self.fetch("/internal/force_flush")
        return bytes_in(self.folder / "data")
