-- What a connection is told of how to work: isolation levels, rows that are read as they are asked for, and what
-- becomes of a transaction when its connection goes back to the pool. On every database.
url = fresh_database()
is_sqlite = url:find '^sqlite' ~= nil
-- In memory all connections are one: here there are several.
if url == 'sqlite://' then url = 'sqlite:///connections.db' end
text = moonbase.text
engine = moonbase.create_engine(url)
engine:begin(function(conn) conn:execute(text 'CREATE TABLE thing (id INTEGER PRIMARY KEY)') end)
function count()
  local conn <close> = engine:connect()
  return conn:execute(text 'SELECT count(*) FROM thing'):scalar()
end

-- --- isolation levels -----------------------------------------------------------------------------------
conn = engine:connect()
default = conn:get_isolation_level()
print(default == (is_sqlite and 'SERIALIZABLE' or 'READ COMMITTED'), conn:in_transaction())
print(conn:execution_options{isolation_level = 'SERIALIZABLE'} == conn, conn:get_isolation_level(), conn:get_execution_options().isolation_level)
conn:execute(text 'INSERT INTO thing VALUES (1)')
print(conn:get_isolation_level())
--> true	false
--> true	SERIALIZABLE	SERIALIZABLE
--> SERIALIZABLE
-- The level is that of a transaction: it does not change inside one.
conn:execution_options{isolation_level = 'AUTOCOMMIT'}
--! InvalidRequestError: a transaction has begun on this connection already, by begin() or by its first statement: isolation_level may not be altered unless rollback() or commit() is called first
conn:rollback()
conn:execution_options{isolation_level = 'AUTOCOMMIT'}
conn:execute(text 'INSERT INTO thing VALUES (1)')
print(conn:get_isolation_level(), conn:in_transaction(), count())
conn:rollback()
print(count())
--> AUTOCOMMIT	false	1
--> 1
conn:execution_options{isolation_level = 'READ UNCOMMITTED'}
print(conn:get_isolation_level())
--> READ UNCOMMITTED
print((select(2, pcall(conn.execution_options, conn, {isolation_level = 'SOMETIMES'})).message:gsub('postgresql', 'sqlite')))
--> 'SOMETIMES' is not an isolation level of sqlite
conn:execution_options{isolation_levle = 'AUTOCOMMIT'}
--! TypeError: execution_options has no option 'isolation_levle'; did you mean 'isolation_level'?
conn:execution_options{yield_per = 0}
--! ArgumentError: execution_options: yield_per is a number of rows of at least 1, not 0
conn:close()
-- The next user of the same connection has the engine's own level.
conn = engine:connect()
print(conn:get_isolation_level() == default, next(conn:get_execution_options()), engine.pool:checkedout())
conn:close()
--> true	nil	1

-- An engine beside the engine: one pool, other options.
auto = engine:execution_options{isolation_level = 'AUTOCOMMIT'}
print(auto == engine, auto:get_execution_options().isolation_level, next(engine:get_execution_options()), tostring(auto) == tostring(engine))
do
  local conn <close> = auto:connect()
  conn:execute(text 'INSERT INTO thing VALUES (2)')
  print(conn:get_isolation_level(), engine.pool:checkedout(), conn.engine == auto, count())
end
--> false	AUTOCOMMIT	nil	true
--> AUTOCOMMIT	1	true	2
print((select(2, pcall(engine.execution_options, engine, {isolation_level = 'NEVER'})).message:gsub('postgresql', 'sqlite')))
--> 'NEVER' is not an isolation level of sqlite
strict = moonbase.create_engine(url, {execution_options = {isolation_level = 'SERIALIZABLE'}})
do
  local conn <close> = strict:connect()
  print(conn:get_isolation_level(), conn:execution_options{isolation_level = 'AUTOCOMMIT'}:get_isolation_level())
end
do
  local conn <close> = strict:connect()
  print(conn:get_isolation_level())
end
--> SERIALIZABLE	AUTOCOMMIT
--> SERIALIZABLE

-- Of a session's transaction, and of that only.
app = moonbase.App 'connections'
app.config:update{DATABASE_URI = url}
db = moonbase.Database(app)
session = db.session
print(session:connection{execution_options = {isolation_level = 'SERIALIZABLE'}}:get_isolation_level())
--> SERIALIZABLE
session:connection{execution_options = {isolation_level = 'AUTOCOMMIT'}}
--! InvalidRequestError: the session's transaction has a connection to this database already: its options may not be altered
--!   Ask for it first, after commit() or rollback().
session:connection():execution_options{isolation_level = 'AUTOCOMMIT'}
--! InvalidRequestError: this connection is in the hands of a session: execution_options() is the session's to do
--!   db.session:commit() and db.session:rollback() end its transaction
session:commit()
print(session:connection():get_isolation_level() == default)
session:rollback()
--> true

-- --- rows as they are asked for -------------------------------------------------------------------------
numbers = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500) SELECT i FROM n'
function total(result)
  local n, sum = 0, 0
  for row in result do n, sum = n + 1, sum + row.i end
  return n, sum
