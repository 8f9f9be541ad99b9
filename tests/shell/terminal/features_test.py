#!/usr/bin/env python3
"""What a person may expect of this shell, one scenario for each promise, as it looks and in its
colours: first the features, then the rules that other shells' users taught. The details of each
have files of their own; questions (`x?`) and the alarm for N+1 queries are only there. See
driver.py."""

from driver import MORE, PROMPT, Failure, main, scenario

APP = """
moonbase = require 'moonbase'
app = moonbase.App 'blog'
app.config.DATABASE_URI = 'sqlite://'
app.config.SECRET_KEY = 'geheim'
db = moonbase.Database(app)
User = db.Model 'User' {
  id = db.Column{db.Integer, primary_key = true},
  username = db.Column{db.String(64), nullable = false},
  posts = db.relationship{'Post', back_populates = 'author'},
}
Post = db.Model 'Post' {
  id = db.Column{db.Integer, primary_key = true},
  body = db.Column{db.Text},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
  author = db.relationship{'User', back_populates = 'posts'},
}
db.create_all()
db.session:add(User{username = 'ada', posts = {Post{body = 'first'}}})
db.session:commit()
app:shell_context_processor(function() return {db = db, User = User, Post = Post} end)
"""
BLOG = {"app.lua": APP}
ON_DISK = {"app.lua": APP.replace("sqlite://", "sqlite:///blog.db").replace(
    "db.create_all()", "db.drop_all() db.create_all()")}
HISTORY = ".local/state/moonbase/history"
MANY = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 60) select i from n"


# --- features ---


@scenario(files=BLOG, clear=False, columns=80)
def everything_is_loaded_and_one_quiet_line_says_so(t):
    t.shows_part("names     app, db, Post, User\n"
                 "          2 models, 2 tables; :models and :tables list them\n")
    t.enter("User.query:count()")
    t.shows_part("\n1\n")


@scenario(files=BLOG)
def an_input_of_several_lines_is_one_thing_to_edit(t):
    t.enter("for i = 1, 2 do")
    t.shows(f"{PROMPT}for i = 1, 2 do\n{MORE}")
    t.enter("print(i)")
    t.run("end")
    t.press("Up")
    t.shows_part(f"1\n2\n{PROMPT}for i = 1, 2 do\n{MORE}  print(i)\n{MORE}end")
    t.press("C-c")
    if t.history() != "for i = 1, 2 do\\n  print(i)\\nend\n":
        raise Failure(t.history())


@scenario(files=BLOG)
def a_paste_neither_runs_nor_completes(t):
    t.paste("if x then\n\tUs\n\tprint 'a'\nend\n")
    t.shows(f"{PROMPT}if x then\n{MORE}    Us\n{MORE}    print 'a'\n{MORE}end")
    t.shows_styled("{35}if{} x {35}then")


@scenario(files=BLOG)
def a_paste_of_a_terminal_that_marks_none_is_not_indented_twice(t):
    t.send_bytes(b"for i = 1, 2 do\r  if i then\r\tprint(i)\r  end\rend")
    t.shows(f"{PROMPT}for i = 1, 2 do\n{MORE}  if i then\n{MORE}  print(i)\n{MORE}  end\n{MORE}end")


@scenario(files=BLOG, columns=70)
def syntax_in_colour_while_one_types(t):
    t.type("local u = User{name = 'ada', n = 12} -- nil")
    t.shows_styled("{1;36}moonbase> {35}local{} u = {1}User{}{name = {32}'ada'{}, n = {33}12{7}}{} {2}-- nil"
                   .replace("{33}12{7}}{} ", "{33}12{}} "))
    t.press("C-u")
    t.type("x = 'open")
    t.shows_styled("x = {4;31}'{32}open")


@scenario(files=BLOG, columns=70)
def sql_in_colour_while_one_types(t):
    t.type("select count(*), 'x' from user where id = 12 -- all")
    t.shows_styled("{1;36}moonbase> {35}select{} count(*), {32}'x'{} {35}from{} user {35}where{} id = {33}12{} {2}-- all")
    t.press("C-u")
    t.type("select id, 'open")
    t.shows_styled("{35}select{} id, {4;31}'{32}open")


@scenario(files=BLOG)
def lines_of_sql_begin_where_the_line_above_does(t):
    t.enter("select case when (")
    t.enter("  1 = 1) then 2")
    t.type("end; ")
    t.shows(f"{PROMPT}select case when (\n{MORE}  1 = 1) then 2\n{MORE}  end;")
    t.shows_styled("{35}case{} {35}when{} (")


