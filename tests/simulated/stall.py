"""How long the machine stood still for an ordinary process: the excuse of whoever was late."""

import ctypes
import mmap
import os
import signal
import struct
import time

NAP_S = 0.005
PR_SET_PDEATHSIG = 1


class Gauge:
    """A process beside this one, as nice as this one, that sleeps and looks how late it wakes up.
    It ends with this one, and holds none of its files."""

    def __init__(self):
        self._longest = mmap.mmap(-1, 8)
        parent = os.getpid()
        if os.fork() == 0:
            try:
                self._watch(parent)
            finally:
                os._exit(0)

    def begin(self):
        """What was before does not count any more."""
        self._longest[:] = struct.pack("d", 0.0)

    def longest_s(self):
        """The longest time that it was kept waiting, so far."""
        return struct.unpack("d", self._longest[:])[0]

    def _watch(self, parent):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        os.closerange(0, 1024)
        before = time.monotonic()
        while os.getppid() == parent:
            if os.getpriority(os.PRIO_PROCESS, parent) > os.getpriority(os.PRIO_PROCESS, 0):
                os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, parent))
            time.sleep(NAP_S)
            now = time.monotonic()
            self._longest[:] = struct.pack("d", max(self.longest_s(), now - before - NAP_S))
            before = now
