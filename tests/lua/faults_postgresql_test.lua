-- What a PostgreSQL server refuses to store, and what is large: one clear error, nothing half-written, and the next
-- transaction works. Servers that die or do not answer: tests/faults.
moonbase = require 'moonbase'
databases = require 'databases'
app = moonbase.App 'faults'
app.config:update{DATABASE_URI = databases.postgresql()}
db = moonbase.Database(app)
session = db.session
Thing = db.Model 'Thing' {
  id    = db.Column{db.Integer, primary_key = true},
  small = db.Column{db.SmallInteger},
  whole = db.Column{db.Integer},
  big   = db.Column{db.BigInteger},
  price = db.Column{db.Numeric(5, 2)},
  ratio = db.Column{db.Float},
  name  = db.Column{db.String(5)},
  text  = db.Column{db.Text},
  data  = db.Column{db.JSON},
  at    = db.Column{db.DateTime},
  raw   = db.Column{db.LargeBinary},
}
db.create_all()
-- Tries to store a good thing and one with these values, says what came of it, and stores a good one.
good = 0
function try(values)
  local ok, e = pcall(function()
    session:add_all{Thing{name = 'good'}, Thing(values)}
    session:commit()
  end)
  session:rollback()
  session:expunge_all()
  print(ok and 'stored' or ('%s %s: %s'):format(e.kind, e.sqlstate or '-', e.message))
  if not ok and e.hint then print(e.hint) end
  if ok then good = good + 2 end
  session:add(Thing{name = 'after'})
  session:commit()
  good = good + 1
  if Thing.query:count() ~= good then print('there are', Thing.query:count(), 'and should be', good) end
  session:rollback()
end

-- --- out of range ---------------------------------------------------------------------------------------
try{small = 32768}
--> DataError 22003: smallint out of range
--> The value is out of the range of its type: use a wider one (BigInteger, a Numeric of more digits).
--> nothing of this flush was kept; call db.session:rollback() to go on
try{small = -32768, whole = 2147483647, big = math.mininteger}
--> stored
try{whole = 2147483648}
--> DataError 22003: integer out of range
--> The value is out of the range of its type: use a wider one (BigInteger, a Numeric of more digits).
--> nothing of this flush was kept; call db.session:rollback() to go on
try{whole = -2147483649}
--> DataError 22003: integer out of range
--> The value is out of the range of its type: use a wider one (BigInteger, a Numeric of more digits).
--> nothing of this flush was kept; call db.session:rollback() to go on
try{big = 2^63}
--> ValueError -: Thing.big: BigInteger takes a whole number of 64 bits, got 9223372036854775808.0
try{price = '999.99'}
--> stored
try{price = '1000'}
--> DataError 22003: numeric field overflow: A field with precision 5, scale 2 must round to an absolute value less than 10^3.
--> The value is out of the range of its type: use a wider one (BigInteger, a Numeric of more digits).
--> nothing of this flush was kept; call db.session:rollback() to go on
try{price = '0.001'}
--> stored
try{ratio = 1e308}
--> stored
try{name = 'abcdef'}
--> DataError 22001: value too long for type character varying(5)
--> The text is longer than its column takes: shorten it, or make the column wider (String(n), Text).
--> nothing of this flush was kept; call db.session:rollback() to go on
try{name = 'äöüßé'}
--> stored
try{at = moonbase.datetime(9999, 12, 31)}
--> stored
print(Thing.query:filter(Thing.whole == 2^40):count(), Thing.query:filter(Thing.small:in_{1, 100000}):count())
--> 0	0
session:rollback()
session:execute(db.text 'SELECT CAST(:n AS SMALLINT)', {n = 40000})
--! DataError: smallint out of range
--!   the database said: ERROR:  smallint out of range
--!   [SQL: SELECT CAST($1 AS SMALLINT)]
--!   [parameters: (40000)]
session:rollback()

-- --- text -----------------------------------------------------------------------------------------------
try{text = 'a\0b'}
--> DataError 22021: PostgreSQL cannot keep text with a NUL byte: 'a\x00b'
--> Keep bytes in a LargeBinary column.
--> nothing of this flush was kept; call db.session:rollback() to go on
try{text = 'bad \xff\xfe'}
--> ValueError -: Thing.text: Text takes UTF-8 text, got text 'bad \xff\xfe'; bytes belong in a LargeBinary column
try{text = '\xed\xa0\x80'}
--> ValueError -: Thing.text: Text takes UTF-8 text, got text '\xed\xa0\x80'; bytes belong in a LargeBinary column
try{text = '\xc0\xaf'}
--> ValueError -: Thing.text: Text takes UTF-8 text, got text '\xc0\xaf'; bytes belong in a LargeBinary column
try{text = 'cut \xe2\x82'}
--> ValueError -: Thing.text: Text takes UTF-8 text, got text 'cut \xe2\x82'; bytes belong in a LargeBinary column
try{data = {a = 'x\0y'}}
--> stored
try{data = {a = 'bad \xff'}}
--> ValueError -: Thing.data: text that is not UTF-8 cannot be JSON (at a)
try{raw = 'a\0b\xff'}
--> stored
session:execute(db.text 'SELECT :t', {t = '\xff'})
--! DataError: invalid byte sequence for encoding "UTF8": 0xff
--!   the database said: ERROR:  invalid byte sequence for encoding "UTF8": 0xff
--!   CONTEXT:  unnamed portal parameter $1
--!   [SQL: SELECT $1]
--!   [parameters: ('\xff')]
session:rollback()
print(select(2, pcall(session.execute, session, db.text "SELECT 'a\0b'")).message)
--> the SQL text holds a NUL byte
session:rollback()
print(select(2, pcall(function() return Thing.query:filter(Thing.text == '\xff'):count() end)).message)
--> Thing.text: Text takes UTF-8 text, got text '\xff'; bytes belong in a LargeBinary column
session:rollback()
print(session:execute(db.text 'SELECT 1'):scalar())
--> 1
session:rollback()

-- --- many, and large ------------------------------------------------------------------------------------
ids = {}
for i = 1, 10000 do ids[i] = i end
print(Thing.query:filter(Thing.id:in_(ids)):count() == good)
--> true
for i = 10001, 70000 do ids[i] = i end
failure = select(2, pcall(function() return Thing.query:filter(Thing.id:in_(ids)):count() end))
print(failure.kind, failure.message)
print(failure.hint, #tostring(failure) < 10000, #failure.statement > 400000)
--> ProgrammingError	the statement has 70000 parameters, and PostgreSQL takes 65535
--> Split it: insert fewer rows at a time, or pass a list as one array.	true	true
session:rollback()
print(Thing.query:count() == good)
--> true
session:add(Thing{text = ('x'):rep(200 << 20)})
session:commit()
print(session:scalar(db.select(db.func.max(db.func.length(Thing.text)))), #Thing.query:order_by(Thing.id:desc()):first().text)
--> 209715200	209715200
session:rollback()
