-- What classes are declared from: db.Model of a database, and the bases of declarative_base and registry, which have
-- classes and tables but neither engines nor a session.
local moonbase = require 'moonbase'
local raise, doc = moonbase.raise, moonbase.doc

-- The base called `title`: base 'Name' {…} declares a class of the database core. `mixin` is a base of every one of them.
local function make_base(core, title, mixin)
  local function declare(_, name, ...)
    if type(name) ~= 'string' then
      raise('TypeError', ("%s takes the class's name first: User = %s 'User' {…}"):format(title, title))
    end
    local bases = {...}
    if mixin then bases[#bases + 1] = mixin end
    return function(body)
      if type(body) == 'table' and body.__abstract__ then
        -- A base without a table: what it holds is taken over by the classes made from it.
        local merged = {}
        for i = #bases, 1, -1 do
          for key, value in pairs(bases[i]) do merged[key] = value end
        end
        for key, value in pairs(body) do merged[key] = value end
        return merged
      end
      return moonbase._declare(core, name, bases, body)
    end
  end
  return setmetatable({__init__ = moonbase._init, metadata = core:metadata ''}, {
    __call = declare,
    __index = function(_, key)
      raise('AttributeError', ("%s has no '%s'"):format(title, tostring(key)),
            ("Declare a class with User = %s 'User' {…}; its attributes are User.name."):format(title))
    end,
    __tostring = function() return '<' .. title .. '>' end,
  })
end

local OPTIONS = {
  declarative_base = {metadata = true, cls = true, name = true},
  generate_base = {cls = true, name = true},
  registry = {metadata = true},
}

local function check_options(method, options)
  if options == nil then return {} end
  if type(options) ~= 'table' or getmetatable(options) then
    raise('TypeError', ('%s takes its options in braces: %s{…}'):format(method, method))
  end
  for key in pairs(options) do
    if not OPTIONS[method][key] then
      local names = {}
      for name in pairs(OPTIONS[method]) do names[#names + 1] = name end
      table.sort(names)
      raise('TypeError', ("%s has no option '%s'"):format(method, tostring(key)), 'There is: ' .. table.concat(names, ', ') .. '.')
    end
  end
  if options.cls ~= nil and (type(options.cls) ~= 'table') then
    raise('TypeError', ('%s: cls is a table that every class takes over, got a %s'):format(method, type(options.cls)))
  end
  if options.name ~= nil and type(options.name) ~= 'string' then
    raise('TypeError', ("%s: name is a string, got a %s"):format(method, type(options.name)))
  end
  return options
end

local Registry = {__name = 'registry', __doc = 'The classes and tables that find each other by their names: registry{metadata = …}.'}
Registry.__index = Registry
Registry.__tostring = function() return '<registry>' end
function Registry:generate_base(options)
  options = check_options('generate_base', options)
  local base = make_base(self._core, options.name or 'Base', options.cls)
  base.registry = self
  doc(base, "Base 'Name' {…}  declares a mapped class: columns, relationships, methods; Base.metadata has its table")
  return base
end
Registry.__docs = {
  generate_base = 'generate_base{cls =, name =}  a base for classes: User = Base \'User\' {…}',
}
for name, text in pairs(Registry.__docs) do doc(Registry[name], text) end

local function registry(options)
  options = check_options('registry', options)
  local core = moonbase._database(options.metadata, true)
  return setmetatable({_core = core, metadata = core:metadata ''}, Registry)
end

local function declarative_base(options)
  options = check_options('declarative_base', options)
  return registry{metadata = options.metadata}:generate_base{cls = options.cls, name = options.name}
end

moonbase.registry = doc(registry, 'registry{metadata =}  classes and tables that find each other by name; generate_base() makes what they are declared from')
moonbase.declarative_base = doc(declarative_base, "declarative_base{metadata =, cls = {…}, name =}  a base for classes without an app: Base = declarative_base(), "
  .. "User = Base 'User' {…}, Base.metadata:create_all(engine), moonbase.Session{bind = engine}")
return {make_base = make_base}
