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
--> ?
try{small = -32768, whole = 2147483647, big = math.mininteger}
--> ?
try{whole = 2147483648}
--> ?
try{whole = -2147483649}
--> ?
try{big = 2^63}
--> ?
try{price = '999.99'}
--> ?
try{price = '1000'}
--> ?
try{price = '0.001'}
--> ?
try{ratio = 1e308}
--> ?
try{name = 'abcdef'}
--> ?
try{name = 'äöüßé'}
--> ?
try{at = moonbase.datetime(9999, 12, 31)}
--> ?
print(Thing.query:filter(Thing.whole == 2^40):count(), Thing.query:filter(Thing.small:in_{1, 100000}):count())
--> ?
session:rollback()
session:execute(db.text 'SELECT CAST(:n AS SMALLINT)', {n = 40000})
--! DataError: smallint out of range
--!   the database said: ERROR:  smallint out of range
--!   [SQL: SELECT CAST($1 AS SMALLINT)]
--!   [parameters: (40000)]
session:rollback()

-- --- text -----------------------------------------------------------------------------------------------
try{text = 'a\0b'}
--> ?
try{text = 'bad \xff\xfe'}
--> ?
try{text = '\xed\xa0\x80'}
--> ?
try{text = '\xc0\xaf'}
--> ?
try{text = 'cut \xe2\x82'}
--> ?
try{data = {a = 'x\0y'}}
--> ?
try{data = {a = 'bad \xff'}}
--> ?
try{raw = 'a\0b\xff'}
--> ?
session:execute(db.text 'SELECT :t', {t = '\xff'})
--! DataError: invalid byte sequence for encoding "UTF8": 0xff
--!   the database said: ERROR:  invalid byte sequence for encoding "UTF8": 0xff
--!   CONTEXT:  unnamed portal parameter $1
--!   [SQL: SELECT $1]
--!   [parameters: ('\xff')]
session:rollback()
print(select(2, pcall(session.execute, session, db.text "SELECT 'a\0b'")).message)
--> ?
session:rollback()
print(select(2, pcall(function() return Thing.query:filter(Thing.text == '\xff'):count() end)).message)
--> ?
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
--> ?
session:rollback()
print(Thing.query:count() == good)
--> true
session:add(Thing{text = ('x'):rep(200 << 20)})
session:commit()
print(session:scalar(db.select(db.func.max(db.func.length(Thing.text)))), #Thing.query:order_by(Thing.id:desc()):first().text)
--> 209715200	209715200
session:rollback()
