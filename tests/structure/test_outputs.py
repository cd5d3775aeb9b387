#!/usr/bin/env python3
"""What `outputs` says of programs that print something else."""
import pathlib
import subprocess
import tempfile
import unittest

OUTPUTS = pathlib.Path(__file__).with_name("outputs")


class Outputs(unittest.TestCase):
    """A script in the place of the program."""

    def judge(self, text):
        """Runs `outputs` on this script."""
        with tempfile.TemporaryDirectory() as place:
            program = pathlib.Path(place) / "program"
            program.write_text(f"#!/bin/sh\n{text}\n")
            program.chmod(0o755)
            done = subprocess.run([OUTPUTS, program], capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    def test_other_bytes(self):
        """The same in both runs, but not the known ones."""
        status, said = self.judge("echo $#")
        self.assertEqual(status, 1)
        self.assertIn("not ok 200 networks, 4 bytes: sha256", said)

    def test_no_two_alike(self):
        """Bytes that depend on something else than the scenarios."""
        self.assertEqual(self.judge("echo $$"), (1, "not ok two runs print different bytes\n"))

    def test_failure(self):
        """A program that gives up."""
        status, said = self.judge("exit 3")
        self.assertEqual(status, 1)
        self.assertIn("ends with 3", said)


if __name__ == "__main__":
    unittest.main()
