-- Comparison operators inside query-building calls: the SQL they build, and plain Lua left alone.
require 'people'
local_name = 'bob'

-- --- every operator, on both sides ---
print(db.expr(User.age == 18))
print(db.expr(User.age ~= 18))
print(db.expr(User.age < 18))
print(db.expr(User.age <= 18))
print(db.expr(User.age > 18))
print(db.expr(User.age >= 18))
--> user.age = ?
--> user.age != ?
--> user.age < ?
--> user.age <= ?
--> user.age > ?
--> user.age >= ?
print(db.expr(18 == User.age))
print(db.expr(18 ~= User.age))
print(db.expr(18 < User.age))
print(db.expr(18 <= User.age))
print(db.expr(18 > User.age))
print(db.expr(18 >= User.age))
--> user.age = ?
--> user.age != ?
--> user.age > ?
--> user.age >= ?
--> user.age < ?
--> user.age <= ?
print(db.expr(User.id == User.age), db.expr(User.id < User.age), db.expr(User.age > User.id + 1))
--> user.id = user.age	user.id < user.age	user.age > user.id + ?
print(db.expr(User.name == 'bob'), db.expr(User.name ~= local_name), db.expr(Seat.taken == true))
--> user.name = ?	user.name != ?	seat.taken = ?
print(db.expr(db.func.length(User.name) > 2), db.expr(User.name .. '!' == 'bob!'), db.expr(-User.id < -1))
--> length(user.name) > ?	user.name || ? = ?	-user.id < ?
print(db.expr(User.__table__.c.age >= 18), db.expr(db.alias(User.__table__, 'other').c.age == User.age))
--> user.age >= ?	other.age = user.age

-- --- nil and null ---
print(db.expr(User.email == nil), db.expr(User.email ~= nil), db.expr(nil == User.email), db.expr(nil ~= User.email))
--> user.email IS NULL	user.email IS NOT NULL	user.email IS NULL	user.email IS NOT NULL
print(db.expr(User.email == db.null), db.expr(db.null ~= User.email))
--> user.email IS NULL	user.email IS NOT NULL
email = {}
print(db.expr(User.email == email.none))
--> user.email IS NULL
db.expr(User.age < nil)
--! ArgumentError: '<' with NULL is never true; nothing can be compared so
--!   compare with nil by == and ~= only: they become IS NULL and IS NOT NULL
db.expr(nil >= User.age)
--! ArgumentError: '<=' with NULL is never true; nothing can be compared so
--!   compare with nil by == and ~= only: they become IS NULL and IS NOT NULL

-- --- in the calls of a query ---
show(User.query:filter(User.name == 'bob'):all())
--> {<User bob>}
show(User.query:filter(User.age == 20, User.email ~= nil):all())
--> {<User cyd>}
show(User.query:filter(User.age >= 18 and not (User.email == nil)):order_by(User.id):all())
--> {<User ada>, <User cyd>}
show(User.query:filter(User.name == 'ada' or User.age < 21 and User.email == nil):order_by(User.id):all())
--> {<User ada>, <User bob>}
print(Post.query:join(User, User.id == Post.user_id):filter(User.name == 'ada' or Post.title:like '%b%'):count())
--> 3
show(db.session:execute(db.select(User.name):where(User.age > 20)):scalars():all())
--> {ada}
print(db.session:query(User.age, db.func.count(User.id)):group_by(User.age):having(db.func.count(User.id) > 1):one())
--> (20, 2)
print(User.query:filter(User.posts:any(Post.title == 'a1')):one(), User.query:filter(User.posts:any(Post.title == 'b1' or Post.id > 99)):one())
--> <User ada>	<User bob>
print(Post.query:filter(Post.author:has(User.name == 'bob')):one())
--> <Post b1>
print(db.session:query(db.case{ {User.age >= 30, 'old'}, {User.age < 21, 'young'}, else_ = 'between' }):order_by(User.id):first()[1])
--> old
print(db.not_(User.age == 1), db.and_(User.age > 1, User.id ~= 2), db.or_(User.age > 1, User.id ~= 2))
--> user.age != ?	user.age > ? AND user.id != ?	user.age > ? OR user.id != ?
print(db.session:query(db.func.count(User.id):filter(User.age == 20)):scalar())
--> 2
print(db.select((User.age > 18):label 'adult', User.id))
--> SELECT user.age > ? AS adult, user.id
--> FROM user
show(User.query:order_by(User.age == 20, User.name):all())
--> {<User ada>, <User bob>, <User cyd>}
print(User.query:filter(User.id == 1):update{age = User.age + 1}, User.query:get(1).age)
--> 1	37
print(db.exists(db.select(Post.id):where(Post.user_id == User.id)))
--> EXISTS (SELECT post.id
--> FROM post, user
--> WHERE post.user_id = user.id)

