-- Transactions and savepoints: the function, the block, the error, the coroutine; what is kept.
moonbase = require 'moonbase'
app = moonbase.App 'transactions'
app.config:update{DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
db = moonbase.Database(app)
session = db.session
function sql()
  for _, q in ipairs(db.get_recorded_queries()) do
    local values = {}
    for i, v in ipairs(q.parameters or {}) do values[i] = tostring(v) end
    print((q.statement:gsub('%s+', ' ')) .. (values[1] and '  [' .. table.concat(values, ', ') .. ']' or ''))
  end
  db.clear_recorded_queries()
end
function state(x) return moonbase.inspect(x).state end
User = db.Model 'User' {
  id   = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(64), unique = true},
  tags = db.relationship{'Tag', backref = 'user'},
}
Tag = db.Model 'Tag' {
  id      = db.Column{db.Integer, primary_key = true},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
}
db.create_all()
function count() return session:execute(db.text 'select count(*) from "user"'):scalar() end
db.clear_recorded_queries()

-- --- a savepoint around a function ---------------------------------------------------------------------------
a = User{name = 'a'}
session:add(a)
result = table.pack(session:begin_nested(function(sp)
  session:add(User{name = 'b'})
  print(sp, sp.is_active)
  return 1, nil, 'three'
end))
print(result.n, result[1], result[2], result[3])
session:commit()
sql()
print(count())
--> <savepoint, active>	true
--> 3	1	nil	three
--> BEGIN IMMEDIATE
--> INSERT INTO user (name) VALUES (?)  [a]
--> SAVEPOINT sa_savepoint_1
--> INSERT INTO user (name) VALUES (?)  [b]
--> RELEASE SAVEPOINT sa_savepoint_1
--> COMMIT
--> 2
c = User{name = 'c'}
ok, err = pcall(session.begin_nested, session, function()
  session:add(c)
  a.name = 'changed inside'
  session:flush()
  error({code = 7})
end)
print(ok, err.code, state(c), c.name, a.name, session.is_active)
session:commit()
print(count())
--> false	7	transient	c	a	true
--> 2
-- A failed flush inside costs only what is inside.
a.name = 'kept'
ok, err = pcall(session.begin_nested, session, function() session:add(User{name = 'b'}) end)
print(ok, err.kind, session.is_active, a.name)
session:commit()
print(a.name, count())
sql()
--> false	IntegrityError	true	kept
--> kept	2
--> BEGIN
--> select count(*) from "user"
--> COMMIT
--> BEGIN IMMEDIATE
--> SAVEPOINT sa_savepoint_1
--> UPDATE user SET name=? WHERE user.id = ?  [changed inside, 1]
--> INSERT INTO user (name) VALUES (?)  [c]
--> ROLLBACK TO SAVEPOINT sa_savepoint_1
--> RELEASE SAVEPOINT sa_savepoint_1
--> SELECT user.id AS user_id, user.name AS user_name FROM user WHERE user.id = ?  [1]
--> COMMIT
--> BEGIN
--> select count(*) from "user"
--> COMMIT
--> BEGIN IMMEDIATE
--> UPDATE user SET name=? WHERE user.id = ?  [kept, 1]
--> SAVEPOINT sa_savepoint_1
--> INSERT INTO user (name) VALUES (?)  [b]
--> ROLLBACK TO SAVEPOINT sa_savepoint_1
--> ROLLBACK TO SAVEPOINT sa_savepoint_1
--> RELEASE SAVEPOINT sa_savepoint_1
--> COMMIT
--> BEGIN
--> SELECT user.id AS user_id, user.name AS user_name FROM user WHERE user.id = ?  [1]
--> select count(*) from "user"
-- A failure that the function keeps to itself rolls back all the same.
session:begin_nested(function()
  session:add(User{name = 'b'})
  print(pcall(session.flush, session))
  print(session.is_active)
end)
--> false	IntegrityError: UNIQUE constraint failed: user.name
-->   while INSERT of <User (pending)> (name = 'b')
-->   [SQL: INSERT INTO user (name) VALUES (?)]
-->   [parameters: ('b')]
-->   User.name must be unique, and 'b' is taken: give <User (pending)> another value
-->   the object that has it: User.query:filter_by{name = 'b'}:first()
-->   nothing of this flush was kept; the end of the begin_nested block, or db.session:rollback(), undoes what came since the savepoint
--> false
--postgresql> false	IntegrityError: duplicate key value violates unique constraint "user_name_key": Key (name)=(b) already exists.
--postgresql>   DETAIL:  Key (name)=(b) already exists.
--postgresql>   while INSERT of <User (pending)> (name = 'b')
--postgresql>   User.name must be unique, and 'b' is taken: give <User (pending)> another value
--postgresql>   the object that has it: User.query:filter_by{name = 'b'}:first()
--postgresql>   nothing of this flush was kept; the end of the begin_nested block, or db.session:rollback(), undoes what came since the savepoint
--postgresql> false
print(session.is_active, count())
--> true	2

-- --- as a block --------------------------------------------------------------------------------------------
session:rollback()
do
  local sp <close> = session:begin_nested()
  session:add(User{name = 'd'})
