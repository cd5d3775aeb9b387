"""The columns that all tables share, and the figures in them."""

import statistics

import rig
from report import number

COLUMNS = ("program", "targets", "wall s", "probes/s while probing", "probes/s whole run", "CPU s",
           "CPU us/probe", "probes/fewest", "hops right", "wrong", "missing", "RTT error median ms",
           "p95 ms", "p99 ms", "network late ms", "peak MB")

RATIO_COLUMNS = ("hoptrace / bare loop", "probes/s while probing", "probes/s whole run",
                 "hoptrace's whole run / bare loop while probing", "CPU per probe",
                 "CPU with JSON / influx lines", "2 % silent: wall s")


def probing_rate(run):
    """Probes a second between the first probe's arrival and the last one's."""
    return run["probes"] / run["probing_s"] if run["probing_s"] else 0


def whole_rate(run):
    """Probes a second from the start of the process to its end."""
    return run["probes"] / run["wall_s"]


def cpu_per_probe_us(run):
    """User and system time; the kernel's work for a packet is in it."""
    return run["cpu_s"] / run["probes"] * 1e6 if run["probes"] else 0


def peak_mb(runs):
    """The most that any of them had in memory."""
    return max(run["peak_kb"] for run in runs) / 1024


def errors_ms(runs):
    """Median, p95 and p99 of the RTT errors of all runs together; None where there are none."""
    errors = sorted(error for run in runs for error in run.get("errors_ms", ()))
    return [rig.quantile(errors, percent) for percent in (50, 95, 99)]


def ratio(ours, bare, figure):
    """The median of the ratios of runs in pairs; a run that did nothing has none."""
    known = [figure(one) / figure(other) for one, other in zip(ours, bare)
             if one["probes"] and other["probes"]]
    return statistics.median(known) if known else None


def ratios(name, ours, bare, json_runs, silent_runs):
    """A line of what hoptrace is to the bare loop, for RATIO_COLUMNS."""
    hurried = [{**run, "wall_s": run["probing_s"]} for run in bare]
    return (name, *map(number, (ratio(ours, bare, probing_rate), ratio(ours, bare, whole_rate),
                                ratio(ours, hurried, whole_rate),
                                ratio(ours, bare, cpu_per_probe_us),
                                rig.median_of(json_runs, "cpu_s") / rig.median_of(ours, "cpu_s"),
                                rig.median_of(silent_runs, "wall_s"))))


def raw(run):
    """What a program may want to know of a run: not the error of each hop."""
    return {**{key: value for key, value in run.items() if key != "errors_ms"},
            "rtt_error_ms": errors_ms([run])}


def hops(runs):
    """Right, wrong and missing, of the worst run."""
    if "right" not in runs[0]:
        return ["-", "-", "-"]
    worst = min(runs, key=lambda run: run["right"])
    return [f"{worst[key]:,}" for key in ("right", "wrong", "missing")]


def row(report, name, runs, network, fewest=None):
    """One line: medians of some runs, the hops of the worst of them."""
    def middle(figure):
        return statistics.median(map(figure, runs))

    fault = " (the network dropped packets)" if any(run["faults"] for run in runs) else ""
    report.row(name + fault, f"{len(network.truth):,}", f"{rig.median_of(runs, 'wall_s'):.3f}",
               f"{middle(probing_rate):,.0f}", f"{middle(whole_rate):,.0f}",
               f"{rig.median_of(runs, 'cpu_s'):.3f}", f"{middle(cpu_per_probe_us):.2f}",
               f"{rig.median_of(runs, 'probes') / (fewest or network.fewest):.3f}", *hops(runs),
               *map(number, errors_ms(runs)), f"{max(run['late_us'] for run in runs) / 1000:.1f}",
               f"{peak_mb(runs):.1f}")
    report.figure(f"{name}, {len(network.truth)} targets", list(map(raw, runs)))
