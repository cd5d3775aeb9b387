"""Plays scenarios that a program has written."""

import argparse
import pathlib
import subprocess
import tempfile


def play(program, lines):
    """What the scenario program says of these lines."""
    with tempfile.NamedTemporaryFile("w", suffix=".scn") as file:
        file.write("\n".join(lines) + "\n")
        file.flush()
        said = subprocess.run([program, file.name], capture_output=True, text=True, check=False)
    if said.returncode not in (0, 1):
        raise RuntimeError(f"{program}: {said.stderr}")
    return said.stdout


def options_of_survey(usage, files):
    """Of a survey of made-up networks; `files`: how many of each kind unless it is told."""
    parser = argparse.ArgumentParser(usage=usage.replace("%", "%%"))
    parser.add_argument("--first", type=int, default=1)
    parser.add_argument("--files", type=int, default=files)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--kind", action="append")
    parser.add_argument("--keep", type=pathlib.Path)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("program", type=pathlib.Path)
    return parser.parse_args()