end
conn = engine:connect()
print(total(conn:execute(text(numbers), nil, {yield_per = 100})))
print(total(conn:exec_driver_sql(numbers, nil, {stream_results = true})))
print(#conn:exec_driver_sql(numbers, nil, {execution_options = {yield_per = 700}}):all())
for part in conn:execute(text(numbers), nil, {yield_per = 1000}):partitions() do print(#part) end
--> 2500	3126250
--> 2500	3126250
--> 2500
--> 1000
--> 1000
--> 500
-- A result that is left open does not keep the connection from other work.
rows = conn:execute(text(numbers), nil, {yield_per = 10})
print(rows:fetchone().i, conn:execute(text 'SELECT count(*) FROM thing'):scalar(), rows:fetchone().i)
rows:close()
--> 1	2	2
conn:rollback()
conn:execution_options{stream_results = true, max_row_buffer = 50}
print(conn:get_execution_options().yield_per, total(conn:execute(text(numbers))))
--> 50	2500	3126250
rows = conn:execute(text(numbers))
rows:fetchmany(60)
conn:rollback()
rows:fetchmany(60)
--! ResourceClosedError: This result was closed by ROLLBACK before its last row was read
--!   Read it to its end first.
-- Without a transaction, too.
conn:execution_options{isolation_level = 'AUTOCOMMIT'}
print(total(conn:execute(text(numbers))))
conn:close()
conn = engine:connect()
--> 2500	3126250
-- A session's texts, and a text that says it itself.
print(total(session:execute(text(numbers), {}, {execution_options = {yield_per = 100}})))
print(total(session:execute(text(numbers):execution_options{stream_results = true})))
print(total(conn:execute(text(numbers):execution_options{yield_per = 3})))
conn:close()
session:rollback()
--> 2500	3126250
--> 2500	3126250
--> 2500	3126250

-- --- what is left open when a connection goes back ------------------------------------------------------
-- Its own transaction is rolled back, always; one that the program began by hand ends as the pool is told.
function left_open(way)
  local engine = moonbase.create_engine(url, {pool_reset_on_return = way})
  local before = count()
  local conn = engine:connect()
  conn:execute(text 'INSERT INTO thing VALUES (10)')
  conn:close()
  local own = count() - before
  conn = engine:connect()
  conn:execution_options{isolation_level = 'AUTOCOMMIT'}
  conn:exec_driver_sql 'BEGIN'
  conn:exec_driver_sql 'INSERT INTO thing VALUES (11)'
  conn:close()
  local by_hand = count() - before
  conn = engine:connect()
  local seen = conn:execute(text 'SELECT count(*) FROM thing WHERE id = 11'):scalar()
  conn:execute(text 'DELETE FROM thing WHERE id = 11')
  conn:commit()
  conn:close()
  engine:dispose()
  print(own, by_hand, seen, count() - before)
end
left_open(nil)
left_open 'rollback'
left_open 'commit'
left_open(false)
--> 0	0	0	0
--> 0	0	0	0
--> 0	1	1	0
--> 0	0	1	0
moonbase.create_engine(url, {pool_reset_on_return = 'always'})
--! TypeError: create_engine: 'pool_reset_on_return' must be 'rollback', 'commit' or false, got string

-- --- one at a time --------------------------------------------------------------------------------------
single = moonbase.create_engine(url, {poolclass = 'AssertionPool'})
conn = single:connect()
print(single.pool, single.pool:checkedout())
print((select(2, pcall(single.connect, single)).message:gsub('%S*connections_test', 'connections_test')))
conn:close()
print(single.pool:checkedout(), single:connect():execute(text 'SELECT 1'):scalar())
--> AssertionPool	1
--> the connection is already checked out at connections_test.lua:179
--> 0	1

-- --- what it is -----------------------------------------------------------------------------------------
version = engine.dialect.server_version_info
print(math.type(version[1]), math.type(version[2]), version[1] >= (is_sqlite and 3 or 10))
print(engine.dialect.name == engine.name, engine.driver == engine.dialect.driver, tostring(engine.url) == tostring(moonbase.make_url(url)))
--> integer	integer	true
--> true	true	true

-- --- a connection that is lost --------------------------------------------------------------------------
-- What was done in its transaction is lost with it; then another takes its place, also where the pool has only one.
one = moonbase.create_engine(url, {pool_size = 1, max_overflow = 0, pool_timeout = 0.1})
conn = one:connect()
conn:execute(text 'INSERT INTO thing VALUES (20)')
conn:invalidate()
conn:rollback()
print(conn:execute(text 'SELECT count(*) FROM thing WHERE id = 20'):scalar(), one.pool:checkedout())
conn:close()
print(one.pool:checkedout(), one.pool:checkedin())
--> 0	1
--> 0	1
-- The pool's listeners hear of the one that takes its place, as of the one that goes.
heard = {}
for _, name in ipairs{'connect', 'checkout', 'checkin'} do moonbase.event.listen(one, name, function() heard[#heard + 1] = name end) end
conn = one:connect()
conn:invalidate()
print(conn:execute(text 'SELECT 1'):scalar(), table.concat(heard, ' '))
--> 1	checkout checkin connect checkout
-- While none can be opened each use says so, and closing is no use.
function refuse() error('no connection now', 0) end
moonbase.event.listen(one, 'connect', refuse)
conn:commit()
conn:invalidate()
for _ = 1, 3 do print(pcall(conn.execute, conn, text 'SELECT 1')) end
--> false	no connection now
--> false	no connection now
--> false	no connection now
moonbase.event.remove(one, 'connect', refuse)
print(conn:execute(text 'SELECT 1'):scalar())
conn:commit()
moonbase.event.listen(one, 'connect', refuse)
conn:invalidate()
pcall(conn.execute, conn, text 'SELECT 1')
conn:close()
print(one.pool:checkedout())
--> 1
--> 0
