#!/usr/bin/env python3
"""Three hosts with one list of targets, two sorts of agents and one store: hoptrace under Telegraf on
two hosts, in collectd on the third. Every target is measured by one of them; when the third dies
the other two take over what it had, told of nothing but that they are two, and nothing is measured
twice."""

import atexit
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time

import agent
import store
from agent import lab

sys.path += [str(lab.TESTS / "collectd"), str(lab.TESTS / "linux_routers")]

import daemon  # noqa: E402
import node  # noqa: E402

TARGETS, INTERVAL_S, ROUNDS = 24, 1, 4
NETWORK = ["--seed", "5", "--targets", str(TARGETS), "--hops", "3-5", "--rtt-per-hop", "0.5-1"]
COLLECTD = """
[[collectd]]
  enabled = true
  bind-address = ":25826"
  database = "collectd"
  typesdb = "/usr/share/collectd/types.db"
  batch-timeout = "200ms"
"""
PLUGIN = """
LoadPlugin network
<Plugin network>
  Server "{store}" "25826"
</Plugin>
<LoadPlugin traceroute>
  Interval {interval}
</LoadPlugin>
<Plugin traceroute>
  Shard "3/3"
{targets}
</Plugin>
"""


def weight(name, host):
    """As the interface defines it."""
    value, mask = 0xcbf29ce484222325, 2**64 - 1
    for byte in name.encode() + b"\0" + str(host).encode():
        value = (value ^ byte) * 0x100000001b3 & mask
    value ^= value >> 33
    value = value * 0xff51afd7ed558ccd & mask
    value ^= value >> 33
    value = value * 0xc4ceb9fe1a85ec53 & mask
    return value ^ value >> 33


def shares(names, hosts):
    """What falls to each host, by its number."""
    found = {host: set() for host in range(1, hosts + 1)}
    for name in names:
        found[max(found, key=lambda host: (weight(name, host), -host))].add(name)
    return found


class Host:
    """A namespace with a simulated network of its own, the same one everywhere, and a wire to the
    store."""

    def __init__(self, number):
        self.number, self.node = number, node.Node(f"host{number}")
        self.store, here = f"10.200.{number}.1", node.Node("here", own=True)
        here.ip(f"link add wire{number} type veth peer name wire netns {self.node.process.pid}",
                f"addr add {self.store}/30 dev wire{number}", f"link set wire{number} up")
        self.node.ip("link set lo up", f"addr add 10.200.{number}.2/30 dev wire",
                     "link set wire up")
        environment = dict(os.environ, SIMNET=lab.SIMNET, SIMNET_EXIT_WITH=str(os.getpid()),
                           SIMNET_DIR=str(lab.folder() / "run"))
        subprocess.run(self.node.command(str(lab.TESTS / "simnet" / "up"), *NETWORK),
                       env=environment, check=True)


class Poller(Host):
    """hoptrace under Telegraf."""

    def __init__(self, number, names):
        super().__init__(number)
        self.names, self.file = names, lab.folder() / "conf"
        self.write(3)
        output = store.OUTPUT.replace("127.0.0.1", self.store)
        self.telegraf = agent.Telegraf(output + agent.execd_of(
            f"-n -o influx --interval {INTERVAL_S} -w 0.2 --pps 0 -c {self.file}", "influx"),
            self.node.command())

    def write(self, hosts):
        fresh = self.file.with_name("fresh")
        fresh.write_text(f'shard = "{self.number}/{hosts}";\ndefaults = {{ tags = {{ poller = '
                         f'"{self.number}"; }}; }};\ntargets = ( '
                         + ", ".join(f'"{name}"' for name in self.names) + " );\n", encoding="ascii")
        fresh.rename(self.file)

    def reload(self, hosts):
        self.write(hosts)
        for child in self.telegraf.children():
            os.kill(child, signal.SIGHUP)


class Collector(Host):
    """hoptrace in collectd."""

    def __init__(self, number, names):
        super().__init__(number)
        folder = lab.folder()
        targets = "\n".join(f'  Target "{name}"' for name in names)
        self.daemon = daemon.Collectd(
            str(folder / "collectd"), str(lab.BIN / "traceroute.so"),
            PLUGIN.format(store=self.store, interval=INTERVAL_S, targets=targets), INTERVAL_S,
            level="notice")
        shutil.copy(pathlib.Path(daemon.PLUGIN_DIRECTORY) / "network.so",
                    folder / "collectd" / "plugins")
        self.daemon.start(self.node.command())
        atexit.register(self.daemon.abandon)


def by_poller(database, since):
    """Targets with a record later than that moment, by who has measured them; with how many."""
    found = {1: {}, 2: {}, 3: {}}
    when = f"time > {int(since * 1e9)}"
    for row in database.query(f"SELECT count(sent) FROM traceroute WHERE {when} "
                              "GROUP BY target, poller"):
        found[int(row["poller"])][row["target"]] = row["count"]
    for row in database.query("SELECT count(value) FROM traceroute_value WHERE type = 'gauge' AND "
                              f"type_instance = 'result_code' AND {when} GROUP BY instance",
                              "collectd"):
        found[3][row["instance"]] = row["count"]
    return found


def measured(database, since, hosts):
    """Waits until all targets have some records; who has which."""
    def all_there():
        found = by_poller(database, since)
        return all(sum(found[host].get(name, 0) for host in found) >= ROUNDS
                   for name in set().union(*hosts.values())) and found
    lab.check(lab.wait_for(all_there, 60), f"{ROUNDS} rounds of every target",
              by_poller(database, since), **lab.ALWAYS)
    return {host: set(names) for host, names in by_poller(database, since).items()}


def main():
    agent.program()
    missing = daemon.what_is_missing()
    network = pathlib.Path(daemon.PLUGIN_DIRECTORY) / "network.so"
    if missing or not network.exists():
        print(f"SKIP: {missing or f'there is no {network}'}")
        sys.exit(77)
    names = subprocess.run([lab.SIMNET, *NETWORK, "--truth"], check=True, stdout=subprocess.PIPE,
                           text=True).stdout.splitlines()
    names = [lab.json.loads(line)["address"] for line in names]
    database = store.InfluxDB(COLLECTD)
    began = time.time()
    pollers = [Poller(1, names), Poller(2, names)]
    collector = Collector(3, names)
    three = shares(names, 3)
    found = measured(database, began, three)
    lab.check(found == three, "three hosts: each target has one, the one that the weights say",
              (found, three), **lab.ALWAYS)
    said = [line for line in collector.daemon.log() if "fall" in line]
    lab.check(len(said) == 1 and f"{TARGETS - len(three[3])} targets fall to other hosts" in said[0],
              "collectd's log tells how many it leaves to others", said, **lab.ALWAYS)
    collector.daemon.abandon()
    for poller in pollers:
        poller.reload(2)
    time.sleep(2 * INTERVAL_S)
    found = measured(database, time.time(), shares(names, 2))
    two = {**shares(names, 2), 3: set()}
    lab.check(found == two, "the third is gone: two hosts have all, and none twice", (found, two),
              **lab.ALWAYS)
    lab.check(all(three[host] <= two[host] for host in (1, 2)), "each keeps what it had",
              **lab.ALWAYS)
    for poller in pollers:
        poller.telegraf.stop()
        poller.telegraf.check_log(f"host {poller.number}")
    lab.finish()


main()
