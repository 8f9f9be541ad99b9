-- Streams, and statements that write, of a class: what comes back, what they change, what loaded objects see of it; native enums.
moonbase = require 'moonbase'
app = moonbase.App 'writes'
app.config:update{DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
db = moonbase.Database(app)
s = db.session
User = db.Model 'User' {
  id = db.Column{db.Integer, primary_key = true}, name = db.Column{db.String(30), unique = true}, age = db.Column{db.Integer},
  kind = db.Column{db.Enum{'admin', 'guest', name = 'kinds'}, default = 'guest'},
  at = db.Column{db.DateTime, server_default = db.func.now()}, data = db.Column{db.JSON}, score = db.Column{db.Numeric(10, 3)},
  posts = db.relationship{'Post', backref = 'author', cascade = 'all, delete-orphan', order_by = 'Post.id'},
}
Post = db.Model 'Post' {
  id = db.Column{db.Integer, primary_key = true}, title = db.Column{db.Text}, n = db.Column{db.Integer, default = 0},
  user_id = db.Column{db.Integer, db.ForeignKey{'user.id', ondelete = 'CASCADE'}}, day = db.Column{db.Date},
  span = db.Column{db.Interval}, flag = db.Column{db.Boolean, default = false},
}
db.create_all()
for i = 1, 50 do
  local u = User{name = 'u' .. i, age = i % 7, kind = i % 10 == 0 and 'admin' or 'guest', score = moonbase.decimal(i .. '.125'),
                 data = {n = i, tags = {'t' .. i % 3}}}
  for k = 1, i % 4 do
    u.posts:append(Post{title = ('p%d.%d'):format(i, k), n = k, day = moonbase.date(2026, 1 + i % 12, 1 + k),
                        span = moonbase.timedelta{hours = k}, flag = k == 2})
  end
  s:add(u)
end
s:commit()
-- What a function gives, or the first line of its error.
function try(name, f, ...)
  local r = table.pack(pcall(f, ...))
  if not r[1] then s:rollback() end
  for i = 1, r.n do r[i] = tostring(r[i]):gsub('\n.*', '') end
  print(name, table.unpack(r, 1, r.n))
end
function list(x)
  local t = {}
  for i, v in ipairs(x) do t[i] = tostring(v) end
  return table.concat(t, ' ')
end
function User:__repr__() return self.name end
function Post:__repr__() return self.title end
-- streaming
try('yield', function()
  local n = 0 for u in User.query:order_by(User.id):yield_per(7) do n = n + u.id if u.id % 10 == 0 then
  s:commit() end end
  return n
end)
--> yield	true	1275
try('yield flush', function()
  local n = 0 for u in User.query:order_by(User.id):yield_per(7) do u.age = (u.age or 0) + 100 n = n + 1 if n % 9 == 0 then
  s:flush() end end
  s:commit()
  return n, User.query:filter(User.age >= 100):count()
end)
--> yield flush	true	50	50
try('yield rollback', function()
  local n = 0 for u in User.query:order_by(User.id):yield_per(7) do n = n + 1 if n == 20 then s:rollback() end end return n
end)
--> yield rollback	false	ResourceClosedError: This result was closed by the end of its connection
try('yield break', function()
  for u in User.query:order_by(User.id):yield_per(5) do if u.id == 12 then break end end return User.query:count()
end)
--> yield break	true	50
try('yield nested', function()
  local n = 0 for u in User.query:order_by(User.id):yield_per(5) do for p in Post.query:filter_by{user_id = u.id}:yield_per(1) do n = n + p.n end end
  return n
end)
--> yield nested	true	124
try('yield delete', function()
  local n = 0 for p in Post.query:order_by(Post.id):yield_per(5) do if p.n == 3 then s:delete(p) n = n + 1 end end
  s:flush()
  local c = Post.query:count()
  s:rollback()
  return n, c
end)
--> yield delete	true	12	63
try('yield selectin', function()
  local n = 0 for u in User.query:options(db.selectinload(User.posts)):order_by(User.id):yield_per(6) do n = n + #u.posts end
  return n
end)
--> yield selectin	true	75
try('yield savepoint', function()
  local n = 0 for u in User.query:order_by(User.id):yield_per(5) do
  local sp = s:begin_nested() u.name = u.name .. 'x' sp:rollback() n = n + 1 end
  return n, User.query:filter(User.name:like '%x'):count()
end)
--> yield savepoint	false	ResourceClosedError: This result was closed by ROLLBACK TO SAVEPOINT before its last row was read
try('scalars part', function()
  local n = {} for part in s:scalars(db.select(User.id):order_by(User.id), {}, {execution_options = {yield_per = 20}}):partitions() do n[#n + 1] = #part end
  return list(n)
end)
--> scalars part	true	20 20 10
try('partitions', function()
  local n = {} for part in s:execute(db.select(User):order_by(User.id)):partitions(15) do n[#n + 1] = #part end return list(n)
end)
--> partitions	true	15 15 15 5
-- orm dml
try('upd eval', function()
  local u = User.query:filter_by{name = 'u5'}:one()
  local c = User.query:filter(User.name == 'u5'):update{age = 7}
  return c, u.age
end)
--> upd eval	true	1	7
try('upd fetch', function()
  local u = User.query:filter_by{name = 'u6'}:one()
  local c = User.query:filter(User.name:like 'u6'):update({age = User.age + 1}, {synchronize_session = 'fetch'})
  return c, u.age
end)
--> upd fetch	true	1	107
try('upd false', function()
  local u = User.query:filter_by{name = 'u7'}:one()
  local a = u.age
  local c = User.query:filter(User.name == 'u7'):update({age = 999}, {synchronize_session = false})
  return c, u.age == a
end)
--> upd false	true	1	true
s:rollback()
try('del ret', function()
  return list(s:scalars(db.delete(Post):where(Post.n == 3):returning(Post.title)):all())
end)
--> del ret	true	p3.3 p7.3 p11.3 p15.3 p19.3 p23.3 p27.3 p31.3 p35.3 p39.3 p43.3 p47.3
s:rollback()
try('upd ret obj', function()
  local r = s:scalars(db.update(User):where(User.id < 4):values{age = User.id * 10}:returning(User)):all() table.sort(r, function(a, b)
  return a.id < b.id end)
  return list(r), r[2].age
end)
--> upd ret obj	true	u1 u2 u3	20
s:rollback()
try('upd ret col', function()
  local t = {} for r in
  s:execute(db.update(User):where(User.id < 4):values{kind = 'admin'}:returning(User.id, User.kind)) do t[#t+1] = r[1] .. r[2] end table.sort(t)
  return list(t)
end)
--> upd ret col	true	1admin 2admin 3admin
s:rollback()
try('upsert', function()
  local r = s:execute(db.insert(User):values{name = 'u1', age = 5}:on_conflict_do_update{index_elements = {'name'}, set_ = {age = 77}}:returning(User.id, User.age)):one()
  return r[1], r[2]
end)
--> upsert	true	1	77
s:rollback()
try('upsert excl', function()
  local ins = db.insert(User):values{{name = 'u1', age = 501}, {name = 'new', age = 502}}
  local r = s:execute(ins:on_conflict_do_update{index_elements = {'name'}, set_ = {age = ins.excluded.age}}:returning(User.name, User.age)):all()
  local t = {} for i, x in ipairs(r) do t[i] = x[1] .. x[2] end table.sort(t)
  return list(t)
end)
--> upsert excl	true	new502 u1501
s:rollback()
try('upsert where', function()
  local ins = db.insert(User):values{name = 'u1', age = 3}
  return
  s:execute(ins:on_conflict_do_update{index_elements = {'name'}, set_ = {age = ins.excluded.age}, where = User.age < 0}).rowcount
end)
--> upsert where	true	0
s:rollback()
try('upsert nothing', function()
  return s:execute(db.insert(User):values{name = 'u1'}:on_conflict_do_nothing()).rowcount
end)
--> upsert nothing	true	0
s:rollback()
try('upsert obj', function()
  return list(s:scalars(db.insert(User):values{{name = 'u1', age = 501}, {name = 'u2', age = 502}}:on_conflict_do_update{index_elements = {'name'}, set_ = {age = 1}}:returning(User)):all())
end)
--> upsert obj	true	u1 u2
s:rollback()
try('ins many ret', function()
  return list(s:scalars(db.insert(User):returning(User.name), {{name = 'a'}, {name = 'b'}, {name = 'c'}}):all())
end)
--> ins many ret	true	a b c
s:rollback()
try('ins sel', function()
  return s:execute(db.insert(Post):from_select({'title', 'user_id'}, db.select(User.name, User.id):where(User.id < 5))).rowcount
end)
--> ins sel	true	4
s:rollback()
try('ins sel default', function()
  s:execute(db.insert(Post):from_select({'title', 'user_id'}, db.select(User.name, User.id):where(User.id < 5)))
  return list(s:scalars(db.select(Post.n):where(Post.title:like 'u%')):all())
end)
--> ins sel default	true	0 0 0 0
s:rollback()
try('upd from', function()
  return s:execute(db.update(Post):where(Post.user_id == User.id, User.name == 'u3'):values{title = User.name}).rowcount
end)
--> upd from	true	3
try('upd from check', function()
  return list(s:scalars(db.select(Post.title):where(Post.user_id == 3)):all())
end)
--> upd from check	true	u3 u3 u3
s:rollback()
try('del using', function()
  return s:execute(db.delete(Post):where(Post.user_id == User.id, User.name == 'u3')).rowcount
end)
--> del using	true	3
s:rollback()
try('upd subq', function()
  return
  s:execute(db.update(User):values{age = db.select(db.func.count(Post.id)):where(Post.user_id == User.id):scalar_subquery()}).rowcount, list(s:scalars(db.select(User.age):order_by(User.id):limit(5)):all())
end)
--> upd subq	true	50	1 2 3 0 1
s:rollback()
try('upd case', function()
  return
  s:execute(db.update(User):values{age = db.case{{User.age > 103, 1}, else_ = db.null}}).rowcount, User.query:filter(User.age == nil):count()
end)
--> upd case	true	50	29
s:rollback()
try('upd enum', function()
  return
  s:execute(db.update(User):where(User.kind == 'admin'):values{kind = 'guest'}).rowcount, User.query:filter(User.kind:in_{'admin'}):count()
end)
--> upd enum	true	5	0
s:rollback()
try('enum case', function()
  return s:scalar(db.select(db.case{{User.age > 3, 'guest'}, else_ = User.kind}):where(User.id == 10))
end)
--> enum case	true	guest
try('enum coalesce', function()
  return s:scalar(db.select(db.func.coalesce(User.kind, 'admin')):where(User.id == 10))
end)
--> enum coalesce	true	admin
try('enum concat', function() return s:scalar(db.select(User.kind .. '!'):where(User.id == 10)) end)
--> enum concat	true	admin!
try('enum order', function()
  return list(s:scalars(db.select(User.kind):distinct():order_by(User.kind)):all())
end)
--> enum order	true	admin guest
try('enum cast', function()
  return s:scalar(db.select(db.cast(User.kind, db.String)):where(User.id == 10))
end)
--> enum cast	true	admin
try('enum in sub', function()
  return User.query:filter(User.kind:in_(db.select(User.kind):where(User.id == 10))):count()
end)
--> enum in sub	true	5
try('enum bad', function() return User.query:filter(User.kind == 'nope'):count() end)
--> enum bad	false	ValueError: User.kind: Enum takes one of its values, got text 'nope'; the values are 'admin', 'guest'
try('enum min', function() return s:scalar(db.select(db.func.min(User.kind))) end)
--> enum min	true	admin
try('enum group', function()
  local t = {} for r in
  s:execute(db.select(User.kind, db.func.count()):group_by(User.kind):order_by(db.func.count())) do t[#t+1] = r[1] .. r[2] end
  return list(t)
end)
--> enum group	true	admin5 guest45
try('enum null cmp', function() return User.query:filter(User.kind:is_distinct_from(nil)):count() end)
--> enum null cmp	true	50
