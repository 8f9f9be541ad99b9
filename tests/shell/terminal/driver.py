"""The shell in a real terminal: tmux runs it, keys are sent, the screen is compared.

A file of scenarios is a script: functions decorated with @scenario, then main() from here. It is
called with the program's file, and with the names of scenarios when not all are to run:

    tests/shell/terminal/editing_test.py build/release/moonbase [SCENARIO...]

Nothing sleeps: each comparison waits until the screen is as expected, or the time is up.
"""

import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile
import time
import traceback

SECONDS = float(os.environ.get("MOONBASE_TEST_SECONDS", "20"))
PROMPT = "moonbase> "
MORE = "        … "
APP = "app = require 'moonbase'.App 'blog'\n"

scenarios = []


def scenario(function=None, **settings):
    """Registers a scenario. Settings: columns, rows, command (default: the shell), environment,
    files (name -> text), clear (False leaves the banner)."""

    def register(body):
        scenarios.append((body, settings))
        return body

    return register(function) if function else register


class Failure(Exception):
    pass


class Terminal:
    def __init__(self, program, folder, columns=60, rows=12, command="moonbase",
                 environment=None, files=None, clear=True):
        self.folder = pathlib.Path(folder)
        self.socket = str(self.folder / "tmux")
        home = self.folder / "home"
        home.mkdir()
        tools = self.folder / "bin"
        tools.mkdir()
        (tools / "moonbase").symlink_to(program)
        for name, text in {"app.lua": APP, **(files or {})}.items():
            path = home / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.home = home
        drop = ("MOONBASE_", "XDG_", "LUA_", "TMUX", "NO_COLOR", "EDITOR", "VISUAL", "DATABASE_URL")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(drop)}
        self.environment = {
            **kept, "HOME": str(home), "PATH": f"{tools}:{os.environ['PATH']}", "PS1": "$ ",
            "LC_ALL": "C.UTF-8", "SHELL": "/bin/sh", **(environment or {}),
        }
        wanted = (environment or {}).get("TERM", "tmux-256color")
        inner = f"cd {shlex.quote(str(home))} && TERM={wanted} {command}"
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows),
                  "-e", f"TERM={wanted}", inner, ";", "set-option", "-g", "status", "off", ";",
                  "set-option", "-g", "remain-on-exit", "on", ";", "set-option", "-g",
                  "escape-time", "0", ";", "resize-window", "-x", str(columns), "-y", str(rows))
        if clear:
            self.wait(lambda: PROMPT.strip() in self.text(), "a prompt")
            self.press("C-l")
            self.shows(PROMPT)

    def tmux(self, *arguments):
        done = subprocess.run(["tmux", "-S", self.socket, *arguments], env=self.environment,
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failure(f"tmux {arguments}: {done.stderr}")
        return done.stdout

    def close(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], capture_output=True, check=False)

    # --- keys ---

    def type(self, text):
        """Characters, each as a key of its own."""
        self.tmux("send-keys", "-l", "--", text)

    def press(self, *keys):
        """Keys by tmux's names: Enter, Up, C-r, M-f."""
        self.tmux("send-keys", *keys)

    def enter(self, text):
        self.type(text)
        self.press("Enter")

    def run(self, text):
        """Enters a whole input and waits for the next prompt: what is typed while a program runs
        shows twice, once by the terminal itself."""
        before = self.prompts()
        self.enter(text)
        self.wait(lambda: self.prompts() > before and self.text().endswith("\n" + PROMPT.strip()),
                  "the next prompt")

    def prompts(self):
        lines = self.tmux("capture-pane", "-p", "-S", "-").split("\n")
        return sum(line.startswith(PROMPT.strip()) for line in lines)

    def paste(self, text):
        self.tmux("set-buffer", "--", text)
        self.tmux("paste-buffer", "-p", "-r")

    def send_bytes(self, data):
        """Bytes as a keyboard would send them, whatever they are."""
        file = self.folder / "bytes"
        file.write_bytes(data)
        self.tmux("load-buffer", str(file))
        self.tmux("paste-buffer", "-r")

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))
        # tmux tells the program later than it does it.
        size = ["stty", "-F", self.tty(), "size"]
        self.wait(lambda: subprocess.run(size, capture_output=True, text=True, check=True).stdout
                  == f"{rows} {columns}\n", "the new size")

    def tty(self):
        return self.asks("#{pane_tty}")

    def pid(self, name="moonbase"):
        """Of the program that runs in the terminal."""
        ours = f"HOME={self.home}".encode()
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                environment = (process / "environ").read_bytes().split(b"\0")
                if ours in environment and (process / "comm").read_text().strip() == name:
                    return int(process.name)
            except OSError:
                continue  # it has ended, or is someone else's
        raise Failure(f"no {name} runs")

    # --- the screen ---

    def text(self):
        return stripped(self.tmux("capture-pane", "-p")).rstrip("\n")

    def styled(self):
        """The screen with "{parameters}" where another style begins."""
        lines = [tagged(line) for line in self.tmux("capture-pane", "-p", "-e").split("\n")]
        return "\n".join(carry(lines)).rstrip("\n")

    def wait(self, condition, what):
        deadline = time.monotonic() + SECONDS
        while not condition():
            dead = self.asks("#{pane_dead}") == "1"
            if time.monotonic() > deadline or (dead and not condition()):
                raise Failure(f"waited for {what}\n--- the screen ---\n{self.text()}\n---")
            time.sleep(0.005)

    def shows(self, expected):
        """The whole screen, blanks at the ends of lines aside."""
        expected = stripped(expected).rstrip("\n")
        self.wait(lambda: self.text() == expected, f"\n{expected}")

    def shows_part(self, expected):
        self.wait(lambda: stripped(expected) in self.text(), f"\n{expected}")

    def shows_styled(self, expected):
        try:
            self.wait(lambda: expected in self.styled(), f"\n{expected}")
        except Failure as failure:
            raise Failure(f"{failure}\n{self.styled()}") from None

    def cursor_at(self, column, row):
        ask = ("display-message", "-p", "#{cursor_x},#{cursor_y}")
        self.wait(lambda: self.tmux(*ask).strip() == f"{column},{row}", f"cursor {column},{row}")

    def cursor_in_column(self, column):
        ask = ("display-message", "-p", "#{cursor_x}")
        self.wait(lambda: self.tmux(*ask).strip() == str(column), f"cursor in column {column}")

    def has_ended(self):
        self.wait(lambda: self.asks("#{pane_dead}") == "1", "the end")

    def asks(self, variable):
        return self.tmux("display-message", "-p", variable).strip()

    def is_cooked(self):
        """The terminal's mode is the one in which it was found."""
        tty = self.tty()
        words = ("icanon", "echo", "isig", "icrnl", "iexten")

        def mode():
            done = subprocess.run(["stty", "-F", tty, "-a"], capture_output=True, text=True,
                                  check=False)
            return set(re.findall(r"\S+", done.stdout.replace(";", " ")))

        self.wait(lambda: all(word in mode() for word in words), "the terminal's usual mode")

    def history(self):
        path = self.home / ".local/state/moonbase/history"
        return path.read_text(encoding="utf-8") if path.exists() else ""


