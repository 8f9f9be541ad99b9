-- Columns that are not read with their row, and queries that choose what to read.
app = moonbase.App 'deferred'
app.config:update{SQLALCHEMY_DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
db = moonbase.Database(app)
statements = require 'statements'
Article = db.Model 'Article' {
  id = db.Column{db.Integer, primary_key = true},
  title = db.Column{db.String(40)},
  author = db.Column{db.String(40)},
  body = db.deferred(db.Column{db.Text}),
  photo = db.deferred{db.Column{db.String(40)}, group = 'media'},
  video = db.Column{db.String(40), deferred = true, deferred_group = 'media'},
  secret = db.deferred{db.Column{db.String(40)}, raiseload = true},
}
db.create_all()
db.session:add(Article{title = 't', author = 'a', body = 'b', photo = 'p', video = 'v', secret = 's'})
db.session:add(Article{title = 't2', author = 'a2', body = 'b2'})
db.session:commit()
function names(list) return table.concat(list, ', ') end

-- Deferred columns are left out; the first access reads one by itself.
article = statements(function() return Article.query:get(1) end)
--> SELECT article.id AS article_id, article.title AS article_title, article.author AS article_author FROM article WHERE article.id = ?
--> 1 statement
print(names(moonbase.inspect(article).unloaded))
--> body, photo, video, secret
statements(function() print(article.body, article.body) end)
--> b	b
--> SELECT article.id AS article_id, article.body AS article_body FROM article WHERE article.id = ?
--> 1 statement
-- All of a group at once.
statements(function() print(article.photo, article.video) end)
--> p	v
--> SELECT article.id AS article_id, article.photo AS article_photo, article.video AS article_video FROM article WHERE article.id = ?
--> 1 statement
print(article.secret)
--! InvalidRequestError: Article.secret was left out, and reading it raises (raiseload)
--!   ask for it with the query: query:options(db.undefer(Article.secret))
-- A new object has what it was given; what is set is not read.
new = Article{title = 'new'}
print(new.body)
db.session:add(new)
db.session:flush()
statements(function() print(new.body, new.secret) end)
--> nil
--> nil	nil
--> 0 statements
second = Article.query:get(2)
statements(function()
  second.body = 'changed'
  db.session:flush()
  print(second.body)
end)
--> changed
--> UPDATE article SET body=? WHERE article.id = ?
--> 1 statement
db.session:rollback()

-- A query says what else to read.
print(Article.query:options(db.undefer(Article.body), db.undefer(Article.secret)))
--> SELECT article.id AS article_id, article.title AS article_title, article.author AS article_author, article.body AS article_body, article.secret AS article_secret
--> FROM article
print(Article.query:options(db.undefer_group 'media'))
--> SELECT article.id AS article_id, article.title AS article_title, article.author AS article_author, article.photo AS article_photo, article.video AS article_video
--> FROM article
print(Article.query:options(db.undefer '*'))
--> SELECT article.id AS article_id, article.title AS article_title, article.author AS article_author, article.body AS article_body, article.photo AS article_photo, article.video AS article_video, article.secret AS article_secret
--> FROM article
-- Or what not to.
print(Article.query:options(db.load_only(Article.title)))
--> SELECT article.id AS article_id, article.title AS article_title
--> FROM article
print(Article.query:options(db.load_only(Article.title), db.load_only(Article.body)))
--> SELECT article.id AS article_id, article.title AS article_title, article.body AS article_body
--> FROM article
print(Article.query:options(db.defer(Article.author), db.defer(Article.title)))
--> SELECT article.id AS article_id
--> FROM article
print(Article.query:options(db.defer '*', db.undefer(Article.title)))
--> SELECT article.id AS article_id, article.title AS article_title
--> FROM article
print(db.select(Article):options(db.load_only(Article.title)))
--> SELECT article.id, article.title
--> FROM article

-- Each attribute that a query left out is read by itself.
db.session:expunge_all()
one = statements(function() return Article.query:options(db.load_only(Article.id)):filter_by{id = 1}:one() end)
--> SELECT article.id AS article_id FROM article WHERE article.id = ?
--> 1 statement
print(names(moonbase.inspect(one).unloaded))
--> title, author, body, photo, video, secret
statements(function() print(one.title, one.author) end)
--> t	a
--> SELECT article.id AS article_id, article.title AS article_title FROM article WHERE article.id = ?
--> SELECT article.id AS article_id, article.author AS article_author FROM article WHERE article.id = ?
--> 2 statements
-- What is loaded or changed is not overwritten; a query with more fills in what is missing.
one.title = 'mine'
statements(function() return Article.query:options(db.undefer(Article.body)):filter_by{id = 1}:one() end)
--> UPDATE article SET title=? WHERE article.id = ?
--> SELECT article.id AS article_id, article.title AS article_title, article.author AS article_author, article.body AS article_body FROM article WHERE article.id = ?
--> 2 statements
print(one.title, names(moonbase.inspect(one).unloaded))
--> mine	photo, video, secret
-- After a commit everything is read again, but what the class defers.
db.session:commit()
statements(function() print(one.title, one.author) end)
--> mine	a
--> SELECT article.id AS article_id, article.title AS article_title, article.author AS article_author FROM article WHERE article.id = ?
--> 1 statement
-- raiseload
db.session:expunge_all()
one = Article.query:options(db.load_only{Article.title, raiseload = true}):filter_by{id = 1}:one()
print(one.id, one.title)
print(one.author)
--! InvalidRequestError: Article.author was left out, and reading it raises (raiseload)
--!   ask for it with the query: query:options(db.undefer(Article.author))
db.session:expunge_all()
one = Article.query:options(db.defer{Article.author, raiseload = true}):filter_by{id = 1}:one()
print(one.author)
--! InvalidRequestError: Article.author was left out, and reading it raises (raiseload)
--!   ask for it with the query: query:options(db.undefer(Article.author))
one.author = 'set'
print(one.author)
--> set
db.session:rollback()

-- Listing an object's columns reads what has expired, and nothing that is deferred.
db.session:expunge_all()
one = Article.query:get(1)
statements(function() for name, value in pairs(one) do print(name, value) end end)
--> id	1
--> title	mine
--> author	a
--> 0 statements
-- Some of an object expired: those are read in one statement.
db.session:expire(one, {'title', 'author'})
statements(function() print(one.title, one.author) end)
--> mine	a
--> SELECT article.id AS article_id, article.title AS article_title, article.author AS article_author FROM article WHERE article.id = ?
--> 1 statement

-- A column added later can be deferred, too.
Article.note = db.deferred(db.Column{db.String(10)})
print(Article.query)
--> SELECT article.id AS article_id, article.title AS article_title, article.author AS article_author
--> FROM article

-- Mistakes
Article.query:options(db.load_only 'title')
--! ArgumentError: load_only takes attributes of classes, got the text 'title'
--!   db.load_only(User.id, User.name)
Article.query:options(Article.title)
--! ArgumentError: options takes loader options, got Expression
--!   query:options(db.load_only(User.id, User.name), db.defer(Post.body))
Other = db.Model 'Other' { id = db.Column{db.Integer, primary_key = true}, x = db.Column{db.Integer} }
print(Article.query:options(db.load_only(Other.x)))
--! ArgumentError: an option of this query speaks of Other, and the query returns Article
--!   options name attributes of what the query returns, seen through the alias it was given with
db.load_only()
--! ArgumentError: load_only needs the attributes to load
--!   db.load_only(User.id, User.name)
Article.query:options(db.defer{Article.title, raise = true})
--! TypeError: defer has no option 'raise'
