#!/usr/bin/env python3
"""What has changed in the real Telegraf, by inputs.execd: a point for each event, with all that it
tells, and none in peace."""

import agent
from agent import lab

TARGET, INTERVAL_S, PEACE = "198.18.1.1", 0.3, 20
NETWORK = f"target a {TARGET} rtt=4\nhop 10.1.1.1 rtt=1\nhop 10.1.1.2 rtt=2\n"
CHANGED = NETWORK.replace("10.1.1.2", "10.1.9.2")
# Tag values that have to be escaped.
CONFIG = f'targets = ( {{ host = "{TARGET}"; name = "a b"; tags = {{ t = "c,d=e"; }}; }} );\n'


def events(telegraf):
    return [(tags, fields, time) for measurement, tags, fields, time in telegraf.points()
            if measurement == "traceroute_event"]


def wait_for_rounds(telegraf, count):
    lab.wait_for(lambda: len(telegraf.records()) >= count, 60)


def main():
    agent.program()
    internet = lab.Internet(topology=NETWORK)
    file = lab.config(CONFIG)
    telegraf = agent.Telegraf(agent.execd_of(
        f"-n -o influx --events --interval {INTERVAL_S} -w 0.2 -c {file}", "influx"))
    wait_for_rounds(telegraf, PEACE)
    lab.check(not events(telegraf), f"no event in {PEACE} rounds of peace", events(telegraf))
    internet.change(CHANGED)
    lab.wait_for(lambda: events(telegraf), 30)
    internet.change(NETWORK)
    lab.wait_for(lambda: len(events(telegraf)) >= 2, 30)
    wait_for_rounds(telegraf, len(telegraf.records()) + 3)
    telegraf.stop()
    found = events(telegraf)
    lab.check([fields["seen_before"] for _, fields, _ in found] == [False, True],
              "a point for each change", found)
    for (tags, fields, _), old, new in zip(found, ("10.1.1.2", "10.1.9.2"),
                                           ("10.1.9.2", "10.1.1.2")):
        lab.check(tags == {"event": "path_changed", "family": "ipv4", "protocol": "icmp",
                           "t": "c,d=e", "target": "a b"}, "its tags", tags)
        lab.check((fields["ttl"], fields["old_address"], fields["new_address"],
                   fields["old_hops"], fields["new_hops"]) == (2, old, new, 3, 3)
                  and fields["severity"] == ("okay" if fields["seen_before"] else "warning")
                  and fields["message"].startswith("path to a b: hop 2 is now "),
                  "its fields, of their types", fields)
    times = {time for measurement, _, _, time in telegraf.points() if measurement == "traceroute"}
    lab.check(all(time in times for _, _, time in found), "the time is that of a record")
    changes = [fields["path_changes"] for _, fields in telegraf.records()]
    lab.check(sorted(set(changes)) == [0, 1, 2] and changes == sorted(changes),
              "path_changes grows with each", changes)
    telegraf.check_log("execd")
    lab.finish()


main()
