#!/usr/bin/env python3
"""Questions, the N+1 alarm, the view of one object and the tour at a real terminal. See driver.py."""

from driver import PROMPT, main, scenario

APP = """
app = require 'moonbase'.App 'blog'
app.config.DATABASE_URI = 'sqlite://'
db = require 'moonbase'.Database(app)
User = db.Model 'User' {
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.Text, unique = true},
  posts = db.relationship{'Post', backref = 'author'},
}
Post = db.Model 'Post' {
  id = db.Column{db.Integer, primary_key = true},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
}
db.create_all()
for i = 1, 3 do db.session:add(User{name = 'u' .. i}) end
db.session:commit()
db.session:expunge_all()
"""
BLOG = {"app.lua": APP}


@scenario(files=BLOG, columns=100)
def a_question_is_answered(t):
    t.enter("db.session.add?")
    t.shows_part("\nadd(object…)  put objects under the session's care")
    t.enter("User?")
    t.shows_part("\nUser  a mapped class, table user, declared at app.lua:5\n  id     Integer, primary key")


@scenario(columns=60)
def a_question_mark_is_no_mistake(t):
    t.type("x??")
    t.shows_styled("{1;36}moonbase> {}x{36}??")


@scenario(files=BLOG, columns=100)
def an_object_is_looked_at(t):
    t.enter("u = User{name = 'ada'}")
    t.enter("u?")
    t.shows_part("<User (transient)>\n  transient: no session knows it")
    t.shows_part('\n  name   "ada"\n')
    t.shows_part("\n  made at input 1:1\n")


@scenario(files=BLOG, columns=100)
def an_attribute_is_asked_for_and_not_read(t):
    t.enter("User.query:first().posts?")
    t.shows_part("User.posts  list of Post, the other side of Post.author\n"
                 "  <User 1>: ‹not loaded›: reading it sends a SELECT\n1 query, ")
    t.press("C-l")
    t.run("u = User.query:first()")
    t.press("C-l")
    t.run("u.posts?")
    assert "quer" not in t.text(), t.text()


@scenario(files=BLOG, columns=44, rows=30)
def what_is_told_has_lines_that_fit(t):
    t.enter("User.query.filter_by?")
    t.shows_part("\nfilter_by{name = value, …}  keep the rows\n"
                 "  whose columns equal these values; db.null\n")
    t.press("C-l")
    t.enter("help(User)")
    t.shows_part("\n  posts  list of Post, the other side of\n         Post.author\n")


@scenario(files=BLOG, columns=100)
def one_object_is_shown_with_its_attributes(t):
    t.enter("User.query:first()")
    t.shows_part('<User 1>\n  id     1\n  name   "u1"\n  posts  ‹not loaded›')
    t.shows_part("\n1 query, ")
    t.press("C-l")
    t.enter("User.query:limit(2):all()")
    t.shows_part("\n{<User 1>, <User 2>}\n1 query, ")


@scenario(files=BLOG, columns=120)
def loads_one_by_one_are_told_in_colour(t):
    t.enter("for _, u in ipairs(User.query:all()) do io.write(#u.posts, ' ') end print()")
    t.shows_part("\n0 0 0\n4 queries, ")
    t.shows_part("\nN+1: 3 SELECTs for User.posts at input 1:1; User.query:options(")
    t.shows_styled("{33}N+1: ")
    t.run("db.session:expunge_all()")
    t.press("C-l")
    t.enter("for _, u in ipairs(User.query:options(db.selectinload(User.posts)):all()) do io.write(#u.posts, ' ') end print()")
    t.shows_part("\n0 0 0\n2 queries, ")
    t.shows_part("\n" + PROMPT.strip())
    assert "N+1" not in t.text()


@scenario(files=BLOG, columns=100, rows=20)
def a_refused_row_is_told_with_the_input_that_made_it(t):
    t.run("twin = User{name = 'u1'}")
    t.enter("db.session:add(twin)")
    t.shows_part("\nmoonbase+1>")
    t.enter("db.session:commit()")
    t.shows_part("made at input 1:1, added at input 2:1")
    t.shows_part("\n  User.name must be unique, and 'u1' is taken: give <User (pending)> another value")
    t.shows_part("\n  input 1: twin = User{name = 'u1'}\n")


@scenario(files=BLOG, columns=110, rows=30)
def the_tour_is_walked_with_enter(t):
    t.enter(":tour")
    t.shows_part("tour 1/")
    t.press("Enter")
    t.shows_part("tour 2/")
    t.enter("ada?")
    t.shows_part("tour 3/")
    t.press("Enter")
    t.shows_part("tour 4/")
    t.shows_part("\nmoonbase+1>")
    t.enter(":tour stop")
    t.shows_part("your own names are back")
    t.enter("User.query:count()")
    t.shows_part("\n3\n1 query, ")


@scenario(files=BLOG, columns=100)
def a_misspelt_name_is_guessed(t):
    t.enter("Usr")
    t.shows_part("\nnil\nnote: Usr is not defined; did you mean 'User'?\n")
    t.enter("Usr.query")
    t.shows_part("(global 'Usr'); did you mean 'User'?")


if __name__ == "__main__":
    main()
