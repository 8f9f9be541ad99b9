-- A program's own kind of session (class_), sessions by scope (scopefunc), and moonbase.Session as a class.
moonbase = require 'moonbase'
Recording = {}
function Recording:add(object)
  self.info.added = (self.info.added or 0) + 1
  moonbase.Session.add(self, object)
end
function Recording:named(class, name) return self:query(class):filter_by{name = name}:one() end
function open(session_options)
  app = moonbase.App 'classes'
  app.config:update{DATABASE_URI = fresh_database(), BINDS = {copy = 'sqlite:///copy.db'}}
  db = moonbase.Database{app, session_options = session_options}
  User = db.Model 'User' {id = db.Column{db.Integer, primary_key = true}, name = db.Column{db.String(20)}}
  function User:__repr__() return '<User ' .. self.name .. '>' end
  db.create_all()
  db.metadata:create_all(db.engines.copy)
end

-- --- a class of sessions ------------------------------------------------------------------------------------------
open{class_ = Recording, autoflush = false, info = {started = 'here'}}
session = db.session
session:add(User{name = 'a'})
session:commit()
print(session.info.added, session:named(User, 'a'), session.autoflush, #session.new, session.info.started)
--> 1	<User a>	false	0	here
-- What is added to the class later is seen, too; what it lacks is every session's.
function Recording:forget() self:expunge_all() return self end
print(session:forget() == session, #session.identity_map, User.query:count())
--> true	0	1
session:nmaed()
--! AttributeError: Session has no attribute 'nmaed'
-- It may inherit.
Strict = setmetatable({}, {__index = Recording})
function Strict:add(object)
  if object.name == nil then error('a name is missing', 0) end
  Recording.add(self, object)
end
strict = moonbase.Session{class_ = Strict}
strict:add(User{})
--! a name is missing
strict:add(User{name = 'b'})
print(strict:named(User, 'b'), strict.info.added)
--> <User b>	1
strict:close()
Maker = moonbase.sessionmaker{class_ = Strict, autoflush = false}
made = Maker()
made:add(User{name = 'c'})
print(made.info.added, made.autoflush, #made.new)
--> 1	false	1
made:close()
-- An own get_bind chooses the engines; the answer of every session's is the one without it.
function Strict:get_bind(class, writes)
  local usual = moonbase.Session.get_bind(self, class, writes)
  return writes and usual or db.engines.copy
end
print(Maker():query(User):count(), made:get_bind(User) == db.engines.copy, made:get_bind(User, true) == db.engine)
--> 0	true	true
made:close()
-- The methods of every session, for such classes.
plain = moonbase.Session()
moonbase.Session.add_all(plain, {User{name = 'd'}, User{name = 'e'}})
print(moonbase.Session, #plain.new, plain.info.added)
--> <class Session>	2	nil
plain:close()
moonbase.Session.ad(plain, User{name = 'f'})
--! AttributeError: Session has no attribute 'ad'; did you mean 'add'?
moonbase.Session{class_ = 'Recording'}
--! TypeError: Session: 'class_' is a table of methods, got string
--!   class_ = {recent = function(session, class) … end}; session:recent(User)

-- --- sessions by scope -------------------------------------------------------------------------------------------
scope = 'first'
open{scopefunc = function() return scope end, class_ = Recording, expire_on_commit = false}
session = db.session
print(session, session.has())
--> <scoped_session>	false
session:add(User{name = 'one'})
print(#session.new, session.has(), session.info.added, session() == session.registry(), session.expire_on_commit)
--> 1	true	1	true	false
first = session()
scope = 'second'
print(session.has(), #session.new, session() == first)
--> false	0	false
session:add(User{name = 'two'})
session:commit()
-- Queries of a class are those of the present scope.
print(User.query:count(), db.paginate(db.select(User)).total, #first.new, moonbase.object_session(User.query:one()) == session())
--> 1	1	1	true
session:rollback()
scope = 'first'
session:commit()
print(User.query:count(), session:named(User, 'one'))
--> 2	<User one>
-- remove() ends the session of this scope, and of no other.
scope = 'second'
held = User.query:order_by(User.id):first()
session.remove()
print(session.has(), moonbase.inspect(held).state, first.is_active, #first.identity_map)
--> false	detached	true	1
scope = 'first'
print(session.has(), session() == first)
--> true	true
-- Other options for one session, or for those that are made from now on.
session{autoflush = false}
--! InvalidRequestError: this scope has a session already: it takes no other options
--!   remove() closes it.
session:remove()
print(session{autoflush = false}.autoflush, session.autoflush)
--> false	false
session:remove()
session:configure{autoflush = false}
print(session.autoflush)
--> false
db.create_all()
session:rollback()
-- A coroutine each.
open{scopefunc = coroutine.running}
function work(name)
  return coroutine.wrap(function()
    db.session:add(User{name = name})
    coroutine.yield(#db.session.new)
    coroutine.yield(#db.session.new)
  end)
end
a, b = work 'a', work 'b'
print(a(), b(), a(), b(), db.session.has())
--> 1	1	1	1	false
scope_error = moonbase.scoped_session(moonbase.sessionmaker{}, function() error('no scope here', 0) end)
scope_error:add(User{})
--! no scope here
db.event.listen(db.session, 'before_flush', print)
--! InvalidRequestError: a scoped_session stands for several sessions, and is none to listen to
--!   listen to moonbase.Session: the function is given the session it is about

-- --- mistakes -----------------------------------------------------------------------------------------------------
open{autoflsh = false}
--! TypeError: Session has no option 'autoflsh'; did you mean 'autoflush'?
open{scopefunc = 'thread'}
--! TypeError: scopefunc is a function, not a string
--!   scopefunc = function() return coroutine.running() end
open{scopefunc = coroutine.running, clas_ = Recording}
--! TypeError: Session has no option 'clas_'; did you mean 'class_'?
open(true)
--! TypeError: session_options is a table, not a boolean
--!   session_options = {autoflush = false, class_ = {…}, scopefunc = function() … end}
