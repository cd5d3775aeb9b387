#!/usr/bin/env python3
"""The samples in conf/ for Telegraf, each run by it as it is; json-array by inputs.exec."""

import pathlib
import re
import subprocess
import urllib.request

import agent
from agent import lab

CONF = pathlib.Path(__file__).resolve().parent.parent.parent / "conf"
NETWORK = """
target a 198.18.1.1 rtt=4
hop 10.1.1.1 rtt=1
hop 10.1.1.2 rtt=2 mpls=16001/0/1
"""
CONFIG = """
targets = ( { host = "198.18.1.1"; name = "a"; tags = { site = "fra 1"; }; },
            { host = "198.18.1.1"; name = "b"; protocol = "tcp"; } );
"""
TARGETS = {"a": ("icmp", "fra 1"), "b": ("tcp", None)}
HOPS = {"1": "10.1.1.1", "2": "10.1.1.2", "3": "198.18.1.1"}
ETC = pathlib.Path("/etc/hoptrace.conf")


def place_configuration():
    """Where the samples want it: over /etc, in this namespace alone."""
    folder = lab.folder()
    subprocess.run(["mount", "-t", "tmpfs", "none", folder], check=True)
    (folder / "written").mkdir()
    (folder / "index").mkdir()
    done = subprocess.run(["mount", "-t", "overlay", "none", "/etc", "-o",
                           f"lowerdir=/etc,upperdir={folder}/written,workdir={folder}/index"],
                          check=False, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        print(f"SKIP: nothing can be laid over /etc here: {done.stderr.strip()}")
        raise SystemExit(77)
    ETC.write_text(CONFIG, encoding="utf-8")


def check_points(telegraf, name, whole):
    """Both targets with their numbers, three hops each; `whole`: with the tags of their own and the
    routers' addresses, which Telegraf's parsers of JSON cannot pick for every configuration."""
    points = telegraf.points()
    for target, (protocol, site) in TARGETS.items():
        mine = [point for point in points if point[1]["target"] == target]
        lab.check(mine and all(
            (tags["protocol"], tags["family"], tags.get("site") if whole else site)
            == (protocol, "ipv4", site) for _, tags, _, _ in mine),
            f"{name}, {target}: the tags", mine[:1], **lab.ALWAYS)
        fields = [fields for measurement, _, fields, _ in mine if measurement == "traceroute"]
        lab.check(fields and fields[0]["hops"] == 3 and fields[0]["loss_percent"] == 0
                  and fields[0]["sent"] >= fields[0]["received"] >= 9
                  and 4 <= fields[0]["rtt_avg_ms"], f"{name}, {target}: the record", fields)
        hops = {tags["hop"]: fields for measurement, tags, fields, _ in mine
                if measurement == "traceroute_hop"}
        lab.check(set(hops) == set(HOPS) and all(
            fields["sent"] == fields["received"] == 3
            and fields.get("address", None if whole else HOPS[hop]) == HOPS[hop]
            for hop, fields in hops.items()), f"{name}, {target}: the hops", hops)
    times = {time for _, _, _, time in points}
    lab.check(any(time % 1000000000 for time in times), f"{name}: the records' own times", times)


def check_page(text, name):
    """What Telegraf's own page for Prometheus has of it."""
    address = re.search(r'^\s*listen = "(?:tcp://)?(\S*):(\d+)"', text, re.MULTILINE)
    host, port = address.groups() if address else ("", "9273")

    def page():
        try:
            with urllib.request.urlopen(f"http://{host or '127.0.0.1'}:{port}/metrics") as answer:
                found = answer.read().decode()
        except OSError:
            return ""
        return found if 'target="a"' in found and 'target="b"' in found else ""

    found = lab.wait_for(page, 20)
    lines = [line for line in found.splitlines() if "target=" in line]
    lab.check(lines, f"{name}: the page has the targets", found[:300])
    lab.check(not re.search(r"(path_id|address|status|stop_reason)=", found),
              f"{name}: no label that changes with the path", lines[:2], **lab.ALWAYS)


def run(text, name):
    telegraf = agent.Telegraf(text)
    arrived = lab.wait_for(
        lambda: {tags["target"] for tags, _ in telegraf.records()} == set(TARGETS), 20)
    lab.check(arrived, f"{name}: both targets arrive", telegraf.text()[:300])
    if "outputs.prometheus_client" in text:
        check_page(text, name)
    telegraf.stop()
    check_points(telegraf, name, "json" not in name)
    telegraf.check_log(name)


def main():
    agent.program()
    lab.Internet(topology=NETWORK)
    place_configuration()
    samples = sorted(CONF.glob("telegraf-*.conf"))
    lab.check(len(samples) >= 3, f"{len(samples)} samples")
    for sample in samples:
        text = sample.read_text(encoding="utf-8")
        if "json-array" in text and lab.run("-o", "json-array", "127.0.0.1").returncode == 2:
            print(f"# skipped: {sample.name}: this hoptrace has no json-array")
            continue
        run(text, sample.name)
    lab.finish()


main()
