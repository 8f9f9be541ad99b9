-- :models, the classes and what they lead to.
local moonbase = require 'moonbase'
local shell, show = require 'moonbase.shell', require 'moonbase.show'

local function relationships_of(mapper)
  local list = {}
  for name, relationship in pairs(mapper.relationships) do list[#list + 1] = ('%s → %s'):format(name, relationship.target) end
  table.sort(list)
  return table.concat(list, ', ')
end

local function run()
  local rows = {}
  for name, class in pairs(shell.database().models) do
    local mapper = moonbase.inspect(class)
    rows[#rows + 1] = {name, class.__table__.name, table.concat(mapper.columns, ', '), relationships_of(mapper)}
  end
  table.sort(rows, function(a, b) return a[1] < b[1] end)
  show.rows({'model', 'table', 'columns', 'relationships'}, rows)
end

return {run = run}