def stripped(text):
    return "\n".join(line.rstrip() for line in text.split("\n"))


def tagged(line):
    """The line's cells as (style, text), runs of one style together. tmux adds to a style and ends
    single ones, so the attributes are kept one by one."""
    runs = []
    on = set()
    for parameters, text in re.findall(r"\x1b\[([0-9;]*)m|([^\x1b]+)", line):
        for number in parameters.split(";") if not text else []:
            change_style(on, number)
        if text:
            runs.append((tuple(sorted(on, key=int)), text))
    return runs, frozenset(on)


def change_style(on, number):
    if number in ("", "0"):
        on.clear()
    elif number in ("39", "49"):
        base = "3" if number == "39" else "4"
        on.difference_update({n for n in on if len(n) == 2 and n[0] == base})
    elif number in ("22", "24", "27"):
        on.difference_update({"22": {"1", "2"}, "24": {"4"}, "27": {"7"}}[number])
    else:
        if len(number) == 2 and number[0] == "3":
            on.difference_update({n for n in on if len(n) == 2 and n[0] == "3"})
        on.add(number)


def carry(lines):
    for runs, _ in lines:
        out, last = "", ()
        for style, text in runs:
            if style != last:
                out += "{" + ";".join(style) + "}"
            last = style
            out += text
        yield out.rstrip() if not last else out


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    names = sys.argv[2:]
    failed = 0
    for body, settings in scenarios:
        if names and body.__name__ not in names:
            continue
        with tempfile.TemporaryDirectory(prefix="moonbase-", ignore_cleanup_errors=True) as folder:
            terminal = None
            try:
                terminal = Terminal(program, folder, **settings)
                body(terminal)
            except Failure as failure:
                failed += 1
                frame = traceback.extract_tb(failure.__traceback__)
                place = next((f for f in frame if f.name == body.__name__), frame[0])
                print(f"FAILED {body.__name__}, line {place.lineno}: {failure}\n")
            finally:
                if terminal:
                    terminal.close()
    print(f"{len(scenarios)} scenarios, {failed} failed")
    sys.exit(1 if failed or not scenarios else 0)
