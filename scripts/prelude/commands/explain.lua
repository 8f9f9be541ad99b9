-- :explain QUERY, of Lua or of SQL.
local moonbase = require 'moonbase'
local shell, show = require 'moonbase.shell', require 'moonbase.show'

local function run(text)
  if text == '' then moonbase.raise('ArgumentError', ':explain takes a query', ':explain User.query:filter_by{id = 1}') end
  local chunk = load('return ' .. text, '=explain')
  if not chunk then
    local sqlite = shell.database().engine.dialect.name == 'sqlite'
    return show.sql((sqlite and 'EXPLAIN QUERY PLAN ' or 'EXPLAIN ') .. text)
  end
  local query = chunk()
  if type(query) ~= 'userdata' then
    moonbase.raise('TypeError', ('this is no query, but a %s'):format(type(query)), ':explain takes the query, not its rows.')
  end
  show.line(tostring(query:explain()))
end

return {run = run}
