#!/usr/bin/env python3
"""Names are looked up for each round: addresses that stay are kept, those that go are replaced, and
a dead name server costs nothing but the records of those that need it."""

import datetime
import json
import subprocess
import time

import lab

ONE, TWO, NEAR = "198.18.1.1", "198.18.1.2", "198.18.1.3"
PATHS = {ONE: [["10.1.1.1"], [ONE]], TWO: [["10.1.1.1"], ["10.1.1.2"], [TWO]]}
NETWORK = f"""
target one {ONE}
hop 10.1.1.1
target two {TWO}
hop 10.1.1.1
hop 10.1.1.2
target near {NEAR}
hop 10.1.1.1
"""
LIMIT_S, INTERVAL_S = 5, 1


class Rounds:
    """The program, looping over a name and an address."""

    def __init__(self):
        self.process = lab.start("-n", "-j", "--interval", INTERVAL_S, "web.sim", NEAR)
        self.near = []

    def next(self):
        """The name's next record."""
        while line := self.process.stdout.readline():
            record = json.loads(line)
            if record["target"] == "web.sim":
                return record
            self.near.append(record)
        raise EOFError("hoptrace ended")

    def after_this(self):
        """Its record of a round that begins after now."""
        now = time.time()
        while began(record := self.next()) < now:
            pass
        return record

    def end(self):
        self.process.terminate()
        output, said = self.process.communicate(timeout=30)
        self.near += [record for record in lab.records(output.decode())
                      if record["target"] == NEAR]
        lab.check(self.process.returncode == 0 and said == b"", "ends well", said)


def began(record):
    return datetime.datetime.fromisoformat(record["time"].replace("Z", "+00:00")).timestamp()


def name(*addresses):
    """The name server's network, with these addresses for the name."""
    return NETWORK + (f"name web.sim {' '.join(addresses)}\n" if addresses else "")


def check_address(record, address, what):
    lab.check(record["address"] == address and record["status"] == "reached"
              and lab.addresses(record) == PATHS[address], what,
              (record["address"], record["error"], lab.addresses(record)))


def check_failure(record, what, family):
    """The family stays the one that the name had, lest its series become two."""
    lab.check(record["family"] == family, f"{what}: family {family}", record["family"])
    lab.check(record["status"] == record["stop_reason"] == "resolve_error" and record["error"]
              and record["address"] is None and record["hops"] == [] and record["sent"] == 0
              and record["loss_percent"] is None, what, record)


def dead(is_dead):
    """What is sent to the name servers disappears, or no longer."""
    for server in lab.NAME_SERVERS:
        subprocess.run(["ip", "route", "add" if is_dead else "delete", server, "dev", "hole"],
                       check=True)


def make_hole():
    for command in ("ip link add hole type veth peer name void", "ip link set hole up arp off",
                    "ip link set void up arp off"):
        subprocess.run(command.split(), check=True)


def check_near(records):
    """All the time it was measured as if there were no names."""
    moments = [began(record) for record in records]
    offs = [abs(moment - moments[0] - number * INTERVAL_S)
            for number, moment in enumerate(moments)]
    lab.check(len(records) >= 15 and max(offs) < INTERVAL_S / 2,
              f"an address keeps its {len(records)} rounds: {1000 * max(offs):.0f} ms off at most",
              moments, stall=INTERVAL_S / 4)
    lab.check(all(record["status"] == "reached" and record["loss_percent"] == 0
                  for record in records), "an address is measured all the time")


def changes(internet):
    rounds = Rounds()
    check_address(rounds.next(), ONE, "the only address")
    internet.change(name(TWO, ONE))
    for _ in range(2):
        check_address(rounds.after_this(), ONE, "an address that is still listed is kept")
    internet.change(name(TWO))
    check_address(rounds.after_this(), TWO, "one that has vanished is replaced")
    internet.change(name())
    check_failure(rounds.after_this(), "a name that is gone", "ipv4")
    check_failure(rounds.after_this(), "a name that stays away", "ipv4")
    internet.change(name(ONE, TWO))
    check_address(rounds.after_this(), TWO, "a name that is back, with the address it had")
    dead(True)
    for number in (1, 2):
        asked = time.monotonic()
        check_failure(rounds.after_this(), f"a dead name server, record {number}", "ipv4")
        lab.check(time.monotonic() - asked < LIMIT_S + INTERVAL_S + 2, "it is given 5 s",
                  time.monotonic() - asked)
    dead(False)
    check_address(rounds.after_this(), TWO, "a name server that is back")
    rounds.end()
    check_near(rounds.near)


def from_the_start():
    """Many names without answer are waited for at the same time."""
    dead(True)
    hosts = [f"n{number}.sim" for number in range(50)]
    began_at = time.monotonic()
    found = lab.by_target(lab.trace("-n", *hosts, NEAR))
    wall = time.monotonic() - began_at
    lab.check(set(found) == {*hosts, NEAR}, "a record of each name", len(found))
    for host in hosts[0], hosts[-1]:
        check_failure(found[host], f"{host} does not resolve", None)
    lab.check(found[NEAR]["status"] == "reached" and LIMIT_S - 0.5 < wall < LIMIT_S + 3,
              f"50 names are given up after {wall:.1f} s, all at once")
    dead(False)
    record = lab.trace("-n", "slow-2000.web.sim")[0]
    check_address(record, TWO, "a name that takes 2 s")
    lab.use_name_servers(("10.98.0.99", lab.NAME_SERVERS[0]))
    check_address(lab.trace("-n", "web.sim")[0], TWO, "the first name server of two is dead")


def main():
    internet = lab.Internet(topology=name(ONE), resolver=True)
    make_hole()
    changes(internet)
    internet.change(name(TWO))
    from_the_start()
    lab.finish()


main()
