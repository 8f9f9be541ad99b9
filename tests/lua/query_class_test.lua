-- query_class: methods of a program's own on its queries, of one class or of the whole database.
moonbase = require 'moonbase'
app = moonbase.App 'query_class'
app.config:update{DATABASE_URI = fresh_database()}
db = moonbase.Database{app, query_class = {
  newest = function(query, n) return query:order_by(db.text 'id DESC'):limit(n) end,
  or_default = function(query, key, default) return query:get(key) or default end,
}}

User = db.Model 'User' {
  id = db.Column{db.Integer, primary_key = true},
  kind = db.Column{db.String(9), default = 'user'},
  name = db.Column{db.String(40)},
  age = db.Column{db.Integer},
  posts = db.relationship{'Post', lazy = 'dynamic', backref = 'author'},
  __mapper_args__ = {polymorphic_on = 'kind', polymorphic_identity = 'user'},
  query_class = {adults = function(query, age) return query:filter(User.age >= (age or 18)) end},
}
Admin = db.Model('Admin', User) {__mapper_args__ = {polymorphic_identity = 'admin'}}
Post = db.Model 'Post' {
  id = db.Column{db.Integer, primary_key = true},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
}
db.create_all()
ann = User{name = 'ann', age = 30, posts = {Post{}, Post{}}}
db.session:add_all{ann, User{name = 'bob', age = 9}, Admin{name = 'cid', age = 18}}
db.session:commit()

-- --- of a class, and of those below it ---------------------------------------------------------------
print(User.query:adults():count(), User.query:filter_by{name = 'ann'}:adults(40):count())
--> 2	0
print(User.query:adults():order_by 'name':first().name, db.session:query(User):adults():count())
--> ann	2
print(Admin.query:adults():count(), Admin.query:adults(20):count())
--> 1	0
print(User.query:adults():newest(1):one().name)
--> cid

-- --- of the database ---------------------------------------------------------------------------------
print(Post.query:newest(1):one().id, Post.query:or_default(99, 'none'), ann.posts:newest(1):one().id)
--> 2	none	2
print(db.session:query(User.name):newest(1):scalar())
--> cid

-- A table may inherit from another.
Post.query_class = setmetatable({of = function(query, who) return query:filter_by{author = who} end},
                                {__index = {none = function(query) return query:filter(db.false_()) end}})
print(Post.query:of(ann):count(), Post.query:of(ann):none():count())
--> 2	0

-- --- what it does not take ---------------------------------------------------------------------------
User.query:minors()
--! AttributeError: Query has no attribute 'minors'
db.select(User):adults()
--! AttributeError: Query has no attribute 'adults'
db.Model 'Bad' {id = db.Column{db.Integer, primary_key = true}, query_class = {first = function() end}}
--! ArgumentError: Bad.query_class: queries have first already
--!   give the method another name
db.Model 'Bad' {id = db.Column{db.Integer, primary_key = true}, query_class = {one_more = 5}}
--! ArgumentError: Bad.query_class.one_more is no function
--!   write query_class = {recent = function(query) return query:limit(10) end}
moonbase.Database{query_class = 'Query'}
--! ArgumentError: Database.query_class is a table of functions, got string

-- A misspelt one is guessed, of the class, of the database, and what those inherit.
User.query:adlts()
--! AttributeError: Query has no attribute 'adlts'; did you mean 'adults'?
Post.query:newst(1)
--! AttributeError: Query has no attribute 'newst'; did you mean 'newest'?
Post.query:filtr_by{}
--! AttributeError: Query has no attribute 'filtr_by'; did you mean 'filter_by'?
db.select(User):newst(1)
--! AttributeError: Query has no attribute 'newst'
