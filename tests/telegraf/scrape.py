#!/usr/bin/env python3
"""The page that is served (--listen), in the real Prometheus and the real VictoriaMetrics: both
fetch it by themselves and answer with what the program says."""

import json

import scraping
from scraping import lab

NEAR, FAR, GONE = "198.18.1.1", "198.18.1.2", "198.18.1.3"
NETWORK = (f"defaults ttl=255\ntarget near {NEAR} rtt=4\nhop 10.1.1.1 rtt=1\nhop 10.1.1.2 rtt=2\n"
           f"target far {FAR} rtt=30\nhop 10.1.1.1 rtt=1\n"
           f"target gone {GONE} silent=yes\nhop 10.1.1.1 rtt=1\n")
PORT = 9477
# Of the histogram's buckets: 0.2, 0.5, 1, 2, 5 ... ms.
QUANTILE = ("histogram_quantile(0.5, sum by (target, le) "
            "(rate(hoptrace_rtt_histogram_seconds_bucket[1m])))")


def by_target(found):
    return {labels["target"]: value for labels, value in found}


def check(server, records):
    """What it has of a program that has gone on for some rounds, and of the program itself."""
    name = server.PROGRAM
    lab.check(server.number('up{job="hoptrace"}') == 1, f"{name}: the page is there, and read",
              **lab.ALWAYS)
    reached = by_target(server.query("hoptrace_reached"))
    lab.check(reached == {NEAR: 1, FAR: 1, GONE: 0}, f"{name}: who is reached", reached)
    info = {(labels["hop"], labels["address"])
            for labels, _ in server.query(f'hoptrace_hop_info{{target="{NEAR}"}}')}
    lab.check(info == {("1", "10.1.1.1"), ("2", "10.1.1.2"), ("3", NEAR)}, f"{name}: its path", info)
    median = by_target(server.query(QUANTILE))
    lab.check(0.002 <= median[NEAR] <= 0.01 and 0.02 <= median[FAR] <= 0.06,
              f"{name}: medians by the histogram", median, stall=0.02)
    sent = server.number("sum(hoptrace_sent_total)")
    told = sum(record["sent"] for record in records())
    lab.check(0 < sent <= told, f"{name}: {sent:.0f} probes counted", (sent, told), **lab.ALWAYS)
    lab.check(server.number("sum(rate(hoptrace_sent_total[1m]))") > 0, f"{name}: counters rise")
    lab.check(server.number("hoptrace_self_targets") == 3
              and server.number("hoptrace_self_wakeups_total") > 0, f"{name}: its own health")
    age = by_target(server.query("time() - hoptrace_last_round_timestamp_seconds"))
    lab.check(all(0 <= value < 30 for value in age.values()), f"{name}: measured just now", age,
              **lab.ALWAYS)


def main():
    lab.Internet(topology=NETWORK)
    out = lab.folder() / "out"
    with open(out, "wb") as lines:
        program = lab.start("-j", "-n", "--self", "--interval", 1, "-w", 0.3, "--listen", PORT, NEAR,
                            FAR, GONE, stdout=lines)

    def records():
        lines = out.read_text(encoding="utf-8").rpartition("\n")[0].split("\n")
        return [record for record in map(json.loads, lines) if record["schema"] == "hoptrace/1"]

    servers = [scraping.Prometheus(PORT), scraping.VictoriaMetrics(PORT)]
    for server in servers:
        counted = "min(count_over_time(hoptrace_last_round_timestamp_seconds[1m]))"
        lab.check(lab.wait_for(lambda: (server.number(counted) or 0) >= 6, 60),
                  f"{server.PROGRAM}: six scrapes", **lab.ALWAYS)
        check(server, records)
    program.terminate()
    said = program.communicate(timeout=30)[1].decode()
    lab.check(program.returncode == 0 and lab.complaints(said) == "", "it ends well", said)
    lab.finish()


main()
