-- The session on every database: states, changes, failures, savepoints, merging, and what is there in the end.
app = moonbase.App 'session'
app.config:update{DATABASE_URI = fresh_database()}
db = moonbase.Database(app)
session = db.session
User = db.Model 'User' {
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(20), unique = true, nullable = false},
  age = db.Column{db.Integer, db.CheckConstraint('age >= 0'), default = 18},
  seen = db.Column{db.Integer, server_default = '5'},
  version = db.Column{db.Integer, nullable = false},
  posts = db.relationship{'Post', backref = 'author', cascade = 'all, delete-orphan', order_by = 'Post.id'},
  __mapper_args__ = {version_id_col = 'version'},
}
Post = db.Model 'Post' {
  id = db.Column{db.Integer, primary_key = true},
  body = db.Column{db.String(20)},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
}
db.create_all()
function state(x) return moonbase.inspect(x).state end
function names() local out = {} for _, u in ipairs(User.query:order_by(User.name):all()) do out[#out + 1] = u.name end return table.concat(out, ' ') end
function try(f, ...)
  local ok, e = pcall(f, ...)
  print(ok and 'done' or e.kind)
end

-- --- writing --------------------------------------------------------------------------------------------
a = User{name = 'ada', posts = {Post{body = 'one'}, Post{body = 'two'}}}
session:add(a)
print(state(a), state(a.posts[1]), a.id)
session:flush()
print(state(a), a.id ~= nil, a.age, a.seen, a.version, a.posts[2].user_id == a.id)
session:commit()
print(a.name, #a.posts, a.posts[1].author == a)
--> pending	pending	nil
--> persistent	true	18	5	1	true
--> ada	2	true
a.name, a.age = 'adele', 40
a.posts:append(Post{body = 'three'})
a.posts:remove(a.posts[1])
session:commit()
print(a.name, a.version, #a.posts, a.posts[1].body, Post.query:count())
--> adele	2	2	two	2
a.age = User.age + 2
session:commit()
print(a.age)
--> 42
session:delete(a)
session:commit()
print(state(a), User.query:count(), Post.query:count())
--> detached	0	0

-- --- failures cost their transaction and nothing else ---------------------------------------------------
session:add(User{name = 'bob'})
session:commit()
function add(values) session:add(User(values)) session:commit() end
try(add, {name = 'bob'})
try(session.commit, session)
session:rollback()
try(add, {age = 3})
session:rollback()
try(add, {name = 'minus', age = -1})
session:rollback()
try(function() session:add(Post{body = 'x', user_id = 999}) session:commit() end)
session:rollback()
print(names())
--> IntegrityError
--> PendingRollbackError
--> IntegrityError
--> IntegrityError
--> IntegrityError
--> bob
lost = User{name = 'bob'}
kept = User{name = 'eve'}
session:add_all{kept, lost}
try(session.flush, session)
session:rollback()
print(state(kept), state(lost), kept.name)
session:add(kept)
session:commit()
print(names())
--> IntegrityError
--> transient	transient	eve
--> bob eve
-- Somebody else was faster.
bob = User.query:filter_by{name = 'bob'}:one()
session:execute(db.update(User.__table__):values{version = 99})
bob.age = 60
try(session.commit, session)
session:rollback()
print(bob.age, bob.version)
--> StaleDataError
--> 18	1

-- --- savepoints -----------------------------------------------------------------------------------------
session:begin_nested(function() session:add(User{name = 'in'}) end)
try(session.begin_nested, session, function() session:add(User{name = 'in'}) end)
try(session.begin_nested, session, function() session:add(User{name = 'out'}) session:flush() error{kind = 'mine'} end)
print(names())
session:rollback()
print(names())
--> IntegrityError
--> mine
--> bob eve in
--> bob eve
do
  local outer <close> = session:begin_nested()
  session:add(User{name = 'o1'})
  session:flush()
  local inner = session:begin_nested()
  session:add(User{name = 'o2'})
  session:flush()
  inner:rollback()
end
session:commit()
print(names())
--> bob eve o1
session:rollback()
session:begin(function() session:add(User{name = 'begun'}) end)
try(session.begin, session, function() session:add(User{name = 'broken'}) session:flush() error{kind = 'mine'} end)
print(names())
--> mine
--> begun bob eve o1

-- --- one's own writes, and nobody's else ----------------------------------------------------------------
session:add(User{name = 'mine'})
print(User.query:filter_by{name = 'mine'}:count(), session:execute(db.text 'SELECT count(*) FROM "user" WHERE name = :n', {n = 'mine'}):scalar())
session:rollback()
session:no_autoflush(function()
  session:add(User{name = 'mine'})
  print(User.query:filter_by{name = 'mine'}:count())
end)
session:rollback()
print(#session.new, names())
--> 1	1
--> 0
--> 0	begun bob eve o1

-- --- merge, refresh, expire, keys -----------------------------------------------------------------------
eve = User.query:filter_by{name = 'eve'}:one()
copy = User{id = eve.id, name = 'eva', version = eve.version, posts = {Post{body = 'merged'}}}
merged = session:merge(copy)
session:commit()
print(merged == eve, eve.name, eve.posts[1].body, state(copy))
session:execute(db.text [[UPDATE "user" SET age = 77 WHERE name = 'eva']])
print(eve.age)
session:refresh(eve)
print(eve.age)
session:rollback()
print(eve.age, session:get(User, eve.id) == eve, session:get(User, -1))
--> true	eva	merged	transient
--> 18
--> 77
--> 18	true	nil
old = eve.id
eve.posts = {}
session:flush()
eve.id = 5000
session:commit()
print(session:get(User, 5000) == eve, session:get(User, old), eve.name)
--> true	nil	eva

-- --- a transaction that is repeated ---------------------------------------------------------------------
times = 0
result = session:run_transaction(function(s)
  times = times + 1
  s:add(User{name = 'again'})
  s:flush()
  return times
end)
print(result, User.query:filter_by{name = 'again'}:count())
session:rollback()
--> 1	1
