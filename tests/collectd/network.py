"""The network of the tests: namespaces of our own, and simnet as the Internet in them."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SIMNET_DIR = os.path.join(os.path.dirname(HERE), "simnet")
NAME_SERVERS = ("10.98.0.53",)
INSIDE = "HOPTRACE_COLLECTD_TEST"


def skip(reason):
    """Ends the script: this machine cannot run it."""
    print("SKIP: " + reason)
    sys.exit(77)


def enter_namespaces():
    """Starts this script anew in a network and a mount namespace: nothing it does reaches the
    machine, and no packet leaves it. An ordinary user becomes root of a user namespace."""
    if os.environ.get(INSIDE) == "inside":
        return
    os.environ[INSIDE] = "inside"
    command = ["unshare", "-n", "-m"] + ([] if os.geteuid() == 0 else ["-U", "-r"])
    if subprocess.run([*command, "true"], stderr=subprocess.DEVNULL, check=False).returncode:
        skip("no network namespaces here")
    os.execvp("unshare", [*command, sys.executable, *sys.argv])


def use_name_servers(directory):
    """Lets names be looked up in the simulated network, by this process and its children."""
    path = os.path.join(directory, "resolv.conf")
    with open(path, "w", encoding="ascii") as file:
        file.writelines("nameserver %s\n" % server for server in NAME_SERVERS)
    subprocess.run(["mount", "--bind", path, os.path.realpath("/etc/resolv.conf")], check=True)


def wait_until(condition, seconds, what):
    """The condition's value as soon as it is true; fails after so many seconds."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise TimeoutError("not within %g s: %s" % (seconds, what))
        time.sleep(0.02)
    return value


def options_of(network):
    """simnet's options for the name of a file, or for options."""
    if len(network) == 1:
        return ["--file", os.path.join(HERE, network[0])]
    return [str(option) for option in network]


class Simnet:
    """simnet on a veth pair of this namespace; one at a time."""

    def __init__(self, program, directory):
        self.program = program
        self.directory = os.path.join(directory, "simnet")
        self.stats_file = os.path.join(directory, "stats")
        self.environment = dict(os.environ, SIMNET=program, SIMNET_DIR=self.directory,
                                SIMNET_EXIT_WITH=str(os.getpid()))

    def up(self, *network):
        """Makes the devices and starts simnet; `network` is the name of a file, or the options
        that generate one. Returns the truth."""
        options = options_of(network)
        self._run(os.path.join(SIMNET_DIR, "up"), *options, "--stats", self.stats_file)
        return self._truth(options)

    def change(self, *network):
        """Another network behind the same devices; returns the truth."""
        options = options_of(network)
        self._run(self.program, "--stop", self._pid_file())
        self._run(self.program, "--dev", "sim0", *options, "--stats", self.stats_file,
                  "--daemon", "--pid-file", self._pid_file(), "--exit-with", str(os.getpid()))
        return self._truth(options)

    def down(self):
        self._run(os.path.join(SIMNET_DIR, "down"))

    def late(self):
        """How many answers it has sent later than they should have been, for want of a CPU."""
        return self.counters()["late"]

    def counters(self):
        """What it has counted so far."""
        if os.path.exists(self.stats_file):
            os.unlink(self.stats_file)
        with open(self._pid_file(), encoding="ascii") as file:
            os.kill(int(file.read()), signal.SIGUSR1)
        return wait_until(self._stats, 10, "simnet's counters")

    def _stats(self):
        try:
            with open(self.stats_file, encoding="ascii") as file:
                return json.load(file)
        except (FileNotFoundError, json.JSONDecodeError):
            return None  # not yet, or not yet whole

    def _pid_file(self):
        return os.path.join(self.directory, "pid")

    def _run(self, *command):
        subprocess.run(command, env=self.environment, check=True, stdout=subprocess.DEVNULL)

    def _truth(self, options):
        lines = subprocess.run([self.program, *options, "--truth"], check=True,
                               stdout=subprocess.PIPE, text=True).stdout.splitlines()
        return {truth["target"]: truth for truth in map(json.loads, lines)}


def sent_packets():
    """Packets that have left this namespace's device."""
    with open("/proc/net/dev", encoding="ascii") as file:
        for line in file:
            name, _, counters = line.partition(":")
            if name.strip() == "ht0":
                return int(counters.split()[9])
    return 0


def temporary_directory():
    return tempfile.TemporaryDirectory(prefix="hoptrace-collectd.")
