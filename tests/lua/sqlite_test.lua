-- What SQLite alone does: it keeps what does not fit a column's type, and one writer locks the others out.
moonbase = require 'moonbase'
app = moonbase.App 'sqlite'
app.config:update{DATABASE_URI = 'sqlite://'}
db = moonbase.Database(app)
session = db.session
V = db.Model 'V' {
  id = db.Column{db.Integer, primary_key = true},
  i = db.Column{db.Integer}, b = db.Column{db.Boolean}, s = db.Column{db.String(5)}, f = db.Column{db.Float},
  num = db.Column{db.Numeric(10, 2)}, d = db.Column{db.Date}, dt = db.Column{db.DateTime}, tm = db.Column{db.Time},
  iv = db.Column{db.Interval}, en = db.Column{db.Enum('red', 'green')}, j = db.Column{db.JSON}, uid = db.Column{db.Uuid},
}
db.create_all()

-- --- bad stored values name the column ---
function bad(name, sql)
  db.session:execute(db.text(('insert into v (%s) values (%s)'):format(name, sql)))
  local ok, e = pcall(function() return V.query:order_by(V.id:desc()):first()[name] end)
  db.session:rollback()
  print(ok, ok or (tostring(e):gsub('\n%s*', ' | ')))
end
bad('i', "'abc'")
bad('b', '7')
bad('d', "'yesterday'")
bad('dt', "'2026-13-01 00:00:00'")
bad('tm', "'25:00'")
bad('num', "'ten'")
bad('en', "'blue'")
bad('j', "'{oops'")
bad('uid', "'zz'")
bad('iv', "'x'")
bad('s', "x'ff'")
bad('f', "'x'")
--> false	ValueError: Couldn't read 'abc' as Integer | while reading V.i
--> true	true
--> false	ValueError: Couldn't read 'yesterday' as Date | while reading V.d
--> false	ValueError: Couldn't read '2026-13-01 00:00:00' as DateTime | while reading V.dt
--> false	ValueError: Couldn't read '25:00' as Time | while reading V.tm
--> false	ValueError: Couldn't read 'ten' as Numeric | while reading V.num
--> false	ValueError: Couldn't read 'blue' as Enum; the values are 'red', 'green' | while reading V.en
--> false	ValueError: not JSON: character 2 makes no sense there | while reading V.j
--> false	ValueError: Couldn't read 'zz' as Uuid | while reading V.uid
--> false	ValueError: Couldn't read 'x' as Interval | while reading V.iv
--> true	true
--> false	ValueError: Couldn't read 'x' as Float | while reading V.f
session:execute(db.text "insert into v (j) values ('{oops')")
broken = V.query:order_by(V.id:desc()):first()
print(broken.id > 0)
print(broken.j)
--! ValueError: not JSON: character 2 makes no sense there
--!   while reading V.j
session:query(V.j):order_by(V.id:desc()):first()
--! ValueError: not JSON: character 2 makes no sense there
--!   while reading 'j'
session:rollback()

-- --- INSERT OR REPLACE ---
session:add(V{id = 1, i = 1})
session:commit()
print(session:execute(db.insert(V):prefix_with('OR REPLACE'):values{id = 1, i = 7}).rowcount)
--> 1
print(session:execute(db.select(V.i):where(V.id:eq(1))):scalar())
--> 7
session:commit()

-- --- one writer at a time ---
-- Two sessions on one file: a writer that is in the way, and goes away.
path = os.tmpname()
one = moonbase.create_engine('sqlite:///' .. path, {timeout = 0})
db.metadata:create_all(one)
blocker, worker = moonbase.Session{bind = one}, moonbase.Session{bind = one}
blocker:add(V{s = 'blocker'})
blocker:flush()
tries = 0
function work(s)
  tries = tries + 1
  if tries == 3 then blocker:commit() end
  s:add(V{s = 'worker'})
  s:flush()
  return s:query(V):count()
end
print(worker:run_transaction(work, {retries = 5, backoff = 0}), tries)
blocker:add(V{s = 'again'})
blocker:flush()
tries = 10
ok, err = pcall(worker.run_transaction, worker, work, {retries = 2, backoff = 0})
print(ok, err.kind, err.message)
print(tries, #worker.new, worker.is_active)
blocker:close() worker:close()
os.remove(path)
--> 2	3
--> false	OperationalError	database is locked
--> 13	0	true
