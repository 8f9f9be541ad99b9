-- A PostgreSQL primary with a standby: reads go to the one, writes and what must see them to the other.
moonbase = require 'moonbase'
databases = require 'databases'
primary = databases.postgresql()
standby = assert(os.getenv 'MOONBASE_TEST_POSTGRESQL_STANDBY', 'MOONBASE_TEST_POSTGRESQL_STANDBY is not set: run scripts/test')
watch = moonbase.create_engine(standby, {poolclass = 'NullPool'})  -- of a database that is there already
standby = primary:gsub('@[^/]+', '@' .. standby:match '@([^/]+)')
app = moonbase.App 'replicas'
app.config:update{DATABASE_URI = primary, BINDS = {standby = standby}, RECORD_QUERIES = true}
db = moonbase.Database(app)
session = db.session
User = db.Model 'User' {id = db.Column{db.Integer, primary_key = true}, name = db.Column{db.String(20)}}
function User:__repr__() return '<User ' .. self.name .. '>' end
db.create_all()
-- Waits until the standby has what is committed at the primary.
function catch_up()
  local function ask(engine, text)
    local connection <close> = engine:connect()
    return connection:execute(db.text(text)):scalar()
  end
  local place = ask(db.engine, 'SELECT pg_current_wal_insert_lsn()::text')
  for _ = 1, 3000 do  -- other tests write at the primary, too
    if ask(watch, ("SELECT pg_last_wal_replay_lsn() >= '%s' OR pg_sleep(0.01) IS NULL"):format(place)) then return end
  end
  error 'the standby does not follow'
end
function where() return session:scalar(db.select(db.func.pg_is_in_recovery())) and 'standby' or 'primary' end
function places()
  for _, q in ipairs(db.get_recorded_queries()) do
    local verb = q.statement:match '^%u+'
    if verb == 'SELECT' or verb == 'INSERT' or verb == 'UPDATE' or verb == 'DELETE' then print(verb, q.bind_key or 'primary') end
  end
  db.clear_recorded_queries()
end
function db.session:get_bind(class, writes) return writes and db.engine or db.engines.standby end
session:add(User{name = 'susan'})
session:commit()
catch_up()
db.clear_recorded_queries()

-- --- routing ------------------------------------------------------------------------------------------
print(where(), User.query:one(), User.query:count())
places()
--> standby	<User susan>	1
--> SELECT	standby
--> SELECT	standby
--> SELECT	standby
user = User.query:one()
user.name = 'suzy'
print(User.query:filter_by{name = 'suzy'}:count(), where())
places()
--> 1	primary
--> SELECT	standby
--> UPDATE	primary
--> SELECT	primary
--> SELECT	primary
session:commit()
catch_up()
-- The next transaction reads from the standby again.
db.clear_recorded_queries()
print(user.name, where())
places()
--> suzy	standby
--> SELECT	standby
--> SELECT	standby
session:rollback()
session:begin(function() print(where(), User.query:one()) end)
print(where(), session:in_transaction())
--> primary	<User suzy>
--> standby	true
session:rollback()

-- --- a standby takes no writes --------------------------------------------------------------------------
session.get_bind = function() return db.engines.standby end
session:add(User{name = 'nobody'})
session:commit()
--! InternalError: cannot execute INSERT in a read-only transaction
--!   the database said: ERROR:  cannot execute INSERT in a read-only transaction
--!   while INSERT of <User (pending)> (name = 'nobody')
--!   [SQL: INSERT INTO "user" (name) VALUES ($1) RETURNING id]
--!   [parameters: ('nobody')]
--!   The transaction, or the server (a standby), takes no writes: connect to the primary.
--!   nothing of this flush was kept; call db.session:rollback() to go on
session:rollback()
print(User.query:count())
--> 1
session:close()

-- --- several hosts ------------------------------------------------------------------------------------
host, other = primary:match '@([^/]+)', standby:match '@([^/]+)'
function server_for(hosts, role)
  local url = primary:gsub('@[^/]+', '@' .. hosts) .. '&target_session_attrs=' .. role
  local engine = moonbase.create_engine(url, {poolclass = 'NullPool'})
  local connection <close> = engine:connect()
  return connection:execute(db.text 'SELECT pg_is_in_recovery()'):scalar() and 'standby' or 'primary'
end
for _, hosts in ipairs{host .. ',' .. other, other .. ',' .. host} do
  for _, role in ipairs{'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'} do print(role, server_for(hosts, role)) end
end
-- One that is down is passed over.
print(server_for('127.0.0.1:1,' .. host, 'any'))
--> read-write	primary
--> read-only	standby
--> primary	primary
--> standby	standby
--> prefer-standby	standby
--> read-write	primary
--> read-only	standby
--> primary	primary
--> standby	standby
--> prefer-standby	standby
--> primary
ok, failure = pcall(server_for, other .. ',' .. other, 'read-write')
print(failure.kind, failure.sqlstate, failure.hint)
--> OperationalError	08001	No host has the role that target_session_attrs asks for.
db.engine:dispose()
