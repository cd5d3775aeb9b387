#!/usr/bin/env python3
"""The units of systemd: units.py SOURCE BUILD

systemd's own checks of them, and how much they leave to an attacker. Nothing is started."""

import pathlib
import re
import subprocess
import sys

import installed
import lab

build = pathlib.Path(sys.argv[2])
SERVICES = ("hoptrace.service", "hoptrace-once.service")
UNITS = (*SERVICES, "hoptrace.timer")
EXPOSURE_MAX = {True: 1.7, False: 1.2}  # with CAP_NET_RAW, without


def place_units(root):
    """The units, starting the program where it is installed now, beside each other."""
    folder = lab.folder()
    for name in UNITS:
        text = (root / "usr/lib/systemd/system" / name).read_text(encoding="utf-8")
        text = text.replace("ExecStart=hoptrace ", f"ExecStart={root}/usr/bin/hoptrace ")
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def analyze(folder, *arguments):
    return subprocess.run(["systemd-analyze", *arguments], cwd=folder, text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def settings(text, key):
    return re.findall(rf"^{key}=(.*)$", text, re.MULTILINE)


def check_alike(folder):
    """What confines one service confines the other."""
    parts = [(folder / name).read_text(encoding="utf-8").split("DynamicUser=", 1)[1]
             .split("[Install]", maxsplit=1)[0].strip() for name in SERVICES]
    lab.check(parts[0] == parts[1], "both services are confined alike")


def check_exposure(folder, name, privileged):
    """Without privilege: with the drop-in's settings, which come last."""
    text = (folder / name).read_text(encoding="utf-8")
    if not privileged:
        drop_in = installed.tree(build) / "usr/share/doc/hoptrace/examples/unprivileged.conf"
        text = text.replace("[Install]", "") + drop_in.read_text(encoding="utf-8")
        text = re.sub(r"^WantedBy=.*$", "", text, flags=re.MULTILINE)
    tried = f"tried-{name}"
    (folder / tried).write_text(text, encoding="utf-8")
    said = analyze(folder, "security", "--offline=true", "--no-pager", f"./{tried}").stdout
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)
    lab.check(found is not None and float(found[1]) < EXPOSURE_MAX[privileged],
              f"{name}{'' if privileged else ' without privilege'}: exposure "
              f"{found[1] if found else '?'}, below {EXPOSURE_MAX[privileged]}", said[-300:])


def check_command(folder, root, name):
    """The program takes the options, the variables replaced as systemd would."""
    text = (folder / name).read_text(encoding="utf-8")
    config = root / "usr/share/doc/hoptrace/examples/hoptrace.conf"
    command = settings(text, "ExecStart")[0].replace("/etc/hoptrace.conf", str(config))
    for assignment in settings(text, "Environment"):
        variable, value = assignment.strip('"').split("=", 1)
        command = command.replace("${%s}" % variable, value).replace("$" + variable, value)
    done = subprocess.run([*command.split(), "--check-config"], check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    lab.check(done.returncode == 0 and "$" not in command, f"{name}: the command is in order",
              f"{command}: {done.stdout}")


installed.need("systemd-analyze")
tree = installed.tree(build)
units = place_units(tree)
verified = analyze(units, "verify", "--man=no", *(f"./{name}" for name in UNITS))
# It reads the machine's own units, too, which may have faults of theirs.
faults = [line for line in verified.stdout.splitlines() if "hoptrace" in line]
lab.check(not faults, "systemd has nothing against the units", faults)
for service in SERVICES:
    for privileged in True, False:
        check_exposure(units, service, privileged)
    check_command(units, tree, service)
check_alike(units)
lab.finish()
