"""A real InfluxDB 1.x, in a folder of its own; ends with the script."""

import atexit
import json
import os
import shutil
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

import agent
from agent import lab

ADDRESS = "127.0.0.1:8086"
DATABASE = "telegraf"
CONFIG = """
reporting-enabled = false
bind-address = "127.0.0.1:8088"
[meta]
  dir = "{folder}/meta"
[data]
  dir = "{folder}/data"
  wal-dir = "{folder}/wal"
[monitor]
  store-enabled = false
[http]
  bind-address = ":8086"
  log-enabled = false
{more}
"""
# What Telegraf hands its points to.
OUTPUT = f"""
[[outputs.influxdb]]
  urls = ["http://{ADDRESS}"]
  database = "{DATABASE}"
"""


def answers(url):
    """True if a store is there."""
    try:
        with urllib.request.urlopen(url, timeout=5):
            return True
    except OSError:
        return False


class InfluxDB:
    """`more`: text for its configuration."""

    def __init__(self, more=""):
        program = shutil.which("influxd", path=f"{agent.TOOLS}:{os.environ['PATH']}")
        if program is None:
            print("SKIP: no influxd: Debian's package influxdb has it")
            sys.exit(77)
        self.folder = folder = lab.folder()
        (folder / "conf").write_text(CONFIG.format(folder=folder, more=more), encoding="ascii")
        with open(folder / "said", "wb") as said:
            self.process = subprocess.Popen([program, "-config", folder / "conf"], stdout=said,
                                            stderr=said, stdin=subprocess.DEVNULL)
        atexit.register(self.process.kill)
        lab.check(lab.wait_for(lambda: answers(f"http://{ADDRESS}/ping"), 60), "InfluxDB is up", **lab.ALWAYS)

    @staticmethod
    def query(text, database=DATABASE):
        """The rows that a query in InfluxQL gives, of all series: dictionaries by column."""
        words = urllib.parse.urlencode({"db": database, "q": text})
        with urllib.request.urlopen(f"http://{ADDRESS}/query?{words}", timeout=30) as answer:
            result = json.load(answer)["results"][0]
        if "error" in result:
            return []
        return [{**series.get("tags", {}), **dict(zip(series["columns"], row))}
                for series in result.get("series", []) for row in series["values"]]
