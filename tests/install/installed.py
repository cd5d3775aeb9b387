"""What the tests of the installation share: the checks of the laboratory, and the installed tree."""

import pathlib
import re
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "simulated"))

import lab  # noqa: E402


def skip(reason):
    """Ends the script: this machine cannot run it."""
    print(f"SKIP: {reason}")
    sys.exit(77)


def need(*tools):
    """Skips the test where one of these programs is missing."""
    for tool in tools:
        if shutil.which(tool) is None:
            skip(f"no {tool} here")


def say(*command, **options):
    """What a command prints; it must succeed."""
    return subprocess.run([str(word) for word in command], check=True, stdout=subprocess.PIPE,
                          text=True, **options).stdout


def tree(build):
    """The installed tree, as the first test made it: not to be changed."""
    return pathlib.Path(build) / "installed"


def cached(build, name):
    """A variable of the build."""
    text = (pathlib.Path(build) / "CMakeCache.txt").read_text(encoding="utf-8")
    return re.search(rf"^{name}:\w+=(.*)$", text, re.MULTILINE)[1]


def version(source):
    """The project's, from the one place where it stands."""
    text = (pathlib.Path(source) / "core/include/hoptrace/version.h").read_text(encoding="utf-8")
    return re.search(r'^#define HT_VERSION "([\d.]+)"$', text, re.MULTILINE)[1]


def contents(build, number):
    """Which files each package has: lists of paths by package names."""
    packages = {}
    text = (HERE / "contents").read_text(encoding="ascii")
    text = text.replace("@LIBDIR@", f"/usr/{cached(build, 'CMAKE_INSTALL_LIBDIR')}")
    text = text.replace("@BUILDTYPE@", cached(build, "CMAKE_BUILD_TYPE").lower())
    for line in text.replace("@VERSION@", number).splitlines():
        if line and not line.startswith("#"):
            package, path = line.split()
            packages.setdefault(package, []).append(path)
    return packages


def files_below(root):
    """Files and links below a folder, as absolute paths within it."""
    return sorted(f"/{path.relative_to(root)}" for path in pathlib.Path(root).rglob("*")
                  if path.is_symlink() or not path.is_dir())


def compare(expected, found, what):
    """Checks that two lists hold the same."""
    missing, surplus = sorted(set(expected) - set(found)), sorted(set(found) - set(expected))
    lab.check(not missing and not surplus, f"{what}: {len(set(expected))} as expected",
              f"missing {missing}, unexpected {surplus}")
