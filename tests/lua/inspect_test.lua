-- Looking inside: states, identity, history, what is not loaded; asking never loads.
moonbase = require 'moonbase'
app = moonbase.App 'inspect'
app.config:update{DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
db = moonbase.Database(app)
session = db.session
function list(values)
  local out = {}
  for _, v in ipairs(values) do out[#out + 1] = v == db.null and 'NULL' or tostring(v) end
  return '{' .. table.concat(out, ', ') .. '}'
end
function history(x, name)
  local h = moonbase.inspect(x).attrs[name].history
  print(name .. ': added ' .. list(h.added) .. ', unchanged ' .. list(h.unchanged) .. ', deleted ' .. list(h.deleted))
end
User = db.Model 'User' {
  id    = db.Column{db.Integer, primary_key = true},
  name  = db.Column{db.String(64)},
  email = db.Column{db.String(64)},
  posts = db.relationship{'Post', backref = 'author'},
}
function User:__repr__() return self.name end
Post = db.Model 'Post' {
  id      = db.Column{db.Integer, primary_key = true},
  name    = db.Column{db.String(64)},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
}
function Post:__repr__() return self.name end
db.create_all()

u = User{name = 'u'}
i = moonbase.inspect(u)
print(i.state, i.transient, i.pending, i.persistent, i.deleted, i.detached, i.identity, i.session, i.mapper == User)
history(u, 'name')
history(u, 'email')
print(list(i.unloaded), i.attrs.name.value, i.attrs.email.value)
--> transient	true	false	false	false	false	nil	nil	true
--> name: added {u}, unchanged {}, deleted {}
--> email: added {}, unchanged {}, deleted {}
--> {id, email, posts}	u	nil
session:add(u)
print(moonbase.inspect(u).state, moonbase.inspect(u).session == session)
session:commit()
db.clear_recorded_queries()
i = moonbase.inspect(u)
print(i.state, list(i.identity), list(i.unloaded), i.expired, i.attrs.name.value, i.attrs.id.value)
history(u, 'name')
print(#db.get_recorded_queries(), u.name, list(moonbase.inspect(u).unloaded))
history(u, 'name')
--> pending	true
--> persistent	{1}	{name, email, posts}	true	nil	1
--> name: added {}, unchanged {}, deleted {}
--> 0	u	{posts}
--> name: added {}, unchanged {u}, deleted {}
u.name = 'v'
u.email = 'e'
history(u, 'name')
history(u, 'email')
u.name = 'u'
history(u, 'name')
u.name = nil
history(u, 'name')
u.name = 'w'
session:flush()
history(u, 'name')
--> name: added {v}, unchanged {}, deleted {u}
--> email: added {e}, unchanged {}, deleted {NULL}
--> name: added {}, unchanged {u}, deleted {}
--> name: added {NULL}, unchanged {}, deleted {u}
--> name: added {}, unchanged {w}, deleted {}
p, q = Post{name = 'p'}, Post{name = 'q'}
u.posts = {p, q}
history(u, 'posts')
history(p, 'author')
session:commit()
print(u.posts[1], u.name)
history(u, 'posts')
r = Post{name = 'r'}
u.posts:remove(p)
u.posts:append(r)
history(u, 'posts')
history(p, 'author')
print(list(session.dirty), list(session.new), session:is_modified(u), session:is_modified(q))
print(list(moonbase.inspect(u).attrs.posts.value))
session:rollback()
--> posts: added {p, q}, unchanged {}, deleted {}
--> author: added {w}, unchanged {}, deleted {}
--> p	w
--> posts: added {}, unchanged {p, q}, deleted {}
--> posts: added {r}, unchanged {q}, deleted {p}
--> author: added {NULL}, unchanged {}, deleted {}
--> {w, p}	{r}	true	false
--> {q, r}
-- Setting an attribute that is not loaded asks nothing; the old value stays unknown.
session:commit()
db.clear_recorded_queries()
u.email = 'blind'
history(u, 'email')
print(#db.get_recorded_queries())
session:rollback()
u.email = User.name .. '!'
history(u, 'email')
session:rollback()
--> email: added {blind}, unchanged {}, deleted {}
--> 0
--> email: added {user.name || ?}, unchanged {}, deleted {}
m = moonbase.inspect(User)
print(m.name, m.class_ == User, m.table, list(m.columns), list(m.primary_key))
for _, name in ipairs{'name', 'target', 'direction', 'uselist', 'lazy', 'back_populates'} do print(name, m.relationships.posts[name]) end
print(moonbase.inspect(Post).relationships.author.direction)
--> User	true	user	{id, name, email}	{user.id}
--> name	posts
--> target	Post
--> direction	ONETOMANY
--> uselist	true
--> lazy	select
--> back_populates	author
--> MANYTOONE
moonbase.inspect(3)
--! ArgumentError: inspect takes a mapped object, a class, an engine or a connection, got number
print(moonbase.inspect(u).attrs.nme)
--> nil

-- --- two databases -------------------------------------------------------------------------------------------
two = moonbase.App 'two'
two.config:update{DATABASE_URI = fresh_database(), BINDS = {logs = 'sqlite://', ['empty'] = 'sqlite://'}}
db2 = moonbase.Database(two)
Page = db2.Model 'Page' {id = db.Column{db.Integer, primary_key = true}, name = db.Column{db.String(9)}}
Visit = db2.Model 'Visit' {
  __bind_key__ = 'logs',
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(9)},
}
db2.create_all()
db2.session:add_all{Page{name = 'page'}, Visit{name = 'visit'}}
db2.session:commit()
print(Page.query:one().name, Visit.query:one().name, Visit.metadata == db2.metadata, Page.metadata == db2.metadata)
function tables(engine) return list(moonbase.inspect(engine):get_table_names()) end
print(tables(db2.engine), tables(db2.engines.logs), tables(db2.engines.empty))
--> page	visit	false	true
--> {page}	{visit}	{}
-- One commit for both; a failure in one undoes both.
db2.session:add_all{Page{id = 1, name = 'again'}, Visit{name = 'lost'}}
print(pcall(db2.session.commit, db2.session))
db2.session:rollback()
print(Page.query:count(), Visit.query:count())
db2.session:begin_nested(function() db2.session:add_all{Page{name = 'x'}, Visit{name = 'y'}} end)
db2.session:rollback()
print(Page.query:count(), Visit.query:count())
db2.drop_all{bind_key = 'logs'}
print(tables(db2.engine), tables(db2.engines.logs))
--> false	IntegrityError: UNIQUE constraint failed: page.id
-->   while INSERT of <Page (pending)> (id = 1, name = 'again')
-->   [SQL: INSERT INTO page (id, name) VALUES (?, ?)]
-->   [parameters: (1, 'again')]
-->   Page.id must be unique, and 1 is taken: give <Page (pending)> another value
-->   the object that has it: Page.query:filter_by{id = 1}:first()
-->   nothing of this flush was kept; call db.session:rollback() to go on
--> 1	1
--> 1	1
--> {page}	{}
--postgresql> false	IntegrityError: duplicate key value violates unique constraint "page_pkey": Key (id)=(1) already exists.
--postgresql>   DETAIL:  Key (id)=(1) already exists.
--postgresql>   while INSERT of <Page (pending)> (id = 1, name = 'again')
--postgresql>   Page.id must be unique, and 1 is taken: give <Page (pending)> another value
--postgresql>   the object that has it: Page.query:filter_by{id = 1}:first()
--postgresql>   nothing of this flush was kept; call db.session:rollback() to go on
--postgresql> 1	1
--postgresql> 1	1
--postgresql> {page}	{}
print(db2.engines.nowhere)
--! UnboundExecutionError: no database is configured for the bind key 'nowhere'
--!   add it to app.config.SQLALCHEMY_BINDS
Lost = db2.Model 'Lost' {__bind_key__ = 'nowhere', id = db.Column{db.Integer, primary_key = true}}
print(Lost.query:all())
--! UnboundExecutionError: no database is configured for the bind key 'nowhere'
--!   add it to app.config.SQLALCHEMY_BINDS
-- The classes of the first database are as they were.
print(User.query:first(), User.metadata == db.metadata)
User.extra = db.Column{db.Integer}
print(User.extra, User{extra = 3}.extra)
--> w	true
--> user.extra	3
-- An object of one database in a session of the other.
db2.session:add(User{})
--! UnmappedInstanceError: <User (transient)> is of a class of another database
--!   add it to that database's session
third = moonbase.Session{bind = db.engine}
print(third:query(Post):count())
third:add(Post{name = 'third'})
third:flush()
print(third:query(Post):count())
third:close()
--> 2
--> 3
