"""Plays scenarios that a program has written."""

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
