#!/usr/bin/env python3
"""Runs one part of the benchmark where it is, in a network namespace of its own:
inside.py PART FILE SETTINGS. The report goes to FILE, as JSON; so do the settings come."""

import importlib
import json
import pathlib
import sys

import report as reports


def main():
    part, file, settings = sys.argv[1:]
    report = reports.Report()
    importlib.import_module(part).measure(json.loads(settings), report)
    report.write(pathlib.Path(file))


main()
