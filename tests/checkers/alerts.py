#!/usr/bin/env python3
"""The sample of alerts, conf/prometheus-alerts.yml, by Prometheus' own tool: it takes them, and they
fire on series whose truth is known, and only there (alerts.yml); so do the queries in its comments.

    alerts.py BUILD

Exit status 0: all is as it should be; 1: not; 77: there is no promtool."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SAMPLE = HERE.parents[1] / "conf" / "prometheus-alerts.yml"
QUERIES = ("topk by (target) (1, hoptrace_hop_loss_ratio)", "hoptrace_loss_after_hop",
           "hoptrace_loss_by_hop")


def main():
    tools = pathlib.Path(sys.argv[1]).resolve() / "tools"
    promtool = shutil.which("promtool", path=f"{tools}:{os.environ['PATH']}")
    if promtool is None:
        print("SKIP: no promtool: Debian's package prometheus has it")
        return 77
    text = SAMPLE.read_text(encoding="utf-8")
    failed = [query for query in QUERIES if query not in text]
    for query in failed:
        print(f"not ok {SAMPLE.name} does not have {query}")
    with tempfile.TemporaryDirectory() as folder:
        for file in (SAMPLE, HERE / "alerts.yml"):
            shutil.copy(file, folder)
        for words in (("check", "rules", SAMPLE.name), ("test", "rules", "alerts.yml")):
            done = subprocess.run([promtool, *words], cwd=folder, check=False)
            failed += [words] * (done.returncode != 0)
    return 1 if failed else 0


sys.exit(main())
