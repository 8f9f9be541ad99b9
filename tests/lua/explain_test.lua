-- The plan of a query, its SQL, and the cache of SQL that was made.
-- database: sqlite
require 'people'
-- --- explain ---
print(User.query:explain())
--> SCAN user
plan = User.query:filter_by{id = 1}:explain()
print(plan)
print(#plan.rows, plan.rows[1].id > 0, plan.rows[1].parent, plan.rows[1].detail)
--> SEARCH user USING INTEGER PRIMARY KEY (rowid=?)
--> 1	true	0	SEARCH user USING INTEGER PRIMARY KEY (rowid=?)
print(User.query:filter(User.id:in_(db.select(Post.user_id))):order_by(User.name):explain())
--> SEARCH user USING INTEGER PRIMARY KEY (rowid=?)
--> LIST SUBQUERY 1
-->   SCAN post
--> USE TEMP B-TREE FOR ORDER BY
print(db.session:query(User.name, db.func.count(Post.id)):join(User.posts):group_by(User.name):explain())
--> SCAN post
--> SEARCH user USING INTEGER PRIMARY KEY (rowid=?)
--> USE TEMP B-TREE FOR GROUP BY
print(User.query:filter(User.name:eq(db.bindparam 'n')):params{n = 'x'}:explain())
--> SCAN user
User.query:explain{analyze = true}
--! NotSupportedError: SQLite tells how it would run a statement, not what each step took
--!   Leave analyze out; db.get_recorded_queries() has the time of each statement.
User.query:explain{analize = true}
--! TypeError: explain has no option 'analize'; did you mean 'analyze'?
db.select(User):explain()
--! InvalidRequestError: db.select(…) does not run by itself
--!   db.session:execute(select):all(), db.session:scalars(select):all() or db.session:scalar(select)
print(db.session:explain(db.select(User)))
print(db.session:explain(db.update(User):where(User.id:eq(1)):values{name = 'x'}))
--> SCAN user
--> SEARCH user USING INTEGER PRIMARY KEY (rowid=?)
db.session:explain(5)
--! ArgumentError: Not an executable object: a number
--!   execute() takes db.select(…), db.insert(…), db.update(…), db.delete(…) or db.text '…'.
print(User.query:get(1).name)
--> ada
-- --- sql ---
q = User.query:filter(User.name:eq "o'neil", User.age:gt(5)):limit(2)
print(q:sql())
print(q:sql{literal = true})
print(q)
print(tostring(q) == q:sql())
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email
--> FROM user
--> WHERE user.name = ? AND user.age > ?
-->  LIMIT ?
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email
--> FROM user
--> WHERE user.name = 'o''neil' AND user.age > 5
-->  LIMIT 2
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email
--> FROM user
--> WHERE user.name = ? AND user.age > ?
-->  LIMIT ?
--> true
print(db.select(User.id):where(User.email:eq(nil)):sql{literal = true})
--> SELECT user.id
--> FROM user
--> WHERE user.email IS NULL
q:sql{literals = true}
--! TypeError: sql has no option 'literals'; did you mean 'literal'?
-- --- the cache ---
cache = db.engine:compiled_cache()
cache:clear()
print(cache.size, cache.capacity)
hits, misses = cache.hits, cache.misses
for i = 1, 50 do User.query:filter(User.age:gt(i), User.name:eq('n' .. i)):limit(i):all() end
print(cache.misses - misses, cache.hits - hits, cache.size)
--> 0	500
--> 1	49	1
-- an IN list, a page and a constant each have one shape
cache:clear()
misses = cache.misses
for i = 1, 20 do
  User.query:filter(User.id:in_{i, i + 1, i + 2}):all()
  User.query:order_by(User.id):paginate{page = 1, per_page = i}
  db.session:execute(db.select(User.id, db.literal(i)))
  User.query:filter(User.age:between(i, i + 1)):count()
end
print(cache.misses - misses, cache.size)
--> 5	5
print((tostring(cache):gsub('%d+', 'N')))
cache:clear()
print(cache.size, User.query:count())
--> <CompiledCache: N of N statements, N hits, N misses>
--> 0	3
print(cache.hit)
--! AttributeError: CompiledCache has no attribute 'hit'; did you mean 'hits'?
-- what the records say of it
moonbase.record_queries(true)
cache:clear()
for i = 1, 2 do User.query:filter_by{id = i}:first() end
db.session:execute(db.text 'select 1')
for _, r in ipairs(db.get_recorded_queries()) do
  if r.statement:match '^SELECT' then print(r.cached) end
end
--> false
--> true
