-- INSERT, UPDATE and DELETE of a class through a session: what is sent, what comes back, and how loaded objects follow.
app = moonbase.App 'dml'
app.config:update{DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
db = moonbase.Database(app)
session = db.session
User = db.Model 'User' {
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(40)},
  age = db.Column{db.Integer, default = 18},
  email = db.Column{db.String(80), unique = true},
  touched = db.Column{db.Integer, onupdate = function() return 5 end},
  posts = db.relationship{'Post', backref = 'author'},
}
Post = db.Model 'Post' {
  id = db.Column{db.Integer, primary_key = true},
  title = db.Column{db.String(40)},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
}
Seat = db.Model 'Seat' {
  row = db.Column{db.Integer, primary_key = true},
  number = db.Column{db.Integer, primary_key = true},
  taken = db.Column{db.Boolean, default = false},
  price = db.Column{db.Numeric(6, 2)},
}
db.create_all()
control = {BEGIN = true, COMMIT = true, ROLLBACK = true, SAVEPOINT = true, RELEASE = true}
-- The statements since the last call, without BEGIN and the like.
function sql()
  for _, q in ipairs(db.get_recorded_queries()) do
    if not control[q.statement:match '^%u+'] then
      local values = {}
      for i, v in ipairs(q.parameters or {}) do values[i] = v == db.null and 'NULL' or tostring(v) end
      print((q.statement:gsub('%s+', ' ')) .. (values[1] and '  [' .. table.concat(values, ', ') .. ']' or ''))
    end
  end
  db.clear_recorded_queries()
end
function fresh()
  session:rollback()
  session:execute(db.delete(Post))
  session:execute(db.delete(User))
  session:commit()
  session:close()
  session:execute(db.insert(User), {{id = 1, name = 'ada', age = 36}, {id = 2, name = 'bob', age = 20}, {id = 3, name = 'cyd', age = 20}})
  session:commit()
  ada, bob, cyd = table.unpack(User.query:order_by(User.id):all())
  db.clear_recorded_queries()
end
db.clear_recorded_queries()

