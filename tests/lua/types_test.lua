-- Every type: what goes in, how it is stored, what comes back, and what is refused.
app = moonbase.App 'types'
app.config:update{DATABASE_URI = fresh_database()}
db = moonbase.Database(app)
date, datetime, time, timedelta, decimal = moonbase.date, moonbase.datetime, moonbase.time, moonbase.timedelta, moonbase.decimal
types = {
  i = db.Integer, big = db.BigInteger, small = db.SmallInteger, b = db.Boolean, s = db.String(5), t = db.Text,
  u = db.Unicode(5), ut = db.UnicodeText, f = db.Float, dbl = db.Double, num = db.Numeric(10, 2), numf = db.Numeric,
  d = db.Date, dt = db.DateTime, dtz = db.DateTime{timezone = true}, tm = db.Time, iv = db.Interval,
  bin = db.LargeBinary, en = db.Enum('red', 'green'), j = db.JSON, uid = db.Uuid, p = db.PickleType,
}
body = {id = db.Column{db.Integer, primary_key = true}}
for _, name in ipairs{'i', 'big', 'small', 'b', 's', 't', 'u', 'ut', 'f', 'dbl', 'num', 'numf', 'd', 'dt', 'dtz', 'tm', 'iv', 'bin', 'en', 'j', 'uid', 'p'} do
  body[name] = db.Column{types[name]}
end
V = db.Model 'V' (body)
db.create_all()
print(db.CreateTable(V.__table__))
--> CREATE TABLE v (
--> 	id INTEGER NOT NULL,
--> 	i INTEGER,
--> 	big BIGINT,
--> 	small SMALLINT,
--> 	b BOOLEAN,
--> 	s VARCHAR(5),
--> 	t TEXT,
--> 	u VARCHAR(5),
--> 	ut TEXT,
--> 	f FLOAT,
--> 	dbl DOUBLE,
--> 	num NUMERIC(10, 2),
--> 	numf NUMERIC,
--> 	d DATE,
--> 	dt DATETIME,
--> 	dtz DATETIME,
--> 	tm TIME,
--> 	iv DATETIME,
--> 	bin BLOB,
--> 	en VARCHAR(5),
--> 	j JSON,
--> 	uid CHAR(32),
--> 	p JSON,
--> 	PRIMARY KEY (id)
--> )
-- Stores a value through the session, shows the stored form and what is loaded again.
is_sqlite = db.engine.name == 'sqlite'
typed = is_sqlite and 'select typeof(COLUMN), COLUMN from v' or 'select cast(pg_typeof(COLUMN) as text), COLUMN from v'
function trip(name, v)
  local x = V{[name] = v}
  db.session:add(x)
  db.session:commit()
  db.session:expunge_all()
  local stored = db.session:execute(db.text(typed:gsub('COLUMN', name) .. ' where id = (select max(id) from v)')):one()
  local loaded = V.query:order_by(V.id:desc()):first()[name]
  print(stored[1], stored[2], loaded, math.type(loaded) or type(loaded))
  return loaded
end
function refused(name, v)
  local ok, e = pcall(function()
    local x = V{[name] = v}
    db.session:add(x)
    db.session:flush()
  end)
  db.session:rollback()
  print(ok, (tostring(e):gsub('\n.*', '')))
