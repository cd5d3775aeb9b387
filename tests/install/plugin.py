#!/usr/bin/env python3
"""The plugin where the real collectd looks for it: plugin.py SOURCE BUILD

What was installed with the usual prefix is laid over the daemon's own plugins, which are told of no
other folder; then the daemon loads it and reads once."""

import pathlib
import re
import shutil
import subprocess
import sys

import installed
import lab

build = pathlib.Path(sys.argv[2])
CONFIGURATION = """
Hostname "here"
FQDNLookup false
BaseDir "{folder}"
PIDFile "{folder}/pid"
LoadPlugin logfile
<Plugin logfile>
  LogLevel "info"
  File "{folder}/log"
</Plugin>
LoadPlugin traceroute
<Plugin traceroute>
  Target "127.0.0.1"
</Plugin>
"""


def plugin_folder():
    """What the daemon says of itself."""
    said = installed.say("collectd", "-h")
    return pathlib.Path(re.search(r"^ *Plugin directory +(/.*)$", said, re.MULTILINE)[1])


def lay_over(folder, plugin):
    merged = lab.folder()
    for name in ("logfile.so",):
        shutil.copy(folder / name, merged)
    shutil.copy(plugin, merged)
    subprocess.run(["mount", "--bind", merged, folder], check=True)


def check_daemon():
    folder = lab.folder()
    (folder / "conf").write_text(CONFIGURATION.format(folder=folder), encoding="ascii")
    done = subprocess.run(["collectd", "-T", "-C", folder / "conf"], check=False, timeout=60,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    log = (folder / "log").read_text(encoding="utf-8")
    lab.check(done.returncode == 0 and 'plugin "traceroute" successfully loaded' in log
              and "rror" not in log, "collectd -T loads it and reads", (done, log))


installed.need("collectd")
looks_in = plugin_folder()
found = [path for path in installed.files_below(build / "installed-usual")
         if path.endswith("/traceroute.so")]
if lab.check(found == [f"{looks_in}/traceroute.so"], f"it is in {looks_in}", found):
    lay_over(looks_in, build / "installed-usual" / found[0][1:])
    check_daemon()
lab.finish()