-- --- relationships ---
print(db.expr(Post.author == ada))
print(db.expr(ada == Post.author))
print(db.expr(Post.author ~= ada))
print(db.expr(Post.author == nil))
print(db.expr(Post.author ~= nil))
--> post.user_id = ?
--> post.user_id = ?
--> post.user_id != ? OR post.user_id IS NULL
--> post.user_id IS NULL
--> post.user_id IS NOT NULL
show(Post.query:filter(Post.author == bob):all())
--> {<Post b1>}
db.expr(Post.author == ada.posts[1])
--! ArgumentError: Post.author is compared with a User object or nil, got a Post
db.expr(Post.author < ada)
--! ArgumentError: Post.author is a relationship, and has no order for '<'
--!   compare a column of the other class: Post.author:has(…)
db.expr(User.posts == ada.posts[1])
--! InvalidRequestError: User.posts is a collection and cannot be compared with one object
--!   use User.posts:contains(x) or :any(…)
db.expr(Post.author and Post.id > 3)
--! ArgumentError: 'and' has a condition after Post.author
--!   compare it: Post.author ~= nil
db.expr(Post.id > 3 and Post.author)
--! ArgumentError: a condition is combined by 'and' with Post.author
--!   write Post.author ~= nil
db.expr(not Post.author)
--! ArgumentError: 'not' has Post.author
--!   write Post.author == nil

-- --- subqueries ---
print(db.expr(User.age == db.select(db.func.max(User.age))))
--> user.age = (SELECT max(user.age) AS max_1
--> FROM user)
show(User.query:filter(User.age == db.select(db.func.max(User.age))):all())
--> {<User ada>}
show(User.query:filter(db.session:query(db.func.min(User.id)) == User.id):all())
--> {<User ada>}
-- A query by itself is a value of Lua.
query = User.query
print(db.func.count(query ~= nil and User.id or 5))
--> count(user.id)

