-- JSON columns: what is an array, what is an object, paths, and what is no JSON.
app = moonbase.App 'documents'
app.config:update{DATABASE_URI = fresh_database()}
db = moonbase.Database(app)
Doc = db.Model 'Doc' {id = db.Column{db.Integer, primary_key = true}, data = db.Column{db.JSON}}
db.create_all()
function stored() return db.session:execute(db.text 'select cast(data as text) from doc order by id desc limit 1'):scalar() end
function keep(v)
  db.session:add(Doc{data = v})
  db.session:commit()
  db.session:expunge_all()
  return Doc.query:order_by(Doc.id:desc()):first()
end
d = keep{name = 'moon', list = {1, 2, {deep = true}}, empty = {}, none = db.null, nums = db.array{}}
print(stored())
print(d.data.list[3].deep, d.data.none == db.null, #d.data.list, #d.data.nums)
--> {"empty":{},"list":[1,2,{"deep":true}],"name":"moon","none":null,"nums":[]}
--> true	true	3	0
-- what was loaded keeps its kinds when it is written again
d.data = d.data
db.session:commit()
print(stored())
--> {"empty":{},"list":[1,2,{"deep":true}],"name":"moon","none":null,"nums":[]}
-- a new value
d.data = {n = 2}
print(#db.session.dirty)
db.session:commit()
print(stored(), d.data.n)
--> 1
--> {"n":2}	2
print(db.session:query(Doc.data:path 'n'):scalar(), Doc.query:filter(Doc.data:path 'n':eq(nil)):count())
--> 2	0
-- SQLite compares a value inside a document as it is; on PostgreSQL JSON has no operators.
print(db.session:query(Doc.data:path 'n' + 1):scalar())
--> 3
--postgresql! ProgrammingError: operator does not exist: json + unknown
--postgresql!   LINE 1: SELECT (doc.data -> CAST($1 AS TEXT)) + $2 AS anon_1
--postgresql!                                                 ^
--postgresql!   HINT:  No operator matches the given name and argument types. You might need to add explicit type casts.
--postgresql!   No operator matches the given name and argument types. You might need to add explicit type casts.
--postgresql!   A value inside JSON has no operators here: read it with path(…):as_string(), as_integer() and the like, or make the column JSONB.
db.session:rollback()
print(Doc.query:filter(Doc.data:path 'n':eq(2)):count(), Doc.query:filter(Doc.data:path('n'):gt(1)):count())
--> 1	1
--postgresql! ProgrammingError: operator does not exist: json = unknown
db.session:rollback()
print(Doc.query:filter(Doc.data:path 'n':as_integer():gt(1)):count(), db.session:query(Doc.data:path 'n':as_string()):scalar())
--> 1	2
keep{a = {'x', 'y'}}
print(db.session:query(Doc.data:path('a', 1), Doc.data:path('a', 2), Doc.data:path('a', 3)):order_by(Doc.id:desc()):first())
--> ('x', 'y', null)
Doc.data:path('a', 0)
--! TypeError: path: argument 2: expected a key or a position from 1 on, got number
Doc.data:path('a', -1)
--! TypeError: path: argument 2: expected a key or a position from 1 on, got number
keep(nil)
print(Doc.query:filter(Doc.data:eq(nil)):count())
--> 1
print(keep{[1] = 'a', [2] = 'b'}.data[2], stored())
--> b	["a","b"]
print(keep{1.5, 1e300, -0.0, math.maxinteger}.data[4] == math.maxinteger, stored())
--> true	[1.5,1e+300,-0.0,9223372036854775807]
print(keep{big = 2^53}.data.big, stored())
--> 9.007199254741e+15	{"big":9007199254740992.0}
keep{x = 0/0}
--! ValueError: Doc.data: JSON has no nan (at x)
keep{x = 1/0}
--! ValueError: Doc.data: JSON has no inf (at x)
keep{x = '\xff'}
--! ValueError: Doc.data: text that is not UTF-8 cannot be JSON (at x)
keep{[true] = 1}
--! TypeError: Doc.data: a boolean that is no position cannot be a key in JSON
keep{[1.5] = 1}
--! TypeError: Doc.data: a number that is no position cannot be a key in JSON
keep{[3] = 'hole'}
--! TypeError: Doc.data: a list with holes cannot be JSON: write moonbase.null for a missing value
keep{t = moonbase.datetime(2026, 1, 1)}
--! TypeError: Doc.data: JSON has no datetime (at t)
keep(print)
--! TypeError: Doc.data: JSON has no function
local deep = {}
for i = 1, 50 do deep = {deep} end
print(#stored(keep(deep)))
--> 102
local deep = {}
for i = 1, 5000 do deep = {deep} end
keep(deep)
--! ValueError: Doc.data: the table nests deeper than 1000 levels
db.session:rollback()

-- --- edited in place ----------------------------------------------------------------------------------
-- One table for each read, as long as the object keeps the value; what is changed in it is written.
app2 = moonbase.App 'edited'
app2.config:update{DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
db = moonbase.Database(app2)
session = db.session
statements = require 'statements'
Paper = db.Model 'Paper' {
  id   = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(20)},
  data = db.Column{db.JSON},
  tags = db.Column{db.ARRAY(db.Integer):with_variant(db.JSON, 'sqlite')},
}
db.create_all()
function in_db(p) return session:execute(db.text('select cast(data as text) from paper where id = :id'), {id = p.id}):scalar() end
p = Paper{data = {a = 1, list = {1, 2, {deep = true}}}, tags = {1, 2}}
session:add(p)
session:commit()
print(p.data == p.data, p.data.list == p.data.list, #session.dirty, session:is_modified(p))
--> true	true	0	false
p.data.list[3].deep = false
p.data.list[4] = 'x'
print(p.data.list[4], #session.dirty, session:is_modified(p), session.dirty[1] == p)
--> x	1	true	true
h = moonbase.inspect(p).attrs.data
print(h.value == p.data, moonbase.json.dumps(h.history.added), moonbase.json.dumps(h.history.deleted))
statements(function() session:flush() end)
print(in_db(p), #session.dirty)
statements(function() session:flush() end)
--> true	[{"a":1,"list":[1,2,{"deep":false},"x"]}]	[{"a":1,"list":[1,2,{"deep":true}]}]
--> UPDATE paper SET data=? WHERE paper.id = ?
--> 1 statement
--> {"a":1,"list":[1,2,{"deep":false},"x"]}	0
--> 0 statements
p.data.a = nil
statements(function() Paper.query:count() end)
--> UPDATE paper SET data=? WHERE paper.id = ?
--> SELECT count(*) AS count_1 FROM paper
--> 2 statements
session:commit()
print(in_db(p))
--> {"list":[1,2,{"deep":false},"x"]}
-- Put back is no change.
p.data.b = 1
p.data.b = nil
print(#session.dirty)
statements(function() session:commit() end)
--> 0
--> 0 statements
-- A list of a column of its own.
p.tags[3] = 3
table.remove(p.tags, 1)
statements(function() session:commit() end)
print(#p.tags, p.tags[1])
--> UPDATE paper SET tags=? WHERE paper.id = ?
--> 1 statement
--> 2	2
--postgresql> UPDATE paper SET tags=CAST(? AS INTEGER[]) WHERE paper.id = ?
--postgresql> 1 statement
--postgresql> 2	2
-- Expire, refresh and rollback drop what was not written; the old table belongs to nobody.
t = p.data
t.c = 1
session:rollback()
print(p.data.c, p.data == t, #session.dirty)
--> nil	false	0
t = p.data
t.c = 1
session:expire(p)
print(p.data.c, p.data == t)
--> nil	false
p.data.c = 1
session:expire(p, {'data'})
print(p.data.c)
--> nil
p.data.c = 1
session:refresh(p)
print(p.data.c, in_db(p))
--> 1	{"c":1,"list":[1,2,{"deep":false},"x"]}
session:rollback()
-- A savepoint: what was changed inside is dropped, what was not stays.
q = Paper{data = {n = 1}}
session:add(q)
session:commit()
t, kept = p.data, q.data
session:begin_nested()
t.d = 1
session:rollback()
print(p.data.d, p.data == t, q.data == kept)
--> nil	false	true
kept.n = 2
session:commit()
print(in_db(q))
--> {"n":2}
-- What was assigned is watched, too, before and after it is written.
t = {n = 1}
r = Paper{data = t}
session:add(r)
t.n = 2
print(r.data == t)
--> true
session:flush()
t.n = 3
session:flush()
print(in_db(r), r.data == t)
--> {"n":3}	true
r.data = {n = 4}
t.n = 5
r.data.m = {}
session:commit()
print(in_db(r))
--> {"m":{},"n":4}
r.data = nil
session:commit()
print(r.data, in_db(r))
--> nil	nil
-- Text of another hand: read, it is no change.
session:execute(db.text "insert into paper (id, data) values (77, '{ \"b\": 1, \"a\": [ ] }')")
x = Paper.query:get(77)
print(x.data.b, #session.dirty)
statements(function() session:flush() end)
--> 1	0
--> 0 statements
x.data.b = 2
session:flush()
print(in_db(x))
--> {"a":[],"b":2}
-- What JSON has not is the flush's to say; the object is found among the dirty.
x.data.f = print
print(#session.dirty)
--> 1
session:flush()
--! TypeError: Paper.data: JSON has no function (at f)
x.data.f = 0/0
session:flush()
--! ValueError: Paper.data: JSON has no nan (at f)
session:flush()
--! ValueError: Paper.data: JSON has no nan (at f)
x.data.f = nil
session:commit()
-- An edit outlives the names of the table and the object.
Paper.query:get(77).data.z = 26
collectgarbage()
session:commit()
print(in_db(x))
--> {"a":[],"b":2,"z":26}
-- Detached objects keep their edits for merge.
x.data.y = 25
session:expunge(x)
x.data.y = 24
y = session:merge(x)
print(y.data.y, y ~= x)
--> 24	true
session:commit()
print(in_db(y))
--> {"a":[],"b":2,"y":24,"z":26}
-- Many documents that nobody holds are not kept, and none of their edits is lost.
for k = 1, 20000 do session:add(Paper{id = 1000 + k, data = {n = k}}) end
session:commit()
for paper in Paper.query:filter(Paper.id > 1000):yield_per(1000) do
  if paper.data.n % 5000 == 0 then paper.data.n = 0 end
end
print(Paper.query:filter(Paper.data:path 'n':as_integer() == 0):count())
--> 4
session:rollback()
