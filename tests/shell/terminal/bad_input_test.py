#!/usr/bin/env python3
"""What must not break the shell or its terminal: bytes of any kind, signals and Ctrl-C at any
moment, screens too small for anything. See driver.py."""

import os
import random
import signal

from driver import MORE, PROMPT, Failure, main, scenario

APP = """
moonbase = require 'moonbase'
app = moonbase.App 'blog'
app.config.DATABASE_URI = 'sqlite://'
db = moonbase.Database(app)
User = db.Model 'User' {
  id = db.Column{db.Integer, primary_key = true},
  username = db.Column{db.String(64)},
}
db.create_all()
"""
BLOG = {"app.lua": APP}
ENDLESS = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"
HISTORY = ".local/state/moonbase/history"


def still_works(t):
    t.press("C-c", "C-g", "C-c", "C-l")
    t.shows_part(PROMPT.strip())
    t.enter("1 + 1")
    t.shows_part("\n2\n")


# Bytes that end or stop the shell, or begin another program, are what they are: they are left out.
MEANT = {0x04, 0x18, 0x1A}


@scenario(files=BLOG)
def random_bytes(t):
    for seed in range(12):
        source = random.Random(seed)
        t.send_bytes(bytes(b for b in source.randbytes(400) if b not in MEANT))
        t.press("Escape", "C-c")
    still_works(t)


@scenario
def broken_utf8_is_spelled_out(t):
    t.send_bytes(b"x = '\xff\xc3'")
    t.shows(f"{PROMPT}x = '\\xff\\xc3'")
    t.press("Enter")
    t.enter("#x")
    t.shows_part(f"{PROMPT}#x\n2\n{PROMPT}")
    t.enter("x")
    t.shows_part(f'{PROMPT}x\n"\\xff\\xc3"\n{PROMPT}')


@scenario(files={**BLOG, HISTORY: "x = '\x1b[31mred\x07'\n"})
def a_history_with_escape_sequences(t):
    t.type("x")
    t.shows(f"{PROMPT}x = '^[[31mred^G'")
    t.press("Up")
    t.shows(f"{PROMPT}x = '^[[31mred^G'")
    t.press("C-u", "C-r")
    t.type("red")
    t.shows("search 'red': x = '^[[31mred^G'")


@scenario(files={**BLOG, "odd\x1b[31mname.lua": ""})
def a_file_name_with_an_escape_sequence(t):
    t.type("dofile 'od")
    t.press("Tab")
    t.shows_part("odd^[[31mname.lua")


@scenario(files=BLOG)
def a_description_with_an_escape_sequence(t):
    t.run("function odd_one() end moonbase.doc(odd_one, 'odd_one()  \\27[31mred')")
    t.type("odd_")
    t.press("Tab")
    t.shows_part(f"{PROMPT}odd_one\nodd_one()  ^[[31mred")


@scenario(files=BLOG)
def results_with_escape_sequences_are_spelled_in_colour_too(t):
    t.enter("sql[[select 'a' || char(27) || '[31mb' as x]]")
    t.shows_part("│ a\\x1b[31mb │")
    t.enter("error '\\27[2Jgone'")
    t.shows_part("\\x1b[2Jgone")


@scenario(columns=2, rows=1, clear=False, files=BLOG, environment={"PAGER": "cat"})
def two_columns_and_one_row(t):
    t.type("User.query:")
    t.press("Tab", "Tab", "Tab", "Escape", "C-u", "C-r")
    t.type("x")
    t.press("C-g")
    t.enter("show{1, 2}")
    t.enter("select 1 as one, 'two' as two")
    t.enter("error 'no'")
    t.type("x = '世界'")
    t.press("Left", "Left", "Enter")
    t.resize(60, 12)
    t.press("C-l")
    t.shows(PROMPT)
    t.enter("x")
    t.shows(f"{PROMPT}x\n\"世界\"\n{PROMPT}")


@scenario(columns=1, rows=1, clear=False)
def one_cell(t):
    t.type("x = 5")
    t.press("Enter")
    t.resize(60, 12)
    t.press("C-l")
    t.shows(PROMPT)
    t.enter("x")
    t.shows(f"{PROMPT}x\n5\n{PROMPT}")


@scenario(files=BLOG)
def sizes_that_change_while_one_types(t):
    for columns, rows in ((2, 1), (80, 24), (1, 1), (3, 2), (40, 3), (2, 12), (60, 12)):
        t.type("do ")
        t.resize(columns, rows)
    t.press("C-c", "C-l")
    t.shows(PROMPT)
    still_works(t)


# --- signals ---

SHELL = "sh -i"


def start_in_shell(t):
    t.shows("$")
    t.enter("moonbase")
    t.shows_part(PROMPT.strip())
    t.press("C-l")
    t.shows(PROMPT)


def ends(t, number, word):
    """The signal ends the program, and the shell it came from has its terminal back."""
    os.kill(t.pid(), number)
    t.shows_part(word)
    t.is_cooked()
    t.enter("echo back")
    t.shows_part("\nback\n")


@scenario(command=SHELL, clear=False, files=BLOG)
def sigterm_while_lua_runs(t):
    start_in_shell(t)
    t.run("x = 'kept'")
    t.enter("while true do end")
    t.is_cooked()
    ends(t, signal.SIGTERM, "Terminated")
    if "x = 'kept'\nwhile true do end\n" != t.history():
        raise Failure(f"the history is\n{t.history()}")