@scenario(files={**BLOG, HISTORY: "print('from before')\n"})
def the_history_suggests_dimly(t):
    t.type("pr")
    t.shows_styled("pr{2}int('from before')")
    t.cursor_at(12, 0)
    t.press("M-f")
    t.shows_styled("print{2}('from before')".replace("print", "{1}print"))
    t.press("C-e")
    t.cursor_at(30, 0)


@scenario(files=BLOG, columns=70)
def tab_knows_columns_relationships_and_methods(t):
    t.type("User.query:filter_by{use")
    t.press("Tab")
    t.shows_part("User.query:filter_by{username = ")
    t.press("C-u")
    t.type("User.query:first().po")
    t.press("Tab")
    t.shows_part(f"{PROMPT}User.query:first().posts")
    t.press("C-u")
    t.type("select usern")
    t.press("Tab")
    t.shows_part(f"{PROMPT}select username")


@scenario(files=BLOG, columns=100, rows=30)
def what_a_thing_is_and_offers(t):
    t.run("help(User)")
    t.shows_part("  username  String(64), not null\n  posts     list of Post, the other side of Post.author")
    t.run("help(db.session.add)")
    t.shows_part("add(object…)  put objects under the session's care")
    t.run("help(app.config)")
    t.shows_part("  get(key, default)  the value of a key")
    t.run(":source User.__init__")
    t.run("function twice(x) return 2 * x end")
    t.run(":source twice")
    t.shows_part("input ")


@scenario(files=BLOG, columns=90)
def objects_print_themselves_without_queries_and_without_secrets(t):
    t.run("u = User.query:first()")
    t.press("C-l")
    t.run("u")
    t.shows_part(f"{PROMPT}u\n<User 1>\n")
    if "quer" in t.text():
        raise Failure("printing has asked the database\n" + t.text())
    t.run("{u, Post.query:first()}")
    t.shows_part("{<User 1>, <Post 1>}")
    t.run("app.config")
    t.run("moonbase.make_url 'postgresql://ada:geheim@host/db'")
    t.shows_part("postgresql://ada:***@host/db")
    if "geheim" in t.text().replace("'postgresql://ada:geheim@host/db'", ""):
        raise Failure("a secret is on the screen\n" + t.text())


@scenario(columns=90, files={"app.lua": APP.replace("username = db", "password_hash = db.Column{db.Text}, username = db")})
def the_view_of_an_object_hides_its_secrets(t):
    t.run("u = User{username = 'eve'}")
    t.run("u.password_hash = 0x6765 .. 'heim'")
    t.press("C-l")
    t.enter("u")
    t.shows_part('\n  password_hash  ‹hidden›\n  username       "eve"\n')
    t.enter("u.password_hash?")
    t.shows_part("User.password_hash  Text\n  <User (transient)>: ‹hidden›")
    t.enter("u.password_hash")
    t.shows_part('"26469heim"')


@scenario(files=BLOG, columns=60, rows=24, environment={"PAGER": "cat"})
def tables_fit_the_terminal(t):
    t.enter("select 1 as id, null as none")
    t.shows_styled("│ {1}id{} │ {1}none{} │")
    t.shows_styled("│  1 │ {2}NULL{} │")
    t.press("C-l")
    t.enter(MANY)
    t.shows_part("60 rows, 40 shown; :all shows them all")
    t.press("C-l")
    t.enter("select " + ", ".join(f"'value' as column_{i}" for i in range(6)))
    t.shows_part("─[ row 1 ]─")
    t.shows_part("\ncolumn_5 │ value\n1 row")


@scenario(files=BLOG, columns=100)
def statements_are_folded_until_one_asks(t):
    t.enter("Post.query:filter_by{body = 'x'}:first()")
    t.shows_styled("{2}1 query, ")
    t.enter(":queries")
    t.shows_styled("ms  {35}SELECT{} post.id {35}AS{} post_id, ")
    t.press("C-l")
    t.enter(":echo on")
    t.enter("User.query:count()")
    t.shows_styled("ms  {35}SELECT{} count(*) {35}AS{} count_1 {35}FROM{} user {2}-- ")


@scenario(files=BLOG, columns=80)
def time_of_inputs_and_of_statements(t):
    t.run(":timing on")
    t.enter("User.query:count()")
    t.shows_part("1 query, ")
    t.shows_part("; ")
    t.shows_part(" ms in all")
    t.run(":explain User.query:filter_by{id = 1}")
    t.shows_part("SEARCH user USING INTEGER PRIMARY KEY")