end
trip('i', 5)
trip('i', -1)
trip('i', 3.0)
trip('i', nil)
trip('big', math.maxinteger)
trip('big', math.mininteger)
--> integer	5	5	integer
--> integer	-1	-1	integer
--> integer	3	3	integer
--> null	null	nil	nil
--> integer	9223372036854775807	9223372036854775807	integer
--> integer	-9223372036854775808	-9223372036854775808	integer
--postgresql> integer	5	5	integer
--postgresql> integer	-1	-1	integer
--postgresql> integer	3	3	integer
--postgresql> integer	null	nil	nil
--postgresql> bigint	9223372036854775807	9223372036854775807	integer
--postgresql> bigint	-9223372036854775808	-9223372036854775808	integer
refused('i', 1.5)
refused('i', 'x')
refused('i', '5')
refused('i', true)
refused('i', {})
refused('i', 0/0)
refused('i', 2^63)
refused('i', 1e300)
--> false	ValueError: V.i: Integer takes a whole number, got 1.5
--> false	TypeError: V.i: Integer takes a whole number, got text 'x'
--> false	TypeError: V.i: Integer takes a whole number, got text '5'; write 5, or convert the text with tonumber(…)
--> false	TypeError: V.i: Integer takes a whole number, got true; write 1
--> false	TypeError: V.i: expected a value for Integer, got table
--> false	ValueError: V.i: Integer takes a whole number, got nan
--> false	ValueError: V.i: Integer takes a whole number of 64 bits, got 9223372036854775808.0
--> false	ValueError: V.i: Integer takes a whole number of 64 bits, got 1e+300
trip('small', 7)
trip('b', true)
trip('b', false)
trip('b', 1)
trip('b', 0)
--> integer	7	7	integer
--> integer	1	true	boolean
--> integer	0	false	boolean
--> integer	1	true	boolean
--> integer	0	false	boolean
--postgresql> smallint	7	7	integer
--postgresql> boolean	true	true	boolean
--postgresql> boolean	false	false	boolean
--postgresql> boolean	true	true	boolean
--postgresql> boolean	false	false	boolean
refused('b', 2)
refused('b', 'true')
--> false	ValueError: V.b: Boolean takes true, false, 1 or 0, got 2
--> false	TypeError: V.b: Boolean takes true, false, 1 or 0, got text 'true'
trip('s', 'abc')
trip('s', '')
trip('t', 'é‹›😀')
trip('u', 'ü')
trip('ut', 'x')
--> text	abc	abc	string
--> text			string
--> text	é‹›😀	é‹›😀	string
--> text	ü	ü	string
--> text	x	x	string
--postgresql> character varying	abc	abc	string
--postgresql> character varying			string
--postgresql> text	é‹›😀	é‹›😀	string
--postgresql> character varying	ü	ü	string
--postgresql> text	x	x	string
-- SQLite keeps a text of any length, and a NUL in it.
print(pcall(trip, 's', 'longer than five'))
--> text	longer than five	longer than five	string
--> true	longer than five
--postgresql> false	DataError: value too long for type character varying(5)
--postgresql>   while INSERT of <V (pending)> (s = 'longer than five')
--postgresql>   The text is longer than its column takes: shorten it, or make the column wider (String(n), Text).
--postgresql>   nothing of this flush was kept; call db.session:rollback() to go on
db.session:rollback()
x = V{t = 'nul\0byte'}
db.session:add(x)
db.session:commit()
print(x.t == 'nul\0byte', db.session:query(V.t):filter(V.t:eq 'nul\0byte'):count())
--> true	1
--postgresql! DataError: PostgreSQL cannot keep text with a NUL byte: 'nul\x00byte'
--postgresql!   while INSERT of <V (pending)> (t = 'nul\x00byte')
--postgresql!   Keep bytes in a LargeBinary column.
--postgresql!   nothing of this flush was kept; call db.session:rollback() to go on
db.session:rollback()
big = ('x'):rep(10 * 1024 * 1024)
x = V{t = big}
db.session:add(x) db.session:commit() db.session:expunge_all()
print(V.query:order_by(V.id:desc()):first().t == big)
db.session:rollback()
--> true
refused('s', '\xff\xfe')
refused('t', 'bad \xc3')
refused('s', 5)
refused('s', 1.5)
refused('s', true)
--> false	ValueError: V.s: String takes UTF-8 text, got text '\xff\xfe'; bytes belong in a LargeBinary column
--> false	ValueError: V.t: Text takes UTF-8 text, got text 'bad \xc3'; bytes belong in a LargeBinary column
--> false	TypeError: V.s: String takes text, got 5; write tostring(…)
--> false	TypeError: V.s: String takes text, got 1.5; write tostring(…)
--> false	TypeError: V.s: String takes text, got true; write tostring(…)
trip('f', 1.5)
trip('f', 2)
trip('f', -0.0)
trip('f', 1e308)
trip('f', 1/0)
trip('dbl', 0.1)
--> real	1.5	1.5	float
--> real	2.0	2.0	float
--> real	0.0	0.0	float
--> real	1e+308	1e+308	float
--> real	inf	inf	float
--> real	0.1	0.1	float
--postgresql> double precision	1.5	1.5	float
--postgresql> double precision	2.0	2.0	float
--postgresql> double precision	-0.0	-0.0	float
--postgresql> double precision	1e+308	1e+308	float
--postgresql> double precision	inf	inf	float
--postgresql> double precision	0.1	0.1	float
refused('f', 0/0)
refused('f', 'x')
--> false	DataError: SQLite cannot keep NaN: it would turn it into NULL
--> false	TypeError: V.f: Float takes a number, got text 'x'
--postgresql> true	nil
--postgresql> false	TypeError: V.f: Float takes a number, got text 'x'
trip('num', decimal '10.50')
trip('num', 3)
trip('num', 1.5)
trip('num', '2.25')
trip('num', decimal '1.005')
trip('num', decimal '-0.01')
trip('num', decimal '1.015')
trip('num', decimal '99999999.99')
trip('numf', decimal '1.23456789')
trip('numf', decimal '123456789.123456')
--> real	10.5	10.50	userdata
--> integer	3	3.00	userdata
--> real	1.5	1.50	userdata
--> real	2.25	2.25	userdata
--> real	1.005	1.00	userdata
--> real	-0.01	-0.01	userdata
--> real	1.015	1.02	userdata
--> real	99999999.99	99999999.99	userdata
--> real	1.23456789	1.23456789	userdata
--> real	123456789.12346	123456789.123456	userdata
--postgresql> numeric	10.50	10.50	userdata
--postgresql> numeric	3.00	3.00	userdata
--postgresql> numeric	1.50	1.50	userdata
--postgresql> numeric	2.25	2.25	userdata
--postgresql> numeric	1.01	1.01	userdata
--postgresql> numeric	-0.01	-0.01	userdata
--postgresql> numeric	1.02	1.02	userdata
--postgresql> numeric	99999999.99	99999999.99	userdata
--postgresql> numeric	1.23456789	1.23456789	userdata
--postgresql> numeric	123456789.123456	123456789.123456	userdata
refused('num', 'abc')
refused('numf', decimal '12345678901234567890.5')
refused('num', 0/0)
refused('num', true)
--> false	ValueError: V.num: Numeric takes a number, or one as text like '12.50', got text 'abc'
--> false	DataError: SQLite cannot keep 12345678901234567890.5 exactly: its numbers have 15 significant digits
--> false	ValueError: V.num: Numeric takes a finite number, got nan
--> false	TypeError: V.num: Numeric takes a number, got true
--postgresql> false	ValueError: V.num: Numeric takes a number, or one as text like '12.50', got text 'abc'
--postgresql> true	nil
--postgresql> false	ValueError: V.num: Numeric takes a finite number, got nan
--postgresql> false	TypeError: V.num: Numeric takes a number, got true
trip('d', date(2026, 11, 20))
trip('d', date(1, 1, 1))
trip('d', date(9999, 12, 31))
trip('d', datetime(2026, 11, 20, 5))
--> text	2026-11-20	2026-11-20	userdata
--> text	0001-01-01	0001-01-01	userdata
--> text	9999-12-31	9999-12-31	userdata
--> text	2026-11-20	2026-11-20	userdata
--postgresql> date	2026-11-20	2026-11-20	userdata
--postgresql> date	0001-01-01	0001-01-01	userdata
--postgresql> date	9999-12-31	9999-12-31	userdata
--postgresql> date	2026-11-20	2026-11-20	userdata
refused('d', '2026-11-20')
refused('d', 5)
--> false	TypeError: V.d: Date takes a date, got text '2026-11-20'; use moonbase.date.fromisoformat('2026-11-20')
--> false	TypeError: V.d: Date takes a date, got 5; use moonbase.date.fromtimestamp(5)
trip('dt', datetime(2026, 11, 20, 13, 5, 9, 123456))
trip('dt', datetime(1, 1, 1))
trip('dt', datetime(9999, 12, 31, 23, 59, 59, 999999))
trip('dt', datetime(2026, 1, 1, 0, 0, 0, 5))
--> text	2026-11-20 13:05:09.123456	2026-11-20 13:05:09.123456	userdata
--> text	0001-01-01 00:00:00.000000	0001-01-01 00:00:00	userdata
--> text	9999-12-31 23:59:59.999999	9999-12-31 23:59:59.999999	userdata
--> text	2026-01-01 00:00:00.000005	2026-01-01 00:00:00.000005	userdata
--postgresql> timestamp without time zone	2026-11-20 13:05:09.123456	2026-11-20 13:05:09.123456	userdata
--postgresql> timestamp without time zone	0001-01-01 00:00:00	0001-01-01 00:00:00	userdata
--postgresql> timestamp without time zone	9999-12-31 23:59:59.999999	9999-12-31 23:59:59.999999	userdata
--postgresql> timestamp without time zone	2026-01-01 00:00:00.000005	2026-01-01 00:00:00.000005	userdata
refused('dt', date(2026, 1, 1))
refused('dt', '2026-11-20 10:00:00')
refused('dt', 1)
--> false	TypeError: V.dt: DateTime takes a datetime, got a date '2026-01-01'; write moonbase.datetime(2026, 1, 1)
--> false	TypeError: V.dt: DateTime takes a datetime, got text '2026-11-20 10:00:00'; use moonbase.datetime.fromisoformat('2026-11-20 10:00:00')
--> false	TypeError: V.dt: DateTime takes a datetime, got 1; use moonbase.datetime.fromtimestamp(1)
trip('tm', time(0, 0))
trip('tm', time(23, 59, 59, 999999))
trip('iv', timedelta{days = 1, hours = 2})
trip('iv', timedelta{seconds = -1})
trip('iv', timedelta{days = -3, microseconds = 5})
trip('iv', timedelta{})
trip('iv', timedelta{days = 10000})
--> text	00:00:00.000000	00:00:00	userdata
--> text	23:59:59.999999	23:59:59.999999	userdata
--> text	1970-01-02 02:00:00.000000	1 day, 2:00:00	userdata
--> text	1969-12-31 23:59:59.000000	-1 day, 23:59:59	userdata
--> text	1969-12-29 00:00:00.000005	-3 days, 0:00:00.000005	userdata
--> text	1970-01-01 00:00:00.000000	0:00:00	userdata
--> text	1997-05-19 00:00:00.000000	10000 days, 0:00:00	userdata
--postgresql> time without time zone	00:00:00	00:00:00	userdata
--postgresql> time without time zone	23:59:59.999999	23:59:59.999999	userdata
--postgresql> interval	1 day, 2:00:00	1 day, 2:00:00	userdata
--postgresql> interval	-1 day, 23:59:59	-1 day, 23:59:59	userdata
--postgresql> interval	-3 days, 0:00:00.000005	-3 days, 0:00:00.000005	userdata
--postgresql> interval	0:00:00	0:00:00	userdata
--postgresql> interval	10000 days, 0:00:00	10000 days, 0:00:00	userdata
refused('tm', '10:00')
refused('iv', 5)
--> false	TypeError: V.tm: Time takes a time, got text '10:00'; use moonbase.time.fromisoformat('10:00')
--> false	TypeError: V.iv: Interval takes a timedelta, got 5; write moonbase.timedelta{seconds = 5}
x = V{bin = '\0\1\xff'}
db.session:add(x) db.session:commit()
print(x.bin == '\0\1\xff', db.session:execute(db.text(is_sqlite and 'select hex(bin) from v order by id desc limit 1' or [[select encode(bin, 'hex') from v order by id desc limit 1]])):scalar())
trip('bin', '')
--> true	0001FF
--> blob			string
--postgresql> true	0001ff
--postgresql> bytea			string
refused('bin', 5)
--> false	TypeError: V.bin: LargeBinary takes bytes (a string), got 5
trip('en', 'red')
--> text	red	red	string
--postgresql> character varying	red	red	string
refused('en', 'blue')
--> false	ValueError: V.en: Enum takes one of its values, got text 'blue'; the values are 'red', 'green'
print(trip('uid', '12345678-1234-5678-1234-567812345678'))
--> text	12345678123456781234567812345678	12345678-1234-5678-1234-567812345678	string
--> 12345678-1234-5678-1234-567812345678
--postgresql> uuid	12345678-1234-5678-1234-567812345678	12345678-1234-5678-1234-567812345678	string
--postgresql> 12345678-1234-5678-1234-567812345678
refused('uid', 'xyz')
--> false	ValueError: V.uid: Uuid takes a UUID as text (32 hex digits, with or without hyphens), got text 'xyz'
-- JSON
function json(v)
  db.session:add(V{j = v}) db.session:commit() db.session:expunge_all()
  return V.query:order_by(V.id:desc()):first().j, db.session:execute(db.text 'select cast(j as text) from v order by id desc limit 1'):one()
