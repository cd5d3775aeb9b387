"""Runs hoptrace and reads what it says."""

import json
import re

import rig

_HOP = re.compile(r'traceroute_hop,family=\w+,hop=(\d+),protocol=\w+,target=(\S+) (.*) \d+\n')
_RECORD = re.compile(r'traceroute,family=\w+,protocol=\w+,target=(\S+) (.*) \d+\n')
_ADDRESS = re.compile(r'address="([^"]*)",addresses=(\d+)i')
_RTT = re.compile(r'rtt_avg_ms=([0-9.e+-]+)')


def _hop(fields):
    address, rtt = _ADDRESS.search(fields), _RTT.search(fields)
    if not address:
        return (), None
    # More than one address: the network has one at each hop, so that another is wrong.
    shown = (address[1],) if address[2] == "1" else (address[1], "another")
    return shown, float(rtt[1]) if rtt else None


def from_influx(file):
    """The hops that influx lines show; records that are not whole are not there."""
    found, whole = {}, set()
    with open(file, encoding="utf-8") as lines:
        for line in lines:
            if hop := _HOP.fullmatch(line):
                found.setdefault(hop[2], {})[int(hop[1])] = _hop(hop[3])
            elif (record := _RECORD.fullmatch(line)) and "reached=true" in record[2]:
                whole.add(record[1])
    return {target: hops for target, hops in found.items() if target in whole}


def records(file):
    """The records of a JSON output, one after the other."""
    with open(file, encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def from_json(file):
    """The same of JSON."""
    return {record["address"]: {hop["ttl"]: (tuple(node["address"] for node in hop["nodes"]),
                                             hop["rtt_ms"]["avg"]) for hop in record["hops"]}
            for record in records(file) if record["status"] == "reached"}


def configuration(network):
    """A file that names all targets: a command line has no room for a hundred thousand."""
    file = network.folder / "hoptrace.conf"
    if not file.exists():
        names = ",\n".join(f'"{address}"' for address in network.truth)
        file.write_text(f"targets = ({names});\n", encoding="ascii")
    return file


def command(network, *options, output="influx", program=rig.HOPTRACE):
    """One probe a hop, as fast as it can; later options win."""
    return [program, "-n", "-q", "1", "--pps", "0", "-o", output, *options,
            "-c", configuration(network)]


def run(network, *options, output="influx", program=rig.HOPTRACE, **how):
    """One run with all that is to be known of it."""
    took, file = rig.measure(network, command(network, *options, output=output, program=program),
                             **how)
    took.update(rig.compare(from_json(file) if output == "json" else from_influx(file),
                            network.truth))
    if output == "json":
        took["rx_overflows"] = max((record["rx_overflows"] for record in records(file)), default=0)
    took["output_bytes"] = file.stat().st_size
    file.unlink()
    return took
