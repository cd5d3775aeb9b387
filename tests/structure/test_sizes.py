#!/usr/bin/env python3
"""What `sizes` counts in sources made for it."""
import pathlib
import subprocess
import tempfile
import unittest

SIZES = pathlib.Path(__file__).with_name("sizes")

HEADER = """/* A header. */
#ifndef A_H
#define A_H
struct pair {
    int one; /* the first */
    int two;
};

/* Both of these have a comment. */
int first(int a, int b);
int second(const struct pair *pair);

int bare(void);

static inline int small(int a)
{
    return a;
}
#endif
"""
SOURCE = """#include "base/a.h"

int first(int a,
          int b)
{
    for (int i = 0; i < a; i++) {
        if (a > b && i > 1) /* "no string" */
            return a ? b : i;
    }
    return '"' + b;
}

int second(const struct pair *pair)
{
    return pair->one;
}

int bare(void)
{
    return small(1);
}
"""


class Sizes(unittest.TestCase):
    """A header and a file in core/base; nothing in plugin."""

    def test_table(self):
        """Each row. first() has 9 lines and the complexity 5."""
        with tempfile.TemporaryDirectory() as source:
            folder = pathlib.Path(source) / "core/base"
            folder.mkdir(parents=True)
            (folder / "a.h").write_text(HEADER)
            (folder / "a.c").write_text(SOURCE)
            said = subprocess.run([SIZES, source], capture_output=True, text=True,
                                  check=True).stdout
        self.assertEqual(said.splitlines()[2:], [
            "| functions (4), lines | 4 / 9 / 9 |",
            "| files (2), lines | 19 / 21 / 21 |",
            "| functions' complexity | 1 / 5 / 5 |",
            "| complexity over 15 | 0.0 % |",
            "| prototypes (3) with a comment | 67 % |",
            "| comment share .c, .h | 4.8 %, 16 % |",
            "| structs (1), members | 2 / 2 / 2 (struct pair) |",
            "| assertions | 0 |",
            "| commit subjects, characters | none |"])


if __name__ == "__main__":
    unittest.main()
