"""The simulated network for the tests of this folder. To be imported before lab, which it makes
importable."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "simulated"))


def paths(truth):
    """A line for each target: a name, its address, its hops, `*` for a silent one."""
    return "".join(
        " ".join([path["target"], path["address"],
                  *("*" if hop["silent"] else hop["addresses"][0] for hop in path["hops"])]) + "\n"
        for path in truth.values())
