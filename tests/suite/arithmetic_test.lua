-- Arithmetic of dates, times, intervals and numbers, casts, functions and windows: the same values of the same kinds.
moonbase = require 'moonbase'
app = moonbase.App 'arithmetic'
app.config:update{DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
db = moonbase.Database(app)
s = db.session
dt, date, time, td, dec = moonbase.datetime, moonbase.date, moonbase.time, moonbase.timedelta, moonbase.decimal
T = db.Model 'T' {
  id = db.Column{db.Integer, primary_key = true}, d = db.Column{db.Date}, at = db.Column{db.DateTime},
  tz = db.Column{db.DateTime{timezone = true}}, tm = db.Column{db.Time}, iv = db.Column{db.Interval},
  n = db.Column{db.Numeric(12, 2)}, f = db.Column{db.Float}, b = db.Column{db.Boolean}, s = db.Column{db.String(50)},
  x = db.Column{db.LargeBinary}, u = db.Column{db.Uuid}, j = db.Column{db.JSON}, i = db.Column{db.Integer},
  big = db.Column{db.BigInteger}, small = db.Column{db.SmallInteger},
}
db.create_all()
s:add_all{
  T{
    id = 1, d = date(2026, 1, 31), at = dt(2026, 1, 31, 23, 59, 59, 500000), tz = dt(2026, 1, 31, 12, 0, 0), tm = time(10, 30),
    iv = td{hours = 5}, n = dec '10.50', f = 0.1, b = true, s = 'Ärger', x = '\0\1', u = '12345678-1234-5678-1234-567812345678',
    j = {a = {1, 2}, s = 'x', t = true}, i = 3, big = 2^40, small = 3,
  },
  T{
    id = 2, d = date(2024, 2, 29), at = dt(2024, 2, 29), tz = dt(2024, 2, 29), tm = time(0, 0), iv = td{days = -1, seconds = 5},
    n = dec '-0.01', f = -2.5, b = false, s = '', x = '', u = '00000000-0000-0000-0000-000000000000', j = db.array{}, i = -3,
    big = -1, small = -7,
  },
  T{id = 3},
}
s:commit()
-- A value and its kind.
function show(v)
  local text = tostring(v):gsub('%c', function(c) return ('\\x%02x'):format(c:byte()) end)
  return text .. ':' .. (math.type(v) or type(v))
end
-- The values of an expression in all rows, or those of a column in the rows of a query.
function try(name, e, f)
  local query = db.session:query(e):select_from(T)
  if f then query = f(query) end
  local values = {}
  for i, row in ipairs(query:order_by(T.id):all()) do
    values[i] = type(row[1]) == 'table' and moonbase.json.dumps(row[1]) or show(row[1])
  end
  print(name, table.concat(values, ' | '))
end
F = db.func
try('d+td', T.d + td{days = 1})
--> d+td	2026-02-01 00:00:00:userdata | 2024-03-01 00:00:00:userdata | null:userdata
try('d-td', T.d - td{days = 31})
--> d-td	2025-12-31 00:00:00:userdata | 2024-01-29 00:00:00:userdata | null:userdata
try('d-d', T.d - date(2026, 1, 1))
--> d-d	30 days, 0:00:00:userdata | -672 days, 0:00:00:userdata | null:userdata
try('d-col', T.d - T.d)
--> d-col	0:00:00:userdata | 0:00:00:userdata | null:userdata
try('at+td', T.at + td{hours = 1})
--> at+td	2026-02-01 00:59:59.500000:userdata | 2024-02-29 01:00:00:userdata | null:userdata
try('at+iv', T.at + T.iv)
--> at+iv	2026-02-01 04:59:59.500000:userdata | 2024-02-28 00:00:05:userdata | null:userdata
try('at-iv', T.at - T.iv)
--> at-iv	2026-01-31 18:59:59.500000:userdata | 2024-02-29 23:59:55:userdata | null:userdata
try('at-at', T.at - dt(2026, 1, 1))
--> at-at	30 days, 23:59:59.500000:userdata | -672 days, 0:00:00:userdata | null:userdata
try('at-d', T.at - T.d)
--> at-d	23:59:59.500000:userdata | 0:00:00:userdata | null:userdata
try('d+iv', T.d + T.iv)
--> d+iv	2026-01-31 05:00:00:userdata | 2024-02-28 00:00:05:userdata | null:userdata
try('iv*2', T.iv * 2)
--> iv*2	10:00:00:userdata | -2 days, 0:00:10:userdata | null:userdata
try('iv/2', T.iv / 2)
--> iv/2	2:30:00:userdata | -1 day, 12:00:02.500000:userdata | null:userdata
try('iv+iv', T.iv + T.iv)
--> iv+iv	10:00:00:userdata | -2 days, 0:00:10:userdata | null:userdata
try('iv-td', T.iv - td{minutes = 1})
--> iv-td	4:59:00:userdata | -2 days, 23:59:05:userdata | null:userdata
try('-iv', -T.iv)
--> -iv	-1 day, 19:00:00:userdata | 23:59:55:userdata | null:userdata
try('tm+td', T.tm + td{hours = 1})
--> tm+td	11:30:00:userdata | 01:00:00:userdata | null:userdata
try('tm-tm', T.tm - time(1, 0))
--> tm-tm	9:30:00:userdata | -1 day, 23:00:00:userdata | null:userdata
try('iv>', T.id, function(q) return q:filter(T.iv > td{hours = 1}) end)
--> iv>	1:integer
for _, part in ipairs{'year', 'month', 'day', 'epoch', 'dow', 'doy'} do
  try(part, db.extract(part, T.at))
  try(part, db.extract(part, T.d))
end
for _, part in ipairs{'hour', 'minute', 'second'} do try(part, db.extract(part, T.at)) end
--> year	2026:integer | 2024:integer | null:userdata
--> year	2026:integer | 2024:integer | null:userdata
--> month	1:integer | 2:integer | null:userdata
--> month	1:integer | 2:integer | null:userdata
--> day	31:integer | 29:integer | null:userdata
--> day	31:integer | 29:integer | null:userdata
--> epoch	1769903999:integer | 1709164800:integer | null:userdata
--> epoch	1769817600:integer | 1709164800:integer | null:userdata
--> dow	6:integer | 4:integer | null:userdata
--> dow	6:integer | 4:integer | null:userdata
--> doy	31:integer | 60:integer | null:userdata
--> doy	31:integer | 60:integer | null:userdata
--> hour	23:integer | 0:integer | null:userdata
--> minute	59:integer | 0:integer | null:userdata
--> second	59:integer | 0:integer | null:userdata
try('ex tm hour', db.extract('hour', T.tm))
--> ex tm hour	10:integer | 0:integer | null:userdata
try('ex tm second', db.extract('second', T.tm))
--> ex tm second	0:integer | 0:integer | null:userdata
try('ex iv epoch', db.extract('epoch', T.iv))
--> ex iv epoch	18000:integer | -86395:integer | null:userdata
try('cast d', db.cast(T.at, db.Date))
--> cast d	2026-01-31:userdata | 2024-02-29:userdata | null:userdata
try('cast dt', db.cast(T.d, db.DateTime))
--> cast dt	2026-01-31 00:00:00:userdata | 2024-02-29 00:00:00:userdata | null:userdata
try('cast tm', db.cast(T.at, db.Time))
--> cast tm	23:59:59.500000:userdata | 00:00:00:userdata | null:userdata
try('cast s', db.cast(T.d, db.String))
--> cast s	2026-01-31:string | 2024-02-29:string | null:userdata
try('cast i b', db.cast(T.i, db.Boolean))
--> cast i b	true:boolean | true:boolean | null:userdata
try('cast f i', db.cast(T.f, db.Integer))
--> cast f i	0:integer | -2:integer | null:userdata
try('cast i s', db.cast(T.i, db.String))
--> cast i s	3:string | -3:string | null:userdata
try('cast f s', db.cast(T.f, db.String))
--> cast f s	0.1:string | -2.5:string | null:userdata
try('cast s d', db.cast('2026-01-02', db.Date))
--> cast s d	2026-01-02:userdata | 2026-01-02:userdata | 2026-01-02:userdata
try('cast num', db.cast(T.f, db.Numeric(5, 1)))
--> cast num	0.1:userdata | -2.5:userdata | null:userdata
try('cast j', db.cast(T.j, db.String))
--> cast j	{"a":[1,2],"s":"x","t":true}:string | []:string | null:userdata
try('cast x', db.cast(T.s, db.LargeBinary))
--> cast x	Ärger:string | :string | null:userdata
try('func.date', F.date(T.at))
--> func.date	2026-01-31:userdata | 2024-02-29:userdata | null:userdata
try('current_date', db.expr(F.current_date() > date(2020, 1, 1)))
--> current_date	true:boolean | true:boolean | true:boolean
try('now', db.expr(F.now() > dt(2020, 1, 1)))
--> now	true:boolean | true:boolean | true:boolean
try('cur ts', db.expr(db.extract('year', F.current_timestamp()) > 2020))
--> cur ts	true:boolean | true:boolean | true:boolean
try('now-at', db.expr(F.now() - T.at > td{days = 1}), function(q) return q:filter(T.id < 3) end)
--> now-at	true:boolean | true:boolean
try('local', db.expr(F.localtimestamp() > dt(2020, 1, 1)))
--> local	true:boolean | true:boolean | true:boolean
try('len', F.length(T.s))
--> len	5:integer | 0:integer | null:userdata
try('char_length', F.char_length(T.s))
--> char_length	5:integer | 0:integer | null:userdata
try('trim', F.trim('  a '))
--> trim	a:string | a:string | a:string
try('ltrim', F.ltrim('xxa', 'x'))
--> ltrim	a:string | a:string | a:string
try('replace', F.replace(T.s, 'e', 'E'))
--> replace	ÄrgEr:string | :string | null:userdata
try('substr', F.substr(T.s, 2))
--> substr	rger:string | :string | null:userdata
try('concat', F.concat('a', 'b'))
--> concat	ab:string | ab:string | ab:string
try('nullif', F.nullif(T.s, ''))
--> nullif	Ärger:string | null:userdata | null:userdata
try('coalesce', F.coalesce(T.s, '-'))
--> coalesce	Ärger:string | :string | -:string
try('abs', F.abs(T.n))
--> abs	10.50:userdata | 0.01:userdata | null:userdata
try('round', F.round(T.n))
--> round	11.00:userdata | 0.00:userdata | null:userdata
try('round1', F.round(T.n, 1))
--> round1	10.50:userdata | 0.00:userdata | null:userdata
try('ceil', F.ceil(T.f))
--> ceil	1.0:float | -2.0:float | null:userdata
try('floor', F.floor(T.f))
--> floor	0.0:float | -3.0:float | null:userdata
try('sqrt', F.sqrt(T.i * T.i))
--> sqrt	3.0:float | 3.0:float | null:userdata
try('power', F.power(T.i, 2))
--> power	9.0:float | 9.0:float | null:userdata
try('sign', F.sign(T.i))
--> sign	1:integer | -1:integer | null:userdata
try('instr', F.instr(T.s, 'r'))
--> instr	2:integer | 0:integer | null:userdata
try('ln', F.ln(T.i * T.i))
--> ln	2.1972245773362:float | 2.1972245773362:float | null:userdata
try('sum n', F.sum(T.n), function(q) return q:group_by(T.id) end)
--> sum n	10.50:userdata | -0.01:userdata | null:userdata
try('avg i', F.avg(T.i), function(q) return q:group_by(T.id) end)
--> avg i	3.0:float | -3.0:float | null:userdata
try('sum b', F.sum(db.cast(T.b, db.Integer)), function(q) return q:group_by(T.id) end)
--> sum b	1:integer | 0:integer | null:userdata
try('count', F.count(T.n), function(q) return q:group_by(T.id) end)
--> count	1:integer | 1:integer | 0:integer
try('sum big', F.sum(T.big), function(q) return q:group_by(T.id) end)
--> sum big	1099511627776:integer | -1:integer | null:userdata
try('sum f', F.sum(T.f), function(q) return q:group_by(T.id) end)
--> sum f	0.1:float | -2.5:float | null:userdata
try('max iv', F.max(T.iv), function(q) return q:group_by(T.id) end)
--> max iv	5:00:00:userdata | -1 day, 0:00:05:userdata | null:userdata
try('max tm', F.max(T.tm), function(q) return q:group_by(T.id) end)
--> max tm	10:30:00:userdata | 00:00:00:userdata | null:userdata
try('i/2', T.i / 2)
--> i/2	1.5:float | -1.5:float | null:userdata
try('i//2', T.i // 2)
--> i//2	1:integer | -2:integer | null:userdata
try('i%2', T.i % 2)
--> i%2	1:integer | -1:integer | null:userdata
try('f//1', T.f // 1)
--> f//1	0.0:float | -3.0:float | null:userdata
try('f%1', T.f % 1)
--> f%1	0.1:float | -0.5:float | null:userdata
try('n*n', T.n * T.n)
--> n*n	110.2500:userdata | 0.0001:userdata | null:userdata
try('n+i', T.n + T.i)
--> n+i	13.50:userdata | -3.01:userdata | null:userdata
try('n*f', T.n * T.f)
--> n*f	1.05:userdata | 0.025:userdata | null:userdata
try('i*f', T.i * T.f)
--> i*f	0.3:float | 7.5:float | null:userdata
try('small/2', T.small / 2)
--> small/2	1.5:float | -3.5:float | null:userdata
try('small//2', T.small // 2)
--> small//2	1:integer | -4:integer | null:userdata
try('big*2', T.big * 2)
--> big*2	2199023255552:integer | -2:integer | null:userdata
try('big/3', T.big / 3)
--> big/3	366503875925.33:float | -0.33333333333333:float | null:userdata
try('-n', -T.n)
--> -n	-10.50:userdata | 0.01:userdata | null:userdata
try('f^2', T.f ^ 2)
--> f^2	0.01:float | 6.25:float | null:userdata
try('and', T.b & T.b)
--> and	true:boolean | false:boolean | null:userdata
try('not', ~T.b)
--> not	false:boolean | true:boolean | null:userdata
try('b==', db.expr(T.b == true))
--> b==	true:boolean | false:boolean | null:userdata
try('b is', T.b:is_(true))
--> b is	true:boolean | false:boolean | false:boolean
try('case b', db.case{{T.b, 1}, else_ = 0})
--> case b	1:integer | 0:integer | 0:integer
try('case mix', db.case{{T.b, T.n}, else_ = 0})
--> case mix	10.50:userdata | 0.00:userdata | 0.00:userdata
try('case str', db.case{{T.b, 'y'}, else_ = 'n'})
--> case str	y:string | n:string | n:string
try('case d', db.case{{T.b, T.d}, else_ = date(2000, 1, 1)})
--> case d	2026-01-31:userdata | 2000-01-01:userdata | 2000-01-01:userdata
try('coal d', F.coalesce(T.d, date(2000, 1, 1)))
--> coal d	2026-01-31:userdata | 2024-02-29:userdata | 2000-01-01:userdata
try('coal at', F.coalesce(T.at, dt(2000, 1, 1)))
--> coal at	2026-01-31 23:59:59.500000:userdata | 2024-02-29 00:00:00:userdata | 2000-01-01 00:00:00:userdata
try('coal n', F.coalesce(T.n, 0))
--> coal n	10.50:userdata | -0.01:userdata | 0.00:userdata
try('coal f', F.coalesce(T.f, 0))
--> coal f	0.1:float | -2.5:float | 0.0:float
try('coal b', F.coalesce(T.b, false))
--> coal b	true:boolean | false:boolean | false:boolean
try('coal u', F.coalesce(T.u, '00000000-0000-0000-0000-000000000001'))
--> coal u	12345678-1234-5678-1234-567812345678:string | 00000000-0000-0000-0000-000000000000:string | 00000000-0000-0000-0000-000000000001:string
try('coal iv', F.coalesce(T.iv, td{}))
--> coal iv	5:00:00:userdata | -1 day, 0:00:05:userdata | 0:00:00:userdata
try('coal tm', F.coalesce(T.tm, time(1, 1)))
--> coal tm	10:30:00:userdata | 00:00:00:userdata | 01:01:00:userdata
try('coal x', F.coalesce(T.x, 'raw'))
--> coal x	\x00\x01:string | :string | raw:string
try('j path', T.j:path 's')
--> j path	x:string | null:userdata | null:userdata
try('j str', T.j:path('s'):as_string())
--> j str	x:string | null:userdata | null:userdata
try('j bool', T.j:path('t'):as_boolean())
--> j bool	true:boolean | null:userdata | null:userdata
try('j int', T.j:path('a', 2):as_integer())
--> j int	2:integer | null:userdata | null:userdata
try('j len', F.json_array_length(T.j:path 'a'))
--> j len	2:integer | null:userdata | null:userdata
try('j cmp', T.id, function(q) return q:filter(T.j:path('s'):as_string() == 'x') end)
--> j cmp	1:integer
try('j null', T.id, function(q) return q:filter(T.j:path('zz') == nil) end)
--> j null	1:integer | 2:integer | 3:integer
try('j isnull', T.id, function(q) return q:filter(T.j == nil) end)
--> j isnull	3:integer
try('x==', T.id, function(q) return q:filter(T.x == '\0\1') end)
--> x==	1:integer
try('x in', T.id, function(q) return q:filter(T.x:in_{'\0\1', ''}) end)
--> x in	1:integer | 2:integer
try('u==', T.id, function(q) return q:filter(T.u == '12345678123456781234567812345678') end)
--> u==	1:integer
try('u in', T.id, function(q) return q:filter(T.u:in_{'12345678-1234-5678-1234-567812345678'}) end)
--> u in	1:integer
try('iv==', T.id, function(q) return q:filter(T.iv == td{hours = 5}) end)
--> iv==	1:integer
try('tm between', T.id, function(q) return q:filter(T.tm:between(time(0), time(11))) end)
--> tm between	1:integer | 2:integer
try('n==', T.id, function(q) return q:filter(T.n == dec '10.5') end)
--> n==	1:integer
try('n== f', T.id, function(q) return q:filter(T.n == 10.5) end)
--> n== f	1:integer
try('n in', T.id, function(q) return q:filter(T.n:in_{dec '10.5', 3}) end)
--> n in	1:integer
try('f==', T.id, function(q) return q:filter(T.f == 0.1) end)
--> f==	1:integer
try('at==', T.id, function(q) return q:filter(T.at == dt(2026, 1, 31, 23, 59, 59, 500000)) end)
--> at==	1:integer
try('d<at', T.id, function(q) return q:filter(T.d < dt(2025, 1, 1)) end)
--> d<at	2:integer
try('at date', T.id, function(q) return q:filter(F.date(T.at) == date(2024, 2, 29)) end)
--> at date	2:integer
try('s cmp', T.id, function(q) return q:filter(T.s > 'A') end)
--> s cmp	1:integer
try('like', T.id, function(q) return q:filter(T.s:like 'ä%') end)
--> like
try('contains', T.id, function(q) return q:filter(T.s:contains 'rg') end)
--> contains	1:integer
try('icontains', T.id, function(q) return q:filter(T.s:icontains 'RG') end)
--> icontains	1:integer
try('lit td', db.literal(td{hours = 30}))
--> lit td	1 day, 6:00:00:userdata | 1 day, 6:00:00:userdata | 1 day, 6:00:00:userdata
try('lit date', db.literal(date(2026, 1, 1)))
--> lit date	2026-01-01:userdata | 2026-01-01:userdata | 2026-01-01:userdata
try('lit f', db.literal(1.5))
--> lit f	1.5:float | 1.5:float | 1.5:float
try('lit b', db.literal(true))
--> lit b	true:boolean | true:boolean | true:boolean
try('lit s', db.literal 'x')
--> lit s	x:string | x:string | x:string
try('lit time', db.literal(time(1, 2, 3)))
--> lit time	01:02:03:userdata | 01:02:03:userdata | 01:02:03:userdata
try('lit nil', db.null)
--> lit nil	null:userdata | null:userdata | null:userdata
try('lit i', db.literal(5))
--> lit i	5:integer | 5:integer | 5:integer
try('lit neg', db.literal(-5) // 2)
--> lit neg	-3:integer | -3:integer | -3:integer
try('row_number', F.row_number():over{order_by = T.id:desc()})
--> row_number	3:integer | 2:integer | 1:integer
try('lag', F.lag(T.i):over{order_by = T.id})
--> lag	null:userdata | 3:integer | -3:integer
try('lag d', F.lag(T.d, 1, date(2000, 1, 1)):over{order_by = T.id})
--> lag d	2000-01-01:userdata | 2026-01-31:userdata | 2024-02-29:userdata
try('sum over', F.sum(T.n):over{order_by = T.id})
--> sum over	10.50:userdata | 10.49:userdata | 10.49:userdata
try('avg over', F.avg(T.i):over{partition_by = T.b, order_by = T.id})
--> avg over	3.0:float | -3.0:float | null:userdata
try('ntile', F.ntile(2):over{order_by = T.id})
--> ntile	1:integer | 1:integer | 2:integer
try('pct', F.percent_rank():over{order_by = T.id})
--> pct	0.0:float | 0.5:float | 1.0:float
try('first', F.first_value(T.s):over{order_by = T.id})
--> first	Ärger:string | Ärger:string | Ärger:string
try('nth', F.nth_value(T.i, 2):over{order_by = T.id, rows = {db.null, db.null}})
--> nth	-3:integer | -3:integer | -3:integer
try('cume', F.cume_dist():over{order_by = T.id})
--> cume	0.33333333333333:float | 0.66666666666667:float | 1.0:float
try('range', F.sum(T.i):over{order_by = T.id, range = {db.null, 0}})
--> range	3:integer | 0:integer | 0:integer
try('groups', F.count():over{order_by = T.id, groups = {-1, 1}})
--> groups	2:integer | 3:integer | 2:integer
