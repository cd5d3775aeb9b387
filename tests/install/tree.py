#!/usr/bin/env python3
"""The installed tree: tree.py SOURCE BUILD

Which files there are, what the library shows and needs, that the headers stand on their own, that
the tree works wherever it is, and that the version stands in one place."""

import pathlib
import re
import subprocess
import sys

import installed
import lab

source, build = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
installed.need("gcc", "nm", "readelf", "pkg-config")
number = installed.version(source)
STRICT = ["-std=c11", "-pedantic", "-Wall", "-Wextra", "-Wshadow", "-Wconversion", "-Wundef",
          "-Wstrict-prototypes", "-Werror", "-fsyntax-only", "-x", "c"]


def is_packages_own(path):
    """Only packages put files there."""
    return path.endswith(("/copyright", "/changelog.gz")) or path.startswith("/etc/")


def check_files(root):
    expected = [path for paths in installed.contents(build, number).values() for path in paths
                if not is_packages_own(path)]
    installed.compare(expected, installed.files_below(root), "files")
    programs = [path for path in installed.files_below(root)
                if (root / path[1:]).stat().st_mode & 0o111]
    lab.check(programs == ["/usr/bin/hoptrace"], "the program alone is executable", programs)


def dynamic(file, tag):
    return re.findall(rf"\({tag}\).*\[(.*)\]", installed.say("readelf", "-d", file))


def check_library(root):
    library = root / f"usr/{installed.cached(build, 'CMAKE_INSTALL_LIBDIR')}/libhoptrace.so"
    major = number.split(".", maxsplit=1)[0]
    lab.check(dynamic(library, "SONAME") == [f"libhoptrace.so.{major}"], "the soname")
    lab.check(library.resolve().name == f"libhoptrace.so.{number}", "the library's links")
    installed.compare({"libcares.so.2", "libidn2.so.0", "libmaxminddb.so.0", "libm.so.6", "libc.so.6"},
                      [name for name in dynamic(library, "NEEDED") if not name.startswith("ld-")],
                      "libraries needed")
    shown = [line.split()[-1] for line in
             installed.say("nm", "-D", "--defined-only", library).splitlines()]
    lab.check(all(name.startswith("ht_") for name in shown), "nothing is exported but ht_", shown)
    installed.compare((installed.HERE / "symbols").read_text(encoding="ascii").split(), shown,
                      "exported functions")


def check_headers(root):
    """In a program that has headers of the same names, which must not be taken for ours."""
    own = lab.folder()
    headers = root / "usr/include"
    for header in headers.glob("hoptrace/*.h"):
        (own / header.name).write_text("#error not this one\n")
    for header in sorted(headers.rglob("*.h")):
        name = header.relative_to(headers)
        done = subprocess.run(["gcc", *STRICT, f"-I{own}", f"-I{headers}", "-"], text=True,
                              input=f"#include <{name}>\ntypedef int something;\n", check=False,
                              stderr=subprocess.PIPE)
        lab.check(done.returncode == 0, f"{name} compiles by itself", done.stderr)
        text = header.read_text(encoding="utf-8")
        lab.check("(" not in re.sub(r"/\*.*?\*/|#.*", "", text, flags=re.DOTALL)
                  or ("HT_BEGIN_C" in text and "HT_END_C" in text),
                  f"{name} says to C++ that its functions are C's")


def pkg_config(root, *arguments):
    folder = next(root.rglob("pkgconfig"))
    return installed.say("pkg-config", *arguments, "hoptrace",
                         env={"PATH": "/usr/bin:/bin", "PKG_CONFIG_LIBDIR": str(folder)}).strip()


def check_another_prefix():
    """What --prefix says counts, not what the build was configured with."""
    root = lab.folder() / "opt"
    installed.say("cmake", "--install", build, "--prefix", root)
    flags = pkg_config(root, "--cflags", "--libs").split()
    folders = [pathlib.Path(flag[2:]).resolve() for flag in flags if flag[:2] in ("-I", "-L")]
    lab.check(len(folders) == 2 and (folders[0] / "hoptrace.h").exists()
              and (folders[1] / "libhoptrace.so").exists(), "pkg-config knows another prefix", flags)
    programs = installed.files_below(root)
    lab.check("/bin/hoptrace" in programs and "/lib/collectd/traceroute.so" in programs,
              "program and plugin are below another prefix", programs)


def check_version(root):
    said = {
        "the program": installed.say(root / "usr/bin/hoptrace", "--version").strip()[9:],
        "pkg-config": pkg_config(root, "--modversion"),
        **{page.name: re.search(r"^\.Os hoptrace (.*)$", page.read_text(), re.MULTILINE)[1]
           for page in (root / "usr/share/man").rglob("*.[135]")},
    }
    for who, what in said.items():
        lab.check(what == number, f"{who} says version {number}", what)
    places = [str(path.relative_to(source)) for top in ("core", "plugin", "conf", "contrib")
              for path in [source / "CMakeLists.txt", *sorted((source / top).rglob("*"))]
              if path.is_file() and number.encode() in path.read_bytes()]
    lab.check(places == ["core/include/hoptrace/version.h"],
              "the version stands in its header alone", places)


tree = installed.tree(build)
check_files(tree)
check_library(tree)
check_headers(tree)
check_another_prefix()
check_version(tree)
lab.finish()
