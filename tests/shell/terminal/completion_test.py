#!/usr/bin/env python3
"""Tab at a real terminal. See driver.py."""

from driver import PROMPT, main, scenario

APP = """
moonbase = require 'moonbase'
app = moonbase.App 'blog'
app.config.DATABASE_URI = 'sqlite://'
db = moonbase.Database(app)
User = db.Model 'User' {
  id = db.Column{db.Integer, primary_key = true},
  username = db.Column{db.String(64)},
}
app:shell_context_processor(function() return {db = db, User = User} end)
"""
BLOG = {"app.lua": APP}


@scenario(files=BLOG)
def nothing_pops_up_by_itself(t):
    t.type("User.query:")
    t.shows(f"{PROMPT}User.query:")
    t.cursor_at(21, 0)


@scenario(files=BLOG)
def a_name_that_is_certain(t):
    t.type("Us")
    t.press("Tab")
    t.shows_part(f"{PROMPT}User\n")
    t.type(".use")
    t.press("Tab")
    t.shows(f"{PROMPT}User.username\ncolumn String(64)")
    t.cursor_at(23, 0)
    t.type(":")
    t.shows(f"{PROMPT}User.username:")


@scenario(files=BLOG, columns=70)
def a_menu_with_what_help_says(t):
    t.type("User.query:filt")
    t.press("Tab")
    t.shows(f"{PROMPT}User.query:filter\nfilter\nfilter_by")
    t.press("Tab", "Tab")
    t.shows_part(f"{PROMPT}User.query:filter_by\nfilter     filter_by{{name = value, …}}")
    t.shows_styled("{7}filter_by{}")
    t.press("BTab")
    t.shows_part(f"{PROMPT}User.query:filter\nfilter     filter(condition…)")
    t.press("Down", "Enter")
    t.shows(f"{PROMPT}User.query:filter_by")
    t.cursor_at(30, 0)


@scenario(files=BLOG)
def escape_takes_the_choice_back(t):
    t.type("db.session:add")
    t.press("Tab", "Tab", "Tab")
    t.shows_part(f"{PROMPT}db.session:add_all\n")
    t.press("Escape")
    t.shows(f"{PROMPT}db.session:add")


@scenario(files=BLOG)
def a_dot_becomes_the_colon_of_a_method(t):
    t.type("User.query.cou")
    t.press("Tab")
    t.shows_part(f"{PROMPT}User.query:count\n")


@scenario(files=BLOG)
def keys_of_a_call(t):
    t.type("User.query:filter_by{use")
    t.press("Tab")
    t.shows_part(f"{PROMPT}User.query:filter_by{{username =")
    t.type("'x'}:sta")
    t.shows(f"{PROMPT}User.query:filter_by{{username = 'x'}}:sta")


@scenario(files={**BLOG, "seeds/people.lua": "print 'seeded'\n"})
def a_file_in_a_string(t):
    t.type("dofile 'see")
    t.press("Tab")
    t.shows_part(f"{PROMPT}dofile 'seeds/\n")
    t.press("Tab")
    t.shows(f"{PROMPT}dofile 'seeds/people.lua")
    t.type("'")
    t.press("Enter")
    t.shows_part("seeded")


@scenario(files=BLOG)
def a_command(t):
    t.type(":qui")
    t.press("Tab")
    t.shows_part(f"{PROMPT}:quit\n")


@scenario(files=BLOG)
def names_in_sql(t):
    t.type("db.text 'select usern")
    t.press("Tab")
    t.shows_part(f"{PROMPT}db.text 'select username\ncolumn of user String(64)")


@scenario(files=BLOG, rows=5, columns=26)
def a_small_screen(t):
    t.type("db.session:")
    t.press("Tab", "Tab")
    t.shows_part(f"{PROMPT}db.session:add\nadd\n1 of ")
    t.press("Tab")
    t.shows_part("\nadd_all\n2 of ")


@scenario(files=BLOG)
def nothing_to_complete_is_said(t):
    t.type("nowhere.x")
    t.press("Tab")
    t.shows(f"{PROMPT}nowhere.x\nnothing to complete here")
    t.press("Enter")
    t.shows_part("attempt to index a nil value (global 'nowhere')")


@scenario(files=BLOG)
def a_paste_completes_nothing(t):
    t.paste("do\n\tUs\tx = 1\nend")
    t.shows(f"{PROMPT}do\n        …     Us    x = 1\n        … end")


@scenario(files=BLOG)
def arguments_of_commands(t):
    t.type(":format mar")
    t.press("Tab")
    t.shows_part(f"{PROMPT}:format markdown")
    t.press("C-u")
    t.type(":describe Us")
    t.press("Tab")
    t.shows_part(f"{PROMPT}:describe User")
    t.press("C-u")
    t.type(":explain User.query:outer")
    t.press("Tab")
    t.shows_part(f"{PROMPT}:explain User.query:outerjoin")


if __name__ == "__main__":
    main()