-- --- and, or, not ---
print(db.expr(User.age > 1 and User.age < 9 and User.id ~= 5))
print(db.expr(User.age > 1 or User.age < 9 or User.id ~= 5))
print(db.expr((User.age > 1 or User.age < 9) and User.id ~= 5))
print(db.expr(not (User.age > 1)), db.expr(not (User.age > 1 or User.id == 2)), db.expr(not Seat.taken))
print(db.expr(Seat.taken and Seat.row == 1), db.expr(not not Seat.taken))
--> user.age > ? AND user.age < ? AND user.id != ?
--> user.age > ? OR user.age < ? OR user.id != ?
--> (user.age > ? OR user.age < ?) AND user.id != ?
--> user.age <= ?	NOT (user.age > ? OR user.id = ?)	seat.taken = 0
--> seat.taken = 1 AND seat."row" = ?	seat.taken
-- Lua's own values decide first.
options, flag, minimum = {}, true, 18
print(db.expr(flag and User.age > minimum), db.expr(options.absent or User.age > minimum))
print(db.expr(minimum and User.age > minimum or User.id == 1), db.expr(not flag or User.age > 5))
--> user.age > ?	user.age > ?
--> user.age > ? OR user.id = ?	user.age > ?
desc = true
show(User.query:order_by(desc and User.name:desc() or User.id):all())
desc = false
show(User.query:order_by(desc and User.name:desc() or User.id):all())
--> {<User cyd>, <User bob>, <User ada>}
--> {<User ada>, <User bob>, <User cyd>}
print(db.select(desc and User.name or User.id), db.select(not desc and User.name or User.id))
--> SELECT user.id
--> FROM user	SELECT user.name
--> FROM user
print(db.select(desc or db.func.anything(User.id) or User.id), db.select(not desc and db.func.anything(User.id) and User.name))
--> SELECT anything(user.id) AS anything_1
--> FROM user	SELECT user.name
--> FROM user
print(db.expr(db.func.first_one(User.id) and User.id > 3))
--> first_one(user.id) AND user.id > ?
print(db.expr(db.text 'a = 1' and User.id > 3), db.expr(db.exists(db.select(Post.id)) or User.id > 3))
--> (a = 1) AND user.id > ?	EXISTS (SELECT post.id
--> FROM post) OR user.id > ?
print(#tostring(db.expr(User.id == 1 or User.id == 2 or User.id == 3 or User.id == 4 or User.id == 5 or User.id == 6
  or User.id == 7 or User.id == 8 or User.id == 9 or User.id == 10 or User.id == 11 or User.id == 12
  or User.id == 13 or User.id == 14 or User.id == 15 or User.id == 16 or User.id == 17 or User.id == 18
  or User.id == 19 or User.id == 20 or User.id == 21 or User.id == 22 or User.id == 23 or User.id == 24
  or User.id == 25 or User.id == 26 or User.id == 27 or User.id == 28 or User.id == 29 or User.id == 30
  or User.id == 31 or User.id == 32 or User.id == 33 or User.id == 34 or User.id == 35 or User.id == 36
  or User.id == 37 or User.id == 38 or User.id == 39 or User.id == 40 or User.id == 41 or User.id == 42
  or User.id == 43 or User.id == 44 or User.id == 45 or User.id == 46 or User.id == 47 or User.id == 48
  or User.id == 49 or User.id == 50 or User.id == 51 or User.id == 52 or User.id == 53)))
--> 791

