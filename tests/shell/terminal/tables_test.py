#!/usr/bin/env python3
"""Tables, SQL and the prompt's news at a real terminal. See driver.py."""

from driver import MORE, PROMPT, main, scenario

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
ON_DISK = {"app.lua": APP.replace("sqlite://", "sqlite:///blog.db")}
MANY = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 30) select i from n"


@scenario(files=BLOG)
def sql_with_null_dim_and_names_bold(t):
    t.enter("select 1 as one, null as two")
    t.shows_part("│ one │ two  │\n├─────┼──────┤\n│   1 │ NULL │\n└─────┴──────┘\n1 row\n")
    t.shows_styled("│ {1}one{} │ {1}two {} │")
    t.shows_styled("│   1 │ {2}NULL{} │")


@scenario(files=BLOG)
def queries_are_folded_into_one_line(t):
    t.enter("User.query:count()")
    t.shows_part("\n0\n1 query, ")
    t.enter(":queries")
    t.shows_part("SELECT count(*) AS count_1 FROM user")
    t.enter(":queries off")
    t.shows_part(":queries is off")
    t.press("C-l")
    t.enter("User.query:count()")
    t.shows(f"{PROMPT}User.query:count()\n0\n{PROMPT}")


@scenario(files=BLOG)
def sql_of_several_lines_ends_with_a_semicolon(t):
    t.enter("select (")
    t.enter("1 + 1")
    # A semicolon at the end would be tmux's own.
    t.enter(") as two; ")
    t.shows_part(f"{PROMPT}select (\n{MORE}  1 + 1\n{MORE}) as two;\n┌─────┐\n│ two │")


@scenario(files=BLOG, environment={"PAGER": "sed 's/^/paged /'"}, rows=16, columns=100)
def what_does_not_fit_goes_through_the_pager(t):
    t.enter(MANY)
    t.shows_part("paged │ 30 │\npaged └────┘\npaged 30 rows\n")
    t.press("C-l")
    t.enter("select 1")
    t.shows_part("\n│ 1 │\n")


@scenario(files=BLOG, environment={"PAGER": "head -n 2"}, rows=14, columns=100)
def a_pager_that_is_left_early(t):
    t.enter(MANY.replace("30", "100000"))
    t.shows_part("│      i │\n")
    t.enter("1 + 1")
    t.shows_part(f"{PROMPT}1 + 1\n2\n{PROMPT}")


@scenario(files=BLOG, columns=100)
def ctrl_c_stops_a_statement(t):
    t.enter("with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n")
    t.is_cooked()
    t.press("C-c")
    t.shows_part("Interrupted: ")
    t.enter("1 + 1")
    t.shows_part(f"{PROMPT}1 + 1\n2\n{PROMPT}")


@scenario(files=BLOG, rows=30)
def watching_until_ctrl_c(t):
    t.enter(":watch 0.01 User.query:count()")
    t.shows_part("\n0\n0\n0\n")
    t.press("C-c")
    t.shows_part("Interrupted: ")
    t.enter("1 + 1")
    t.shows_part(f"{PROMPT}1 + 1\n2\n{PROMPT}")


@scenario(files=ON_DISK, clear=False)
def the_prompt_tells_what_is_under_way(t):
    t.shows_part("\nmoonbase blog.db> ")
    t.enter("db.session:add(User{username = 'ada'})")
    t.shows_part("\nmoonbase blog.db+1> ")
    t.enter("db.session:flush()")
    t.shows_part("\nmoonbase blog.db*> ")
    t.enter(":commit")
    t.shows_part("committed\nmoonbase blog.db> ")


@scenario(files=BLOG, environment={"MOONBASE_ENV": "production"})
def production_is_red(t):
    t.shows_styled("{4;31}moonbase>")


if __name__ == "__main__":
    main()
