-- moonbase.App: a program's name, its configuration, and the names its shell starts with.
local moonbase = require 'moonbase'

local M = {}

-- Key -> the type of its value.
local KNOWN = {
  DATABASE_URI = 'string',
  BINDS = 'table',
  ECHO = 'boolean',
  RECORD_QUERIES = 'boolean',
  TRACK_MODIFICATIONS = 'boolean',
  ENGINE_OPTIONS = 'table',
  POOL_SIZE = 'number',
  POOL_TIMEOUT = 'number',
  POOL_RECYCLE = 'number',
  MAX_OVERFLOW = 'number',
}
local REMOVED = {
  COMMIT_ON_TEARDOWN = 'nothing commits by itself: call db.session:commit()',
  NATIVE_UNICODE = 'text is always UTF-8: leave the key out',
}
local PREFIX = 'SQLALCHEMY_'

-- What the program was started with (M.start) and the app made last.
local settings = {}
local current

-- Insertions, deletions and substitutions between two words.
local function distance(a, b)
  local row = {}
  for j = 0, #b do row[j] = j end
  for i = 1, #a do
    local diagonal = row[0]
    row[0] = i
    for j = 1, #b do
      local cost = a:byte(i) == b:byte(j) and 0 or 1
      diagonal, row[j] = row[j], math.min(row[j] + 1, row[j - 1] + 1, diagonal + cost)
    end
  end
  return row[#b]
end

local function sorted_keys(t)
  local keys = {}
  for key in pairs(t) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
  return keys
end

-- The candidate within `limit` edits of `word`, or nil.
local function nearest(word, candidates, limit)
  local best, best_distance = nil, limit + 1
  for _, candidate in ipairs(sorted_keys(candidates)) do
    local d = distance(word:upper(), candidate:upper())
    if d < best_distance then best, best_distance = candidate, d end
  end
  return best
end

local function did_you_mean(name)
  return name and ("; did you mean '%s'?"):format(name) or ''
end

-- `self` is what the method was called with: an App unless it was called with a dot.
local function check_self(self, metatable, call)
  if getmetatable(self) ~= metatable.__metatable then
    moonbase.raise('TypeError', 'this method is called with a colon: ' .. call)
  end
end

-- --- config ---------------------------------------------------------------------------------------

local CONFIG = {__name = 'Config', __metatable = 'Config'}
local Config = {}
local values_of = setmetatable({}, {__mode = 'k'})  -- config -> its keys and values
local forced_of = setmetatable({}, {__mode = 'k'})  -- config -> what the command line said: it wins
local root_of = setmetatable({}, {__mode = 'k'})  -- config -> the app's folder

-- The key without the prefix; raises for keys that must be a mistake. Keys of the user's own pass.
local function check_key(key)
  if type(key) ~= 'string' then
    moonbase.raise('TypeError', ('a config key is a string, not a %s'):format(type(key)))
  end
  local prefixed = key:sub(1, #PREFIX) == PREFIX
  local name = prefixed and key:sub(#PREFIX + 1) or key
  if KNOWN[name] then return name end
  if REMOVED[name] then
    moonbase.raise('ArgumentError', ("the config key '%s' does nothing any more: %s"):format(key, REMOVED[name]))
  end
  -- Any word after the prefix is meant for us; without it, only what is one slip away.
  local near = nearest(name, KNOWN, prefixed and 4 or (#name > 5 and 2 or 1))
  if prefixed or near then
    local guess = near and (prefixed and PREFIX or '') .. near
    moonbase.raise('ArgumentError', ("there is no config key '%s'%s"):format(key, did_you_mean(guess)),
                   'The keys are ' .. table.concat(sorted_keys(KNOWN), ', ') .. '.')
  end
  return key
end

local function set(config, key, value)
  local name = check_key(key)
  local wanted = KNOWN[name]
  if wanted and value ~= nil and type(value) ~= wanted then
    moonbase.raise('TypeError',
                   ("the config key '%s' takes a %s, not a %s"):format(key, wanted, type(value)))
  end
  values_of[config][name] = value
end

function Config:update(values)
  check_self(self, CONFIG, 'app.config:update{DATABASE_URI = …}')
  if type(values) ~= 'table' then
    moonbase.raise('TypeError', 'update takes a table: app.config:update{DATABASE_URI = …}')
  end
  for _, key in ipairs(sorted_keys(values)) do set(self, key, values[key]) end
end

function Config:from_object(object)
  check_self(self, CONFIG, 'app.config:from_object(settings)')
  if type(object) ~= 'table' then
    moonbase.raise('TypeError', ('from_object takes a table, not a %s'):format(type(object)))
  end
  for _, key in ipairs(sorted_keys(object)) do
    if type(key) == 'string' and key == key:upper() then set(self, key, object[key]) end
  end
end

function Config:from_file(path)
  check_self(self, CONFIG, "app.config:from_file 'config.lua'")
  if type(path) ~= 'string' then moonbase.raise('TypeError', "from_file takes a path: 'config.lua'") end
  local root = root_of[self]
  if root and path:sub(1, 1) ~= '/' then path = root .. '/' .. path end
  local globals = setmetatable({}, {__index = _G})
  local chunk, message = loadfile(path, 't', globals)
  if not chunk then moonbase.raise('ArgumentError', 'the config file cannot be read: ' .. message) end
  local result = chunk()
  self:from_object(type(result) == 'table' and result or setmetatable(globals, nil))
end

function Config:get(key, default)
  check_self(self, CONFIG, "app.config:get 'ECHO'")
  local value = self[key]
  if value == nil then return default end
  return value
end

function CONFIG.__index(config, key)
  local method = Config[key]
  if method then return method end
  local name = check_key(key)
  local forced = forced_of[config][name]
  if forced ~= nil then return forced end
  return values_of[config][name]
end

-- The methods and the keys that mean something.
function CONFIG.__names()
  local names = sorted_keys(KNOWN)
  for name in pairs(Config) do names[#names + 1] = name end
  return names
end

function CONFIG.__newindex(config, key, value)
  if Config[key] then
    moonbase.raise('AttributeError', ("'%s' is a method of the config, not a key"):format(key))
  end
  set(config, key, value)
end

function CONFIG.__pairs(config)
  local values = {}
  for key, value in pairs(values_of[config]) do values[key] = value end
  for key, value in pairs(forced_of[config]) do values[key] = value end
  local keys, i = sorted_keys(values), 0
  return function()
    i = i + 1
    return keys[i], values[keys[i]]
  end
end

function CONFIG.__tostring(config)
  local parts = {}
  -- Values may be secrets: only the keys are shown.
  for key in pairs(config) do parts[#parts + 1] = key end
  return '<Config ' .. table.concat(parts, ', ') .. '>'
end

local function new_config(root, forced)
  local config = setmetatable({}, CONFIG)
  values_of[config] = {}
  forced_of[config] = forced or {}
  root_of[config] = root
  return config
end

-- --- app ------------------------------------------------------------------------------------------

local APP = {__name = 'App', __metatable = 'App'}
local App = {}
local processors_of = setmetatable({}, {__mode = 'k'})  -- app -> list of functions

function App:shell_context_processor(fn)
  check_self(self, APP, 'app:shell_context_processor(function() return {User = User} end)')
  if type(fn) ~= 'function' then
    moonbase.raise('TypeError',
                   ('shell_context_processor takes a function that returns a table, not a %s'):format(type(fn)))
  end
  local processors = processors_of[self]
  processors[#processors + 1] = fn
  return fn
end

function App:make_shell_context()
  check_self(self, APP, 'app:make_shell_context()')
  local names = {app = self}
  local db = self.extensions.sqlalchemy
  if db then
    for name, model in pairs(db.models) do names[name] = model end
    names.db = db
  end
  for _, processor in ipairs(processors_of[self]) do
    local more = processor()
    if type(more) ~= 'table' then
      moonbase.raise('TypeError', ('a shell context processor returned a %s, not a table'):format(type(more)))
    end
    for name, value in pairs(more) do names[name] = value end
  end
  return names
end

function APP.__names()
  local names = {'name', 'config', 'extensions', 'root_path'}
  for name in pairs(App) do names[#names + 1] = name end
  table.sort(names)
  return names
end

function APP.__index(_, key)
  local method = App[key]
  if method then return method end
  if key == 'root_path' then return nil end  -- not started by the shell
  moonbase._no_attribute('App', key, APP.__names())
end

function APP.__tostring(app) return ("<App '%s'>"):format(app.name) end

local function new_app(name)
  if type(name) ~= 'string' or name == '' then
    moonbase.raise('TypeError', "an app has a name: moonbase.App 'blog'")
  end
  local config = new_config(settings.root, settings.forced)
  -- What the command line said is for the app the program was started for, not for another one that
  -- a script makes later.
  settings.forced = nil
  local app = {name = name, config = config, extensions = {}, root_path = settings.root}
  processors_of[app] = {}
  current = setmetatable(app, APP)
  moonbase.doc(app, 'A program: name, config (its settings), extensions, shell_context_processor(fn).')
  return current
end

-- --- the module -----------------------------------------------------------------------------------

M.App = new_app
moonbase.App = new_app

-- What the program was started with: `root`, the absolute folder where relative paths start;
-- `forced`, config values that win over those of the next app.
function M.start(new_settings)
  settings = new_settings
  current = nil
end

-- The app made last, or nil.
function M.current() return current end

function M.is_app(value) return getmetatable(value) == APP.__metatable end

local docs = {
  [new_app] = "App(name)  a program: its config (app.config), its extensions, the names its shell starts with",
  [App.shell_context_processor] =
    'shell_context_processor(fn)  fn() returns a table of the names the shell starts with',
  [App.make_shell_context] = 'make_shell_context()  the table of all names the shell starts with',
  [Config.update] = 'update{KEY = value, …}  sets several keys; the prefix SQLALCHEMY_ may be left out',
  [Config.from_object] = 'from_object(table)  sets the keys of a table that are written in capitals',
  [Config.from_file] =
    "from_file(path)  runs a Lua file, from the app's folder, and takes the table it returns or the names in capitals it sets",
  [Config.get] = 'get(key, default)  the value of a key, or the default where it is not set',
}
for fn, text in pairs(docs) do moonbase.doc(fn, text) end
CONFIG.__doc = 'The settings of a program: app.config.KEY = value; keys of Moonbase are checked, others are the program\'s own.'
CONFIG.__docs = {
  update = docs[Config.update], from_object = docs[Config.from_object], from_file = docs[Config.from_file], get = docs[Config.get],
}
APP.__docs = {
  shell_context_processor = docs[App.shell_context_processor], make_shell_context = docs[App.make_shell_context],
  config = 'config  its settings', extensions = 'extensions  what was made for it, by name: extensions.sqlalchemy is its database',
}

return M
