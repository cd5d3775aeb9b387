"""The real collectd with the plugin under test, the csv plugin and a log file."""

import glob
import math
import os
import re
import shutil
import signal
import subprocess
import time

from network import wait_until

COLLECTD = shutil.which("collectd") or "/usr/sbin/collectd"
PLUGIN_DIRECTORY = "/usr/lib/collectd"
TYPES = "/usr/share/collectd/types.db"
HOST = "test-host"

# A plugin of the daemon's own, whose rhythm ours must not disturb.
OTHER = "<LoadPlugin memory>\n  Interval 1\n</LoadPlugin>\n"

CONFIGURATION = """
Hostname "{host}"
FQDNLookup false
BaseDir "{directory}"
PIDFile "{directory}/pid"
PluginDir "{directory}/plugins"
TypesDB "{types}"
Interval {interval}
LoadPlugin logfile
<Plugin logfile>
  LogLevel "{level}"
  File "{directory}/log"
  Timestamp false
  PrintSeverity true
</Plugin>
LoadPlugin csv
<Plugin csv>
  DataDir "{directory}/csv"
</Plugin>
"""


def sanitizer_of(plugin):
    """The library that has to be loaded before the daemon if the plugin was built with it."""
    if plugin is None:
        return None
    listing = subprocess.run(["ldd", plugin], check=True, stdout=subprocess.PIPE, text=True).stdout
    found = re.search(r"lib[at]san\.so\S* => (\S+)", listing)
    return found.group(1) if found else None


def what_is_missing():
    """Why the daemon cannot be run here; None: it can."""
    for path in (COLLECTD, TYPES, *own_plugins()):
        if not os.path.exists(path):
            return "collectd is not installed: there is no " + path
    return None


def own_plugins():
    """Those of the daemon's own that the tests load."""
    return [os.path.join(PLUGIN_DIRECTORY, name + ".so")
            for name in ("csv", "exec", "logfile", "memory", "threshold", "write_prometheus")]


def pairs(moments):
    """Each with the next one."""
    return zip(moments, moments[1:])


