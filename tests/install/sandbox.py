#!/usr/bin/env python3
"""The program within the confines of its units: sandbox.py SOURCE BUILD

With the units' system calls and address families, an ordinary user and one capability, it measures
as it does without."""

import ctypes
import os
import pathlib
import re
import struct
import subprocess
import sys

import installed
import lab

EPERM, EAFNOSUPPORT = 1, 97
FAMILIES = {"AF_UNIX": 1, "AF_INET": 2, "AF_INET6": 10, "AF_NETLINK": 16}
# linux/bpf_common.h, linux/seccomp.h, linux/prctl.h
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
# struct seccomp_data and struct sock_filter
NUMBER, FIRST_ARGUMENT, ROW = 0, 16, 8
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
CAPABILITY = ["--inh-caps=-all,+net_raw", "--ambient-caps=-all,+net_raw",
              "--bounding-set=-all,+net_raw"]
HOSTS = ["127.0.0.1", "::1"]
SCOPED = "fe80::1%lo"  # nobody; the name of the device must be known all the same


def expand(name):
    """The system calls of a set."""
    if not name.startswith("@"):
        return {name}
    lines = installed.say("systemd-analyze", "syscall-filter", "--no-pager", name).splitlines()
    words = [line.strip() for line in lines[1:] if line.strip() and "#" not in line]
    return set().union(*(expand(word) for word in words))


def allowed_calls(unit):
    """As systemd reads the lines: each adds to the list, or with ~ takes from it."""
    calls = expand("@default")
    for line in re.findall(r"^SystemCallFilter=(.*)$", unit, re.MULTILINE):
        named = set().union(*(expand(word) for word in line.lstrip("~").split()))
        calls = calls - named if line.startswith("~") else calls | named
    return calls


def numbers():
    """The numbers of this machine's system calls."""
    text = installed.say("gcc", "-E", "-dM", "-x", "c", "-", input="#include <sys/syscall.h>\n")
    return {name: int(number) for name, number in
            re.findall(r"^#define __NR_(\w+) (\d+)$", text, re.MULTILINE)}


def make_filter(unit):
    """A seccomp program: which families a socket may have, then a list of what is allowed."""
    known = numbers()
    families = re.search(r"^RestrictAddressFamilies=(.*)$", unit, re.MULTILINE)[1].split()
    rows = [(LOAD, 0, 0, NUMBER), (JUMP_EQUAL, 0, len(families) * 2 + 2, known["socket"]),
            (LOAD, 0, 0, FIRST_ARGUMENT)]
    for family in families:
        rows += [(JUMP_EQUAL, 0, 1, FAMILIES[family]), (RETURN, 0, 0, ALLOW)]
    rows += [(RETURN, 0, 0, ERRNO | EAFNOSUPPORT)]
    for name in sorted(allowed_calls(unit) & set(known)):
        rows += [(JUMP_EQUAL, 0, 1, known[name]), (RETURN, 0, 0, ALLOW)]
    rows += [(RETURN, 0, 0, ERRNO | EPERM)]
    return b"".join(struct.pack("HBBI", *row) for row in rows)


def run_confined(file, command):
    """Puts the filter on this process and becomes the command."""
    code = pathlib.Path(file).read_bytes()
    buffer = ctypes.create_string_buffer(code, len(code))
    program = ctypes.create_string_buffer(
        struct.pack("HP", len(code) // ROW, ctypes.addressof(buffer)))
    libc = ctypes.CDLL(None, use_errno=True)
    if (libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
            or libc.prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0) != 0):
        sys.exit(f"no filter: {os.strerror(ctypes.get_errno())}")
    os.execvp(command[0], command)


def run(command):
    return subprocess.run(command, check=False, text=True, stdout=subprocess.PIPE, timeout=60,
                          stderr=subprocess.PIPE)


def as_user():
    """What makes the command behind it an ordinary user's, as far as this place has others."""
    user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", *CAPABILITY]
    return user if run([*user, "true"]).returncode == 0 else ["setpriv", *CAPABILITY]


def check_filter(confined):
    """It is what it is taken for."""
    for what, call in {"a socket of another family": "socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)",
                       "a system call": "os.sched_setaffinity(0, {0})"}.items():
        done = run([*confined, "python3", "-c", f"import os, socket\n{call}"])
        lab.check(done.returncode == 1 and "Error:" in done.stderr, f"{what} is refused",
                  done.stderr)


def outline(record):
    """What does not differ from run to run."""
    return {key: record[key] for key in ("target", "address", "status", "error", "hop_count",
                                         "time_source", "local_errors")}


def hosts():
    """With a name from the hosts file, which a minimal system lacks."""
    try:
        if re.search(r"^[^#]*\slocalhost\b", pathlib.Path("/etc/hosts").read_text(), re.MULTILINE):
            return [*HOSTS, "localhost"]
    except FileNotFoundError:
        pass
    print("# skipped: a name from the hosts file: it has no localhost")
    return HOSTS


def outlines(process):
    """Of all records, whichever came first."""
    return sorted(map(outline, lab.records(process.stdout)), key=lambda record: record["target"])


def check_same(program, confined):
    targets = [*hosts(), SCOPED]
    for protocol, more in (("icmp", ()), ("udp", ()), ("tcp", ()), ("icmp", ("--fwmark", "5"))):
        command = [program, "-j", "-P", protocol, "-i", "lo", *more, *targets]
        free, bound = run(command), run([*confined, *command])
        lab.check(bound.returncode == 0 and bound.stderr == "", f"{protocol}: the program runs",
                  bound.stderr)
        seen, as_free = outlines(bound), outlines(free)
        lab.check(seen == as_free
                  and all(record["status"] == "reached" or record["target"] == SCOPED
                          for record in seen),
                  f"{protocol}: it measures as it does without confines", seen)


def check_state(program, confined):
    """A thread writes the state file, and the next process reads it."""
    folder = lab.folder() / "state"
    folder.mkdir(mode=0o777)
    folder.parent.chmod(0o755)
    folder.chmod(0o777)
    command = [*confined, program, "-j", "--state", str(folder / "state"), HOSTS[0]]
    for which in ("first", "next"):
        done = run(command)
        lab.check(done.returncode == 0 and done.stderr == "" and
                  [record["path_changes"] for record in lab.records(done.stdout)] == [0],
                  f"the {which} process with a state file", (done.stdout[-200:], done.stderr))
    lab.check((folder / "state").stat().st_mode & 0o777 == 0o600, "its file is its own")


def main():
    installed.need("systemd-analyze", "gcc", "setpriv")
    tree = installed.tree(pathlib.Path(sys.argv[2]))
    unit = (tree / "usr/lib/systemd/system/hoptrace.service").read_text(encoding="utf-8")
    file = lab.folder() / "filter"
    file.parent.chmod(0o755)
    file.write_bytes(make_filter(unit))
    confined = [*as_user(), "python3", os.path.abspath(__file__), "--confined", str(file)]
    check_filter(confined)
    check_same(str(tree / "usr/bin/hoptrace"), confined)
    check_state(str(tree / "usr/bin/hoptrace"), confined)
    lab.finish()


if sys.argv[1] == "--confined":
    run_confined(sys.argv[2], sys.argv[3:])
main()
