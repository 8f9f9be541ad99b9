#!/usr/bin/env python3
"""Inputs written at a real terminal. See driver.py."""

from driver import MORE, PROMPT, main, scenario

LOOP = f"{PROMPT}for i = 1, 2 do\n{MORE}  print(i)\n{MORE}end"


def enter_loop(t):
    t.enter("for i = 1, 2 do")
    t.enter("print(i)")
    t.enter("end")


@scenario
def an_input_of_several_lines(t):
    t.enter("for i = 1, 2 do")
    t.shows(f"{PROMPT}for i = 1, 2 do\n{MORE}")
    t.cursor_at(12, 1)
    t.enter("print(i)")
    t.type("end")
    t.shows(LOOP)
    t.press("Enter")
    t.shows(f"{LOOP}\n1\n2\n{PROMPT}")
    t.cursor_at(10, 5)


@scenario
def colours(t):
    t.run("local s = 'a' -- b")
    t.shows_styled("{1;36}moonbase> {35}local{} s = {32}'a'{} {2}-- b")
    t.type("print(nil, 12")
    t.shows_styled("{1;36}moonbase> {1}print{}({33}nil{}, {33}12")


@scenario
def an_open_quote_is_red(t):
    t.type("x = 'ab")
    t.shows_styled("x = {4;31}'{32}ab")
    t.type("c'")
    t.shows_styled("x = {32}'abc'")


@scenario
def brackets_that_belong_together(t):
    t.type("f({1}")
    t.shows_styled("f({7}{{33}1{7}}")
    t.press("Left", "Left", "Left")
    t.shows_styled("f({7}{{33}1{7}}")
    t.press("Left")
    t.shows_styled("f({{33}1{}}")


@scenario
def alt_enter_begins_a_line_of_a_complete_input(t):
    t.type("1 + 1")
    t.press("M-Enter")
    t.shows(f"{PROMPT}1 + 1\n{MORE}")
    t.enter("+ 1")
    t.shows(f"{PROMPT}1 + 1\n{MORE}+ 1\n3\n{PROMPT}")


@scenario
def enter_runs_from_the_middle(t):
    t.type("print('ab')")
    t.press("Left", "Left", "Left", "Enter")
    t.shows(f"{PROMPT}print('ab')\nab\n{PROMPT}")


@scenario
def lines_move_when_the_word_closes_a_block(t):
    t.enter("if x then")
    t.enter("y()")
    t.enter("else")
    t.enter("z({")
    t.enter("1")
    t.enter("})")
    t.type("end")
    t.shows(f"{PROMPT}if x then\n{MORE}  y()\n{MORE}else\n{MORE}  z({{\n{MORE}    1\n{MORE}  }})\n"
            f"{MORE}end")


@scenario
def ctrl_c_abandons_the_input(t):
    t.type("while true do")
    t.press("C-c")
    t.shows(f"{PROMPT}while true do^C\n{PROMPT}")
    t.enter("1")
    t.shows(f"{PROMPT}while true do^C\n{PROMPT}1\n1\n{PROMPT}")


@scenario
def editing_inside_a_line(t):
    t.type("1 + 3")
    t.press("C-a", "C-d")
    t.type("2")
    t.press("C-e", "BSpace")
    t.type("5")
    t.shows(f"{PROMPT}2 + 5")
    t.cursor_at(15, 0)
    t.press("M-b", "Delete")
    t.type("6")
    t.press("Enter")
    t.shows(f"{PROMPT}2 + 6\n8\n{PROMPT}")


@scenario
def cut_and_put_back(t):
    t.type("one two three")
    t.press("C-w", "C-w")
    t.shows(f"{PROMPT}one")
    t.press("C-a", "C-y")
    t.shows(f"{PROMPT}two threeone")
    t.press("C-k", "C-u", "C-y")
    t.shows(f"{PROMPT}two threeone")
    t.press("M-y")
    t.shows(f"{PROMPT}two three")


@scenario
def undo(t):
    t.type("one two")
    t.press("C-w", "C-_")
    t.shows(f"{PROMPT}one two")
    t.press("C-_", "C-x", "C-u")
    t.shows(f"{PROMPT}one")


@scenario(columns=20)
def long_lines_wrap(t):
    t.type("x = 1234567890123")
    t.shows(f"{PROMPT}x = 123456\n7890123")
    t.cursor_at(7, 1)
    t.press("C-a", "C-f")
    t.cursor_at(11, 0)
    t.press("C-e", "BSpace", "BSpace", "BSpace", "BSpace", "BSpace", "BSpace", "BSpace")
    t.shows(f"{PROMPT}x = 123456")
    t.cursor_at(0, 1)


@scenario
def wide_and_joined_characters(t):
    t.type("x = '世界é'")
    t.cursor_at(21, 0)
    t.press("Left", "Left")
    t.cursor_at(19, 0)
    t.press("Left")
    t.cursor_at(17, 0)
    t.press("BSpace")
    t.shows(f"{PROMPT}x = '界é'")
    t.run("")
    t.enter("x")
    t.shows(f"{PROMPT}x = '界é'\n{PROMPT}x\n\"界é\"\n{PROMPT}")


