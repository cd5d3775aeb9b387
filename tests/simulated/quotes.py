#!/usr/bin/env python3
"""Quotes as routers and middleboxes make them: what still names the probe is recognised, without
loss; what does not is silence, never a wrong hop: quotes.py PROTOCOL"""

import sys

import lab

# What the routers of a path do to their answers and, where its answers quote, its destination.
RECOGNISED = {
    "ipv4": ("quote=8", "quote=11", "quote=28", "quote=padded", "quote-ttl=7", "quote-ttl=255",
             "clear-tos=yes", "bad-ip-sum=yes", "quote-options=yes", "outer-options=yes",
             "quote-options=yes outer-options=yes quote=8",
             "nat=id clear-tos=yes quote-ttl=9 quote-options=yes outer-options=yes quote=8"),
    "ipv6": ("quote=8", "quote=11", "quote=28", "quote=padded", "quote-ttl=7", "quote-ttl=255",
             "clear-tos=yes", "quote-extension=yes", "outer-extension=yes",
             "quote-extension=yes outer-extension=yes quote=8",
             "clear-tos=yes quote-ttl=9 quote-extension=yes outer-extension=yes quote=8"),
}
# What translators make of the fields that name a probe, and how much is quoted of it. Of a UDP
# probe 8 bytes leave its length alone, if both fields are gone.
TRANSLATIONS = {
    "ipv4": ("id", "id-zero", "id-random", "checksum", "checksum-delta", "checksum-zero",
             "checksum-random", "id,checksum", "id,checksum-delta", "id-zero,checksum-zero",
             "id-random,checksum-random"),
    "ipv6": ("checksum", "checksum-delta", "checksum-zero", "checksum-random"),
}
QUOTES = ("", "quote=8", "quote=11", "quote=20", "quote=padded")
UNRECOGNISABLE = ("quote=0", "quote=3", "quote=4", "quote=7", "silent=yes forge=random",
                  "silent=yes forge=truncated")
STRANGE = (2, 3, 4)
HOPS = 6


def cases():
    """(family, keys, whether the probe can be recognised) for each path."""
    for family in lab.FAMILIES:
        for keys in RECOGNISED[family]:
            yield family, keys, True
        for translation in TRANSLATIONS[family]:
            for quote in QUOTES:
                yield family, f"nat={translation} {quote}".strip(), True
        for keys in UNRECOGNISABLE:
            yield family, keys, False


def topology(paths):
    lines = []
    for number, (family, keys, recognised) in enumerate(paths):
        lines.append(f"target t{number} {lab.destination(family, number)} "
                     f"{keys if recognised else ''}")
        lines += [f"hop {lab.router(family, number, hop)} {keys if hop in STRANGE else ''}"
                  for hop in range(1, HOPS)]
    return "\n".join(lines) + "\n"


def check_path(number, path, record):
    family, keys, recognised = path
    name = f"{family} {keys}"
    expected = [[lab.router(family, number, hop)] if recognised or hop not in STRANGE else []
                for hop in range(1, HOPS)] + [[lab.destination(family, number)]]
    lab.check(lab.addresses(record) == expected,
              f"{name}: {'every hop is right' if recognised else 'silence, nothing wrong'}",
              lab.addresses(record))
    lab.check(record["status"] == "reached" and record["loss_percent"] == 0,
              f"{name}: reached without loss", (record["status"], record["loss_percent"]))
    losses = [hop["loss_percent"] for hop in record["hops"] if hop["nodes"]]
    lab.check(not any(losses) and record["local_errors"] == 0, f"{name}: no hop shows loss", losses)
    if not recognised:
        sent = [hop["sent"] for hop in record["hops"] if not hop["nodes"]]
        lab.check(sent == [4] * len(STRANGE), f"{name}: three probes and a retry", sent)


def main():
    protocol = sys.argv[1]
    paths = list(cases())
    internet = lab.Internet(topology=topology(paths))
    # A TOS of 0 could not be cleared.
    found = lab.trace("-n", "-t", 184, "-P", protocol,
                      *(lab.destination(path[0], number) for number, path in enumerate(paths)))
    records = {record["address"]: record for record in found}
    for number, path in enumerate(paths):
        check_path(number, path, records[lab.destination(path[0], number)])
    internet.down()
    lab.check(not any(internet.counters()["faults"].values()), "every probe was well-formed",
              internet.counters()["faults"])
    lab.finish()


main()