@scenario(command=SHELL, clear=False, files=BLOG)
def sighup_while_a_statement_runs(t):
    start_in_shell(t)
    t.enter(ENDLESS)
    t.is_cooked()
    ends(t, signal.SIGHUP, "Hangup")
    if t.history() != ENDLESS + "\n":
        raise Failure(f"the history is\n{t.history()}")


@scenario(command=SHELL, clear=False, files=BLOG)
def sigterm_with_a_menu_open(t):
    start_in_shell(t)
    t.type("User.query:")
    t.press("Tab", "Tab")
    t.shows_part("1 of ")
    ends(t, signal.SIGTERM, "Terminated")


@scenario(command=SHELL, clear=False, files=BLOG)
def sighup_in_a_search(t):
    start_in_shell(t)
    t.press("C-r")
    t.type("x")
    t.shows_part("no entry with 'x': ")
    ends(t, signal.SIGHUP, "Hangup")


@scenario(command="sh -c 'moonbase --simple-prompt; echo left $?; exec cat'", clear=False)
def sigterm_at_the_plain_prompt(t):
    t.shows_part(PROMPT.strip())
    os.kill(t.pid(), signal.SIGTERM)
    t.shows_part("left 143")
    t.is_cooked()


@scenario(command=SHELL, clear=False, files=BLOG, environment={"PAGER": "cat; sleep 1000"}, rows=16)
def sighup_with_a_pager_open(t):
    start_in_shell(t)
    t.enter("with recursive n(i) as (select 1 union all select i + 1 from n where i < 30) select i from n")
    t.shows_part("30 rows")
    t.is_cooked()
    os.kill(t.pid(), signal.SIGHUP)
    t.shows_part("Hangup")
    t.is_cooked()
    t.enter("echo back")
    t.shows_part("\nback\n")


def second_shell(t):
    """Another one beside it, in its own window of the same terminal."""
    t.tmux("split-window", "-t", "0.0", f"cd {t.home} && moonbase")


@scenario(files=BLOG, rows=24)
def two_shells_write_one_history(t):
    second_shell(t)
    for i in range(10):
        for pane in ("0.0", "0.1"):
            t.tmux("send-keys", "-t", pane, "-l", "--", f"x{pane[2]} = {i}")
            t.tmux("send-keys", "-t", pane, "Enter")
    t.wait(lambda: len(t.history().split("\n")) == 21, "20 entries")
    lines = t.history().split("\n")
    for name in ("x0", "x1"):
        own = [line for line in lines if line.startswith(name)]
        if own != [f"{name} = {i}" for i in range(10)]:
            raise Failure(f"the history is\n{t.history()}")


# --- Ctrl-C ---

@scenario(files=BLOG)
def ctrl_c_in_a_menu_drops_the_input(t):
    t.type("User.query:")
    t.press("Tab", "Tab", "C-c")
    t.shows_part("^C\n" + PROMPT)
    still_works(t)


@scenario(files={**BLOG, HISTORY: "first = 1\n"})
def ctrl_c_in_a_search_brings_back_what_was_typed(t):
    t.type("mine")
    t.press("C-r")
    t.type("fir")
    t.shows("search 'fir': first = 1")
    t.press("C-c")
    t.shows(f"{PROMPT}mine")


@scenario(files=BLOG)
def ctrl_c_in_a_long_printing(t):
    t.enter("for i = 1, math.huge do print(i) end")
    t.wait(lambda: "\n1" in t.text(), "numbers")
    t.press("C-c")
    t.shows_part("Interrupted: stopped by Ctrl-C")
    still_works(t)


@scenario(files=BLOG, environment={"PAGER": "cat; sleep 1000"}, rows=16)
def ctrl_c_in_the_pager(t):
    t.enter("with recursive n(i) as (select 1 union all select i + 1 from n where i < 30) select i from n")
    t.shows_part("30 rows")
    t.press("C-c")
    still_works(t)


@scenario(files=BLOG, environment={"EDITOR": "sh -c 'echo editing; exec sleep 1000'"})
def ctrl_c_in_another_editor(t):
    t.type("x = 1")
    t.press("C-x", "C-e")
    t.shows_part("editing")
    t.press("C-c")
    t.shows_part("failed (EDITOR names")
    still_works(t)


@scenario(files={"app.lua": "while true do end\n"}, clear=False,
          command="bash -c 'moonbase; echo left $?; exec cat'")
def ctrl_c_while_the_app_starts(t):
    t.wait(lambda: is_running(t), "the start")
    t.press("C-c")
    t.shows_part("Interrupted: stopped by Ctrl-C")
    t.shows_part("left 130")
    t.is_cooked()


def is_running(t):
    """Its handler of Ctrl-C is there."""
    try:
        for line in open(f"/proc/{t.pid()}/status", encoding="utf-8"):
            if line.startswith("SigCgt:"):
                return int(line.split()[1], 16) & (1 << (signal.SIGINT - 1)) != 0
    except (Failure, OSError):
        pass
    return False


@scenario(files=BLOG)
def ctrl_c_again_and_again(t):
    for _ in range(10):
        t.type("User{username = ")
        t.press("Tab", "C-c", "C-c")
        t.enter("while true do end")
        t.press("C-c", "C-c")
    still_works(t)


if __name__ == "__main__":
    main()
