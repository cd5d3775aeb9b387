#!/usr/bin/env python3
"""Debian's own checker on the packages, nothing overridden: lintian.py PACKAGES"""

import pathlib
import re
import subprocess
import sys

import installed
import lab


def main(packages):
    installed.need("lintian")
    if not packages:
        installed.skip("no packages were made")
    done = subprocess.run(["lintian", "--allow-root", "--no-override", "--tag-display-limit", "0",
                           "--fail-on", "error,warning", *packages], check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    for package in packages:
        name = package.name.split("_")[0]
        found = re.findall(rf"^[EW]: {name}: .*$", done.stdout, re.MULTILINE)
        lab.check(not found, f"{package.name}: neither errors nor warnings", found)
    lab.check(done.returncode == 0, "lintian has nothing to fail for", done.stdout[-500:])
    lab.finish()


main(sorted(pathlib.Path(sys.argv[1]).glob("*.deb")))
