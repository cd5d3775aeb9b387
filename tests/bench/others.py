"""Runs the peers, each at its best for this work, and reads what they say."""

import json
import re
import subprocess

import hoptrace
import rig

_TRACEROUTE_HOP = re.compile(r" *(\d+)  (\S+)  ([\d.]+) ms")


def _finish(took, found, truth):
    took.update(rig.compare(found, truth))
    return took


def _target_list(network):
    file = network.folder / "list"
    if not file.exists():
        file.write_text("".join(f"{address}\n" for address in network.truth), encoding="ascii")
    return file


def _from_warts(file):
    with subprocess.Popen(["sc_warts2json", file], stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            trace = json.loads(line)
            if trace["type"] == "trace":
                yield trace["dst"], {hop["probe_ttl"]: ((hop["addr"],), hop["rtt"])
                                     for hop in trace.get("hops", ())}


def scamper(network, pps, probes=1, **how):
    """All targets in one process, `probes` to each hop. Turning its records into text is not
    counted."""
    command = ["scamper", "-n", "10.98.0.53", "-p", pps, "-O", "warts",
               "-c", f"trace -P icmp-paris -q {probes} -Q -w 1", "-f", _target_list(network)]
    took, file = rig.measure(network, command, **how)
    return _finish(took, dict(_from_warts(file)), network.truth)


def _from_fping(file):
    lines = (line.split(" : ") for line in file.read_text(encoding="ascii").splitlines())
    return {line[0].strip(): {1: ((line[0].strip(),), float(line[1].split()[0]))}
            for line in lines if len(line) == 2 and line[1].split()[0] != "-"}


def _destinations(network):
    return {target: hops[-1:] for target, hops in network.truth.items()}


def fping(network):
    """End to end only: one echo request for each destination, at 10,000 a second."""
    words = "exec fping -C 1 -q -i 0.1 -t 1000 -r 0 2>&1 <"  # the results are on stderr
    took, file = rig.measure(network, ["sh", "-c", f"{words}{_target_list(network)}"])
    return _finish(took, _from_fping(file), _destinations(network))


def fping_at(network, rate, count, **how):
    """End to end only: `count` echo requests for each destination, in turns, at that rate. Times
    are compared by the first one's."""
    between_ms = 1000 / rate
    words = (f"exec fping -C {count} -q -i {between_ms:g} -p {between_ms * len(network.truth):g} "
             "-t 1000 -r 0 2>&1 <")
    took, file = rig.measure(network, ["sh", "-c", f"{words}{_target_list(network)}"], **how)
    return _finish(took, _from_fping(file), _destinations(network))


def _a_process_each(network, words, at_a_time):
    """Returns what it took, and the output by target. The shell gives way to the program."""
    place = rig.folder()
    command = ["xargs", "-P", at_a_time, "-I", "{}", "-a", _target_list(network),
               "sh", "-c", f"exec {words} {{}} >{place}/{{}}"]
    took, _ = rig.measure(network, command)
    return took, {file.name: file.read_text(encoding="utf-8") for file in place.iterdir()}


def _from_traceroute(text):
    hops = map(_TRACEROUTE_HOP.match, text.splitlines())
    return {int(hop[1]): ((hop[2],), float(hop[3])) for hop in hops if hop}


def traceroute(network, at_a_time):
    """A process for each target."""
    took, texts = _a_process_each(network, "traceroute -I -n -q 1 -w 1 -N 16", at_a_time)
    found = {target: _from_traceroute(text) for target, text in texts.items()}
    return _finish(took, found, network.truth)


def _from_mtr(text):
    hubs = json.loads(text)["report"]["hubs"] if text else []
    return {hub["count"]: ((hub["host"],), hub["Avg"]) for hub in hubs if hub["host"] != "???"}


def mtr(network, at_a_time):
    """A process for each target, with the shortest waits that it has."""
    took, texts = _a_process_each(network, "mtr --json -n -c 1 -i 0.1 -G 1 -Z 1", at_a_time)
    return _finish(took, {target: _from_mtr(text) for target, text in texts.items()},
                   network.truth)


def hoptrace_each(network, at_a_time):
    """Ours in the way in which the others have to be used."""
    took, texts = _a_process_each(network, f"{rig.HOPTRACE} -n -q 1 --pps 0 -o influx", at_a_time)
    file = rig.folder() / "lines"
    file.write_text("".join(texts.values()), encoding="utf-8")
    return _finish(took, hoptrace.from_influx(file), network.truth)


def mtr_at(network, processes, cycles, **how):
    """As many processes at once, a target each, ten packets a second each. Times are not compared:
    what is shown is an average."""
    targets = rig.folder() / "targets"
    targets.write_text("".join(f"{target}\n" for target in list(network.truth)[:processes]),
                       encoding="ascii")
    command = ["xargs", "-P", processes, "-I", "{}", "-a", targets, "mtr", "--json", "-n",
               "-c", cycles, "-i", "0.1", "-G", "1", "-Z", "1", "{}"]
    return rig.measure(network, command, **how)[0]
