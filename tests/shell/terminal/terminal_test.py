#!/usr/bin/env python3
"""What the shell does to the terminal it runs in: signals, modes, other programs. See driver.py."""

import os
import signal

from driver import MORE, PROMPT, main, scenario

SHELL = "sh -i"


def start_in_shell(t):
    t.shows("$")
    t.enter("moonbase")
    t.shows_part(PROMPT.strip())
    t.press("C-l")
    t.shows(PROMPT)


@scenario(command="sh -c 'moonbase; echo left $?; exec cat'")
def ctrl_d_leaves(t):
    t.type("x")
    t.press("C-d", "BSpace", "C-d")
    t.shows(f"{PROMPT}\nleft 0")
    t.is_cooked()


@scenario(command=SHELL, clear=False)
def ctrl_z_stops_and_fg_goes_on(t):
    start_in_shell(t)
    t.enter("do")
    t.type("x = 1")
    t.press("C-z")
    t.shows_part("Stopped")
    t.is_cooked()
    t.enter("fg")
    t.shows_part(f"$ fg\nmoonbase\n{PROMPT}do\n{MORE}  x = 1")
    t.press("Enter")
    t.enter("end")
    t.shows_part(f"$ fg\nmoonbase\n{PROMPT}do\n{MORE}  x = 1\n{MORE}end\n{PROMPT}")


@scenario
def ctrl_z_with_no_shell_to_go_back_to(t):
    t.type("x = 1")
    t.press("C-z", "BSpace")
    t.type("2")
    t.shows(f"{PROMPT}x = 1\n{PROMPT}x = 2")


def ends_by(t, number, word):
    start_in_shell(t)
    t.type("half an input")
    t.shows(f"{PROMPT}half an input")
    os.kill(t.pid(), number)
    t.shows_part(word)
    t.is_cooked()
    t.enter("echo back")
    t.shows_part("\nback\n")


@scenario(command=SHELL, clear=False)
def sigterm_leaves_the_terminal_in_order(t):
    ends_by(t, signal.SIGTERM, "Terminated")


@scenario(command=SHELL, clear=False)
def sighup_leaves_the_terminal_in_order(t):
    ends_by(t, signal.SIGHUP, "Hangup")


@scenario(command=SHELL, clear=False)
def sigtstp_from_outside(t):
    start_in_shell(t)
    t.type("x = 1")
    t.shows(f"{PROMPT}x = 1")
    os.kill(t.pid(), signal.SIGTSTP)
    t.shows_part("Stopped")
    t.is_cooked()
    t.enter("fg")
    t.shows_part(f"$ fg\nmoonbase\n{PROMPT}x = 1")


# The other shell has to set the terminal's mode here.
@scenario(command="bash --norc --noprofile -i", clear=False)
def sigstop_and_fg(t):
    start_in_shell(t)
    t.type("x = 1")
    t.shows(f"{PROMPT}x = 1")
    os.kill(t.pid(), signal.SIGSTOP)
    t.shows_part("Stopped")
    t.enter("fg")
    t.shows_part(f"fg\nmoonbase\n{PROMPT}x = 1")
    t.run("")
    t.enter("x")
    t.shows_part(f"{PROMPT}x\n1\n{PROMPT}")


@scenario
def sigint_from_outside_abandons_the_input(t):
    t.type("do")
    t.shows(f"{PROMPT}do")
    os.kill(t.pid(), signal.SIGINT)
    t.shows(f"{PROMPT}do^C\n{PROMPT}")
    t.enter("1")
    t.shows(f"{PROMPT}do^C\n{PROMPT}1\n1\n{PROMPT}")


@scenario
def ctrl_c_stops_what_runs(t):
    t.enter("while true do end")
    t.is_cooked()
    t.press("C-c")
    t.shows(f"{PROMPT}while true do end\n^CInterrupted: stopped by Ctrl-C\n{PROMPT}")
    t.enter("1")
    t.shows_part(f"{PROMPT}1\n1\n{PROMPT}")


@scenario
def ctrl_c_ends_the_wait_for_a_connection(t):
    t.run("options = {pool_size = 1, max_overflow = 0, pool_timeout = 600}")
    t.run("e = require 'moonbase'.create_engine('sqlite:///pool.db', options)")
    t.run("c = e:connect()")
    t.enter("print 'waiting' e:connect()")
    t.shows_part("\nwaiting")
    t.press("C-c")
    t.shows_part("Interrupted: ")
    t.enter("1")
    t.shows_part(f"{PROMPT}1\n1\n{PROMPT}")


@scenario(environment={"EDITOR": "sh edit.sh"},
          files={"edit.sh": "sed -i s/one/two/ \"$1\"; echo 'print \"three\"' >> \"$1\"\n"})
def another_editor(t):
    t.type("print 'one'")
    t.press("C-x", "C-e")
    t.shows(f"{PROMPT}print 'one'\n{PROMPT}print 'two'\n{MORE}print \"three\"")
    t.press("Enter")
    t.shows(f"{PROMPT}print 'one'\n{PROMPT}print 'two'\n{MORE}print \"three\"\ntwo\nthree\n{PROMPT}")


@scenario(environment={"EDITOR": "false"})
def another_editor_that_fails(t):
    t.type("print 'one'")
    t.press("C-x", "C-e")
    t.shows_part(f"{PROMPT}print 'one'\nfalse failed (EDITOR names another program); nothing was")
    t.press("Enter")
    t.shows_part(f"\n{PROMPT}print 'one'\none\n{PROMPT}")


@scenario(environment={"NO_COLOR": "1"})
def no_color(t):
    t.type("local s = 'a' -- b")
    t.shows_styled("{1}moonbase> {}local s = 'a' {2}-- b")
    t.press("C-c")
    t.enter("do")
    t.type("end")
    t.press("Enter")
    t.shows_part(f"{PROMPT}do\n{MORE}end\n{PROMPT}")


@scenario(environment={"TERM": "vt100"})
def a_terminal_that_has_no_colours(t):
    t.type("local s = 'a' -- b")
    t.shows_styled("{1}moonbase> {}local s = 'a' {2}-- b")
    t.press("C-c")
    t.enter("x = 1")
    t.shows_part(f"{PROMPT}x = 1\n{PROMPT}")


def is_plain(t):
    t.shows_part(PROMPT.strip())
    t.enter("for i = 1, 2 do")
    t.shows_part(f"for i = 1, 2 do\n{MORE}")
    t.enter("print(i)")
    t.shows_part(f"print(i)\n{MORE}")
    t.enter("end")
    t.shows_part(f"{PROMPT}for i = 1, 2 do\n{MORE}print(i)\n{MORE}end\n1\n2\n{PROMPT}")
    if "\x1b" in t.tmux("capture-pane", "-p", "-e"):
        raise AssertionError("there are escape sequences")


@scenario(environment={"TERM": "dumb"}, clear=False)
def a_dumb_terminal_has_plain_lines(t):
    is_plain(t)


@scenario(command="moonbase --simple-prompt", clear=False)
def simple_prompt(t):
    is_plain(t)


@scenario(command="sh -c 'moonbase | sed s/^/out:/'", clear=False)
def output_into_a_pipe_has_plain_lines(t):
    t.shows_part(PROMPT.strip())
    t.enter("1 + 1")
    t.press("C-d")
    t.shows_part("out:2")


@scenario(command="sh -c 'moonbase | head -1; exec cat'", clear=False)
def output_that_nobody_reads(t):
    t.shows_part(PROMPT.strip())
    t.enter("1")
    t.enter("2")
    t.shows_part("2\n2")
    t.is_cooked()


if __name__ == "__main__":
    main()
