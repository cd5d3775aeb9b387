#!/usr/bin/env python3
"""The program as a process: signals end it with records, a stdout that cannot be written ends it
with status 1, a reader that comes late gets everything."""

import fcntl
import json
import os
import pty
import resource
import signal
import socket
import subprocess
import time

import lab

NEAR, DEAF, GAP = "198.18.1.1", "198.18.1.2", "198.18.1.3"
# The near one's record closes only when the others' routers have answered long since.
NETWORK = f"""
target near {NEAR} rtt=60
hop 10.1.1.1 rtt=50
target deaf {DEAF} silent=yes
hop 10.1.2.1 rtt=1
hop 10.1.2.2 rtt=2
target gap {GAP} rtt=5
hop 10.1.3.1 rtt=1
hop * silent=yes
target many 198.18.2.1 rtt=3 count=60
hop 10.1.4.1 rtt=1
hop 10.1.4.2 rtt=2
"""
MANY = [f"198.18.2.{number}" for number in range(1, 61)]
FORMATS = ("text", "json", "influx", "putval", "prometheus")


def end(process, which=None):
    """Sends the signal, if any, and waits: what stdout and stderr still gave, how long it took."""
    began = time.monotonic()
    if which:
        process.send_signal(which)
    output, said = process.communicate(timeout=30)
    return output, said.decode(), time.monotonic() - began


def check_end(process, said, seconds, what):
    lab.check(process.returncode == 0 and said == "", f"{what}: exit status 0, nothing to say",
              (process.returncode, said))
    lab.check(seconds < 2, f"{what}: gone after {seconds:.2f} s")


def in_a_round(which):
    what = f"{which.name} in a round"
    process = lab.start("-j", "-n", "-w", 60, NEAR, DEAF, GAP)
    first = process.stdout.readline()
    output, said, seconds = end(process, which)
    check_end(process, said, seconds, what)
    lab.check_schema(first + output)
    found = lab.by_target(lab.records((first + output).decode()))
    lab.check(set(found) == {NEAR, DEAF, GAP}, f"{what}: a record of each", set(found))
    deaf, gap = found.get(DEAF), found.get(GAP)
    lab.check(deaf and deaf["stop_reason"] == "interrupted" and deaf["status"] == "incomplete"
              and lab.addresses(deaf) == [["10.1.2.1"], ["10.1.2.2"]],
              f"{what}: what is known of a silent target", deaf)
    lab.check(gap and gap["stop_reason"] == "interrupted"
              and lab.addresses(gap) == [["10.1.3.1"], [], [GAP]],
              f"{what}: what is known around a silent hop", gap)


def in_a_lookup(which):
    what = f"{which.name} in a lookup"
    process = lab.start("-j", "-n", NEAR, "silent.sim")
    process.stdout.readline()
    output, said, seconds = end(process, which)
    check_end(process, said, seconds, what)
    lab.check_schema(output)
    found = lab.records(output.decode())
    lab.check([(record["target"], record["stop_reason"], record["address"], record["hops"])
               for record in found] == [("silent.sim", "interrupted", None, [])],
              f"{what}: a record without an address", found)


def between_rounds(which):
    what = f"{which.name} between rounds"
    process = lab.start("-j", "-n", "--interval", 60, NEAR)
    first = process.stdout.readline()
    output, said, seconds = end(process, which)
    check_end(process, said, seconds, what)
    lab.check(json.loads(first)["stop_reason"] == "destination" and output == b"",
              f"{what}: the round's record, and no other", output)


def in_every_format():
    for name in FORMATS:
        before = count_probes(DEAF)
        process = lab.start("-o", name, "-n", "-w", 60, NEAR, DEAF)
        if name == "prometheus":  # says nothing until the round is over
            lab.wait_for(lambda: count_probes(DEAF) > before)
        else:
            process.stdout.readline()
        output, said, seconds = end(process, signal.SIGTERM)
        check_end(process, said, seconds, f"SIGTERM, {name}")
        lab.check(DEAF in output.decode() and output.endswith(b"\n"),
                  f"SIGTERM, {name}: lines are complete", output[-200:])
        if name == "influx":
            lab.points(output)


