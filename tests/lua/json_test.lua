-- JSON columns: what is an array, what is an object, paths, and what is no JSON.
app = moonbase.App 'documents'
app.config:update{DATABASE_URI = 'sqlite://'}
db = moonbase.Database(app)
Doc = db.Model 'Doc' {id = db.Column{db.Integer, primary_key = true}, data = db.Column{db.JSON}}
db.create_all()
function stored() return db.session:execute(db.text 'select data from doc order by id desc limit 1'):scalar() end
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
print(db.session:query(Doc.data:path 'n'):scalar(), db.session:query(Doc.data:path 'n' + 1):scalar())
--> 2	3
print(Doc.query:filter(Doc.data:path 'n':eq(2)):count(), Doc.query:filter(Doc.data:path('n'):gt(1)):count(), Doc.query:filter(Doc.data:path 'n':eq(nil)):count())
--> 1	1	0
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
db.session:execute(db.text "insert into doc (data) values ('{oops')")
bad = Doc.query:order_by(Doc.id:desc()):first()
print(bad.id > 0)
print(bad.data)
--! ValueError: not JSON: character 2 makes no sense there
--!   while reading Doc.data
db.session:query(Doc.data):order_by(Doc.id:desc()):first()
--! ValueError: not JSON: character 2 makes no sense there
--!   while reading 'data'
db.session:rollback()
