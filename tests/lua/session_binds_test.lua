-- Which engine a session uses for what: bind_mapper, bind_table, the option `binds`, bind_arguments, and what comes
-- before what.
moonbase = require 'moonbase'
app = moonbase.App 'session_binds'
app.config:update{DATABASE_URI = fresh_database(), RECORD_QUERIES = true,
                  BINDS = {archive = 'sqlite:///archive.db', logs = 'sqlite:///logs.db'}}
db = moonbase.Database(app)
session = db.session
archive, logs = db.engines.archive, db.engines.logs
function sql()
  for _, q in ipairs(db.get_recorded_queries()) do
    local words = q.statement:match '^%u+ %u+ "?%w+' or q.statement:match 'FROM "?%w+'
    if words then print((q.bind_key or 'main') .. ': ' .. words:gsub('"', '')) end
  end
  db.clear_recorded_queries()
end
function name(engine) return engine == db.engine and 'main' or engine == archive and 'archive' or engine == logs and 'logs' end
function binds(...)
  local names = {}
  for k, x in ipairs{...} do names[k] = name(session:get_bind(x)) end
  print(table.concat(names, ' '))
end
tagged = db.Table{'tagged', db.Column{'user_id', db.Integer, db.ForeignKey 'user.id', primary_key = true},
                            db.Column{'tag_id', db.Integer, db.ForeignKey 'tag.id', primary_key = true}}
User = db.Model 'User' {
  id   = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(20)},
  tags = db.relationship{'Tag', secondary = tagged, backref = 'users'},
}
Tag = db.Model 'Tag' {id = db.Column{db.Integer, primary_key = true}, word = db.Column{db.String(20)}}
Visit = db.Model 'Visit' {__bind_key__ = 'logs', id = db.Column{db.Integer, primary_key = true}, page = db.Column{db.String(20)}}
Employee = db.Model 'Employee' {
  __mapper_args__ = {polymorphic_on = 'kind', polymorphic_identity = 'employee'},
  id   = db.Column{db.Integer, primary_key = true},
  kind = db.Column{db.String(20)},
}
Manager = db.Model('Manager', Employee) {
  __mapper_args__ = {polymorphic_identity = 'manager'},
  id    = db.Column{db.Integer, db.ForeignKey 'employee.id', primary_key = true},
  title = db.Column{db.String(20)},
}
Intern = db.Model('Intern', Employee) {__mapper_args__ = {polymorphic_identity = 'intern'}}
for _, engine in ipairs{db.engine, archive, logs} do
  db.metadata:create_all(engine)
  Visit.__table__.metadata:create_all(engine)
end
db.clear_recorded_queries()

