-- What a PostgreSQL database says about itself, and the same created again in another.
moonbase = require 'moonbase'
reflection = require 'support.reflection'
server = assert(os.getenv 'MOONBASE_TEST_POSTGRESQL', 'MOONBASE_TEST_POSTGRESQL is not set: run scripts/test')
admin = moonbase.create_engine(server, {isolation_level = 'AUTOCOMMIT'})
name = 'moonbase_reflect_' .. tostring(os.time()) .. '_' .. tostring(math.random(1000000))
connection = admin:connect()
for _, part in ipairs{'_a', '_b'} do connection:execute(moonbase.text('CREATE DATABASE ' .. name .. part)) end
engine = moonbase.create_engine((server:gsub('/[^/]*$', '/' .. name .. '_a')))
other = moonbase.create_engine((server:gsub('/[^/]*$', '/' .. name .. '_b')))
function run(target, statements)
  target:begin(function(c)
    for _, sql in ipairs(statements) do c:execute(moonbase.text((sql:gsub(':', '\\:')))) end
  end)
end

-- What tables do not bring along.
outside = {'CREATE DOMAIN positive AS integer CHECK (VALUE > 0)', 'CREATE SCHEMA hr',
           "CREATE TYPE hr.grade AS ENUM ('low', 'high')", 'CREATE SEQUENCE ticket'}
run(engine, outside)
run(other, outside)
run(engine, {
  [[CREATE TYPE mood AS ENUM ('happy', 'it''s')]],
  [[CREATE TABLE "user" (
      id SERIAL PRIMARY KEY,
      name VARCHAR(64) COLLATE "C" NOT NULL DEFAULT 'x''y',
      moods mood[], mood mood DEFAULT 'happy', grade hr.grade,
      n positive, matrix INT[][],
      seen TIMESTAMPTZ DEFAULT now(), at TIMESTAMP(3), time TIMETZ, span INTERVAL DAY TO SECOND(2),
      price MONEY, address INET, amount NUMERIC(10,2) DEFAULT 0.5, letters CHAR(3), bits BIT VARYING(5), range INT4RANGE,
      key UUID, doc JSONB, data BYTEA, small SMALLINT, ratio REAL, big DOUBLE PRECISION,
      upper TEXT GENERATED ALWAYS AS (upper(name)) STORED,
      extra BIGSERIAL, ticket INT DEFAULT nextval('ticket'),
      "Odd ""name" INT,
      CONSTRAINT uq_user_name UNIQUE (name) DEFERRABLE INITIALLY DEFERRED,
      CONSTRAINT ck_amount CHECK (amount > 0 AND amount < 100))]],
  [[COMMENT ON TABLE "user" IS 'People']],
  [[COMMENT ON COLUMN "user".name IS 'It''s a name']],
  [[CREATE TABLE "order" (
      id INT GENERATED ALWAYS AS IDENTITY (START WITH 10 INCREMENT BY 5),
      a INT, b INT,
      user_id INT REFERENCES "user" ON DELETE CASCADE ON UPDATE SET NULL DEFERRABLE INITIALLY DEFERRED,
      PRIMARY KEY (b, a),
      CONSTRAINT fk_self FOREIGN KEY (a, b) REFERENCES "order" (a, b) MATCH FULL,
      UNIQUE (a, b))]],
  'CREATE TABLE counters (a BIGSERIAL, b SERIAL, c SMALLSERIAL, PRIMARY KEY (a, b))',
  'CREATE TABLE plain (id INT PRIMARY KEY, o INT)',
  'CREATE TABLE ring (id INT PRIMARY KEY, plain_id INT CONSTRAINT ring_fk REFERENCES plain)',
  'ALTER TABLE plain ADD CONSTRAINT plain_fk FOREIGN KEY (o) REFERENCES ring (id)',
  'CREATE UNIQUE INDEX ix_lower ON "user" (lower(name) DESC, id) WHERE amount > 3',
  'CREATE INDEX ix_ops ON "user" (name text_pattern_ops, id DESC NULLS LAST, small DESC) INCLUDE (amount)',
  'CREATE INDEX ix_doc ON "user" USING gin (doc)',
  'CREATE TABLE hr.person (id INT PRIMARY KEY, boss_id INT REFERENCES hr.person, user_id INT REFERENCES "user")',
  'CREATE VIEW names AS SELECT id, name FROM "user"',
  'CREATE MATERIALIZED VIEW one AS SELECT 1 AS one',
})