end
for i = 1, 3 do
  local sp <close> = session:begin_nested()
  session:add(User{name = 'loop ' .. i})
  if i == 2 then break end
end
function early()
  local sp <close> = session:begin_nested()
  session:add(User{name = 'early'})
  return 'returned'
end
print(early(), count(), session:in_transaction())
--> returned	6	true
function failing()
  local sp <close> = session:begin_nested()
  session:add(User{name = 'never'})
  session:flush()
  error 'left by an error'
end
print((select(2, pcall(failing)):gsub('^.-: ', '')), count())
--> left by an error	6
-- A coroutine that is closed, or dropped, keeps nothing.
co = coroutine.create(function()
  local sp <close> = session:begin_nested()
  session:add(User{name = 'in coroutine'})
  session:flush()
  coroutine.yield(count())
end)
print(coroutine.resume(co))
print(coroutine.close(co), count())
--> true	7
--> true	6
co = coroutine.wrap(function()
  session:begin_nested(function()
    session:add(User{name = 'across yields'})
    coroutine.yield(count())
    coroutine.yield(count())
  end)
  return 'done'
end)
print(co(), co(), co(), count())
--> 7	7	done	7
co = coroutine.create(function()
  session:begin_nested(function()
    session:add(User{name = 'closed while it waits'})
    session:flush()
    coroutine.yield(count())
  end)
end)
print(coroutine.resume(co))
print(coroutine.close(co), count())
--> true	8
--> true	7
-- By hand, and more than once.
sp = session:begin_nested()
session:add(User{name = 'by hand'})
session:flush()
sp:rollback()
print(count(), sp.is_active)
sp:rollback()
sp = session:begin_nested()
session:add(User{name = 'by hand'})
sp:commit()
print(count(), sp.is_active)
--> 7	false
--> 8	false
-- Inner savepoints that nobody ended go with the outer one.
outer = session:begin_nested()
session:add(User{name = 'x1'})
inner = session:begin_nested()
session:add(User{name = 'x2'})
outer:rollback()
print(count(), inner.is_active)
--> 8	false
inner:commit()
--! InvalidRequestError: this transaction is ended already: nothing can be committed with it
inner:rollback()
print(count())
session:commit()
print(session:in_transaction(), count())
session:rollback()
--> 8
--> false	8

-- --- objects follow ---------------------------------------------------------------------------------------
a = User.query:filter_by{name = 'kept'}:one()
sp = session:begin_nested()
t = Tag{user = a}
session:add(t)
session:flush()
print(#a.tags, state(t), t.id)
session:delete(a.tags[1])
session:flush()
print(state(t))
sp:rollback()
print(#a.tags, state(t), t.user)
--> 1	persistent	1
--> deleted
--> 0	transient	<User 1>
b = User.query:filter_by{name = 'b'}:one()
sp = session:begin_nested()
session:delete(b)
b = nil
session:flush()
sp:rollback()
print(User.query:filter_by{name = 'b'}:one().name)
sp = session:begin_nested()
a.id = 500
session:flush()
print(session:get(User, 500) == a)
sp:rollback()
print(a.id, session:get(User, 500), session:get(User, a.id) == a)
session:rollback()
--> b
--> true
--> 1	nil	true
-- session.rollback ends the innermost; commit commits all of them.
session:begin_nested()
session:add(User{name = 'y'})
session:flush()
session:rollback()
print(count(), session:in_transaction())
session:begin_nested()
session:begin_nested()
session:add(User{name = 'z'})
session:commit()
print(session:in_transaction(), User.query:filter_by{name = 'z'}:count())
--> 8	true
--> false	1

-- --- begin --------------------------------------------------------------------------------------------------
session:rollback()
db.clear_recorded_queries()
session:begin(function() session:add(User{name = 'begun'}) end)
print(session:in_transaction(), pcall(session.begin, session, function() session:add(User{name = 'lost'}); error('x', 0) end))
print(session:in_transaction())
sql()
print(count())
--> false	false	x
--> false
--> BEGIN IMMEDIATE
--> INSERT INTO user (name) VALUES (?)  [begun]
--> COMMIT
--> 10
session:begin()
--! InvalidRequestError: a transaction is open in this session already
--!   commit() or rollback() first; begin_nested() opens a savepoint inside it
session:rollback()
do
  local tx <close> = session:begin()
  session:add(User{name = 'block'})
end
print(session:in_transaction(), count())
session:rollback()
--> false	11
session:begin_nested(3)
--! TypeError: begin_nested: argument 1: expected function, got number
session:begin 'x'
--! TypeError: begin: argument 1: expected function, got string
session.begin_nested(function() end)
--! TypeError: db.session.begin_nested(…): methods take a colon: db.session:begin_nested(…)

-- --- coroutines and loops over queries -----------------------------------------------------------------------
session:rollback()
walk = coroutine.wrap(function()
  for u in User.query:order_by(User.id) do coroutine.yield(u.name) end
end)
print(walk(), walk())
session:add(User{name = 'meanwhile'})
session:commit()
print(walk())
walk = nil
collectgarbage()
session:commit()
print(count())
--> kept	b
--> d
--> 12
