"""The real Telegraf, as tests/telegraf/build made it: started with a configuration, stopped,
reloaded; what it wrote, and what it said against us."""

import atexit
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "simulated"))

import lab  # noqa: E402

TOOLS = lab.BIN / "tools"
# It asks its inputs for the first time as it starts, and hands on what it has each 0.2 s.
AGENT = """
[agent]
  interval = "1s"
  round_interval = false
  flush_interval = "200ms"
  metric_buffer_limit = 1000000
  omit_hostname = true
  logfile = "{folder}/log"
[[outputs.file]]
  files = ["{folder}/points"]
  data_format = "influx"
"""
# How long stopping and reloading may take.
STOP_S = 1.0
# How long the machine may stand still while no round takes longer than its interval: those here take
# most of theirs.
ROUND_STALL_S = 0.1


def program():
    """Where it is; without it the test is skipped with the reason."""
    found = shutil.which("telegraf", path=f"{TOOLS}:{os.environ['PATH']}")
    if found is None:
        reason = TOOLS / "telegraf.missing"
        print("SKIP: no telegraf: " + (reason.read_text(encoding="utf-8").strip()
                                       if reason.exists() else "tests/telegraf/build was not run"))
        sys.exit(77)
    return found


def children(pid):
    """The processes that it started."""
    try:
        text = "".join(path.read_text(encoding="ascii")
                       for path in pathlib.Path(f"/proc/{pid}/task").glob("*/children"))
    except OSError:
        return set()
    return {int(word) for word in text.split()}


class Telegraf:
    """One, with a folder of its own; `inputs` is the text of a configuration, `before` what starts
    it elsewhere."""

    def __init__(self, inputs, before=()):
        self.folder = lab.folder()
        (self.folder / "agent.conf").write_text(AGENT.format(folder=self.folder), encoding="utf-8")
        (self.folder / "inputs.conf").write_text(inputs, encoding="utf-8")
        command = [*before, program(), "--config", self.folder / "agent.conf",
                   "--config", self.folder / "inputs.conf"]
        environment = dict(os.environ, PATH=f"{lab.BIN}:{os.environ['PATH']}")
        with open(self.folder / "said", "wb") as said:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said,
                                            stderr=said, env=environment)
        atexit.register(self.process.kill)

    def children(self):
        return children(self.process.pid)

    def wait_for_child(self, other_than=frozenset()):
        """The process that it runs for execd, another one than before."""
        return lab.wait_for(lambda: self.children() - other_than, 20)

    def reload(self):
        """SIGHUP; the seconds until the process that ran has gone and another one runs."""
        before, began = self.children(), time.monotonic()
        self.process.send_signal(signal.SIGHUP)
        if not self.wait_for_child(before):
            raise TimeoutError("no other process runs after a reload")
        return time.monotonic() - began

    def stop(self):
        """The seconds that it took to end."""
        began = time.monotonic()
        self.process.terminate()
        self.process.wait(timeout=60)
        return time.monotonic() - began

    def text(self):
        file = self.folder / "points"
        return file.read_text(encoding="utf-8", errors="surrogateescape") if file.exists() else ""

    def points(self):
        """What it wrote: (measurement, tags, fields, time)."""
        whole = self.text().rpartition("\n")[0]
        return [lab.check_influx.parse(line) for line in whole.split("\n") if line]

    def records(self):
        """Tags and fields of the points that are one a record."""
        return [(tags, fields) for measurement, tags, fields, _ in self.points()
                if measurement == "traceroute"]

    def check_log(self, what):
        """It has nothing against us: no line that it refused, no end that was unexpected. (What
        ends with status 0 is an error to it as well; and it closes the pipe of a process that has
        ended while it still reads, which may cost it the last lines.)"""
        log = self.folder / "log"
        text = log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
        faults = [line for line in text.splitlines()
                  if re.search(r" E! | W! \[inputs", line)
                  and not re.search("exited: <nil>$|file already closed$", line)]
        late = [line for line in faults if re.search("a round took .*, longer than its interval", line)]
        lab.check(not late, f"{what}: no round is late", late[:3], stall=ROUND_STALL_S)
        faults = [line for line in faults if line not in late]
        lab.check(not faults, f"{what}: no error in Telegraf's log", faults[:3], **lab.ALWAYS)


def exec_of(options, data_format, *lines):
    """inputs.exec with hoptrace."""
    more = "".join(f"  {line}\n" for line in lines)
    return (f'[[inputs.exec]]\n  commands = ["hoptrace {options}"]\n  timeout = "20s"\n'
            f'  interval = "60s"\n  precision = "1us"\n  data_format = "{data_format}"\n{more}')


def execd_of(options, data_format, *lines):
    """inputs.execd with hoptrace."""
    words = ", ".join(f'"{word}"' for word in ["hoptrace", *options.split()])
    more = "".join(f"  {line}\n" for line in lines)
    return (f'[[inputs.execd]]\n  command = [{words}]\n  signal = "none"\n'
            f'  restart_delay = "60s"\n  data_format = "{data_format}"\n{more}')
