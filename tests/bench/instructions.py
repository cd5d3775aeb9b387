"""Instructions that hoptrace itself executes, as callgrind counts them: a figure that other load on
the machine does not touch. What the kernel does is not in it. Start-up is taken out by comparing
two numbers of targets."""

import re
import sys

import hoptrace
import rig
from report import number

FEW, MANY = 100, 1000


def count(targets, output):
    """Instructions, probes and records of one run."""
    print(f"instructions: {targets} targets, {output}", file=sys.stderr)
    network = rig.Network("--targets", targets)
    profile = rig.folder() / "callgrind.out"
    # What keeps faults harmless would refuse what valgrind itself calls.
    command = ["valgrind", "-q", "--tool=callgrind", f"--callgrind-out-file={profile}",
               *hoptrace.command(network, "-w", "5", "--pps", 20000, "--no-sandbox",
                                 output=output)]
    took, _ = rig.measure(network, command, limit=3 * rig.LIMIT_S)
    summary = re.search(r"^(?:summary|totals): (\d+)", profile.read_text(encoding="ascii"), re.M)
    return {"instructions": int(summary[1]), "probes": took["probes"], "records": targets}


def measure(_, report):
    """A table of what one more probe, and one more record with its hops, costs."""
    report.table(f"Instructions in user space (callgrind): {MANY:,} targets less {FEW:,}, "
                 "one ICMP probe a hop", "output", "probes", "instructions",
                 "instructions/probe", "instructions/record")
    for output in ("influx", "json"):
        few, many = count(FEW, output), count(MANY, output)
        more = {key: many[key] - few[key] for key in many}
        report.row(output, f"{more['probes']:,}", f"{more['instructions']:,}",
                   *(number(more["instructions"] // more[key]) for key in ("probes", "records")))
        report.figure(f"instructions, {output}", {"few": few, "many": many})