-- --- names --------------------------------------------------------------------------------------------
insp = moonbase.inspect(engine)
caught = moonbase.catch_warnings(function() insp:get_columns 'user' end)
for _, warning in ipairs(caught) do print(warning.message) end
--> Did not recognize type 'money' of column 'user.price': its values pass as the database has them
--> Did not recognize type 'bit varying(5)' of column 'user.bits': its values pass as the database has them
print(reflection.shown(insp:get_table_names()), reflection.shown(insp:get_table_names 'hr'))
--> {counters order plain ring user}	{person}
print(reflection.shown(insp:get_view_names()), reflection.shown(insp:get_materialized_view_names()))
--> {names}	{one}
print(insp.default_schema_name, reflection.shown(insp:get_schema_names()))
--> public	{hr information_schema public}
print(reflection.shown(insp:get_sequence_names()), insp:has_sequence 'ticket', insp:has_sequence 'nothing')
--> {counters_a_seq counters_b_seq counters_c_seq order_id_seq ticket user_extra_seq user_id_seq}	true	false
print((insp:get_view_definition 'names':gsub('%s+', ' ')))
-->  SELECT "user".id, "user".name FROM "user";
print(reflection.shown(insp:get_enums()))
--> {{labels={happy it's} name=mood schema=public visible=true}}
print(reflection.shown(insp:get_enums '*'))
--> {{labels={low high} name=grade schema=hr visible=false} {labels={happy it's} name=mood schema=public visible=true}}
print(reflection.shown(insp:get_sorted_table_and_fkc_names()))
--> {{counters {}} {plain {}} {user {}} {order {fk_self order_user_id_fkey}} {ring {ring_fk}} {null {{plain plain_fk}}}}
print(insp:has_table 'user', insp:has_table('person', 'hr'), insp:has_table 'person', insp:has_index('user', 'ix_doc'))
--> true	true	false	true

-- --- tables -------------------------------------------------------------------------------------------
for _, line in ipairs(reflection.lines(insp, 'user')) do print(line) end
--> columns: {autoincrement=true default=nextval('user_id_seq'::regclass) name=id nullable=false primary_key=true type=INTEGER}
--> columns: {autoincrement=false comment=It's a name default='x''y'::character varying name=name nullable=false primary_key=false type=VARCHAR(64, collation='C')}
--> columns: {autoincrement=false name=moods nullable=true primary_key=false type=ARRAY(Enum('happy', 'it''s', name='mood'))}
--> columns: {autoincrement=false default='happy'::mood name=mood nullable=true primary_key=false type=Enum('happy', 'it''s', name='mood')}
--> columns: {autoincrement=false name=grade nullable=true primary_key=false type=hr.grade}
--> columns: {autoincrement=false name=n nullable=true primary_key=false type=positive}
--> columns: {autoincrement=false name=matrix nullable=true primary_key=false type=ARRAY(ARRAY(INTEGER))}
--> columns: {autoincrement=false default=now() name=seen nullable=true primary_key=false type=TIMESTAMP(timezone=true)}
--> columns: {autoincrement=false name=at nullable=true primary_key=false type=timestamp(3) without time zone}
--> columns: {autoincrement=false name=time nullable=true primary_key=false type=TIME(timezone=true)}
--> columns: {autoincrement=false name=span nullable=true primary_key=false type=interval day to second(2)}
--> columns: {autoincrement=false name=price nullable=true primary_key=false type=money}
--> columns: {autoincrement=false name=address nullable=true primary_key=false type=INET}
--> columns: {autoincrement=false default=0.5 name=amount nullable=true primary_key=false type=NUMERIC(10, 2)}
--> columns: {autoincrement=false name=letters nullable=true primary_key=false type=CHAR(3)}
--> columns: {autoincrement=false name=bits nullable=true primary_key=false type=bit varying(5)}
--> columns: {autoincrement=false name=range nullable=true primary_key=false type=INT4RANGE}
--> columns: {autoincrement=false name=key nullable=true primary_key=false type=UUID}
--> columns: {autoincrement=false name=doc nullable=true primary_key=false type=JSONB}
--> columns: {autoincrement=false name=data nullable=true primary_key=false type=BYTEA}
--> columns: {autoincrement=false name=small nullable=true primary_key=false type=SMALLINT}
--> columns: {autoincrement=false name=ratio nullable=true primary_key=false type=REAL}
--> columns: {autoincrement=false name=big nullable=true primary_key=false type=DOUBLE_PRECISION}
--> columns: {autoincrement=false computed={persisted=true sqltext=upper((name)::text)} name=upper nullable=true primary_key=false type=TEXT}
--> columns: {autoincrement=true default=nextval('user_extra_seq'::regclass) name=extra nullable=false primary_key=false type=BIGINT}
--> columns: {autoincrement=false default=nextval('ticket'::regclass) name=ticket nullable=true primary_key=false type=INTEGER}
--> columns: {autoincrement=false name=Odd "name nullable=true primary_key=false type=INTEGER}
--> pk_constraint: {constrained_columns={id} name=user_pkey}
--> unique_constraints: {column_names={name} deferrable=true initially=DEFERRED name=uq_user_name}
--> check_constraints: {name=ck_amount sqltext=amount > 0::numeric AND amount < 100::numeric}
--> indexes: {column_names={doc} dialect_options={postgresql_using=gin} name=ix_doc unique=false}
--> indexes: {column_names={null id} column_sorting={lower(name::text) COLLATE "C"={desc}} dialect_options={postgresql_where=amount > 3::numeric} expressions={lower(name::text) COLLATE "C" id} name=ix_lower unique=true}
--> indexes: {column_names={null null small} column_sorting={small={desc}} dialect_options={postgresql_include={amount}} expressions={name text_pattern_ops id DESC NULLS LAST small} include_columns={amount} name=ix_ops unique=false}
--> indexes: {column_names={name} dialect_options={} duplicates_constraint=uq_user_name name=uq_user_name unique=true}
--> table_comment: {text=People}
for _, line in ipairs(reflection.lines(insp, 'order')) do print(line) end
--> columns: {autoincrement=true identity={always=true cache=1 cycle=false increment=5 maxvalue=2147483647 minvalue=1 start=10} name=id nullable=false primary_key=false type=INTEGER}
--> columns: {autoincrement=false name=a nullable=false primary_key=true type=INTEGER}
--> columns: {autoincrement=false name=b nullable=false primary_key=true type=INTEGER}
--> columns: {autoincrement=false name=user_id nullable=true primary_key=false type=INTEGER}
--> pk_constraint: {constrained_columns={b a} name=order_pkey}
--> foreign_keys: {constrained_columns={a b} name=fk_self options={match=FULL} referred_columns={a b} referred_table=order}
--> foreign_keys: {constrained_columns={user_id} name=order_user_id_fkey options={deferrable=true initially=DEFERRED ondelete=CASCADE onupdate=SET NULL} referred_columns={id} referred_table=user}
--> unique_constraints: {column_names={a b} name=order_a_b_key}
--> indexes: {column_names={a b} dialect_options={} duplicates_constraint=order_a_b_key name=order_a_b_key unique=true}
for _, line in ipairs(reflection.lines(insp, 'person', 'hr')) do print(line) end
--> columns: {autoincrement=false name=id nullable=false primary_key=true type=INTEGER}
--> columns: {autoincrement=false name=boss_id nullable=true primary_key=false type=INTEGER}
--> columns: {autoincrement=false name=user_id nullable=true primary_key=false type=INTEGER}
--> pk_constraint: {constrained_columns={id} name=person_pkey}
--> foreign_keys: {constrained_columns={boss_id} name=person_boss_id_fkey options={} referred_columns={id} referred_schema=hr referred_table=person}
--> foreign_keys: {constrained_columns={user_id} name=person_user_id_fkey options={} referred_columns={id} referred_table=user}
print(insp:get_columns('names')[2].name, #insp:get_pk_constraint('names').constrained_columns)
--> name	0
insp:get_columns 'usr'
--! NoSuchTableError: There is no table 'usr'
insp:get_columns('user', 'hr')
--! NoSuchTableError: There is no table 'hr.user'

-- What cannot be told is warned of.
run(engine, {'CREATE TABLE parts (id INT) PARTITION BY RANGE (id)', 'CREATE TABLE part PARTITION OF parts DEFAULT'})
print(moonbase.catch_warnings(function() insp:get_columns 'parts' end)[1].message)
--> Table 'parts': how it is partitioned is not reflected, and would be missing if the table were created anew
run(engine, {'DROP TABLE parts'})
run(engine, {'CREATE TABLE stay (during TSRANGE, CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&))'})
print(moonbase.catch_warnings(function() insp:get_columns 'stay' end)[1].message)
--> Table 'stay': the exclusion constraint 'no_overlap' is not reflected, and would be missing if the table were created anew
run(engine, {'DROP TABLE stay'})

-- --- the same again elsewhere -------------------------------------------------------------------------
moonbase.catch_warnings(function() reflection.round_trip(engine, other) end)
--> 5 tables, 0 differences

-- --- a connection sees its own --------------------------------------------------------------------------
near = engine:connect()
near:execute(moonbase.text 'CREATE TEMPORARY TABLE scratch (id INT PRIMARY KEY, note TEXT)')
own = moonbase.inspect(near)
print(reflection.shown(own:get_temp_table_names()), own:get_columns('scratch')[2].name, #own:get_table_names())
--> {scratch}	note	5
near:rollback()
print(own:has_table 'scratch', #moonbase.inspect(near):get_temp_table_names())
--> false	0
near:close()

-- --- tables and classes from the database -----------------------------------------------------------------
app = moonbase.App 'reflection'
app.config:update{DATABASE_URI = tostring(server:gsub('/[^/]*$', '/' .. name .. '_a'))}
db = moonbase.Database(app)
person = db.Table{'person', schema = 'hr', autoload_with = db.engine}
print(db.metadata.tables)
--> tables(hr.person, user)
User = db.Model 'User' {__table__ = db.metadata.tables.user}
Person = db.Model 'Person' {__table__ = person}
u = User{name = 'susan', mood = 'happy', moods = {"it's"}, amount = '2.50', doc = {a = 1}, grade = 'high', matrix = {{1, 2}, {3, 4}}}
db.session:add(u)
db.session:commit()
print(u.id, u.extra, u.upper, u.ticket, u.mood, u.moods[1], u.amount, u.doc.a, u.grade, u.matrix[2][1])
--> 1	1	SUSAN	1	happy	it's	2.50	1	high	3
db.session:add(Person{id = 1, user_id = u.id})
db.session:commit()
print(Person.query:one().user_id)
--> 1

db.session:remove()
for _, e in ipairs{engine, other, db.engine} do e:dispose() end
for _, part in ipairs{'_a', '_b'} do connection:execute(moonbase.text('DROP DATABASE ' .. name .. part)) end
connection:close()