-- --- combined wrongly ---
db.expr(User.age > 18 and options.absent)
--! ArgumentError: a condition is combined by 'and' with nil
--!   a name that is not defined is nil; a comparison with NULL is written User.email == nil
db.expr(User.age > 18 and flag)
--! ArgumentError: a condition is combined by 'and' with true
--!   what decides without SQL comes first: flag and User.age > 18; SQL's own truth values are db.true_() and db.false_()
db.expr(User.age == 18 or 19)
--! ArgumentError: a condition is combined by 'or' with 19
--!   write User.age == 18 or User.age == 19, or User.age:in_{18, 19}
db.expr(User.name == 'ada' or 'bob')
--! ArgumentError: a condition is combined by 'or' with 'bob'
--!   write User.name == 'ada' or User.name == 'bob', or User.name:in_{'ada', 'bob'}
db.expr(User.age > 18 and User.name)
--! ArgumentError: a condition is combined by 'and' with User.name, which is no condition but a value of type String(40)
--!   compare it: User.name == …
db.expr(User.name and User.age > 18)
--! ArgumentError: 'and' has a condition after User.name, which is no condition but a value of type String(40)
--!   compare it: User.name == …
db.expr(User.age > 18 and ada)
--! ArgumentError: a condition is combined by 'and' with a User
--!   write a comparison on each side: User.age > 18 and User.age < 30
db.expr(User.age > 18 and {})
--! ArgumentError: a condition is combined by 'and' with a table
--!   write a comparison on each side: User.age > 18 and User.age < 30
db.expr(not User.age == 18)
--! ArgumentError: 'not' has User.age, which is no condition but a value of type Integer
--!   not comes before the comparison in Lua: did you mean not (User.age == …)?
db.expr(not User.age)
--! ArgumentError: 'not' has User.age, which is no condition but a value of type Integer
--!   not comes before the comparison in Lua: did you mean not (User.age == …)?
db.expr(18 <= User.age <= 30)
--! ArgumentError: a condition is compared with 30 by '<='
--!   write User.age:between(18, 30), or User.age >= 18 and User.age <= 30
db.expr(30 > User.age > 18)
--! ArgumentError: a condition is compared with 18 by '>'
--!   write User.age:between(18, 30), or User.age < 30 and User.age > 18
db.expr(User.age > 18 > 3)
--! ArgumentError: a condition is compared with 3 by '>'
--!   write User.age > 18 and User.age > 3
db.expr(User.age == 1 | User.id == 2)
--! ArgumentError: '|' got a number instead of a condition
--!   | and & bind tighter than ==: write (User.a == 1) | (User.b == 2), or use or and and
db.expr((User.age == 1) == true)
--! ArgumentError: a condition is compared with true by '=='
--!   a condition is true or false by itself: write it alone, or not (…)
db.expr(User.age == User.id == 2)
--! ArgumentError: a condition is compared with 2 by '=='
--!   conditions are joined by and and or; beside | and & each needs parentheses: (User.a == 1) | (User.b == 2)
print(db.expr((User.age == 1) | (User.id == 2)), db.expr((User.age == 1) == (User.id == 2)))
--> user.age = ? OR user.id = ?	(user.age = ?) = (user.id = ?)
db.expr(User.age == {1, 2})
--! ArgumentError: User.age: expected a value or an SQL expression, got table
--!   for a list of values write :in_{…}
db.expr(User.age == print)
--! ArgumentError: User.age: expected a value or an SQL expression, got function
--!   call the function; for SQL functions write db.func.name(…)
db.expr(User.age == ada)
--! ArgumentError: User.age: expected a value or an SQL expression, got User
--!   a column is compared with a value, another column or a query of one column; to compare with an object, use the relationship (Post.author:eq(user)) or the object's key (Post.user_id:eq(user.id))
db.expr(User.age == User)
--! ArgumentError: User.age: expected a value or an SQL expression, got the model class User
--!   a column is compared with a value, another column or a query of one column; to compare with an object, use the relationship (Post.author:eq(user)) or the object's key (Post.user_id:eq(user.id))
db.expr(User.age == 'ada')
--! TypeError: User.age: Integer takes a whole number, got text 'ada'

-- --- names that are not defined ---
johns = 'x'
User.query:filter(User.name == john)
--! NameError: 'john' is not defined; did you mean 'johns'?
User.query:filter(jhons == User.name)
--! NameError: 'jhons' is not defined; did you mean 'johns'?
local inner_name = 'x'
User.query:filter(User.name == iner_name)
--! NameError: 'iner_name' is not defined; did you mean 'inner_name'?
User.query:filter(flag and User.name == jonhs)
--! NameError: 'jonhs' is not defined; did you mean 'johns'?
User.query:filter(flag and jonhs)
--! NameError: 'jonhs' is not defined; did you mean 'johns'?
User.query:filter(User.age > 3 and jonhs)
--! NameError: 'jonhs' is not defined; did you mean 'johns'?
User.query:filter(User.id == 1, zzzzzz)
--! NameError: 'zzzzzz' is not defined
--!   a name that is not defined is nil, which would be NULL here: write nil to mean that
db.select(Usr)
--! NameError: 'Usr' is not defined; did you mean 'User'?
db.func.count(jonhs)
--! NameError: 'jonhs' is not defined; did you mean 'johns'?
User.query:filter_by{name = jonhs}
--! NameError: 'jonhs' is not defined; did you mean 'johns'?
User.query:filter(User.id:in_{1, jonhs})
--! NameError: 'jonhs' is not defined; did you mean 'johns'?
-- A field that is nil is no such name, nor is a local.
local nothing
print(db.expr(User.name == email.none), db.expr(User.name == nothing))
--> user.name IS NULL	user.name IS NULL

