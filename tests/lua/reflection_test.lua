-- What an SQLite file says about itself: moonbase.inspect(engine), tables and classes made from it.
moonbase = require 'moonbase'
reflection = require 'support.reflection'
engine = moonbase.create_engine 'sqlite:///first.db'

-- A schema with everything in it, as people write it.
for _, sql in ipairs{
  [[CREATE TABLE "group" (
      id INTEGER NOT NULL CONSTRAINT "the ""key""" PRIMARY KEY AUTOINCREMENT, -- , ghost INT UNIQUE
      [select] VARCHAR(20) COLLATE NOCASE CONSTRAINT uq_select UNIQUE,
      kind CHAR(1) DEFAULT 'x''y' NOT NULL /* CHECK (kind = 'z') */,
      made TIMESTAMP DEFAULT (datetime('now')),
      price DECIMAL(10, 2) DEFAULT -1.5,
      CONSTRAINT ck_kind CHECK (kind <> ')' AND kind <> '--'),
      CHECK (price < 100))]],
  [[CREATE TABLE member (
      group_id INT REFERENCES "group" ON DELETE CASCADE,
      number BIGINT,
      name TEXT,
      boss_group INT, boss_number INT,
      upper_name TEXT GENERATED ALWAYS AS (upper(name)) STORED,
      length INT AS (length(name) + 1),
      shape GEOMETRY, thing,
      PRIMARY KEY (number, group_id),
      CONSTRAINT fk_boss FOREIGN KEY (boss_number, boss_group) REFERENCES member (number, group_id)
        ON UPDATE SET NULL MATCH FULL DEFERRABLE INITIALLY DEFERRED,
      CONSTRAINT "a name" UNIQUE (name, number))]],
  'CREATE TABLE word (word TEXT PRIMARY KEY, n INT) WITHOUT ROWID, STRICT',
  [[CREATE UNIQUE INDEX ix_lower ON member (lower(name) DESC, number) WHERE number > 3 -- only those
    AND name <> '(']],
  'CREATE INDEX ix_nocase ON member (name COLLATE NOCASE, "length" DESC)',
  'CREATE VIEW big AS SELECT id, kind FROM "group" WHERE price > 10',
} do engine:begin(function(c) c:execute(moonbase.text((sql:gsub(':', '\\:')))) end) end

