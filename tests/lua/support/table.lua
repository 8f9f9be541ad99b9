-- Table tests: one row a feature, Lua text on the left, what must come of it on the right.
--
--   local check = require 'support.table'
--   check({
--     { lua = "User.age:between(1, 2)", sql = "user.age BETWEEN ? AND ?", params = {1, 2},
--       type = 'Boolean', result = {1, 3} },
--     { lua = "User.age:between(1)", error = "TypeError: between takes 2 positional arguments" },
--   }, run)
--
-- A row's fields; what is left out is not looked at:
--   lua      an expression, or statements that end in `return x`; run by load, so it sees globals
--   sql      the text of x:compile(), line breaks written as spaces
--   params   its values in placeholder order; {} for none
--   postgresql  the text of x:compile{dialect = 'postgresql'}
--   type     tostring(x.type), for expressions
--   result   what run(x, row) returns, compared item by item; NULL is db.null. Without `run` it is
--            what x:all() returns (a query).
--   error    the beginning of the error that building, compiling or running must raise
--   only     'sqlite': the row runs on that database alone
--   there    {result = …} or {error = …}: what comes of it on PostgreSQL instead
-- On another database than SQLite in memory (run.sh --on) the texts are not compared.
-- Numbers are equal when they are of one kind (1 is not 1.0); decimals, dates and mapped objects by
-- their tostring. Every other field is the row's own, for `run` to read.
--
-- check goes through all rows and then raises one error that shows each difference.

local databases = require 'databases'

-- A value as the tables write it.
local function show(value)
  if value == nil then return 'nil' end
  if type(value) == 'string' then return "'" .. value:gsub("[\\']", '\\%0'):gsub('\n', '\\n') .. "'" end
  local name = type(value) == 'table' and (getmetatable(value) or {}).__name
  if type(value) ~= 'table' or name and name ~= 'array' then return tostring(value) end
  local items, listed = {}, #value
  for i = 1, listed do items[i] = show(value[i]) end
  local keys = {}
  for key in pairs(value) do
    if math.type(key) ~= 'integer' or key < 1 or key > listed then keys[#keys + 1] = key end
  end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  for _, key in ipairs(keys) do items[#items + 1] = ('%s = %s'):format(key, show(value[key])) end
  return '{' .. table.concat(items, ', ') .. '}'
end

-- The rows of a result as plain lists, so that they are written as {1, 'x'}.
local function plain(value)
  if type(value) == 'userdata' and pcall(function() return #value end) and
    tostring(value):match '^%(' then
    local items = {}
    for i = 1, #value do items[i] = plain(value[i]) end
    return items
  end
  if type(value) ~= 'table' then return value end
  local items = {}
  for key, item in pairs(value) do items[key] = plain(item) end
  return items
end

local function build(text)
  local chunk = load('return ' .. text, '=row') or assert(load(text, '=row'))
  return chunk()
end

local function on_one_line(statement) return (tostring(statement):gsub(' ?\n', ' ')) end

local function compiled(x)
  local statement = x:compile()
  local params = {}
  for i, value in ipairs(statement.params) do params[i] = value end
  return on_one_line(statement), params
end

local function all(x) return x:all() end

-- The row as it is on this database.
local function here(row)
  if not row.there or databases.dialect ~= 'postgresql' then return row end
  return {lua = row.lua, type = row.type, result = row.there.result, error = row.there.error,
          comes_of_running = true}
end

-- The differences of one row as lines of text.
local function differences(row, run)
  row = here(row)
  local lines = {}
  local function compare(name, expected, got)
    if expected == nil or expected == got then return end
    lines[#lines + 1] = ('    %-7s %s\n    %-7s %s'):format(name, expected, 'came', got)
  end
  local ok, failure = pcall(function()
    local x = build(row.lua)
    if databases.is_default and (row.sql or row.params) or row.error and not row.comes_of_running then
      local sql, params = compiled(x)
      compare('sql', row.sql, sql)
      compare('params', row.params and show(row.params), show(params))
    end
    if databases.is_default and row.postgresql then
      local statement = x:compile{dialect = 'postgresql'}
      compare('postgresql', row.postgresql, on_one_line(statement))
    end
    if row.type then compare('type', row.type, tostring(x.type)) end
    if row.result ~= nil or row.error then
      local result = (run or all)(x, row)
      if result == nil then result = db.null end
      compare('result', row.result ~= nil and show(row.result) or nil, show(plain(result)))
    end
  end)
  -- A row that fails must not fail the next ones.
  if not ok and databases.dialect == 'postgresql' then db.session:rollback() end
  local message = not ok and tostring(failure):gsub('^row:%d+: ', '') or 'no error'
  if row.error then
    compare('error', row.error, message:sub(1, #row.error) == row.error and row.error or message)
  elseif not ok then
    compare('error', 'none', message)
  end
  return lines
end

return function(rows, run)
  local report = {}
  for _, row in ipairs(rows) do
    local runs_here = row.only == nil or row.only == databases.dialect
    local lines = runs_here and differences(row, run) or {}
    if #lines > 0 then
      report[#report + 1] = '  ' .. row.lua .. '\n' .. table.concat(lines, '\n')
    end
  end
  if #report > 0 then
    error(('%d of %d rows differ\n%s'):format(#report, #rows, table.concat(report, '\n')), 0)
  end
end
