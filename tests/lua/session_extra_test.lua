-- What a session offers beside its daily work.
moonbase = require 'moonbase'
app = moonbase.App 'extras'
app.config:update{DATABASE_URI = fresh_database()}
db = moonbase.Database(app)
session = db.session
User = db.Model 'User' {
  id    = db.Column{db.Integer, primary_key = true},
  name  = db.Column{db.String(20), unique = true},
  email = db.Column{db.String(40)},
  posts = db.relationship{'Post', backref = 'author', cascade = 'all, delete-orphan'},
}
Post = db.Model 'Post' {
  id      = db.Column{db.Integer, primary_key = true},
  body    = db.Column{db.String(40)},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
}
Seat = db.Model 'Seat' {
  row    = db.Column{db.Integer, primary_key = true},
  number = db.Column{db.Integer, primary_key = true},
  taken  = db.Column{db.Boolean},
}
db.create_all()
function state(x) return moonbase.inspect(x).state end
u = User{name = 'u', posts = {Post{body = 'p1'}, Post{body = 'p2'}}}
session:add_all{u, Seat{row = 1, number = 2}}
session:commit()

-- --- lookups ---------------------------------------------------------------------------------------------------
print(session:get_one(User, 1) == u, session:get_one(Seat, {1, 2}).number)
--> true	2
session:get_one(User, 99)
--! NoResultFound: there is no User with this primary key
--!   session:get(User, key) gives nil instead
key = session:identity_key(u)
print(key[1], key[2][1], session:identity_key(Seat, {1, 2})[2][2], moonbase.identity_key(User, 7)[2][1])
--> <class User>	1	2	7
session:identity_key(User{})
--! InvalidRequestError: <User (transient)> stands for no row: it has no identity key
session:identity_key(Seat, 1)
--! ArgumentError: identity_key: Seat has a key of 2 values
print(moonbase.object_session(u) == session, moonbase.object_session(User{}))
--> true	nil

-- --- connection and transaction --------------------------------------------------------------------------------
session:rollback()
print(session:get_transaction(), session:in_nested_transaction(), session:get_bind() == db.engine or session:get_bind(User).url.database)
--> nil	false	true
u.name = 'changed'
session:flush()
connection = session:connection()
print(connection:scalar(db.text 'select name from "user" where id = 1'))
print(session:get_transaction(), session:get_transaction().nested, session:get_transaction() == session:get_transaction())
sp = session:begin_nested()
print(session:in_nested_transaction(), session:get_nested_transaction() == sp, session:get_nested_transaction().nested)
sp:rollback()
print(session:get_nested_transaction())
--> changed
--> <transaction, active>	false	true
--> true	true	true
--> nil
connection:commit()
--! InvalidRequestError: this connection is in the hands of a session: commit() is the session's to do
--!   db.session:commit() and db.session:rollback() end its transaction
session:rollback()
print(connection.closed, u.name)
connection:scalar(db.text 'select 1')
--! ResourceClosedError: This Connection is closed

