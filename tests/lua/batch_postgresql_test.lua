-- A flush on a PostgreSQL server: new rows of one shape are one INSERT, and their keys come back in
-- order; changes and deletes of a class go out together. Whatever needs a row makes it be written.
moonbase = require 'moonbase'
server = assert(os.getenv 'MOONBASE_TEST_POSTGRESQL', 'MOONBASE_TEST_POSTGRESQL is not set: run scripts/test')
admin = moonbase.create_engine(server, {isolation_level = 'AUTOCOMMIT'})
name = 'moonbase_batch_' .. tostring(os.time()) .. '_' .. tostring(math.random(1000000))
connection = admin:connect()
connection:execute(moonbase.text('CREATE DATABASE ' .. name))
app = moonbase.App 'batch'
app.config:update{DATABASE_URI = server:gsub('/[^/]*$', '/' .. name), RECORD_QUERIES = true}
db = moonbase.Database(app)
session = db.session
function sql()
  for _, q in ipairs(db.get_recorded_queries()) do print((q.statement:gsub('%s+', ' '))) end
  db.clear_recorded_queries()
end
User = db.Model 'User' {
  id       = db.Column{db.Integer, primary_key = true},
  username = db.Column{db.String(20), unique = true, nullable = false},
  age      = db.Column{db.Integer, db.CheckConstraint 'age >= 0'},
  joined   = db.Column{db.DateTime, server_default = '2026-01-01'},
  boss_id  = db.Column{db.Integer, db.ForeignKey 'user.id'},
  boss     = db.relationship{'User', remote_side = 'User.id', backref = 'staff'},
  posts    = db.relationship{'Post', backref = 'author', cascade = 'all, delete-orphan'},
}
function User:__repr__() return ('<User %s>'):format(self.username) end
Post = db.Model 'Post' {
  id      = db.Column{db.Integer, primary_key = true},
  body    = db.Column{db.Text},
  version = db.Column{db.Integer, nullable = false},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
  __mapper_args__ = {version_id_col = 'version'},
}
Note = db.Model 'Note' {
  id   = db.Column{db.Integer, primary_key = true},
  text = db.Column{db.Text},
  made = db.Column{db.DateTime, server_default = db.func.now()},
  size = db.Column{db.Integer, db.Computed 'length(text)'},
  __mapper_args__ = {eager_defaults = true},
}
Kind = db.Model 'Kind' {
  id   = db.Column{db.Integer, primary_key = true},
  tags = db.Column{db.ARRAY(db.Text)},
  rate = db.Column{db.Numeric(8, 2)},
  day  = db.Column{db.Date},
  at   = db.Column{db.DateTime{timezone = true}},
  span = db.Column{db.Interval},
  raw  = db.Column{db.LargeBinary},
  json = db.Column{db.JSONB},
  mood = db.Column{db.Enum{'glad', 'sad', name = 'batch_mood'}},
  key  = db.Column{db.Uuid},
  real = db.Column{db.Float},
  flag = db.Column{db.Boolean},
}
db.create_all()
db.clear_recorded_queries()

-- --- one INSERT for each class, keys in order ---------------------------------------------------------------
people = {}
for i = 1, 5 do
  people[i] = User{username = 'u' .. i, age = i}
  for k = 1, 3 do people[i].posts:append(Post{body = ('post %d of %d'):format(k, i)}) end
