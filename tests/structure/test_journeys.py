#!/usr/bin/env python3
"""What `journeys` counts in sources made for it."""
import pathlib
import subprocess
import tempfile
import unittest

JOURNEYS = pathlib.Path(__file__).with_name("journeys")

FILES = {
    "core/x/a.h": "void b(int); static inline void h(void) { b(1); } extern void (*any)(void);",
    "core/x/a.c": """
#include "a.h"
void c(void); void d(void); void start(void); void other(void); void aside(void);
static void own(void) { c(); h(); }
void start(void) { own(); b(1); b(2); any(); }
void aside(void) { d(); }
""",
    "core/x/b.c": '#include "a.h"\nvoid d(void);\nvoid b(int n) { if (n > 1) b(n - 1); d(); }',
    "core/x/y/c.c": "void c(void); void start(void); void c(void) { start(); }",
    "core/z/d.c": "void d(void); void e(void); void d(void) { e(); }",
    "core/z/e.c": "void e(void); void e(void) {}",
    "core/w/f.c": "struct s; void f(struct s *s); void g(struct s *s); void k(int n);"
                  "void f(struct s *s) { g(s); k(1); }",
    "core/w/g.c": "struct s; void g(struct s *s); void k(int n); void k(int n) { (void)n; }"
                  "void g(struct s *s) { (void)s; k(2); }",
}


class Journeys(unittest.TestCase):
    """start -> own -> c -> start; own -> h -> b; start -> b twice; b -> b; b -> d -> e elsewhere."""

    def judge(self, *words):
        """Runs `journeys` over FILES."""
        with tempfile.TemporaryDirectory() as source:
            for name, text in FILES.items():
                path = pathlib.Path(source) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            done = subprocess.run([JOURNEYS, source, *words], capture_output=True, text=True,
                                  check=False)
        if done.returncode == 77:
            self.skipTest(done.stdout)
        return done.returncode, done.stdout

    def test_count(self):
        """own -> c, own -> h, h -> b, start -> b twice, c -> start; nothing beyond the folder, and
        nothing that the start does not reach."""
        status, said = self.judge("start", "core/x")
        self.assertEqual((status, said),
                         (0, "ok start: 6 stops (1 in-line), 5 functions in 4 files\n"))

    def test_folders(self):
        """b -> d and d -> e, too."""
        self.assertIn("8 stops (1 in-line), 7 functions in 6 files",
                      self.judge("start", "core/x", "core/z")[1])

    def test_starts(self):
        """Two starts, none of them in the other's way."""
        self.assertIn("ok aside,e: 2 stops (0 in-line)", self.judge("aside,e", "core/x", "core/z")[1])
        self.assertEqual(self.judge("elsewhere", "core/x")[0], 2)

    def test_of(self):
        """f -> g is handed the struct, f -> k is not."""
        self.assertIn("2 stops", self.judge("f", "core/w")[1])
        self.assertIn("1 stops", self.judge("f", "core/w", "--of", "s")[1])

    def test_most(self):
        """The limit, and a list of what is counted."""
        self.assertEqual(self.judge("start", "core/x", "--most", "6")[0], 0)
        status, said = self.judge("start", "core/x", "--most", "5", "--list")
        self.assertEqual(status, 1)
        self.assertIn("core/x/a.h: h\n", said)
        self.assertIn("start -> by a pointer\n", said)
        self.assertIn("not ok start: 6 stops", said)


if __name__ == "__main__":
    unittest.main()
