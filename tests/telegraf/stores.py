#!/usr/bin/env python3
"""What stores keep: the series and bytes of many targets in Prometheus, VictoriaMetrics (which fetch
the page) and InfluxDB (influx lines), with all values and without those of hops, before and after
each path has changed many times.

    HT_BIN=BUILD tests/support/in_namespace tests/telegraf/stores.py [OPTION]...

Prints a table in Markdown. No test: each change takes until the stores have it, one to three
intervals. Bytes of Prometheus are those of a block of all samples; of VictoriaMetrics and InfluxDB
what their folders take. `scrapes` are those of Prometheus that succeeded."""

import argparse
import os
import threading
import time
import urllib.parse
import urllib.request

import scraping
import store
from agent import lab

PORT = 9477
# Until the stores have a change, at most; of so many targets, since a busy machine is late for some.
PATIENCE_S, SHARE = 300, 0.98


def network(number, options):
    """All targets behind the same routers; the one in the middle is another one each time."""
    hops = "".join(f"hop 10.1.{number if ttl == options.hops // 2 else 0}.{ttl} rtt={ttl}\n"
                   for ttl in range(1, options.hops))
    return f"defaults ttl=255\ntarget t 198.18.0.1 rtt={options.hops} count={options.targets}\n{hops}"


class Influx(store.InfluxDB):
    PROGRAM = "influxd"

    def __init__(self):
        super().__init__('[coordinator]\n  write-timeout = "300s"\n')
        self.post(f"query?{urllib.parse.urlencode({'q': f'CREATE DATABASE {store.DATABASE}'})}", b"")

    @staticmethod
    def post(what, data):
        request = urllib.request.Request(f"http://{store.ADDRESS}/{what}", data=data, method="POST")
        with urllib.request.urlopen(request, timeout=300):
            pass

    def write(self, lines):
        self.post(f"write?db={store.DATABASE}", lines)

    def series(self):
        rows = self.query("SHOW SERIES EXACT CARDINALITY")
        return sum(row["count"] for row in rows)

    def bytes(self):
        return sum(scraping.bytes_in(self.folder / part) for part in ("data", "wal"))


def feed(pipe, influx, sizes):
    """Hands the influx lines on as they come, and counts them by their bytes."""
    rest = b""
    while text := os.read(pipe.fileno(), 1 << 22):
        lines, newline, rest = (rest + text).rpartition(b"\n")
        sizes.append(len(lines) + len(newline))
        if newline:
            influx.write(lines + newline)


def page_bytes():
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/metrics", timeout=300) as answer:
        return len(answer.read())


def measure(values, options):
    """Rows of the table."""
    internet = lab.Internet(topology=network(0, options))
    servers = [scraping.Prometheus(PORT, options.interval),
               scraping.VictoriaMetrics(PORT, options.interval), Influx()]
    file = lab.config(f'defaults = {{ numeric = true; probes = 1; hop_values = "{values}"; }};\n'
                      "targets = (" + ",\n".join(
                          f'"198.18.{number // 256}.{number % 256}"'
                          for number in range(1, options.targets + 1)) + ");\n")
    program = lab.start("-o", "influx", "--pps", 0, "--interval", options.interval, "-c", file,
                        "--listen", PORT)
    sizes = []
    threading.Thread(target=feed, args=(program.stdout, servers[2], sizes), daemon=True).start()
    known = await_path(servers, 0, values, options)
    rows = [row(values, 0, servers, sizes)]
    for number in range(1, options.changes + 1):
        internet.change(network(number, options))
        known &= await_path(servers, number, values, options)
    rows.append(row(values, options.changes, servers, sizes))
    lab.check(known, "the stores have the targets and hops of each path", **lab.ALWAYS)
    program.terminate()
    program.wait()
    for server in servers:
        server.process.kill()
        server.process.wait()
    internet.down()
    return rows


def await_path(servers, number, values, options):
    """Until the stores have the path of the targets; without values of hops: two rounds. True: they
    have."""
    query = f'count(hoptrace_hop_info{{address="10.1.{number}.{options.hops // 2}"}})'
    if values != "all":
        query = "count(hoptrace_reached)"
        time.sleep(2 * options.interval)
    return lab.wait_for(lambda: all((server.number(query) or 0) >= SHARE * options.targets
                                    for server in servers[:2]), PATIENCE_S)


def row(values, changes, servers, sizes):
    scrapes = servers[0].number('sum_over_time(up{job="hoptrace"}[1d])')
    return (values, changes, page_bytes(), sum(sizes), scrapes,
            [(server.series(), server.bytes()) for server in servers])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--targets", type=int, default=1000)
    parser.add_argument("--hops", type=int, default=20)
    parser.add_argument("--changes", type=int, default=100, help="at most 255")
    parser.add_argument("--interval", type=int, default=10, help="seconds")
    options = parser.parse_args()
    print("| hop_values | changes | page, bytes | influx lines so far, bytes | scrapes | Prometheus:"
          " series, bytes | VictoriaMetrics: series, bytes | InfluxDB: series, bytes |")
    print("|---|---|---|---|---|---|---|---|")
    for values in ("all", "none"):
        for name, changes, page, lines, scrapes, stores in measure(values, options):
            cells = " | ".join(f"{series:,}, {size:,}" for series, size in stores)
            print(f"| {name} | {changes} | {page:,} | {lines:,} | {scrapes:.0f} | {cells} |",
                  flush=True)


main()
