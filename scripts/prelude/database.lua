-- moonbase.Database: the `db` of a program. Everything the module offers is reached through it with a dot; its own
-- functions take no object, so they work with a dot and with a colon.
local moonbase = require 'moonbase'
local raise, doc = moonbase.raise, moonbase.doc
local declarative = require 'moonbase.declarative'

-- Settings of an app that are options of the engine.
local POOL_OPTIONS = {POOL_SIZE = 'pool_size', POOL_TIMEOUT = 'pool_timeout', POOL_RECYCLE = 'pool_recycle',
                      MAX_OVERFLOW = 'max_overflow'}

local OPTIONS = {metadata = true, engine_options = true, session_options = true, model_class = true, query_class = true}

local function new_database(options)
  options = options or {}
  local app
  if getmetatable(options) == 'App' then
    app, options = options, {}
  elseif type(options) ~= 'table' then
    raise('TypeError', 'Database takes an app or options: moonbase.Database(app), moonbase.Database{metadata = …}')
  end
  for key in pairs(options) do
    if not OPTIONS[key] and key ~= 1 then
      raise('TypeError', ("Database has no option '%s'"):format(tostring(key)),
            'There are metadata, engine_options, session_options, model_class and query_class.')
    end
  end
  if options[1] then app = options[1] end

  local core = moonbase._database(options.metadata)
  local db = {}

  -- A function of db: called with a dot or a colon.
  local function define(name, text, fn)
    db[name] = doc(function(first, ...)
      if rawequal(first, db) then return fn(...) end
      return fn(first, ...)
    end, text)
  end

  -- --- models -----------------------------------------------------------------------------------
  db.Model = declarative.make_base(core, 'db.Model', options.model_class)
  doc(db.Model, "Model 'Name' {…}  declares a mapped class: columns, relationships, methods")

  -- db.Table{'name', …} is in this database's metadata, or in that of its bind_key.
  db.Table = doc(function(definition, ...)
    if type(definition) ~= 'table' or getmetatable(definition) then
      raise('TypeError', "db.Table takes its parts in braces: db.Table{'name', db.Column{'id', db.Integer}, …}")
    end
    local copy, key = {}, definition.bind_key
    for k, v in pairs(definition) do copy[k] = v end
    copy.metadata = definition.metadata or core:metadata(key)
    return moonbase.Table(copy, ...)
  end, "Table{'name', db.Column{…}, …, bind_key =, schema =}  a table of this database, without a class")

  -- --- tables -----------------------------------------------------------------------------------
  local scopefunc  -- of session_options
  local function has_session() return db.session and (not scopefunc or db.session.has()) end
  local function each_metadata(arguments, act)
    arguments = arguments or {}
    if type(arguments) ~= 'table' then raise('TypeError', 'this takes {bind_key = …}') end
    local keys = arguments.bind_key
    for key in pairs(arguments) do
      if key ~= 'bind_key' then raise('TypeError', ("there is no option '%s'; there is bind_key"):format(tostring(key))) end
    end
    if keys == nil or keys == '__all__' then
      keys = core:bind_keys()
    elseif type(keys) ~= 'table' then
      keys = {keys}
    end
    if has_session() then db.session:_end_read() end
    local known = {}
    for _, key in ipairs(core:bind_keys()) do known[key] = true end
    for _, key in ipairs(keys) do
      -- Raises for a key that neither the config nor a model has.
      if not known[key] then core:engine(key) end
    end
    for _, key in ipairs(keys) do act(core:metadata(key), key) end
  end
  local function engine_for(metadata, key)
    -- A bind key without tables needs no engine.
    if key == '' or #metadata.tables > 0 then return core:engine(key) end
  end
  define('create_all', 'create_all([{bind_key =}])  creates the tables that are not there yet', function(arguments)
    each_metadata(arguments, function(metadata, key)
      local engine = engine_for(metadata, key)
      if engine then metadata:create_all(engine) end
    end)
  end)
  define('drop_all', 'drop_all([{bind_key =}])  drops all tables of the models, with their rows', function(arguments)
    each_metadata(arguments, function(metadata, key)
      local engine = engine_for(metadata, key)
      if engine then metadata:drop_all(engine) end
    end)
  end)

  define('reflect', 'reflect([{bind_key =, only = {…}, views = false, schema =}])  takes the tables of the database into '
    .. 'db.metadata, without classes', function(arguments)
    local options, which = {}, {}
    for key, value in pairs(arguments or {}) do
      if key == 'bind_key' then which.bind_key = value else options[key] = value end
    end
    -- Names are those of one database.
    if options.only and which.bind_key == nil then which.bind_key = '' end
    each_metadata(which, function(metadata, key)
      options.bind_key = key
      metadata:reflect(core:engine(key), options)
    end)
  end)

  -- --- app --------------------------------------------------------------------------------------
  local function add_engine(key, url, settings, app_options)
    if url == nil then
      raise('ArgumentError', ("the bind '%s' has no url"):format(key), "SQLALCHEMY_BINDS = {key = 'sqlite:///other.db'}, or "
            .. "{key = {url = 'sqlite:///other.db', echo = true}}")
    end
    local engine_options = {bind_key = key}
    for _, source in ipairs{options.engine_options or {}, app_options, settings} do
      for k, v in pairs(source) do engine_options[k] = v end
    end
    core:set_engine(key, moonbase.create_engine(url, engine_options))
  end

  define('init_app', 'init_app(app)  takes the database from the app\'s config', function(target)
    if getmetatable(target) ~= 'App' then raise('TypeError', 'init_app takes an app: db.init_app(app)') end
    if target.extensions.sqlalchemy then
      raise('InvalidRequestError', ("a database is registered with the app '%s' already"):format(target.name),
            'Use that one, or make another app.')
    end
    local config = target.config
    local app_options = {echo = config.ECHO, base_folder = target.root_path}
    for key, name in pairs(POOL_OPTIONS) do app_options[name] = config[key] end
    local uri, binds = config.DATABASE_URI, config.BINDS or {}
    if not uri and not next(binds) then
      raise('InvalidRequestError', 'the app has neither SQLALCHEMY_DATABASE_URI nor SQLALCHEMY_BINDS in its config',
            "Set one before moonbase.Database(app): app.config.SQLALCHEMY_DATABASE_URI = 'sqlite:///app.db'")
    end
    if uri then add_engine('', uri, config.ENGINE_OPTIONS or {}, app_options) end
    local keys = {}
    for key in pairs(binds) do
      if type(key) ~= 'string' or key == '' then
        raise('ArgumentError', ("a bind key is a name, not %s"):format(key == '' and "''" or tostring(key)))
      end
      keys[#keys + 1] = key
    end
    table.sort(keys)
    for _, key in ipairs(keys) do
      local bind, settings = binds[key], {}
      for k, v in pairs(config.ENGINE_OPTIONS or {}) do settings[k] = v end
      if type(bind) == 'table' then
        for k, v in pairs(bind) do if k ~= 'url' then settings[k] = v end end
        bind = bind.url
      end
      add_engine(key, bind, settings, app_options)
    end
    if config.RECORD_QUERIES then moonbase.record_queries(true) end
    if config.TRACK_MODIFICATIONS then require 'moonbase.signals'(db, target) end
    rawset(db, 'app', target)
    target.extensions.sqlalchemy = db
  end)

  define('get_engine', 'get_engine([bind_key])  the same as db.engines[bind_key], and db.engine without a key',
    function(key) return core:engine(key) end)

  db.metadata = core:metadata('')
  db.get_recorded_queries = moonbase.get_recorded_queries
  db.clear_recorded_queries = moonbase.clear_recorded_queries
  local session_options = {_database = core}
  if options.session_options ~= nil and type(options.session_options) ~= 'table' then
    raise('TypeError', ('session_options is a table, not a %s'):format(type(options.session_options)),
          'session_options = {autoflush = false, class_ = {…}, scopefunc = function() … end}')
  end
  for key, value in pairs(options.session_options or {}) do
    if key == 'scopefunc' then scopefunc = value else session_options[key] = value end
  end
  if scopefunc ~= nil then
    db.session = moonbase.scoped_session(moonbase.sessionmaker(session_options), scopefunc)
  else
    db.session = moonbase.Session(session_options)
  end
  local function present_session() return scopefunc and db.session() or db.session end
  core:set_session(scopefunc and db.session.registry or db.session)
  if options.query_class ~= nil then core:set_query_class(options.query_class) end

  -- --- pages, and rows that must be there ---------------------------------------------------------
  define('paginate', "paginate(select, {page = 1, per_page = 20, …})  one page of a select's rows: see query:paginate",
    function(select, arguments)
      if type(select) ~= 'userdata' or select == moonbase.null then
        raise('TypeError', ('paginate takes a select, got a %s'):format(type(select)),
              'db.paginate(db.select(User):order_by(User.id), {page = 2, per_page = 20})')
      end
      return select:_paginate(present_session(), arguments)
    end)

  local function not_found(description, otherwise)
    if type(description) == 'table' then description = description.description end
    raise('NotFound', description or otherwise)
  end
  define('get_or_404', 'get_or_404(class, key[, description])  the object with this primary key; NotFound without one',
    function(class, key, description)
      return db.session:query(class):get_or_404(key, description)
    end)
  define('first_or_404', "first_or_404(select[, description])  the first of the select's rows; NotFound without one",
    function(select, description)
      local found = db.session:scalar(select)
      if found == nil then not_found(description, 'there is no row like this') end
      return found
    end)
  define('one_or_404', "one_or_404(select[, description])  the only one of the select's rows; NotFound for none or several",
    function(select, description)
      local result = db.session:execute(select)
      local ok, found = pcall(result.scalar_one, result)
      if ok then return found end
      local kind = type(found) == 'userdata' and found.kind
      if kind ~= 'NoResultFound' and kind ~= 'MultipleResultsFound' then error(found, 0) end
      not_found(description, found.message)
    end)

  local computed = {
    engine = function() return core:engine('') end,
    engines = function()
      local function each()
        local keys, i = core:engine_keys(), 0
        return function()
          i = i + 1
          if keys[i] then return keys[i], core:engine(keys[i]) end
        end
      end
      return setmetatable({}, {__index = function(_, key) return core:engine(key) end,
                               __pairs = each})
    end,
    -- Class name -> class.
    models = function()
      local classes = {}
      for _, class in ipairs(core:models()) do classes[class.__name__] = class end
      return classes
    end,
  }
  local function offered()
    local names = {}
    for _, source in ipairs{db, computed, moonbase} do
      for name in next, source do if type(name) == 'string' and name:sub(1, 1) ~= '_' then names[#names + 1] = name end end
    end
    return names
  end
  -- What it offers beside its own: the module's names.
  setmetatable(db, {
    __names = offered,
    __index = function(_, key)
      if computed[key] then return computed[key]() end
      local value = rawget(moonbase, key)
      if value ~= nil then return value end
      moonbase._no_attribute('db', key, offered())
    end,
    __newindex = function(_, key)
      raise('AttributeError', ("db.%s cannot be assigned"):format(tostring(key)))
    end,
    __tostring = function() return app and ('<Database of %s>'):format(app.name) or '<Database>' end,
    __name = 'Database',
    __metatable = 'Database',
  })
  doc(db, 'The database of a program: db.Model and db.Column declare, db.session and db.engine work, db.create_all() makes the tables; '
    .. 'it has every name of the module moonbase, too.')
  if app then db.init_app(app) end
  return db
end

moonbase.Database = doc(new_database, 'Database([app][, {metadata =, engine_options =, session_options = {autoflush =, class_ =, scopefunc =, …}, '
  .. 'model_class =, query_class =}])  the database of a program: classes, tables, session')
return new_database
