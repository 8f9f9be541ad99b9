-- Several databases: which engine serves a class or a table, tables by key, one session over all, and a function that
-- chooses the engine of each statement. The third database is PostgreSQL.
moonbase = require 'moonbase'
databases = require 'databases'
server = databases.postgresql()
app = moonbase.App 'binds'
app.config:update{DATABASE_URI = 'sqlite:///main.db', RECORD_QUERIES = true,
                  BINDS = {logs = 'sqlite:///logs.db', server = {url = server, pool_size = 2}}}
db = moonbase.Database(app)
session = db.session
function sql()
  for _, q in ipairs(db.get_recorded_queries()) do print((q.bind_key or 'main') .. ': ' .. q.statement:gsub('%s+', ' ')) end
  db.clear_recorded_queries()
end
function tables(key) return table.concat(moonbase.inspect(db.engines[key]):get_table_names(), ' ') end
tagged = db.Table{'tagged', db.Column{'tag', db.String(9)}, bind_key = 'logs'}
Page = db.Model 'Page' {id = db.Column{db.Integer, primary_key = true}, name = db.Column{db.String(9), unique = true}}
Visit = db.Model 'Visit' {__bind_key__ = 'logs', id = db.Column{db.Integer, primary_key = true}, name = db.Column{db.String(9), unique = true}}
Stay = db.Model 'Stay' {__bind_key__ = 'server', id = db.Column{db.Integer, primary_key = true}, name = db.Column{db.String(9), unique = true}}
function Page:__repr__() return '<Page ' .. self.name .. '>' end
function Visit:__repr__() return '<Visit ' .. self.name .. '>' end
function Stay:__repr__() return '<Stay ' .. self.name .. '>' end

-- --- engines by key -----------------------------------------------------------------------------------
for key, engine in pairs(db.engines) do print(key, engine.dialect.name, engine == db.get_engine(key)) end
print(db.get_engine() == db.engine, db.engines.server.pool:size(), session:get_bind(Visit) == db.engines.logs, session:get_bind() == db.engine)
print(Visit.__table__.bind_key, Page.__table__.bind_key, tagged.bind_key)
--> 	sqlite	true
--> logs	sqlite	true
--> server	postgresql	true
--> true	2	true	true
--> logs	nil	logs

-- --- tables by key ------------------------------------------------------------------------------------
db.create_all{bind_key = 'logs'}
print(tables '', '|', tables 'logs', '|', tables 'server')
--> 	|	tagged visit	|
db.create_all()
print(tables '', '|', tables 'logs', '|', tables 'server')
--> page	|	tagged visit	|	stay
db.drop_all{bind_key = {'logs', 'server'}}
print(tables '', '|', tables 'logs', '|', tables 'server')
--> page	|		|
db.create_all{bind_key = '__all__'}
other = moonbase.App 'other'
other.config:update{DATABASE_URI = 'sqlite:///main.db', BINDS = {logs = 'sqlite:///logs.db', server = server}}
db2 = moonbase.Database(other)
db2.reflect()
print(db2.metadata.tables, db2.Table{'tagged', bind_key = 'logs', extend_existing = true}.c)
--> tables(page)	columns(tag)
db2.get_engine 'nowhere'
--! UnboundExecutionError: no database is configured for the bind key 'nowhere'
--!   add it to app.config.SQLALCHEMY_BINDS

