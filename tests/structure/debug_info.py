"""The structs that objects tell of in their debug information (DWARF), as readelf prints it."""
import pathlib
import re

import objects

ENTRY = re.compile(r" <(\d+)><([0-9a-f]+)>: Abbrev Number: \d+ \((DW_TAG_\w+)\)")
VALUE = re.compile(r"    <[0-9a-f]+>   (DW_AT_\w+)\s*: (.*)")
INDIRECT = re.compile(r"\(indirect.*?\): ")
LISTED = re.compile(r"  (\d+)\t(?:(\d+)\t)?(.*)")
KINDS = ("DW_TAG_structure_type", "DW_TAG_union_type")


class Entry:
    """One entry of the debug information, and those that it holds."""

    def __init__(self, tag):
        self.tag = tag
        self.values = {}
        self.children = []

    def number(self, name):
        """A number, or the place that a reference means; None: there is none."""
        value = self.values.get(name)
        return int(value.split()[-1].strip("<>"), 0) if value is not None else None


def read_entries(path):
    """All entries of an object, by their place."""
    entries, above = {}, []
    for line in objects.run("readelf", "--debug-dump=info", str(path)).splitlines():
        head, value = ENTRY.match(line), VALUE.match(line)
        if head:
            entry = entries[int(head[2], 16)] = Entry(head[3])
            del above[int(head[1]):]
            if above:
                above[-1].children.append(entry)
            above.append(entry)
        elif value and above:
            above[-1].values[value[1]] = INDIRECT.sub("", value[2]).strip()
    return entries


def read_files(path):
    """The source files that entries name by number. The first folder is that of the compiler."""
    folders, files, into = {}, {}, None
    for line in objects.run("readelf", "--debug-dump=line", str(path)).splitlines():
        if "Table" in line:
            into = folders if "Directory" in line else files
        listed = LISTED.match(line)
        if into is None or not listed:
            continue
        name = pathlib.Path(INDIRECT.sub("", listed[3]))
        number = int(listed[1])
        into[number] = folders.get(int(listed[2] or 0), pathlib.Path()) / name
    return files


def count_members(entry, entries):
    """The members of a struct: each bit-field is one, those of an unnamed struct or union within
    it count as its own."""
    count = 0
    for child in entry.children:
        if child.tag != "DW_TAG_member":
            continue
        inner = entries.get(child.number("DW_AT_type"))
        if "DW_AT_name" not in child.values and inner is not None and inner.tag in KINDS:
            count += count_members(inner, entries)
        else:
            count += 1
    return count


def structs(path):
    """Triples: the file that declares a struct or union, a name for it, its number of members."""
    entries, files = read_entries(path), read_files(path)
    for entry in entries.values():
        file = files.get(entry.number("DW_AT_decl_file"))
        if entry.tag in KINDS and file is not None and "DW_AT_declaration" not in entry.values:
            kind = "struct" if entry.tag == KINDS[0] else "union"
            name = entry.values.get("DW_AT_name", f"of line {entry.number('DW_AT_decl_line')}")
            yield file, f"{kind} {name}", count_members(entry, entries)
