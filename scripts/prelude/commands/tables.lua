-- :tables, those of the database, and the models over them.
local moonbase = require 'moonbase'
local shell, show = require 'moonbase.shell', require 'moonbase.show'

-- Table name -> the names of its classes.
local function classes_of(db)
  local classes = {}
  for name, class in pairs(db.models) do
    local list = classes[class.__table__.name] or {}
    list[#list + 1] = name
    table.sort(list)
    classes[class.__table__.name] = list
  end
  return classes
end

local function run()
  local db = shell.database()
  local inspector, classes, rows = moonbase.inspect(db.engine), classes_of(db), {}
  for _, kind in ipairs{{'table', inspector:get_table_names()}, {'view', inspector:get_view_names()}} do
    for _, name in ipairs(kind[2]) do
      rows[#rows + 1] = {name, kind[1], classes[name] and table.concat(classes[name], ', ') or moonbase.null}
    end
  end
  show.rows({'name', 'kind', 'model'}, rows)
end

return {run = run}
