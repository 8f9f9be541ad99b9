-- Query: how it is run. Options, batches, values, parents.
require 'people'
users = User.query:order_by(User.id)
-- --- execution options ---
q = users:execution_options{stream_results = true, autoflush = false, mine = 'kept'}:execution_options{other = 7}
o = q:get_execution_options()
print(o.stream_results, o.autoflush, o.mine, o.other, next(users:get_execution_options()))
o.mine = 'a copy'
print(q:get_execution_options().mine, users:yield_per(5):get_execution_options().yield_per)
show(q:all())
--> true	false	kept	7	nil
--> kept	5
--> {<User ada>, <User bob>, <User cyd>}
users:execution_options(5)
--! TypeError: execution_options: argument 1: expected table, got number
users:execution_options{yield_per = 0}
--! ArgumentError: yield_per takes a number of rows of at least 1, got 0
users:yield_per(0)
--! ArgumentError: yield_per takes a number of rows of at least 1, got 0
users:yield_per 'x'
--! TypeError: yield_per: argument 1: expected integer, got string
db.session:execute(db.text [[update "user" set age = 99 where name = 'ada']])
print(User.query:get(1).age, users:execution_options{populate_existing = true}:first().age)
db.session:rollback()
new = User{name = 'new'}
db.session:add(new)
print(users:execution_options{autoflush = false}:count(), users:count())
db.session:rollback()
--> 36	99
--> 3	4
-- --- yield_per ---
for n = 1, 4 do
  out = {}
  for u in users:yield_per(n) do out[#out + 1] = u.name end
  print(n, table.concat(out, ' '))
end
--> 1	ada bob cyd
--> 2	ada bob cyd
--> 3	ada bob cyd
--> 4	ada bob cyd
by2 = users:yield_per(2)
out = {}
for a in by2 do for b in by2 do out[#out + 1] = a.id .. b.id end end
print(table.concat(out, ' '))
for u in by2 do print(u) break end
for u in by2 do print(u) if u.id == 2 then break end end
print(pcall(function() for u in by2 do error('at ' .. u.name, 0) end end))
for u in by2:iter() do print(u) break end
show(by2:all())
print(by2:first(), by2:count(), by2:filter_by{name = 'cyd'}:one(), by2[2])
--> 11 12 13 21 22 23 31 32 33
--> <User ada>
--> <User ada>
--> <User bob>
--> false	at ada
--> <User ada>
--> {<User ada>, <User bob>, <User cyd>}
--> <User ada>	3	<User cyd>	<User bob>
it = by2:iter()
print(it(), it(), it(), it(), it())
--> <User ada>	<User bob>	<User cyd>	nil	nil
function turns()
  return coroutine.wrap(function() for u in by2 do coroutine.yield(u.name) end end)
end
a, b = turns(), turns()
print(a(), b(), a(), a(), b(), b())
--> ada	ada	bob	cyd	bob	cyd
for row in db.session:query(User.id, User.email):order_by(User.id):yield_per(2) do print(row, row.email) end
for row in db.session:query(User, Post):join(User.posts):order_by(Post.id):yield_per(1) do print(row.User, row.Post) end
--> (1, 'ada@x.org')	ada@x.org
--> (2, null)	null
--> (3, 'cyd@x.org')	cyd@x.org
--> <User ada>	<Post a1>
--> <User ada>	<Post a2>
--> <User bob>	<Post b1>
-- rows of a join are not made unique in batches
print(#User.query:join(User.posts):yield_per(1):all(), #User.query:join(User.posts):all())
--> 3	2
-- a commit inside: all rows come, changed ones too
session = db.session
Item = db.Model 'Item' {id = db.Column{db.Integer, primary_key = true}, n = db.Column{db.Integer}}
db.create_all()
session:bulk_insert(Item, coroutine.wrap(function() for i = 1, 1000 do coroutine.yield{n = i} end end))
session:commit()
seen, sum = 0, 0
for item in Item.query:order_by(Item.id):yield_per(10) do
  seen, sum = seen + 1, sum + item.n
  item.n = -item.n
  if seen % 7 == 0 then session:commit() end
end
session:commit()
print(seen, sum, session:scalar(db.select(db.func.sum(Item.n))))
--> 1000	500500	-500500
-- and in a file: a loop that commits, others read meanwhile, and write when it is over
file = moonbase.create_engine 'sqlite:///items.db'
db.metadata:create_all(file)
one, two = moonbase.Session{bind = file}, moonbase.Session{bind = file}
one:bulk_insert(Item, coroutine.wrap(function() for i = 1, 1000 do coroutine.yield{n = i} end end))
one:commit()
seen, counts = 0, {}
for item in one:query(Item):order_by(Item.id):yield_per(100) do
  seen = seen + 1
  item.n = 0
  if seen % 250 == 0 then
    one:commit()
    counts[#counts + 1] = two:query(Item):filter_by{n = 0}:count()
    two:rollback()
  end
end
one:commit()
print(seen, table.concat(counts, ' '))
two:add(Item{n = 1})
two:commit()
print(two:query(Item):filter_by{n = 0}:count(), file.pool:checkedout())
-- the iterator's form lets go of the file where the loop is left
for item in one:query(Item):yield_per(10):iter() do break end
one:commit()
two:add(Item{n = 1})
two:commit()
print(two:query(Item):count())
two:close()
--> 1000	250 500 750 1000
--> 1000	1
--> 1002
-- a loop over the query itself does with the next call of a session or an engine, in a coroutine too
big = moonbase.Table{'big', moonbase.MetaData(), moonbase.Column{'n', moonbase.Integer, primary_key = true}}
big:create(file)
one:execute(moonbase.insert(big):values{ {n = 1}, {n = 2}, {n = 3} })
one:commit()
function leave() for row in one:query(big.c.n):yield_per(1) do return row.n end end
print(leave())
one:commit()
big:drop(file)
--> 1
left = one:query(Item):order_by(Item.id):yield_per(10)
for item in left do if item.id == 3 then break end end
one:rollback()
one:execute(moonbase.text 'CREATE TABLE left_behind (n INTEGER)')
one:commit()
co = coroutine.wrap(function() for item in left do if item.id == 12 then break end coroutine.yield(item.id) end coroutine.yield 'out' end)
print(co(), co())
-- those that run go on, at whatever depth
seen = 0
for a in left do
  for b in left do if b.id == 2 then break end end
  one:commit()
  seen = seen + 1
  if seen == 25 then break end
end
print(seen, co())
for n = 1, 9 do co() end
print(co() or 'ended')
--> 1	2
--> 25	3
--> ended
two:execute(moonbase.text 'DROP TABLE left_behind')
two:commit()
-- a rollback ends it, and says so
for item in Item.query:yield_per(10) do
  if item.id == 15 then session:rollback() end
end
--! ResourceClosedError: This result was closed by the end of its connection
it = Item.query:yield_per(10):iter()
it()
session:close()
for i = 1, 20 do it() end
--! ResourceClosedError: This result was closed by the end of its connection
-- objects that nobody holds are let go of, those that are held stay what they are
held = {}
for item in Item.query:order_by(Item.id):yield_per(10) do
  if item.id % 100 == 0 then held[#held + 1] = item end
  if item.id == 33 then item.n = 77 end
end
collectgarbage() collectgarbage()
print(#held, rawequal(held[3], session:get(Item, 300)), #session.dirty, session:get(Item, 33).n)
session:rollback()
--> 10	true	1	77
-- results of execute
r = session:execute(db.select(Item.id):order_by(Item.id):execution_options{yield_per = 300})
print(r:fetchone()[1], #r:fetchmany(), #r:fetchmany(2), #r:all(), r:fetchone())
for part in session:execute(db.select(Item.id):execution_options{yield_per = 300}):partitions() do print(#part) end
print(#session:scalars(db.select(Item):execution_options{yield_per = 7}):all())
r = session:execute(db.select(Item.id):order_by(Item.id):execution_options{yield_per = 300})
print(r:first()[1], r.closed, tostring(r))
--> 1	300	2	697
--> 300
--> 300
--> 300
--> 100
--> 1000
--> 1	true	<Result, closed>
-- --- params ---
q = User.query:filter(User.age:gt(db.bindparam('low', db.Integer)), db.text 'age < :high')
show(q:params{low = 1, high = 30}:all())
print(q:params{low = 1, high = 99}:params{low = 25}:one(), q:params{low = 1, high = 99}:count())
--> {<User bob>, <User cyd>}
--> <User ada>	3
q:all()
--! StatementError: A value is required for bind parameter 'low'
--!   [SQL: SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email
--!   FROM user
--!   WHERE user.age > ? AND (age < ?)]
q:params(5)
--! TypeError: params: argument 1: expected table, got number
-- --- value, values, tuples, add_entity, add_column ---
print(users:value(User.name), users:filter_by{name = 'bob'}:value(User.email), users:filter_by{name = 'x'}:value(User.name))
for row in users:values(User.id, User.name) do print(row) end
for row in users:filter_by{age = 20}:tuples() do print(row, #row, row.User) end
print(users:tuples():first(), users:tuples():all()[3][1])
print(User.query:join(User.posts):add_entity(Post):add_column(User.age):order_by(Post.id):first())
--> ada	nil	nil
--> (1, 'ada')
--> (2, 'bob')
--> (3, 'cyd')
--> (<User bob>,)	1	<User bob>
--> (<User cyd>,)	1	<User cyd>
--> (<User ada>,)	<User cyd>
--> (<User ada>, <Post a1>, 36)
users:value()
--! ArgumentError: value needs something to select
-- --- what a query is made of ---
print(users:filter_by{age = 20}.statement)
show(db.session:scalars(users:filter_by{age = 20}.statement):all())
print(users.whereclause, users:filter(User.id:gt(1), User.id:lt(9)).whereclause)
for _, d in ipairs(db.session:query(User, User.name:label 'n').column_descriptions) do
  print(d.name, d.type, d.aliased, d.entity)
end
print(rawequal(users.session, db.session), db.select(User).session)
--> SELECT user.id, user.name, user.age, user.email
--> FROM user
--> WHERE user.age = ? ORDER BY user.id
--> {<User bob>, <User cyd>}
--> nil	user.id > ? AND user.id < ?
--> User	<class User>	false	<class User>
--> n	String(40)	false	nil
--> true	nil
-- --- with_parent ---
ada, bob = User.query:get(1), User.query:get(2)
show(Post.query:with_parent(ada):order_by(Post.id):all())
show(Post.query:with_parent(ada, 'posts'):filter_by{title = 'a2'}:all())
show(Post.query:with_parent(bob, User.posts):all())
show(User.query:with_parent(ada.posts[1]):all())
--> {<Post a1>, <Post a2>}
--> {<Post a2>}
--> {<Post b1>}
--> {<User ada>}
Post.query:with_parent(ada, 'name')
--! ArgumentError: with_parent takes a relationship, and User.name is a column
Post.query:with_parent(5)
--! UnmappedInstanceError: expected a mapped object, got number
Seat.query:with_parent(ada)
--! InvalidRequestError: User has no relationship to Seat
-- --- reset_joinpoint, order_by(false) ---
print(User.query:join(User.posts):reset_joinpoint():filter_by{name = 'bob'}:one())
print(users:order_by(false))
--> <User bob>
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email
--> FROM user
print(db.session:query(users:filter_by{name = 'bob'}:exists()):scalar(), db.session:query(users:filter_by{name = 'x'}:exists()):scalar())
--> true	false
-- --- a list shows what it holds; one SELECT reads what expired of it ---
statements = require 'statements'
moonbase.record_queries(true)
list = users:all()
print(list, users:filter_by{name = 'x'}:all(), db.array{1, 'two', db.array{3}})
print(db.session:execute(db.select(User.id, User.name):order_by(User.id)):fetchmany(2))
--> {<User ada>, <User bob>, <User cyd>}	{}	{1, 'two', {3}}
--> {(1, 'ada'), (2, 'bob')}
db.session:expire_all()
statements(function() print(list) end)
many = {} for i = 1, 1005 do many[i] = i end
print((tostring(db.array(many)):gsub('^.*, 999', '…')))
--> {<User ada>, <User bob>, <User cyd>}
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email FROM user WHERE user.id IN (?, ?, ?)
--> 1 statement
--> …, 1000, … 5 more}
x = db.session:execute(db.select(User.id)):all().name
--! AttributeError: this is a list, and has no 'name'
