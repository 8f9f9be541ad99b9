-- The connections of an engine: how many there are, who has them, and what happens when none is left.
moonbase = require 'moonbase'
engine = moonbase.create_engine('sqlite:///pool.db', {pool_size = 1, max_overflow = 1, pool_timeout = 0.01})
print(engine.pool, engine.pool:status())
--> QueuePool	Pool size: 1  Connections in pool: 0  Current Overflow: -1  Current Checked out connections: 0
first = engine:connect()
second = engine:connect()
print(engine.pool:size(), engine.pool:checkedin(), engine.pool:checkedout(), engine.pool:overflow())
--> 1	0	2	1
local ok, err = pcall(engine.connect, engine)
print(err.kind, err.message)
-- It names the lines that took them.
print((tostring(err):gsub('%S*pool_test', 'pool_test'):gsub('%d%.%d seconds', 'N seconds')))
--> TimeoutError	QueuePool limit of size 1 overflow 1 reached, connection timed out, timeout 0.01
--> TimeoutError: QueuePool limit of size 1 overflow 1 reached, connection timed out, timeout 0.01
-->   2 connections are in use: 1 by pool_test.lua:6 for N seconds, 1 by pool_test.lua:7 for N seconds. Close connections and sessions after use, or raise pool_size or max_overflow.
first:close()
second:close()
print(engine.pool:status())
--> Pool size: 1  Connections in pool: 1  Current Overflow: 0  Current Checked out connections: 0
engine:dispose()
print(engine.pool:checkedin(), engine:connect():execute(moonbase.text 'SELECT 1'):scalar())
--> 0	1

-- --- other kinds ----------------------------------------------------------------------------------------
static = moonbase.create_engine('sqlite:///pool.db', {poolclass = 'StaticPool'})
a, b = static:connect(), static:connect()
print(static.pool, static.pool:size(), static.pool:checkedout())
--> StaticPool	1	2
a:close()
b:close()
null = moonbase.create_engine('sqlite:///pool.db', {poolclass = 'NullPool'})
null:connect():close()
print(null.pool, null.pool:checkedin())
--> NullPool	0
moonbase.create_engine('sqlite:///pool.db', {poolclass = 'SingletonThreadPool'})
--! ArgumentError: create_engine: poolclass is 'QueuePool', 'StaticPool', 'NullPool' or 'AssertionPool', not 'SingletonThreadPool'
--!   A database in memory has its one connection by itself.

-- --- from an app's config -------------------------------------------------------------------------------
app = moonbase.App 'pool'
app.config:update{SQLALCHEMY_DATABASE_URI = 'sqlite:///pool.db', SQLALCHEMY_POOL_SIZE = 7, SQLALCHEMY_MAX_OVERFLOW = 0,
                  SQLALCHEMY_ENGINE_OPTIONS = {pool_size = 3, pool_pre_ping = true, pool_use_lifo = true, pool_recycle = 60}}
db = moonbase.Database(app)
print(db.engine.pool:size())
--> 3