-- --- one session --------------------------------------------------------------------------------------
db.clear_recorded_queries()
session:add_all{Page{name = 'p'}, Visit{name = 'v'}, Stay{name = 's'}}
session:commit()
sql()
print(Page.query:one(), Visit.query:one(), Stay.query:one())
--> main: BEGIN IMMEDIATE
--> main: INSERT INTO page (name) VALUES (?)
--> logs: BEGIN IMMEDIATE
--> logs: INSERT INTO visit (name) VALUES (?)
--> server: BEGIN
--> server: INSERT INTO stay (name) VALUES ($1) RETURNING id
--> main: COMMIT
--> logs: COMMIT
--> server: COMMIT
--> <Page p>	<Visit v>	<Stay s>
session:execute(db.insert(tagged):values{tag = 'x'})
print(session:execute(db.select(tagged)):one(), session:scalar(db.select(db.func.count(Stay.id))))
--> ('x',)	1
session:rollback()
print(session:scalar(db.select(db.func.count()):select_from(tagged)))
--> 0
-- A savepoint is one in each of them; a database that joins late takes part.
session:begin_nested(function()
  session:add(Page{name = 'q'})
  session:flush()
  session:add(Stay{name = 't'})
  session:flush()
  error 'no'
end)
--! no
print(Page.query:count(), Stay.query:count())
--> 1	1
session:rollback()
-- Text goes to the default database, unless it is told.
print(session:execute(db.text 'SELECT count(*) FROM page'):scalar())
print(session:connection(Stay):execute(db.text 'SELECT count(*) FROM stay'):scalar())
--> 1
--> 1
session:execute(db.text 'SELECT count(*) FROM visit')
--! OperationalError: no such table: visit
--!   [SQL: SELECT count(*) FROM visit]
--!   The database has page. Was the table created, and is this the right file?