-- --- a class ----------------------------------------------------------------------------------------------------
session:bind_mapper(User, archive)
binds(User, User.__table__, User{name = 'x'}, db.select(User.__table__), Tag)
--> archive archive archive archive main
session:add(User{name = 'in the archive'})
session:commit()
print(User.query:count(), session:scalar(db.select(db.func.count(User.id))), session:get(User, 1).name)
print(User.query:filter_by{id = 1}:update{name = 'still there'}, session:execute(db.update(User):values{name = 'and again'}).rowcount)
--> 1	1	in the archive
--> 1	1
session:bulk_insert(User, {{name = 'bulk'}})
session:commit()
sql()
--> archive: INSERT INTO user
--> archive: FROM user
--> archive: FROM user
--> archive: FROM user
--> archive: INSERT INTO user
-- Its bind key is not asked then; another session goes by that.
session:bind_mapper(Visit, archive)
binds(Visit)
--> archive
other = moonbase.Session{}
print(name(other:get_bind(Visit)), name(other:get_bind(User)), other:query(User):count())
--> logs	main	0
other:close()
db.clear_recorded_queries()
-- A table between classes goes where the classes are.
session:bind_mapper(Tag, archive)
session:add(User{name = 'tagged', tags = {Tag{word = 'a'}, Tag{word = 'b'}}})
session:commit()
print(#User.query:filter_by{name = 'tagged'}:one().tags)
sql()
--> 2
--> archive: INSERT INTO user
--> archive: INSERT INTO tag
--> archive: INSERT INTO tagged
--> archive: FROM user
--> archive: FROM tag
session:rollback()

-- --- a tree of classes -------------------------------------------------------------------------------------------
-- A row is in the tables of several classes: they are bound together.
session:bind_mapper(Manager, archive)
binds(Employee, Manager, Intern)
--> archive archive archive
session:add(Manager{title = 'head'})
session:commit()
print(Employee.query:one().title)
sql()
--> head
--> archive: INSERT INTO employee
--> archive: INSERT INTO manager
--> archive: FROM employee
--> archive: FROM manager
Boss = db.Model('Boss', Manager) {__mapper_args__ = {polymorphic_identity = 'boss'}}
binds(Boss)
--> archive
session:bind_mapper(Intern, logs)
--! ArgumentError: Intern cannot be bound to sqlite:///logs.db: its rows are in one database with those of Manager, which is bound to sqlite:///archive.db
--!   bind the class at the top: session:bind_mapper(Employee, engine)
session:bind_mapper(Employee, logs)
binds(Employee, Manager, Intern, Boss)
--> logs logs logs logs
session:bind_mapper(Manager, archive)
--! ArgumentError: Manager cannot be bound to sqlite:///archive.db: its rows are in one database with those of Employee, which is bound to sqlite:///logs.db
--!   bind the class at the top: session:bind_mapper(Employee, engine)

-- --- a table -----------------------------------------------------------------------------------------------------
session:close()
session = moonbase.Session{}
session:bind_table(Tag.__table__, logs)
session:bind_table(tagged, archive)
binds(Tag, tagged, User)
--> logs archive main
session:execute(db.insert(tagged):values{user_id = 1, tag_id = 1})
session:add(Tag{word = 'in logs'})
session:commit()
db.clear_recorded_queries()
session:bind_table(Employee.__table__, logs)
binds(Employee, Manager, Intern)
--> logs logs logs
-- What is said of the class comes first.
session:bind_mapper(Tag, archive)
binds(Tag, Tag.__table__)
--> archive archive

-- --- binds as an option ----------------------------------------------------------------------------------------------
session:close()
session = moonbase.Session{bind = logs, binds = {[User] = archive, [Tag.__table__] = db.engine}}
binds(User, Tag, Visit)
print(session:get_bind() == logs)
--> archive main logs
--> true
Maker = moonbase.sessionmaker{binds = {[User] = archive}}
session = Maker()
binds(User, Tag, Visit)
--> archive main logs

-- --- get_bind chooses before all of them, bind_arguments before that ---------------------------------------------
function session:get_bind(class, writes) if class == User and writes then return logs end end
print(name(session:get_bind(User)), name(session:get_bind(User, true)))
print(name(session:get_bind{mapper = User}), name(session:get_bind{mapper = User, writes = true}), name(session:get_bind{clause = User.__table__}),
      name(session:get_bind{mapper = User, bind = db.engine}), name(session:get_bind{clause = db.select(Visit.__table__)}))
print(session:scalar(db.select(db.func.count(User.id)), nil, {bind_arguments = {bind = db.engine}}),
      session:scalar(db.select(db.func.count(User.id)), nil, {bind_arguments = {mapper = Tag}}),
      session:execute(db.select(User):order_by(User.id), {}, {bind_arguments = {bind = archive}, populate_existing = true}):all()[1][1].name)
--> archive	logs
--> archive	logs	archive	main	logs
--> 0	0	and again
session:execute(db.text 'SELECT 1', nil, {bind_arguments = {mapper = Visit}})
print(name(session:connection{bind_arguments = {bind = logs}}.engine), name(session:connection(Visit).engine))
--> logs	logs
-- Also of rows that are read as they are asked for.
for row in session:execute(db.select(User):options(db.selectinload(User.tags)):order_by(User.id), {}, {bind_arguments = {bind = archive}, populate_existing = true, yield_per = 1}) do print(row[1].name, #row[1].tags) end
--> and again	1
--> bulk	0
--> tagged	2
-- What waits to be written goes where it belongs, not where the statement goes.
session:add(Visit{page = '/'})
db.clear_recorded_queries()
session:scalar(db.select(db.func.count(User.id)), nil, {bind_arguments = {bind = db.engine}})
sql()
--> logs: INSERT INTO visit
--> main: FROM user
session:rollback()
session:close()

-- --- mistakes -----------------------------------------------------------------------------------------------------
session = db.session
session:bind_mapper('User', archive)
--! UnmappedClassError: expected a mapped class, got string
--!   classes are declared with User = db.Model 'User' {…}
session:bind_mapper(User.__table__, archive)
--! UnmappedClassError: expected a mapped class, got Table
--!   classes are declared with User = db.Model 'User' {…}
session:bind_mapper(User{name = 'x'}, archive)
--! UnmappedClassError: expected a class, got the object <User (transient)>
--!   use the class: User
session:bind_mapper(User, 'archive')
--! TypeError: bind_mapper takes an engine, got string
--!   db.engine, db.engines.key, or moonbase.create_engine(url)
session:bind_mapper(User)
--! TypeError: bind_mapper takes an engine, got nil
--!   db.engine, db.engines.key, or moonbase.create_engine(url)
session:bind_table(User, archive)
--! TypeError: bind_table takes a table, got the class User
--!   session:bind_mapper(User, engine)
session:bind_table('user', archive)
--! TypeError: bind_table takes a table, got string
--!   session:bind_table(User.__table__, engine)
session:bind_table(tagged, nil)
--! TypeError: bind_table takes an engine, got nil
--!   db.engine, db.engines.key, or moonbase.create_engine(url)
moonbase.Session{binds = db.engine}
--! TypeError: Session: 'binds' is a table of engines, got Engine
--!   binds = {[User] = db.engine, [membership] = db.engines.logs}
moonbase.Session{binds = {archive}}
--! ArgumentError: Session: binds has a number in place of a class or a table
--!   binds = {[User] = db.engine, [membership] = db.engines.logs}
moonbase.Session{binds = {[User] = 'archive'}}
--! TypeError: Session: binds takes an engine, got string
--!   db.engine, db.engines.key, or moonbase.create_engine(url)
session:get_bind{maper = User}
--! TypeError: get_bind has no option 'maper'; did you mean 'mapper'?
session:get_bind('User')
--! UnmappedClassError: expected a mapped class, got string
--!   classes are declared with User = db.Model 'User' {…}
session:execute(db.select(User), nil, {bind_arguments = archive})
--! TypeError: bind_arguments takes its arguments by name, got Engine
--!   bind_arguments = {bind = db.engines.logs}, or {mapper = User}
session:execute(db.select(User), nil, {bind_arguments = {engine = archive}})
--! TypeError: bind_arguments has no option 'engine'
second = moonbase.App 'second'
second.config.DATABASE_URI = 'sqlite://'
db2 = moonbase.Database(second)
db2.session:bind_mapper(User, archive)
--! ArgumentError: User is a class of another database object
--!   bind it in a session of that one
