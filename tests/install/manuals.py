#!/usr/bin/env python3
"""The manual pages: manuals.py SOURCE BUILD

They name every option, key, value and function that there is, with the ranges and defaults that the
program tells, and those who format them have no complaints."""

import pathlib
import re
import shutil
import subprocess
import sys

import installed
import lab

source, build = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
PAGES = ("hoptrace.1", "libhoptrace.3", "collectd-traceroute.5", "hoptrace.conf.5")


def entry(page, pattern):
    """What stands under the first .It that matches, up to the next."""
    found = re.search(rf"^\.It {pattern}.*\n((?:(?!\.It |\.El).*\n)*)", page, re.MULTILINE)
    return " ".join(found[1].split()) if found else None


def check_entry(page, name, pattern, ranges=""):
    text = entry(page, pattern)
    if lab.check(text is not None, f"{name} is described") and ranges:
        lab.check(ranges in text, f"{name}: {ranges}", text)


def check_program(page, help_text):
    """Each option with what the help says in parentheses of its range."""
    pattern = r"^  (?:-(\w))?(?:, |    +)?(?:--([\w-]+))?(?: [A-Z/]+)?  +.*?(?:\((\d[^()]*)\))?$"
    options = [line for line in help_text.splitlines() if re.match(r"  +-", line)]
    lab.check(len(options) >= 29, f"the help has {len(options)} options")
    for line in options:
        letter, name, ranges = re.match(pattern, line).groups()
        words = [f"Fl {letter}"] if letter else []
        words += [f"Fl -{name}"] if name else []
        check_entry(page, f"-{letter or ''} {name or ''}".strip(), r" , ".join(words) + r"(?= |\n)",
                    ranges or "")
    for word in ("text", "json", "influx", "putval", "prometheus", "reached", "incomplete",
                 "unreachable", "resolve_error", "permission_error", "error", *events(source)):
        check_entry(page, word, f"Cm {word}")


def ranges_of(help_text):
    """The ranges by the keys' names, from the help."""
    found = re.findall(r"--([\w-]+) [A-Z]+ .*\((\d[^()]*)\)$", help_text, re.MULTILINE)
    return {name.replace("-", "_"): ranges for name, ranges in found}


def sample_keys(name):
    """Keys of a sample, also of those in comments."""
    text = (source / "conf" / name).read_text(encoding="utf-8")
    return text, set(re.findall(r"^[ #{]*([a-z_]+) *=", text, re.MULTILINE))


def check_configuration(page, ranges):
    _, keys = sample_keys("hoptrace.conf")
    table = (source / "core/config/keys.c").read_text(encoding="utf-8")
    rows = re.findall(r"\{\.name = \"(\w+)\",(.*?)(?=\{\.name|\};)", table, re.DOTALL)
    known = {name for name, row in rows if "TARGET(" in row or ".in_file = true" in row}
    lab.check(len(known) > 15, "keys of the table", known)
    known |= {"host", "name", "tags", "targets", "defaults"}
    lab.check(known - {"defaults", "targets"} <= keys, "the sample shows every key", known - keys)
    for key in sorted(known):
        check_entry(page, key, f"Va {key}$", ranges.get(key, ""))


def check_plugin(page, ranges):
    for key, text in ranges.items():
        if key in ("rounds", "deadline"):
            continue
        word = "".join(part.capitalize() for part in key.split("_"))
        check_entry(page, word, f"Cm {word}(?= )", text)
    sample = (source / "conf/collectd-traceroute.conf").read_text(encoding="utf-8")
    block = sample.split("<Plugin traceroute>")[1]
    for word in sorted(set(re.findall(r"^ +(?:# )?<?([A-Z]\w+) ", block, re.MULTILINE))):
        if word not in ("Defaults", "Most", "A"):
            lab.check(re.search(rf"^\.It Cm <?{word}\b", page, re.MULTILINE) is not None,
                      f"{word} is described")
    for value in ("ping", "ping_stddev", "ping_droprate", "gauge-hops", "gauge-reached",
                  "gauge-path_id", "gauge-path_changes", "gauge-result_code", "gauge-loss_significant",
                  "gauge-loss_after_hop", "gauge-loss_by_hop", "gauge-rtt_risen",
                  "ping_droprate-path-01", *events(source)):
        check_entry(page, value, f"Va {value}$")


def events(source):
    """The names of all events."""
    table = (source / "core/model/event.c").read_text(encoding="utf-8")
    names = re.findall(r"\[HT_EVENT_\w+\] = \{\"(\w+)\"", table)
    lab.check(len(names) >= 2, "the table of events", names)
    return names


def check_library(page):
    for function in (installed.HERE / "symbols").read_text(encoding="ascii").split():
        synopsis, description = page.split(".Sh DESCRIPTION")
        described = function in description or function.endswith("_name")
        lab.check(f".Fn {function} " in synopsis and described, f"{function} is described")
    options = (source / "core/include/hoptrace/engine.h").read_text(encoding="utf-8")
    fields = re.findall(r"^    (?:\w+ |void \(\*)(\w+)[;)]",
                        options.split("struct ht_engine_options {")[1].split("\n};")[0],
                        re.MULTILINE)
    lab.check(len(fields) >= 5, "the options of an engine", fields)
    for field in fields:
        lab.check(re.search(rf"^\.Va {field}\b", page, re.MULTILINE) is not None,
                  f"{field} is described")
    errors = (source / "core/include/hoptrace/error.h").read_text(encoding="utf-8")
    for code in re.findall(r"(HT_ERR_\w+) = ", errors):
        check_entry(page, code, f"Dv {code}")


def complaints(command, page):
    done = subprocess.run([*command, str(page)], check=False, stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True)
    return done.stderr


def check_format(folder):
    """Skipped by name where a formatter is missing."""
    formatters = {"groff": ["groff", "-mdoc", "-ww", "-wall", "-Tutf8"],
                  "mandoc": ["mandoc", "-Tutf8", "-Wwarning"]}
    for name, command in formatters.items():
        if shutil.which(name) is None:
            print(f"skip {name}: it is not here")
            continue
        for page in PAGES:
            said = complaints(command, folder / f"man{page[-1]}" / page)
            lab.check(said == "", f"{name} has nothing against {page}", said)


def check_lines(folder):
    """What is to be typed stands in one line of a terminal of 80 columns."""
    wanted = "hoptrace -j --deadline 240 -c /etc/hoptrace.conf >>/var/log/paths.jsonl"
    if shutil.which("mandoc") is None:
        print("skip the width of lines: there is no mandoc")
        return
    lines = installed.say("mandoc", "-Tascii", "-Owidth=78", folder / "man1/hoptrace.1").splitlines()
    lab.check(wanted in [line.strip() for line in lines], "cron's example is one line",
              [line for line in lines if "--deadline 240" in line])
    lab.check(all(len(re.sub(".\b", "", line)) <= 80 for line in lines), "no line is wider than that")


tree = installed.tree(build)
manuals = tree / "usr/share/man"
pages = {page: (manuals / f"man{page[-1]}" / page).read_text(encoding="utf-8") for page in PAGES}
help_of_program = installed.say(tree / "usr/bin/hoptrace", "--help")
check_program(pages["hoptrace.1"], help_of_program)
check_configuration(pages["hoptrace.conf.5"], ranges_of(help_of_program))
check_plugin(pages["collectd-traceroute.5"], ranges_of(help_of_program))
check_library(pages["libhoptrace.3"])
check_format(manuals)
check_lines(manuals)
lab.finish()
