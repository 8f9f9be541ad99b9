-- What the table tests of expressions share: a table of four rows with a column of each type, and `run`,
-- what an expression gives on them. Of a condition that is the list of ids of the rows that meet it; of
-- another expression its value in each row, in the order of ids; of an order the ids in that order.
-- A test on a server sets moons_url before.
app = moonbase.App 'expressions'
app.config:update{DATABASE_URI = _G.moons_url or fresh_database()}
db = moonbase.Database(app)
at = moonbase.datetime
Moon = db.Model 'Moon' {
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(20)},
  size = db.Column{db.Integer},
  weight = db.Column{db.Float},
  icy = db.Column{db.Boolean},
  found = db.Column{db.DateTime},
  day = db.Column{db.Date},
  orbit = db.Column{db.Interval},
  price = db.Column{db.Numeric(10, 2)},
  doc = db.Column{db.JSON},
}
db.create_all()
Other = db.alias(Moon.__table__, 'other')
db.session:add_all{
  Moon{id = 1, name = 'Io', size = 7, weight = 1.5, icy = true, found = at(2026, 11, 20, 13, 5),
       day = moonbase.date(2026, 11, 20), orbit = moonbase.timedelta{hours = 2},
       price = moonbase.decimal '10.00',
       doc = {a = {5, 6}, k = 'v', o = {deep = {1, 2}}, t = true, x = 1.5}},
  Moon{id = 2, name = '50%_a', size = -7, weight = -2.5, icy = false, found = at(2025, 1, 2),
       price = moonbase.decimal '3.25'},
  Moon{id = 3},
  Moon{id = 4, name = 'Moon', size = 2, icy = true},
}
db.session:commit()

-- A decimal or a date as it is written.
function text(s)
  return setmetatable({}, {__name = 'text', __tostring = function() return s end})
end

-- Ids in an order, for what only ORDER BY takes.
function order(by) return {order = by} end

function run(x)
  local query, unordered
  if type(x) == 'table' then
    query = db.session:query(Moon.id):order_by(x.order, Moon.id)
  elseif pcall(db.expr, x) then
    query = db.session:query(Moon.id):filter(x):order_by(Moon.id)
  else
    unordered = db.session:query(x):select_from(Moon)
    query = unordered:order_by(Moon.id)
  end
  local ok, rows = pcall(query.all, query)
  if not ok then
    db.session:rollback()
    -- A server does not order an aggregate by ids.
    if not unordered or not tostring(rows):find 'GROUP BY' then error(rows, 0) end
    rows = unordered:all()
  end
  local values = {}
  for i, row in ipairs(rows) do values[i] = row[1] end
  return values
end
