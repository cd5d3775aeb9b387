#!/usr/bin/env python3
"""A program that is built with CMake finds the library: find_package.py SOURCE BUILD

It is told of the installed tree and of nothing else, also after the tree was moved."""

import pathlib
import shutil
import subprocess
import sys

import installed
import lab

source, build = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
number = installed.version(source)
PROJECT = """
cmake_minimum_required(VERSION 3.16)
project(consumer LANGUAGES C)
find_package(hoptrace @VERSION@ REQUIRED)
add_executable(consumer consumer.c)
target_link_libraries(consumer PRIVATE hoptrace::hoptrace)
"""
PROGRAM = """
#include <hoptrace.h>
#include <stdio.h>

int main(void)
{
    printf("%s %s\\n", ht_version(), HT_VERSION);
    return 0;
}
"""


def configure(root, version):
    folder = lab.folder()
    (folder / "CMakeLists.txt").write_text(PROJECT.replace("@VERSION@", version), encoding="ascii")
    (folder / "consumer.c").write_text(PROGRAM, encoding="ascii")
    done = subprocess.run(["cmake", "-S", folder, "-B", folder / "build",
                           f"-DCMAKE_PREFIX_PATH={root / 'usr'}"], check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return folder / "build", done


def check(root, what):
    folder, done = configure(root, number)
    if not lab.check(done.returncode == 0, f"{what}: it is found", done.stdout):
        return
    done = subprocess.run(["cmake", "--build", folder], check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    if lab.check(done.returncode == 0, f"{what}: it is built", done.stdout):
        said = installed.say(folder / "consumer").split()
        lab.check(said == [number, number], f"{what}: it runs", said)


installed.need("cmake", "gcc")
tree = installed.tree(build)
check(tree, "the tree")
moved = lab.folder() / "elsewhere"
shutil.copytree(tree, moved, symlinks=True)
check(moved, "the tree moved")
major, minor, _ = number.split(".")
for version in (f"{major}.{int(minor) + 1}", f"{int(major) + 1}.0"):
    lab.check(configure(tree, version)[1].returncode != 0, f"version {version} is not found")
lab.finish()
