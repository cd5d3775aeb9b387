"""Object files, as tests of the structure read and make them."""
import os
import subprocess

TOPS = ("core", "plugin")
CC = os.environ.get("CC", "gcc")
FLAGS = ("-std=gnu11", "-O0", "-w", "-I/usr/include/collectd", "-DHAVE_CONFIG_H",
         '-DHT_VERSION=""')


def run(*command):
    """What a command prints."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def undefined(path):
    """The symbols that an object imports."""
    return [line.split()[-1] for line in run("nm", "-u", str(path)).splitlines() if line.strip()]


def defined(path):
    """The symbols that an object exports."""
    lines = run("nm", "--defined-only", "-g", str(path)).splitlines()
    return {line.split()[-1] for line in lines if line.strip()}


def of_sources(source, build, tops=TOPS):
    """Pairs of a C file below SOURCE's top folders, relative to SOURCE, and its object in BUILD;
    None for a file that is not built. Objects left behind by sources that are gone are not seen."""
    for top in tops:
        for path in sorted((source / top).rglob("*.c")):
            within = path.relative_to(source / top)
            found = sorted((build / top / "CMakeFiles").glob(f"*.dir/{within}.o"))
            yield path.relative_to(source), found[0] if found else None


def compiled(source, folders, into, *options):
    """Compiles all C files of SOURCE's folders, not optimized, into a folder. Pairs of a file and its
    object; of a file and what the compiler says if it refuses."""
    files = [path for folder in folders for path in sorted((source / folder).rglob("*.c"))]
    for number, path in enumerate(files):
        made = into / f"{number}.o"
        words = [CC, *FLAGS, *options, "-I", source / "core", "-I", source / "core/include",
                 "-I", source / "plugin", "-c", path, "-o", made]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        yield path, made if done.returncode == 0 else done.stderr
