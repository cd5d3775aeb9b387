#!/usr/bin/env python3
"""The live view in a terminal that is real to it (tmux): what it shows of a known network, its keys,
sizes from 60 to 200 columns, and that the terminal is left as it was found, however it ends."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time

import lab

FAR, NEAR = "198.18.1.1", "198.18.1.2"
BEFORE = f"""
target far {FAR} rtt=20
hop 10.1.1.1 rtt=2
hop 10.1.1.2,10.1.1.3 rtt=4 balance=packet
hop 10.1.1.4 rtt=6
hop * silent=yes
target near {NEAR} rtt=3
hop 10.1.2.1 rtt=1
"""
AFTER = BEFORE.replace("10.1.1.4 rtt=6", "10.1.1.5 rtt=6")
LEFT = "left as found"
PROMPT = r"^[$#] ?$"

if shutil.which("tmux") is None:
    print("SKIP: there is no tmux")
    sys.exit(77)


class Terminal:
    """A shell in a terminal of its own."""

    def __init__(self, columns=100, rows=24, utf8=True, **environment):
        self.socket = str(lab.folder() / "tmux")
        variables = {"LC_ALL": "C.UTF-8" if utf8 else "C", "PS1": "$ ", "HOME": "/nonexistent",
                     **environment}
        words = [word for name, value in variables.items() for word in ("-e", f"{name}={value}")]
        self.say("-u", "-f", "/dev/null", "new-session", "-d", "-x", columns, "-y", rows, *words,
                 "sh -i")
        self.pid = int(self.say("display-message", "-p", "#{pane_pid}"))

    def say(self, *words):
        return subprocess.run(["tmux", "-S", self.socket, *map(str, words)], check=True,
                              stdout=subprocess.PIPE, text=True).stdout

    def type(self, *keys):
        self.say("send-keys", *keys)

    def run(self, *words):
        self.type("clear", "Enter")
        lab.wait_for(lambda: re.fullmatch(PROMPT, self.screen()))
        self.type(" ".join(map(str, (lab.HOPTRACE, *words))), "Enter")

    def screen(self, *options):
        return self.say("capture-pane", "-p", *options).rstrip("\n")

    def wait(self, pattern, what, *options):
        """The screen once it shows this."""
        def shown():
            return re.search(pattern, self.screen(*options), re.MULTILINE)
        lab.check(lab.wait_for(shown), what, self.screen(*options), **lab.ALWAYS)
        return self.screen(*options)

    def child(self):
        """The process id of what the shell runs."""
        path = f"/proc/{self.pid}/task/{self.pid}/children"
        with open(path, encoding="ascii") as children:
            return int(children.read().split()[-1])

    def modes(self):
        """What a program can leave changed: the keyboard's modes, the cursor, the screen."""
        tty = self.say("display-message", "-p", "#{pane_tty}").strip()
        stty = subprocess.run(["stty", "-F", tty, "-a"], check=True, stdout=subprocess.PIPE,
                              text=True).stdout
        flags = self.say("display-message", "-p", "#{cursor_flag} #{alternate_on}").strip()
        return re.findall(r"-?\b(?:icanon|echo|isig)\b", stty), flags

    def end(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], check=False)


def show(title, screen):
    """For those who look at it."""
    print(f"# ---- {title}")
    for line in screen.rstrip("\n").split("\n"):
        print(f"# |{line}")


