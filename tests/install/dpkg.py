#!/usr/bin/env python3
"""Installs, uses and removes the Debian packages in this machine's own system, but for its
writing: dpkg.py PACKAGES

All changes go to a memory file system laid over the root, in a mount namespace of its own; there
is no network but the loopback device. Nothing of the machine's that can be written is mounted
there, and nothing is deleted file by file: the mounts go with the namespace."""

import json
import os
import pathlib
import shutil
import stat
import subprocess
import sys
import tempfile

import installed
import lab

PROGRAM = "/usr/bin/hoptrace"
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
# What dpkg, ldconfig and others keep of the installation itself.
KEPT = ("var/lib/dpkg/", "var/log/", "var/cache/", "etc/ld.so.cache", "run/", "tmp/")
RECORDS = "var/log/hoptrace.jsonl"


def run_in_namespaces():
    """Runs the script again where mounts are its own, on a folder that is empty again afterwards."""
    if os.geteuid() != 0:
        installed.skip("only root can install packages")
    installed.need("dpkg", "unshare", "setpriv", "ip")
    enter = ["unshare", "--mount", "--net"]
    if subprocess.run([*enter, "true"], check=False, stderr=subprocess.DEVNULL).returncode != 0:
        installed.skip("no mount namespaces here")
    place = tempfile.mkdtemp(prefix="hoptrace-test-")
    try:
        status = subprocess.run([*enter, sys.executable, *sys.argv, place], check=False).returncode
    finally:
        os.rmdir(place)
    sys.exit(status)


def mount(kind, place, *options):
    command = ["mount", "-t", kind, *options, "none", str(place)]
    return subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode == 0


class System:
    """This machine's system, and what is written to it."""

    def __init__(self, place):
        self.written, self.root = place / "written", place / "root"
        if not mount("tmpfs", place):
            installed.skip("nothing can be mounted here")
        for name in ("written", "index", "root"):
            (place / name).mkdir()
        if not mount("overlay", self.root, "-o",
                     f"lowerdir=/,upperdir={self.written},workdir={place / 'index'}"):
            installed.skip("no overlay file system over / here")
        for name in ("dev", "run", "tmp"):
            mount("tmpfs", self.root / name)
        os.mknod(self.root / "dev/null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
        os.mknod(self.root / "dev/urandom", stat.S_IFCHR | 0o666, os.makedev(1, 9))
        os.chmod(self.root / "dev/null", 0o666)
        installed.say("ip", "link", "set", "lo", "up")

    def run(self, *command):
        """A command inside; its output, errors included, and whether it succeeded."""
        done = subprocess.run(["chroot", self.root, "env", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
                               "LC_ALL=C", *command], stdout=subprocess.PIPE, text=True,
                              stderr=subprocess.STDOUT, check=False)
        return done.stdout, done.returncode == 0

    def dpkg(self, *arguments):
        """Without triggers: other packages' (the index of manual pages) take longer than all the
        rest; the loader's is run apart. What is depended on is another test's subject; here
        nothing must ask for it."""
        return self.run("dpkg", "--no-triggers", "--force-depends", *arguments)

    def states(self, names):
        return {self.run("dpkg-query", "-W", "-f", "${db:Status-Status}", name)[0]
                for name in names}

    def leftovers(self):
        return [path for path in installed.files_below(self.written)
                if not path[1:].startswith(KEPT)]


def check_capability(system, said):
    if shutil.which("setcap") is None:
        lab.check(f"{PROGRAM} could not be given cap_net_raw" in said,
                  "the installation says that the program lacks the capability", said)
        return
    lab.check(f"any user can measure now: {PROGRAM} has been given cap_net_raw" in said,
              "the installation says that the program was given the capability", said)
    found, _ = system.run("getcap", PROGRAM)
    lab.check(found == f"{PROGRAM} cap_net_raw=p\n", "the capability, and no other", found)
    found, _ = system.run(*NOBODY, PROGRAM, "-n", "-j", "127.0.0.1")
    lab.check(json.loads(found)["status"] == "reached", "any user can measure", found)


def enable(system):
    """What `systemctl enable hoptrace` does; the link that it makes."""
    link = system.root / "etc/systemd/system/multi-user.target.wants/hoptrace.service"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to("/usr/lib/systemd/system/hoptrace.service")
    return link


def main(packages, place):
    system = System(place)
    for file in packages.glob("*.deb"):
        shutil.copy(file, system.root / "tmp")
    files = [f"/tmp/{path.name}" for path in sorted(packages.glob("*.deb"))]
    names = [path.name.split("_")[0] for path in sorted(packages.glob("*.deb"))]

    said, good = system.dpkg("-i", *files)
    lab.check(good and system.states(names) == {"installed"}, "the packages install", said)
    check_capability(system, said)
    said, good = system.run("dpkg", "--triggers-only", "libc-bin")
    lab.check(good and "libhoptrace.so.0" in system.run("ldconfig", "-p")[0],
              "the loader knows the library", said)
    lab.check((system.root / "usr/lib/collectd/traceroute.so").is_file(), "the plugin is in place")
    enabled = enable(system)
    lab.check(enabled.is_symlink(), "the service can be enabled")
    said, good = system.dpkg("-i", *[file for file in files if "/hoptrace_" in file])
    lab.check(good, "the program's package installs over itself", said)

    (system.root / RECORDS).write_text("{}\n")
    said, good = system.dpkg("-r", *names)
    lab.check(good and not (system.root / PROGRAM[1:]).exists(), "the packages are removed", said)
    lab.check((system.root / RECORDS).exists(), "the records are not removed with them")
    lab.check(not enabled.is_symlink(), "the service that was enabled ends with them")
    said, good = system.dpkg("-P", *names)
    lab.check(good and not (system.root / RECORDS).exists(), "purging takes them along", said)
    lab.check(not system.leftovers(), "nothing is left of the packages", system.leftovers())
    lab.finish()


if not list(pathlib.Path(sys.argv[1]).glob("*.deb")):
    installed.skip("no packages were made")
if len(sys.argv) < 3:
    run_in_namespaces()
main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