class Collectd:
    """One daemon with a directory, a configuration and a life of its own. `plugin`: the file of
    the plugin under test, None: without it."""

    def __init__(self, directory, plugin, configuration, interval=2, level="warning"):
        self.directory = directory
        self.process = None
        self.pid = None
        self.sanitizer = sanitizer_of(plugin)
        os.makedirs(os.path.join(directory, "plugins"))
        for source in own_plugins() + ([plugin] if plugin else []):
            shutil.copy(source, os.path.join(directory, "plugins"))  # a link would be refused
        if plugin and "LoadPlugin traceroute" not in configuration:
            configuration = "LoadPlugin traceroute\n" + configuration
        with open(self._path("conf"), "w", encoding="utf-8") as file:
            file.write(CONFIGURATION.format(host=HOST, directory=directory, types=TYPES,
                                            interval=interval, level=level))
            file.write(configuration + "\n")  # without it, collectd's parser fails

    def _path(self, name):
        return os.path.join(self.directory, name)

    def _environment(self):
        environment = dict(os.environ)
        if self.sanitizer:
            environment["LD_PRELOAD"] = self.sanitizer
            options = "exitcode=0:log_path=" + self._path("sanitizer")
            environment["ASAN_OPTIONS"] = "detect_leaks=1:" + options
            environment["UBSAN_OPTIONS"] = "print_stacktrace=1:" + options
            environment["TSAN_OPTIONS"] = options
        return environment

    def _command(self, *options, before=()):
        return [*before, COLLECTD, "-C", self._path("conf"), *options]

    def run(self, *options, seconds=30):
        """Runs the daemon until it ends by itself; returns its exit status and what it said."""
        done = subprocess.run(self._command(*options), env=self._environment(), timeout=seconds,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        return done.returncode, done.stdout

    def start(self, before=()):
        """In the foreground; `before` is a command that starts it."""
        with open(self._path("output"), "wb") as output:
            self.process = subprocess.Popen(self._command("-f", before=before), stdout=output,
                                            stderr=subprocess.STDOUT, env=self._environment())
        self.pid = self.process.pid

    def start_forked(self):
        """As the daemon it usually is."""
        subprocess.run(self._command(), check=True, env=self._environment(),
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=30)
        def pid():
            try:
                with open(self._path("pid"), encoding="ascii") as file:
                    return int(file.read() or 0)
            except FileNotFoundError:
                return 0
        self.pid = wait_until(pid, 10, "the pid file")

    def stop(self):
        """SIGTERM; returns the seconds until the daemon is gone, the seconds for which its threads
        waited for a processor meanwhile, and its exit status."""
        waited_before = waited = self._waited_s()
        begin = time.monotonic()
        os.kill(self.pid, signal.SIGTERM)
        while self._is_alive():
            if time.monotonic() > begin + 30:
                raise TimeoutError("not within 30 s: end of the daemon")
            waited = max(waited, self._waited_s())
            time.sleep(0.005)
        seconds = time.monotonic() - begin
        status = self.process.wait() if self.process is not None else 0
        self.process = None
        return seconds, waited - waited_before, status

    def _waited_s(self):
        """For how long its threads were ready to run and had no processor, all together; 0 where the
        kernel does not count that."""
        waited_ns = 0
        for path in glob.glob("/proc/%d/task/*/schedstat" % self.pid):
            try:
                with open(path, encoding="ascii") as file:
                    waited_ns += int(file.read().split()[1])
            except OSError:
                continue
        return waited_ns / 1e9

    def abandon(self):
        """Ends what a case that failed has left behind."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
        elif self.pid is not None and self._is_alive():
            os.kill(self.pid, signal.SIGKILL)

    def _is_alive(self):
        """A zombie is not: whoever adopts the forked daemon may let it lie."""
        try:
            with open("/proc/%d/stat" % self.pid, encoding="ascii", errors="replace") as file:
                return file.read().rsplit(")", 1)[1].split()[0] not in "ZX"
        except FileNotFoundError:
            return False

    def has_thread(self):
        """True once the engine's thread runs."""
        for path in glob.glob("/proc/%d/task/*/comm" % self.pid):
            try:
                with open(path, encoding="ascii") as file:
                    if file.read().strip() == "traceroute":
                        return True
            except OSError:
                continue
        return False

    def log(self):
        """What the log says, but for values that its write threads had no time left for."""
        try:
            with open(self._path("log"), encoding="utf-8") as file:
                lines = file.read().splitlines()
        except FileNotFoundError:
            return []
        return [line for line in lines if "left after shutting down the write" not in line]

    def sanitizer_reports(self):
        """What the sanitizers have to say, leaks included; the daemon itself has none."""
        reports = []
        for path in glob.glob(self._path("sanitizer*")):
            with open(path, encoding="utf-8", errors="replace") as file:
                reports.append(file.read())
        return reports

    def rows(self, target, value):
        """[(time, number)] of one value, by "type" or "type-instance"."""
        return self.rows_of("traceroute-" + target, value)

    def rows_of(self, plugin, value):
        """The same of any plugin, by its folder's name."""
        pattern = os.path.join(self._path("csv"), HOST, plugin,
                               value + "-[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]")
        rows = []
        for path in sorted(glob.glob(pattern)):
            with open(path, encoding="ascii") as file:
                for line in file.read().splitlines()[1:]:
                    when, number = line.split(",")
                    rows.append((float(when), math.nan if number == "nan" else float(number)))
        return rows

    def rhythm(self):
        """The gaps between the values of the other plugin."""
        return [later - one for one, later in pairs(
            [when for when, _ in self.rows_of("memory", "memory-used")])]

    def values(self, target):
        """The names of all values that the target has."""
        names = glob.glob(os.path.join(self._path("csv"), HOST, "traceroute-" + target, "*"))
        return {os.path.basename(name)[:-len("-2000-01-01")] for name in names}

    def wait_for_rows(self, targets, count, seconds=40):
        """Until each target has so many finished rounds."""
        def finished(target):
            if not self._is_alive():
                raise OSError("collectd has ended, see " + self._path("output"))
            return len(self.rows(target, "gauge-result_code")) >= count
        for target in targets:
            wait_until(lambda: finished(target), seconds, "%d rounds of %s" % (count, target))