def count_probes(target):
    """How many packets to this target simnet has logged so far."""
    return internet.log.read_text(encoding="ascii").count(f'"dst":"{target}"')


def broken(what, *arguments, command=None, **options):
    """A run whose stdout cannot be written."""
    began = time.monotonic()
    if command is None:
        process = lab.start(*arguments, **options)
    else:
        process = subprocess.Popen(command, stderr=subprocess.PIPE)
    said = process.communicate(timeout=30)[1].decode()
    lab.check(process.returncode == 1, f"{what}: exit status 1", (process.returncode, said))
    lab.check(said.count("\n") == 1 and said.endswith("\n"), f"{what}: one line on stderr", said)
    lab.check(time.monotonic() - began < 10, f"{what}: ends")


def broken_stdout():
    for name in FORMATS:
        with open("/dev/full", "wb") as full:
            broken(f"a full disk, {name}", "-n", "-o", name, NEAR, stdout=full)
        reader, writer = os.pipe()
        os.close(reader)
        broken(f"a broken pipe, {name}", "-n", "-o", name, NEAR, stdout=writer)
        os.close(writer)
    with open("/dev/full", "wb") as full:
        broken("a full disk, rounds without end", "-n", "-j", "--interval", 0.2, NEAR, stdout=full)
    broken("stdout closed",
           command=["sh", "-c", 'exec "$0" -n -j "$1" >&-', lab.HOPTRACE, NEAR])
    with open(lab.folder() / "file", "wb") as file:
        broken("a file that may not grow", "-n", "-j", NEAR, stdout=file,
               preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)))


def reader_goes():
    """While there is something to write every now and then, and while there is not."""
    for interval in 0.2, 3600:
        for what, ends in (("pipe", os.pipe), ("socket", socket_pair), ("terminal", pty.openpty)):
            reader, writer = ends()
            process = lab.start("-n", "-j", "--interval", interval, NEAR, stdout=writer)
            os.close(writer)
            os.read(reader, 65536)
            os.close(reader)
            gone = lab.wait_for(lambda: process.poll() is not None)
            process.kill()  # else it would wait for an hour
            said = process.communicate()[1].decode()
            lab.check(gone and process.returncode == 1 and said.count("\n") == 1,
                      f"interval {interval}, the reader of a {what} goes: exit status 1, one line",
                      (process.returncode, said))


def socket_pair():
    return (end.detach() for end in socket.socketpair())


def late_reader():
    """Nobody reads until five rounds are measured; nothing is lost, and no round waits."""
    rounds, before = 5, count_probes(MANY[0])
    reader, writer = os.pipe()
    fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
    process = lab.start("-n", "-j", "-q", 2, "--pps", 5000, "--interval", 0.5, "--rounds", rounds,
                        *MANY, stdout=writer)
    os.close(writer)
    measured = lab.wait_for(lambda: count_probes(MANY[0]) >= before + rounds * 6, 20)
    lab.check(measured, "rounds go on while nobody reads", count_probes(MANY[0]) - before)
    with open(reader, "rb") as pipe:
        output = pipe.read()
    said = process.communicate(timeout=30)[1].decode()
    lab.check(process.returncode == 0 and said == "", "a late reader: exit status 0", said)
    lab.check_schema(output)
    found = lab.records(output.decode())
    counts = {target: sum(record["target"] == target for record in found) for target in MANY}
    lab.check(set(counts.values()) == {rounds}, "a late reader loses nothing", counts)
    lab.check(all(record["status"] == "reached" and record["loss_percent"] == 0
                  for record in found), "a late reader is no loss of the network's")


internet = lab.Internet(topology=NETWORK, resolver=True)
for which in signal.SIGTERM, signal.SIGINT:
    in_a_round(which)
    in_a_lookup(which)
    between_rounds(which)
in_every_format()
broken_stdout()
reader_goes()
late_reader()
lab.finish()
