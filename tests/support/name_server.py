#!/usr/bin/env python3
"""A name server for tests: what it answers is in the name that is asked for.

    four.test six.test both.test    A, AAAA, both (192.0.2.10, 2001:db8::10)
    many.test                       40 A records: truncated over UDP, whole over TCP
    crowd.test                      500 A records
    alias.test                      CNAME to both.test
    late-MS.test                    both, after so many milliseconds
    half.test                       A at once, AAAA never
    silent.test                     never answered
    failing.test refused.test       SERVFAIL, REFUSED
    N.load.test                     A 10.x.y.z made of N
    short.search.test               A: found by the search list only
    xn--bcher-kva.test              A: bücher.test as the DNS has it; xn--strae-oqa: straße.test
    anything else                   NXDOMAIN

Names of addresses (PTR), by the address:

    10.1.X.Y          r-X-Y.test, for a day
    10.66.0.N         HOSTILE[N]
    10.67.X.Y         NXDOMAIN, for 120 s as the SOA record says
    10.68.X.Y         never answered
    10.69.X.Y         SERVFAIL
    10.70.N.Y         late-N-Y.test, after 10 N milliseconds
    10.71.X.Y         REFUSED
    10.72.X.Y         an alias, as RFC 2317 has it, to r-X-Y.test
    10.73.X.Y         a-X-Y.test and b-X-Y.test, in turns
    10.74.X.Y         a record that ends within its name
    10.75.X.Y         the root
    10.76.X.Y         so many names that they come over TCP; a-X-Y.test among them
    fd01:0:...        as 10.1: r-X-Y.test of the last two groups, in hexadecimal

Usage: server.py ADDRESS [PORT [LOG]]; prints "ready" once it listens. LOG gets a line for each
question: its type and name.
"""
import asyncio
import re
import socket
import struct
import sys

A, CNAME, SOA, PTR, AAAA = 1, 5, 6, 12, 28
NOERROR, SERVFAIL, NXDOMAIN, REFUSED = 0, 2, 3, 5
FOUR = socket.inet_aton("192.0.2.10")
SIX = socket.inet_pton(socket.AF_INET6, "2001:db8::10")


# What strangers may call their routers, as labels.
HOSTILE = [
    [b"x" * 63, b"x" * 63, b"x" * 63, b"x" * 61],
    [b'quo"te', b"back\\slash\\", b"it's"],
    [b"\x1b[31mred\x07\x00\x7f", b"test"],
    [b"line\none", b"line\r\ntwo\ttab", b"test"],
    [b"\xff\xfe\xc3(\x80", b"test"],
    ["\u00fc\u20ac\U0001f600\u202e\u0085".encode(), b"test"],
    [b"a b,c=d", b"e,f g=h ", b"test"],
    [b"dot.in.a.label", b"test"],
    [b"\xff" * 63, b"\xff" * 63, b"\xff" * 63, b"\xff" * 61],
    [b"{}[]<b>&amp;", b"%s%n$(id)`id`", b"test"],
    [b'\\"', b"\\"],
    [b"#", b"\n# TYPE x gauge\n", b"test"],
]


