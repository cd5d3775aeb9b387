"""Object files, as tests of the structure read them."""
import subprocess

TOPS = ("core", "plugin")


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
