-- Memory stays flat: what nobody holds is let go of, what somebody holds stays the same object.
moonbase = require 'moonbase'
app = moonbase.App 'memory'
app.config:update{DATABASE_URI = fresh_database()}
db = moonbase.Database(app)
session = db.session
User = db.Model 'User' {
  id    = db.Column{db.Integer, primary_key = true},
  name  = db.Column{db.String(64)},
  boss_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
  boss  = db.relationship{'User', remote_side = 'User.id', backref = 'team'},
}
db.create_all()
session:bulk_insert(User, coroutine.wrap(function()
  for i = 1, 5000 do coroutine.yield{name = 'user ' .. i, boss_id = i > 1 and i // 2 or db.null} end
end))
session:commit()
function kilobytes()
  collectgarbage()
  collectgarbage()
  return collectgarbage 'count'
end
-- 200 rounds of all rows, with a relationship, a change and a commit.
held = session:get(User, 4321)
for round = 1, 200 do
  local all = User.query:order_by(User.id):all()
  if #all ~= 5000 then print(round, #all) end
  all[round].name = 'round ' .. round
  if round % 20 == 0 and all[10].boss.id ~= 5 then print(round, all[10].boss) end
  session:commit()
  all = nil
  if round == 20 then after_20 = kilobytes() end
end
session:commit()
last = kilobytes()
print(last < after_20 * 1.2 + 100 or ('grew from %d to %d kB'):format(after_20, last))
print(#session.identity_map < 25000 or #session.identity_map)
print(rawequal(held, session:get(User, 4321)), held.name)
--> true
--> true
--> true	user 4321
-- A loop over a query, with a commit inside.
seen = 0
for u in User.query:order_by(User.id) do
  seen = seen + 1
  if seen % 1000 == 0 then session:commit() end
end
print(seen)
--> 5000
-- A changed object that nobody holds is not lost.
do
  local u = session:get(User, 77)
  u.name = 'changed and let go of'
end
collectgarbage()
for i = 1, 3 do User.query:filter(User.id:gt(100)):all() collectgarbage() end
session:commit()
print(session:get(User, 77).name)
session:add(User{name = 'new and let go of'})
collectgarbage()
session:commit()
print(User.query:filter_by{name = 'new and let go of'}:count())
--> changed and let go of
--> 1
-- Cycles of objects are no obstacle.
for i = 1, 50 do
  local list = {}
  for k = 1, 500 do
    local a, b = User{name = 'a'}, User{name = 'b'}
    a.boss, b.boss = b, a
    list[k] = a
  end
end
session:commit()
print(kilobytes() < after_20 * 1.5 + 1000)
--> true
-- A finalizer that asks for the object again.
weak = setmetatable({}, {__mode = 'v'})
do
  local u = session:get(User, 1)
  weak[1] = u
  setmetatable({}, {__gc = function() again = session:get(User, 1) end})
end
collectgarbage()
collectgarbage()
print(rawequal(again, session:get(User, 1)), again.name)
--> true	round 1
