"""The program in the midst of its rounds, and its records as they come."""

import datetime
import json
import threading
import time

from on_simnet import lab


def began(record):
    """When the round's first probe left, in seconds of the wall clock."""
    return datetime.datetime.fromisoformat(record["time"].replace("Z", "+00:00")).timestamp()


class Loop:
    """hoptrace -j --interval ..., until end()."""

    def __init__(self, targets, interval, *arguments, **options):
        self.targets, self.interval = targets, interval
        self.process = lab.start("-j", "--interval", interval, *arguments, **options)
        self.records = []
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.records.append(json.loads(line))

    def of(self, target):
        return [record for record in list(self.records) if record["target"] == target]

    def until(self, wanted, targets=None, seconds=20):
        """Until a round that begins after now has a wanted record, of each of the targets; those
        of which it has none, with their last record."""
        now = time.time()
        missing = {}

        def all_are_wanted():
            missing.clear()
            for target in targets or self.targets:
                found = [record for record in self.of(target) if began(record) >= now]
                if not any(map(wanted, found)):
                    missing[target] = brief(found[-1]) if found else "no record"
            return not missing
        lab.wait_for(all_are_wanted, seconds)
        return missing

    def end(self, status=0):
        """SIGTERM; its last words."""
        self.process.terminate()
        said = self.process.stderr.read().decode()
        lab.check(self.process.wait(timeout=30) == status, f"it ends with status {status}",
                  (self.process.returncode, said[-500:]))
        return said


def brief(record):
    """What a check that failed shows of a record."""
    return {key: record[key] for key in ("time", "status", "stop_reason", "error", "source", "sent",
                                         "received", "local_errors", "loss_percent", "hop_count")}


def is_lossless(record, path=None):
    """Reached, over this path if it is given, and nothing was lost of what left this host."""
    return (record["status"] == "reached" and record["error"] is None
            and all(hop["loss_percent"] == 0 for hop in (record, *record["hops"]))
            and (path is None or lab.addresses(record) == [[address] for address in path]))


def is_measured(record, path=None):
    """The same, and everything left that was to leave."""
    return is_lossless(record, path) and record["local_errors"] == 0


def is_refused(record):
    """This host could not, and says so in a sentence, without a word of loss."""
    return (record["status"] == "error" and bool(record["error"])
            and record["sent"] == 0 and record["loss_percent"] is None and record["hops"] == [])


def check_grid(records, interval, what):
    """Rounds begin where the second one's grid has them (the first comes at once): none is early,
    none is made up."""
    moments = [began(record) for record in records]
    offs = [(moment - moments[1] + interval / 2) % interval - interval / 2
            for moment in moments[1:]]
    gaps = [later - earlier for earlier, later in zip(moments, moments[1:])]
    lab.check(max(map(abs, offs)) < interval / 3 and min(gaps, default=0) > interval / 3,
              f"{what}: the rounds keep to their grid, {1000 * max(map(abs, offs)):.0f} ms off at "
              "most", [round(moment - moments[0], 3) for moment in moments])
