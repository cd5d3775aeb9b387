"""A writer of databases in MaxMind's format, version 2.0: write(file, networks), the networks being
pairs of a prefix and what stands there, a dictionary of strings and numbers."""

import ipaddress

RECORD_BYTES = 3
EMPTY, IPV4_BITS = None, 32
METADATA = b"\xab\xcd\xefMaxMind.com"
STRING, UINT16, UINT32, MAP, UINT64, ARRAY = 2, 5, 6, 7, 9, 11


def control(kind, size):
    """The bytes before a value: its type and its size."""
    more = b""
    if size >= 29:
        more, size = (size - 29).to_bytes(1, "big"), 29
    if kind < 8:
        return bytes([kind << 5 | size]) + more
    return bytes([size, kind - 7]) + more


def encode(value, kind=UINT32):
    if isinstance(value, str):
        text = value.encode()
        return control(STRING, len(text)) + text
    if isinstance(value, dict):
        return control(MAP, len(value)) + b"".join(encode(key) + encode(value[key])
                                                   for key in value)
    if isinstance(value, list):
        return control(ARRAY, len(value)) + b"".join(map(encode, value))
    if isinstance(value, tuple):
        return encode(*value)
    digits = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return control(kind, len(digits)) + digits


def bits_of(prefix):
    """The bits of a prefix in a tree of IPv6, where IPv4 stands below ::/96."""
    network = ipaddress.ip_network(prefix)
    bits, length = int(network.network_address), network.prefixlen
    if network.version == 4:
        length += 128 - IPV4_BITS
    return [bits >> (127 - place) & 1 for place in range(length)]


def tree_of(networks):
    """Nodes as pairs of records: the number of a node, or what a network has."""
    nodes = [[EMPTY, EMPTY]]
    for prefix, data in networks:
        at, bits = 0, bits_of(prefix)
        for bit in bits[:-1]:
            if nodes[at][bit] is EMPTY:
                nodes.append([EMPTY, EMPTY])
                nodes[at][bit] = len(nodes) - 1
            at = nodes[at][bit]
        nodes[at][bits[-1]] = data
    return nodes


def write(file, networks):
    nodes, section = tree_of(networks), b""
    tree = b""
    for node in nodes:
        for record in node:
            number = len(nodes)
            if isinstance(record, int):
                number = record
            elif record is not EMPTY:
                number += 16 + len(section)
                section += encode(record)
            tree += number.to_bytes(RECORD_BYTES, "big")
    metadata = {"binary_format_major_version": (2, UINT16),
                "binary_format_minor_version": (0, UINT16), "build_epoch": (1767323045, UINT64),
                "database_type": "Test-ASN", "description": {"en": "test"},
                "ip_version": (6, UINT16), "languages": ["en"], "node_count": len(nodes),
                "record_size": (8 * RECORD_BYTES, UINT16)}
    file.write_bytes(tree + bytes(16) + section + METADATA + encode(metadata))


def asn(number, name):
    """What stands at a network of an autonomous system."""
    return {"autonomous_system_number": number, "autonomous_system_organization": name}
