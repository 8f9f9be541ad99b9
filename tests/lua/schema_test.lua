-- Tables: what CREATE TABLE says, constraints, indexes, names, order of creation.
app = moonbase.App 'schema'
app.config:update{DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
db = moonbase.Database(app)
if db.engine.name == 'sqlite' then
  db.event.listen(db.engine, 'connect', function(connection) connection:execute "attach 'other.db' as other" end)
end
function ddl(t) print((tostring(db.CreateTable(t)):gsub('\t', '  '))) end
function run(sql, ...) return db.session:execute(db.text(sql), ...) end
-- What the database says that it has: tables in the order in which they were made, indexes of one.
if db.engine.name == 'sqlite' then
  made = "select group_concat(name, ' ') from (select name from sqlite_master where type = 'table' order by rowid)"
  indexed = "select sql from sqlite_master where type = 'index' and tbl_name = :n and sql is not null order by name"
else
  made = [[select string_agg(relname, ' ' order by oid) from pg_class where relkind = 'r' and relnamespace = cast(current_schema() as regnamespace)]]
  indexed = [[select replace(replace(indexdef, 'USING btree ', ''), current_schema() || '.', '') from pg_indexes where tablename = :n
    and schemaname = current_schema() and indexname not in (select conname from pg_constraint) order by indexname]]
end
function tables() return run(made):scalar() end
function indexes(name) for row in run(indexed, {n = name}) do print(row[1]) end end
account = db.Table{'account',
  db.Column{'id', db.Integer, primary_key = true},
  db.Column{'email', db.String(80), nullable = false, unique = true},
  db.Column{'name', db.String(40), index = true, comment = 'as it is shown'},
  db.Column{'code', db.String(4), index = true, unique = true},
  db.Column{'age', db.Integer, server_default = '0'},
  db.Column{'made', db.DateTime, server_default = db.func.now()},
  db.Column{'kind', db.String(9), server_default = "it's"},
  db.Column{'flag', db.Boolean, server_default = db.text 'true', default = true},
  db.Column{'twice', db.Integer, db.Computed 'age * 2'},
  db.Column{'thrice', db.Integer, db.Computed{'age * 3', persisted = true}},
  db.CheckConstraint{'age >= 0', name = 'ck_age'},
  db.CheckConstraint 'age < 200',
  db.UniqueConstraint{'name', 'age', name = 'uq_name_age'},
  db.Index{'ix_lower', db.func.lower(db.column 'name')},
  comment = 'people'}
ddl(account)
--> CREATE TABLE account (
-->   id INTEGER NOT NULL,
-->   email VARCHAR(80) NOT NULL,
-->   name VARCHAR(40),
-->   code VARCHAR(4),
-->   age INTEGER DEFAULT '0',
-->   made DATETIME DEFAULT CURRENT_TIMESTAMP,
-->   kind VARCHAR(9) DEFAULT 'it''s',
-->   flag BOOLEAN DEFAULT true,
-->   twice INTEGER GENERATED ALWAYS AS (age * 2),
-->   thrice INTEGER GENERATED ALWAYS AS (age * 3) STORED,
-->   PRIMARY KEY (id),
-->   CONSTRAINT uq_name_age UNIQUE (name, age),
-->   UNIQUE (email),
-->   CONSTRAINT ck_age CHECK (age >= 0),
-->   CHECK (age < 200)
--> )
link = db.Table{'link',
  db.Column{'a', db.Integer, db.ForeignKey{'account.id', ondelete = 'CASCADE', onupdate = 'SET NULL', name = 'fk_a'}, primary_key = true},
  db.Column{'b', db.Integer, primary_key = true},
  db.Column{'c', db.Integer},
  db.ForeignKeyConstraint{{'b', 'c'}, {'pair.x', 'pair.y'}, ondelete = 'SET NULL', deferrable = true, initially = 'DEFERRED'}}
pair = db.Table{'pair', db.Column{'x', db.Integer, primary_key = true}, db.Column{'y', db.Integer, primary_key = true}}
ddl(link)
--> CREATE TABLE link (
-->   a INTEGER NOT NULL,
-->   b INTEGER NOT NULL,
-->   c INTEGER,
-->   PRIMARY KEY (a, b),
-->   CONSTRAINT fk_a FOREIGN KEY(a) REFERENCES account (id) ON DELETE CASCADE ON UPDATE SET NULL,
-->   FOREIGN KEY(b, c) REFERENCES pair (x, y) ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED
--> )
odd = db.Table{'order', db.Column{'Select', db.Integer, primary_key = true}, db.Column{'a b', db.Text}, db.Column{'group', db.Text}, db.Column{'"q"', db.Text}}
ddl(odd)
--> CREATE TABLE "order" (
-->   "Select" INTEGER NOT NULL,
-->   "a b" TEXT,
-->   "group" TEXT,
-->   """q""" TEXT,
-->   PRIMARY KEY ("Select")
--> )
Item = db.Model 'Item' {
  __tablename__ = 'items',
  id = db.Column{db.Integer, primary_key = true},
  a = db.Column{db.Integer, nullable = false},
  b = db.Column{'bee', db.String(5), unique = true},
  owner = db.Column{db.ForeignKey 'account.id'},
  __table_args__ = {db.UniqueConstraint{'a', 'bee'}, db.Index{'ix_b', 'bee', unique = true},
    db.Index{'ix_part', 'a', sqlite_where = db.text 'a > 5'}, db.Index{'ix_desc', db.desc(db.column 'a')}},
}
ddl(Item.__table__)
--> CREATE TABLE items (
-->   id INTEGER NOT NULL,
-->   a INTEGER NOT NULL,
-->   bee VARCHAR(5),
-->   owner INTEGER,
-->   PRIMARY KEY (id),
-->   FOREIGN KEY(owner) REFERENCES account (id),
-->   UNIQUE (a, bee),
-->   UNIQUE (bee)
--> )
db.create_all()
db.create_all()
print(tables())
--> account order pair items link
indexes 'account'
indexes 'items'
--> CREATE UNIQUE INDEX ix_account_code ON account (code)
--> CREATE INDEX ix_account_name ON account (name)
--> CREATE INDEX ix_lower ON account (lower(name))
--> CREATE UNIQUE INDEX ix_b ON items (bee)
--> CREATE INDEX ix_desc ON items (a DESC)
--> CREATE INDEX ix_part ON items (a) WHERE a > 5
-- what the server fills in
db.session:execute(db.insert(account):values{email = 'x', age = 5})
print(db.session:execute(db.select(account.c.age, account.c.kind, account.c.flag, account.c.twice, account.c.thrice, account.c.made:is_not(nil))):one())
--> (5, 'it''s', true, 10, 15, true)
print(db.session:execute(db.select(account)):one().email, #account.c, account.c.name, account.name)
--> x	10	account.name	account
-- the constraints hold
function try(sql) local ok, e = pcall(run, sql) db.session:rollback() print(ok or e.kind, ok and '' or (e.message:gsub('\n.*', ''):gsub(': Failing row.*', ''))) end
db.session:commit()
try "insert into account (email) values ('x')"
try "insert into account (email, age) values ('y', -1)"
try "insert into account (email, age) values ('y', 300)"
try "insert into account (name) values ('y')"
try "insert into items (a, owner) values (1, 77)"
try "insert into account (email, twice) values ('y', 1)"
--> IntegrityError	UNIQUE constraint failed: account.email
--> IntegrityError	CHECK constraint failed: ck_age
--> IntegrityError	CHECK constraint failed: age < 200
--> IntegrityError	NOT NULL constraint failed: account.email
--> IntegrityError	FOREIGN KEY constraint failed
--> OperationalError	cannot INSERT into generated column "twice"
--postgresql> IntegrityError	duplicate key value violates unique constraint "account_email_key": Key (email)=(x) already exists.
--postgresql> IntegrityError	new row for relation "account" violates check constraint "ck_age"
--postgresql> IntegrityError	new row for relation "account" violates check constraint "account_age_check"
--postgresql> IntegrityError	null value in column "email" of relation "account" violates not-null constraint
--postgresql> IntegrityError	insert or update on table "items" violates foreign key constraint "items_owner_fkey": Key (owner)=(77) is not present in table "account".
--postgresql> ProgrammingError	cannot insert a non-DEFAULT value into column "twice": Column "twice" is a generated column.
-- --- MetaData ---
print(table.concat((function() local t = {} for i, x in ipairs(db.metadata.sorted_tables) do t[i] = x.name end return t end)(), ' '))
--> account order pair items link
print(db.metadata.tables.account == account, db.metadata.tables.nothing)
--! KeyError: There is no table 'nothing'
print(account, account.c.email)
--> account	account.email
print(account.c.nme)
--! AttributeError: table 'account' has no attribute 'nme'; did you mean 'name'?
print(account.c.email.name, account.c.email.type, account.c.email.nullable, account.c.email.unique, account.c.id.primary_key)
--> email	String(80)	false	true	true
for _, c in ipairs(account.c) do last = c.name end print(last)
--> thrice
print(table.concat(account.c:keys(), ' '))
--> id email name code age made kind flag twice thrice
db.session:commit()
db.drop_all()
db.drop_all()
print(tables())
--> nil
-- --- cyclic foreign keys ---
A = db.Model 'A' {id = db.Column{db.Integer, primary_key = true}, b_id = db.Column{db.Integer, db.ForeignKey 'b.id'}}
B = db.Model 'B' {id = db.Column{db.Integer, primary_key = true}, a_id = db.Column{db.Integer, db.ForeignKey 'a.id'}}
db.create_all()
run 'insert into a (id) values (1)' run 'insert into b values (1, 1)' run 'update a set b_id = 1'
db.session:commit()
db.drop_all()
print(tables())
--> nil
--postgresql! CircularDependencyError: Table 'a' can't be dropped: its foreign key to 'b' has to go first, and it has no name
--postgresql!   Name the foreign keys between tables that refer to each other, or use a naming convention.
-- --- naming conventions ---
meta = moonbase.MetaData{naming_convention = {ix = 'ix_%(column_0_label)s', uq = 'uq_%(table_name)s_%(column_0_name)s',
  ck = 'ck_%(table_name)s_%(constraint_name)s', fk = 'fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s', pk = 'pk_%(table_name)s'}}
db2 = moonbase.Database{metadata = meta}
app2 = moonbase.App 'two'
app2.config.SQLALCHEMY_DATABASE_URI = fresh_database()
db2.init_app(app2)
U = db2.Model 'U' {
  id = db2.Column{db2.Integer, primary_key = true},
  x = db2.Column{db2.Integer, index = true},
  y = db2.Column{db2.Integer, unique = true},
  parent = db2.Column{db2.Integer, db2.ForeignKey 'u.id'},
  ok = db2.Column{db2.Boolean{create_constraint = true, name = 'ok_bool'}},
  kind = db2.Column{db2.Enum{'a', 'b', name = 'kinds', create_constraint = true}},
  __table_args__ = {db2.CheckConstraint{'x > 0', name = 'positive'}, db2.UniqueConstraint{'x', 'y', name = 'final'}},
}
ddl(U.__table__)
db2.create_all()
for _, index in ipairs(moonbase.inspect(db2.engine):get_indexes 'u') do
  if not index.duplicates_constraint then print(index.name) end
end
--> CREATE TABLE u (
-->   id INTEGER NOT NULL,
-->   x INTEGER,
-->   y INTEGER,
-->   parent INTEGER,
-->   ok BOOLEAN,
-->   kind VARCHAR(1),
-->   CONSTRAINT pk_u PRIMARY KEY (id),
-->   CONSTRAINT fk_u_parent_u FOREIGN KEY(parent) REFERENCES u (id),
-->   CONSTRAINT final UNIQUE (x, y),
-->   CONSTRAINT uq_u_y UNIQUE (y),
-->   CONSTRAINT ck_u_positive CHECK (x > 0),
-->   CONSTRAINT ck_u_ok_bool CHECK (ok IN (0, 1)),
-->   CONSTRAINT ck_u_kinds CHECK (kind IN ('a', 'b'))
--> )
--> ix_u_x
print(db2.CreateTable(db2.Table{'n', db2.Column{'x', db2.Integer, primary_key = true}, db2.CheckConstraint 'x > 1'}))
--! InvalidRequestError: The naming convention for 'ck' uses %(constraint_name)s, but a check constraint of table 'n' has no name
--!   Give it one: name = '…'.
-- --- mistakes ---
db.Table{'t1', db.Column{'id', db.Integer}, db.Column{'id', db.Text}}
--! ArgumentError: Table 't1' has two columns named 'id'
db.Table{'link', db.Column{'id', db.Integer}}
--! InvalidRequestError: Table 'link' is already declared
--!   Give one of the two another name, or pass extend_existing = true to declare it anew, or keep_existing = true to use the first declaration.
db.Table{db.Column{'id', db.Integer}}
--! TypeError: Table: argument 1: expected the table's name, got Column
db.Table{'t2', 'x'}
--! TypeError: Table: argument 2: expected a Column, a constraint or an Index, got string
db.Column{db.Integer, primry_key = true}
--! TypeError: Column has no option 'primry_key'; did you mean 'primary_key'?
db.Column{db.Integer, db.Text}
--! ArgumentError: Column has two types, Integer and Text
ddl(db.Table{'t3', db.Column{'id', db.Integer, primary_key = true}, db.Column{'x', db.Integer, db.ForeignKey 'nowhere.id'}})
db.create_all()
--! NoReferencedTableError: Foreign key 't3.x' refers to table 'nowhere', which is not there
--!   Declare the table, or its class, first; a foreign key names table and column: db.ForeignKey 'user.id'.
db.metadata:remove(db.metadata.tables.t3)
ddl(db.Table{'t4', db.Column{'id', db.Integer, primary_key = true}, db.Column{'x', db.Integer, db.ForeignKey 'a.nope'}})
db.create_all()
--! NoReferencedColumnError: Foreign key 't4.x' refers to column 'a.nope', which is not there
db.metadata:remove(db.metadata.tables.t4)
db.ForeignKey{'a.id', ondelet = 'CASCADE'}
--! TypeError: ForeignKey has no option 'ondelet'; did you mean 'ondelete'?
db.Index{}
--! TypeError: Index takes at least 1 positional argument, got 0
db.Table{'t5', db.Column{'id', db.Integer, primary_key = true}, db.UniqueConstraint{'nope'}}
--! ArgumentError: A unique constraint of table 't5' names column 'nope', which is not there
db.Model 'NoKey' {x = db.Column{db.Integer}}
--! ArgumentError: model NoKey has no primary key: no column of table 'no_key' is one
--!   mark a column: id = db.Column{db.Integer, primary_key = true}
big = db.Table{'bigkey', db.Column{'id', db.BigInteger, primary_key = true}, db.Column{'v', db.Integer, db.Identity()}}
ddl(big)
--> CREATE TABLE bigkey (
-->   id BIGINT NOT NULL,
-->   v INTEGER NOT NULL,
-->   PRIMARY KEY (id)
--> )
auto = db.Table{'auto', db.Column{'id', db.Integer, primary_key = true}, sqlite_autoincrement = true}
ddl(auto)
--> CREATE TABLE auto (
-->   id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT
--> )
far = db.Table{'far', db.Column{'id', db.Integer, primary_key = true}, db.Column{'x', db.Integer, index = true}, schema = 'other'}
ddl(far)
print(db.select(far))
print(db.select(account):where(account.c.id:eq(1)))
print(db.select(db.select(account.c.id, account.c.name):limit(1):subquery 's'))
--> CREATE TABLE other.far (
-->   id INTEGER NOT NULL,
-->   x INTEGER,
-->   PRIMARY KEY (id)
--> )
--> SELECT other.far.id, other.far.x
--> FROM other.far
--> SELECT account.id, account.email, account.name, account.code, account.age, account.made, account.kind, account.flag, account.twice, account.thrice
--> FROM account
--> WHERE account.id = ?
--> SELECT s.id, s.name
--> FROM (SELECT account.id, account.name
--> FROM account
-->  LIMIT ?) AS s
if db.engine.name == 'postgresql' then run 'create schema other' end
db.session:commit()
db.metadata:create_all(db.engine, {tables = {far}})
run 'insert into other.far (x) values (5)'
print(db.session:execute(db.select(far.c.x)):scalar())
--> 5
db.session:commit()
far:drop(db.engine)
far:create(db.engine)
ok, failure = pcall(far.create, far, db.engine)
print(failure.kind, tostring(failure):match 'while [^\n]*')
--> OperationalError	while creating table 'other.far'
--postgresql> ProgrammingError	while creating table 'other.far'
far:create(db.engine, {checkfirst = true})
print(db.CreateIndex and db.CreateIndex(far.indexes[1]), db.DropTable(far))
--> CREATE INDEX other.ix_other_far_x ON far (x)	DROP TABLE other.far
-- a column whose type comes from its foreign key, one without any, a foreign key without a column
print(Item.__table__.c.owner.type)
--> Integer
print(db.CreateTable(db.Table{'untyped', db.Column{'x', nullable = false}}))
--! CompileError: column 'untyped.x' has no type
--!   Give it one: db.Column{db.Integer}. A type whose name is misspelt, or lacks its db., is nil and counts for nothing.
db.metadata:remove(db.metadata.tables.untyped)
db.create_all()
ddl(db.Table{'half', db.Column{'x', db.Integer, db.ForeignKey 'user'}})
--! NoReferencedTableError: Foreign key 'half.x' refers to table 'user', which is not there
--!   Declare the table, or its class, first; a foreign key names table and column: db.ForeignKey 'user.id'.
