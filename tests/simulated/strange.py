"""Names and tags that readers of our output stumble over, and what becomes of them."""

import re

NAMES = ("a b", "a,b", "a=b", 'a"b', "a'b", "a\\b", "\\", "a\\", "a\\\\", "\\\"", '"', " ", ",", "=",
         "x" * 127, "ü" * 63, "日本 語", "😀", "{}", "${x}", "%s%n", "#", "-n", "a:b", "a;b", "a/b",
         "\u202ea", "\u0085", "\u00a0", "\u2028", "U", "null", "NaN", "1",
         "a\udcffb", "\udce4")  # bytes that are no UTF-8
# What a name may not hold, a tag may.
VALUES = (*NAMES, "a\nb", "a\tb", "a\r\nb", "\x01\x7f", "\n", "a\\\n", "x" * 1000, "\udcff")


def quoted(text):
    """As a string of the configuration's."""
    escapes = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
    return '"%s"' % "".join(
        escapes.get(letter) or (f"\\x{ord(letter):02x}" if ord(letter) < 32 or letter == "\x7f"
                                else letter) for letter in text)


def in_influx(text):
    """A tag's value: control characters and a backslash at the end become "_"."""
    return re.sub(r"\\$", "_", re.sub("[\x00-\x1f\x7f-\x9f]", "_", text))