end
v, raw = json{a = 1, b = {1, 2, {c = true}}, d = 'x', e = 1.5, n = db.null}
print(raw[1], v.a, v.b[3].c, v.d, v.e, v.n, math.type(v.a))
--> {"a":1,"b":[1,2,{"c":true}],"d":"x","e":1.5,"n":null}	1	true	x	1.5	null	integer
v, raw = json{}
print(raw)
v, raw = json(db.array{})
print(raw, #v)
v, raw = json{1, 2, 3}
print(raw, #v, v[2])
v, raw = json 'text'
print(raw, v)
v, raw = json(5)
print(raw, v)
v, raw = json(true)
print(raw, v)
v, raw = json(db.null)
print(raw, v)
v, raw = json(nil)
print(raw, v)
--> ('{}',)
--> ('[]',)	0
--> ('[1,2,3]',)	3	2
--> ('"text"',)	text
--> ('5',)	5
--> ('true',)	true
--> (null,)	nil
--> (null,)	nil
json{1, nil, 3}
--! TypeError: V.j: a list with holes cannot be JSON: write moonbase.null for a missing value
db.session:rollback()
json{[1] = 'a', x = 2}
--! TypeError: V.j: a table with both positions and names ('x') cannot be JSON
db.session:rollback()
json{f = print}
--! TypeError: V.j: JSON has no function (at f)
db.session:rollback()
loop = {} loop.loop = loop
json(loop)
--! ValueError: V.j: a table that contains itself cannot be JSON (at loop)
db.session:rollback()
v, raw = json{s = 'quote" \\ \n \u{1F600}', [2] = nil}
print(raw[1], v.s)
--> {"s":"quote\" \\ \n 😀"}	quote" \
-->  😀
-- changes inside are seen
x = V{j = {n = 1, list = {1}}}
db.session:add(x) db.session:commit()
x.j.n = 2
x.j.list[2] = 5
print(#db.session.dirty)
db.session:commit()
print(db.session:execute(db.text 'select cast(j as text) from v order by id desc limit 1'):scalar())
--> 1
--> {"list":[1,5],"n":2}
v, raw = (function() db.session:add(V{p = {1, {x = 2}}}) db.session:commit() return V.query:order_by(V.id:desc()):first().p end)()
print(v[2].x)
--> 2
-- --- TypeDecorator, upper-case types ---
Lower = db.TypeDecorator{impl = db.String(20), process_bind_param = function(v) return v and v:lower() end,
                         process_result_value = function(v) return v and '<' .. v .. '>' end}
L = db.Model 'L' {id = db.Column{db.Integer, primary_key = true}, name = db.Column{Lower}, c = db.Column{db.CHAR(3)},
  v = db.Column{db.VARCHAR(9)}, ts = db.Column{db.TIMESTAMP}, bl = db.Column{db.BLOB}, r = db.Column{db.REAL}, dc = db.Column{db.DECIMAL(6, 1)}}
db.create_all()
print(db.CreateTable(L.__table__))
--> CREATE TABLE l (
--> 	id INTEGER NOT NULL,
--> 	name VARCHAR(20),
--> 	c CHAR(3),
--> 	v VARCHAR(9),
--> 	ts TIMESTAMP,
--> 	bl BLOB,
--> 	r REAL,
--> 	dc DECIMAL(6, 1),
--> 	PRIMARY KEY (id)
--> )
db.session:add(L{name = 'ADA', c = 'x', bl = '\0', r = 1.5, dc = decimal '2.5'})
db.session:commit()
db.session:expunge_all()
l = L.query:filter(L.name:eq 'ADA'):one()
print(l.name, l.c, #l.bl, l.r, l.dc, db.session:execute(db.text 'select name from l'):scalar())
--> <ada>	x	1	1.5	2.5	ada
--postgresql> <ada>	x  	1	1.5	2.5	ada
print(db.session:query(L.name):scalar(), db.session:query(L):filter_by{name = 'AdA'}:count())
--> <ada>	1
db.TypeDecorator{}
--! ArgumentError: TypeDecorator needs impl, the type that the database keeps
--!   Write TypeDecorator{impl = db.String, process_bind_param = function(value) … end}.
db.Strin(5)
--! AttributeError: db has no attribute 'Strin'; did you mean 'String'?
db.String 'x'
--! TypeError: String: length takes a whole number, got text 'x'
db.String(-1)
--! TypeError: String: length takes a whole number, got -1
db.Enum()
--! ArgumentError: Enum needs its values: Enum('a', 'b')
print(db.String(5), db.Numeric(10, 2), db.DateTime, db.Enum('a', 'b'))
--> String(5)	Numeric(10, 2)	DateTime	Enum('a', 'b')

-- Sums and averages of intervals, which SQLite keeps as texts.
Lap = db.Model 'Lap' {id = db.Column{db.Integer, primary_key = true}, time = db.Column{db.Interval}, team = db.Column{db.Integer}}
db.create_all()
for i, minutes in ipairs{30, 60, 60, 90} do db.session:add(Lap{time = moonbase.timedelta{minutes = minutes}, team = i % 2}) end
db.session:add(Lap{team = 5})
db.session:commit()
print(db.select(db.func.sum(Lap.time), db.func.avg(Lap.time:distinct())))
--> SELECT interval_sum(lap.time) AS sum_1, interval_avg(DISTINCT lap.time) AS avg_1
--> FROM lap
--postgresql> SELECT sum(lap.time) AS sum_1, avg(DISTINCT lap.time) AS avg_1
--postgresql> FROM lap
print(db.session:execute(db.select(db.func.sum(Lap.time), db.func.avg(Lap.time), db.func.max(Lap.time))):one())
--> (4:00:00, 1:00:00, 1:30:00)
print(db.session:scalar(db.select(db.func.sum(Lap.time:distinct()))), db.session:scalar(db.select(db.func.sum(Lap.time)):where(Lap.team == 5)))
--> 3:00:00	nil
for row in db.session:query(Lap.team, db.func.sum(Lap.time)):group_by(Lap.team):having(db.func.sum(Lap.time) > moonbase.timedelta{hours = 2}) do print(row) end
--> (0, 2:30:00)
for row in db.session:query(Lap.id, db.func.avg(Lap.time):over{order_by = Lap.id, rows = {-1, 0}}):filter(Lap.team < 5):order_by(Lap.id) do print(row) end
--> (1, 0:30:00)
--> (2, 0:45:00)
--> (3, 1:00:00)
--> (4, 1:15:00)
