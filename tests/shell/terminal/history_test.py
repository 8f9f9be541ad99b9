#!/usr/bin/env python3
"""The history, its suggestions and its search at a real terminal. See driver.py."""

from driver import MORE, PROMPT, Failure, main, scenario

FILE = ".local/state/moonbase/history"


def with_history(*entries):
    return {FILE: "".join(entry.replace("\n", "\\n") + "\n" for entry in entries)}


@scenario(files=with_history("x = 1", "do\n  print 'a'\nend"))
def up_brings_a_whole_block_back(t):
    t.press("Up")
    t.shows(f"{PROMPT}do\n{MORE}  print 'a'\n{MORE}end")
    t.cursor_at(13, 2)
    t.press("Left", "Up", "C-e", "BSpace", "BSpace")
    t.type("b'")
    t.press("Enter")
    t.shows(f"{PROMPT}do\n{MORE}  print 'b'\n{MORE}end\nb\n{PROMPT}")


@scenario(files=with_history("one = 1", "two = 2", "one = 3"))
def up_looks_for_what_begins_alike(t):
    t.type("one")
    t.press("Up")
    t.shows(f"{PROMPT}one = 3")
    t.press("Up")
    t.shows(f"{PROMPT}one = 1")
    t.press("Up", "Down", "Down")
    t.shows(f"{PROMPT}one = 3")
    t.cursor_at(13, 0)


@scenario(files=with_history("print('from before')"))
def a_suggestion_is_dim_and_taken_with_right(t):
    t.type("pri")
    t.shows_styled("pri{2}nt('from before')")
    t.cursor_at(13, 0)
    t.press("Right")
    t.shows_styled("{1}print{7}({32}'from before'{7})")
    t.press("Enter")
    t.shows(f"{PROMPT}print('from before')\nfrom before\n{PROMPT}")


@scenario(files=with_history("print('from before')"))
def a_word_of_a_suggestion(t):
    t.type("pri")
    t.press("M-f")
    t.cursor_at(15, 0)
    t.press("C-e")
    t.cursor_at(30, 0)


@scenario(files=with_history("x = 5; print 'deleted all'"))
def enter_runs_no_suggestion(t):
    t.type("x")
    t.shows(f"{PROMPT}x = 5; print 'deleted all'")
    t.press("Enter")
    t.shows(f"{PROMPT}x\nnil\n{PROMPT}")


@scenario(files=with_history("print 'first'", "do\n  print 'second'\nend", "third = 3"))
def ctrl_r_searches(t):
    t.press("C-r")
    t.type("print")
    t.shows(f"search 'print': do\n{MORE}  print 'second'\n{MORE}end")
    t.shows_styled("{7}print")
    t.press("C-r")
    t.shows("search 'print': print 'first'")
    t.press("C-r")
    t.shows("no entry with 'print': print 'first'")
    t.press("C-s", "Enter")
    t.shows(f"{PROMPT}do\n{MORE}  print 'second'\n{MORE}end\nsecond\n{PROMPT}")


@scenario(files=with_history("print 'first'"))
def ctrl_g_leaves_the_search(t):
    t.type("mine")
    t.press("C-r")
    t.type("fir")
    t.shows("search 'fir': print 'first'")
    t.press("C-g")
    t.shows(f"{PROMPT}mine")
    t.press("C-r")
    t.type("fir")
    t.press("Escape")
    t.shows(f"{PROMPT}print 'first'")
    t.cursor_at(17, 0)


@scenario(command="sh -c 'moonbase; exec moonbase'")
def the_next_shell_remembers(t):
    t.enter("do")
    t.enter("x = 'a\\\\b'")
    t.run("end")
    t.press("C-d")
    t.shows_part(":help tells how to go on")
    t.press("C-l", "Up")
    t.shows(f"{PROMPT}do\n{MORE}  x = 'a\\\\b'\n{MORE}end")
    if (t.home / FILE).stat().st_mode & 0o777 != 0o600:
        raise Failure("others may read the history")


@scenario
def lines_with_passwords_stay_out_of_the_file(t):
    t.run("u = {password = 'geheim'}")
    t.run("url = 'postgresql://ada:geheim@host/db'")
    t.run("x = 1")
    t.press("Up", "Up")
    t.shows_part(f"x = 1\n{PROMPT}url = 'postgresql://ada:geheim@host/db'")
    if t.history() != "x = 1\n":
        raise Failure(f"the history is\n{t.history()}")


@scenario(files={FILE + "/file": ""}, clear=False, columns=100)
def a_history_that_is_a_folder(t):
    t.shows_part("warning: the history is not kept: ")
    t.press("C-l")
    t.shows(PROMPT)
    t.run("x = 1")
    t.run("x")
    t.press("Up", "Up")
    t.shows(f"{PROMPT}x = 1\n{PROMPT}x\n1\n{PROMPT}x = 1")


@scenario(columns=100)
def a_script_of_the_history_runs(t):
    t.run("one = 1")
    t.run("one +* 2")
    t.run("one.two.three = 3")
    t.run("one + 2")
    t.run("one?")
    t.run(":history one --save lesson.lua")
    t.shows_part("2 inputs saved to lesson.lua; left out: 2 that failed\n")
    script = (t.home / "lesson.lua").read_text()
    if script != "one = 1\nprint(one + 2)\n":
        raise Failure(script)


if __name__ == "__main__":
    main()
