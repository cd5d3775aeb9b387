#!/usr/bin/env python3
"""A router that signs its errors with this host's own address: none is taken for a word of our own
kernel, whatever it quotes, and the path is seen as it is."""

import socket
import struct
import threading
import time

import chain
from chain import lab

ETHERNET = 14
UNREACHABLE = {chain.IPV4: (3, 1), chain.IPV6: (1, 3)}  # host, address
HEADER = {chain.IPV4: 20, chain.IPV6: 40}
ETHERTYPE = {chain.IPV4: 0x0800, chain.IPV6: 0x86dd}
STRANGER = {chain.IPV4: "192.0.2.99", chain.IPV6: "2001:db8::99"}


def raw(family, text):
    return socket.inet_pton(socket.AF_INET if family == chain.IPV4 else socket.AF_INET6, text)


def checksum(data):
    total = sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    total = (total & 0xffff) + (total >> 16)
    return ~((total & 0xffff) + (total >> 16)) & 0xffff


def error(family, own, quote):
    """An unreachable from the address to the address, with this quote."""
    kind, code = UNREACHABLE[family]
    body = struct.pack("!BBHI", kind, code, 0, 0) + quote
    if family == chain.IPV4:
        body = body[:2] + struct.pack("!H", checksum(body)) + body[4:]
        header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0, 64, 1, 0, own, own)
        return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + body
    pseudo = own + own + struct.pack("!II", len(body), 58)
    body = body[:2] + struct.pack("!H", checksum(pseudo + body)) + body[4:]
    return struct.pack("!IHBB16s16s", 6 << 28, len(body), 58, 64, own, own) + body


class Liar:
    """On the link to the host: a lie for each packet of the host's to the target."""

    def __init__(self, router, family):
        self.family = family
        self.own = raw(family, chain.address(family, 1, 1))
        self.target = raw(family, chain.target(family))
        self.lies = 0
        self.ended = False
        self.socket = router.inside(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                                          socket.htons(ETHERTYPE[family])))
        self.socket.bind(("host", ETHERTYPE[family]))
        self.socket.settimeout(0.1)
        self.thread = threading.Thread(target=self._lie, daemon=True)
        self.thread.start()

    def _is_probe(self, packet):
        """From the host to the target, in this direction."""
        place = 12 if self.family == chain.IPV4 else 8
        size = len(self.own)
        return packet[place:place + 2 * size] == self.own + self.target

    def _lie(self):
        while not self.ended:
            try:
                frame, address = self.socket.recvfrom(4096)
            except TimeoutError:
                continue
            packet = frame[ETHERNET:]
            if address[2] == socket.PACKET_OUTGOING or not self._is_probe(packet):
                continue
            back = frame[6:12] + frame[:6] + frame[12:ETHERNET]
            place = 12 if self.family == chain.IPV4 else 8
            other = raw(self.family, STRANGER[self.family])
            translated = packet[:place] + other + packet[place + len(other):]
            short = packet[:HEADER[self.family] + 8]
            for quote in (packet, short, translated):
                self.socket.send(back + error(self.family, self.own, quote))
                self.lies += 1

    def end(self):
        self.ended = True
        self.thread.join()
        self.socket.close()


def main():
    routers = chain.Chain()
    for family in chain.FAMILIES:
        routers.one_branch(family)
    for family, name, options in chain.cases():
        liar = Liar(routers["r1"], family)
        time.sleep(0.1)
        record = chain.one(*options, chain.target(family))
        liar.end()
        lab.check(liar.lies > 3 * chain.HOPS, f"{name}: there were lies", liar.lies)
        lab.check(chain.is_clean(record, chain.truth(family)),
                  f"{name}: the path is seen as it is", chain.brief(record))
    lab.finish()


main()
