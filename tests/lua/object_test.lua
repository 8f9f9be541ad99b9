-- Objects: the constructor, attributes of every type, what is refused and how it is said.
moonbase = require 'moonbase'
app = moonbase.App 'objects'
app.config:update{DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
db = moonbase.Database(app)
function sql()
  for _, q in ipairs(db.get_recorded_queries()) do
    local values = {}
    for i, v in ipairs(q.parameters or {}) do values[i] = tostring(v) end
    print((q.statement:gsub('%s+', ' ')) .. (values[1] and '  [' .. table.concat(values, ', ') .. ']' or ''))
  end
  db.clear_recorded_queries()
end

User = db.Model 'User' {
  id       = db.Column{db.Integer, primary_key = true},
  username = db.Column{db.String(64)},
  email    = db.Column{db.String(120)},
  age      = db.Column{db.Integer},
  posts    = db.relationship{'Post', backref = 'author'},
  COLOUR   = 'blue',
}
function User:shout() return self.username:upper() end
Post = db.Model 'Post' {
  id      = db.Column{db.Integer, primary_key = true},
  body    = db.Column{db.String(140)},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
}
Point = db.Model 'Point' {
  x = db.Column{db.Integer, primary_key = true},
  y = db.Column{db.Integer, primary_key = true},
}
db.create_all()
db.clear_recorded_queries()

-- --- the constructor ---------------------------------------------------------------------------------
u = User{username = 'susan', age = 3}
print(u.username, u.age, u.email, u.id, u)
--> susan	3	nil	nil	<User (transient)>
print(User{}, User(), Point{x = 1, y = 2})
--> <User (transient)>	<User (transient)>	<Point (transient)>
User{usrname = 'x'}
--! TypeError: 'usrname' is not an attribute of User; did you mean 'username'?
User{username = 'x', [3] = 'y'}
--! TypeError: User takes attributes by name, got a value at position 3
--!   write User{username = …}
User{'susan'}
--! TypeError: User takes attributes by name, got a value at position 1
--!   write User{username = …}
User('susan')
--! TypeError: User takes its attributes in braces, got string
--!   write User{username = …}
User({username = 'x'}, {})
--! TypeError: User takes its attributes in braces, got table
--!   write User{username = …}
User(name == 'x')
--! TypeError: User takes its attributes in braces, got boolean
--!   write User{username = …}
User{posts = 'x'}
--! TypeError: User.posts is a collection: assign a list of Post objects, got string
User{posts = {User{}}}
--! TypeError: User.posts holds Post objects, got a User
Post{author = 'susan'}
--! TypeError: Post.author takes a User or nil, got string
Post{author = User}
--! TypeError: Post.author takes a User or nil, got Model
User{id = 'x'}
--! TypeError: User.id: Integer takes a whole number, got text 'x'
User{age = 1.5}
--! ValueError: User.age: Integer takes a whole number, got 1.5
User{age = true}
--! TypeError: User.age: Integer takes a whole number, got true; write 1
User{username = {}}
--! TypeError: User.username: expected a value for String(64), got table
--!   a table is a value for JSON and ARRAY columns only
User{shout = 'x'}
--! TypeError: 'shout' is not an attribute of User
--!   User has id, username, email, age, posts
User{COLOUR = 'x'}
--! TypeError: 'COLOUR' is not an attribute of User
--!   User has id, username, email, age, posts
print(User{username = db.null}.username, User{age = db.null}.age)
--> nil	nil
p = Post{body = 'first', author = u}
print(p.author == u, rawequal(p.author, u), #u.posts, rawequal(u.posts[1], p))
--> true	true	1	true

-- --- attributes ----------------------------------------------------------------------------------------
print(u:shout(), u.COLOUR, u.shout == User.shout)
--> SUSAN	blue	true
print(u.usrname)
--! AttributeError: User has no attribute 'usrname'; did you mean 'username'?
u.usrname = 'x'
--! AttributeError: User has no attribute 'usrname'; did you mean 'username'?
u.shout = function() end
--! AttributeError: User.shout belongs to the class and cannot be set on one object
u.COLOUR = 'red'
--! AttributeError: User.COLOUR belongs to the class and cannot be set on one object
print(u[1])
--! TypeError: User objects cannot be indexed with a number
u[1] = 'x'
--! TypeError: User objects cannot be indexed with a number
u.shout()
--! attempt to index a nil value (local 'self')
print(#u)
--! TypeError: #: <User (transient)> is one object, not a list
u()
--! TypeError: <User (transient)> is an object and cannot be called
print(u < u)
--! attempt to compare two User values
u.age = 'old'
--! TypeError: User.age: Integer takes a whole number, got text 'old'
u.username = nil
print(u.username)
u.username = 'susan'
print(u.username)
--> nil
--> susan
print(User.usrname)
--! AttributeError: User has no attribute 'usrname'; did you mean 'username'?
User.username = 'x'
--! AttributeError: User.username is a mapped attribute: a class cannot give it a value
--!   set it on an object: u.username = …
for name, value in pairs(u) do print(name, value, value == db.null) end
--> id	null	true
--> username	susan	false
--> email	null	true
--> age	3	false
t = {[u] = 'as a key'}
print(t[u], t[p.author], t[User{}])
--> as a key	as a key	nil

-- --- written and read again: identity ----------------------------------------------------------------
db.session:add(u)
db.session:commit()
sql()
print(u.id, p.id, p.user_id, u)
print(rawequal(User.query:get(1), u), rawequal(User.query:first(), u), rawequal(Post.query:one().author, u))
--> BEGIN IMMEDIATE
--> INSERT INTO user (username, email, age) VALUES (?, ?, ?)  [susan, null, 3]
--> INSERT INTO post (body, user_id) VALUES (?, ?)  [first, 1]
--> COMMIT
--> 1	1	1	<User 1>
--> true	true	true

-- A class gets methods, constants and columns later; living objects have them.
function User:whisper() return self.username:lower() end
User.SIZE = 5
print(u:whisper(), u.SIZE)
--> susan	5
db.session:commit()
db.session:execute(db.text 'ALTER TABLE "user" ADD COLUMN nickname VARCHAR(40)')
fresh = User{username = 'fresh'}
User.nickname = db.Column{db.String(40)}
fresh.nickname = 'fresher'
db.clear_recorded_queries()
print(u.nickname, fresh.nickname, User.nickname, User.__table__.c.nickname.type)
u.nickname = 'susi'
db.session:add(fresh)
db.session:commit()
print(User.query:filter_by{nickname = 'susi'}:one().username, User{nickname = 'x'}.nickname)
sql()
--> nil	fresher	user.nickname	String(40)
--> susan	x
--> SELECT user.id AS user_id, user.username AS user_username, user.email AS user_email, user.age AS user_age, user.nickname AS user_nickname FROM user WHERE user.id = ?  [1]
--> UPDATE user SET nickname=? WHERE user.id = ?  [susi, 1]
--> INSERT INTO user (username, email, age, nickname) VALUES (?, ?, ?, ?)  [fresh, null, null, fresher]
--> COMMIT
--> BEGIN
--> SELECT user.id AS user_id, user.username AS user_username, user.email AS user_email, user.age AS user_age, user.nickname AS user_nickname FROM user WHERE user.nickname = ?  [susi]
User.nickname = db.Column{db.String(40)}
--! ArgumentError: User.nickname is there already
User.username = db.Column{db.String(40)}
--! ArgumentError: User.username is there already
Extra = db.Model 'Extra' {id = db.Column{db.Integer, primary_key = true}}
Extra.handle = db.Column{db.String(40), index = true, unique = true}
for _, index in ipairs(Extra.__table__.indexes) do print(index) end
--> Index('ix_extra_handle', 'handle', unique=true)
Post.editor_id = db.Column{db.Integer, db.ForeignKey 'user.id'}
Post.editor = db.relationship{'User', foreign_keys = 'Post.editor_id'}
print(Post{editor = User{username = 'new'}}.editor.username)
--> new
-- A relationship that is declared again takes the place of the former.
User.posts = db.relationship{'Post', backref = 'author', foreign_keys = 'Post.user_id'}
print(Post{editor = User{username = 'new'}}.editor.username)
--> new
