-- show(x) and sql[[…]]: where the rows of a table come from. Drawing them is the shell's (shell/tables.h).
local moonbase = require 'moonbase'

local M = {}
local draw, run_sql, printable, folded, fold_width  -- what M.install was given
local last  -- draws what was drawn last, all of it
local BATCH = 1000

local function field(x, name)
  local ok, value = pcall(function() return x[name] end)
  return ok and value or nil
end

local function is_query(x) return type(x) == 'userdata' and field(x, 'column_descriptions') ~= nil end

local function is_object(x)
  if type(x) ~= 'userdata' then return false end
  local ok, found = pcall(moonbase.inspect, x)
  return ok and field(found, 'object') ~= nil
end

local function is_row(x) return type(x) == 'table' and type(field(x, '_fields')) == 'table' end

-- --- the columns that an item has, and its cells -----------------------------------------------------

-- {names, types, cells}: cells(item) is the list of what stands in the columns.
local function columns_of_class(class)
  local names, types = moonbase.inspect(class).columns, {}
  for i, name in ipairs(names) do
    local column = field(class, name)
    types[i] = tostring(column and field(column, 'type') or '')
  end
  return {names, types, function(object)
    local cells = {}
    for i, name in ipairs(names) do
      local value = object[name]
      if value == nil then value = moonbase.null end
      cells[i] = value
    end
    return cells
  end}
end

local function columns_of_row(row)
  local names = row._fields
  return {names, {}, function(item) return item end}
end

local function columns_of_table(item)
  local names = {}
  for key in pairs(item) do names[#names + 1] = key end
  table.sort(names, function(a, b)
    if type(a) == type(b) and (type(a) == 'number' or type(a) == 'string') then return a < b end
    return tostring(a) < tostring(b)
  end)
  local texts = {}
  for i, name in ipairs(names) do texts[i] = tostring(name) end
  return {texts, {}, function(other)
    local cells = {}
    for i, name in ipairs(names) do
      local value = field(other, name)
      if value == nil then value = moonbase.null end
      cells[i] = value
    end
    return cells
  end}
end

local function columns_of_item(item)
  if is_object(item) then return columns_of_class(moonbase.inspect(item).mapper) end
  if is_row(item) then return columns_of_row(item) end
  if type(item) == 'table' and getmetatable(item) == nil then return columns_of_table(item) end
  return {{'value'}, {}, function(value) return {value} end}
end

-- --- where the items come from -----------------------------------------------------------------------

local function items_of_list(list)
  local i = 0
  return function()
    i = i + 1
    return list[i]
  end
end

-- In batches, where the query can do that: one that joins collections to its objects cannot.
local function session_of_app()
  local app = require 'moonbase.app'.current()
  local db = app and app.extensions.sqlalchemy
  if not db then moonbase.raise('InvalidRequestError', 'there is no database to run the select on') end
  return db.session
end

-- The query's own loop; a db.select's rows, whose only cell is the item where it has one.
local function steps(query)
  if query.session then return query:yield_per(BATCH):iter() end
  local result = session_of_app():execute(query, {}, {yield_per = BATCH})
  local single = #query.column_descriptions == 1 and query.column_descriptions[1].entity
  if single then result = result:scalars() end
  return function()
    local batch = result:fetchmany(1)
    return batch[1]
  end
end

local function items_of_query(query)
  local ok, first, step = pcall(function()
    local step = steps(query)
    return step(), step
  end)
  if not ok then return items_of_list(query.session and query:all() or session_of_app():execute(query):all()) end
  local begun = false
  return function()
    if begun then return step() end
    begun = true
    return first
  end
end

local function columns_of_query(query)
  local described = query.column_descriptions
  local entity = #described == 1 and described[1].entity
  if entity and rawequal(described[1].type, entity) then return columns_of_class(entity) end
  local names, types = {}, {}
  for i, column in ipairs(described) do
    names[i] = column.name
    types[i] = tostring(column.type)
  end
  return {names, types, function(item)
    if is_object(item) then return {item} end
    return item
  end}
end

local function draw_items(columns, next_item, all)
  local names, types, cells = columns[1], columns[2], columns[3]
  draw(function()
    local item = next_item()
    if item == nil then return nil end
    return cells(item)
  end, names, types, all)
end

local function show_query(query, all) draw_items(columns_of_query(query), items_of_query(query), all) end

local function show_list(list, all)
  if list[1] == nil then return print 'no rows' end
  draw_items(columns_of_item(list[1]), items_of_list(list), all)
end

-- A Result is read once: what it has left is a list.
local function source(x)
  if is_query(x) then return show_query, x end
  if is_object(x) then return show_list, {x} end
  -- A class means all of its objects.
  if type(x) == 'userdata' and is_query(field(x, 'query')) then return show_query, x.query end
  if type(x) == 'table' and type(field(x, 'all')) == 'function' then return show_list, x:all() end
  if type(x) == 'table' then return show_list, x end
  if type(x) == 'userdata' and field(x, 'all') then return show_list, x:all() end
  moonbase.raise('TypeError', ('show takes a query or a list, got a %s'):format(type(x)),
                 'show(User.query), show(User.query:all()), show{1, 2, 3}')
end

local function show(x)
  local draw_it, what = source(x)
  last = function() draw_it(what, true) end
  draw_it(what, false)
end

-- --- what the shell calls -----------------------------------------------------------------------------

function M.sql(text)
  last = nil
  -- In a script the built-in app is there when one of its names is read.
  local _ = _G.db
  local outcome, only_reads = run_sql(text, false)
  if outcome then print(outcome) end
  if only_reads then last = function() run_sql(text, true) end end
end

-- Several statements, as they stand in a file of SQL.
function M.script(text)
  local session = session_of_app()
  session:flush()
  session:connection():execute_script(text)
end

-- Draws lists of cells.
function M.rows(names, rows)
  last = function() draw_items({names, {}, function(row) return row end}, items_of_list(rows), true) end
  draw_items({names, {}, function(row) return row end}, items_of_list(rows), false)
end

function M.all()
  if not last then return false end
  last()
  return true
end

-- Whether x is what `:table on` shows as a table, which has been done then.
function M.if_rows(x)
  local list = type(x) == 'table' and x[1]
  if not is_query(x) and not (list and (is_object(list) or is_row(list))) then return false end
  show(x)
  return true
end

-- Prints a text that comes from the database: control characters spelled out.
function M.line(text) print(printable(text)) end

-- Prints a text for reading, which a terminal has in lines that fit.
function M.text(text) print(folded(text)) end

-- The columns of such lines, at most `most`.
function M.width(most)
  local width = fold_width()
  return width > 0 and math.min(width, most) or most
end

-- Keeps the functions of shell/tables.cc; makes the globals, unless the program has its own.
function M.install(draw_rows, run_statement, printable_text, folded_text, columns)
  draw, run_sql, printable, folded, fold_width = draw_rows, run_statement, printable_text, folded_text, columns
  moonbase.doc(show, 'show(q or list)  draws a box table of the rows of a query, the objects of a class or the items of a list; '
    .. ':all shows all of them')
  moonbase.doc(M.sql, "sql[[…]]  runs a statement of SQL on the session's connection and draws its rows")
  if rawget(_G, 'show') == nil then rawset(_G, 'show', show) end
  if rawget(_G, 'sql') == nil then rawset(_G, 'sql', M.sql) end
end

return M
