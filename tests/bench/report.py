"""What a part of the benchmark found: tables for people, figures for programs, and for each stated
target whether it is met."""

import json


class Report:
    """A part fills it in, the script that prints gets it as JSON."""

    def __init__(self):
        self.tables, self.targets, self.figures = [], [], {}

    def table(self, title, *columns):
        """Begins a table; row() adds to the last one begun."""
        self.tables.append({"title": title, "columns": columns, "rows": []})

    def row(self, *cells):
        """Cells are text already, or numbers that need no rounding."""
        self.tables[-1]["rows"].append([str(cell) for cell in cells])

    def figure(self, name, value):
        """A raw figure, for whoever compares runs."""
        self.figures[name] = value

    def at_most(self, what, value, bound, unit=""):
        """A target: no more than that. None was not measured and is not met."""
        self._target(what, value, f"at most {number(bound)}{unit}", unit,
                     value is not None and value <= bound)

    def at_least(self, what, value, bound, unit=""):
        """A target: no less than that."""
        self._target(what, value, f"at least {number(bound)}{unit}", unit,
                     value is not None and value >= bound)

    def all_right(self, what, hops, runs):
        """A target: nothing wrong and nothing missing in any run."""
        worst = min(runs, key=lambda run: run["right"])
        self.targets.append({"what": what, "bound": f"all of {hops:,}",
                             "figure": f"{worst['right']:,} right, {worst['wrong']:,} wrong, "
                                       f"{worst['missing']:,} missing",
                             "met": worst["right"] == hops and worst["wrong"] == 0})

    def _target(self, what, value, bound, unit, met):
        self.targets.append({"what": what, "bound": bound, "met": met,
                             "figure": "not measured" if value is None else
                                       f"{number(value)}{unit}"})

    def write(self, file):
        """Saves it."""
        file.write_text(json.dumps(vars(self)), encoding="utf-8")


def number(value):
    """Three digits that count; whole numbers, and those from a thousand on, without a fraction."""
    if value is None:
        return "-"
    if isinstance(value, int) or abs(value) >= 1000:
        return f"{value:,.0f}"
    digits = 2 if abs(value) < 10 else 1 if abs(value) < 100 else 0
    return f"{value:.{digits}f}" if abs(value) >= 1 else f"{value:.3f}"


def markdown(table):
    """A table as Markdown, its columns aligned for those who read it as it is."""
    lines = [list(table["columns"]), *table["rows"]]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    lines.insert(1, ["-" * width for width in widths])
    body = "\n".join("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths))
                     + " |" for line in lines)
    return f"### {table['title']}\n\n{body}\n"


def targets_table(targets):
    """The last block."""
    return {"title": "Targets", "columns": ["target", "bound", "figure", "met?"],
            "rows": [[target["what"], target["bound"], target["figure"],
                      "met" if target["met"] else "**not met**"] for target in targets]}
