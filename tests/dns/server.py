#!/usr/bin/env python3
"""A name server for tests: what it answers is in the name that is asked for.

    four.test six.test both.test    A, AAAA, both (192.0.2.10, 2001:db8::10)
    many.test                       40 A records: truncated over UDP, whole over TCP
    alias.test                      CNAME to both.test
    late-MS.test                    both, after so many milliseconds
    half.test                       A at once, AAAA never
    silent.test                     never answered
    failing.test refused.test       SERVFAIL, REFUSED
    N.load.test                     A 10.x.y.z made of N
    short.search.test               A: found by the search list only
    anything else                   NXDOMAIN

Usage: server.py ADDRESS [PORT]; prints "ready" once it listens.
"""
import asyncio
import re
import socket
import struct
import sys

A, CNAME, AAAA = 1, 5, 28
NOERROR, SERVFAIL, NXDOMAIN, REFUSED = 0, 2, 3, 5
FOUR = socket.inet_aton("192.0.2.10")
SIX = socket.inet_pton(socket.AF_INET6, "2001:db8::10")


def encode_name(name):
    labels = name.rstrip(".").split(".")
    return b"".join(bytes([len(label)]) + label.encode() for label in labels) + b"\0"


def read_question(packet):
    labels, offset = [], 12
    while packet[offset]:
        length = packet[offset]
        labels.append(packet[offset + 1 : offset + 1 + length].decode("latin-1"))
        offset += 1 + length
    kind = struct.unpack("!H", packet[offset + 1 : offset + 3])[0]
    return ".".join(labels).lower(), kind, packet[12 : offset + 5]


def records_of(name, kind):
    """The status and the (owner, kind, data) of a name's records of one kind."""
    both = [(name, A, FOUR), (name, AAAA, SIX)]
    known = {
        "four.test": both[:1],
        "six.test": both[1:],
        "both.test": both,
        "half.test": both,
        "short.search.test": both[:1],
        "many.test": [(name, A, bytes([192, 0, 2, i])) for i in range(1, 41)],
        "alias.test": [
            (name, CNAME, encode_name("both.test")),
            ("both.test", A, FOUR),
            ("both.test", AAAA, SIX),
        ],
    }
    if name.startswith("late-"):
        known[name] = both
    load = re.fullmatch(r"(\d+)\.load\.test", name)
    if load:
        known[name] = [(name, A, struct.pack("!I", 10 << 24 | int(load[1])))]
    if name == "failing.test":
        return SERVFAIL, []
    if name == "refused.test":
        return REFUSED, []
    if name not in known:
        return NXDOMAIN, []
    records = [r for r in known[name] if r[1] == kind or r[1] == CNAME]
    return NOERROR, records


def answer(packet, limit):
    name, kind, question = read_question(packet)
    status, records = records_of(name, kind)
    body = b"".join(
        encode_name(owner) + struct.pack("!HHIH", record, 1, 60, len(data)) + data
        for owner, record, data in records
    )
    truncated = 12 + len(question) + len(body) > limit
    if truncated:
        records, body = [], b""
    flags = 0x8180 | status | (0x0200 if truncated else 0)
    header = packet[:2] + struct.pack("!HHHHH", flags, 1, len(records), 0, 0)
    return header + question + body


def delay_of(packet):
    """Seconds until the answer, None for never."""
    name, kind, _ = read_question(packet)
    if name == "silent.test" or (name == "half.test" and kind == AAAA):
        return None
    late = re.fullmatch(r"late-(\d+)\.test", name)
    return int(late[1]) / 1000 if late else 0


class Server(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, packet, address):
        delay = delay_of(packet)
        if delay is None:
            return
        reply = answer(packet, 512)
        if delay == 0:
            self.transport.sendto(reply, address)
        else:
            loop = asyncio.get_running_loop()
            loop.call_later(delay, self.transport.sendto, reply, address)


async def serve_tcp(reader, writer):
    try:
        while True:
            length = struct.unpack("!H", await reader.readexactly(2))[0]
            reply = answer(await reader.readexactly(length), 65535)
            writer.write(struct.pack("!H", len(reply)) + reply)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main(address, port):
    loop = asyncio.get_running_loop()
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
    udp.bind((address, port))
    await loop.create_datagram_endpoint(Server, sock=udp)
    server = await asyncio.start_server(serve_tcp, address, port)
    print("ready", flush=True)
    await server.serve_forever()


asyncio.run(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 53))
