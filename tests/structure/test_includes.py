#!/usr/bin/env python3
"""What `includes` says of a tree made for it."""
import pathlib
import subprocess
import tempfile
import unittest

INCLUDES = pathlib.Path(__file__).with_name("includes")

GOOD = {
    "core/base/a.h": "",
    "core/base/a.c": '#include "base/a.h"\n#include <string.h>\n',
    "core/wire/w.h": '#include "base/a.h"\n',
    "core/wire/w.c": '#include "wire/w.h"\n#include "base/a.h"\n',
    "core/output/json.c": "#include <json-c/json.h>\n",
    "plugin/exec/main.h": "",
    "plugin/exec/main.c": '#include "exec/main.h"\n#include "output/o.h"\n',
    "core/output/o.h": "",
}


class Includes(unittest.TestCase):
    """A tree in order, and the same with one line more."""

    def judge(self, **more):
        """Runs `includes`; `more`: what is added to the tree."""
        with tempfile.TemporaryDirectory() as root:
            for name, text in {**GOOD, **more.get("files", {})}.items():
                path = pathlib.Path(root) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            done = subprocess.run([INCLUDES, root], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout

    def refused(self, file, text, complaint):
        """This file, with this text, is told."""
        status, said = self.judge(files={file: text})
        self.assertEqual((status, said), (1, f"not ok {file}{complaint}\n"))

    def test_good(self):
        """Nothing to say."""
        self.assertEqual(self.judge(), (0, "ok 8 files include what they may\n"))

    def test_upwards(self):
        """A folder that the architecture has above."""
        self.refused("core/base/b.c", '#include "wire/w.h"\n', ":1: base may not include wire/w.h")
        self.refused("core/wire/v.c", '\n#include "output/o.h"\n',
                     ":2: wire may not include output/o.h")

    def test_foreign(self):
        """A library that belongs to another folder."""
        self.refused("core/base/b.c", "#include <json-c/json.h>\n",
                     ":1: json-c/json.h is known to output alone")

    def test_names(self):
        """A header that is named by its file alone, or that there is not."""
        self.refused("core/wire/v.c", '#include "w.h"\n', ":1: w.h is to be included as wire/w.h")
        self.refused("core/wire/v.c", '#include "wire/none.h"\n', ":1: there is no wire/none.h")

    def test_folder(self):
        """A folder that the architecture does not have."""
        self.refused("core/elsewhere/e.c", "", ": the architecture has no place for this file")


if __name__ == "__main__":
    unittest.main()
