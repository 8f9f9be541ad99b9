-- Many rows to a PostgreSQL server: bulk_insert sends them by COPY, in its text form.
moonbase = require 'moonbase'
server = assert(os.getenv 'MOONBASE_TEST_POSTGRESQL', 'MOONBASE_TEST_POSTGRESQL is not set: run scripts/test')
admin = moonbase.create_engine(server, {isolation_level = 'AUTOCOMMIT'})
name = 'moonbase_copy_' .. tostring(os.time()) .. '_' .. tostring(math.random(1000000))
connection = admin:connect()
connection:execute(moonbase.text('CREATE DATABASE ' .. name))
app = moonbase.App 'copy'
app.config:update{DATABASE_URI = server:gsub('/[^/]*$', '/' .. name), RECORD_QUERIES = true}
db = moonbase.Database(app)
session = db.session
Thing = db.Model 'Thing' {
  id    = db.Column{db.Integer, primary_key = true},
  body  = db.Column{db.Text},
  flag  = db.Column{db.Boolean},
  ratio = db.Column{db.Float},
  price = db.Column{db.Numeric(10, 2)},
  data  = db.Column{db.LargeBinary},
  day   = db.Column{db.Date},
  clock = db.Column{db.Time},
  at    = db.Column{db.DateTime},
  span  = db.Column{db.Interval},
  tags  = db.Column{db.ARRAY(db.Text)},
  extra = db.Column{db.JSONB},
  kind  = db.Column{db.String(8), nullable = false, default = 'plain'},
}
db.create_all()
db.clear_recorded_queries()

-- --- every type comes back as it was given -----------------------------------------------------------------
print(session:bulk_insert(Thing, {
  {body = 'tab\there, line\nbreak, back\\slash, return\rhere, \\N', flag = true, ratio = 0.1, price = '12.50',
   data = 'a\0b\\\xff', day = moonbase.date(2026, 11, 20), clock = moonbase.time(12, 30, 1),
   at = moonbase.datetime(2026, 11, 20, 12, 30), span = moonbase.timedelta{days = -1, seconds = 5},
   tags = {'a, b', 'c"d', '\\'}, extra = {text = 'x\ty'}},
}))
--> 1
for _, q in ipairs(db.get_recorded_queries()) do print(q.statement) end
--> BEGIN
--> COPY thing (body, flag, ratio, price, data, day, clock, at, span, tags, extra, kind) FROM STDIN
thing = Thing.query:one()
print(thing.body == 'tab\there, line\nbreak, back\\slash, return\rhere, \\N', thing.flag, thing.ratio, thing.price)
--> true	true	0.1	12.50
print(thing.data == 'a\0b\\\xff', thing.day, thing.clock, thing.at, thing.span)
--> true	2026-11-20	12:30:01	2026-11-20 12:30:00	-1 day, 0:00:05
print(thing.tags[1], thing.tags[2], thing.tags[3], thing.extra.text == 'x\ty', thing.kind)
--> a, b	c"d	\	true	plain
session:commit()

-- --- a character that COPY reads as something else, wherever in a text it stands ---------------------------
rows = {}
for _, character in ipairs{'\\', '\t', '\n', '\r', '\\N', '\1', '\14', 'é', '\\\\', ''} do
  for at = 0, 17 do rows[#rows + 1] = {body = ('x'):rep(at) .. character .. ('y'):rep(17 - at)} end
end
print(session:bulk_insert(Thing, rows))
--> 180
different = 0
for i, t in ipairs(Thing.query:order_by(Thing.id):offset(1):all()) do
  if t.body ~= rows[i].body then different = different + 1 end
end
print(different)
--> 0
session:rollback()

-- --- a time with a fraction and without, long ago as well --------------------------------------------------
times = {
  moonbase.datetime(2026, 11, 20, 12, 30, 0, 1), moonbase.datetime(1, 1, 1), moonbase.datetime(1969, 12, 31, 23, 59, 59),
  moonbase.datetime(1969, 12, 31, 23, 59, 59, 500000), moonbase.datetime(9999, 12, 31, 23, 59, 59, 999999),
}
rows = {}
for i, at in ipairs(times) do rows[i] = {at = at} end
print(session:bulk_insert(Thing, rows))
--> 5
for i, t in ipairs(Thing.query:order_by(Thing.id):offset(1):all()) do print(t.at == times[i], t.at) end
--> true	2026-11-20 12:30:00.000001
--> true	0001-01-01 00:00:00
--> true	1969-12-31 23:59:59
--> true	1969-12-31 23:59:59.500000
--> true	9999-12-31 23:59:59.999999
session:rollback()

-- --- NULLs, and an iterator that asks the same session in between ------------------------------------------
left = 3
print(session:bulk_insert(Thing, function()
  left = left - 1
  if left >= 0 then return {body = db.null, ratio = left, kind = tostring(Thing.query:count())} end
end))
for _, t in ipairs(Thing.query:filter(Thing.body == nil):order_by(Thing.ratio):all()) do print(t.ratio, t.kind) end
--> 3
--> 0.0	1
--> 1.0	1
--> 2.0	1
session:commit()

-- --- what the database refuses names the row, and nothing is kept ------------------------------------------
session:bulk_insert(Thing, {{kind = 'good'}, {kind = 'far too long'}})
--! DataError: value too long for type character varying(8)
--!   the database said: ERROR:  value too long for type character varying(8)
--!   CONTEXT:  COPY thing, line 2, column kind: "far too long"
--!   while bulk_insert into Thing
--!   [SQL: COPY thing (kind) FROM STDIN]
--!   The text is longer than its column takes: shorten it, or make the column wider (String(n), Text).
--!   none of its rows were kept; call db.session:rollback() to go on
session:rollback()
print(Thing.query:count())
--> 4
session:close()
db.engine:dispose()
connection:execute(moonbase.text('DROP DATABASE ' .. name .. ' WITH (FORCE)'))
connection:close()