-- --- names --------------------------------------------------------------------------------------------
insp = moonbase.inspect(engine)
print(insp)
--> Inspector(sqlite:///first.db)
-- A type that has no meaning here keeps its name, and its values pass.
caught = moonbase.catch_warnings(function() insp:get_columns 'member' end)
print(#caught, caught[1].message)
--> 1	Did not recognize type 'GEOMETRY' of column 'member.shape': its values pass as the database has them
print(reflection.shown(insp:get_table_names()), reflection.shown(insp:get_view_names()))
--> {group member word}	{big}
print(insp.default_schema_name, reflection.shown(insp:get_schema_names()))
--> main	{main}
print(insp:has_table 'group', insp:has_table 'big', insp:has_table 'nothing', insp:has_index('member', 'ix_lower'),
  insp:has_index('member', 'ix_none'), insp:has_schema 'main', insp:has_sequence 'x')
--> true	true	false	true	false	true	false
print(insp:get_view_definition 'big')
--> CREATE VIEW big AS SELECT id, kind FROM "group" WHERE price > 10
print(reflection.shown(insp:get_enums()), reflection.shown(insp:get_sequence_names()))
--> {}	{}
print(reflection.shown(insp:get_sorted_table_and_fkc_names()))
--> {{group {}} {word {}} {member {fk_boss}} {null {}}}

-- --- tables -------------------------------------------------------------------------------------------
for _, line in ipairs(reflection.lines(insp, 'group')) do print(line) end
--> columns: {autoincrement=true name=id nullable=false primary_key=true type=INTEGER}
--> columns: {autoincrement=false name=select nullable=true primary_key=false type=VARCHAR(20, collation='NOCASE')}
--> columns: {autoincrement=false default='x''y' name=kind nullable=false primary_key=false type=CHAR(1)}
--> columns: {autoincrement=false default=datetime('now') name=made nullable=true primary_key=false type=TIMESTAMP}
--> columns: {autoincrement=false default=-1.5 name=price nullable=true primary_key=false type=DECIMAL(10, 2)}
--> pk_constraint: {constrained_columns={id} name=the "key"}
--> unique_constraints: {column_names={select} name=uq_select}
--> check_constraints: {name=ck_kind sqltext=kind <> ')' AND kind <> '--'}
--> check_constraints: {sqltext=price < 100}
--> table_options: {sqlite_autoincrement=true}
for _, line in ipairs(reflection.lines(insp, 'member')) do print(line) end
--> columns: {autoincrement=false name=group_id nullable=true primary_key=true type=INT}
--> columns: {autoincrement=false name=number nullable=true primary_key=true type=BIGINT}
--> columns: {autoincrement=false name=name nullable=true primary_key=false type=TEXT}
--> columns: {autoincrement=false name=boss_group nullable=true primary_key=false type=INT}
--> columns: {autoincrement=false name=boss_number nullable=true primary_key=false type=INT}
--> columns: {autoincrement=false computed={persisted=true sqltext=upper(name)} name=upper_name nullable=true primary_key=false type=TEXT}
--> columns: {autoincrement=false computed={persisted=false sqltext=length(name) + 1} name=length nullable=true primary_key=false type=INT}
--> columns: {autoincrement=false name=shape nullable=true primary_key=false type=GEOMETRY}
--> columns: {autoincrement=false name=thing nullable=true primary_key=false type=NullType}
--> pk_constraint: {constrained_columns={number group_id}}
--> foreign_keys: {constrained_columns={group_id} options={ondelete=CASCADE} referred_columns={id} referred_table=group}
--> foreign_keys: {constrained_columns={boss_number boss_group} name=fk_boss options={deferrable=true initially=DEFERRED match=FULL onupdate=SET NULL} referred_columns={number group_id} referred_table=member}
--> unique_constraints: {column_names={name number} name=a name}
--> indexes: {column_names={null number} column_sorting={lower(name)={desc}} dialect_options={sqlite_where=number > 3 AND name <> '('} expressions={lower(name) number} name=ix_lower unique=true}
--> indexes: {column_names={null length} column_sorting={length={desc}} dialect_options={} expressions={name COLLATE NOCASE length} name=ix_nocase unique=false}
for _, line in ipairs(reflection.lines(insp, 'word')) do print(line) end
--> columns: {autoincrement=false name=word nullable=false primary_key=true type=TEXT}
--> columns: {autoincrement=false name=n nullable=true primary_key=false type=INT}
--> pk_constraint: {constrained_columns={word}}
--> table_options: {sqlite_strict=true sqlite_with_rowid=false}
print(insp:get_columns('big')[2].name, insp:get_columns('big')[2].type, #insp:get_pk_constraint('big').constrained_columns)
--> kind	CHAR(1)	0
print(insp:get_table_comment('group').text)
--> nil
-- Where an index has an expression, column_names has db.null.
index = insp:get_indexes('member')[1]
print(index.column_names[1] == moonbase.null, index.column_names[2], index.expressions[1])
--> true	number	lower(name)

-- --- bad questions ------------------------------------------------------------------------------------
insp:get_columns 'grop'
--! NoSuchTableError: There is no table 'grop' in sqlite:///first.db; did you mean 'group'?
insp:get_columns('group', 'nowhere')
--! NoSuchTableError: There is no table 'nowhere.group' in sqlite:///first.db
insp:get_view_definition 'group'
--! NoSuchTableError: There is no view 'group'
insp:get_columns()
--! TypeError: get_columns: argument 1: expected string, got nil
moonbase.inspect 'group'
--! ArgumentError: inspect takes a mapped object, a class, an engine or a connection, got string

-- --- the same again elsewhere -------------------------------------------------------------------------
other = moonbase.create_engine 'sqlite://'
moonbase.catch_warnings(function() reflection.round_trip(engine, other) end)
--> 3 tables, 0 differences

-- What cannot be told is warned of.
engine:begin(function(c) c:execute(moonbase.text 'CREATE TABLE lax (a INT UNIQUE ON CONFLICT REPLACE)') end)
print(moonbase.catch_warnings(function() insp:get_columns 'lax' end)[1].message)
--> Table 'lax': ON CONFLICT of a constraint is not reflected, and would be missing if the table were created anew
engine:begin(function(c) c:execute(moonbase.text 'DROP TABLE lax') end)
-- What a program has created reflects to the same as well.
moonbase.catch_warnings(function() reflection.round_trip(other, moonbase.create_engine 'sqlite:///third.db') end)
--> 3 tables, 0 differences

-- --- what has been read is kept until it is forgotten ---------------------------------------------------
engine:begin(function(c) c:execute(moonbase.text 'ALTER TABLE word ADD COLUMN more TEXT') end)
print(#insp:get_columns 'word', #moonbase.inspect(engine):get_columns 'word')
--> 2	3
insp:clear_cache()
print(#insp:get_columns 'word')
--> 3

-- --- a connection sees its own: temporary tables, attached files, what is not committed -----------------
connection = engine:connect()
connection:execute(moonbase.text "ATTACH 'second.db' AS aux")
connection:execute(moonbase.text 'CREATE TABLE aux.planet (id INTEGER PRIMARY KEY, name TEXT CONSTRAINT uq_name UNIQUE)')
connection:execute(moonbase.text 'CREATE TABLE aux.moon (id INTEGER PRIMARY KEY, planet_id INT REFERENCES planet (id))')
connection:execute(moonbase.text 'CREATE TEMPORARY TABLE word (scratch INT)')
near = moonbase.inspect(connection)
print(reflection.shown(near:get_temp_table_names()), reflection.shown(near:get_schema_names()),
  reflection.shown(near:get_table_names 'aux'))
--> {word}	{main aux}	{moon planet}
print(near:get_columns('word')[1].name, near:get_columns('word', 'main')[1].name, near:has_table('planet', 'aux'))
--> scratch	word	true
print(near:get_unique_constraints('planet', {schema = 'aux'})[1].name)
--> uq_name
print(reflection.shown(near:get_foreign_keys('moon', 'aux')))
--> {{constrained_columns={planet_id} options={} referred_columns={id} referred_schema=aux referred_table=planet}}
metadata = moonbase.MetaData{}
moon = moonbase.Table{'moon', metadata, schema = 'aux', autoload_with = connection}
print(moon, moon.foreign_keys[1], metadata.tables['aux.planet'])
--> aux.moon	ForeignKeyConstraint({'planet_id'}, {'aux.planet.id'})	aux.planet
connection:close()

-- --- tables from the database ---------------------------------------------------------------------------
app = moonbase.App 'reflection'
app.config:update{DATABASE_URI = 'sqlite:///first.db', BINDS = {second = 'sqlite:///second.db'}}
db = moonbase.Database(app)
-- What is declared wins; tables it refers to come along.
member = db.Table{'member', db.Column{'number', db.Integer}, db.Column{'shape', db.JSON, key = 'form'},
                  autoload_with = db.engine, exclude_columns = {'thing'}}
print(member.c)
--> columns(group_id, number, name, boss_group, boss_number, upper_name, length, form)
print(member.c.number.type, member.c.form.type, member.c.name.type)
--> Integer	JSON	TEXT
for _, column in ipairs(member.primary_key) do print(column) end
--> member.number
--> member.group_id
print(#db.metadata.tables, db.metadata.tables['group'].c.select.type)
--> 2	VARCHAR(20, collation='NOCASE')
db.Table{'nobody', autoload_with = db.engine}
--! NoSuchTableError: There is no table 'nobody' in sqlite:///first.db
db.Table{'member2', autoload_with = 'sqlite://'}
--! TypeError: Table: 'autoload_with' must be an engine, a connection or an Inspector, got string
-- A view has no key: it is given one.
big = db.Table{'big', db.Column{'id', db.Integer, primary_key = true}, autoload_with = db.engine}
Big = db.Model 'Big' {__table__ = big}
Group = db.Model 'Group' {__table__ = db.metadata.tables['group']}
db.session:add(Group{select = 'One', kind = 'a', price = 50})
db.session:add(Group{select = 'Two', kind = 'b'})
db.session:commit()
for _, g in ipairs(Group.query:order_by(Group.id):all()) do print(g.id, g.select, g.price) end
--> 1	One	50.00
--> 2	Two	-1.50
print(Big.query:one().kind)
--> a

-- --- all of them ----------------------------------------------------------------------------------------
app2 = moonbase.App 'all'
app2.config:update{DATABASE_URI = 'sqlite:///first.db', BINDS = {second = 'sqlite:///second.db'}}
db2 = moonbase.Database(app2)
db2.reflect{only = {'word'}}
db2.reflect{bind_key = 'second', only = function(name) return name == 'moon' end}
print(db2.metadata.tables, db2.metadata.tables.word.c.n.type)
--> tables(word)	INT
db2.metadata:reflect(db2.engine, {views = true})
print(db2.metadata.tables)
--> tables(word, group, member, big)
-- A table that is declared becomes what the database has; what it was stays valid for those who hold it.
word = moonbase.Table{'word', moonbase.MetaData{}, db.Column{'word', db.String(9)}}
now = insp:reflect_table(word, {exclude_columns = {'more'}})
print(word.c, now.c, now.metadata.tables.word == now)
--> columns(word)	columns(word, n)	true
insp:reflect_table(word, {include_columns = {'wrd'}})
--! ArgumentError: Table 'word' has no column 'wrd' in the database; did you mean 'word'?
db2.reflect{only = {'wrod'}}
--! InvalidRequestError: reflect: there is no table 'wrod' in sqlite:///first.db; did you mean 'word'?
db2.reflect{column = 'x'}
--! TypeError: reflect has no option 'column'
