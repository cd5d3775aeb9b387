#!/usr/bin/env python3
"""Makes the Debian packages and looks into them: packages.py BUILD"""

import hashlib
import os
import pathlib
import re
import sys
import time

import installed
import lab

build = pathlib.Path(sys.argv[1])
installed.need("cpack", "dpkg-deb", "dpkg-shlibdeps", "file")
number = installed.version(installed.cached(build, "CMAKE_HOME_DIRECTORY"))

# The packages that each depends on: those whose libraries it uses, and what is said of it.
DEPENDS = {
    "hoptrace": {"libc6", "libc-ares2", "libidn2-0", "libmaxminddb0", "libconfig9", "libjson-c5",
                 "libseccomp2", "libcap2-bin"},
    "collectd-plugin-hoptrace": {"libc6", "libc-ares2", "libidn2-0", "libmaxminddb0",
                                 "collectd-core"},
    "libhoptrace0": {"libc6", "libc-ares2", "libidn2-0", "libmaxminddb0"},
    "libhoptrace-dev": {"libhoptrace0"},
}
CONTROL = {
    "hoptrace": {"control", "md5sums", "conffiles", "postinst", "prerm", "postrm"},
    "collectd-plugin-hoptrace": {"control", "md5sums"},
    "libhoptrace0": {"control", "md5sums", "shlibs", "triggers"},
    "libhoptrace-dev": {"control", "md5sums"},
}


def make():
    for old in (build / "packages").glob("*.deb"):
        old.unlink()
    installed.say("cpack", "-G", "DEB", cwd=build)
    return {file.name.split("_")[0]: file for file in (build / "packages").glob("*.deb")}


def check_repeated(first):
    """Packed anew a second later, with a date of the sources, they are the same bytes."""
    digests = [hashlib.sha256(file.read_bytes()).hexdigest() for file in first.values()]
    time.sleep(1.1)
    again = [hashlib.sha256(file.read_bytes()).hexdigest() for file in make().values()]
    lab.check(sorted(digests) == sorted(again), "packed twice, they are the same bytes")


def field(file, name):
    return installed.say("dpkg-deb", "-f", file, name).strip()


def check_control(package, file):
    folder = lab.folder()
    installed.say("dpkg-deb", "-e", file, folder)
    installed.compare(CONTROL[package], [path.name for path in folder.iterdir()],
                      f"{package}: control files")
    depends = {re.split(r"[ (]", part.strip())[0] for part in field(file, "Depends").split(",")}
    installed.compare(DEPENDS[package], depends, f"{package}: packages depended on")
    lab.check(field(file, "Version") == number, f"{package}: the version")
    lab.check(field(file, "Maintainer") == "The hoptrace authors <hoptrace@example.org>",
              f"{package}: the maintainer")
    # Lines with two blanks in front would be shown as they are, not as one paragraph.
    more = field(file, "Description").splitlines()[1:]
    lab.check(more and all(re.match(r" \S", line) for line in more), f"{package}: a description",
              more)


def check_files(package, file, expected):
    found = []
    for line in installed.say("dpkg-deb", "-c", file).splitlines():
        mode, owner, _, _, _, path = line.split(maxsplit=5)
        path = path.split(" -> ")[0][1:]
        right = {"d": "drwxr-xr-x", "l": "lrwxrwxrwx"}.get(
            mode[0], "-rwxr-xr-x" if path.startswith("/usr/bin/") else "-rw-r--r--")
        if owner != "root/root" or mode != right:
            lab.check(False, f"{package}: owner and mode", line)
        if mode[0] != "d":
            found.append(path)
    installed.compare(expected, found, f"{package}: files")


def packed(paths):
    """What stands in a package for these files: its manual pages are compressed."""
    return [f"{path}.gz" if path.startswith("/usr/share/man/") else path for path in paths]


# As build-packages has it from the sources.
os.environ["SOURCE_DATE_EPOCH"] = "1700000000"
made = make()
expected_contents = installed.contents(build, number)
installed.compare(expected_contents, made, "packages")
for name, deb in sorted(made.items()):
    check_files(name, deb, packed(expected_contents[name]))
    check_control(name, deb)
# Loaded only where a page is served.
lab.check(field(made["hoptrace"], "Recommends") == "libmicrohttpd12", "what --listen needs",
          field(made["hoptrace"], "Recommends"))
lab.check(field(made["libhoptrace-dev"], "Depends") == f"libhoptrace0 (= {number})",
          "development files go with their very library")
check_repeated(made)
lab.finish()
