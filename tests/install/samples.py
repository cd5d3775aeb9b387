#!/usr/bin/env python3
"""The samples in conf/, each used as it says: samples.py SOURCE BUILD

Their commands run the installed program, with nothing replaced but the place of its configuration,
whose targets are in the simulated network. collectd's sample is tested with collectd."""

import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

import installed
import lab

from check_json import check as check_json_lines  # lab has made the way

try:
    import tomllib
except ImportError:
    installed.skip("this python3 has no tomllib (it came with 3.11)")

source, build = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
TOPOLOGY = "target a 198.18.1.1 rtt=4\nhop 10.1.1.1 rtt=1\nhop 10.1.1.2 rtt=2\n"
CONFIG = """
targets = ( { host = "198.18.1.1"; name = "a"; tags = { site = "fra 1"; }; },
            { host = "198.18.1.1"; name = "b"; protocol = "tcp"; },
            "no-such-address.invalid" );
"""
TARGETS = {"a", "b", "no-such-address.invalid"}


def run(command, config, **options):
    """Runs a sample's command: words, or a line for the shell."""
    return subprocess.run([word.replace("/etc/hoptrace.conf", str(config)) for word in command],
                          check=False, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=60, **options)


def check_success(done, what):
    lab.check(done.returncode == 0 and done.stderr == b"", f"{what} runs through",
              f"exit {done.returncode}: {done.stderr[:300]}")


def check_influx(data):
    points = lab.points(data)
    seen = {tags["target"] for measurement, tags, _, _ in points if measurement == "traceroute"}
    lab.check(seen == TARGETS, "every target has a point", seen)
    lab.check(any(measurement == "traceroute_hop" for measurement, _, _, _ in points),
              "hops have points")


def check_json(data):
    lab.check_schema(data)
    lab.check({record["target"] for record in map(json.loads, data.splitlines())} == TARGETS,
              "every target has a record")


def telegraf(name):
    """The sample, as Telegraf reads it: the one plugin of its one kind."""
    text = (source / "conf" / name).read_text(encoding="utf-8")
    inputs = tomllib.loads(text)["inputs"]
    (kind, plugins), = inputs.items()
    lab.check(len(plugins) == 1 and kind in ("exec", "execd"), f"{name}: TOML, one inputs.{kind}")
    return plugins[0]


def seconds(duration):
    return int(re.fullmatch(r"(\d+)s", duration)[1])


def option(command, name):
    return command[command.index(name) + 1]


def check_exec(config):
    plugin = telegraf("telegraf-exec.conf")
    command = shlex.split(plugin["commands"][0])
    lab.check(float(option(command, "--deadline")) < seconds(plugin["timeout"])
              <= seconds(plugin["interval"]), "the deadline is within the timeout", plugin)
    lab.check(plugin["data_format"] == "influx", "what is read is influx")
    done = run(command, config)
    check_success(done, "the command of telegraf-exec.conf")
    check_influx(done.stdout)


def run_daemon(plugin, config):
    """What execd would read, of one round."""
    lab.check(plugin["signal"] == "none", "the process is not signalled")
    lab.check("--interval" in plugin["command"], "the process stays")
    done = run([*plugin["command"], "--rounds", "1"], config, stdin=subprocess.DEVNULL)
    check_success(done, f"{plugin['command'][0]} as a daemon")
    return done.stdout


def check_execd(config):
    plugin = telegraf("telegraf-execd.conf")
    lab.check(plugin["data_format"] == "influx", "what is read is influx")
    check_influx(run_daemon(plugin, config))


def check_prometheus(config):
    text = (source / "conf/telegraf-prometheus.conf").read_text(encoding="utf-8")
    output, = tomllib.loads(text)["outputs"]["prometheus_client"]
    lab.check(output["string_as_label"] is False, "no text becomes a label")
    plugin = telegraf("telegraf-prometheus.conf")
    lab.check(plugin["data_format"] == "influx", "what is read is influx")
    check_influx(run_daemon(plugin, config))


def names(value, name=""):
    """What json_v2 calls the parts of a value: keys joined, whatever the arrays between."""
    if isinstance(value, list):
        return {name}.union(*(names(part, name) for part in value))
    if isinstance(value, dict):
        return {name}.union(*(names(part, f"{name}_{key}" if name else key)
                              for key, part in value.items()))
    return {name}


def check_section(section, records):
    """Each key that is picked or renamed is there: none has another name."""
    picked, = section["object"]
    lab.check(picked["path"] == "@this", "all records are taken")
    asked = {*picked["tags"], *picked["included_keys"], *picked["renames"], *picked["fields"],
             *([picked["timestamp_key"]] if "timestamp_key" in picked else [])}
    lab.check(asked <= names(records), f"{section['measurement_name']}: its keys are there",
              asked - names(records))
    moment = picked if "timestamp_key" in picked else section
    lab.check(moment["timestamp_format"] == "2006-01-02T15:04:05.999999Z07:00", "the time")


def check_telegraf_json(config):
    plugin = telegraf("telegraf-json.conf")
    command = shlex.split(plugin["commands"][0])
    lab.check(float(option(command, "--deadline")) < seconds(plugin["timeout"]),
              "the deadline is within the timeout", plugin)
    done = run(command, config)
    check_success(done, "the command of telegraf-json.conf")
    problems = check_json_lines(done.stdout, array=True)
    lab.check(not problems, "the array passes the checker", problems[:3])
    records = json.loads(done.stdout)
    lab.check({record["target"] for record in records} == TARGETS, "every target has a record")
    lab.check(plugin["data_format"] == "json_v2" and len(plugin["json_v2"]) == 2,
              "targets and hops are read from the JSON")
    for section in plugin["json_v2"]:
        check_section(section, records)


def check_cron(config):
    """The one line that is no comment and no assignment."""
    text = (source / "conf/cron.d-hoptrace").read_text(encoding="utf-8")
    lab.check(text.endswith("\n"), "cron reads the last line")
    entries = [line for line in text.splitlines() if line and not re.match(r"#|\w+ *=", line)]
    when = r"(?:(?:\*|\d+)(?:/\d+)?\s+){5}"
    found = re.fullmatch(rf"{when}(\w+)\s+(.*)", entries[0]) if len(entries) == 1 else None
    if not lab.check(found is not None, "there is one entry, with a user", entries):
        return
    user, line = found.groups()
    lab.check(user == "root" and "%" not in line, "cron gives the line to the shell as it is")
    output = lab.folder() / "hoptrace.jsonl"
    lab.check("/var/log/hoptrace.jsonl" in line, "the records go to a file")
    line = line.replace("/var/log/hoptrace.jsonl", str(output))
    done = run(["sh", "-c", line + " --check-config"], config)
    check_success(done, "cron's command --check-config")
    lab.check(output.read_text(encoding="utf-8") == f"{config}: 3 targets\n",
              "it says how many targets there are")
    output.unlink()
    check_success(run(["sh", "-c", line], config), "cron's command")
    check_json(output.read_bytes())


def check_own():
    done = run(["hoptrace", "--check-config", "--config", str(source / "conf/hoptrace.conf")], "")
    check_success(done, "hoptrace.conf with --check-config")


tree = installed.tree(build)
os.environ["PATH"] = f"{tree}/usr/bin:{os.environ['PATH']}"
internet = lab.Internet(topology=TOPOLOGY, resolver=True)
targets = lab.config(CONFIG)
check_own()
check_cron(targets)
check_exec(targets)
check_execd(targets)
check_prometheus(targets)
check_telegraf_json(targets)
lab.finish()