-- --- options, its own table, its objects ---------------------------------------------------------------------------
session.info.request = 7
print(session.info.request, session.autoflush, session.expire_on_commit)
session.autoflush = false
session:add(User{name = 'not flushed'})
print(User.query:count())
session.autoflush = true
print(User.query:count())
session:rollback()
session:close()
--> 7	true	true
--> 1
--> 2
session:add(User{name = 'new one'})
u = session:get(User, 1)
names = {}
for x in session:iter() do names[#names + 1] = x.name end
for _, x in pairs(session) do names[#names + 1] = x.name end
print(table.concat(names, ' '))
session:rollback()
second = moonbase.Session{bind = db.engine, info = {who = 'second'}, autoflush = false}
print(second.info.who, second.autoflush)
v = second:get(User, 1)
moonbase.close_all_sessions()
print(state(u), state(v))
--> u new one u new one
--> second	false
--> detached	detached

-- --- states by hand ---------------------------------------------------------------------------------------------------
u = User.query:order_by(User.id):first()
print(#u.posts, u.name)
moonbase.make_transient(u)
print(state(u), u.name, u.id)
u.id, u.name = nil, 'a copy'
u.posts = {}
session:add(u)
session:commit()
print(u.id, User.query:count())
--> 2	u
--> transient	u	1
--> 2	2
--postgresql> 2	u
--postgresql> transient	u	1
--postgresql> 4	2
w = User{id = 1}
moonbase.make_transient_to_detached(w)
print(state(w))
session:add(w)
print(state(w), w.name, #w.posts)
--> detached
--> persistent	u	2
moonbase.make_transient_to_detached(w)
--! InvalidRequestError: <User 1> is not transient
--!   only an object that no session ever had can be made to stand for a row
moonbase.make_transient_to_detached(User{name = 'no key'})
--! InvalidRequestError: <User (transient)> has no id: without its key it stands for no row
-- expunge takes along what the cascade reaches, as far as it is loaded.
p = w.posts[1]
session:expunge(w)
print(state(w), state(p))
session:add(w)
print(state(p))
--> detached	detached
--> persistent

-- --- merge ----------------------------------------------------------------------------------------------------------
given = User{id = 1, name = 'merged', posts = {Post{id = p.id, body = 'p1 merged'}, Post{body = 'p3'}}}
merged = session:merge(given)
print(merged == w, merged.name, #merged.posts, merged.posts[1] == p, p.body, state(merged.posts[2]))
print(state(given), state(given.posts[2]), given.posts[2] == merged.posts[2], #session.new)
session:commit()
print(Post.query:count())
--> true	merged	2	true	p1 merged	pending
--> transient	transient	false	1
--> 2
seat = session:merge(Seat{row = 1, number = 2, taken = true})
print(seat == session:get(Seat, {1, 2}), seat.taken, #session.dirty)
new = session:merge(Seat{row = 5, number = 5})
print(state(new), session:merge(new) == new)
session:rollback()
loaded = session:merge(Seat{row = 9, number = 9, taken = true}, {load = false})
print(state(loaded), loaded.taken, #session.dirty, #session.new)
session:rollback()
session:close()
--> true	true	1
--> pending	true
--> persistent	true	0	0

-- --- refresh --------------------------------------------------------------------------------------------------------
u = User.query:order_by(User.id):first()
u.name, u.email = 'mine', 'mine@x'
session:execute(db.text [[update "user" set email = 'theirs@x' where id = 1]])
u.name = 'mine again'
session:refresh(u, {'email'})
print(u.name, u.email)
session:rollback()
--> mine again	theirs@x

-- --- savepoints restore objects -------------------------------------------------------------------------------------
u = User.query:order_by(User.id):first()
u.email = 'kept'
n = #u.posts
sp = session:begin_nested()
u.email, u.name = 'undone', 'undone'
first = u.posts[1]
u.posts:append(Post{body = 'undone'})
session:delete(first)
session:flush()
print(state(first))
pending = User{name = 'pending inside'}
session:add(pending)
sp:rollback()
print(u.email, u.name, #u.posts == n, u.posts[1] == first, state(first), state(pending), pending.name, #session.new)
session:rollback()
--> deleted
--> kept	merged	true	true	persistent	transient	pending inside	0
u = User.query:filter_by{name = 'a copy'}:one()
id = u.id
sp = session:begin_nested()
u.id = 70
session:flush()
print(session:get(User, 70) == u)
sp:rollback()
print(u.id == id, session:get(User, id) == u, session:get(User, 70))
session:rollback()
--> true
--> true	true	nil

-- --- run_transaction -------------------------------------------------------------------------------------------------
-- What is no conflict with another transaction is not repeated.
tries = 0
function fails(s)
  tries = tries + 1
  s:add(User{name = 'run ' .. tries})
  s:flush()
  error('of its own', 0)
end
print(pcall(session.run_transaction, session, fails))
print(tries, User.query:filter_by{name = 'run 1'}:count())
--> false	of its own
--> 1	0
print(session:run_transaction(function(s) s:add(User{name = 'run'}) return 'first', nil, 'third' end))
print(User.query:filter_by{name = 'run'}:count(), session:in_transaction())
session:rollback()
--> first	nil	third
--> 1	true
session:run_transaction(function(s) s:run_transaction(function() end) end)
--! InvalidRequestError: run_transaction runs in this session already
--!   Call the function itself; begin_nested() makes a part of it that can fail alone.
session:add(User{name = 'waits'})
session:run_transaction(function() end)
--! InvalidRequestError: the session has changes that are not committed: a repetition would lose them
--!   commit() or rollback() before run_transaction.
session:rollback()
session:run_transaction(function() end, {retry = 3})
--! TypeError: run_transaction has no option 'retry'
--!   There are retries and backoff.
session:run_transaction(function() end, -1)
--! TypeError: run_transaction: retries is a whole number from 0 on, got -1

-- --- sessionmaker, scoped_session -------------------------------------------------------------------------------------
Maker = moonbase.sessionmaker{bind = db.engine, autoflush = false}
a, b = Maker(), Maker{autoflush = true}
print(Maker, a ~= b, a.autoflush, b.autoflush)
Maker:configure{info = {from = 'Maker'}}
print(Maker().info.from)
print(Maker:begin(function(s) s:add(User{name = 'made'}) return 'result' end), User.query:filter_by{name = 'made'}:count())
session:rollback()
--> <sessionmaker>	true	false	true
--> Maker
--> result	1
moonbase.sessionmaker{autoflash = true}
--! TypeError: Session has no option 'autoflash'; did you mean 'autoflush'?
scope = 1
scoped = moonbase.scoped_session(Maker, function() return scope end)
scoped:add(User{name = 'in scope 1'})
print(#scoped.new, scoped.has(), scoped.registry() == scoped())
scope = 2
print(scoped.has(), #scoped.new)
scope = 1
scoped:remove()
print(scoped.has(), #scoped.new)
--> 1	true	true
--> false	0
--> false	0

-- --- why it is detached --------------------------------------------------------------------------------------------------
function fresh() session:close() return User.query:order_by(User.id):first() end
u = fresh()
session:expunge(u)
print(#u.posts)
--! DetachedInstanceError: <User 1> is not in a session, so its 'posts' cannot be loaded
--!   its session was closed or it was expunged: add it to a session again, or read the attribute before that
u = fresh()
session:close()
print(#u.posts)
--! DetachedInstanceError: <User 1> is not in a session, so its 'posts' cannot be loaded
--!   its session was closed or it was expunged: add it to a session again, or read the attribute before that
u = User.query:filter_by{name = 'made'}:one()
session:expire(u, {'email'})
session:delete(u)
session:commit()
print(u.email)
--! DetachedInstanceError: <User 4> is not in a session, so its 'email' cannot be loaded
--!   its row was deleted: only what was read before that is left
--postgresql! DetachedInstanceError: <User 7> is not in a session, so its 'email' cannot be loaded
--postgresql!   its row was deleted: only what was read before that is left
w = User{id = 1}
moonbase.make_transient_to_detached(w)
print(w.name)
--! DetachedInstanceError: <User 1> is not in a session, so its 'name' cannot be loaded
--!   add it to a session: db.session:add(x)
