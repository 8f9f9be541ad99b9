-- The microblog on a PostgreSQL server: what is sent, what comes back, what a failure leaves.
moonbase = require 'moonbase'
server = assert(os.getenv 'MOONBASE_TEST_POSTGRESQL', 'MOONBASE_TEST_POSTGRESQL is not set: run scripts/test')
admin = moonbase.create_engine(server, {isolation_level = 'AUTOCOMMIT'})
name = 'moonbase_lua_' .. tostring(os.time()) .. '_' .. tostring(math.random(1000000))
connection = admin:connect()
connection:execute(moonbase.text('CREATE DATABASE ' .. name))
app = moonbase.App 'microblog'
app.config:update{DATABASE_URI = server:gsub('/[^/]*$', '/' .. name), RECORD_QUERIES = true}
db = moonbase.Database(app)
session = db.session
function sql()
  for _, q in ipairs(db.get_recorded_queries()) do print((q.statement:gsub('%s+', ' '))) end
  db.clear_recorded_queries()
end

User = db.Model 'User' {
  id       = db.Column{db.Integer, primary_key = true},
  username = db.Column{db.String(64), index = true, unique = true},
  mood     = db.Column{db.Enum{'happy', 'sad', name = 'mood'}},
  tags     = db.Column{db.ARRAY(db.Text)},
  profile  = db.Column{db.JSONB},
  key      = db.Column{db.Uuid},
  balance  = db.Column{db.Numeric(12, 2)},
  seen     = db.Column{db.DateTime{timezone = true}},
  posts    = db.relationship{'Post', backref = 'author', cascade = 'all'},
}
function User:__repr__() return ('<User %s>'):format(self.username) end
Post = db.Model 'Post' {
  id      = db.Column{db.Integer, primary_key = true},
  body    = db.Column{db.String(140), nullable = false},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
}

-- --- tables -------------------------------------------------------------------------------------------
print(db.CreateTable(User.__table__):compile{dialect = 'postgresql'})
--> CREATE TABLE "user" (
--> 	id SERIAL NOT NULL,
--> 	username VARCHAR(64),
--> 	mood mood,
--> 	tags TEXT[],
--> 	profile JSONB,
--> 	key UUID,
--> 	balance NUMERIC(12, 2),
--> 	seen TIMESTAMP WITH TIME ZONE,
--> 	PRIMARY KEY (id)
--> )
db.create_all()
db.clear_recorded_queries()

-- --- writing ------------------------------------------------------------------------------------------
susan = User{username = 'susan', mood = 'happy', tags = {'a, b', 'c"d'}, profile = {langs = {'lua', 'c'}},
             key = '550e8400-e29b-41d4-a716-446655440000', balance = '12.50',
             seen = moonbase.datetime.fromisoformat '2026-11-20T12:00:00+02:00'}
