"""The lines that the scripts of this folder print (TAP), and their exit status.

A machine that stands still makes a program late. Where times matter, what does not hold then tells
nothing of the program: the script ends with status 75 and is tried again (tests/support/retry)."""

import math
import os
import sys

sys.path.append(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "simulated"))

import stall  # noqa: E402

# How long the machine may stand still where times matter: a program has half a second or more for
# what it is asked to do.
STALL_S = 0.25
COULD_NOT_TELL = 75

_gauge = stall.Gauge()
_results = []


def result(good, name, detail=""):
    """One line; of what does not hold, the detail below it."""
    _results.append(bool(good))
    print(f"{'ok' if good else 'not ok'} {len(_results)} - {name}", flush=True)
    if not good:
        print("".join(f"# {line}\n" for line in str(detail)[:4000].splitlines()), end="")


def finish(bears=math.inf):
    """Ends the script. `bears`: what does not hold has failed although the machine stood still for so
    long."""
    print(f"1..{len(_results)}")
    stood_s = _gauge.longest_s()
    if all(_results):
        sys.exit(0)
    if stood_s <= bears:
        sys.exit(1)
    print(f"could not tell: the machine stood still for up to {stood_s * 1000:.0f} ms", flush=True)
    sys.exit(COULD_NOT_TELL)
