-- The SQL of a query, and the cache of SQL that was made.
require 'people'
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