def encode_labels(labels):
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


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
        "xn--bcher-kva.test": both[:1],
        "xn--strae-oqa.test": both[:1],
        "many.test": [(name, A, bytes([192, 0, 2, i])) for i in range(1, 41)],
        "crowd.test": [(name, A, bytes([10, 9, i // 250, i % 250 + 1])) for i in range(500)],
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


def reversed_address(name):
    """The (first two parts, last two numbers) of the address that such a name stands for."""
    four = re.fullmatch(r"(\d+)\.(\d+)\.(\d+)\.(\d+)\.in-addr\.arpa", name)
    if four:
        y, x, b, a = map(int, four.groups())
        return (a, b), (x, y)
    if re.fullmatch(r"([0-9a-f]\.){32}ip6\.arpa", name):
        digits = name[:63:2][::-1]
        return (int(digits[:4], 16), int(digits[4:8], 16)), (int(digits[24:28], 16),
                                                             int(digits[28:], 16))
    return None


turns = {}


def reverse_records(name, block, numbers):
    """As records_of, with a time to live as well; a SOA record stands in the authority section."""
    x, y = numbers
    plain = [(name, PTR, encode_name(f"r-{x}-{y}.test"), 86400)]
    if block in ((10, 1), (0xfd01, 0)):
        return NOERROR, plain
    if block == (10, 66):
        return NOERROR, [(name, PTR, encode_labels(HOSTILE[y % len(HOSTILE)]), 3600)]
    if block == (10, 67):
        times = struct.pack("!5I", 1, 2, 3, 4, 120)
        data = encode_name("ns.test") + encode_name("admin.test") + times
        return NXDOMAIN, [("10.in-addr.arpa", SOA, data, 3600)]
    if block in ((10, 69), (10, 71)):
        return (SERVFAIL if block == (10, 69) else REFUSED), []
    if block == (10, 70):
        return NOERROR, [(name, PTR, encode_name(f"late-{x}-{y}.test"), 3600)]
    if block == (10, 72):
        alias = f"{y}.0/25.{x}.72.10.in-addr.arpa"
        return NOERROR, [(name, CNAME, encode_name(alias), 3600),
                         (alias, PTR, encode_name(f"r-{x}-{y}.test"), 3600)]
    if block == (10, 73):
        turns[name] = turns.get(name, 0) + 1
        both = [(name, PTR, encode_name(f"{first}-{x}-{y}.test"), 60) for first in "ba"]
        return NOERROR, both if turns[name] % 2 else both[::-1]
    if block == (10, 74):
        return NOERROR, [(name, PTR, b"\x07cut", 3600)]
    if block == (10, 75):
        return NOERROR, [(name, PTR, b"\0", 3600)]
    if block == (10, 76):
        return NOERROR, [(name, PTR, encode_name(f"{first}-{x}-{y}.test"), 3600)
                         for first in "cabdefghijklmnopqrst"]
    return NXDOMAIN, []


def all_records(name, kind):
    reverse = reversed_address(name) if kind == PTR else None
    if reverse:
        return reverse_records(name, *reverse)
    status, records = records_of(name, kind)
    return status, [(*record, 60) for record in records]


def answer(packet, limit):
    name, kind, question = read_question(packet)
    status, records = all_records(name, kind)
    body = b"".join(
        encode_name(owner) + struct.pack("!HHIH", record, 1, ttl, len(data)) + data
        for owner, record, data, ttl in records
    )
    truncated = 12 + len(question) + len(body) > limit
    if truncated:
        records, body = [], b""
    flags = 0x8180 | status | (0x0200 if truncated else 0)
    authorities = sum(record[1] == SOA for record in records)
    header = packet[:2] + struct.pack("!HHHHH", flags, 1, len(records) - authorities,
                                      authorities, 0)
    return header + question + body


def delay_of(packet):
    """Seconds until the answer, None for never."""
    name, kind, _ = read_question(packet)
    if name == "silent.test" or (name == "half.test" and kind == AAAA):
        return None
    block, numbers = reversed_address(name) or (None, None)
    if block == (10, 68):
        return None
    if block == (10, 70):
        return numbers[0] / 100
    late = re.fullmatch(r"late-(\d+)\.test", name)
    return int(late[1]) / 1000 if late else 0


log = []  # of one file, or none


def note(packet):
    name, kind, _ = read_question(packet)
    for file in log:
        file.write(f"{kind} {ascii(name)[1:-1]}\n")


class Server(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, packet, address):
        note(packet)
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
            packet = await reader.readexactly(length)
            note(packet)
            reply = answer(packet, 65535)
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


if __name__ == "__main__":
    if len(sys.argv) > 3:
        log.append(open(sys.argv[3], "w", buffering=1, encoding="ascii"))
    asyncio.run(main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 53))
