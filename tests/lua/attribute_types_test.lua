-- Attributes of every type: set, written, read back; SQL expressions as values; defaults.
moonbase = require 'moonbase'
app = moonbase.App 'types'
app.config:update{DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
db = moonbase.Database(app)
session = db.session
function sql()
  for _, q in ipairs(db.get_recorded_queries()) do
    local values = {}
    for i, v in ipairs(q.parameters or {}) do values[i] = tostring(v) end
    print((q.statement:gsub('%s+', ' ')) .. (values[1] and '  [' .. table.concat(values, ', ') .. ']' or ''))
  end
  db.clear_recorded_queries()
end
datetime, date, timedelta = moonbase.datetime, moonbase.date, moonbase.timedelta
Upper = db.TypeDecorator{impl = db.String(20),
  process_bind_param = function(value) return value and value:lower() end,
  process_result_value = function(value) return value and value:upper() end}
All = db.Model 'All' {
  id      = db.Column{db.Integer, primary_key = true},
  big     = db.Column{db.BigInteger},
  flag    = db.Column{db.Boolean},
  text    = db.Column{db.Text},
  float   = db.Column{db.Float},
  price   = db.Column{db.Numeric(10, 2)},
  day     = db.Column{db.Date},
  moment  = db.Column{db.DateTime},
  clock   = db.Column{db.Time},
  span    = db.Column{db.Interval},
  bytes   = db.Column{db.LargeBinary},
  colour  = db.Column{db.Enum('red', 'green')},
  data    = db.Column{db.JSON},
  uuid    = db.Column{db.Uuid},
  word    = db.Column{Upper},
}
db.create_all()
-- What comes back after the row is written and read anew.
function round(values)
  local x = All(values)
  session:add(x)
  session:commit()
  return x
end

x = round{big = 9223372036854775807, flag = true, text = 'a\tb\xc3\xa4', float = 1.5, price = '12.30',
          day = date(2026, 11, 20), moment = datetime(2026, 11, 20, 1, 2, 3, 400), clock = moonbase.time(4, 5, 6),
          span = timedelta{days = 1, minutes = 2}, bytes = '\0\xff\x80', colour = 'red',
          data = {list = db.array{1, 'two', db.null}, nested = {deep = true}},
          uuid = '12345678-1234-5678-1234-567812345678', word = 'Hello'}
print(x.big, x.flag, #x.text, x.text == 'a\tb\xc3\xa4', x.float, x.price, x.day, x.moment, x.clock)
print(x.span, #x.bytes, x.bytes == '\0\xff\x80', x.colour, #x.data.list, x.data.list[2], x.data.list[3] == db.null, x.data.nested.deep)
print(x.uuid, x.word, math.type(x.big), tostring(x.price), moonbase.inspect(x).attrs.word.value)
print(x.moment - datetime(2026, 11, 19), x.day.year, x.price + 1)
--> 9223372036854775807	true	5	true	1.5	12.30	2026-11-20	2026-11-20 01:02:03.000400	04:05:06
--> 1 day, 0:02:00	3	true	red	3	two	true	true
--> 12345678-1234-5678-1234-567812345678	HELLO	integer	12.30	HELLO
--> 1 day, 1:02:03.000400	2026	13.30
for name, value in pairs(x) do print(name, name == 'bytes' and #value or name == 'data' and 'json' or name == 'text' and #value or value) end
--> id	1
--> big	9223372036854775807
--> flag	true
--> text	5
--> float	1.5
--> price	12.30
--> day	2026-11-20
--> moment	2026-11-20 01:02:03.000400
--> clock	04:05:06
--> span	1 day, 0:02:00
--> bytes	3
--> colour	red
--> data	json
--> uuid	12345678-1234-5678-1234-567812345678
--> word	HELLO
y = round{}
for name, value in pairs(y) do if value ~= db.null then print(name, value) end end
--> id	2
y = round{big = -9223372036854775807 - 1, flag = false, text = '', float = 3, price = 0.1, data = {}, word = ''}
print(y.big, y.flag, y.text == '', y.float, math.type(y.float), y.price, next(y.data), y.word == '')
y.big = 1.0
y.float = 1 / 0
print(y.big, math.type(y.big))
session:commit()
print(y.float)
--> -9223372036854775808	false	true	3.0	float	0.10	nil	true
--> 1	integer
--> inf
y.big = 1.5
--! ValueError: All.big: BigInteger takes a whole number, got 1.5
y.big = 2^63
--! ValueError: All.big: BigInteger takes a whole number of 64 bits, got 9223372036854775808.0
y.big = 0/0
--! ValueError: All.big: BigInteger takes a whole number, got nan
y.big = '12'
--! TypeError: All.big: BigInteger takes a whole number, got text '12'; write 12, or convert the text with tonumber(…)
y.flag = 1
print(y.flag)
y.flag = 0
print(y.flag)
--> true
--> false
y.flag = 2
--! ValueError: All.flag: Boolean takes true, false, 1 or 0, got 2
y.flag = 'yes'
--! TypeError: All.flag: Boolean takes true, false, 1 or 0, got text 'yes'
y.text = 12
--! TypeError: All.text: Text takes text, got 12; write tostring(…)
y.price = 'abc'
--! ValueError: All.price: Numeric takes a number, or one as text like '12.50', got text 'abc'
y.day = '2026-11-20'
--! TypeError: All.day: Date takes a date, got text '2026-11-20'; use moonbase.date.fromisoformat('2026-11-20')
y.day = 'yesterday'
--! TypeError: All.day: Date takes a date, got text 'yesterday'; write moonbase.date(2000, 12, 31)
y.moment = date(2026, 1, 2)
--! TypeError: All.moment: DateTime takes a datetime, got a date '2026-01-02'; write moonbase.datetime(2026, 1, 2)
y.colour = 'blue'
--! ValueError: All.colour: Enum takes one of its values, got text 'blue'; the values are 'red', 'green'
y.uuid = 'no uuid'
--! ValueError: All.uuid: Uuid takes a UUID as text (32 hex digits, with or without hyphens), got text 'no uuid'
y.data = print
--! TypeError: All.data: JSON has no function
y.data = function() end
--! TypeError: All.data: JSON has no function
y.bytes = {}
--! TypeError: All.bytes: expected a value for LargeBinary, got table
--!   a table is a value for JSON and ARRAY columns only
y.float = 'x'
--! TypeError: All.float: Float takes a number, got text 'x'
y.word = 5
--! attempt to index a number value (local 'value')
y.float = 0/0
session:commit()
print(y.float ~= y.float)
--! DataError: SQLite cannot keep NaN: it would turn it into NULL
--!   while UPDATE of <All 3> (id = 3, big = 1, flag = false, text = '', …)
--!   Store NULL, or the text 'nan' in a String column.
--!   nothing of this flush was kept; call db.session:rollback() to go on
--postgresql> true
session:rollback()
db.clear_recorded_queries()
y.big = 1
session:commit()
-- An SQL expression as a value is part of the statement; the value is read when it is asked for.
y.big = All.big + 41
print(y.big)
session:flush()
print(y.big)
sql()
--> "all".big + ?
--> 42
--> BEGIN IMMEDIATE
--> UPDATE "all" SET big=? WHERE "all".id = ?  [1, 3]
--> COMMIT
--> BEGIN IMMEDIATE
--> UPDATE "all" SET big=("all".big + ?) WHERE "all".id = ?  [41, 3]
--> SELECT "all".id AS all_id, "all".big AS all_big, "all".flag AS all_flag, "all".text AS all_text, "all".float AS all_float, "all".price AS all_price, "all".day AS all_day, "all".moment AS all_moment, "all".clock AS all_clock, "all".span AS all_span, "all".bytes AS all_bytes, "all".colour AS all_colour, "all".data AS all_data, "all".uuid AS all_uuid, "all".word AS all_word FROM "all" WHERE "all".id = ?  [3]
z = All{big = db.func.abs(-7), text = db.func.upper 'loud'}
session:add(z)
session:commit()
print(z.big, z.text)
sql()
--> 7	LOUD
--> INSERT INTO "all" (big, flag, text, float, price, day, moment, clock, span, bytes, colour, data, uuid, word) VALUES (abs(?), ?, upper(?), ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)  [-7, null, loud, null, null, null, null, null, null, null, null, null, null, null]
--> COMMIT
--> BEGIN
--> SELECT "all".id AS all_id, "all".big AS all_big, "all".flag AS all_flag, "all".text AS all_text, "all".float AS all_float, "all".price AS all_price, "all".day AS all_day, "all".moment AS all_moment, "all".clock AS all_clock, "all".span AS all_span, "all".bytes AS all_bytes, "all".colour AS all_colour, "all".data AS all_data, "all".uuid AS all_uuid, "all".word AS all_word FROM "all" WHERE "all".id = ?  [4]
-- A table in a JSON attribute that is changed in place is not seen; assigned, it is.
session:commit()
local data = x.data
data.more = 1
x.data = data
session:commit()
print(x.data.more, #x.data.list)
-- The same value again is no change.
db.clear_recorded_queries()
x.word, x.price, x.flag, x.moment = 'hello', '12.30', true, datetime(2026, 11, 20, 1, 2, 3, 400)
print(session:is_modified(x), #session.dirty)
session:commit()
sql()
--> 1	3
--> false	1
--> COMMIT
text = ('x'):rep(10 * 1024 * 1024)
w = round{text = text, bytes = text}
print(#w.text, w.bytes == text)
text, w = nil, nil
--> 10485760	true

-- --- defaults ----------------------------------------------------------------------------------------------
calls = 0
Note = db.Model 'Note' {
  id      = db.Column{db.Integer, primary_key = true},
  title   = db.Column{db.String(20), default = 'untitled'},
  number  = db.Column{db.Integer, default = function() calls = calls + 1; return calls end},
  made    = db.Column{db.DateTime, default = moonbase.datetime.utcnow},
  state   = db.Column{db.String(10), server_default = 'new'},
  changed = db.Column{db.Integer, default = 0, onupdate = function() calls = calls + 1; return calls end},
  random  = db.Column{db.Integer, default = db.func.length 'four'},
  zero    = db.Column{db.Integer, nullable = false, default = 0},
}
db.create_all()
db.clear_recorded_queries()
n = Note{}
print(n.title, n.number)
session:add(n)
session:flush()
print(n.title, n.number, n.changed, n.zero, calls, n.made.year >= 2026)
print(n.state, n.random)
session:commit()
n.title = 'titled'
session:commit()
print(n.changed, n.title, calls)
n.title, n.changed = 'again', 50
session:commit()
print(n.changed)
n.title = 'again'
session:commit()
print(n.changed)
session:commit()
--> nil	nil
--> untitled	1	0	0	1	true
--> new	4
--> 2	titled	2
--> 50
--> 50
for _, q in ipairs(db.get_recorded_queries()) do
  if not q.statement:find '^SELECT' then print((q.statement:gsub('%s+', ' '))) end
end
--> BEGIN IMMEDIATE
--> INSERT INTO note (title, number, made, changed, random, zero) VALUES (?, ?, ?, ?, length('four'), ?)
--> COMMIT
--> BEGIN IMMEDIATE
--> UPDATE note SET title=?, changed=? WHERE note.id = ?
--> COMMIT
--> BEGIN
--> COMMIT
--> BEGIN IMMEDIATE
--> UPDATE note SET title=?, changed=? WHERE note.id = ?
--> COMMIT
--> BEGIN
--> COMMIT
--> BEGIN
--> COMMIT
n = Note{title = db.null, number = 5, state = 'set', zero = db.null}
session:add(n)
session:commit()
print(n.title, n.number, n.state, n.zero)
--> untitled	5	set	0
broken = Note{}
Note2 = db.Model 'Note2' {
  id = db.Column{db.Integer, primary_key = true},
  x  = db.Column{db.Integer, default = function() error('no default today', 0) end},
  y  = db.Column{db.Integer, default = function() return 'text' end},
}
db.create_all()
session:add(Note2{y = 1})
session:commit()
--! no default today
session:rollback()
session:add(Note2{x = 1})
session:commit()
--! TypeError: Integer takes a whole number, got text 'text'
--!   while default of note2.y
--!   while INSERT of <Note2 (pending)> (x = 1)
session:rollback()
db.Model 'BadDefault' {id = db.Column{db.Integer, primary_key = true}, x = db.Column{db.Integer, default = 'text'}}
--! TypeError: Integer takes a whole number, got text 'text'
--!   while reading default of Column