-- --- failures -----------------------------------------------------------------------------------------
-- Before anything is committed, all is undone.
session:rollback()
session:add_all{Page{name = 'w'}, Visit{name = 'v'}}
session:commit()
--! IntegrityError: UNIQUE constraint failed: visit.name
--!   while INSERT of <Visit (pending)> (name = 'v')
--!   [SQL: INSERT INTO visit (name) VALUES (?)]
--!   [parameters: ('v')]
--!   Visit.name must be unique, and 'v' is taken: give <Visit (pending)> another value
--!   the object that has it: Visit.query:filter_by{name = 'v'}:first()
--!   nothing of this flush was kept; call db.session:rollback() to go on
session:rollback()
print(Page.query:count(), Visit.query:count())
--> 1	1
session:rollback()
-- When the commit of the second fails, the first is done, and what was added to it stays.
db.engines.server:begin(function(connection)
  connection:execute(db.text [[CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not today'; END $$]])
  connection:execute(db.text [[CREATE CONSTRAINT TRIGGER late AFTER INSERT ON stay DEFERRABLE INITIALLY DEFERRED
                              FOR EACH ROW EXECUTE FUNCTION refuse()]])
end)
page, stay = Page{name = 'kept'}, Stay{name = 'lost'}
session:add_all{page, stay}
message = select(2, pcall(session.commit, session))
print(message.kind, message.sqlstate, message.message)
print((tostring(message):gsub('%%3D%w+', ''):gsub('127[^?]*', 'HOST')))
--> InternalError	P0001	not today
--> InternalError: not today
-->   the database said: ERROR:  not today
-->   CONTEXT:  PL/pgSQL function refuse() line 1 at RAISE
-->   while the commit of 'server' (postgresql://postgres@HOST?options=-c%20search_path_1), after sqlite:///main.db was committed: what was written there stays
-->   while commit
-->   [SQL: COMMIT]
-->   Call rollback() to go on, and do not repeat what is committed.
session:commit()
--! PendingRollbackError: this session's transaction was rolled back by a failed flush (not today)
--!   call db.session:rollback(), then go on; objects you added are there to be changed and added again
session:rollback()
print(moonbase.inspect(page).state, moonbase.inspect(stay).state, page.name, Page.query:count(), Stay.query:count())
--> persistent	transient	kept	2	1

-- --- mistakes -----------------------------------------------------------------------------------------
app = moonbase.App 'mistakes'
app.config:update{BINDS = {logs = {echo = true}}}
moonbase.Database(app)
--! ArgumentError: the bind 'logs' has no url
--!   SQLALCHEMY_BINDS = {key = 'sqlite:///other.db'}, or {key = {url = 'sqlite:///other.db', echo = true}}
app.config.BINDS = {'sqlite://'}
moonbase.Database(app)
--! ArgumentError: a bind key is a name, not 1
app.config.BINDS = {logs = 'sqlite://'}
db3 = moonbase.Database(app)
N = db3.Model 'N' {id = db.Column{db.Integer, primary_key = true}}
N.query:count()
--! UnboundExecutionError: no database is configured
--!   set app.config.SQLALCHEMY_DATABASE_URI = 'sqlite:///app.db' before moonbase.Database(app)

-- --- a function that chooses --------------------------------------------------------------------------
db = nil
shards = moonbase.App 'shards'
shards.config:update{DATABASE_URI = 'sqlite:///main.db', BINDS = {copy = 'sqlite:///copy.db'}, RECORD_QUERIES = true}
db = moonbase.Database(shards)
session = db.session
Page = db.Model 'Page' {id = db.Column{db.Integer, primary_key = true}, name = db.Column{db.String(9)}}
function Page:__repr__() return '<Page ' .. self.name .. '>' end
db.metadata:create_all(db.engines.copy)
asked = {}
function db.session:get_bind(class, writes)
  asked[#asked + 1] = ('%s %s'):format(class and class.__name__ or class, writes and 'writes' or 'reads')
  if not writes then return db.engines.copy end
end
function questions() print(table.concat(asked, ', ')) asked = {} end
-- Reads go to the copy, which is empty.
print(Page.query:count(), Page.query:first(), session:scalar(db.select(db.func.count(Page.id))), #session:execute(db.select(Page)):all())
--> 0	nil	0	0
session:rollback()
questions()
--> Page reads, Page reads, Page reads, Page reads
-- Writes, and what is read after one in its transaction, go to the main database.
db.clear_recorded_queries()
session:add(Page{name = 'new'})
session:flush()
print(Page.query:filter_by{name = 'new'}:count())
--> 1
session:rollback()
sql()
questions()
--> main: BEGIN IMMEDIATE
--> main: INSERT INTO page (name) VALUES (?)
--> main: SELECT count(*) AS count_1 FROM page WHERE page.name = ?
--> main: ROLLBACK
--> Page writes, Page writes
-- So does what is read in a transaction that was begun by hand, or to be changed.
session:begin(function() print(Page.query:count()) end)
print(Page.query:with_for_update():count(), #Page.query:with_for_update():all())
print(session:execute(db.text 'SELECT count(*) FROM page'):scalar())
--> 2
--> 2	2
--> 2
session:rollback()
questions()
print(Page.query:filter_by{name = 'p'}:update{name = 'z'}, session:execute(db.delete(Page)).rowcount, Page.query:count())
--> Page writes, Page writes, Page writes, nil writes
--> 1	2	0
session:rollback()
questions()
--> Page writes, Page writes, Page writes
-- The function may ask for what would be chosen without it.
function db.session:get_bind(class) return self:get_bind(class) end
print(Page.query:count(), session:get_bind(Page) == db.engine, session:get_bind(Page, true) == db.engine)
--> 2	true	true
session.get_bind = nil
print(Page.query:count())
--> 2
session.get_bind = function() return 'copy' end
Page.query:count()
--! TypeError: get_bind returned a string instead of an engine
--!   return db.engine or db.engines.key, or nil for the database of the class
session.get_bind = 'copy'
--! TypeError: get_bind takes a function, not a string
--!   function db.session:get_bind(class, writes) return not writes and db.engines.standby or nil end
session.get_bind = function() error 'no idea' end
Page.query:count()
--! no idea
replica = moonbase.Session{get_bind = function(_, _, writes) return writes and db.engine or db.engines.copy end}
print(replica:query(Page):count(), replica:get_bind() == db.engines.copy, replica:get_bind(Page, true) == db.engine)
--> 0	true	true
replica:close()
