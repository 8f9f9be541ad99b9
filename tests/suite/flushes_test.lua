-- Flushes of many rows at a time: classes of several tables, versions, links, hooks, keys that change, rows that are refused.
moonbase = require 'moonbase'
app = moonbase.App 'flushes'
app.config:update{DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
db = moonbase.Database(app)
s = db.session
log = {}
-- Says something between the lines of a check.
function note(...)
  local t = table.pack(...)
  for i = 1, t.n do t[i] = tostring(t[i]) end
  log[#log + 1] = table.concat(t, ' ')
end
Person = db.Model 'Person' {
  id = db.Column{db.Integer, primary_key = true}, type = db.Column{db.String(20)}, name = db.Column{db.String(30)},
  v = db.Column{db.Integer}, made = db.Column{db.Integer, server_default = '42'}, code = db.Column{db.String(10), unique = true},
  boss_id = db.Column{db.Integer, db.ForeignKey 'person.id'},
  boss = db.relationship{'Person', remote_side = 'Person.id', backref = 'team'},
  __mapper_args__ = {polymorphic_on = 'type', polymorphic_identity = 'person', version_id_col = 'v'},
}
Worker = db.Model('Worker', Person) {
  id = db.Column{db.Integer, db.ForeignKey 'person.id', primary_key = true}, job = db.Column{db.String(20)},
  pay = db.Column{db.Numeric(10, 2)},
  skills = db.relationship{'Skill', secondary = 'worker_skill', backref = 'workers', order_by = 'Skill.id'},
  __mapper_args__ = {polymorphic_identity = 'worker'},
}
Chief = db.Model('Chief', Worker) {
  id = db.Column{db.Integer, db.ForeignKey 'worker.id', primary_key = true}, car = db.Column{db.String(20)},
  __mapper_args__ = {polymorphic_identity = 'chief'},
}
Skill = db.Model 'Skill' {id = db.Column{db.Integer, primary_key = true}, name = db.Column{db.String(20), unique = true}}
db.Table{'worker_skill', db.Column{'worker_id', db.Integer, db.ForeignKey 'worker.id', primary_key = true},
  db.Column{'skill_id', db.Integer, db.ForeignKey 'skill.id', primary_key = true}}
Nat = db.Model 'Nat' {
  key = db.Column{db.String(10), primary_key = true},
  n = db.Column{db.Integer, default = function() return 7 end, onupdate = function() return 8 end},
  subs = db.relationship{'Sub', backref = 'nat', cascade = 'all, delete-orphan', order_by = 'Sub.pos'},
}
Sub = db.Model 'Sub' {
  nat_key = db.Column{db.String(10), db.ForeignKey{'nat.key', onupdate = 'CASCADE'}, primary_key = true},
  pos = db.Column{db.Integer, primary_key = true}, text = db.Column{db.Text},
}
db.create_all()
-- What a function gives, or the first line of its error; of a refusal, which every database words in its own way, its kind.
function check(name, f, ...)
  local r = table.pack(pcall(f, ...))
  if not r[1] then s:rollback() end
  if type(r[2]) == 'userdata' and r[2].kind == 'IntegrityError' then r[2] = r[2].kind end
  for i = 1, r.n do r[i] = tostring(r[i]):gsub('\n.*', ''):gsub('^[^ ]*:%d+: ', '') end
  print(name, table.unpack(r, 1, r.n))
  for _, line in ipairs(log) do print('  ' .. line) end
  log = {}
end
function all(q)
  local t = {}
  for _, x in ipairs(q) do t[#t + 1] = tostring(x) end
  return table.concat(t, ' ')
end
check('mixed insert', function()
  local list = {}
  for i = 1, 300 do
    local c = i % 3 == 0 and Chief or i % 3 == 1 and Worker or Person
    local x = c{name = 'n' .. i, code = 'c' .. i}
    if i % 5 == 0 then x.made = i end
    if i % 7 == 0 and c ~= Person then x.job = 'j' .. i end
    if i > 10 then x.boss = list[i // 10] end
    list[i] = x
  end
  s:add_all(list)
  s:commit()
  local led = Person.query:filter(Person.boss_id ~= nil):count()
  return #list, list[300].boss.name, list[30].made, list[31].made, led, Worker.query:count(), Chief.query:count(),
    Person.query:filter(Person.v == 1):count()
end)
--> mixed insert	true	300	n30	30	42	290	200	100	300
check('all the same', function()
  local wrong = 0
  for i = 1, 300 do
    if Person.query:filter_by{code = 'c' .. i}:one().name ~= 'n' .. i then wrong = wrong + 1 end
  end
  return wrong
end)
--> all the same	true	0
check('mixed update', function()
  for i, x in ipairs(Person.query:order_by(Person.id):all()) do
    if i % 2 == 0 then x.name = x.name .. '!' end
    if i % 3 == 0 then x.made = i end
    if i % 4 == 0 and x.type ~= 'person' then x.job = 'job' .. i x.pay = i end
    if i % 11 == 0 then x.boss = nil end
  end
  s:commit()
  local changed, shouted = Person.query:filter(Person.v == 2):count(), Person.query:filter(Person.name:like '%!'):count()
  return changed, shouted, Worker.query:filter(Worker.job:like 'job%'):count(), s:scalar(db.select(db.func.sum(Worker.pay))),
    Person.query:filter(Person.boss_id == nil):count()
end)
--> mixed update	true	200	150	50	7600.00	37
check('m2m', function()
  local sk = {} for i = 1, 20 do sk[i] = Skill{name = 's' .. i} end
  for i, w in ipairs(Worker.query:order_by(Worker.id):all()) do for k = 1, i % 5 do w.skills:append(sk[(i + k) % 20 + 1]) end end
  s:commit()
  local total = s:scalar(db.select(db.func.count()):select_from(db.metadata.tables.worker_skill))
  for i, w in ipairs(Worker.query:order_by(Worker.id):limit(50):all()) do
    if #w.skills > 2 then w.skills:remove(w.skills[1]) end
    if i % 10 == 0 then w.skills = {sk[1], sk[2]} end
  end
  s:commit()
  return total, s:scalar(db.select(db.func.count()):select_from(db.metadata.tables.worker_skill)), #sk[1].workers, #sk[2].workers
end)
--> m2m	true	400	390	25	25
check('stale', function()
  local x = Person.query:filter_by{code = 'c5'}:one()
  s:execute(db.text [[update person set v = 99 where code = 'c5']])
  x.name = 'late' s:flush()
end)
--> stale	false	StaleDataError: UPDATE of <Person 5> on table 'person' matched 0 rows instead of 1: its v is 1 no more, somebody else was faster
check('stale in many', function()
  local list = Person.query:filter(Person.type == 'person'):order_by(Person.id):limit(10):all()
  s:execute(db.text([[update person set v = 99 where id = ]] .. list[6].id))
  for _, x in ipairs(list) do x.made = 1 end
  s:flush()
end)
--> stale in many	false	StaleDataError: UPDATE of <Person 17> on table 'person' matched 0 rows instead of 1: its v is 1 no more, somebody else was faster
check('dup in many', function()
  for i = 1, 10 do s:add(Person{name = 'd' .. i, code = i == 7 and 'c3' or 'd' .. i}) end s:flush()
end)
--> dup in many	false	IntegrityError
check('dup in update', function()
  for i, x in ipairs(Person.query:filter(Person.type == 'person'):order_by(Person.id):limit(5):all()) do x.code = i == 4 and 'c3' or 'e' .. i end
  s:flush()
end)
--> dup in update	false	IntegrityError
check('swap unique', function()
  local a, b = Person.query:filter_by{code = 'c8'}:one(), Person.query:filter_by{code = 'c9'}:one() a.code, b.code = b.code, a.code
  s:flush()
  return a.code, b.code
end)
--> swap unique	false	IntegrityError
check('delete reuse', function()
  local a = Person.query:filter_by{code = 'c299'}:one() s:delete(a)
  s:add(Person{name = 'again', code = 'c299'})
  s:flush()
  s:rollback()
  return Person.query:filter_by{code = 'c299'}:one().name
end)
--> delete reuse	true	n299
check('delete all', function()
  local n = 0 for _, x in ipairs(Person.query:filter(Person.id > 100):all()) do s:delete(x) n = n + 1 end
  s:commit()
  return n, Person.query:count(), Worker.query:count(), s:scalar(db.select(db.func.count()):select_from(db.metadata.tables.worker_skill))
end)
--> delete all	true	200	100	67	123
check('natural', function()
  local a = Nat{key = 'a'} for i = 1, 5 do a.subs:append(Sub{pos = i, text = 't' .. i}) end
  local b = Nat{key = 'b', n = 1} s:add_all{a, b} s:commit()
  a.key = 'z' s:commit()
  local r1 = all(s:scalars(db.select(Sub.nat_key):distinct()):all())
  a.subs = {a.subs[2], Sub{pos = 9, text = 'new'}} s:commit()
  b.n = nil s:commit()
  return r1, all(s:scalars(db.select(Sub.text):order_by(Sub.pos)):all()), a.n, b.n
end)
--> natural	true	z	t2 new	8	nil
check('key change + child', function()
  local z = s:get(Nat, 'z') z.key = 'y' z.subs[1].text = 'upd' s:commit() return z.subs[1].nat_key, z.subs[1].text
end)
--> key change + child	true	y	upd
check('move child', function()
  local y, b = s:get(Nat, 'y'), s:get(Nat, 'b')
  local c = y.subs[1] y.subs:remove(c) b.subs:append(c) s:commit()
  return c.nat_key, #y.subs, #b.subs
end)
--> move child	true	b	1	1
check('replace by same key', function()
  local b = s:get(Nat, 'b')
  local pos = b.subs[1].pos b.subs = {Sub{pos = pos, text = 'same key'}} s:commit()
  return #b.subs, b.subs[1].text
end)
--> replace by same key	true	1	same key
check('explicit key', function()
  s:add_all{Skill{id = 1000, name = 'x1'}, Skill{name = 'x2'}, Skill{id = 500, name = 'x3'}} s:commit()
  return Skill.query:filter(Skill.name:like 'x%'):count()
end)
--> explicit key	true	3
for _, name in ipairs{'before_insert', 'after_insert', 'before_update', 'after_update', 'before_delete', 'after_delete'} do
  db.event.listen(Skill, name, function(mapper, conn, x) note(name, x.name, x.id ~= nil) end)
end
check('events', function()
  local l = {} for i = 1, 4 do l[i] = Skill{name = 'ev' .. i} end
  s:add_all(l)
  s:flush() for i = 1, 4 do l[i].name = 'ew' .. i end
  s:flush() s:delete(l[1]) s:delete(l[2])
  s:flush()
  return #log
end)
--> events	true	20
-->   before_insert ev1 false
-->   before_insert ev2 false
-->   before_insert ev3 false
-->   before_insert ev4 false
-->   after_insert ev1 true
-->   after_insert ev2 true
-->   after_insert ev3 true
-->   after_insert ev4 true
-->   before_update ew1 true
-->   before_update ew2 true
-->   before_update ew3 true
-->   before_update ew4 true
-->   after_update ew1 true
-->   after_update ew2 true
-->   after_update ew3 true
-->   after_update ew4 true
-->   before_delete ew1 true
-->   before_delete ew2 true
-->   after_delete ew1 true
-->   after_delete ew2 true
db.event.listen(Skill, 'before_insert', function(mapper, conn, x) x.name = x.name .. '+' .. conn:scalar(db.text 'select count(*) from skill') end)
check('event queries', function()
  local l = {} for i = 1, 4 do l[i] = Skill{name = 'q' .. i} end
  s:add_all(l)
  s:flush()
  local t = {} for i, x in ipairs(l) do t[i] = x.name end
  return table.concat(t, ' ')
end)
--> event queries	true	q1+25 q2+25 q3+25 q4+25
-->   before_insert q1 false
-->   before_insert q2 false
-->   before_insert q3 false
-->   before_insert q4 false
-->   after_insert q1+25 true
-->   after_insert q2+25 true
-->   after_insert q3+25 true
-->   after_insert q4+25 true
db.event.listen(Skill, 'after_insert', function(mapper, conn, x) conn:execute(db.text 'update person set made = 5 where id = :i', {i = x.id}) end)
check('event writes', function()
  local l = {} for i = 1, 4 do l[i] = Skill{name = 'w' .. i} end s:add_all(l) s:flush() return #log
end)
--> event writes	true	8
-->   before_insert w1 false
-->   before_insert w2 false
-->   before_insert w3 false
-->   before_insert w4 false
-->   after_insert w1+29 true
-->   after_insert w2+29 true
-->   after_insert w3+29 true
-->   after_insert w4+29 true
check('event raises', function()
  db.event.listen(Skill, 'after_insert', function(m, c, x) if x.name:find '^boom3' then error 'boom' end end)
  local l = {} for i = 1, 4 do l[i] = Skill{name = 'boom' .. i} end
  s:add_all(l)
  s:flush()
end)
--> event raises	false	boom
-->   before_insert boom1 false
-->   before_insert boom2 false
-->   before_insert boom3 false
-->   before_insert boom4 false
-->   after_insert boom1+33 true
-->   after_insert boom2+33 true
-->   after_insert boom3+33 true
check('after', function() s:rollback() return Skill.query:filter(Skill.name:like 'boom%'):count() end)
--> after	true	0
check('nested', function()
  local ok = 0 for i = 1, 6 do
  local p = pcall(function()
  local sp <close> = s:begin_nested()
  s:add(Person{name = 'sp' .. i, code = i % 2 == 0 and 'c1' or 'sp' .. i})
  s:flush() sp:commit() end) if p then ok = ok + 1 end end
  s:commit()
  return ok, Person.query:filter(Person.name:like 'sp%'):count()
end)
--> nested	true	3	3
check('cycle', function()
  local a, b = Person{name = 'ca'}, Person{name = 'cb'} a.boss = b b.boss = a s:add_all{a, b} s:flush()
  return 'no error'
end)
--> cycle	true	no error
check('self', function()
  local a = Person{name = 'me'} a.boss = a s:add(a) s:flush() return a.boss_id == a.id
end)
--> self	true	true
check('long text', function()
  s:add(Person{name = ('x'):rep(10)}) s:add(Person{name = ('y'):rep(30), code = ('z'):rep(10)}) s:flush() return 'fine'
end)
--> long text	true	fine
check('fk', function() s:add(Person{name = 'fk', boss_id = 987654}) s:add(Person{name = 'ok'}) s:flush() end)
--> fk	false	IntegrityError
check('null sd', function()
  local p = Person{name = 'nsd', made = db.null} s:add(p) s:flush()
  local q = Person{name = 'nsd2'} s:add(q) s:flush()
  return p.made, q.made
end)
--> null sd	true	42	42
check('sql value', function()
  local l = {} for i = 1, 4 do l[i] = Person{name = db.func.lower('ABC' .. i)} end
  s:add_all(l)
  s:flush()
  return l[1].name, l[4].name
end)
--> sql value	true	abc1	abc4
check('sql update', function()
  local p = Person.query:filter_by{code = 'c1'}:one() p.made = Person.made + 1 s:flush()
  local a = p.made p.made = Person.made + 1 p.name = 'q' s:flush()
  return p.made - a, p.v
end)
--> sql update	true	1	3
