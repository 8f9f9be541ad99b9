-- run_transaction, whose function may yield, and what makes sessions: sessionmaker, scoped_session. Loaded by
-- bindings/session_scope.cc when one of them is first used.
local moonbase = require 'moonbase'
local raise = moonbase.raise

-- --- run_transaction --------------------------------------------------------------------------------
local DEFAULT_RETRIES, DEFAULT_BACKOFF = 3, 0.05
local RETRIED_STATES = {['40001'] = true, ['40P01'] = true}
local running = setmetatable({}, {__mode = 'k'})

local function check_options(options)
  if options == nil then return DEFAULT_RETRIES, DEFAULT_BACKOFF end
  if type(options) ~= 'table' then options = {retries = options} end
  for key in pairs(options) do
    if key ~= 'retries' and key ~= 'backoff' then
      raise('TypeError', ("run_transaction has no option '%s'"):format(tostring(key)), 'There are retries and backoff.')
    end
  end
  local retries, backoff = options.retries or DEFAULT_RETRIES, options.backoff or DEFAULT_BACKOFF
  if math.type(retries) ~= 'integer' or retries < 0 then
    raise('TypeError', ('run_transaction: retries is a whole number from 0 on, got %s'):format(tostring(retries)))
  end
  if type(backoff) ~= 'number' or backoff < 0 then
    raise('TypeError', ('run_transaction: backoff is a number of seconds, got %s'):format(tostring(backoff)))
  end
  return retries, backoff
end

-- Another try may succeed: the transaction met another one.
local function is_worth_repeating(err)
  if type(err) ~= 'userdata' or not err.kind then return false end
  if err.sqlstate and RETRIED_STATES[err.sqlstate] then return true end
  local state = tostring(err.sqlstate or '')
  return err.kind == 'OperationalError' and (state:find('^SQLITE_BUSY') or state:find('^SQLITE_LOCKED')) ~= nil
end

local function attempt(session, fn)
  local results = table.pack(pcall(fn, session))
  if results[1] then
    local ok, err = pcall(session.commit, session)
    if not ok then return {false, err, n = 2} end
  end
  return results
end

-- Nothing of a try is left, neither at the database nor in memory: the next one reads afresh.
local function give_up(session)
  while session:in_nested_transaction() do session:rollback() end
  session:rollback()
  session:expunge_all()
end

local function run_transaction(session, fn, options)
  local retries, backoff = check_options(options)
  if running[session] then
    raise('InvalidRequestError', 'run_transaction runs in this session already',
          'Call the function itself; begin_nested() makes a part of it that can fail alone.')
  end
  if moonbase._has_pending_work(session) or session:in_nested_transaction() then
    raise('InvalidRequestError', 'the session has changes that are not committed: a repetition would lose them',
          'commit() or rollback() before run_transaction.')
  end
  session:rollback()
  local mark <close> = setmetatable({}, {__close = function() running[session] = nil end})
  running[session] = true
  for round = 0, retries do
    local results = attempt(session, fn)
    if results[1] then return table.unpack(results, 2, results.n) end
    give_up(session)
    if round == retries or not is_worth_repeating(results[2]) then error(results[2], 0) end
    moonbase._wait(backoff * 2 ^ round)
  end
end

-- --- sessionmaker -------------------------------------------------------------------------------------
local function check_keywords(name, options)
  if options ~= nil and type(options) ~= 'table' then
    raise('TypeError', ('%s takes its options in braces, got a %s'):format(name, type(options)),
          'moonbase.sessionmaker{bind = engine}')
  end
  return options or {}
end

local function merged(first, second)
  local all = {}
  for _, source in ipairs{first, second} do
    for key, value in pairs(source) do all[key] = value end
  end
  return all
end

local Maker = {}
Maker.__index = Maker
Maker.__name = 'sessionmaker'
Maker.__doc = 'Makes sessions with the same options: maker() gives one, maker{autoflush = false} one that differs.'
Maker.__tostring = function() return '<sessionmaker>' end
function Maker:__call(options)
  return moonbase.Session(merged(self.kw, check_keywords('a session', options)))
end
function Maker:configure(options) self.kw = merged(self.kw, check_keywords('configure', options)) end
-- A session of its own around a function: committed and closed after it.
function Maker:begin(fn)
  local session = self()
  local close <close> = setmetatable({}, {__close = function() session:close() end})
  return session:begin(function() return fn(session) end)
end

Maker.__docs = {
  configure = 'configure{autoflush = false, …}  other options for the sessions made from now on',
  begin = 'begin(function)  call function(session) with a new session: committed and closed after it, rolled back on an error',
}
for name, text in pairs(Maker.__docs) do moonbase.doc(Maker[name], text) end

local function sessionmaker(options)
  local kw = check_keywords('sessionmaker', options)
  moonbase.Session(kw):close()  -- says now what is wrong with them
  return setmetatable({kw = merged(kw, {})}, Maker)
end

local SCOPED_DOCS = {
  registry = 'registry()  the session of this scope, made at the first call',
  has = 'has()  true when this scope has a session',
  remove = 'remove()  close the session of this scope: the next use makes another one',
  configure = 'configure{autoflush = false, …}  other options for the sessions made from now on',
}

-- --- scoped_session -----------------------------------------------------------------------------------
-- One session for each scope: there is one scope, or what scopefunc says.
local function scoped_session(factory, scopefunc)
  if type(factory) == 'table' and not getmetatable(factory) then factory, scopefunc = factory[1], factory.scopefunc end
  if scopefunc ~= nil and type(scopefunc) ~= 'function' then
    raise('TypeError', ('scopefunc is a function, not a %s'):format(type(scopefunc)),
          'scopefunc = function() return coroutine.running() end')
  end
  local sessions, none = {}, {}
  local function key()
    local scope
    if scopefunc then scope = scopefunc() end
    return scope == nil and none or scope
  end
  local function current()
    local scope = key()
    if not sessions[scope] then sessions[scope] = factory() end
    return sessions[scope]
  end
  local own = {
    registry = current,
    has = function() return sessions[key()] ~= nil end,
    remove = function()
      local scope = key()
      if sessions[scope] then sessions[scope]:close() end
      sessions[scope] = nil
    end,
    configure = function(_, options) factory:configure(options) end,
    session_factory = factory,
  }
  for name, text in pairs(SCOPED_DOCS) do moonbase.doc(own[name], text) end
  local self = {}
  return setmetatable(self, {
    __index = function(_, name)
      if own[name] ~= nil then return own[name] end
      local session = current()
      local value = session[name]
      if type(value) ~= 'function' then return value end
      -- A method, to be called with the colon on what stands for the session.
      return function(first, ...)
        if rawequal(first, self) then return value(session, ...) end
        return value(first, ...)
      end
    end,
    __newindex = function(_, name, value) current()[name] = value end,
    __call = function(_, options)
      if options == nil then return current() end
      if own.has() then
        raise('InvalidRequestError', 'this scope has a session already: it takes no other options', 'remove() closes it.')
      end
      sessions[key()] = factory(options)
      return current()
    end,
    __pairs = function() return pairs(current()) end,
    __tostring = function() return '<scoped_session>' end,
    __name = 'scoped_session', __docs = SCOPED_DOCS,
    __doc = 'One session for each scope, used as if it were a session: db.session is the usual one.',
  })
end

return {run_transaction = run_transaction, sessionmaker = sessionmaker, scoped_session = scoped_session}