-- --- keys whose value is nil ---
show(User.query:filter_by{email = email.none}:all())
--> {<User bob>}
show(User.query:filter_by{email = nil, age = 20}:all())
--> {<User bob>}
show(Post.query:filter_by{author = nil}:all())
--> {<Post nobody>}
User.query:filter_by{}
--! ArgumentError: filter_by{} names nothing to compare
--!   a name whose value is nil vanishes from a Lua table: for IS NULL write filter_by{email = db.null}
User.query:filter_by{emial = nil}
--! InvalidRequestError: User has no attribute 'emial'; did you mean 'email'?
print(User.query:filter_by{name = 'cyd'}:update{email = nil}, User.query:filter_by{name = 'cyd'}:one().email)
--> 1	nil
print(db.update(User):values{email = email.none, age = 7})
--> UPDATE user SET age=?, email=?
print(db.insert(User):values{name = 'dan', email = email.none})
--> INSERT INTO user (name, email) VALUES (?, ?)
print(db.insert(User):values{ {name = 'dan', email = 'd'}, {name = 'eve', email = email.none} })
--> INSERT INTO user (name, email) VALUES (?, ?), (?, ?)
print(db.insert(User):values{id = 1, name = 'x'}:on_conflict_do_update{index_elements = {'id'}, set_ = {email = email.none, age = 1}})
--> INSERT INTO user (id, name) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET age = ?, email = ?
User.query:filter_by{name = 'cyd'}:update{nmae = nil}
--! InvalidRequestError: User has no attribute 'nmae'; did you mean 'name'?
User.query:filter_by{name = 'cyd'}:update{}
--! ArgumentError: update{} sets nothing
--!   to set NULL write update{email = db.null}

-- --- everywhere else the operators are Lua's ---
condition = User.age == 18
print(condition, User.age ~= nil, not User.age, (User.age and 1))
--> false	true	false	1
print(User.age < 18)
--! ArgumentError: in this place < and > compare Lua values, and User.age is an SQL expression
--!   write User.age:lt(…), :le, :gt or :ge, or keep the condition with db.expr(User.age < …)
User.query:filter(condition)
--! ArgumentError: filter() got false: in this place == compares Lua values. Write User.id:eq(1), or db.expr(…)
--!   db.true_() and db.false_() are SQL's own truth values
print(pcall(function() return User.age < 18 end))
--> false	ArgumentError: in this place < and > compare Lua values, and User.age is an SQL expression
-->   write User.age:lt(…), :le, :gt or :ge, or keep the condition with db.expr(User.age < …)
-- A function body is no part of the call, but those that are given to build a condition are.
print(pcall(db.expr, User.age == 18))
--> false	ArgumentError: expr() got false: in this place == compares Lua values. Write User.id:eq(1), or db.expr(…)
-->   db.true_() and db.false_() are SQL's own truth values
print(db.expr((function(x) return x == 1 and User.age or User.id end)(1) == 18))
--> user.age = ?