-- --- INSERT -----------------------------------------------------------------------------------------------
r = session:execute(db.insert(User):values{name = 'ada'})
print(r.rowcount, r.lastrowid, r.inserted_primary_key.id)
sql()
--> 1	1	1
--> INSERT INTO user (name, age) VALUES (?, ?)  [ada, 18]
-- a list of rows is one statement, prepared once; defaults are applied
r = session:execute(db.insert(User), {{name = 'bob', age = 1}, {name = 'cyd', age = 2}})
print(r.rowcount)
sql()
--> 2
--> INSERT INTO user (name, age) VALUES (?, ?)  [bob, 1]
-- rows that name different columns are sent in runs of the same
r = session:execute(db.insert(User), {{name = 'dan'}, {name = 'eve', age = 3}, {name = 'fay', age = 4}, {}})
print(r.rowcount, User.query:count(), User.query:filter_by{age = 18}:count())
sql()
--> 4	7	3
--> INSERT INTO user (name, age) VALUES (?, ?)  [dan, 18]
--> INSERT INTO user (name, age) VALUES (?, ?)  [eve, 3]
--> INSERT INTO user (age) VALUES (?)  [18]
--> SELECT count(*) AS count_1 FROM user
--> SELECT count(*) AS count_1 FROM user WHERE user.age = ?  [18]
session:execute(db.insert(User), {{name = 'x'}, {nme = 'y'}})
--! CompileError: Unconsumed column names: nme; did you mean 'name'?
--!   while parameter set 2
--!   The columns of user are id, name, age, email, touched.
session:execute(db.insert(User), {{name = 'x'}, {age = 'old'}})
--! TypeError: user.age: Integer takes a whole number, got text 'old'
--!   while parameter set 2
session:execute(db.insert(User), {{'x'}})
--! TypeError: parameters have names: write {x = 2} for :x in the text
--!   while parameter set 1
session:execute(db.insert(User):values{posts = {}})
--! ArgumentError: values: User.posts is a relationship and no column
--!   give the foreign key's column its value instead
session:rollback()
db.clear_recorded_queries()
-- a single table of parameters is a row
print(session:execute(db.insert(User), {name = 'gil'}).inserted_primary_key[1])
--> 1
--postgresql> 10
-- RETURNING a class gives objects
u = session:scalars(db.insert(User):values{name = 'hal'}:returning(User)):one()
print(u.name, u.age, moonbase.inspect(u).state, u == session:get(User, u.id), session:contains(u))
sql()
--> hal	18	persistent	true	true
--> INSERT INTO user (name, age) VALUES (?, ?)  [gil, 18]
--> INSERT INTO user (name, age) VALUES (?, ?) RETURNING id, name, age, email, touched  [hal, 18]
list = session:scalars(db.insert(User):returning(User), {{name = 'ian'}, {name = 'jon'}}):all()
print(#list, list[1].name, list[2].name, list[1].id < list[2].id)
sql()
--> 2	ian	jon	true
--> INSERT INTO user (name, age) VALUES (?, ?) RETURNING id, name, age, email, touched  [ian, 18]
--> INSERT INTO user (name, age) VALUES (?, ?) RETURNING id, name, age, email, touched  [jon, 18]
row = session:execute(db.insert(User):returning(User, User.name), {{name = 'kim'}}):one()
print(row.User.name, row.name, row[1] == row.User, #row)
for row in session:execute(db.insert(User):returning(User.id, User.name:label 'who'), {{name = 'lou'}, {name = 'mia'}}) do print(row.id, row.who) end
print(session:scalar(db.insert(User):values{name = 'ned'}:returning(db.func.upper(User.name))))
--> kim	kim	true	2
--> 6	lou
--> 7	mia
--> NED
--postgresql> kim	kim	true	2
--postgresql> 15	lou
--postgresql> 16	mia
--postgresql> NED
db.insert(User):values{name = 'x'}:returning(Post)
--! ArgumentError: returning: Post is not what this statement writes, which is User
--!   write returning(User)
db.insert(User):values{name = 'x'}:returning(Post.id)
--! ArgumentError: returning: post.id is not what this statement writes, which is User
--!   write returning(User)
db.insert(User):values{name = 'x'}:returning(db.aliased(User).name)
--! ArgumentError: returning: a column of an alias is not what this statement writes, which is User
--!   write returning(User)
db.insert(User):values{name = 'x'}:returning()
--! ArgumentError: returning() names nothing to return
--!   write returning(User), or returning(User.id)
db.insert(User):values{name = 'x'}:returning 'id'
--! ArgumentError: returning: expected a column, an expression or a model class, got string
--!   write returning(User.id, User.name)
session:rollback()

-- --- UPDATE: how loaded objects follow ----------------------------------------------------------------------
fresh()
-- 'auto' computes what it can: one statement, and nothing is read again
r = session:execute(db.update(User):where(User.age:eq(20)):values{age = User.age + 1, name = 'twenty'})
print(r.rowcount, ada.age, bob.age, cyd.age, bob.name, moonbase.inspect(bob).modified)
sql()
--> 2	36	21	21	twenty	false
--> UPDATE user SET name=?, age=(user.age + ?), touched=? WHERE user.age = ?  [twenty, 1, 5, 20]
-- what only the database knows is read when it is needed
session:execute(db.update(User):where(User.id:eq(1)):values{name = db.func.upper(User.name), age = 5})
sql()
print(ada.age, ada.name)
sql()
--> UPDATE user SET name=upper(user.name), age=?, touched=? WHERE user.id = ?  [5, 5, 1]
--> 5	ADA
--> SELECT user.id AS user_id, user.name AS user_name FROM user WHERE user.id = ?  [1]
-- conditions that cannot be computed: the keys come with the statement itself
session:execute(db.update(User):where(User.name:like 'tw%'):values{age = 30})
print(bob.age, cyd.age)
sql()
--> 30	30
--> UPDATE user SET age=?, touched=? WHERE user.name LIKE ? RETURNING id  [30, 5, tw%]
session:execute(db.update(User):where(User.name:like 'tw%'):values{age = 31}:execution_options{synchronize_session = 'evaluate'})
--! InvalidRequestError: Could not evaluate current criteria in memory: the operator LIKE is the database's own
--!   give synchronize_session = 'fetch', or false to leave loaded objects as they are
session:execute(db.update(User):where(User.posts:any()):values{age = 31}, nil, {synchronize_session = 'evaluate'})
--! InvalidRequestError: Could not evaluate current criteria in memory: EXISTS is for the database
--!   give synchronize_session = 'fetch', or false to leave loaded objects as they are
session:execute(db.update(User):where(db.func.lower(User.name):eq 'x'):values{age = 31}, nil, {synchronize_session = 'evaluate'})
--! InvalidRequestError: Could not evaluate current criteria in memory: the function lower() is for the database
--!   give synchronize_session = 'fetch', or false to leave loaded objects as they are
session:execute(db.update(User):values{age = 31}, nil, {synchronize_session = 'evalute'})
--! ArgumentError: synchronize_session has no 'evalute'; did you mean 'evaluate'?
--!   there are: 'auto', 'evaluate', 'fetch', false
session:execute(db.update(User):values{age = 31}, nil, {synchronize_session = 3})
--! ArgumentError: synchronize_session takes 'auto', 'evaluate', 'fetch' or false, got number
session:execute(db.update(User):values{age = 31}, nil, {syncronize_session = 'fetch'})
--! TypeError: execution_options has no option 'syncronize_session'; did you mean 'synchronize_session'?
db.clear_recorded_queries()
session:execute(db.update(User):where(User.id:in_{1, 2}):values{age = 40}, nil, {synchronize_session = 'evaluate'})
print(ada.age, bob.age, cyd.age)
sql()
--> 40	40	30
--> UPDATE user SET age=?, touched=? WHERE user.id IN (?, ?)  [40, 5, 1, 2]
session:execute(db.update(User):where(User.id:eq(1)):values{age = 41}, nil, {synchronize_session = 'fetch'})
print(ada.age)
sql()
--> 41
--> UPDATE user SET age=?, touched=? WHERE user.id = ? RETURNING id  [41, 5, 1]
session:execute(db.update(User):where(User.id:eq(1)):values{age = 42}, nil, {synchronize_session = false})
print(ada.age)
session:refresh(ada)
print(ada.age)
--> 41
--> 42
-- NULL in a condition is neither true nor false
db.clear_recorded_queries()
ada.email = 'ada@x.org'
session:flush()
r = session:execute(db.update(User):where(db.not_(User.email:eq 'bob@x.org')):values{age = 50}, nil, {synchronize_session = 'evaluate'})
print(r.rowcount, ada.age, bob.age, cyd.age)
--> 1	50	40	30
r = session:execute(db.update(User):where(User.email:eq(nil), User.age:between(30, 45)):values{age = db.null}, nil, {synchronize_session = 'evaluate'})
print(r.rowcount, ada.age, bob.age, cyd.age)
--> 2	50	nil	nil
-- a change that waits is written first; without autoflush it is lost to what the statement wrote
fresh()
bob.age = 21
r = session:execute(db.update(User):where(User.age:eq(21)):values{name = 'b'})
print(r.rowcount, bob.name)
sql()
--> 1	b
--> UPDATE user SET age=?, touched=? WHERE user.id = ?  [21, 5, 2]
--> UPDATE user SET name=?, touched=? WHERE user.age = ?  [b, 5, 21]
bob.name = 'waiting'
r = session:execute(db.update(User):where(User.id:eq(2)):values{name = 'written'}, nil, {autoflush = false})
print(bob.name, session:is_modified(bob))
session:commit()
print(bob.name)
--> written	false
--> written
-- expired objects need nothing: they are read again anyway
db.clear_recorded_queries()
session:execute(db.update(User):where(User.id:eq(2)):values{name = 'later'}, nil, {synchronize_session = 'evaluate'})
sql()
print(bob.name)
sql()
--> UPDATE user SET name=?, touched=? WHERE user.id = ?  [later, 5, 2]
--> later
-- an attribute that is not loaded cannot be told: what was set is read again
session:expire(cyd, {'age'})
session:execute(db.update(User):where(User.age:eq(20)):values{name = 'c'})
db.clear_recorded_queries()
print(cyd.name)
sql()
--> c
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email, user.touched AS user_touched FROM user WHERE user.id = ?  [3]
-- a new foreign key leads elsewhere
fresh()
session:execute(db.insert(Post):values{id = 1, title = 'p', user_id = 1})
p = session:get(Post, 1)
print(p.author.name)
session:execute(db.update(Post):values{user_id = 2})
print(p.author.name)
--> ada
--> bob
-- a new primary key
session:execute(db.delete(Post))
session:execute(db.update(User):where(User.id:eq(3)):values{id = 30})
print(cyd.id, session:get(User, 30) == cyd, session:get(User, 3), cyd.name)
session:execute(db.update(User):where(User.name:like 'cy%'):values{id = 31})
print(cyd.id, session:get(User, 31) == cyd)
session:rollback()
print(cyd.id, session:get(User, 3) == cyd)
--> 30	true	nil	cyd
--> 31	true
--> 3	true
-- with a savepoint, objects go back with it
session:begin_nested()
session:execute(db.update(User):values{age = 1})
session:execute(db.delete(User):where(User.id:eq(3)))
print(ada.age, moonbase.inspect(cyd).state)
session:rollback()
print(ada.age, moonbase.inspect(cyd).state, cyd.age)
--> 1	deleted
--> 36	persistent	20

-- --- UPDATE with RETURNING, parameters, lists ---------------------------------------------------------------
fresh()
list = session:scalars(db.update(User):where(User.age:eq(20)):values{age = User.age * 2}:returning(User)):all()
print(#list, list[1] == bob, bob.age, cyd.age)
sql()
--> 2	true	40	40
--> UPDATE user SET age=(user.age * ?), touched=? WHERE user.age = ? RETURNING id, name, age, email, touched  [2, 5, 20]
r = session:execute(db.update(User):where(User.id:le(2)):values{age = 7}:returning(User.id, User.name))
print(r.rowcount)
for row in r do print(row.id, row.name) end
print(ada.age, bob.age)
sql()
--> 2
--> 1	ada
--> 2	bob
--> 7	7
--> UPDATE user SET age=?, touched=? WHERE user.id <= ? RETURNING id, name  [7, 5, 2]
r = session:execute(db.update(User):where(User.name:like 'a%'):values{age = 8}:returning(User.id))
print(r:scalar(), ada.age)
sql()
--> 1	8
--> UPDATE user SET age=?, touched=? WHERE user.name LIKE ? RETURNING id, id AS id_1  [8, 5, a%]
-- named parameters; and columns that only the parameters name
r = session:execute(db.update(User):where(User.id:eq(db.bindparam 'who')):values{age = 9}, {who = 1})
print(r.rowcount, ada.age)
r = session:execute(db.update(User):where(User.id:eq(1)), {name = 'A', age = 10})
print(r.rowcount, ada.name, ada.age)
r = session:execute(db.update(User):where(User.id:eq(db.bindparam 'who')):values{age = db.bindparam 'n'}, {{who = 1, n = 11}, {who = 2, n = 12}})
print(r.rowcount, ada.age, bob.age)
--> 1	9
--> 1	A	10
--> 2	11	12
-- many rows by primary key
db.clear_recorded_queries()
r = session:execute(db.update(User), {{id = 1, name = 'one'}, {id = 2, name = 'two'}, {id = 3, age = 33, name = 'three'}})
print(r.rowcount, ada.name, bob.name, cyd.name, cyd.age)
sql()
--> 3	one	two	three	33
--> UPDATE user SET name=?, touched=? WHERE user.id = ?  [one, 5, 1]
--> UPDATE user SET name=?, age=?, touched=? WHERE user.id = ?  [three, 33, 5, 3]
r = session:execute(db.update(Seat), {{row = 1, number = 1, taken = true}})
--! StaleDataError: UPDATE of Seat by primary key matched 0 rows instead of 1
--!   while execute: row 1
session:rollback()
session:execute(db.insert(Seat), {{row = 1, number = 1}, {row = 1, number = 2, price = '1.50'}})
db.clear_recorded_queries()
seat = session:get(Seat, {1, 2})
print(session:execute(db.update(Seat), {{row = 1, number = 1, taken = true}, {row = 1, number = 2, price = '2.50'}}).rowcount, seat.price)
sql()
--> 2	2.50
--> SELECT seat."row" AS seat_row, seat.number AS seat_number, seat.taken AS seat_taken, seat.price AS seat_price FROM seat WHERE seat."row" = ? AND seat.number = ?  [1, 2]
--> UPDATE seat SET taken=? WHERE seat."row" = ? AND seat.number = ?  [1, 1, 1]
--> UPDATE seat SET price=? WHERE seat."row" = ? AND seat.number = ?  [2.5, 1, 2]
--postgresql> 2	2.50
--postgresql> SELECT seat.row AS seat_row, seat.number AS seat_number, seat.taken AS seat_taken, seat.price AS seat_price FROM seat WHERE seat.row = ? AND seat.number = ?  [1, 2]
--postgresql> UPDATE seat SET taken=? WHERE seat.row = ? AND seat.number = ?  [true, 1, 1]
--postgresql> UPDATE seat SET price=? WHERE seat.row = ? AND seat.number = ?  [2.50, 1, 2]
session:execute(db.update(Seat), {{row = 1, taken = true}})
--! InvalidRequestError: execute: row 1 does not name the whole primary key of Seat
session:execute(db.update(User), {{id = 1, nme = 'x'}})
--! InvalidRequestError: User has no attribute 'nme'; did you mean 'name'?
session:execute(db.update(User), {{id = 1, age = 'x'}})
--! TypeError: User.age: Integer takes a whole number, got text 'x'
--!   while execute: row 1
session:execute(db.update(User), {id = 1, name = 'x'})
--! InvalidRequestError: this UPDATE of User would set the primary key of every row
--!   rows by their keys are a list: execute(db.update(User), { {id = 1, …} })
session:execute(db.update(User):returning(User), {{id = 1, name = 'x'}})
--! InvalidRequestError: an UPDATE of a list of rows by primary key cannot have returning()
session:execute(db.update(User):where(User.id:eq(1)))
--! ArgumentError: this UPDATE of user sets nothing
--!   write db.update(…):values{name = value}
session:execute(db.update(User):where(User.id:eq(1)), {nme = 1})
--! CompileError: Unconsumed column names: nme; did you mean 'name'?
--!   The columns of user are id, name, age, email, touched.
db.update(User):values{nme = 1}
--! ArgumentError: values: User has no column 'nme'; did you mean 'name'?
db.update(User):values{age = 'x'}
--! TypeError: User.age: Integer takes a whole number, got text 'x'

-- --- DELETE -------------------------------------------------------------------------------------------------
fresh()
r = session:execute(db.delete(User):where(User.age:eq(20)))
print(r.rowcount, moonbase.inspect(bob).state, moonbase.inspect(ada).state, session:get(User, 2), #session.deleted)
sql()
--> 2	deleted	persistent	nil	0
--> DELETE FROM user WHERE user.age = ?  [20]
--> SELECT user.id AS user_id, user.name AS user_name, user.age AS user_age, user.email AS user_email, user.touched AS user_touched FROM user WHERE user.id = ?  [2]
session:rollback()
print(moonbase.inspect(bob).state, bob.name)
--> persistent	bob
-- objects of which too little is loaded: the database says which rows went
session:expire(bob)
db.clear_recorded_queries()
session:execute(db.delete(User):where(User.age:eq(20)))
print(moonbase.inspect(bob).state, moonbase.inspect(cyd).state)
sql()
--> deleted	deleted
--> DELETE FROM user WHERE user.age = ? RETURNING id  [20]
session:rollback()
print(ada.name, bob.name, cyd.name)
db.clear_recorded_queries()
gone = session:scalars(db.delete(User):where(User.age:eq(20)):returning(User)):all()
print(#gone, gone[1] == bob, bob.name, moonbase.inspect(bob).state)
print(session:execute(db.delete(User):where(User.id:eq(1)):returning(User.name)):scalar(), moonbase.inspect(ada).state)
sql()
--> ada	bob	cyd
--> 2	true	bob	deleted
--> ada	deleted
--> DELETE FROM user WHERE user.age = ? RETURNING id, name, age, email, touched  [20]
--> DELETE FROM user WHERE user.id = ? RETURNING name  [1]
session:rollback()
session:execute(db.delete(User):where(User.id:eq(1)), nil, {synchronize_session = false})
print(moonbase.inspect(ada).state)
--> persistent
fresh()
r = session:execute(db.delete(User):where(User.id:eq(db.bindparam 'who')), {{who = 1}, {who = 2}, {who = 9}})
print(r.rowcount, moonbase.inspect(ada).state, moonbase.inspect(cyd).state)
--> 2	deleted	persistent

-- --- through a query ------------------------------------------------------------------------------------------
fresh()
print(User.query:filter(User.age:gt(19), User.id:ne(3)):update{age = User.age + 1}, ada.age, bob.age, cyd.age)
sql()
--> 2	37	21	20
--> UPDATE user SET age=(user.age + ?), touched=? WHERE user.age > ? AND user.id != ?  [1, 5, 19, 3]
print(User.query:filter(User.name:like 'b%'):delete(), moonbase.inspect(bob).state)
sql()
--> 1	deleted
--> DELETE FROM user WHERE user.name LIKE ? RETURNING id  [b%]
User.query:filter(User.name:like 'b%'):update({age = 1}, {synchronize_session = 'evaluate'})
--! InvalidRequestError: Could not evaluate current criteria in memory: the operator LIKE is the database's own
--!   give synchronize_session = 'fetch', or false to leave loaded objects as they are

-- --- upsert ---------------------------------------------------------------------------------------------------
fresh()
ada.email = 'ada@x.org'
session:commit()
print(ada.name)
ins = db.insert(User):values{ {name = 'ada 2', email = 'ada@x.org'}, {name = 'new', email = 'new@x.org'} }
db.clear_recorded_queries()
list = session:scalars(ins:on_conflict_do_update{index_elements = {User.email}, set = {name = ins.excluded.name}}:returning(User)):all()
print(#list, list[1] == ada, ada.name, list[2].name)
sql()
--> ada
--> 2	true	ada 2	new
--> INSERT INTO user (name, email, age) VALUES (?, ?, ?), (?, ?, ?) ON CONFLICT (email) DO UPDATE SET name = excluded.name RETURNING id, name, age, email, touched  [ada 2, ada@x.org, 18, new, new@x.org, 18]
print(session:execute(ins:on_conflict_do_nothing{index_elements = {'email'}}).rowcount)
print(#session:scalars(ins:on_conflict_do_nothing():returning(User)):all())
--> 0
--> 0
up = db.insert(User):on_conflict_do_update{index_elements = {'email'}, set_ = {age = db.excluded(User).age}}
print(session:execute(up, {{name = 'x', email = 'ada@x.org', age = 70}, {name = 'y', email = 'y@x.org', age = 71}}).rowcount)
session:refresh(ada)
print(ada.age)
--> 2
--> 70
for _, dialect in ipairs{'sqlite', 'postgresql'} do
  local function show(statement) print((tostring(statement:compile{dialect = dialect}):gsub('%s+', ' '))) end
  local one = db.insert(User):values{name = 'x', email = 'e'}
  show(one:on_conflict_do_nothing())
  show(one:on_conflict_do_nothing{index_elements = {'email'}, index_where = User.age:gt(3)})
  show(one:on_conflict_do_nothing{constraint = 'uq_email'})
  show(one:on_conflict_do_update{constraint = 'uq_email', set_ = {name = one.excluded.name, age = User.age + 1}, where = User.age:lt(one.excluded.age)})
  show(ins:on_conflict_do_update{index_elements = {'email'}, set_ = {name = db.func.coalesce(ins.excluded.name, 'none')}}:returning(User.id))
end
--> INSERT INTO user (name, email) VALUES (?, ?) ON CONFLICT DO NOTHING
--> INSERT INTO user (name, email) VALUES (?, ?) ON CONFLICT (email) WHERE age > ? DO NOTHING
--> INSERT INTO user (name, email) VALUES (?, ?) ON CONFLICT ON CONSTRAINT uq_email DO NOTHING
--> INSERT INTO user (name, email) VALUES (?, ?) ON CONFLICT ON CONSTRAINT uq_email DO UPDATE SET name = excluded.name, age = (user.age + ?) WHERE user.age < excluded.age
--> INSERT INTO user (name, email) VALUES (?, ?), (?, ?) ON CONFLICT (email) DO UPDATE SET name = coalesce(excluded.name, ?) RETURNING id
--> INSERT INTO "user" (name, email) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING id
--> INSERT INTO "user" (name, email) VALUES ($1, $2) ON CONFLICT (email) WHERE age > $3 DO NOTHING RETURNING id
--> INSERT INTO "user" (name, email) VALUES ($1, $2) ON CONFLICT ON CONSTRAINT uq_email DO NOTHING RETURNING id
--> INSERT INTO "user" (name, email) VALUES ($1, $2) ON CONFLICT ON CONSTRAINT uq_email DO UPDATE SET name = excluded.name, age = ("user".age + $3) WHERE "user".age < excluded.age RETURNING id
--> INSERT INTO "user" (name, email) VALUES ($1, $2), ($3, $4) ON CONFLICT (email) DO UPDATE SET name = coalesce(excluded.name, $5) RETURNING id
one = db.insert(User):values{name = 'x'}
one:on_conflict_do_update{index_elements = {'nme'}, set_ = {name = 'y'}}
--! ArgumentError: on_conflict_do_update: User has no column 'nme'; did you mean 'name'?
one:on_conflict_do_update{index_elements = {'email'}, set_ = {nme = 'y'}}
--! ArgumentError: set_: User has no column 'nme'; did you mean 'name'?
one:on_conflict_do_update{index_elements = {'email'}, set_ = {}}
--! ArgumentError: on_conflict_do_update needs set_ = {column = value}
one:on_conflict_do_update{set_ = {name = 'y'}}
--! ArgumentError: on_conflict_do_update needs index_elements: which columns must collide
--!   write on_conflict_do_update{index_elements = {'email'}, set_ = {name = 'x'}}
one:on_conflict_do_update{index_elements = {'email'}, set_ = {name = 'y'}, set = {name = 'z'}}
--! ArgumentError: on_conflict_do_update: set_ and set are the same
one:on_conflict_do_nothing{index_elements = {'email'}, constraint = 'uq'}
--! ArgumentError: on_conflict_do_nothing takes index_elements or constraint, not both

-- --- INSERT from a SELECT, DEFAULT VALUES, other tables -------------------------------------------------------
fresh()
r = session:execute(db.insert(Post):from_select({'title', 'user_id'}, db.select(User.name, User.id):where(User.age:eq(20))))
print(r.rowcount, Post.query:count())
sql()
--> 2	2
--> INSERT INTO post (title, user_id) SELECT user.name, user.id FROM user WHERE user.age = ?  [20]
--> SELECT count(*) AS count_1 FROM post
list = session:scalars(db.insert(Post):from_select({'title'}, db.select(User.name)):returning(Post)):all()
print(#list, list[1].title)
--> 3	ada
-- client-side defaults go along
r = session:execute(db.insert(User):from_select({'name'}, db.select(Post.title)))
print(r.rowcount, User.query:filter_by{age = 18}:count())
sql()
--> 5	5
--> INSERT INTO post (title) SELECT user.name FROM user RETURNING id, title, user_id
--> INSERT INTO user (name, age) SELECT post.title, ? AS anon_1 FROM post  [18]
--> SELECT count(*) AS count_1 FROM user WHERE user.age = ?  [18]
print(session:execute(db.insert(Post)).rowcount)
sql()
--> 1
--> INSERT INTO post DEFAULT VALUES
fresh()
session:execute(db.insert(Post), {{id = 1, title = 'ada', user_id = 1}, {id = 2, title = 'x', user_id = 2}})
db.clear_recorded_queries()
r = session:execute(db.update(User):where(User.id:eq(Post.user_id), Post.title:eq(User.name)):values{age = 99})
print(r.rowcount, ada.age, bob.age)
sql()
--> 1	99	20
--> UPDATE user SET age=?, touched=? FROM post WHERE user.id = post.user_id AND post.title = user.name RETURNING user.id  [99, 5]
p = session:get(Post, 1)
r = session:execute(db.delete(Post):where(Post.user_id:eq(User.id), User.name:eq 'ada'))
print(r.rowcount, moonbase.inspect(p).state)
sql()
--> 1	deleted
--> SELECT post.id AS post_id, post.title AS post_title, post.user_id AS post_user_id FROM post WHERE post.id = ?  [1]
--> DELETE FROM post WHERE EXISTS (SELECT 1 FROM user WHERE post.user_id = user.id AND user.name = ?) RETURNING id  [ada]
old = db.select(User.id):where(User.age:gt(50)):cte 'old'
r = session:execute(db.update(User):where(User.id:in_(db.select(old.c.id))):values{name = 'old'})
print(r.rowcount, ada.name)
sql()
--> 1	old
--> WITH old AS (SELECT user.id FROM user WHERE user.age > ?) UPDATE user SET name=?, touched=? WHERE user.id IN (SELECT old.id FROM old) RETURNING id  [50, old, 5]
print(session:execute(db.delete(User):where(User.id:in_(db.select(old.c.id)))).rowcount, moonbase.inspect(ada).state)
sql()
--> 1	deleted
--> WITH old AS (SELECT user.id FROM user WHERE user.age > ?) DELETE FROM user WHERE user.id IN (SELECT old.id FROM old) RETURNING id  [50]

-- --- a plain table has no objects ------------------------------------------------------------------------------
fresh()
r = session:execute(db.update(User.__table__):where(User.id:eq(1)):values{name = 'core'})
print(r.rowcount, ada.name)
r = session:execute(db.update(User.__table__):where(User.id:eq(1)), {name = 'core 2'})
print(r.rowcount, session:execute(db.select(User.name):where(User.id:eq(1))):scalar())
print(session:execute(db.update(User.__table__):where(User.id:eq(1)):values{name = 'c3'}:returning(User.__table__)):one().name)
session:rollback()
--> 1	ada
--> 1	core 2
--> c3