@scenario(files=ON_DISK, clear=False, columns=100)
def the_prompt_knows_the_transaction(t):
    t.shows_part("\nmoonbase blog.db> ")
    t.enter("db.session:add(User{username = 'eve'})")
    t.shows_part("\nmoonbase blog.db+1> ")
    t.enter("db.session:flush()")
    t.shows_part("\nmoonbase blog.db*> ")
    t.enter("db.session:add(User{})")
    t.enter("db.session:flush()")
    t.shows_part("\nmoonbase blog.db!> ")
    t.enter(":rollback")
    t.shows_part("rolled back\nmoonbase blog.db> ")
    t.enter("db.session:add(User{username = 'eve'})")
    t.shows_part("rolled back\nmoonbase blog.db> db.session:add(User{username = 'eve'})\nmoonbase blog.db+1> ")
    t.press("C-d")
    t.shows_part("not committed: 1 new.")


@scenario(files=BLOG, columns=100)
def who_leaves_by_os_exit_is_told_what_would_be_lost(t):
    t.enter("db.session:add(User{username = 'eve'})")
    t.shows_part("\nmoonbase+1> ")
    t.enter("os.exit()")
    t.shows_part("not committed: 1 new. db.session:commit() keeps it; leave once more to lose it.\n")
    t.enter("os.exit(3)")
    t.shows_part("\nwarning: not committed, and so lost: 1 new")
    t.has_ended()


@scenario(files=ON_DISK, clear=False, columns=100)
def a_slip_does_not_end_the_transaction(t):
    t.shows_part("\nmoonbase blog.db> ")
    t.enter("insert into user (username) values ('eve')")
    t.shows_part("1 row changed\n")
    t.enter("selct * from user")
    t.enter("select nme from user")
    t.shows_part("no such column: nme")
    t.enter("User.query:filter(User.nme == 1)")
    t.shows_part("User has no attribute 'nme'")
    t.enter("select count(*) as n from user")
    t.shows_part("│ 2 │")


@scenario(files=BLOG, columns=80)
def errors_point_at_the_place_and_guess_the_name(t):
    t.enter("1 +* 2")
    t.shows_part("unexpected symbol near '*'\n  1 +* 2\n     ^\n")
    t.enter("select usrname from user")
    t.shows_part("LINE 1: select usrname from user\n                 ^\n")
    t.enter("User.query:filter_by{usrname = 1}")
    t.shows_part("did you mean 'username'?")
    t.enter("Usr.query")
    t.enter(":modls")
    t.shows_part("did you mean 'models'?")


@scenario(files=BLOG, columns=80, rows=30)
def earlier_inputs_are_listed_saved_and_run_again(t):
    t.run("n = 20")
    t.run("n + 1")
    t.run("no.thing")
    t.run("select 1 as one")
    t.press("C-l")
    t.run(":history --session")
    t.shows_part("1  n = 20\n2  n + 1\n3  no.thing\n4  select 1 as one\n")
    t.run(":history n =")
    t.run(":history --session --save lesson.lua")
    t.shows_part("3 inputs saved to lesson.lua; left out: 1 that failed")
    script = (t.home / "lesson.lua").read_text(encoding="utf-8")
    if script != "n = 20\nprint(n + 1)\nsql[[select 1 as one]]\n":
        raise Failure(script)
    t.press("C-l")
    t.run(":history 1-2 --session --replay")
    t.shows_part("1  n = 20\n2  n + 1\n21\n")


@scenario(files=BLOG, columns=80, rows=30)
def the_last_value_and_the_last_error(t):
    t.run("6 * 7")
    t.run("_ + 1")
    t.shows_part("\n43\n")
    t.run("function inner() error 'deep' end")
    t.run("function outer() inner() end")
    t.press("C-l")
    t.run("outer()")
    t.shows_part(f"{PROMPT}outer()\ninput 3: deep\n{PROMPT}".replace("input 3: ", "input 3:1: "))
    t.run(":trace")
    t.shows_part("input 3:1: in function 'inner'")


@scenario(files=BLOG, columns=80, rows=30)
def the_state_of_the_session(t):
    t.enter("u = User.query:first() u.username = 'eve'")
    t.shows_part("\nmoonbase+1> ")
    t.enter("db.session:add(Post{body = 'new'})")
    t.shows_part("\nmoonbase+2> ")
    t.press("C-l")
    t.enter(":session")
    t.shows_part("in a transaction\nnew: 1\n  <Post (pending)>\ndirty: 1\n  <User 1>\n"
                 '    username: "ada" → "eve"\nmoonbase+2>')


@scenario(files={"app.lua": APP.replace("sqlite://", "sqlite:///shop_prod.db")}, clear=False, columns=80)
def a_database_of_production_is_red(t):
    t.shows_part("moonbase shop_prod.db>")
    t.shows_styled("{4;31}moonbase shop_prod.db>")


