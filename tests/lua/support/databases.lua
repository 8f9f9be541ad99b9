-- Empty databases for a test, of the dialect that MOONBASE_TEST_URL names (run.sh --on):
--
--   (unset)             SQLite in memory
--   sqlite:///file      SQLite files in the working folder
--   postgresql://…      schemas in a database of the test's own on that server; dropped in the end
--
-- So a test whose database is fresh_database() says what every dialect does: the compliance suite runs it on each.
-- Exact SQL is compared on SQLite in memory only, elsewhere which statements there are and about which tables.
local moonbase = require 'moonbase'
local M = {}

local url = os.getenv 'MOONBASE_TEST_URL'
if url == '' then url = nil end
M.dialect = url and moonbase.make_url(url).drivername or 'sqlite'
M.is_default = url == nil

local count, administrator, database = 0, nil, nil

local function run(engine, sql)
  local connection <close> = engine:connect()
  connection:execute(moonbase.text(sql))
end

local function start_postgresql(server)
  administrator = moonbase.create_engine(server, {isolation_level = 'AUTOCOMMIT', poolclass = 'NullPool'})
  local connection <close> = administrator:connect()
  local pid = connection:execute(moonbase.text 'SELECT pg_backend_pid()'):scalar()
  database = ('moonbase_suite_%d_%d'):format(pid, os.time())
  connection:execute(moonbase.text('CREATE DATABASE ' .. database))
end

local function fresh_postgresql(server)
  if not administrator then start_postgresql(server) end
  local there = server:gsub('/[^/]*$', '/' .. database)
  local schema = 'suite_' .. count
  local engine = moonbase.create_engine(there, {isolation_level = 'AUTOCOMMIT', poolclass = 'NullPool'})
  run(engine, 'CREATE SCHEMA ' .. schema)
  return ('%s?options=-c%%20search_path%%3D%s'):format(there, schema)
end

local WORDS = {}
for word in ('SELECT INSERT UPDATE DELETE WITH VALUES CREATE DROP ALTER BEGIN COMMIT ROLLBACK SAVEPOINT RELEASE PRAGMA '
  .. 'COPY FROM WHERE ORDER GROUP HAVING LIMIT OFFSET UNION INTERSECT EXCEPT RETURNING ON LATER'):gmatch '%u+' do WORDS[word] = true end

local CONTROL = {}
for word in ('CREATE DROP ALTER BEGIN COMMIT ROLLBACK SAVEPOINT RELEASE PRAGMA'):gmatch '%u+' do CONTROL[word] = true end

local REFUSALS = {IntegrityError = true, DataError = true, OperationalError = true, ProgrammingError = true}

-- Whether another database has refused the same thing in its own words: an error of one kind, while the same was done.
function M.is_same_refusal(expected, lines)
  local kind = (expected[1] or ''):match '^(%a+): '
  if M.dialect == 'sqlite' or not REFUSALS[kind] or (lines[1] or ''):match '^(%a+): ' ~= kind then return false end
  local said = {}
  for _, line in ipairs(lines) do said[line] = true end
  for _, line in ipairs(expected) do
    if line:find '^  while ' and not said[line] then return false end
  end
  return true
end

-- A statement in words that all dialects share: an INSERT by its table, another without quotes of names and numbers of
-- placeholders; nil for one that is about the transaction or the schema.
local function gist(text)
  local later, sql = text:match '^(LATER )(.*)'
  sql = (sql or text):gsub('"', ''):gsub('%$%d+', '?'):gsub(' IS false', ' IS 0'):gsub(' IS true', ' IS 1')
  local verb = sql:match '^%u+'
  if CONTROL[verb] then return nil end
  local inserted = sql:match '^INSERT INTO ([%w_.]+)' or sql:match '^COPY ([%w_.]+) .*FROM STDIN'
  return (later or '') .. (inserted and 'INSERT INTO ' .. inserted or sql)
end

-- The lines without what only one database says; a statement by its gist.
function M.comparable(lines)
  if M.is_default then return lines end
  local kept, in_sql = {}, false
  for _, line in ipairs(lines) do
    local text = line:gsub('^[%s(]+', '')
    local is_theirs = in_sql or text:find '^%[SQL: ' or text:find '^%[parameters: ' or text:find '^the database said: '
    if text:find '^%[SQL: ' or in_sql then in_sql = not text:find '%]$' end
    local is_sql = WORDS[text:match '^%u+' or '']
    if is_sql and not is_theirs then kept[#kept + 1] = gist(text) end
    if not is_sql and not is_theirs then kept[#kept + 1] = line end
  end
  return kept
end

-- The URL of a database with nothing in it.
function M.fresh()
  count = count + 1
  if not url then return 'sqlite://' end
  if M.dialect == 'sqlite' then return ('sqlite:///suite_%d.db'):format(count) end
  return fresh_postgresql(url)
end

-- The same on PostgreSQL, whatever the dialect of the test.
function M.postgresql()
  count = count + 1
  return fresh_postgresql(assert(os.getenv 'MOONBASE_TEST_POSTGRESQL', 'MOONBASE_TEST_POSTGRESQL is not set: run scripts/test'))
end

-- Drops what `fresh` has made.
function M.drop()
  if administrator then run(administrator, ('DROP DATABASE %s WITH (FORCE)'):format(database)) end
  administrator = nil
end

return M
