-- Every type, on every database: what goes in comes back as it was, from an INSERT, an UPDATE, a parameter and a query.
app = moonbase.App 'types'
app.config:update{DATABASE_URI = fresh_database()}
db = moonbase.Database(app)
session = db.session
date, datetime, time, timedelta, decimal = moonbase.date, moonbase.datetime, moonbase.time, moonbase.timedelta, moonbase.decimal
Upper = db.TypeDecorator{impl = db.String(20), process_bind_param = function(v) return v and v:lower() end,
                         process_result_value = function(v) return v and v:upper() end}
types = {
  small = db.SmallInteger, whole = db.Integer, big = db.BigInteger, flag = db.Boolean, word = db.String(20), text = db.Text,
  wide = db.Unicode(20), float = db.Float, double = db.Double, price = db.Numeric(12, 2), exact = db.Numeric(20, 6), day = db.Date,
  moment = db.DateTime, zoned = db.DateTime{timezone = true}, clock = db.Time, span = db.Interval, bytes = db.LargeBinary,
  colour = db.Enum{'red', 'green', name = 'colour'}, doc = db.JSON, key = db.Uuid, pickled = db.PickleType, upper = Upper,
}
body = {id = db.Column{db.Integer, primary_key = true}}
for name, type in pairs(types) do body[name] = db.Column{type} end
Thing = db.Model 'Thing' (body)
db.create_all()
-- Stores a value in each way there is, and prints what came of it, once where it is always the same.
function trip(name, value, other)
  local made = Thing{[name] = value}
  session:add(made)
  session:commit()
  local found = {made[name]}
  session:execute(db.update(Thing):where(Thing.id == made.id):values{[name] = value})
  session:expire_all()
  found[2] = made[name]
  found[3] = session:execute(db.select(Thing[name]):where(Thing.id == made.id)):scalar()
  if name ~= 'doc' and name ~= 'pickled' then
    found[4] = session:query(Thing[name]):filter(Thing[name] == value, Thing.id == made.id):scalar()
    found[5] = session:execute(db.select(db.literal(value, Thing[name].type))):scalar()
  end
  session:bulk_insert(Thing, {{[name] = value}})
  found[#found + 1] = session:execute(db.select(Thing[name]):order_by(Thing.id:desc())):scalar()
  local texts, kind = {}, math.type(value) or type(found[1])
  for i, v in ipairs(found) do texts[i] = type(v) == 'table' and moonbase.json.dumps(v) or ('%s'):format(v) end
  for i = 2, #texts do
    if texts[i] ~= texts[1] then return print(name, kind, table.concat(texts, ' / ')) end
  end
  print(name, (math.type(found[1]) or type(found[1])), (texts[1]:gsub('[\0-\31\128-\255]', function(c) return ('\\x%02x'):format(c:byte()) end)), #texts)
  session:rollback()
end

trip('small', -32768)
trip('whole', 2147483647)
trip('big', math.maxinteger)
trip('big', math.mininteger)
trip('flag', true)
trip('flag', false)
--> small	integer	-32768	6
--> whole	integer	2147483647	6
--> big	integer	9223372036854775807	6
--> big	integer	-9223372036854775808	6
--> flag	boolean	true	6
--> flag	boolean	false	6
trip('word', "it's \"quoted\" \\ %_")
trip('word', '')
trip('text', 'größe 🌙\n\ttab')
trip('wide', '月')
trip('upper', 'MiXed')
--> word	string	it's "quoted" \ %_	6
--> word	string		6
--> text	string	gr\xc3\xb6\xc3\x9fe \xf0\x9f\x8c\x99\x0a\x09tab	6
--> wide	string	\xe6\x9c\x88	6
--> upper	string	MIXED	6
trip('float', 1.5)
trip('float', 0.1)
trip('double', 1e300)
trip('double', -2.0)
trip('price', decimal '12.30')
trip('price', decimal '-9999999.99')
trip('exact', decimal '0.000001')
--> float	float	1.5	6
--> float	float	0.1	6
--> double	float	1e+300	6
--> double	float	-2.0	6
--> price	userdata	12.30	6
--> price	userdata	-9999999.99	6
--> exact	userdata	0.000001	6
trip('day', date(2026, 11, 20))
trip('day', date(1, 1, 1))
trip('moment', datetime(2026, 11, 20, 1, 2, 3, 456789))
trip('moment', datetime(1969, 12, 31, 23, 59, 59))
trip('zoned', datetime.fromisoformat '2026-11-20T12:00:00+00:00')
trip('clock', time(23, 59, 59, 999999))
trip('span', timedelta{days = 1, hours = 2, microseconds = 3})
trip('span', timedelta{seconds = -90})
--> day	userdata	2026-11-20	6
--> day	userdata	0001-01-01	6
--> moment	userdata	2026-11-20 01:02:03.456789	6
--> moment	userdata	1969-12-31 23:59:59	6
--> zoned	userdata	2026-11-20 12:00:00	6
--> clock	userdata	23:59:59.999999	6
--> span	userdata	1 day, 2:00:00.000003	6
--> span	userdata	-1 day, 23:58:30	6
--postgresql> day	userdata	2026-11-20	6
--postgresql> day	userdata	0001-01-01	6
--postgresql> moment	userdata	2026-11-20 01:02:03.456789	6
--postgresql> moment	userdata	1969-12-31 23:59:59	6
--postgresql> zoned	userdata	2026-11-20 12:00:00+00:00	6
--postgresql> clock	userdata	23:59:59.999999	6
--postgresql> span	userdata	1 day, 2:00:00.000003	6
--postgresql> span	userdata	-1 day, 23:58:30	6
trip('bytes', 'a\0b\255')
trip('bytes', '')
trip('colour', 'green')
trip('key', '550e8400-e29b-41d4-a716-446655440000')
--> bytes	string	a\x00b\xff	6
--> bytes	string		6
--> colour	string	green	6
--> key	string	550e8400-e29b-41d4-a716-446655440000	6
trip('doc', {list = {1, 2.5, 'x', db.null, true}, nested = {deep = {}}})
trip('doc', {1, 2, 3})
trip('doc', 'only text')
trip('pickled', {a = {1, 2}})
--> doc	table	{"list":[1,2.5,"x",null,true],"nested":{"deep":{}}}	4
--> doc	table	[1,2,3]	4
--> doc	string	only text	4
--> pickled	table	{"a":[1,2]}	4

-- --- NULL -----------------------------------------------------------------------------------------------
empty = Thing{}
session:add(empty)
session:commit()
missing = {}
for name in pairs(types) do if empty[name] ~= nil then missing[#missing + 1] = name end end
print(#missing, Thing.query:filter(Thing.id == empty.id, Thing.day == nil, Thing.doc == nil):count())
--> 0	1
-- null inside a document is no NULL.
x = Thing{doc = {list = {db.null}, a = db.null}}
session:add(x)
session:commit()
print(x.doc.list[1], x.doc.a, Thing.query:filter(Thing.id == x.id, Thing.doc == nil):count())
--> null	null	0

-- --- inside expressions ---------------------------------------------------------------------------------
session:add(Thing{word = 'here', whole = 7, price = decimal '2.50', day = date(2026, 2, 28), moment = datetime(2026, 2, 28, 23, 0),
                  flag = true, doc = {n = 5, s = 'x', list = {10, 20}}, float = 0.5})
session:commit()
function value(e) return session:query(e):filter(Thing.word == 'here'):scalar() end
print(value(Thing.whole / 2), value(Thing.whole // 2), value(Thing.whole % 4), value(Thing.price * 2), value(Thing.float + 1))
--> 3.5	3	3	5.0	1.5
--postgresql> 3.5	3	3	5.00	1.5
print(value(Thing.word .. '!'), value(db.func.upper(Thing.word)), value(db.func.length(Thing.word)), value(db.func.coalesce(Thing.text, 'none')))
--> here!	HERE	4	none
print(value(db.extract('year', Thing.day)), value(db.extract('month', Thing.moment)), value(db.cast(Thing.whole, db.String)), value(db.cast(Thing.whole, db.Float)))
--> 2026	2	7	7.0
print(value(Thing.doc:path('n'):as_integer()), value(Thing.doc:path('s'):as_string()), value(Thing.doc:path('list', 1):as_integer()))
--> 5	x	10
print(value(db.case{{Thing.whole > 5, 'many'}, else_ = 'few'}), value(db.expr(Thing.flag and Thing.whole == 7)), value(db.func.max(Thing.day)))
--> many	true	2026-02-28
print(value(Thing.word:like 'HER_'), value(Thing.word:ilike 'HER_'), value(Thing.word:startswith 'he'), value(Thing.word:contains('%', {autoescape = true})))
--> true	true	true	false
--postgresql> false	true	true	false
session:rollback()

-- --- what does not fit ----------------------------------------------------------------------------------
function refused(values)
  local ok, e = pcall(function() session:add(Thing(values)) session:commit() end)
  session:rollback()
  session:expunge_all()
  print(ok and 'stored' or e.kind .. ': ' .. e.message)
end
refused{whole = 'x'}
refused{whole = 1.5}
refused{big = 2^63}
refused{flag = 'perhaps'}
refused{day = 'tomorrow'}
refused{price = 'cheap'}
refused{colour = 'blue'}
refused{key = 'no key'}
refused{text = '\xff'}
refused{doc = function() end}
--> TypeError: Thing.whole: Integer takes a whole number, got text 'x'
--> ValueError: Thing.whole: Integer takes a whole number, got 1.5
--> ValueError: Thing.big: BigInteger takes a whole number of 64 bits, got 9223372036854775808.0
--> TypeError: Thing.flag: Boolean takes true, false, 1 or 0, got text 'perhaps'
--> TypeError: Thing.day: Date takes a date, got text 'tomorrow'; write moonbase.date(2000, 12, 31)
--> ValueError: Thing.price: Numeric takes a number, or one as text like '12.50', got text 'cheap'
--> ValueError: Thing.colour: Enum takes one of its values, got text 'blue'; the values are 'red', 'green'
--> ValueError: Thing.key: Uuid takes a UUID as text (32 hex digits, with or without hyphens), got text 'no key'
--> ValueError: Thing.text: Text takes UTF-8 text, got text '\xff'; bytes belong in a LargeBinary column
--> TypeError: Thing.doc: JSON has no function
