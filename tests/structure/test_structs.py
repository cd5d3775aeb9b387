#!/usr/bin/env python3
"""What `structs` counts in sources made for it."""
import os
import pathlib
import subprocess
import tempfile
import unittest

STRUCTS = pathlib.Path(__file__).with_name("structs")
CC = os.environ.get("CC", "cc")

HEADER = """
struct large { int a, b, c, *d; };
struct bits { unsigned a : 1, b : 2, : 5, c : 1; };
struct parted {
    int a;
    union {
        int b;
        struct { int c, d; };
    };
    struct { int x, y, z, u, v; } e;
};
"""
SOURCE = """
#include <stdio.h>
#include "made.h"
struct own { int a, b; };
struct large one; struct bits two; struct parted three; struct own four;
FILE *elsewhere;
"""


class Structs(unittest.TestCase):
    """A header and a file in core/made."""

    def judge(self, most, folder="core/made", options=("-g",)):
        """Compiles them and runs `structs`."""
        with tempfile.TemporaryDirectory() as place:
            source, build = pathlib.Path(place) / "source", pathlib.Path(place) / "build"
            made = build / "core/CMakeFiles/x.dir/made"
            made.mkdir(parents=True)
            (source / "core/made").mkdir(parents=True)
            (source / "core/made/made.h").write_text(HEADER)
            (source / "core/made/made.c").write_text(SOURCE)
            subprocess.run([CC, *options, "-c", source / "core/made/made.c",
                            "-o", made / "made.c.o"], check=True)
            done = subprocess.run([STRUCTS, str(most), source, build, folder],
                                  capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    def test_within(self):
        """Those of the system do not count."""
        self.assertEqual(self.judge(5), (0, "ok 7 structs have 5 members at most\n"))

    def test_beyond(self):
        """All that are larger are told, largest first."""
        status, said = self.judge(2)
        self.assertEqual(status, 1)
        lines = said.splitlines()
        self.assertEqual(lines[0], "not ok core/made/made.h: struct parted has 5 members")
        self.assertIn("not ok core/made/made.h: struct large has 4 members", lines)
        self.assertIn("not ok core/made/made.h: struct bits has 3 members", lines)
        self.assertFalse(any("own" in line for line in lines))

    def test_nothing(self):
        """Without debug information, or in another folder, there is nothing to say."""
        self.assertEqual(self.judge(5, options=("-g0",))[0], 77)
        self.assertEqual(self.judge(5, folder="core/other")[0], 2)


if __name__ == "__main__":
    unittest.main()
