-- What the tests of relationships share: short declarations, and what was sent.
moonbase = require 'moonbase'

-- A database of its own for each part; `sql()` prints what was sent since it was called last.
function start(name)
  app = moonbase.App(name)
  app.config:update{DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
  db = moonbase.Database(app)
  session = db.session
end
function sql()
  for _, q in ipairs(db.get_recorded_queries()) do
    local values = {}
    for i, v in ipairs(q.parameters or {}) do values[i] = tostring(v) end
    if not q.statement:find '^CREATE' and not q.statement:find '^PRAGMA' then
      print((q.statement:gsub('%s+', ' ')) .. (values[1] and '  [' .. table.concat(values, ', ') .. ']' or ''))
    end
  end
  db.clear_recorded_queries()
end
function show(x) print((tostring(x):gsub('%s+', ' '))) end
function names(list)
  local out = {}
  for _, x in ipairs(list) do out[#out + 1] = x.name end
  print('{' .. table.concat(out, ', ') .. '}')
end
function key() return db.Column{db.Integer, primary_key = true} end
function ref(target) return db.Column{db.Integer, db.ForeignKey(target)} end
function text() return db.Column{db.String(40)} end
-- The query by which an object's relationship is read.
function reads(object, name)
  session:commit()
  local _ = object.id
  db.clear_recorded_queries()
  local value = object[name]
  if type(value) == 'userdata' then pcall(function() return #value end) end
  sql()
end