-- --- plain Lua with functions of these names ---
log = {}
function filter(...) log[#log + 1] = select('#', ...) return ... end
function any(x) log[#log + 1] = tostring(x) return x end
object = {values = function(self, t) return t end}
function object:update(t) return t, next(t) end
function object.where(...) return ... end
print(filter(1 == 1, 1 < 2, 'a' > 'b', nil == false, not nil, nil and 1, false or nil, 1 and 2, nil or 3))
print(any(undefined_name), any(undefined_name == nil), select('#', undefined_name, nil))
print(select('#', object:update{a = undefined_name}), next(object:values{a = undefined_name, b = undefined_name}))
print(object.where((function(...) return ... end)(1, 2, 3)), object.where(1 and (function() return 4, 5 end)()))
print(table.concat(log, ' '))
--> true	true	false	false	true	nil	nil	2	3
--> nil	true	2
--> 2	nil
--> 1	4
--> 9 nil true
-- Several values, and those of `...`.
local function pass(...)
  local function two() return 1, 2 end
  return filter(two() == 1, ... == 'x', ... and two(), two())
end
print(pass('x', 'y'))
print((function(...) return filter(select('#', ...) > 1 and ..., ...) end)(7, 8, 9))
--> true	true	1	1	2
--> 7	7	8	9
-- Short circuit and order.
local calls = {}
local function f(x, result) calls[#calls + 1] = x return result end
print(filter(f('a') and f 'b', f('c', 1) and f('d', 2) and f('e', false) and f 'f', f('g') or f('h', 0) or f 'i'))
print(table.concat(calls))
--> nil	false	0
--> acdegh
-- Metamethods.
local meta = {__eq = function() return 1 end, __lt = function(a, b) return a.n < b.n end, __le = function() return nil end}
local one, two = setmetatable({n = 1}, meta), setmetatable({n = 2}, meta)
print(filter(one == two, one ~= two, one < two, one > two, one <= two, one >= two, one == 1))
--> true	false	true	false	false	false	false
print(filter(moonbase.datetime(2026, 1, 1) < moonbase.datetime(2026, 1, 2), moonbase.decimal '1.5' == moonbase.decimal '1.50'))
--> true	true
filter(1 < 'x')
--! attempt to compare number with string
filter({} < {})
--! attempt to compare two table values
filter(nil > 1)
--! attempt to compare number with nil
filter(setmetatable({}, {__lt = 5}) < 1)
--! attempt to call a number value (metamethod 'lt')

-- --- wherever Lua loads source ---
print(load "return User.query:filter(User.id == 2):one()"())
--> <User bob>
print(load "return db.expr(User.id == ...)"(5))
--> user.id = ?
local parts = {'return db.expr(', 'User.id', ' == 2', ')'}
print(load(function() return table.remove(parts, 1) end, '=parts')())
--> user.id = ?
print(load "return db.expr(User.id == 2")
--> nil	[string "return db.expr(User.id == 2"]:1: ')' expected near <eof>
print(load("return db.expr(1)", 'x', 'b'))
--> nil	attempt to load a text chunk (mode is 'b')
print((select(2, load(function() return {} end)):gsub('^.-:%d+: ', '')))
print((select(2, load(function() error 'no text' end)):gsub('^.-:%d+: ', '')))
--> reader function must return a string
--> no text
-- The globals of the chunk are the ones that it is given.
local environment = {db = db, User = User, limit = 40}
print(load('found = limit; return db.expr(User.age < limit and User.id == 1), _ENV == ...', 'x', 't', environment)(environment), environment.found)
--> user.age < ? AND user.id = ?	40
print(pcall(load('return db.expr(User.id == 1)', 'x', 't', nil)))
--> false	[string "x"]:1: attempt to index a nil value (upvalue '_ENV')
print(load(string.dump(load 'return db.expr(User.id == 1)'))())
--> user.id = ?
-- Its name is the text that was given.
print(select(2, pcall(load "error(db.expr(User.id == 1) and 'here')")))
--> [string "error(db.expr(User.id == 1) and 'here')"]:1: here
function write(name, text)
  local file <close> = assert(io.open(name, 'w'))
  file:write(text)
end
write('part.lua', "#!/usr/bin/env moonbase\nreturn db.expr(User.id == 3), ...\n")
print(loadfile 'part.lua' ())
print(dofile 'part.lua')
package.path = './?.lua;' .. package.path
print(require 'part')
--> user.id = ?
--> user.id = ?
--> user.id = ?	./part.lua
print(loadfile('part.lua', 't', {db = db, User = {id = User.age}})())
--> user.age = ?
print(loadfile 'nowhere.lua')
--> nil	cannot open nowhere.lua: No such file or directory
write('broken.lua', 'return\n\nfilter(1 ==\n')
print(pcall(require, 'broken'))
print(loadfile 'broken.lua')
dofile 'broken.lua'
--! unexpected symbol near <eof>
write('late.lua', '\n\nlocal x = db.expr(User.age ==\n  nothing_here)\n')
dofile 'late.lua'
--! NameError: 'nothing_here' is not defined
--!   a name that is not defined is nil, which would be NULL here: write nil to mean that
write('yields.lua', 'return db.expr(User.id == coroutine.yield(1) and User.age > coroutine.yield(2)), coroutine.yield(3)')
local co = coroutine.wrap(function() return dofile 'yields.lua' end)
print(co(), co(5), co(6), co 'end')
--> 1	2	3	user.id = ? AND user.age > ?	end
-- The place of an error is the line that the program wrote.
print(select(2, pcall(load('local x\n\nfilter(x < 1)', '=where'))))
print(select(2, pcall(load('local User = ...\n\n\nlocal y = User.query:filter(User.id == 1 and\n  undefined_here)', '=where'), User)))
--> where:3: attempt to compare nil with number
--> NameError: 'undefined_here' is not defined
-->   a name that is not defined is nil, which would be NULL here: write nil to mean that
-- Of a comparison on several lines, that of the operator, as in plain Lua.
print(select(2, pcall(load('local x\nfilter(\n  x\n  < 1)', '=where'))))
print(select(2, pcall(load('local x\nreturn\n  x\n  < 1', '=where'))))
print(select(2, pcall(load('filter(1 == 1 and\n  {}\n  >= 2\n)', '=where'))))
local function three() return 1, 2, 3 end
print(filter(three()
  == three(), nil
  ~= nil, User.id
  >= 1))
local order = {}
local function note(x) order[#order + 1] = x return x end
print(filter(note(1)
  < note(2)
  == note(true)), table.concat({tostring(order[1]), tostring(order[2]), tostring(order[3])}, ' '))
--> where:4: attempt to compare nil with number
--> where:4: attempt to compare nil with number
--> where:3: attempt to compare number with table
--> true	false	user.id >= ?
--> true	1 2 true
-- A coroutine yields through a part of and, and through a metamethod.
local slow = setmetatable({}, {__lt = function(a, b) return coroutine.yield 'asked' end})
local steps = coroutine.wrap(function() return filter(true and coroutine.yield 'first', slow < slow, nil or (coroutine.yield 'last')) end)
print(steps(), steps 'one', steps(2), steps 'three')
--> first	asked	last	one	true	three
print(pcall(coroutine.wrap(function() return db.expr(User.id == 1 and coroutine.yield(1)) end)))
--> true	1

-- --- limits ---
local many = {}
for i = 1, 150 do many[i] = ('User.id == %d'):format(i) end
print(#tostring(load('return db.expr(' .. table.concat(many, ' or ') .. ')')()))
--> 2246
-- What fits Lua's limits as it is written, but not when it is rewritten, is an error that says so.
function nested(depth) return ('x == ('):rep(depth) .. 'x' .. (')'):rep(depth) end
for depth = 40, 120 do
  local text = '\nreturn ' .. nested(depth)
  local rewritten, message = load('\nreturn filter(' .. nested(depth) .. ')', '=deep')
  if load(text) and not rewritten then print(message) break end
end
--> deep: this chunk is within Lua's limits, but not with the comparisons rewritten: C stack overflow; move part of the expression to a local with db.expr(…)
-- Code outside of the calls is compiled as Lua compiles it, also beside a call that is rewritten.
body = [[

local function f(a, b, ...)
  local t = {a = a, n = b == 1 and 'one' or 'more', ...}
  for i, v in ipairs(t) do if i ~= v and not (i < v) then t[i] = -v elseif a then goto done end end
  ::done::
  return function(x) t[x] = (x or a) .. b return t, select('#', t) end
end
return f]]
alone, beside = load(body)(), load('local q = User.query:filter(User.id == 1 and User.age < 9)' .. body)()
print(string.dump(alone, true) == string.dump(beside, true))
--> true
db.session:rollback()
