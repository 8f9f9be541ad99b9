-- The session: what is sent and when, states, transactions, what a failure leaves.
moonbase = require 'moonbase'
app = moonbase.App 'sessions'
app.config:update{DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
db = moonbase.Database(app)
session = db.session
function sql()
  for _, q in ipairs(db.get_recorded_queries()) do
    local values = {}
    for i, v in ipairs(q.parameters or {}) do values[i] = tostring(v) end
    print((q.statement:gsub('%s+', ' ')) .. (values[1] and '  [' .. table.concat(values, ', ') .. ']' or ''))
  end
  db.clear_recorded_queries()
end
function names(list)
  local out = {}
  for _, x in ipairs(list) do out[#out + 1] = tostring(x) end
  return '{' .. table.concat(out, ', ') .. '}'
end
function state(x) return moonbase.inspect(x).state end

User = db.Model 'User' {
  id       = db.Column{db.Integer, primary_key = true},
  username = db.Column{db.String(64), unique = true},
  email    = db.Column{db.String(120)},
  posts    = db.relationship{'Post', backref = 'author'},
}
function User:__repr__() return ('<User %s>'):format(self.username) end
Post = db.Model 'Post' {
  id      = db.Column{db.Integer, primary_key = true},
  body    = db.Column{db.String(140), nullable = false},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
}
function Post:__repr__() return ('<Post %s>'):format(self.body) end
db.create_all()
db.clear_recorded_queries()

-- --- the five states ----------------------------------------------------------------------------------
u = User{username = 'susan'}
print(state(u), session:contains(u), #session.new)
session:add(u)
print(state(u), session:contains(u), #session.new, session.new:contains(u), names(session.new))
session:add(u)
session:flush()
print(state(u), #session.new, u.id, moonbase.inspect(u).identity[1])
session:delete(u)
print(state(u), session.deleted:contains(u), #session.deleted)
session:flush()
print(state(u), session:contains(u), #session.deleted)
session:commit()
print(state(u), moonbase.inspect(u).detached, moonbase.inspect(u).persistent)
sql()
--> transient	false	0
--> pending	true	1	true	{<User susan>}
--> persistent	0	1	1
--> persistent	true	1
--> deleted	false	0
--> detached	true	false
--> BEGIN IMMEDIATE
--> INSERT INTO user (username, email) VALUES (?, ?)  [susan, null]
--> SELECT post.id AS post_id, post.body AS post_body, post.user_id AS post_user_id FROM post WHERE post.user_id = ?  [1]
--> DELETE FROM user WHERE user.id = ?  [1]
--> COMMIT

-- --- add and add_all, commit, expiry -----------------------------------------------------------------
a, b, c = User{username = 'a'}, User{username = 'b'}, User{username = 'c'}
session:add_all{c, a}
session:add(b)
print(names(session.new))
session:commit()
print(c.id, a.id, b.id)
sql()
--> {<User c>, <User a>, <User b>}
--> 1	2	3
--> BEGIN IMMEDIATE
--> INSERT INTO user (username, email) VALUES (?, ?)  [c, null]
--> COMMIT
--postgresql> {<User c>, <User a>, <User b>}
--postgresql> 2	3	4
--postgresql> INSERT INTO user
print(a.username, a.username, a.email)
sql()
--> a	a	nil
--> BEGIN
--> SELECT user.id AS user_id, user.username AS user_username, user.email AS user_email FROM user WHERE user.id = ?  [2]
--postgresql> a	a	nil
--postgresql> SELECT user.id AS user_id, user.username AS user_username, user.email AS user_email FROM user WHERE user.id = ?  [3]
session:commit()
sql()
--> COMMIT
a.username = 'a2'
print(session:is_modified(a), #session.dirty, session.dirty:contains(a), session.dirty:contains(b))
a.username = 'a'
print(session:is_modified(a), #session.dirty)
session:flush()
print(#session.dirty)
sql()
--> true	1	true	false
--> true	1
--> 0
--> BEGIN IMMEDIATE
--> UPDATE user SET username=? WHERE user.id = ?  [a, 2]
--postgresql> true	1	true	false
--postgresql> true	1
--postgresql> 0
--postgresql> UPDATE user SET username=? WHERE user.id = ?  [a, 3]
a.username = 'a2'
session:rollback()
print(a.username)
sql()
--> a
--> ROLLBACK
--> BEGIN
--> SELECT user.id AS user_id, user.username AS user_username, user.email AS user_email FROM user WHERE user.id = ?  [2]
--postgresql> a
--postgresql> SELECT user.id AS user_id, user.username AS user_username, user.email AS user_email FROM user WHERE user.id = ?  [3]

-- --- autoflush ------------------------------------------------------------------------------------------
a.email = 'a@x'
session:add(User{username = 'd'})
print(User.query:count())
sql()
--> 4
--> COMMIT
--> BEGIN IMMEDIATE
--> UPDATE user SET email=? WHERE user.id = ?  [a@x, 2]
--> INSERT INTO user (username, email) VALUES (?, ?)  [d, null]
--> SELECT count(*) AS count_1 FROM user
--postgresql> 4
--postgresql> UPDATE user SET email=? WHERE user.id = ?  [a@x, 3]
--postgresql> INSERT INTO user
--postgresql> SELECT count(*) AS count_1 FROM user
session:no_autoflush(function()
  a.email = 'a@y'
  print(User.query:filter_by{email = 'a@y'}:count())
end)
print(User.query:filter_by{email = 'a@y'}:count())
sql()
--> 0
--> 1
--> SELECT count(*) AS count_1 FROM user WHERE user.email = ?  [a@y]
--> UPDATE user SET email=? WHERE user.id = ?  [a@y, 2]
--> SELECT count(*) AS count_1 FROM user WHERE user.email = ?  [a@y]
--postgresql> 0
--postgresql> 1
--postgresql> SELECT count(*) AS count_1 FROM user WHERE user.email = ?  [a@y]
--postgresql> UPDATE user SET email=? WHERE user.id = ?  [a@y, 3]
--postgresql> SELECT count(*) AS count_1 FROM user WHERE user.email = ?  [a@y]
do
  local held <close> = session:no_autoflush()
  a.email = 'a@z'
  print(User.query:filter_by{email = 'a@z'}:count())
end
print(User.query:filter_by{email = 'a@z'}:count())
print(pcall(session.no_autoflush, session, function() error('inside', 0) end))
a.email = 'a@q'
print(User.query:filter_by{email = 'a@q'}:count())
session:rollback()
sql()
--> 0
--> 1
--> false	inside
--> 1
--> SELECT count(*) AS count_1 FROM user WHERE user.email = ?  [a@z]
--> UPDATE user SET email=? WHERE user.id = ?  [a@z, 2]
--> SELECT count(*) AS count_1 FROM user WHERE user.email = ?  [a@z]
--> UPDATE user SET email=? WHERE user.id = ?  [a@q, 2]
--> SELECT count(*) AS count_1 FROM user WHERE user.email = ?  [a@q]
--> ROLLBACK
--postgresql> 0
--postgresql> 1
--postgresql> false	inside
--postgresql> 1
--postgresql> SELECT count(*) AS count_1 FROM user WHERE user.email = ?  [a@z]
--postgresql> UPDATE user SET email=? WHERE user.id = ?  [a@z, 3]
--postgresql> SELECT count(*) AS count_1 FROM user WHERE user.email = ?  [a@z]
--postgresql> UPDATE user SET email=? WHERE user.id = ?  [a@q, 3]
--postgresql> SELECT count(*) AS count_1 FROM user WHERE user.email = ?  [a@q]

-- --- rollback puts objects back ----------------------------------------------------------------------------
e = User{username = 'e'}
session:add(e)
session:flush()
print(state(e), e.id)
session:delete(b)
session:flush()
a.username = 'renamed'
session:rollback()
print(state(e), e.username, e.id, state(b), b.username, a.username, #session.new, #session.dirty)
db.clear_recorded_queries()
session:add(e)
session:commit()
print(state(e), e.id)
--> persistent	4
--> transient	e	4	persistent	b	a	0	0
--> persistent	4
--postgresql> persistent	6
--postgresql> transient	e	6	persistent	b	a	0	0
--postgresql> persistent	6

-- --- get, identity, refresh, expire, expunge ------------------------------------------------------------
session:commit()
db.clear_recorded_queries()
print(rawequal(session:get(User, a.id), a), rawequal(User.query:get(a.id), a))
sql()
--> true	true
print(session:get(User, 99), session:get(User, nil), session:get(User, db.null))
sql()
--> nil	nil	nil
--> BEGIN
--> SELECT user.id AS user_id, user.username AS user_username, user.email AS user_email FROM user WHERE user.id = ?  [99]
print(session:get(User, 'x'))
--! TypeError: Integer takes a whole number, got text 'x'
--!   while looking for User by its primary key
print(session:get(User, {1, 2}))
--! InvalidRequestError: User has a key of 1 column (id), and get() was given 2 values
--!   get(id)
print(session:get('User', 1))
--! UnmappedClassError: expected a mapped class, got string
--!   classes are declared with User = db.Model 'User' {…}
session:execute(db.text [[UPDATE "user" SET email = 'direct' WHERE username = 'a']])
print(a.email)
session:expire(a, {'email'})
print(a.email)
session:execute(db.text [[UPDATE "user" SET email = 'again', username = 'other' WHERE username = 'a']])
session:refresh(a, 'email')
print(a.email, a.username)
session:refresh(a)
print(a.email, a.username)
a.username = 'dropped'
session:expire(a)
print(a.username)
session:expire_all()
db.clear_recorded_queries()
print(a.username, b.username)
sql()
session:rollback()
--> direct
--> direct
--> again	a
--> again	other
--> other
--> other	b
--> SELECT user.id AS user_id, user.username AS user_username, user.email AS user_email FROM user WHERE user.id = ?  [2]
--> SELECT user.id AS user_id, user.username AS user_username, user.email AS user_email FROM user WHERE user.id = ?  [3]
--postgresql> direct
--postgresql> direct
--postgresql> again	a
--postgresql> again	other
--postgresql> other
--postgresql> other	b
--postgresql> SELECT user.id AS user_id, user.username AS user_username, user.email AS user_email FROM user WHERE user.id = ?  [3]
--postgresql> SELECT user.id AS user_id, user.username AS user_username, user.email AS user_email FROM user WHERE user.id = ?  [4]
session:refresh(User{username = 'x'})
--! InvalidRequestError: <User (transient)> is not persistent in this session, so it has no row to read
session:expire(a, 'usrname')
--! InvalidRequestError: User has no attribute 'usrname'; did you mean 'username'?
print(a.username)
session:expunge(a)
print(state(a), session:contains(a), a.username)
a.email = 'offline'
session:add(a)
session:commit()
print(state(a), a.email)
session:commit()
session:expunge(a)
print(a.username)
--! DetachedInstanceError: <User 2> is not in a session, so its 'username' cannot be loaded
--!   its session was closed or it was expunged: add it to a session again, or read the attribute before that
--postgresql! DetachedInstanceError: <User 3> is not in a session, so its 'username' cannot be loaded
--postgresql!   its session was closed or it was expunged: add it to a session again, or read the attribute before that
session:add(a)
print(a.username)
session:commit()
session:close()
print(state(a), state(b), #session.identity_map)
print(b.username)
--! DetachedInstanceError: <User 3> is not in a session, so its 'username' cannot be loaded
--!   its session was closed or it was expunged: add it to a session again, or read the attribute before that
--postgresql! DetachedInstanceError: <User 4> is not in a session, so its 'username' cannot be loaded
--postgresql!   its session was closed or it was expunged: add it to a session again, or read the attribute before that
session:expunge(b)
--! InvalidRequestError: <User 3> is not in this session
--postgresql! InvalidRequestError: <User 4> is not in this session
session:add(b)
b2 = User.query:get(b.id)
print(rawequal(b, b2))
session:expunge_all()
b2 = User.query:get(b.id)
print(rawequal(b, b2))
key = a.id
session:add(b)
--! InvalidRequestError: <User 3> is in this session already, as another object
--!   use that one, or session:merge(x)
--postgresql! InvalidRequestError: <User 4> is in this session already, as another object
--postgresql!   use that one, or session:merge(x)

-- --- merge ------------------------------------------------------------------------------------------------
session:close()
db.clear_recorded_queries()
given = User{id = key, username = 'merged', posts = {Post{body = 'new post'}}}
mine = session:merge(given)
print(rawequal(given, mine), state(given), state(mine), mine.username, mine.email, #mine.posts, state(mine.posts[1]))
session:commit()
print(rawequal(session:merge(mine), mine))
print(session:merge(User{username = 'from nowhere'}).username, #session.new)
sql()
session:rollback()
--> false	transient	persistent	merged	offline	1	pending
--> true
--> from nowhere	1
--> BEGIN
--> SELECT user.id AS user_id, user.username AS user_username, user.email AS user_email FROM user WHERE user.id = ?  [2]
--> SELECT post.id AS post_id, post.body AS post_body, post.user_id AS post_user_id FROM post WHERE post.user_id = ?  [2]
--> COMMIT
--> BEGIN IMMEDIATE
--> UPDATE user SET username=? WHERE user.id = ?  [merged, 2]
--> INSERT INTO post (body, user_id) VALUES (?, ?)  [new post, 2]
--> COMMIT
--postgresql> false	transient	persistent	merged	offline	1	pending
--postgresql> true
--postgresql> from nowhere	1
--postgresql> SELECT user.id AS user_id, user.username AS user_username, user.email AS user_email FROM user WHERE user.id = ?  [3]
--postgresql> SELECT post.id AS post_id, post.body AS post_body, post.user_id AS post_user_id FROM post WHERE post.user_id = ?  [3]
--postgresql> UPDATE user SET username=? WHERE user.id = ?  [merged, 3]
--postgresql> INSERT INTO post

-- --- delete ---------------------------------------------------------------------------------------------
session:delete(User{username = 'x'})
--! InvalidRequestError: <User (transient)> has no row that could be deleted
--!   it was never added to a session
pending = User{username = 'x'}
session:add(pending)
session:delete(pending)
--! InvalidRequestError: <User (pending)> has no row that could be deleted
--!   it was only added: session:expunge(x) takes it out again
session:expunge(pending)
print(state(pending), #session.new)
mine = session:get(User, key)
session:delete(mine)
session:add(mine)
print(#session.deleted)
db.clear_recorded_queries()
session:delete(mine)
session:commit()
sql()
print(Post.query:one().user_id)
mine = nil
--> transient	0
--> 0
--> SELECT post.id AS post_id, post.body AS post_body, post.user_id AS post_user_id FROM post WHERE post.user_id = ?  [2]
--> COMMIT
--> BEGIN IMMEDIATE
--> UPDATE post SET user_id=? WHERE post.id = ?  [null, 1]
--> DELETE FROM user WHERE user.id = ?  [2]
--> COMMIT
--> nil
--postgresql> transient	0
--postgresql> 0
--postgresql> SELECT post.id AS post_id, post.body AS post_body, post.user_id AS post_user_id FROM post WHERE post.user_id = ?  [3]
--postgresql> UPDATE post SET user_id=? WHERE post.id = ?  [null, 1]
--postgresql> DELETE FROM user WHERE user.id = ?  [3]
--postgresql> nil
gone = User.query:filter_by{username = 'c'}:one()
session:execute(db.text [[DELETE FROM "user" WHERE username = 'c']])
gone.username = 'too late'
session:flush()
--! StaleDataError: UPDATE of <User 1> on table 'user' matched 0 rows instead of 1
--!   while UPDATE of <User 1> (id = 1, username = 'too late')
--!   the row was deleted or its key was changed by somebody else: rollback, then query for it again
--postgresql! StaleDataError: UPDATE of <User 2> on table 'user' matched 0 rows instead of 1
--postgresql!   while UPDATE of <User 2> (id = 2, username = 'too late')
--postgresql!   the row was deleted or its key was changed by somebody else: rollback, then query for it again
session:rollback()

session:delete(User)
--! TypeError: expected an object, got the class User
--!   make one: User{…}
session:add()
--! TypeError: add takes an object: db.session:add(u)
session:add(nil)
--! UnmappedInstanceError: expected a mapped object, got nil
--!   objects are made by their class: User{…}
session:add(User)
--! TypeError: expected an object, got the class User
--!   make one: User{…}
session:add{a, b}
--! UnmappedInstanceError: expected a mapped object, got table
--!   several objects are added with add_all; one is made by its class: User{…}
session:add 'x'
--! UnmappedInstanceError: expected a mapped object, got string
--!   objects are made by their class: User{…}
session:add_all(User{})
--! TypeError: add_all takes a list of objects, got User
--!   db.session:add_all{u1, u2}; one object goes to add
session:add_all{User{username = 'fine'}, 3}
--! UnmappedInstanceError: add_all: item 2 is no mapped object, but number
print(#session.new)
session.add(User{})
--! TypeError: db.session.add(…): methods take a colon: db.session:add(…)
session:ad(User{})
--! AttributeError: Session has no attribute 'ad'; did you mean 'add'?
session.new = {}
--! AttributeError: Session.new cannot be assigned
session.autoflsh = true
--! AttributeError: Session has no attribute 'autoflsh'

-- --- a flush that fails -----------------------------------------------------------------------------------
session:rollback()
User.query:delete()
session:add_all{User{username = 'taken'}, User{username = 'kept'}}
session:commit()
kept = User.query:filter_by{username = 'kept'}:one()
kept.email = 'unsaved'
bad, good = User{username = 'taken', email = 'bad@x'}, User{username = 'good'}
session:add_all{bad, good}
ok, err = pcall(session.commit, session)
print(ok, err.kind)
print(err.message)
print(err.statement, #err.params, err.params[1], err.orig, err.sqlstate)
print(err)
print(session.is_active)
--> false	IntegrityError
--> UNIQUE constraint failed: user.username
--> INSERT INTO user (username, email) VALUES (?, ?)	2	taken	UNIQUE constraint failed: user.username	SQLITE_CONSTRAINT_UNIQUE
--> IntegrityError: UNIQUE constraint failed: user.username
-->   while INSERT of <User (pending)> (username = 'taken', email = 'bad@x')
-->   [SQL: INSERT INTO user (username, email) VALUES (?, ?)]
-->   [parameters: ('taken', 'bad@x')]
-->   User.username must be unique, and 'taken' is taken: give <User (pending)> another value
-->   the object that has it: User.query:filter_by{username = 'taken'}:first()
-->   nothing of this flush was kept; call db.session:rollback() to go on
--> false
--postgresql> false	IntegrityError
--postgresql> duplicate key value violates unique constraint "user_username_key": Key (username)=(taken) already exists.
--postgresql> INSERT INTO user
--postgresql> DETAIL:  Key (username)=(taken) already exists.	23505
--postgresql> IntegrityError: duplicate key value violates unique constraint "user_username_key": Key (username)=(taken) already exists.
--postgresql>   DETAIL:  Key (username)=(taken) already exists.
--postgresql>   while INSERT of <User (pending)> (username = 'taken', email = 'bad@x')
--postgresql>   User.username must be unique, and 'taken' is taken: give <User (pending)> another value
--postgresql>   the object that has it: User.query:filter_by{username = 'taken'}:first()
--postgresql>   nothing of this flush was kept; call db.session:rollback() to go on
--postgresql> false
print(User.query:count())
--! PendingRollbackError: this session's transaction was rolled back by a failed flush (UNIQUE constraint failed: user.username)
--!   call db.session:rollback(), then go on; objects you added are there to be changed and added again
--postgresql! PendingRollbackError: this session's transaction was rolled back by a failed flush (duplicate key value violates unique constraint "user_username_key": Key (username)=(taken) already exists.)
--postgresql!   call db.session:rollback(), then go on; objects you added are there to be changed and added again
session:add(User{username = 'later'})
--! PendingRollbackError: this session's transaction was rolled back by a failed flush (UNIQUE constraint failed: user.username)
--!   call db.session:rollback(), then go on; objects you added are there to be changed and added again
--postgresql! PendingRollbackError: this session's transaction was rolled back by a failed flush (duplicate key value violates unique constraint "user_username_key": Key (username)=(taken) already exists.)
--postgresql!   call db.session:rollback(), then go on; objects you added are there to be changed and added again
session:commit()
--! PendingRollbackError: this session's transaction was rolled back by a failed flush (UNIQUE constraint failed: user.username)
--!   call db.session:rollback(), then go on; objects you added are there to be changed and added again
--postgresql! PendingRollbackError: this session's transaction was rolled back by a failed flush (duplicate key value violates unique constraint "user_username_key": Key (username)=(taken) already exists.)
--postgresql!   call db.session:rollback(), then go on; objects you added are there to be changed and added again
print(bad.username, bad.email, state(bad), good.username, state(good), kept.id)
--> taken	bad@x	transient	good	transient	2
--postgresql> taken	bad@x	transient	good	transient	8
print(kept.email)
--! PendingRollbackError: this session's transaction was rolled back by a failed flush (UNIQUE constraint failed: user.username)
--!   call db.session:rollback(), then go on; objects you added are there to be changed and added again
--postgresql! PendingRollbackError: this session's transaction was rolled back by a failed flush (duplicate key value violates unique constraint "user_username_key": Key (username)=(taken) already exists.)
--postgresql!   call db.session:rollback(), then go on; objects you added are there to be changed and added again
session:rollback()
print(session.is_active, state(bad), bad.username, bad.email, good.username, kept.email, User.query:count())
bad.username = 'free'
session:add_all{bad, good}
session:commit()
print(User.query:count(), bad.id ~= nil)
--> true	transient	taken	bad@x	good	nil	2
--> 4	true
session:add(Post{})
ok, err = pcall(session.flush, session)
print(err.kind, err.message)
session:rollback()
session:add(Post{body = 'x', user_id = 999})
ok, err = pcall(session.flush, session)
print(err.kind, err.message)
session:rollback()
session:add(Post{body = 'x', user_id = 999})
ok, err = pcall(function() return Post.query:all() end)
print(err.kind, err.hint)
print(err)
session:rollback()
--> IntegrityError	NOT NULL constraint failed: post.body
--> IntegrityError	FOREIGN KEY constraint failed
--> IntegrityError	Post.user_id = 999 refers to no row of user: set author of <Post (pending)> to a User instead, or correct it
--> nothing of this flush was kept; call db.session:rollback() to go on
--> IntegrityError: FOREIGN KEY constraint failed
-->   while INSERT of <Post (pending)> (body = 'x', user_id = 999)
-->   while autoflush before a query; session:no_autoflush(function) holds it back
-->   [SQL: INSERT INTO post (body, user_id) VALUES (?, ?)]
-->   [parameters: ('x', 999)]
-->   Post.user_id = 999 refers to no row of user: set author of <Post (pending)> to a User instead, or correct it
-->   nothing of this flush was kept; call db.session:rollback() to go on
--postgresql> IntegrityError	null value in column "body" of relation "post" violates not-null constraint: Failing row contains (2, null, null).
--postgresql> IntegrityError	insert or update on table "post" violates foreign key constraint "post_user_id_fkey": Key (user_id)=(999) is not present in table "user".
--postgresql> IntegrityError	Post.user_id = 999 refers to no row of user: set author of <Post (pending)> to a User instead, or correct it
--postgresql> nothing of this flush was kept; call db.session:rollback() to go on
--postgresql> IntegrityError: insert or update on table "post" violates foreign key constraint "post_user_id_fkey": Key (user_id)=(999) is not present in table "user".
--postgresql>   DETAIL:  Key (user_id)=(999) is not present in table "user".
--postgresql>   while INSERT of <Post (pending)> (body = 'x', user_id = 999)
--postgresql>   while autoflush before a query; session:no_autoflush(function) holds it back
--postgresql>   Post.user_id = 999 refers to no row of user: set author of <Post (pending)> to a User instead, or correct it
--postgresql>   nothing of this flush was kept; call db.session:rollback() to go on
-- A commit that fails leaves the same state.
deferred = moonbase.create_engine(fresh_database())
deferred:begin(function(conn)
  conn:execute(db.text 'CREATE TABLE "user" (id INTEGER PRIMARY KEY, username VARCHAR(64), email VARCHAR(120))')
  conn:execute(db.text 'CREATE TABLE post (id INTEGER PRIMARY KEY, body VARCHAR(140), user_id INTEGER REFERENCES "user" (id) DEFERRABLE INITIALLY DEFERRED)')
end)
late = moonbase.Session{bind = deferred}
orphan = Post{id = 1, body = 'orphan', user_id = 5}
late:add(orphan)
late:flush()
print(state(orphan))
ok, err = pcall(late.commit, late)
print(err)
print(late.is_active, state(orphan))
late:rollback()
print(late.is_active, late:query(Post):count())
--> persistent
--> IntegrityError: FOREIGN KEY constraint failed
-->   while commit
-->   [SQL: COMMIT]
-->   A row that is referred to does not exist, or rows still refer to the one being deleted or changed.
-->   a deferred foreign key is checked by COMMIT; nothing of this transaction was kept: call db.session:rollback() to go on
--> false	transient
--> true	0
--postgresql> persistent
--postgresql> IntegrityError: insert or update on table "post" violates foreign key constraint "post_user_id_fkey": Key (user_id)=(5) is not present in table "user".
--postgresql>   DETAIL:  Key (user_id)=(5) is not present in table "user".
--postgresql>   while the row of <Post 1>
--postgresql>   while commit
--postgresql>   Post.user_id = 5 of <Post 1> refers to no row of user: add that row, or correct it
--postgresql>   a deferred foreign key is checked by COMMIT; nothing of this transaction was kept: call db.session:rollback() to go on
--postgresql> false	transient
--postgresql> true	0

-- --- another session ----------------------------------------------------------------------------------------
other = moonbase.Session{bind = db.engine}
other:add(kept)
--! InvalidRequestError: <User 2> belongs to another session already
--!   expunge it there first, or take a copy into this one: session:merge(x)
--postgresql! InvalidRequestError: <User 8> belongs to another session already
--postgresql!   expunge it there first, or take a copy into this one: session:merge(x)
quiet = moonbase.Session{bind = db.engine, autoflush = false, expire_on_commit = false}
print(moonbase.Session{bnd = db.engine})
--! TypeError: Session has no option 'bnd'; did you mean 'bind'?
print(other, other.bind == db.engine, #other.identity_map)
x = User{username = 'x'}
quiet:add(x)
print(quiet:query(User):count())
db.clear_recorded_queries()
quiet:commit()
print(x.username, x.id ~= nil)
sql()
quiet:close()
--> <Session: 0 new, 0 dirty, 0 deleted>	true	0
--> 4
--> x	true
--> COMMIT
--> BEGIN IMMEDIATE
--> INSERT INTO user (username, email) VALUES (?, ?)  [x, null]
--> COMMIT
print(moonbase.inspect(kept).session == session, moonbase.inspect(x).session)
--> true	nil