@scenario
def a_paste_runs_nothing(t):
    t.paste("for i = 1, 2 do\n\tprint(i)\nend\n")
    t.shows(f"{PROMPT}for i = 1, 2 do\n{MORE}    print(i)\n{MORE}end")
    t.press("Enter")
    t.shows(f"{PROMPT}for i = 1, 2 do\n{MORE}    print(i)\n{MORE}end\n1\n2\n{PROMPT}")


@scenario
def sequences_are_shown_not_sent(t):
    t.paste("'\x1b[31mred\x07'")
    t.shows(f"{PROMPT}'[31mred'")
    t.run("")
    t.run("'\\27[2J'")
    t.shows(f"{PROMPT}'[31mred'\n\"[31mred\"\n{PROMPT}'\\27[2J'\n\"\\x1b[2J\"\n{PROMPT}")
    t.type("x\u202ey")
    t.shows_part(f"{PROMPT}x<202e>y")


@scenario(rows=6)
def an_input_taller_than_the_screen(t):
    t.paste("do\n" + "\n".join(f"  x = {i}" for i in range(1, 9)) + "\nend")
    t.shows("\n".join(f"{MORE}  x = {i}" for i in range(4, 9)) + f"\n{MORE}end")
    t.press("M-<")
    t.shows(f"{PROMPT}do\n" + "\n".join(f"{MORE}  x = {i}" for i in range(1, 6)))
    t.run("")
    t.enter("x")
    t.shows(f"{MORE}  x = 7\n{MORE}  x = 8\n{MORE}end\n{PROMPT}x\n8\n{PROMPT}")


@scenario(columns=40)
def the_width_changes(t):
    t.run("'above'")
    t.enter("do")
    t.type("print('one line that is not so short')")
    above = f"{PROMPT}'above'\n\"above\"\n{PROMPT}do\n"
    t.shows_part(above + f"{MORE}  print('one line that is not\nso short')")
    t.resize(25, 12)
    t.shows_part(above + f"{MORE}  print('one li\nne that is not so short')")
    # The cursor goes behind a full row where the shell paints it, not where tmux wraps it.
    t.cursor_in_column(0)
    t.resize(60, 12)
    t.shows_part(above + f"{MORE}  print('one line that is not so short')")
    t.press("Enter")
    t.enter("end")
    t.shows_part(above + f"{MORE}  print('one line that is not so short')\n{MORE}end\n"
            f"one line that is not so short\n{PROMPT}")


@scenario(columns=1, rows=2, clear=False)
def the_smallest_terminal(t):
    t.type("xyz")
    t.shows("z")
    t.press("C-u")
    t.enter("x = '世'")
    t.resize(60, 12)
    # C-c would stop what still runs.
    t.wait(lambda: t.text().endswith(PROMPT.strip()), "the next prompt")
    t.press("C-c", "C-l")
    t.shows(PROMPT)
    t.enter("x")
    t.shows(f"{PROMPT}x\n\"世\"\n{PROMPT}")


@scenario
def output_without_a_line_end_stays(t):
    t.enter("do io.write 'half' end")
    t.shows(f"{PROMPT}do io.write 'half' end\nhalf%\n{PROMPT}")
    t.shows_styled("half{2}%")


@scenario
def ctrl_l_clears_the_screen(t):
    enter_loop(t)
    t.shows(f"{LOOP}\n1\n2\n{PROMPT}")
    t.type("x")
    t.shows(f"{LOOP}\n1\n2\n{PROMPT}x")
    t.press("C-l")
    t.shows(f"{PROMPT}x")


@scenario
def errors_do_not_end_the_shell(t):
    t.run("1 +* 2")
    t.enter("x = 'no end")
    t.shows(f"{PROMPT}1 +* 2\nerror: unexpected symbol near '*'\n  1 +* 2\n     ^\n"
            f"{PROMPT}x = 'no end\nerror: unfinished string near <eof>\n  x = 'no end\n      ^\n"
            f"{PROMPT}")


@scenario
def commands(t):
    t.run(":ehco on")
    t.shows(f"{PROMPT}:ehco on\nthere is no command 'ehco'; did you mean 'echo'? (:help lists them)\n"
            f"{PROMPT}".replace("(:help lists them)", "(:help list\ns them)"))
    t.type(":echo")
    t.shows_styled("{36}:echo")


@scenario
def typed_ahead(t):
    t.enter("local t = moonbase.clock(); repeat until moonbase.clock() > t + 0.3")
    t.enter("'next'")
    t.shows_part(f"{PROMPT}'next'\n\"next\"\n{PROMPT}")


@scenario
def a_program_that_reads_has_the_usual_terminal(t):
    t.enter("io.read()")
    t.is_cooked()
    t.enter("answer")
    t.shows(f"{PROMPT}io.read()\nanswer\n\"answer\"\n{PROMPT}")


if __name__ == "__main__":
    main()