end
session:add_all(people)
session:commit()
sql()
--> BEGIN
--> INSERT INTO "user" (username, age, boss_id) SELECT c1, c2, c3 FROM unnest($1::VARCHAR[], $2::INTEGER[], $3::INTEGER[]) WITH ORDINALITY AS new_rows (c1, c2, c3, place) ORDER BY place RETURNING id
--> INSERT INTO post (body, version, user_id) SELECT c1, c2, c3 FROM unnest($1::TEXT[], $2::INTEGER[], $3::INTEGER[]) WITH ORDINALITY AS new_rows (c1, c2, c3, place) ORDER BY place RETURNING id
--> COMMIT
for i, u in ipairs(people) do print(u.id, u.username, #u.posts, u.posts[1].body, u.posts[3].version) end
--> 1	u1	3	post 1 of 1	1
--> 2	u2	3	post 1 of 2	1
--> 3	u3	3	post 1 of 3	1
--> 4	u4	3	post 1 of 4	1
--> 5	u5	3	post 1 of 5	1
db.clear_recorded_queries()

-- --- one row is the plain statement -------------------------------------------------------------------------
session:add(User{username = 'alone'})
session:flush()
sql()
--> INSERT INTO "user" (username, age, boss_id) VALUES ($1, $2, $3) RETURNING id
session:rollback()

-- --- rows that refer to rows of their own class: layer by layer ---------------------------------------------
top = User{username = 'top'}
for i = 1, 3 do
  local chief = User{username = 'chief' .. i, boss = top}
  for k = 1, 2 do session:add(User{username = ('worker%d%d'):format(i, k), boss = chief}) end
end
session:add(top)
session:commit()
sql()
--> ROLLBACK
--> BEGIN
--> INSERT INTO "user" (username, age, boss_id) VALUES ($1, $2, $3) RETURNING id
--> INSERT INTO "user" (username, age, boss_id) SELECT c1, c2, c3 FROM unnest($1::VARCHAR[], $2::INTEGER[], $3::INTEGER[]) WITH ORDINALITY AS new_rows (c1, c2, c3, place) ORDER BY place RETURNING id
--> INSERT INTO "user" (username, age, boss_id) SELECT c1, c2, c3 FROM unnest($1::VARCHAR[], $2::INTEGER[], $3::INTEGER[]) WITH ORDINALITY AS new_rows (c1, c2, c3, place) ORDER BY place RETURNING id
--> COMMIT
print(User.query:filter_by{username = 'worker32'}:one().boss.username, User.query:filter_by{username = 'chief2'}:one().boss.username)
--> chief3	top
db.clear_recorded_queries()

-- --- differing columns, SQL among the values, a default that asks -------------------------------------------
session:add_all{User{username = 'a1'}, User{username = 'a2'}, User{username = 'b1', id = 1000},
  User{username = 'c1', age = db.func.length 'four'}, User{username = 'c2'}, User{username = 'c3'}}
session:flush()
sql()
--> INSERT INTO "user" (username, age, boss_id) SELECT c1, c2, c3 FROM unnest($1::VARCHAR[], $2::INTEGER[], $3::INTEGER[]) WITH ORDINALITY AS new_rows (c1, c2, c3, place) ORDER BY place RETURNING id
--> INSERT INTO "user" (id, username, age, boss_id) VALUES ($1, $2, $3, $4)
--> INSERT INTO "user" (username, age, boss_id) VALUES ($1, length($2), $3) RETURNING id
--> INSERT INTO "user" (username, age, boss_id) SELECT c1, c2, c3 FROM unnest($1::VARCHAR[], $2::INTEGER[], $3::INTEGER[]) WITH ORDINALITY AS new_rows (c1, c2, c3, place) ORDER BY place RETURNING id
session:commit()
db.clear_recorded_queries()

-- --- what the database makes comes back with the key --------------------------------------------------------
notes = {Note{text = 'one'}, Note{text = 'three'}, Note{text = ''}}
session:add_all(notes)
session:flush()
sql()
--> BEGIN
--> INSERT INTO note (text) SELECT c1 FROM unnest($1::TEXT[]) WITH ORDINALITY AS new_rows (c1, place) ORDER BY place RETURNING id, made, size
for _, n in ipairs(notes) do print(n.id, n.text, n.size, n.made ~= nil) end
--> 1	one	3	true
--> 2	three	5	true
--> 3		0	true
sql()
session:commit()

-- --- every type ---------------------------------------------------------------------------------------------
function kind(n)
  return Kind{rate = n .. '.50', day = moonbase.date(2026, 1, n), at = moonbase.datetime(2026, 1, n, 12, 0, 0),
    span = moonbase.timedelta{hours = n}, raw = 'a\0' .. n, json = {n = n}, mood = n % 2 == 0 and 'glad' or 'sad',
    key = '00000000-0000-0000-0000-00000000000' .. n, real = n / 4, flag = n % 2 == 0}
end
session:add_all{kind(1), kind(2), Kind{}, Kind{tags = {'x', 'y z'}}, Kind{tags = {}}}
session:commit()
db.clear_recorded_queries()
for _, k in ipairs(Kind.query:order_by(Kind.id):all()) do
  print(k.id, k.rate, k.day, k.span, k.raw == nil and 'nil' or #k.raw, k.json and k.json.n, k.mood, k.key, k.real, k.flag, k.tags and #k.tags)
end
--> 1	1.50	2026-01-01	1:00:00	3	1	sad	00000000-0000-0000-0000-000000000001	0.25	false	nil
--> 2	2.50	2026-01-02	2:00:00	3	2	glad	00000000-0000-0000-0000-000000000002	0.5	true	nil
--> 3	nil	nil	nil	nil	nil	nil	nil	nil	nil	nil
--> 4	nil	nil	nil	nil	nil	nil	nil	nil	nil	2
--> 5	nil	nil	nil	nil	nil	nil	nil	nil	nil	0
session:commit()

-- --- a refused row is named ---------------------------------------------------------------------------------
session:add_all{User{username = 'new1'}, User{username = 'u3'}, User{username = 'new2'}}
session:flush()
--! IntegrityError: duplicate key value violates unique constraint "user_username_key": Key (username)=(u3) already exists.
--!   the database said: ERROR:  duplicate key value violates unique constraint "user_username_key"
--!   DETAIL:  Key (username)=(u3) already exists.
--!   while INSERT of <User (pending)> (username = 'u3')
--!   [SQL: INSERT INTO "user" (username, age, boss_id) SELECT c1, c2, c3 FROM unnest($1::VARCHAR[], $2::INTEGER[], $3::INTEGER[]) WITH ORDINALITY AS new_rows (c1, c2, c3, place) ORDER BY place RETURNING id]
--!   [parameters: ('u3', NULL, NULL)]
--!   User.username must be unique, and 'u3' is taken: give <User (pending)> another value
--!   the object that has it: User.query:filter_by{username = 'u3'}:first()
--!   nothing of this flush was kept; call db.session:rollback() to go on
session:rollback()
session:add_all{User{username = 'new1', age = 3}, User{username = 'new2', age = -4}, User{username = 'new3', age = 5}}
session:flush()
--! IntegrityError: new row for relation "user" violates check constraint "user_age_check": Failing row contains (25, new2, -4, 2026-01-01 00:00:00, null).
--!   the database said: ERROR:  new row for relation "user" violates check constraint "user_age_check"
--!   DETAIL:  Failing row contains (25, new2, -4, 2026-01-01 00:00:00, null).
--!   while INSERT of <User (pending)> (username = 'new2', age = -4)
--!   [SQL: INSERT INTO "user" (username, age, boss_id) SELECT c1, c2, c3 FROM unnest($1::VARCHAR[], $2::INTEGER[], $3::INTEGER[]) WITH ORDINALITY AS new_rows (c1, c2, c3, place) ORDER BY place RETURNING id]
--!   [parameters: ('new2', -4, NULL)]
--!   nothing of this flush was kept; call db.session:rollback() to go on
session:rollback()
session:add_all{User{username = 'new1', age = 1}, User{age = 2}, User{username = 'new3', age = 3}}
session:flush()
--! IntegrityError: null value in column "username" of relation "user" violates not-null constraint: Failing row contains (27, null, 2, 2026-01-01 00:00:00, null).
--!   the database said: ERROR:  null value in column "username" of relation "user" violates not-null constraint
--!   DETAIL:  Failing row contains (27, null, 2, 2026-01-01 00:00:00, null).
--!   while INSERT of <User (pending)> (age = 2)
--!   [SQL: INSERT INTO "user" (username, age, boss_id) SELECT c1, c2, c3 FROM unnest($1::VARCHAR[], $2::INTEGER[], $3::INTEGER[]) WITH ORDINALITY AS new_rows (c1, c2, c3, place) ORDER BY place RETURNING id]
--!   [parameters: (NULL, 2, NULL)]
--!   User.username must not be NULL: <User (pending)> needs a value
--!   nothing of this flush was kept; call db.session:rollback() to go on
session:rollback()
session:add_all{User{username = 'new1'}, User{username = ('long'):rep(9)}, User{username = 'new3'}}
session:flush()
--! DataError: value too long for type character varying(20)
--!   the database said: ERROR:  value too long for type character varying(20)
--!   while INSERT of <User (pending)> (username = 'longlonglonglonglonglonglonglonglong')
--!   [SQL: INSERT INTO "user" (username, age, boss_id) SELECT c1, c2, c3 FROM unnest($1::VARCHAR[], $2::INTEGER[], $3::INTEGER[]) WITH ORDINALITY AS new_rows (c1, c2, c3, place) ORDER BY place RETURNING id]
--!   [parameters: ('longlonglonglonglonglonglonglonglong', NULL, NULL)]
--!   The text is longer than its column takes: shorten it, or make the column wider (String(n), Text).
--!   nothing of this flush was kept; call db.session:rollback() to go on
session:rollback()
session:add_all{Post{body = 'x', user_id = 1}, Post{body = 'y', user_id = 4711}}
session:flush()
--! IntegrityError: insert or update on table "post" violates foreign key constraint "post_user_id_fkey": Key (user_id)=(4711) is not present in table "user".
--!   the database said: ERROR:  insert or update on table "post" violates foreign key constraint "post_user_id_fkey"
--!   DETAIL:  Key (user_id)=(4711) is not present in table "user".
--!   while INSERT of <Post (pending)> (body = 'y', version = 1, user_id = 4711)
--!   [SQL: INSERT INTO post (body, version, user_id) SELECT c1, c2, c3 FROM unnest($1::TEXT[], $2::INTEGER[], $3::INTEGER[]) WITH ORDINALITY AS new_rows (c1, c2, c3, place) ORDER BY place RETURNING id]
--!   [parameters: ('y', 1, 4711)]
--!   Post.user_id = 4711 refers to no row of user: set author of <Post (pending)> to a User instead, or correct it
--!   nothing of this flush was kept; call db.session:rollback() to go on
session:rollback()
session:add_all{Note{text = 'fine'}, Note{text = 'nul\0'}}
session:flush()
--! DataError: PostgreSQL cannot keep text with a NUL byte: 'nul\x00'
--!   while INSERT of <Note (pending)> (text = 'nul\x00')
--!   [SQL: INSERT INTO note (text) SELECT c1 FROM unnest($1::TEXT[]) WITH ORDINALITY AS new_rows (c1, place) ORDER BY place RETURNING id, made, size]
--!   [parameters: ('nul\x00')]
--!   Keep bytes in a LargeBinary column.
--!   nothing of this flush was kept; call db.session:rollback() to go on
session:rollback()
print(User.query:count(), Post.query:count())
--> 21	15
session:rollback()
db.clear_recorded_queries()

-- --- changes and deletes go out together, and each must find its row ----------------------------------------
posts = Post.query:order_by(Post.id):all()
for _, p in ipairs(posts) do p.body = p.body .. '!' end
db.clear_recorded_queries()
session:commit()
sql()
--> UPDATE post SET body=$1, version=$2 WHERE post.id = $3 AND post.version = $4
--> COMMIT
db.clear_recorded_queries()
print(posts[1].body, posts[1].version, posts[15].body, posts[15].version)
--> post 1 of 1!	2	post 3 of 5!	2

other = db.engine:connect()
posts = Post.query:order_by(Post.id):all()
other:execute(db.text 'UPDATE post SET version = 9 WHERE id = 7')
other:commit()
for _, p in ipairs(posts) do p.body = 'mine' end
session:flush()
--! StaleDataError: UPDATE of <Post 7> on table 'post' matched 0 rows instead of 1: its version is 2 no more, somebody else was faster
--!   while UPDATE of <Post 7> (id = 7, body = 'mine', version = 3, user_id = 3)
--!   db.session:rollback(), read the object again and repeat the change
session:rollback()
posts = Post.query:order_by(Post.id):all()
other:execute(db.text 'DELETE FROM post WHERE id = 5')
other:commit()
for _, p in ipairs(posts) do session:delete(p) end
session:flush()
--! StaleDataError: DELETE of <Post 5> on table 'post' matched 0 rows instead of 1: its version is 2 no more, somebody else was faster
--!   while DELETE of <Post 5>
--!   db.session:rollback(), read the object again and repeat the change
session:rollback()
posts = Post.query:order_by(Post.id):all()
db.clear_recorded_queries()
for _, p in ipairs(posts) do session:delete(p) end
session:commit()
sql()
--> DELETE FROM post WHERE post.id = $1 AND post.version = $2
--> COMMIT
print(Post.query:count())
--> 0
session:rollback()

-- --- a default that reads sees the rows before its own -------------------------------------------------------
Ticket = db.Model 'Ticket' {
  id     = db.Column{db.Integer, primary_key = true},
  number = db.Column{db.Integer, default = function() return (session:query(db.func.max(Ticket.number)):scalar() or 0) + 1 end},
}
db.create_all()
tickets = {}
for i = 1, 4 do tickets[i] = Ticket{} end
session:add_all(tickets)
session:commit()
print(tickets[1].number, tickets[2].number, tickets[3].number, tickets[4].number)
--> 1	2	3	4

-- --- a thousand and more --------------------------------------------------------------------------------------
session:execute(db.text "SELECT setval('user_id_seq', 100000)")
many = {}
for i = 1, 2500 do many[i] = User{username = 'many' .. i, age = i % 90} end
session:add_all(many)
db.clear_recorded_queries()
session:commit()
print(#db.get_recorded_queries())
--> 4
ids = {} for i, u in ipairs(many) do ids[i] = u.id end
session:close()
wrong = 0
for i, id in ipairs(ids) do
  local u = session:get(User, id)
  if u.username ~= 'many' .. i or u.age ~= i % 90 then wrong = wrong + 1 end
end
print(ids[1], ids[2500], wrong)
--> 100001	102500	0

-- --- keys in no order: each object has its own ------------------------------------------------------------------
Lot = db.Model 'Lot' {
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(20)},
}
session:execute(db.text 'CREATE SEQUENCE lot_number')
session:execute(db.text [[CREATE TABLE lot (id INTEGER DEFAULT nextval('lot_number') * 617 % 1009 PRIMARY KEY, name TEXT)]])
session:commit()
lots = {}
for i = 1, 50 do lots[i] = Lot{name = 'lot' .. i} end
session:add_all(lots)
session:flush()
keys = {} for i, lot in ipairs(lots) do keys[i] = lot.id end
session:commit()
session:close()
for i, key in ipairs(keys) do assert(session:get(Lot, key).name == 'lot' .. i) end
print(keys[1], keys[2], keys[3])
--> 617	225	842

session:remove()
other:close()
db.engine:dispose()
connection:execute(moonbase.text('DROP DATABASE ' .. name .. ' WITH (FORCE)'))