@scenario(files={"app.lua": APP.replace("sqlite://", "sqlite:///products.db")}, clear=False, columns=80)
def a_database_of_products_is_not(t):
    t.shows_part("moonbase products.db>")
    t.shows_styled("{1;36}moonbase products.db>")


# --- rules ---


@scenario(files=BLOG)
def nothing_pops_up_while_one_types(t):
    t.type("User.query:f")
    t.shows(f"{PROMPT}User.query:f")


@scenario(files={**BLOG, HISTORY: "x = 1\ny = 2\nx = 3\n"})
def up_fills_the_line_with_what_begins_alike(t):
    t.type("x")
    t.press("Up", "Up")
    t.shows(f"{PROMPT}x = 1")


@scenario(files=BLOG)
def enter_runs_what_is_complete_wherever_the_cursor_is(t):
    t.type("1 + 1")
    t.press("C-a", "Enter")
    t.shows_part("\n2\n")
    t.press("C-l")
    t.type("1 + 1")
    t.press("M-Enter")
    t.type("+ 1")
    t.shows(f"{PROMPT}1 + 1\n{MORE}+ 1")


@scenario(files={**BLOG, HISTORY: "x = 5; print 'deleted all'\n"})
def enter_never_runs_a_suggestion(t):
    t.type("x")
    t.shows(f"{PROMPT}x = 5; print 'deleted all'")
    t.press("Enter")
    t.shows(f"{PROMPT}x\nnil\n{PROMPT}")


@scenario(files=BLOG, rows=40, columns=100)
def what_is_cut_names_what_shows_the_rest(t):
    t.enter("('x'):rep(100000)")
    t.shows_part("more bytes: print it to see them")
    t.press("C-l")
    t.run("local t = {} for i = 1, 500 do t[i] = i end return t")
    t.shows_part("more: print them with for")
    t.press("C-l")
    t.run("select '" + "x" * 150 + "' as long")
    t.shows_part("1 row; :format vertical shows whole values")


@scenario(files=BLOG, command="sh -c 'moonbase db drop; echo left $?; exec cat'", clear=False,
          columns=100)
def a_question_says_what_would_be_lost(t):
    t.shows_part("This drops 2 tables (post, user) in :memory: and all their rows. Type drop to do it: ")
    t.enter("y")
    t.shows_part("nothing was dropped\nleft 1")


@scenario(files=BLOG, command="sh -c 'echo User.nme | moonbase; echo left $?; exec cat'", clear=False,
          columns=80)
def a_script_has_no_prompt_no_colour_and_stops(t):
    t.shows_part("left 1")
    if "moonbase>" in t.text() or "\x1b" in t.tmux("capture-pane", "-p", "-e"):
        raise Failure(t.styled())


# --- terminals ---


@scenario(command="env LC_ALL=C LANG=C moonbase")
def letters_are_letters_in_the_posix_locale(t):
    """As in containers, where nothing says that text is UTF-8."""
    t.type("x = 'aé世'")
    t.press("Left", "BSpace", "BSpace")
    t.shows(f"{PROMPT}x = 'a'")
    t.type("é")
    t.press("Enter")
    t.enter("x")
    t.shows(f"{PROMPT}x = 'aé'\n{PROMPT}x\n\"aé\"\n{PROMPT}")


@scenario(command="bash -c 'moonbase 2>/dev/null; exec cat'")
def errors_and_news_are_on_the_other_stream(t):
    t.run("error 'not seen'")
    t.run("1 + 1")
    t.shows(f"{PROMPT}error 'not seen'\n{PROMPT}1 + 1\n2\n{PROMPT}")


@scenario(columns=40, clear=False, command="sh -c 'printf \"\\033[?1049h\"; exec moonbase'")
def a_terminal_that_wraps_no_line_anew(t):
    """tmux leaves the lines of its second screen as they are when the width changes."""
    t.shows_part(PROMPT.strip())
    t.press("C-l")
    t.shows(PROMPT)
    t.enter("do")
    t.type("print('one line that is not so short')")
    t.shows(f"{PROMPT}do\n{MORE}  print('one line that is not\nso short')")
    t.resize(25, 12)
    t.shows(f"{PROMPT}do\n{MORE}  print('one li\nne that is not so short')")
    t.resize(60, 12)
    t.shows(f"{PROMPT}do\n{MORE}  print('one line that is not so short')")
    t.press("Enter")
    t.enter("end")
    t.shows(f"{PROMPT}do\n{MORE}  print('one line that is not so short')\n{MORE}end\n"
            f"one line that is not so short\n{PROMPT}")


if __name__ == "__main__":
    main()
