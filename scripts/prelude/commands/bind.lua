-- :bind, the databases of the app: the default one and those of SQLALCHEMY_BINDS.
local moonbase = require 'moonbase'
local shell, show = require 'moonbase.shell', require 'moonbase.show'

local function run(key)
  local db = shell.database()
  if key ~= '' then
    local rows = {}
    for _, name in ipairs(moonbase.inspect(db.engines[key]):get_table_names()) do rows[#rows + 1] = {name} end
    return show.rows({'table'}, rows)
  end
  local keys = {}
  local app = rawget(db, 'app')
  for name in pairs(app and app.config.BINDS or {}) do keys[#keys + 1] = name end
  table.sort(keys)
  local rows = {}
  local ok, engine = pcall(function() return db.engine end)
  if ok then rows[1] = {'', tostring(engine.url)} end
  for _, name in ipairs(keys) do rows[#rows + 1] = {name, tostring(db.engines[name].url)} end
  show.rows({'bind_key', 'url'}, rows)
end

return {run = run}
