"""Network namespaces to work in, from outside and from inside."""

import ctypes
import os
import pathlib
import subprocess
import threading

CLONE_NEWNET = 0x40000000
SETTLE = pathlib.Path(__file__).resolve().parent.parent / "support" / "wait_for_addresses"


class Node:
    """One network namespace; without a process, the one we are in."""

    def __init__(self, name, own=False):
        self.name = name
        self.process = None
        self.path = "/proc/self/ns/net"
        if not own:
            # What comes back through it shows that the namespace is there.
            self.process = subprocess.Popen(["unshare", "--net", "cat"], stdin=subprocess.PIPE,
                                            stdout=subprocess.PIPE)
            self.process.stdin.write(b"ready\n")
            self.process.stdin.flush()
            self.process.stdout.readline()
            self.path = f"/proc/{self.process.pid}/ns/net"

    def command(self, *words):
        """The same command, for here."""
        return list(words) if self.process is None else ["nsenter", f"--net={self.path}", *words]

    def run(self, *words, text=None):
        """Runs a command here and returns its output."""
        return subprocess.run(self.command(*words), input=text, stdout=subprocess.PIPE, text=True,
                              check=True).stdout

    def ip(self, *lines):
        """Commands for ip, one a line, both families alike; addresses can be reached then."""
        text = "\n".join(lines) + "\n"
        self.run("ip", "-batch", "-", text=text)
        if "nodad" in text:
            self.run(SETTLE)

    def sysctls(self, settings):
        def write():
            for name, value in settings.items():
                path = pathlib.Path("/proc/sys") / name.replace(".", "/")
                path.write_text(f"{value}\n", encoding="ascii")
        self.inside(write)

    def nft(self, rules, what):
        """Loads firewall rules. False: not to be had here, and so said."""
        try:
            self.run("nft", "-f", "-", text=rules)
        except (FileNotFoundError, subprocess.CalledProcessError) as error:
            print(f"# skipped: {what}: {error}")
            return False
        return True

    def inside(self, function):
        """Calls a function in a thread that is in this namespace: sockets stay where they were
        made."""
        result = []

        def enter_and_call():
            libc = ctypes.CDLL(None, use_errno=True)
            fd = os.open(self.path, os.O_RDONLY)
            entered = libc.setns(fd, CLONE_NEWNET) == 0
            os.close(fd)
            if not entered:
                raise OSError(ctypes.get_errno(), "setns")
            result.append(function())

        if self.process is None:
            return function()
        thread = threading.Thread(target=enter_and_call)
        thread.start()
        thread.join()
        if not result:
            raise RuntimeError(f"cannot work in {self.name}")
        return result[0]
