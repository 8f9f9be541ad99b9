-- Query: its methods, what they send and what they return.
require 'people'

-- --- loops over a query ---
users = User.query:order_by(User.id)
for u in users do print(u) end
--> <User ada>
--> <User bob>
--> <User cyd>
-- one query, nested in itself, and three times on one line
out = {}
for a in users do for b in users do out[#out + 1] = a.id .. b.id end end
print(table.concat(out, ' '))
--> 11 12 13 21 22 23 31 32 33
n = 0
for a in users do for b in users do for c in users do n = n + 1 end end end print(n)
--> 27
-- left early, then run again
for u in users do print(u) break end
for u in users do print(u) if u.id == 2 then break end end
--> <User ada>
--> <User ada>
--> <User bob>
-- an inner loop that is left, over the query of the outer one
for a in users do
  for b in users do if b.id == 2 then break end end
  print(a)
end
--> <User ada>
--> <User bob>
--> <User cyd>
-- an error inside
print(pcall(function() for u in users do error('at ' .. u.name, 0) end end))
for u in users do print(u) end
--> false	at ada
--> <User ada>
--> <User bob>
--> <User cyd>
-- the same function, after an error inside its loop
function names(fail)
  local out = {}
  for u in users do
    if fail and u.id == 2 then error('no', 0) end
    out[#out + 1] = u.name
  end
  return table.concat(out, ' ')
end
print(names(), pcall(names, true))
print(names())
--> ada bob cyd	false	no
--> ada bob cyd
-- return out of a loop
function find(name)
  for u in users do if u.name == name then return u end end
end
print(find 'bob', find 'bob', find 'zoe', find 'ada')
--> <User bob>	<User bob>	nil	<User ada>
-- recursion
function visit(depth)
  local n = 0
  for u in users do
    n = n + 1
    if depth > 1 then n = n + visit(depth - 1) end
  end
  return n
end
print(visit(1), visit(2), visit(3))
--> 3	12	39
-- coroutines that take turns
function turns()
  return coroutine.wrap(function() for u in users do coroutine.yield(u.name) end end)
end
a, b = turns(), turns()
print(a(), b(), a(), a(), b(), b())
--> ada	ada	bob	cyd	bob	cyd
-- goto into the next round; a loop that restarts before it ends
local rounds = 0
::again::
for u in users do
  rounds = rounds + 1
  if rounds == 2 then goto again end
end
print(rounds)
--> 5
-- columns, with NULL at the front of a row and alone in it
for row in db.session:query(User.email, User.name):order_by(User.id) do print(row, row.email, row[2]) end
--> ('ada@x.org', 'ada')	ada@x.org	ada
--> (null, 'bob')	null	bob
--> ('cyd@x.org', 'cyd')	cyd@x.org	cyd
for row in db.session:query(User.email):order_by(User.id) do print(row) end
--> ('ada@x.org',)
--> (null,)
--> ('cyd@x.org',)
for row in db.session:query(User, User.age):order_by(User.id) do print(row[1], row.User, row.age) end
--> <User ada>	<User ada>	36
--> <User bob>	<User bob>	20
--> <User cyd>	<User cyd>	20
for u in User.query:filter(User.id:gt(9)) do print 'never' end
print 'none'
--> none
-- the rows are read when the loop begins
for u in users do
  if u.id == 1 then db.session:add(User{id = 50, name = 'new'}) db.session:flush() end
  print(u)
end
db.session:rollback()
--> <User ada>
--> <User bob>
--> <User cyd>
for u in users:iter() do print(u) end
next_user = users:iter()
print(next_user(), next_user(), next_user(), next_user())
--> <User ada>
--> <User bob>
--> <User cyd>
--> <User ada>	<User bob>	<User cyd>	nil
for i, u in ipairs(users:all()) do print(i, u) end
--> 1	<User ada>
--> 2	<User bob>
--> 3	<User cyd>
for u in db.select(User) do print(u) end
--! InvalidRequestError: db.select(…) does not run by itself
--!   db.session:execute(select):all(), db.session:scalars(select):all() or db.session:scalar(select)
for u in User do print(u) end
--! TypeError: User takes its attributes in braces, got nil
--!   write User{name = …}
for u in User.query:all() do print(u) end
--! TypeError: a list cannot be called
--!   go over it with: for _, x in ipairs(list) do … end
for _, u in ipairs(users) do print(u) end
--> <User ada>
--> <User bob>
--> <User cyd>
for k, v in pairs(users) do print(k) end
--! TypeError: a query has no pairs
--!   go over its rows with: for x in query do … end
users(nil, nil)
--! TypeError: a query cannot be called
--!   run it with :all() or :first(), or go over it: for x in query do … end
for u in User.query.filter_by{age = 20} do print(u) end
--! TypeError: User.query.filter_by{…}: methods take a colon: User.query:filter_by{…}
for r in db.session:execute(db.select(User.name):order_by(User.id)) do print(r.name) end
--> ada
--> bob
--> cyd
for u in db.session:scalars(db.select(User):order_by(User.id)) do print(u) end
--> <User ada>
--> <User bob>
--> <User cyd>
