#!/usr/bin/env python3
"""What `cycles` says of sources made for it: circles of two and three files, of folders, of parts;
and of none."""
import os
import pathlib
import subprocess
import tempfile
import unittest

CYCLES = pathlib.Path(__file__).with_name("cycles")
CC = os.environ.get("CC", "cc")


class Cycles(unittest.TestCase):
    """Each file has one function of its own name, and calls those that it is given."""

    def judge(self, files):
        """Compiles the files (path within core: names that it calls) and runs `cycles`."""
        with tempfile.TemporaryDirectory() as folder:
            source, build = pathlib.Path(folder) / "source", pathlib.Path(folder) / "build"
            (source / "plugin").mkdir(parents=True)
            for file, calls in files.items():
                path = source / "core" / file
                made = build / "core/CMakeFiles/made.dir" / f"{file}.o"
                path.parent.mkdir(parents=True, exist_ok=True)
                made.parent.mkdir(parents=True, exist_ok=True)
                path.write_text("".join(f"void {name}(void);\n" for name in calls) +
                                f"void {path.stem}(void);\nvoid {path.stem}(void)\n{{\n" +
                                "".join(f"    {name}();\n" for name in calls) + "}\n")
                subprocess.run([CC, "-c", "-O0", path, "-o", made], check=True)
            done = subprocess.run([CYCLES, source, build], capture_output=True, text=True,
                                  check=False)
        return done.returncode, done.stdout

    def test_none(self):
        """A row, a diamond and a call of its own are no circles."""
        status, said = self.judge({"x/a.c": ["b", "c"], "x/b.c": ["d"], "x/c.c": ["d"],
                                   "y/d.c": ["d", "e", "elsewhere"], "y/z/e.c": []})
        self.assertEqual(status, 0, said)
        self.assertEqual(said, "ok 5 files, and their folders, need each other in no circle\n")

    def test_two_files(self):
        """Both edges are told, and what makes them."""
        status, said = self.judge({"x/a.c": ["b"], "x/b.c": ["a", "c"], "x/c.c": []})
        self.assertEqual(status, 1)
        self.assertEqual(said.splitlines(), [
            "not ok 2 in a circle: core/x/a.c, core/x/b.c",
            "    core/x/a.c -> core/x/b.c: b",
            "    core/x/b.c -> core/x/a.c: a"])

    def test_three_files(self):
        """A circle that no two of its files make; one that leads into it is no part of it."""
        status, said = self.judge({"x/a.c": ["b"], "x/b.c": ["c"], "x/c.c": ["a"],
                                   "x/d.c": ["a"]})
        self.assertEqual(status, 1)
        self.assertIn("not ok 3 in a circle: core/x/a.c, core/x/b.c, core/x/c.c\n", said)
        self.assertEqual(said.count("not ok"), 1)

    def test_two_circles(self):
        """Each is told by itself."""
        _, said = self.judge({"x/a.c": ["b"], "x/b.c": ["a", "c"], "x/c.c": ["d"],
                              "x/d.c": ["c"]})
        self.assertEqual(said.count("not ok 2 in a circle"), 2)

    def test_folders(self):
        """Folders whose files make no circle, and the sub-folder of one that does."""
        status, said = self.judge({"x/a.c": ["b"], "y/b.c": ["c"], "x/c.c": []})
        self.assertEqual(status, 1)
        self.assertEqual(said.splitlines()[0], "not ok 2 in a circle: core/x, core/y")
        self.assertEqual(said.count("not ok"), 1)
        status, said = self.judge({"x/a.c": ["b"], "x/y/b.c": ["c"], "x/c.c": []})
        self.assertEqual(said.splitlines()[0], "not ok 2 in a circle: core/x, core/x/y")

    def test_parts(self):
        """Sub-folders that make no circle, but with their parents."""
        status, said = self.judge({"x/one/a.c": ["b"], "y/b.c": ["c"], "x/two/c.c": []})
        self.assertEqual(status, 1)
        self.assertEqual(said.splitlines()[0], "not ok 2 in a circle: core/x, core/y")

    def test_nearest(self):
        """Two programs may have a function of the same name."""
        status, said = self.judge({"x/a.c": ["same"], "x/same.c": [], "y/same.c": ["b"],
                                   "y/b.c": []})
        self.assertEqual(status, 0, said)


if __name__ == "__main__":
    unittest.main()
