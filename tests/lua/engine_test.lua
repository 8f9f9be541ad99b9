-- Configuration, URLs, engines, connections, transactions, what is recorded.
app = moonbase.App 'engines'
-- Prints an error, with this test's folder as FOLDER.
folder = io.popen 'pwd -P':read()
function failure(fn)
  local ok, e = pcall(fn)
  local text = tostring(e)
  local at = text:find(folder, 1, true)
  while at do
    text = text:sub(1, at - 1) .. 'FOLDER' .. text:sub(at + #folder)
    at = text:find(folder, 1, true)
  end
  print(ok, text)
end
print(pcall(moonbase.Database, app))
--> false	InvalidRequestError: the app has neither SQLALCHEMY_DATABASE_URI nor SQLALCHEMY_BINDS in its config
-->   Set one before moonbase.Database(app): app.config.SQLALCHEMY_DATABASE_URI = 'sqlite:///app.db'
app.config.SQLALCHEMY_DATABASE_URI = 'sqlite://'
print(app.config.DATABASE_URI, app.config.SQLALCHEMY_DATABASE_URI)
--> sqlite://	sqlite://
app.config.SQLALCHEMY_DATABASE_URL = 'x'
--! ArgumentError: there is no config key 'SQLALCHEMY_DATABASE_URL'; did you mean 'SQLALCHEMY_DATABASE_URI'?
--!   The keys are BINDS, DATABASE_URI, ECHO, ENGINE_OPTIONS, MAX_OVERFLOW, POOL_RECYCLE, POOL_SIZE, POOL_TIMEOUT, RECORD_QUERIES, TRACK_MODIFICATIONS.
app.config:update{SQLALCHEMY_ECO = true}
--! ArgumentError: there is no config key 'SQLALCHEMY_ECO'; did you mean 'SQLALCHEMY_ECHO'?
--!   The keys are BINDS, DATABASE_URI, ECHO, ENGINE_OPTIONS, MAX_OVERFLOW, POOL_RECYCLE, POOL_SIZE, POOL_TIMEOUT, RECORD_QUERIES, TRACK_MODIFICATIONS.
app.config.DATABASE_URL = 'x'
--! ArgumentError: there is no config key 'DATABASE_URL'; did you mean 'DATABASE_URI'?
--!   The keys are BINDS, DATABASE_URI, ECHO, ENGINE_OPTIONS, MAX_OVERFLOW, POOL_RECYCLE, POOL_SIZE, POOL_TIMEOUT, RECORD_QUERIES, TRACK_MODIFICATIONS.
app.config.SECRET_KEY = 'mine'
app.config.MY_OPTION = {1}
print(app.config.SECRET_KEY, app.config.MY_OPTION[1], app.config.NOTHING)
--> mine	1	nil
app.config.SQLALCHEMY_NATIVE_UNICODE = true
--! ArgumentError: the config key 'SQLALCHEMY_NATIVE_UNICODE' does nothing any more: text is always UTF-8: leave the key out
app.config:update{ECHO = 'loud'}
--! TypeError: the config key 'ECHO' takes a boolean, not a string
app.config.POOL_SIZE = 'x'
--! TypeError: the config key 'POOL_SIZE' takes a number, not a string
app.config.BINDS = 'x'
--! TypeError: the config key 'BINDS' takes a table, not a string
app.config.ENGINE_OPTIONS = {foreign_keys = false}
app.config.BINDS = {extra = 'sqlite://', logs = {url = 'sqlite://', echo = false}}
app.config.RECORD_QUERIES = true
db = moonbase.Database(app)
moonbase.Database(app)
--! InvalidRequestError: a database is registered with the app 'engines' already
--!   Use that one, or make another app.
moonbase.Database{metadat = 1}
--! TypeError: Database has no option 'metadat'
--!   There are metadata, engine_options, session_options, model_class and query_class.
print(db.engine, db.engine.url, db.engine.dialect.name, db.engines.extra.url, db.engine.name)
--> Engine(sqlite://)	sqlite://	sqlite	sqlite://	sqlite
print(db.engines.nothing)
--! UnboundExecutionError: no database is configured for the bind key 'nothing'
--!   add it to app.config.SQLALCHEMY_BINDS
print(db.engine:connect():execute(db.text 'pragma foreign_keys'):scalar())
--> 0
print(moonbase.create_engine 'sqlite://':connect():execute(db.text 'pragma foreign_keys'):scalar())
--> 1
-- bind keys
User = db.Model 'User' {id = db.Column{db.Integer, primary_key = true}}
Log = db.Model 'Log' {__bind_key__ = 'logs', id = db.Column{db.Integer, primary_key = true}}
db.create_all{bind_key = 'logs'}
db.session:add(Log{}) db.session:commit()
print(Log.query:count(), db.engines.logs:connect():execute(db.text 'select count(*) from log'):scalar())
User.query:count()
--! OperationalError: no such table: user
--!   [SQL: SELECT count(*) AS count_1
--!   FROM user]
db.session:rollback()
db:create_all()
print(User.query:count())
--> 0
db.create_all{bind_ky = 'logs'}
--! TypeError: there is no option 'bind_ky'; there is bind_key
db.create_all{bind_key = 'nothing'}
--! UnboundExecutionError: no database is configured for the bind key 'nothing'
--!   add it to app.config.SQLALCHEMY_BINDS
-- a database before its app
db3 = moonbase.Database()
N = db3.Model 'N' {id = db3.Column{db3.Integer, primary_key = true}}
print(N.__table__.name)
N.query:all()
--! UnboundExecutionError: no database is configured
--!   set app.config.SQLALCHEMY_DATABASE_URI = 'sqlite:///app.db' before moonbase.Database(app)
print(pcall(function() return db3.engine end))
--> false	UnboundExecutionError: no database is configured
-->   set app.config.SQLALCHEMY_DATABASE_URI = 'sqlite:///app.db' before moonbase.Database(app)
app3 = moonbase.App 'three'
app3.config.DATABASE_URI = 'sqlite://'
db3.init_app(app3)
db3.create_all()
print(N.query:count())
--> 0
-- --- URLs ---
url = moonbase.make_url 'postgresql+psycopg://scott:ti%40ger@host.org:5432/mydb?sslmode=require&a=1&a=2'
print(url, url.drivername, url.username, url.password, url.host, url.port, url.database)
print(url.query.sslmode, #url.query.a, url.query.a[2])
print(url:render_as_string{hide_password = false})
--> postgresql+psycopg://scott:***@host.org:5432/mydb?sslmode=require&a=1&a=2	postgresql+psycopg	scott	ti@ger	host.org	5432	mydb
--> require	2	2
--> postgresql+psycopg://scott:ti%40ger@host.org:5432/mydb?sslmode=require&a=1&a=2
for _, u in ipairs{'sqlite://', 'sqlite:///rel.db', 'sqlite:////abs/x.db', 'sqlite:///:memory:', 'mysql://u:p@[::1]:33/db', 'mariadb://h/d'} do
  local x = moonbase.make_url(u)
  print(x, x.drivername, x.host, x.port, x.database)
end
--> sqlite://	sqlite	nil	nil	nil
--> sqlite:///rel.db	sqlite	nil	nil	rel.db
--> sqlite:////abs/x.db	sqlite	nil	nil	/abs/x.db
--> sqlite:///:memory:	sqlite	nil	nil	:memory:
--> mysql://u:***@[::1]:33/db	mysql	::1	33	db
--> mariadb://h/d	mariadb	h	nil	d
for _, u in ipairs{'', 'nonsense', 'sqlite:/x.db', 'http//x', 'postgres://h:x/d'} do print(select(2, pcall(moonbase.make_url, u))) end
--> ArgumentError: The database URL is empty
-->   A database URL looks like dialect://user:password@host:port/database?option=value; for SQLite sqlite:///relative.db, sqlite:////absolute/path.db, or sqlite:// for a database in memory.
--> ArgumentError: 'nonsense' is not a database URL: it has no ://; for a SQLite file write sqlite:///nonsense
-->   A database URL looks like dialect://user:password@host:port/database?option=value; for SQLite sqlite:///relative.db, sqlite:////absolute/path.db, or sqlite:// for a database in memory.
--> ArgumentError: 'sqlite:/x.db' is not a database URL: it has no ://
-->   A database URL looks like dialect://user:password@host:port/database?option=value; for SQLite sqlite:///relative.db, sqlite:////absolute/path.db, or sqlite:// for a database in memory.
--> ArgumentError: 'http//x' is not a database URL: it has no ://; for a SQLite file write sqlite:///http//x
-->   A database URL looks like dialect://user:password@host:port/database?option=value; for SQLite sqlite:///relative.db, sqlite:////absolute/path.db, or sqlite:// for a database in memory.
--> ArgumentError: The port of a database URL is a number from 1 to 65535
-->   Characters such as @ / : ? # in a user or password are written %40 %2F %3A %3F %23.
moonbase.create_engine 'mysql://u:secret@h/d'
--! NoSuchModuleError: There is no dialect named 'mysql'
--!   The dialects are: sqlite, postgresql.
moonbase.create_engine 'postgres://h/d'
--! NoSuchModuleError: There is no dialect named 'postgres'
--!   Write postgresql:// instead of postgres://.
moonbase.create_engine 'oracle://h/d'
--! NoSuchModuleError: There is no dialect named 'oracle'
--!   The dialects are: sqlite, postgresql.
moonbase.create_engine()
--! TypeError: create_engine takes 1 to 2 positional arguments, got 0
moonbase.create_engine('sqlite://', {ech = true})
--! TypeError: create_engine has no option 'ech'; did you mean 'echo'?
failure(function() moonbase.create_engine 'sqlite:///no/such/folder/x.db':connect() end)
--> false	OperationalError: unable to open database file: the folder FOLDER/no/such/folder does not exist
-->   Create it (mkdir -p FOLDER/no/such/folder), or correct the path in the URL. Three slashes start a relative path, four an absolute one.
os.execute 'mkdir folder'
failure(function() moonbase.create_engine 'sqlite:///folder':connect() end)
--> false	OperationalError: unable to open database file: FOLDER/folder is a folder
-->   Name a file inside it: sqlite:///FOLDER/folder/app.db
io.open('text.db', 'w'):write(('this is no database\n'):rep(100)):close()
failure(function() moonbase.create_engine 'sqlite:///text.db':connect():execute(db.text 'select 1 from sqlite_master') end)
--> false	OperationalError: file is not a database
-->   [SQL: select 1 from sqlite_master]
-->   FOLDER/text.db is not a SQLite database (or an encrypted one): correct the path, or move the file away.
-- --- connections and transactions ---
e = moonbase.create_engine 'sqlite:///one.db'
e:begin(function(conn)
  conn:execute(db.text 'create table t (x integer primary key, y text)')
  conn:execute(db.text "insert into t values (1, 'a')")
end)
function count() local conn <close> = e:connect() return conn:execute(db.text 'select count(*) from t'):scalar() end
print(count())
--> 1
e:begin(function(conn) conn:execute(db.text "insert into t values (2, 'b')") error('stop', 0) end)
--! stop
print(count())
--> 1
print(e:begin(function(conn) conn:execute(db.text "insert into t values (3, 'b')") return 'kept', 5 end), count())
--> kept	2
do local conn <close> = e:begin() conn:execute(db.text "insert into t values (4, 'b')") end
print(count())
--> 3
pcall(function() local conn <close> = e:begin() conn:execute(db.text "insert into t values (5, 'b')") error 'no' end)
print(count())
--> 3
conn = e:connect()
conn:execute(db.text 'insert into t values (:x, :y)', {x = 6, y = 'six'})
print(conn:in_transaction(), count())
conn:rollback()
print(conn:in_transaction(), count())
conn:execute(db.text 'insert into t values (:x, :y)', {{x = 7, y = 's'}, {x = 8, y = db.null}})
conn:commit()
print(count(), conn:execute(db.text 'select y from t where x = 8'):scalar())
--> true	3
--> false	3
--> 5	nil
-- savepoints
conn:execute(db.text "insert into t values (9, 'out')")
sp = conn:begin_nested()
conn:execute(db.text "insert into t values (10, 'in')")
sp:rollback()
conn:begin_nested(function() conn:execute(db.text "insert into t values (11, 'in')") end)
print(pcall(conn.begin_nested, conn, function() conn:execute(db.text "insert into t values (12, 'in')") error('no', 0) end))
conn:commit()
print(conn:execute(db.text "select group_concat(x) from t"):scalar())
--> false	no
--> 1,3,4,7,8,9,11
tx = conn:begin()
--! InvalidRequestError: a transaction has begun on this connection already, by begin() or by its first statement
--!   Call commit() or rollback() first, or use begin_nested().
conn:rollback()
tx = conn:begin()
conn:execute(db.text 'delete from t')
tx:rollback()
print(conn:execute(db.text "select count(*) from t"):scalar())
conn:rollback()
print(conn:exec_driver_sql('select ? + ?', {2, 3}):scalar(), conn:exec_driver_sql 'select 1':scalar())
--> 7
--> 5	1
conn:close()
conn:execute(db.text 'select 1')
--! ResourceClosedError: This Connection is closed
conn:close()
print(conn.closed)
--> true
e.execute(db.text 'select 1')
--! AttributeError: Engine has no attribute 'execute'
--!   it has begin, cache_stats, compiled_cache, connect, dialect, dispose, driver, echo, execution_options, get_execution_options, name, pool, url
e:connect():execute 'select 1'
--! ArgumentError: Not an executable object: 'select 1'
--!   Textual SQL is written db.text 'select 1'.
-- busy: another connection writes
e2 = moonbase.create_engine('sqlite:///one.db', {connect_args = {timeout = 0.05}})
a = e:connect()
a:execute(db.text "insert into t values (100, 'a')")
b = e2:connect()
failure(function() b:execute(db.text "insert into t values (101, 'b')") end)
--> false	OperationalError: database is locked
-->   while beginning the transaction of insert into t values (101, 'b')
-->   [SQL: BEGIN IMMEDIATE]
-->   Another connection, of this program or of another one, holds FOLDER/one.db and did not finish within 0.05 s. Commit or roll back there; the option `timeout` waits longer.
a:rollback()
b:rollback()
b:execute(db.text "insert into t values (101, 'b')")
b:commit()
print(count())
--> 8
b:close() a:close()
print(e.pool:size(), e.url.database)
e:dispose()
print(count())
--> 5	one.db
--> 8
-- --- what is recorded ---
db.clear_recorded_queries()
db.session:add(User{id = 1})
db.session:commit()
print(User.query:filter_by{id = 1}:one().id)
db.session:rollback()
for _, q in ipairs(db.get_recorded_queries()) do print((q.statement:gsub('%s+', ' '))) end
q = db.get_recorded_queries()
print(#q, q[2].parameters[1], q[2].duration >= 0, q[2].end_time >= q[2].start_time, q[2].location:match 'engine_test%.lua:%d+$' ~= nil)
db.clear_recorded_queries()
print(#db.get_recorded_queries())
--> 1
--> BEGIN IMMEDIATE
--> INSERT INTO user (id) VALUES (?)
--> COMMIT
--> BEGIN
--> SELECT user.id AS user_id FROM user WHERE user.id = ?
--> ROLLBACK
--> 6	1	true	true	true
--> 0
-- --- config from elsewhere, two spellings, echo ---
local file <close> = io.open('settings.lua', 'w')
file:write "return {DATABASE_URI = 'sqlite://', SQLALCHEMY_ECHO = false, COLOUR = 'red'}"
file:flush()
c = moonbase.App 'four'.config
c:from_file 'settings.lua'
print(c.SQLALCHEMY_DATABASE_URI, c.ECHO, c.COLOUR)
--> sqlite://	false	red
c:from_object{SQLALCHEMY_POOL_SIZE = 3, POOL_TIMEOUT = 2.5}
print(c.POOL_SIZE, c.SQLALCHEMY_POOL_TIMEOUT)
--> 3	2.5
c:from_file 'no.lua'
--! ArgumentError: the config file cannot be read: cannot open
c:from_object 'x'
--! TypeError: from_object takes a table, not a string
loud = moonbase.create_engine('sqlite://', {echo = true})
print(loud.echo)
loud.echo = false
print(loud.echo)
--> true
--> false