for i = 1, 3 do susan.posts:append(Post{body = 'post ' .. i}) end
session:add(susan)
session:add(User{username = 'bob'})
session:commit()
sql()
--> BEGIN
--> INSERT INTO "user" (username, mood, tags, profile, key, balance, seen) VALUES ($1, $2, CAST($3 AS TEXT[]), $4, $5, $6, $7) RETURNING id
--> INSERT INTO post (body, user_id) SELECT c1, c2 FROM unnest($1::VARCHAR[], $2::INTEGER[]) WITH ORDINALITY AS new_rows (c1, c2, place) ORDER BY place RETURNING id
--> COMMIT
print(susan.id, susan.mood, susan.tags[2], susan.profile.langs[1], susan.key, susan.balance, susan.seen)
--> 1	happy	c"d	lua	550e8400-e29b-41d4-a716-446655440000	12.50	2026-11-20 10:00:00+00:00
print(#susan.posts, susan.posts[3].id, susan.posts[3].author)
--> 3	3	<User susan>

-- --- asking -------------------------------------------------------------------------------------------
print(User.query:filter(User.username:ilike 'SU%'):one())
--> <User susan>
print(User.query:filter(User.profile:path('langs', 1):as_string():eq 'lua'):count())
--> 1
print(User.query:filter(User.mood:in_{'sad', 'happy'}):count(), User.query:filter_by{mood = db.null}:count())
--> 1	1
print(User.query:filter(User.tags:any_():eq 'a, b'):count())
--> 1
for row in session:query(User, db.func.count(Post.id)):outerjoin(User.posts):group_by(User.id):order_by(User.id) do print(row) end
--> (<User susan>, 3)
--> (<User bob>, 0)

-- --- failures -----------------------------------------------------------------------------------------
session:add(User{username = 'susan'})
session:commit()
--! IntegrityError: duplicate key value violates unique constraint "ix_user_username": Key (username)=(susan) already exists.
--!   the database said: ERROR:  duplicate key value violates unique constraint "ix_user_username"
--!   DETAIL:  Key (username)=(susan) already exists.
--!   while INSERT of <User (pending)> (username = 'susan')
--!   [SQL: INSERT INTO "user" (username, mood, tags, profile, key, balance, seen) VALUES ($1, $2, CAST($3 AS TEXT[]), $4, $5, $6, $7) RETURNING id]
--!   [parameters: ('susan', NULL, NULL, NULL, NULL, NULL, NULL)]
--!   User.username must be unique, and 'susan' is taken: give <User (pending)> another value
--!   the object that has it: User.query:filter_by{username = 'susan'}:first()
--!   nothing of this flush was kept; call db.session:rollback() to go on
session:rollback()
print(User.query:count())
--> 2
session:execute(db.text 'SELECT * FROM nowhere')
--! ProgrammingError: relation "nowhere" does not exist
--!   the database said: ERROR:  relation "nowhere" does not exist
--!   LINE 1: SELECT * FROM nowhere
--!                         ^
--!   [SQL: SELECT * FROM nowhere]
--!   The database has no such table: create it with db.create_all(), or check its schema and the database's name.
session:rollback()
-- The place is counted in characters.
print(select(2, pcall(session.execute, session, db.text "SELECT 'größe', xyz")).position)
--> 17
session:execute(db.text 'SELECT 1')
--! InternalError: current transaction is aborted, commands ignored until end of transaction block
--!   the database said: ERROR:  current transaction is aborted, commands ignored until end of transaction block
--!   [SQL: SELECT 1]
--!   An earlier statement of the transaction failed, and the server ignores all others until it is rolled back: call rollback().
session:rollback()
print(session:execute(db.text 'SELECT 1'):scalar())
--> 1
nested = session:begin_nested()
session:add(User{username = 'eve'})
session:flush()
nested:rollback()
print(User.query:count())
--> 2

-- --- streams ------------------------------------------------------------------------------------------
session:execute(db.text [[INSERT INTO post (body) SELECT 'bulk ' || n FROM generate_series(1, 5000) n]])
n, cursors = 0, 0
for post in Post.query:order_by(Post.id):yield_per(500) do
  n = n + 1
  if n == 1000 then cursors = session:execute(db.text [[SELECT count(*) FROM pg_cursors WHERE name LIKE 'moonbase%']]):scalar() end
  if n == 2000 then session:commit() end
end
print(n, cursors, Post.query:filter(Post.body:like 'bulk%'):delete())
--> 5003	1	5000
session:commit()

-- --- changing and deleting ----------------------------------------------------------------------------
db.clear_recorded_queries()
susan.balance = 13
susan.tags = db.array{}
session:commit()
print(susan.balance, #susan.tags)
--> 13.00	0
session:delete(susan)
session:commit()
print(User.query:count(), Post.query:count())
--> 1	0
print(session:execute(db.insert(User):values{username = 'new'}).inserted_primary_key[1])
--> 5
session:rollback()

-- --- a value in a group is a parameter of its own, another one than that of the list ----------------------
function hint(statement)
  local _, failure = pcall(session.execute, session, statement)
  session:rollback()
  print(failure.hint)
end
age = db.case{{User.id > 3, 'new'}, else_ = 'old'}
hint(db.select(age, db.func.count()):group_by(age))
--> What stands beside an aggregate stands in group_by, too. An expression with a value in it is another one there, with a parameter of its own: give it a label and group by the label's name.
print(session:execute(db.select(age:label 'age', db.func.count()):group_by 'age'):one())
--> ('old', 1)
hint(db.select(User.username):distinct():order_by(User.id))
--> DISTINCT orders by what it selects: select it, too, or give it a label and order by that.
hint(db.select(User.id):where(User.mood:like 'h%'))
--> No operator matches the given name and argument types. You might need to add explicit type casts.
db.drop_all()
print(connection:execute(moonbase.text [[SELECT count(*) FROM pg_type WHERE typname = 'mood']]):scalar())
--> 0
session:close()
db.engine:dispose()
connection:execute(moonbase.text('DROP DATABASE ' .. name .. ' WITH (FORCE)'))
connection:close()