def contents(internet):
    terminal = Terminal()
    terminal.run("--interval 0.3 -w 0.2 -n", FAR, NEAR)
    screen = terminal.wait(r"round [5-9]", "it shows rounds")
    show("100 columns", screen)
    lines = screen.split("\n")
    rows = {words[0]: words for words in map(str.split, lines) if words and words[0].isdigit()}
    lab.check(list(rows) == ["1", "2", "3", "4", "5"], "five hops", screen)
    lab.check(rows["1"][1] == "10.1.1.1" and rows["5"][1] == FAR, "with addresses", screen)
    lab.check(rows["4"][1] == "*" and rows["4"][2] == "100.0", "a silent one", rows["4"])
    lab.check(re.search(r"^ +10\.1\.1\.[23]$", screen, re.MULTILINE), "a further address below",
              screen)
    lab.check(15 < float(rows["5"][7]) < 30 and rows["5"][2] == "0.0", "times", rows["5"])
    lab.check("destination reached at hop 5" in screen, "the verdict", screen)
    lab.check("▄" in lines[-1] or any("▄" in line or "▃" in line for line in lines), "sparklines")
    lab.check("\033[" in terminal.screen("-e") and "36m" in terminal.screen("-e"), "colours")
    terminal.type("Right")
    terminal.wait(r"target 2 of 2[\s\S]*^ +2 198\.18\.1\.2 ", "an arrow: the next target")
    terminal.type("Left", "d")
    screen = terminal.wait(r"^(?!.*Worst).*Path%.*Avg", "d: another picture")
    show("graphs", screen)
    terminal.type("d", "p")
    still = terminal.wait(r"PAUSED", "p: it stands still")
    time.sleep(1)
    lab.check(terminal.screen() == still, "indeed")
    terminal.type("p", "r")
    terminal.wait(r"round [12]\b", "r: it begins anew")
    terminal.wait(r"round (1[2-9]|[2-9]\d)", "it goes on")
    internet.change(AFTER)
    show("a change", terminal.wait(r"10\.1\.1\.5[\s\S]*path to 198\.18\.1\.1", "an event"))
    internet.change(BEFORE)
    for columns, headings in (60, "Avg  Worst"), (80, "Worst Jitter"), (200, "Jitter Rounds"):
        terminal.say("resize-window", "-x", columns, "-y", 20)
        screen = terminal.wait(rf"^ hoptrace[\s\S]*{headings}$[\s\S]*^ +5 198\.18\.1\.1 +\d",
                               f"{columns} columns")
        show(f"{columns} columns", screen)
        lab.check(all(len(line) <= columns for line in screen.split("\n")), "no line is longer")
    terminal.type("q")
    screen = terminal.wait(PROMPT, "q: it ends")
    lab.check("destination reached" in screen or "Hop" in screen, "the last picture stays", screen)
    terminal.end()


def without(_):
    """Neither UTF-8 nor colours."""
    terminal = Terminal(utf8=False, NO_COLOR="1")
    terminal.run("--interval 0.2 -w 0.1 -n --rounds 8", FAR)
    terminal.wait(r"round [5-9]", "without UTF-8 and colours")
    screen = terminal.screen("-e")
    lab.check(screen.isascii(), "it is ASCII", screen)
    lab.check(not re.search(r"\033\[[0-9;]*3[0-7]m", screen), "and has no colour", screen)
    terminal.wait(PROMPT, "the last round ends it")
    terminal.end()


def endings(_):
    terminal = Terminal()
    time.sleep(0.3)
    found = terminal.modes()
    for number in (signal.SIGTERM, signal.SIGSEGV, signal.SIGABRT, signal.SIGQUIT, signal.SIGHUP):
        terminal.run("--interval 0.2 -w 0.1 -n", FAR)
        terminal.wait(r"round [1-9]", "it runs")
        lab.check(terminal.modes() != found, "the terminal is taken over", found)
        os.kill(terminal.child(), number)
        terminal.wait(PROMPT, f"{number.name} ends it")
        lab.check(terminal.modes() == found, f"{number.name}: {LEFT}", (found, terminal.modes()))
    terminal.run("--interval 0.2 -w 0.1 -n", FAR)
    terminal.wait(r"round [1-9]", "it runs")
    terminal.type("C-z")
    terminal.wait(r"(?i)stopped", "it stops")
    lab.check(terminal.modes() == found, f"stopped: {LEFT}", (found, terminal.modes()))
    terminal.type("fg", "Enter")
    terminal.wait(r"round \d+[\s\S]*^ +5 198", "and goes on")
    terminal.type("C-c")
    terminal.wait(PROMPT, "an interrupt ends it")
    lab.check(terminal.modes() == found, f"SIGINT: {LEFT}", (found, terminal.modes()))
    terminal.end()


def main():
    internet = lab.Internet(topology=BEFORE)
    for part in contents, without, endings:
        part(internet)
    lab.finish()


main()
