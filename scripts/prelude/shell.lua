-- What the program does with an app: its names become globals, its tables are made and dropped.
local moonbase = require 'moonbase'
local apps = require 'moonbase.app'

local M = {}

-- The global `app` where it is one, else the one made last.
local function find_app()
  local app = rawget(_G, 'app')
  if apps.is_app(app) then return app end
  return apps.current()
end

local function database_of(app)
  local db = app and app.extensions.sqlalchemy
  if db == nil then
    moonbase.raise('InvalidRequestError', 'the app has no database', 'Write in app.lua: db = moonbase.Database(app)')
  end
  return db
end

local function is_model(value)
  local ok, found = pcall(function() return value.__table__ end)
  return ok and found ~= nil
end

-- --- help -----------------------------------------------------------------------------------------

-- The value that a path of names leads to ('db.session'), or nil.
local function value_at(path)
  local value = _G
  for name in path:gmatch '[^%.:]+' do
    local ok, found = pcall(function() return value[name] end)
    if not ok or found == nil then return nil end
    value = found
  end
  return value
end

local help = setmetatable({}, {
  __name = 'help',
  __call = function(self, ...)
    if select('#', ...) == 0 then
      print(self)
      return
    end
    require 'moonbase.show'.text(require 'moonbase.help'.text((...)))
  end,
  __tostring = function()
    return 'help(x) tells what x is and what it offers: help(db.session), help(User.query.filter_by);\n'
      .. 'at the prompt x? says the same, and x?? shows the source\n'
      .. "and about a subject: help 'comparisons', help 'queries', help 'relationships', help 'sessions'"
  end,
})
moonbase.doc(help, 'help(x)  prints the description of a function, an object or a class')

-- A function of the module moonbase.help, which finds the texts of inputs with `text_of_chunk`.
function M.help_with(text_of_chunk, name)
  local module = require 'moonbase.help'
  module.inputs = text_of_chunk
  return module[name]
end

local NAMED = 12

-- Puts the names of the shell's context into the globals. Returns them as text, `app` and `db`
-- first and the rest of a long list counted, the number of models among them, and of the tables.
function M.preload()
  local app = find_app()
  if not app then
    moonbase.raise('InvalidRequestError', 'the app file makes no app', "It begins: app = moonbase.App 'name'")
  end
  if rawget(_G, 'help') == nil then rawset(_G, 'help', help) end
  local rank, names, models = {app = 1, db = 2}, {}, 0
  for name, value in pairs(app:make_shell_context()) do
    rawset(_G, name, value)
    names[#names + 1] = name
    if not rank[name] and is_model(value) then models = models + 1 end
  end
  table.sort(names, function(a, b)
    local ra, rb = rank[a] or 3, rank[b] or 3
    if ra ~= rb then return ra < rb end
    return a < b
  end)
  local db = app.extensions.sqlalchemy
  local tables = 0
  for _ in pairs(db and db.metadata.tables or {}) do tables = tables + 1 end
  local text = table.concat(names, ', ', 1, math.min(#names, NAMED))
  if #names > NAMED then text = ('%s, … %d more'):format(text, #names - NAMED) end
  return text, models, tables
end

-- An app for a database that has none: `db`, without models.
function M.bare_app()
  local app = moonbase.App 'database'
  moonbase.Database(app)
end

-- Calls `load` when a name of the microblog is read, unless the program has made an app by then.
function M.load_when_needed(load)
  local waiting = {app = true, db = true, User = true, Post = true}
  setmetatable(_G, {
    __index = function(globals, name)
      if not waiting[name] then return nil end
      setmetatable(globals, nil)
      if apps.current() then return nil end
      load()
      M.preload()
      return rawget(globals, name)
    end,
  })
end

-- The database of the app; raises where there is none.
function M.database() return database_of(find_app()) end

-- The value that a path of names leads to, or nil.
M.value_at = value_at

local function table_names(db)
  local names = {}
  for name in pairs(db.metadata.tables) do names[#names + 1] = name end
  table.sort(names)
  return names
end

-- The names of the tables of the app's models, as text, and how many there are.
function M.tables()
  local names = table_names(database_of(find_app()))
  return table.concat(names, ', '), #names
end

function M.create_all() database_of(find_app()).create_all() end

function M.drop_all() database_of(find_app()).drop_all() end

return M
