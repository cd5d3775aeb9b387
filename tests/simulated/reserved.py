#!/usr/bin/env python3
"""Other processes of this host that sit on the number which a process takes as port and ICMP id:
another number is taken, and no hop is missing or false; while all numbers are taken the records say
so, and the privilege is given up all the same."""

import json
import pathlib
import resource
import socket

import lab

FIRST, LAST = 61001, 65535
PATH = ("10.1.1.1", "10.1.1.2", "198.18.1.1")
PATH_SIX = ("fd01:1::1", "2001:db8:18::1")
TARGET, TARGET_SIX = PATH[-1], PATH_SIX[-1]
NETWORK = f"""
target one {TARGET} rtt=3
hop {PATH[0]} rtt=1
hop {PATH[1]} rtt=2
target six {TARGET_SIX} rtt=3
hop {PATH_SIX[0]} rtt=1
"""
PING_GROUPS = pathlib.Path("/proc/sys/net/ipv4/ping_group_range")


def is_whole(record):
    path = PATH if record["target"] == TARGET else PATH_SIX
    return record["status"] == "reached" and lab.addresses(record) == [[hop] for hop in path]


def measured(protocol, what):
    """All hops are seen all the same."""
    found = lab.trace("-n", "-P", protocol, TARGET, TARGET_SIX)
    lab.check(len(found) == 2 and all(map(is_whole, found)), f"{what}: all hops by {protocol}",
              [(record["status"], record["error"], lab.addresses(record)) for record in found])


def held(number):
    """What others are refused while a process has the number."""
    process = lab.start("-j", "-n", "--interval", 60, TARGET)
    process.stdout.readline()
    lab.check(lab.taken_numbers() == {number}, f"a process has {number}", lab.taken_numbers())
    kinds = [("UDP", socket.AF_INET, socket.SOCK_DGRAM, 0), ("TCP", socket.AF_INET,
                                                            socket.SOCK_STREAM, 0)]
    if admits_ping():
        kinds += [("ping", socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP)]
    for name, family, kind, protocol in kinds:
        with socket.socket(family, kind, protocol) as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                other.bind(("0.0.0.0", number))
                lab.check(False, f"{name}: nobody else gets it")
            except OSError as error:
                lab.check("in use" in str(error), f"{name}: nobody else gets it", error)
    process.kill()
    process.communicate()


def admits_ping():
    """Our group may have ping sockets from now on, where this machine lets us."""
    try:
        PING_GROUPS.write_text("0 0", encoding="ascii")
        return True
    except OSError:
        return False


def connection(number):
    """An ordinary TCP connection from the number, as any user may make."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        client.bind(("0.0.0.0", number))
        client.connect(server.getsockname())
        for protocol in ("icmp", "udp", "tcp"):
            measured(protocol, "a TCP connection from the number")


def bound_to(destination, number):
    """A TCP socket of the number that has begun to connect to the very target."""
    with socket.socket() as client:
        client.bind(("0.0.0.0", number))
        client.setblocking(False)
        client.connect_ex((destination, 80))
        measured("tcp", "a TCP connection from the number to the target")


def ping_socket(number):
    if not admits_ping():
        print("skip ping sockets: net.ipv4.ping_group_range cannot be set here", flush=True)
        return
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM, socket.IPPROTO_ICMP) as ping:
        ping.bind(("0.0.0.0", number))
        process = lab.start("-j", "-n", "--interval", 60, TARGET)
        lab.check(is_whole(json.loads(process.stdout.readline())), "a ping socket: all hops")
        lab.check(number not in lab.taken_numbers() and len(lab.taken_numbers()) == 1,
                  "a ping socket on it: another number is taken", lab.taken_numbers())
        process.kill()
        process.communicate()


def capabilities(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    return {int(line.split()[1], 16) for line in status.splitlines()
            if line.startswith(("CapPrm", "CapEff"))}


def occupy_all():
    """Every number, by UDP and TCP in turn; None: so many descriptors are not allowed."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if hard < LAST - FIRST + 100:
        return None
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    sockets = []
    for number in range(FIRST, LAST + 1):
        kind = socket.SOCK_DGRAM if number % 2 else socket.SOCK_STREAM
        sockets.append(socket.socket(socket.AF_INET, kind))
        sockets[-1].bind(("0.0.0.0", number))
    return sockets


def all_taken():
    strangers = occupy_all()
    if strangers is None:
        print("skip all numbers taken: too few descriptors are allowed", flush=True)
        return
    process = lab.start("-j", "-n", "--interval", 0.3, "-T", TARGET, TARGET_SIX)
    refused = [json.loads(process.stdout.readline()) for _ in range(2)]
    lab.check({record["target"] for record in refused} == {TARGET, TARGET_SIX}
              and all(record["status"] == "error" and record["sent"] == 0
                      and f"{FIRST}-{LAST}" in record["error"] for record in refused),
              "all numbers taken: the records say so",
              [(record["status"], record["error"]) for record in refused])
    lab.check(capabilities(process) == {0}, "the privilege is given up all the same",
              capabilities(process))
    for stranger in strangers:
        stranger.close()
    whole = set()
    for _ in range(100):
        record = json.loads(process.stdout.readline())
        whole |= {record["target"]} if is_whole(record) else set()
        if whole == {TARGET, TARGET_SIX}:
            break
    lab.check(whole == {TARGET, TARGET_SIX}, "once some are free the same process measures",
              (record["status"], record["error"], lab.addresses(record)))
    process.terminate()
    said = process.communicate(timeout=30)[1].decode()
    lab.check(process.returncode == 0 and said.count("\n") == 1 and f"{FIRST}-{LAST}" in said,
              "it was said once", (process.returncode, said))


def main():
    internet = lab.Internet(topology=NETWORK)
    number = lab.usual_number()
    lab.check(FIRST <= number <= LAST and number == lab.usual_number.__wrapped__(),
              f"two processes one after the other take the same number, {number}")
    admits_ping()
    held(number)
    connection(number)
    bound_to(TARGET, number)
    ping_socket(number)
    all_taken()
    internet.down()
    lab.finish()


main()
