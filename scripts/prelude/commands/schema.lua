-- :schema [NAME], the statements that create the tables of the models.
local moonbase = require 'moonbase'
local shell, show = require 'moonbase.shell', require 'moonbase.show'

local function run(name)
  local db = shell.database()
  local dialect, found = db.engine.dialect.name, false
  local class = db.models[name]
  for _, t in ipairs(db.metadata.sorted_tables) do
    if name == '' or t.name == name or (class and t.name == class.__table__.name) then
      found = true
      show.line(tostring(moonbase.CreateTable(t):compile{dialect = dialect}) .. ';')
    end
  end
  if not found then
    moonbase.raise('ArgumentError', name == '' and 'there are no models' or ("there is no model or table '%s'"):format(name),
                   ':models lists the classes, :tables what the database has.')
  end
end

return {run = run}
