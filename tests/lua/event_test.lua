-- Events: functions of a program that are called when a session, a class, an attribute or an engine does something.
moonbase = require 'moonbase'
app = moonbase.App 'events'
app.config:update{DATABASE_URI = fresh_database()}
db = moonbase.Database(app)
session, event = db.session, db.event
User = db.Model 'User' {
  id    = db.Column{db.Integer, primary_key = true},
  name  = db.Column{db.String(20), unique = true},
  email = db.Column{db.String(40)},
  posts = db.relationship{'Post', backref = 'author'},
}
function User:__repr__() return '<User ' .. tostring(self.name) .. '>' end
Post = db.Model 'Post' {
  id      = db.Column{db.Integer, primary_key = true},
  body    = db.Column{db.String(40)},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
}
function Post:__repr__() return '<Post ' .. tostring(self.body) .. '>' end
db.create_all()
heard = {}
function hear(text) heard[#heard + 1] = text end
function told()
  print(table.concat(heard, ' '))
  heard = {}
end
listening = {}
function listen(target, name, fn, options)
  listening[#listening + 1] = {target, name, fn}
  event.listen(target, name, fn, options or {})
end
function silence()
  for _, l in ipairs(listening) do
    if event.contains(l[1], l[2], l[3]) then event.remove(l[1], l[2], l[3]) end
  end
  listening = {}
end

-- --- rows -------------------------------------------------------------------------------------------------------
for _, name in ipairs{'before_insert', 'after_insert', 'before_update', 'after_update', 'before_delete', 'after_delete'} do
  listen(User, name, function(mapper, connection, target)
    assert(mapper == User and connection:scalar(db.text 'select 1') == 1)
    hear(name .. ':' .. target.name .. ':' .. tostring(target.id))
  end)
end
session:add_all{User{name = 'a'}, Post{body = 'not heard'}, User{name = 'b'}}
session:flush()
told()
--> before_insert:a:nil before_insert:b:nil after_insert:a:1 after_insert:b:2
a, b = session:get(User, 1), session:get(User, 2)
a.email = 'a@x'
b.email = nil
session:flush()
told()
--> before_update:a:1 before_update:b:2 after_update:a:1 after_update:b:2
session:delete(b)
session:commit()
told()
--> before_delete:b:2 after_delete:b:2
silence()
a.email = 'again'
session:commit()
told()
-->

-- What a hook does to its own object is written.
listen(User, 'before_insert', function(_, _, u) u.email = u.name .. '@example.org' end)
listen(User, 'before_update', function(_, _, u) u.email = u.email .. '!' end)
c = User{name = 'c'}
session:add(c)
session:flush()
c.email = 'hello'
session:commit()
print(c.email, session:scalar(db.text [[select email from "user" where name = 'c']]))
silence()
--> hello!	hello!
-- What it does to others is written by the next flush, with a warning.
a = User.query:filter_by{name = 'a'}:one()
print(a.email)
listen(Post, 'after_insert', function() a.email = 'from a hook' end)
for _, w in ipairs(moonbase.catch_warnings(function()
  session:add(Post{body = 'p'})
  session:commit()
end)) do print(w.message) end
print(a.email)
silence()
--> again
--> <User 1> was changed while <Post (pending)> is being written: the next flush writes it; change other objects in before_flush
--> from a hook
-- A hook that throws: the flush fails, nothing of it is kept, the session goes on after a rollback.
listen(User, 'before_insert', function(_, _, u) if u.name == 'bad' then error('not this one', 0) end end)
good, bad = User{name = 'good'}, User{name = 'bad'}
session:add_all{good, bad}
print(pcall(session.flush, session))
print(session.is_active, pcall(session.flush, session))
session:rollback()
print(User.query:count(), moonbase.inspect(good).state, good.name, good.id, session.is_active)
session:add(good)
session:commit()
print(User.query:count(), moonbase.inspect(good).state)
silence()
--> false	not this one
--> false	false	PendingRollbackError: this session's transaction was rolled back by a failed flush (not this one)
-->   call db.session:rollback(), then go on; objects you added are there to be changed and added again
--> 2	transient	good	nil	true
--> 3	persistent
-- One that flushes, commits or rolls back is refused.
for _, method in ipairs{'flush', 'commit', 'rollback', 'begin_nested', 'close'} do
  listen(User, 'after_insert', function() session[method](session) end, {once = true})
  session:add(User{name = method})
  local ok, err = pcall(session.flush, session)
  print(ok, err.message)
  session:rollback()
  silence()
end
print(User.query:count())
--> false	the session is flushing already: a hook must not call flush()
--> false	the session is flushing: a default or another hook must not call commit()
--> false	the session is flushing: a default or another hook must not call rollback()
--> false	the session is flushing: a default or another hook must not call begin_nested()
--> false	the session is flushing: a default or another hook must not call close()
--> 3
-- Statements through the connection are in the same transaction.
listen(User, 'after_insert', function(_, connection, u)
  connection:execute(db.insert(Post):values{body = 'welcome ' .. u.name, user_id = u.id})
end)
session:add(User{name = 'd'})
session:commit()
print(Post.query:filter_by{body = 'welcome d'}:one().author)
silence()
--> <User d>
listen(User, 'after_insert', function(_, connection) connection:commit() end, {once = true})
session:add(User{name = 'e'})
session:commit()
--! InvalidRequestError: this connection is in the hands of a session: commit() is the session's to do
--!   while after_insert of <User (pending)>
--!   db.session:commit() and db.session:rollback() end its transaction
session:rollback()

-- --- flushes ----------------------------------------------------------------------------------------------------
-- before_flush may add, change, delete and take out; all of it is in this flush.
silence()
listen(session, 'before_flush', function(s, context, instances)
  hear('before:' .. #s.new .. ',' .. #s.dirty .. ',' .. #s.deleted)
  for _, x in ipairs(s.new) do
    if tostring(x) == '<User unwanted>' then s:expunge(x) end
    if tostring(x) == '<User f>' then s:add(Post{body = 'made in before_flush', author = x}) end
  end
end)
listen(session, 'after_flush', function(s)
  hear('after:' .. #s.new)
  for _, x in ipairs(s.new) do
    -- The row is there, and a query finds the very object.
    if tostring(x) == '<User f>' then hear(tostring(rawequal(x, User.query:filter_by{name = 'f'}:one()))) end
  end
end)
listen(session, 'after_flush_postexec', function(s) hear('postexec:' .. #s.new) end)
session:add_all{User{name = 'f'}, User{name = 'unwanted'}}
session:flush()
told()
print(User.query:filter_by{name = 'unwanted'}:count(), Post.query:filter_by{body = 'made in before_flush'}:one().author)
session:commit()
silence()
heard = {}
--> before:2,0,0 after:2 true postexec:0
--> 0	<User f>
-- An error in before_flush comes before anything was sent: the session stays usable.
listen(session, 'before_flush', function() error('stop', 0) end, {once = true})
session:add(User{name = 'g'})
print(pcall(session.flush, session))
print(session.is_active, #session.new)
session:commit()
print(User.query:filter_by{name = 'g'}:count())
--> false	stop
--> true	1
--> 1
-- An error after the flush undoes it.
for _, name in ipairs{'after_flush', 'after_flush_postexec'} do
  listen(session, name, function() error('too late', 0) end, {once = true})
  h = User{name = 'h'}
  session:add(h)
  print(pcall(session.flush, session))
  print(session.is_active)
  session:rollback()
  print(moonbase.inspect(h).state, h.name, User.query:filter_by{name = 'h'}:count())
end
--> false	too late
--> false
--> transient	h	0
--> false	too late
--> false
--> transient	h	0
-- after_flush_postexec may add: the commit flushes until nothing is left, but not for ever.
listen(session, 'after_flush_postexec', function(s) s:add(Post{body = 'second round'}) end, {once = true})
session:add(User{name = 'i'})
session:commit()
print(Post.query:filter_by{body = 'second round'}:count())
--> 1
listen(session, 'after_flush_postexec', function(s) s:add(Post{body = 'endless'}) end)
session:add(User{name = 'j'})
session:commit()
--! FlushError: after 100 flushes there is still something to write
--!   a hook adds or changes an object in every flush: let it stop
silence()
session:rollback()
print(Post.query:filter_by{body = 'endless'}:count())
--> 0

-- --- transactions ------------------------------------------------------------------------------------------------
session:rollback()
for _, name in ipairs{'before_commit', 'after_commit', 'after_rollback'} do
  listen(session, name, function() hear(name) end)
end
listen(session, 'after_begin', function(_, t, connection) hear('after_begin:' .. tostring(t.nested) .. ':' .. tostring(connection.closed)) end)
listen(session, 'after_soft_rollback', function(_, t) hear('soft_rollback:' .. tostring(t.nested)) end)
listen(session, 'after_transaction_create', function(_, t) hear('create:' .. tostring(t.nested)) end)
listen(session, 'after_transaction_end', function(_, t) hear('end:' .. tostring(t.nested)) end)
session:add(User{name = 'k'})
session:commit()
told()
--> before_commit create:false after_begin:false:false after_commit end:false
session:add(User{name = 'l'})
session:flush()
session:rollback()
told()
--> create:false after_begin:false:false after_rollback soft_rollback:false end:false
session:begin_nested(function() session:add(User{name = 'm'}) end)
told()
session:begin_nested()
session:rollback()
told()
session:commit()
told()
--> create:false after_begin:false:false create:true after_begin:true:false before_commit after_commit end:true
--> create:true after_begin:true:false after_rollback soft_rollback:true end:true
--> before_commit after_commit end:false
session:add(User{name = 'k'})
pcall(session.flush, session)
told()
session:rollback()
told()
silence()
--> create:false after_begin:false:false after_rollback soft_rollback:false
--> soft_rollback:false end:false
-- Nothing can be sent while the commit is under way; what is loaded can be read.
n = User.query:filter_by{name = 'k'}:one()
listen(session, 'after_commit', function(s)
  hear(n.name)
  hear(tostring(select(2, pcall(User.query.count, User.query)).kind))
  hear(tostring(select(2, pcall(s.commit, s)).kind))
end, {once = true})
n.email = 'k@x'
session:commit()
told()
listen(session, 'after_commit', function() error('after the fact', 0) end, {once = true})
n.email = 'k@y'
print(pcall(session.commit, session))
print(session.is_active, n.email)
--> k InvalidRequestError InvalidRequestError
--> false	after the fact
--> true	k@y

-- --- states --------------------------------------------------------------------------------------------------------
session:close()
for _, name in ipairs{'before_attach', 'after_attach', 'transient_to_pending', 'pending_to_transient', 'pending_to_persistent',
  'detached_to_persistent', 'loaded_as_persistent', 'persistent_to_transient', 'persistent_to_detached',
  'persistent_to_deleted', 'deleted_to_persistent', 'deleted_to_detached'} do
  listen(session, name, function(s, x) hear(name .. (s == session and '' or '!')) end)
end
o = User{name = 'o'}
session:add(o) told()
session:expunge(o) told()
session:add(o)
session:flush() told()
session:rollback() told()
session:add(o)
session:commit() told()
session:delete(o)
session:flush() told()
session:rollback() told()
session:expunge(o) told()
session:add(o) told()
session:delete(o)
session:commit() told()
p = User.query:first() told()
session:expunge_all() told()
silence()
--> before_attach after_attach transient_to_pending
--> pending_to_transient
--> before_attach after_attach transient_to_pending pending_to_persistent
--> persistent_to_transient
--> before_attach after_attach transient_to_pending pending_to_persistent
--> persistent_to_deleted
--> deleted_to_persistent
--> persistent_to_detached
--> before_attach after_attach detached_to_persistent
--> persistent_to_deleted deleted_to_detached
--> loaded_as_persistent
--> persistent_to_detached

-- --- objects ---------------------------------------------------------------------------------------------------------
listen(User, 'init', function(target, kw)
  hear('init:' .. tostring(kw.name))
  kw.email = kw.email or 'given by init'
end)
listen(User, 'load', function(target, context) hear('load:' .. target.name .. ':' .. tostring(context.session == session)) end)
listen(User, 'refresh', function(target) hear('refresh:' .. target.name) end)
listen(User, 'expire', function(target, attrs) hear('expire:' .. (attrs and table.concat(attrs, ',') or 'all')) end)
q = User{name = 'q'}
print(q.email)
session:add(q)
session:commit()
told()
print(q.name)
told()
session:expire(q, {'email'})
session:refresh(q)
told()
session:close()
heard = {}
q = User.query:filter_by{name = 'q'}:one()
told()
silence()
--> given by init
--> init:q expire:all
--> q
--> refresh:q
--> expire:email expire:all refresh:q
--> load:q:true
-- A hook may use the session while objects are loaded, but not end what they are loaded in.
listen(User, 'load', function(u)
  hear(tostring(#u.posts))
  local ok, err = pcall(session.commit, session)
  hear(err.message)
end)
session:close()
User.query:filter_by{name = 'd'}:one()
told()
silence()
--> 1 objects are being loaded: a load or refresh hook must not call commit()

-- --- attributes ------------------------------------------------------------------------------------------------------
listen(User.email, 'set', function(target, value, old, initiator)
  hear(tostring(old) .. '->' .. tostring(value) .. ':' .. initiator.key)
  return value and value:lower()
end, {retval = true})
r = User{name = 'r', email = 'R@X.ORG'}
print(r.email)
r.email = 'R2@X.ORG'
r.email = nil
print(r.email)
told()
silence()
--> r@x.org
--> nil
--> nil->R@X.ORG:email r@x.org->R2@X.ORG:email r2@x.org->nil:email
listen(User.email, 'set', function() error('refused', 0) end)
print(pcall(function() r.email = 'x' end))
print(r.email)
silence()
--> false	refused
--> nil
for _, name in ipairs{'append', 'remove'} do
  listen(User.posts, name, function(target, value, initiator) hear(name .. ':' .. value.body .. ':' .. initiator.key) end)
end
listen(User.posts, 'bulk_replace', function(target, values) hear('bulk:' .. #values) end)
listen(Post.author, 'set', function(target, value, old, initiator)
  hear('author of ' .. target.body .. ':' .. tostring(old) .. '->' .. tostring(value) .. ':' .. initiator.key)
end)
s, t = User{name = 's'}, User{name = 't'}
x, y = Post{body = 'x'}, Post{body = 'y'}
s.posts:append(x) told()
x.author = t told()
t.posts:remove(x) told()
s.posts = {x, y} told()
s.posts = {y} told()
y.author = nil told()
print(#s.posts)
silence()
--> append:x:posts author of x:nil-><User s>:posts
--> author of x:<User s>-><User t>:author remove:x:author append:x:author
--> remove:x:posts author of x:<User t>->nil:posts
--> bulk:2 append:x:posts author of x:nil-><User s>:posts append:y:posts author of y:nil-><User s>:posts
--> bulk:1 remove:x:posts author of x:<User s>->nil:posts
--> author of y:<User s>->nil:author remove:y:author
--> 0
-- A function that refuses leaves both sides as they were; one with retval gives another object.
listen(User.posts, 'append', function(_, value) if value.body == 'x' then error('not x', 0) end end)
print(pcall(function() x.author = s end))
print(x.author, #s.posts)
silence()
listen(User.posts, 'append', function(_, value) return value.body == 'x' and y or value end, {retval = true})
s.posts:append(x)
print(s.posts[1], y.author, x.author)
silence()
--> false	not x
--> nil	0
--> <Post y>	<User s>	nil
listen(User.posts, 'append', function() return 'no post' end, {retval = true})
s.posts:append(x)
--! TypeError: a function that listens to User.posts with retval = true must return a Post, got string
--!   return the value it was given, or another object of the class
silence()

-- --- statements ----------------------------------------------------------------------------------------------------------
listen(session, 'do_orm_execute', function(state)
  hear(tostring(state.is_select) .. tostring(state.is_update))
  if state.is_select then state.statement = state.statement:where(User.name == 'd') end
end)
print(#session:scalars(db.select(User)):all())
session:execute(db.update(User):where(User.name == 'nobody'):values{email = 'x'})
told()
silence()
--> 1
--> truefalse falsetrue
listen(session, 'after_bulk_update', function(c) hear('updated ' .. c.rowcount .. ' ' .. tostring(c.mapper)) end)
listen(session, 'after_bulk_delete', function(c) hear('deleted ' .. c.rowcount) end)
User.query:filter_by{name = 'd'}:update{email = 'bulk'}
User.query:filter_by{name = 'nobody'}:delete()
told()
session:rollback()
silence()
--> updated 1 <class User> deleted 0

-- --- engines ----------------------------------------------------------------------------------------------------------------
session:close()
listen(db.engine, 'before_cursor_execute', function(conn, cursor, statement, parameters, context, many)
  hear('[' .. statement:match '^%S+ *%S*' .. ' ' .. #parameters .. tostring(many) .. ']')
end)
listen(db.engine, 'after_cursor_execute', function() hear 'done' end)
for _, name in ipairs{'begin', 'commit', 'rollback'} do
  listen(db.engine, name, function(conn) hear(name) end)
end
listen(db.engine, 'handle_error', function(c) hear(c.original_exception.kind) end)
session:add(User{name = 'u1'})
session:commit()
told()
session:add(User{name = 'u1'})
pcall(session.flush, session)
session:rollback()
told()
session:scalar(db.select(User.id):where(User.name == 'd'))
session:rollback()
told()
silence()
-- Of an error that the database finds while it prepares the statement, too.
listen(db.engine, 'handle_error', function(c) hear(c.original_exception.kind) end)
pcall(session.execute, session, db.text 'SELECT nonsense')
session:rollback()
told()
silence()
--> begin [INSERT INTO 2true] done commit
--> begin [INSERT INTO 2true] IntegrityError rollback
--> begin [SELECT user.id 1false] done rollback
--> OperationalError
--postgresql> begin [INSERT INTO 2true] done commit
--postgresql> begin [INSERT INTO 2true] IntegrityError rollback
--postgresql> begin [SELECT "user".id 1false] done rollback
--postgresql> ProgrammingError
other = moonbase.create_engine 'sqlite://'
event.listen(other, 'connect', function(connection) connection:execute 'create table made (id integer)' end)
do
  local conn <close> = other:connect()
  print(conn:scalar(db.text 'select count(*) from made'))
end
--> 0

-- --- listening ------------------------------------------------------------------------------------------------------------------
-- Options: once, named, insert; in braces or behind.
event.listen{User, 'before_insert', function(arguments) hear('named:' .. arguments.target.name) end, named = true, once = true}
event.listen(User, 'before_insert', function() hear 'first' end, {insert = true, once = true})
session:add(User{name = 'v'})
session:flush()
session:add(User{name = 'w'})
session:flush()
told()
session:rollback()
--> first named:v
fn = event.listens_for(User, 'before_insert')(function() hear 'decorated' end)
print(event.contains(User, 'before_insert', fn), event.contains(Post, 'before_insert', fn))
event.listen(User, 'before_insert', fn)
session:add(User{name = 'v'})
session:flush()
told()
event.remove(User, 'before_insert', fn)
print(event.contains(User, 'before_insert', fn))
session:rollback()
--> true	false
--> decorated
--> false
event.remove(User, 'before_insert', fn)
--! InvalidRequestError: this function does not listen to before_insert there
--!   keep the function that was given to listen, and give the same one
-- All sessions, all classes.
fn = function(s) hear(s == session and 'db.session' or 'another') end
event.listen(moonbase.Session, 'before_flush', fn)
second = moonbase.Session{bind = db.engine}
session:add(User{name = 'x1'}) session:flush()
second:add(User{name = 'x2'}) pcall(second.flush, second)
event.remove(moonbase.Session, 'before_flush', fn)
second:close()
session:rollback()
fn = function(mapper) hear(mapper.__name__) end
event.listen(db.Model, 'before_insert', fn, {propagate = true})
session:add_all{User{name = 'x1'}, Post{body = 'x2'}}
session:flush()
event.remove(db.Model, 'before_insert', fn)
session:rollback()
told()
--> db.session another User Post
-- A session and the functions that listen to it are collected together.
do
  local third = moonbase.Session{bind = db.engine}
  gone = setmetatable({}, {__mode = 'v'})
  gone[1] = function() return third end
  event.listen(third, 'before_flush', gone[1])
end
third = nil
collectgarbage() collectgarbage() collectgarbage()
print(gone[1])
--> nil

-- --- mistakes ------------------------------------------------------------------------------------------------------------------------
event.listen(User, 'before_inser', print)
--! InvalidRequestError: there is no event 'before_inser' of a class; did you mean 'before_insert'?
--!   there are init, load, refresh, expire, before_insert, after_insert, before_update, after_update, before_delete, after_delete
event.listen(session, 'before_insert', print)
--! InvalidRequestError: before_insert is no event of a session, but of a class
--!   give User, or db.Model for all classes as the target
event.listen({}, 'before_insert', print)
--! InvalidRequestError: there is nothing to listen to on a table
--!   listen to a class (User), an attribute (User.email), a session (db.session, or moonbase.Session for all) or an engine (db.engine)
event.listen(User, 'before_insert', 'print')
--! TypeError: listen: argument 3: expected function, got string
event.listen(User, 'before_insert')
--! TypeError: listen takes a target, the event's name and a function
--!   db.event.listen(User, 'before_insert', function(mapper, connection, target) … end)
event.listen(User, 'before_insert', print, {retval = true})
--! ArgumentError: before_insert does nothing with what a function returns
--!   retval = true is for set, append and bulk_replace of an attribute
event.listen(User, 'before_insert', print, {onec = true})
--! TypeError: listen has no option 'onec'; did you mean 'once'?
