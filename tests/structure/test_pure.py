#!/usr/bin/env python3
"""What `pure` says of objects made for it."""
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

PURE = pathlib.Path(__file__).with_name("pure")
CC = os.environ.get("CC", "cc")


def folders(name):
    """The folders that `pure` looks at, from its table of this name."""
    return re.findall(r'"(\w+)"', re.search(rf"^{name} = \((.*?)\)", PURE.read_text(),
                                            re.MULTILINE)[1])


class Pure(unittest.TestCase):
    """Each folder has an object that is pure; one has another one."""

    def judge(self, folder, text):
        """Compiles the other one and runs `pure`."""
        with tempfile.TemporaryDirectory() as place:
            for name in folders("PURE") + folders("GROUND"):
                self.compile(pathlib.Path(place) / name, f"{name}_good",
                             f"int {name}_good(int a); int {name}_good(int a) {{ return a; }}")
            if folder:
                self.compile(pathlib.Path(place) / folder, "other", text)
            done = subprocess.run([PURE, place], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    def compile(self, folder, name, text):
        """One object."""
        folder.mkdir(exist_ok=True)
        subprocess.run([CC, "-xc", "-O1", "-c", "-", "-o", folder / f"{name}.c.o"], input=text,
                       text=True, check=True)

    def refused(self, folder, text, complaint):
        """This text in an object of the folder is told."""
        self.assertEqual(self.judge(folder, text),
                         (1, f"not ok core/{folder}/other.c: {complaint}\n"))

    def test_good(self):
        """Memory, and what other pure folders have."""
        self.assertEqual(self.judge(None, "")[0], 0)
        status, said = self.judge("wire", "#include <stdlib.h>\nint base_good(int a);\n"
                                  "void *f(int a);\nvoid *f(int a) { return malloc(base_good(a)); }")
        self.assertEqual(status, 0, said)

    def test_system(self):
        """A clock, a system call, text."""
        self.refused("wire", "#include <time.h>\nlong f(void); long f(void) { return time(0); }",
                     "imports time")
        self.refused("base", "#include <unistd.h>\nint f(void); int f(void) { return getpid(); }",
                     "imports getpid")
        self.refused("wire", "#include <stdio.h>\nint f(char *a, int b);\n"
                     'int f(char *a, int b) { return snprintf(a, 9, "%d", b); }',
                     "imports snprintf")

    def test_state(self):
        """A variable that lasts."""
        self.refused("wire", "int f(void); int f(void) { static int n; return n++; }",
                     "keeps state in n.0")


if __name__ == "__main__":
    unittest.main()
