#!/usr/bin/env python3
"""Pictures of paths, drawn by Graphviz: one path, six and 64. HT_PICTURES=FOLDER keeps them there."""

import os
import pathlib
import shutil
import subprocess

import lab

FAMILY = "ipv4"
FOLDER = os.environ.get("HT_PICTURES")

# Routers at each hop; flows.
SHAPES = {"one": ((1, 1, 1, 1), 1), "six": ((1, 2, 3, 1), 32), "many": ((1, 3, 4, 7, 1), 64)}


def routers(number, hop, width):
    return [lab.router(FAMILY, number, 20 * hop + way) for way in range(width)]


def topology():
    """A target a shape."""
    lines = []
    for number, (shape, _) in enumerate(SHAPES.values(), start=1):
        lines.append(f"target p{number} {lab.destination(FAMILY, number)}")
        for hop, width in enumerate(shape, start=1):
            balance = " balance=flow" if width > 1 else ""
            lines.append(f"hop {','.join(routers(number, hop, width))}{balance}")
    return "\n".join(lines) + "\n"


def draw(text, name):
    """The SVG of each graph; checks that Graphviz takes the text without a word."""
    done = subprocess.run(["dot", "-Tsvg"], input=text, capture_output=True, text=True,
                          check=False)
    lab.check(done.returncode == 0 and done.stderr == "", f"{name}: dot draws it", done.stderr)
    if FOLDER:
        folder = pathlib.Path(FOLDER)
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.dot").write_text(text, encoding="utf-8")
        (folder / f"{name}.svg").write_text(done.stdout, encoding="utf-8")
    return done.stdout


def picture(name, number, shape, flows):
    host = lab.destination(FAMILY, number)
    done = lab.run("-n", "-o", "dot", "--flows", flows, host)
    lab.check(done.returncode == 0 and done.stderr == "", f"{name}: it runs", done.stderr)
    lab.check("red" not in done.stdout, f"{name}: nothing loses", done.stdout)
    svg = draw(done.stdout, name)
    lab.check(svg.count("<svg") == 1 and svg.count('class="node"') == sum(shape) + 2,
              f"{name}: one picture with all nodes", svg[:2000])


def main():
    if shutil.which("dot") is None:
        print("# skipped: Graphviz is not installed")
        lab.finish()
        return
    lab.Internet(topology=topology())
    for number, (name, (shape, flows)) in enumerate(SHAPES.items(), start=1):
        picture(name, number, shape, flows)
    done = lab.run("-n", "-o", "dot", *(lab.destination(FAMILY, number)
                                        for number in range(1, len(SHAPES) + 1)))
    lab.check(draw(done.stdout, "all").count("<svg") == len(SHAPES), "a picture a target")
    lab.finish()


main()
