-- Relationships: both sides, every direction, the collection's interface, what is loaded and written.
moonbase = require 'moonbase'
app = moonbase.App 'relationships'
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
function text(class) function class:__repr__() return self.name end end

-- --- one to many, many to one -----------------------------------------------------------------------------
User = db.Model 'User' {
  id    = db.Column{db.Integer, primary_key = true},
  name  = db.Column{db.String(64)},
  posts = db.relationship{'Post', backref = 'author', order_by = 'id'},
}
text(User)
Post = db.Model 'Post' {
  id      = db.Column{db.Integer, primary_key = true},
  name    = db.Column{db.String(140)},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
}
text(Post)
db.create_all()
u, v = User{name = 'u'}, User{name = 'v'}
p1, p2, p3 = Post{name = 'p1'}, Post{name = 'p2'}, Post{name = 'p3'}
u.posts:append(p1)
p2.author = u
u.posts = {p2, p1, p3}
print(names(u.posts), p1.author, p3.author, #u.posts)
p3.author = v
print(names(u.posts), names(v.posts))
v.posts:append(p1)
print(names(u.posts), names(v.posts), p1.author)
p1.author = nil
print(names(v.posts), p1.author)
v.posts:remove(p3)
print(p3.author, #v.posts)
u.posts:extend{p1, p3}
print(names(u.posts), p3.author)
--> {p2, p1, p3}	u	u	3
--> {p2, p1}	{p3}
--> {p2}	{p3, p1}	v
--> {p3}	nil
--> nil	0
--> {p2, p1, p3}	u
session:add(u)
print(#session.new, #session.new, session:contains(v))
session:add(v)
session:commit()
db.clear_recorded_queries()
print(names(u.posts))
print(names(u.posts), #v.posts)
sql()
--> 4	4	false
--> {p2, p1, p3}
--> {p2, p1, p3}	0
--> BEGIN
--> SELECT post.id AS post_id, post.name AS post_name, post.user_id AS post_user_id FROM post WHERE post.user_id = ? ORDER BY post.id  [1]
--> SELECT post.id AS post_id, post.name AS post_name, post.user_id AS post_user_id FROM post WHERE post.user_id = ? ORDER BY post.id  [2]
-- Moving an object asks nothing of collections that are not loaded.
session:commit()
local p = p1.name
db.clear_recorded_queries()
p1.author = v
sql()
print(names(v.posts))
sql()
print(names(u.posts))
session:commit()
sql()
--> {p1}
--> COMMIT
--> BEGIN IMMEDIATE
--> UPDATE post SET user_id=? WHERE post.id = ?  [2, 2]
--> SELECT post.id AS post_id, post.name AS post_name, post.user_id AS post_user_id FROM post WHERE post.user_id = ? ORDER BY post.id  [2]
--> {p2, p3}
--> SELECT post.id AS post_id, post.name AS post_name, post.user_id AS post_user_id FROM post WHERE post.user_id = ? ORDER BY post.id  [1]
--> COMMIT
print(p1.user_id, v.id, p1.author)
v.posts:append(p2)
sql()
session:commit()
sql()
--> 2	2	v
--> BEGIN
--> SELECT post.id AS post_id, post.name AS post_name, post.user_id AS post_user_id FROM post WHERE post.id = ?  [2]
--> SELECT user.id AS user_id, user.name AS user_name FROM user WHERE user.id = ?  [2]
--> COMMIT
--> BEGIN IMMEDIATE
--> UPDATE post SET user_id=? WHERE post.id = ?  [2, 1]
--> COMMIT
-- An append to a collection that is not loaded stays queued until it is.
p4 = Post{name = 'p4'}
local name = v.name
db.clear_recorded_queries()
v.posts:append(p4)
print(moonbase.inspect(v).attrs.posts.value and 'loaded' or 'not loaded', names(moonbase.inspect(v).attrs.posts.history.added))
sql()
print(names(v.posts))
sql()
session:rollback()
print(names(v.posts))
--> not loaded	{p4}
--> {p2, p1, p4}
--> COMMIT
--> BEGIN IMMEDIATE
--> INSERT INTO post (name, user_id) VALUES (?, ?)  [p4, 2]
--> SELECT post.id AS post_id, post.name AS post_name, post.user_id AS post_user_id FROM post WHERE post.user_id = ? ORDER BY post.id  [2]
--> {p2, p1}

-- --- the collection's interface ---------------------------------------------------------------------------
list = u.posts
print(#list, rawequal(list[1], p3), list[2], list[-1], list:contains(p3), list:contains(p1), list:contains 'x', list)
for i, x in ipairs(list) do print(i, x) end
for i, x in pairs(list) do print(i, x) end
print(u.posts == list, #list:all(), list:count())
--> 1	true	nil	p3	true	false	false	<User.posts: 1 object>
--> 1	p3
--> 1	p3
--> true	1	1
p5 = Post{name = 'p5'}
list:insert(1, p5)
print(names(list), p5.author, session:contains(p5))
list[#list + 1] = p1
print(names(list), p1.author)
table.insert(list, p2)
print(names(list), p2.author)
print(list:pop(), names(list), p2.author)
print(list:pop(1), names(list))
list:clear()
print(#list, p3.author)
--> {p5, p3}	u	true
--> {p5, p3, p1}	u
--> {p5, p3, p1, p2}	u
--> p2	{p5, p3, p1}	nil
--> p5	{p3, p1}
--> 0	nil
print(list[0])
--! IndexError: User.posts[0]: positions count from 1
list[0] = p1
--! IndexError: User.posts: only the position after the last can be assigned
--!   use :remove(x), :insert(i, x), :pop(i), or assign a whole list
list[5] = p1
--! IndexError: User.posts: only the position after the last can be assigned
--!   use :remove(x), :insert(i, x), :pop(i), or assign a whole list
list[1] = p1
list[1] = p2
--! IndexError: User.posts: only the position after the last can be assigned
--!   use :remove(x), :insert(i, x), :pop(i), or assign a whole list
list[1] = nil
--! IndexError: User.posts: only the position after the last can be assigned
--!   use :remove(x), :insert(i, x), :pop(i), or assign a whole list
table.remove(list)
--! IndexError: User.posts: only the position after the last can be assigned
--!   use :remove(x), :insert(i, x), :pop(i), or assign a whole list
list:append(nil)
--! TypeError: User.posts holds Post objects, got nil
list:append('x')
--! TypeError: User.posts holds Post objects, got string
list:extend{p1, u}
--! TypeError: User.posts holds Post objects, got a User
print(names(list))
list:remove(Post{name = 'stranger'})
--! ValueError: remove: <Post (transient)> is not in User.posts of <User 1>
list:insert(9, p1)
--! IndexError: insert: position 9 is outside a list of 1; positions count from 1
list:pop(9)
--! IndexError: pop: there is no such position
list:clear()
list:pop()
--! IndexError: pop from an empty collection
list:appendd(p1)
--! AttributeError: Collection has no attribute 'appendd'; did you mean 'append'?
list.append(p1)
--! TypeError: u.posts.append(p1): methods take a colon: u.posts:append(p1)
print(list.size)
--! AttributeError: Collection has no attribute 'size'
--!   it has all, append, clear, contains, count, extend, insert, pop, remove
u.posts = p1
--! TypeError: User.posts is a collection: assign a list of Post objects, got Post
u.posts = nil
--! TypeError: User.posts is a collection: assign a list of Post objects, got nil
u.posts = {p1, 'x'}
--! TypeError: User.posts holds Post objects, got string
for x in u.posts do print(x) end
--! TypeError: User.posts is a collection and cannot be called
--!   go over it with: for _, x in ipairs(u.posts) do … end
for x in u do print(x) end
--! TypeError: <User 1> is an object and cannot be called
p1.author = {}
--! TypeError: Post.author takes a User or nil, got table
p1.author = p2
--! TypeError: Post.author takes a User or nil, got Post
-- Members may be taken out while the list is walked with pairs.
u.posts = {p1, p2, p3}
for _, x in pairs(u.posts) do u.posts:remove(x) end
print(#u.posts)
-- ipairs reads one member after the other: a list that changes meanwhile would have it skip members, or
-- never end.
u.posts = {p1, p2, p3}
for _, x in ipairs(u.posts) do u.posts:remove(x) end
--! InvalidRequestError: User.posts of <User 1> changed while a loop went over it
--!   go over a copy: for _, x in ipairs(u.posts:all()) do … end
print(names(u.posts))
--> {p2, p3}
for _, x in ipairs(u.posts) do x.author = v end
--! InvalidRequestError: User.posts of <User 1> changed while a loop went over it
--!   go over a copy: for _, x in ipairs(u.posts:all()) do … end
u.posts = {p1, p2, p3}
for _, x in ipairs(u.posts) do u.posts:append(Post{}) end
--! InvalidRequestError: User.posts of <User 1> changed while a loop went over it
--!   go over a copy: for _, x in ipairs(u.posts:all()) do … end
u.posts = {p1, p2, p3}
for k, x in ipairs(u.posts) do if k == 2 then u.posts:insert(1, p1) end end
--! InvalidRequestError: User.posts of <User 1> changed while a loop went over it
--!   go over a copy: for _, x in ipairs(u.posts:all()) do … end
-- It may change in the last step of a loop that is left, and between reads by hand.
u.posts = {p1, p2, p3}
for _, x in ipairs(u.posts) do if x == p2 then u.posts:remove(x) break end end
print(names(u.posts))
u.posts = {p1, p2, p3}
list = u.posts
first = list[1]
list:remove(first)
print(list[2], table.unpack(list, 2))
for _, x in ipairs(u.posts:all()) do u.posts:remove(x) end
print(#u.posts)
-- Assigning a collection to itself, and the members of another object's, leaves them as they are.
u.posts = {p1, p2}
u.posts = u.posts
print(names(u.posts))
v.posts = u.posts
print(names(u.posts), names(v.posts), p1.author)
session:rollback()
--> {p1, p3}
--> p3	p3
--> 0
--> {p1, p2}
--> {}	{p1, p2}	v

-- --- back_populates, in any order -----------------------------------------------------------------------
Child = db.Model 'Child' {
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(5)},
  parent_id = db.Column{db.Integer, db.ForeignKey 'parent.id'},
  parent = db.relationship{'Parent', back_populates = 'children'},
}
text(Child)
Child{name = 'early'}
--! InvalidRequestError: relationship Child.parent refers to 'Parent', and there is no model of that name
--!   declare it, or mend the name in db.relationship
Parent = db.Model 'Parent' {
  id = db.Column{db.Integer, primary_key = true},
  children = db.relationship{'Child', back_populates = 'parent'},
}
c = Child{name = 'c'}
q = Parent{children = {c}}
print(c.parent == q)
c.parent = nil
print(#q.children)
--> true
--> 0
Wrong = db.Model 'Wrong' {
  id = db.Column{db.Integer, primary_key = true},
  parent_id = db.Column{db.Integer, db.ForeignKey 'parent.id'},
  parent = db.relationship{'Parent', back_populates = 'wrongs'},
}
Wrong{}
--! InvalidRequestError: relationship Wrong.parent says back_populates = 'wrongs', and Parent.wrongs is not there
--!   declare it there: wrongs = db.relationship{'Wrong', back_populates = 'parent'}; or say backref = 'wrongs' here, which makes it
-- What cannot be resolved hinders its own class alone; it is tried again when it is mended.
print(Child{name = 'well'})
--> well
Wrong.parent = db.relationship{'Parnt'}
Wrong{}
--! InvalidRequestError: relationship Wrong.parent refers to 'Parnt', and there is no model of that name; did you mean 'Parent'?
--!   declare it, or mend the name in db.relationship
Wrong.parent = db.relationship{'Parent', backref = 'wrongs'}
print(#Parent{wrongs = {Wrong{}, Wrong{}}}.wrongs)
--> 2
db.relationship{}
--! ArgumentError: relationship needs the other class's name first
--!   db.relationship{'Post', backref = 'author'}; a class that is declared later is named as text: 'Post'
db.relationship{'A', 'B'}
--! TypeError: relationship takes 1 positional argument, got 2
db.relationship{Undeclared}
--! NameError: 'Undeclared' is not defined
--!   a class that is declared later is named as text: 'Undeclared'
db.relationship{'A', lazy = 'dynamik'}
--! ArgumentError: relationship's lazy has no 'dynamik'; did you mean 'dynamic'?
--!   there are: select, true, joined, false, selectin, subquery, immediate, dynamic, write_only, raise, raise_on_sql, noload, none
db.relationship{'A', lazy = 5}
--! TypeError: relationship: 'lazy' must be a word such as 'select' or 'joined', true or false, got number
db.relationship{'A', cascade = 'all, delete_orphan'}
--! ArgumentError: relationship's cascade has no 'delete_orphan'; did you mean 'delete-orphan'?
--!   there are: save-update, merge, refresh-expire, expunge, delete, delete-orphan, all, none
db.relationship{'A', backreff = 'x'}
--! TypeError: relationship has no option 'backreff'; did you mean 'backref'?
db.relationship{'A', backref = 'x', back_populates = 'x'}
--! ArgumentError: relationship takes backref or back_populates, not both
db.relationship{'A', secondary = 3}
--! TypeError: relationship: 'secondary' must be a table, its name, or a function, got number

-- --- a tree ------------------------------------------------------------------------------------------------
Node = db.Model 'Node' {
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(10)},
  parent_id = db.Column{db.Integer, db.ForeignKey 'node.id'},
  children = db.relationship{'Node', backref = db.backref{'parent', remote_side = 'Node.id'}, cascade = 'all'},
}
text(Node)
Employee = db.Model 'Employee' {
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(10)},
  boss_id = db.Column{db.Integer, db.ForeignKey 'employee.id'},
  boss = db.relationship{'Employee', remote_side = 'Employee.id', backref = 'team'},
}
text(Employee)
db.create_all()
root = Node{name = 'root', children = {Node{name = 'a', children = {Node{name = 'aa'}}}, Node{name = 'b'}}}
session:add(root)
ann = Employee{name = 'ann'}
bob = Employee{name = 'bob', boss = Employee{name = 'cyd', boss = ann}}
session:add(bob)
db.clear_recorded_queries()
session:commit()
sql()
print(names(root.children), root.children[1].children[1].parent.parent, root.parent)
print(bob.boss, bob.boss.boss, bob.boss.boss.boss, names(ann.team))
--> BEGIN IMMEDIATE
--> INSERT INTO node (name, parent_id) VALUES (?, ?)  [root, null]
--> INSERT INTO employee (name, boss_id) VALUES (?, ?)  [ann, null]
--> COMMIT
--> {a, b}	root	nil
--> cyd	ann	nil	{cyd}
--postgresql> INSERT INTO node
--postgresql> INSERT INTO node
--postgresql> INSERT INTO node
--postgresql> INSERT INTO employee
--postgresql> INSERT INTO employee
--postgresql> INSERT INTO employee
--postgresql> {a, b}	root	nil
--postgresql> cyd	ann	nil	{cyd}
session:commit()
db.clear_recorded_queries()
session:delete(root)
session:commit()
sql()
--> BEGIN
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE node.parent_id = ?  [1]
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE node.parent_id = ?  [2]
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE node.parent_id = ?  [3]
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE node.parent_id = ?  [4]
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE node.id = ?  [1]
--> COMMIT
--> BEGIN IMMEDIATE
--> DELETE FROM node WHERE node.id = ?  [3]
--> COMMIT

-- --- one to one ---------------------------------------------------------------------------------------------
Person = db.Model 'Person' {
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(10)},
  passport = db.relationship{'Passport', uselist = false, backref = 'person'},
}
text(Person)
Passport = db.Model 'Passport' {
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(10)},
  person_id = db.Column{db.Integer, db.ForeignKey 'person.id'},
}
text(Passport)
db.create_all()
x, y = Person{name = 'x', passport = Passport{name = 'px'}}, Person{name = 'y'}
print(x.passport, x.passport.person, y.passport)
y.passport = x.passport
print(x.passport, y.passport.person)
session:add_all{x, y}
session:commit()
db.clear_recorded_queries()
print(x.passport, y.passport)
new = Passport{name = 'new'}
y.passport = new
session:commit()
sql()
print(Passport.query:filter_by{name = 'px'}:one().person)
--> px	x	nil
--> nil	y
--> nil	px
--> BEGIN
--> SELECT passport.id AS passport_id, passport.name AS passport_name, passport.person_id AS passport_person_id FROM passport WHERE passport.person_id = ?  [1]
--> SELECT passport.id AS passport_id, passport.name AS passport_name, passport.person_id AS passport_person_id FROM passport WHERE passport.person_id = ?  [2]
--> COMMIT
--> BEGIN IMMEDIATE
--> UPDATE passport SET person_id=? WHERE passport.id = ?  [null, 1]
--> INSERT INTO passport (name, person_id) VALUES (?, ?)  [new, 2]
--> COMMIT
--> nil
y.passport = {new}
--! TypeError: Person.passport takes a Passport or nil, got table

-- --- many to many ----------------------------------------------------------------------------------------
membership = db.Table{'membership',
  db.Column{'member_id', db.Integer, db.ForeignKey 'member.id', primary_key = true},
  db.Column{'club_id', db.Integer, db.ForeignKey 'club.id', primary_key = true}}
Member = db.Model 'Member' {
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(10)},
  clubs = db.relationship{'Club', secondary = membership, backref = 'members'},
}
text(Member)
Club = db.Model 'Club' {id = db.Column{db.Integer, primary_key = true}, name = db.Column{db.String(10)}}
text(Club)
db.create_all()
m, n = Member{name = 'm'}, Member{name = 'n'}
chess, go = Club{name = 'chess'}, Club{name = 'go'}
m.clubs = {chess, go}
chess.members:append(n)
print(names(n.clubs), names(chess.members), names(go.members))
session:add(m)
session:commit()
print(session:execute(db.text 'select count(*) from membership'):scalar())
db.clear_recorded_queries()
m.clubs:remove(chess)
go.members:append(n)
session:commit()
sql()
print(names(chess.members), names(go.members))
session:delete(go)
session:commit()
print(names(m.clubs), names(n.clubs), session:execute(db.text 'select count(*) from membership'):scalar())
--> {chess}	{m, n}	{m}
--> 3
--> SELECT club.id AS club_id, club.name AS club_name FROM club, membership WHERE ? = membership.member_id AND club.id = membership.club_id  [1]
--> COMMIT
--> BEGIN IMMEDIATE
--> DELETE FROM membership WHERE membership.member_id = ? AND membership.club_id = ?  [1, 1]
--> INSERT INTO membership (member_id, club_id) VALUES (?, ?)  [2, 2]
--> COMMIT
--> {n}	{m, n}
--> {}	{chess}	1
chess.members = {}
session:commit()
print(session:execute(db.text 'select count(*) from membership'):scalar(), #n.clubs)
m.clubs = {chess}
session:commit()
session:delete(m)
session:delete(chess)
session:commit()
print(session:execute(db.text 'select count(*) from membership'):scalar())
--> 0	0
--> 0
-- To itself: who follows whom.
follows = db.Table{'follows',
  db.Column{'follower_id', db.Integer, db.ForeignKey 'fan.id', primary_key = true},
  db.Column{'followed_id', db.Integer, db.ForeignKey 'fan.id', primary_key = true}}
Fan = db.Model 'Fan' {
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(10)},
  followed = db.relationship{'Fan', secondary = 'follows', backref = 'followers'},
}
text(Fan)
db.create_all()
f, g = Fan{name = 'f'}, Fan{name = 'g'}
f.followed:append(g)
session:add(f)
session:commit()
print(names(f.followed), names(f.followers), names(g.followers), names(g.followed))
for row in session:execute(db.text 'select follower_id, followed_id from follows') do print(row[1] == f.id, row[2] == g.id) end
--> {g}	{}	{f}	{}
--> true	true

-- --- dynamic -----------------------------------------------------------------------------------------------
Album = db.Model 'Album' {
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(20)},
  tracks = db.relationship{'Track', backref = 'album', lazy = 'dynamic', order_by = 'Track.name desc'},
}
text(Album)
Track = db.Model 'Track' {
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(10)},
  album_id = db.Column{db.Integer, db.ForeignKey 'album.id'},
}
text(Track)
db.create_all()
album = Album{name = 'kind of blue'}
album.tracks:append(Track{name = 'a'})
album.tracks:extend{Track{name = 'b'}, Track{name = 'c'}}
session:add(album)
session:commit()
db.clear_recorded_queries()
print(names(album.tracks:all()), album.tracks:count())
for t in album.tracks do print(t) end
print(album.tracks:filter(Track.name:gt 'a'):order_by(nil):order_by(Track.name):first())
t = Track{name = 'd', album = album}
print(album.tracks:count())
album.tracks:remove(t)
print(album.tracks:count(), t.album)
sql()
--> {c, b, a}	3
--> c
--> b
--> a
--> b
--> 3
--> 3	nil
--> BEGIN
--> SELECT track.id AS track_id, track.name AS track_name, track.album_id AS track_album_id FROM track WHERE track.album_id = ? ORDER BY track.name DESC  [1]
--> SELECT count(*) AS count_1 FROM track WHERE track.album_id = ?  [1]
--> SELECT track.id AS track_id, track.name AS track_name, track.album_id AS track_album_id FROM track WHERE track.album_id = ? ORDER BY track.name DESC  [1]
--> SELECT track.id AS track_id, track.name AS track_name, track.album_id AS track_album_id FROM track WHERE track.album_id = ? AND track.name > ? ORDER BY track.name LIMIT ?  [1, a, 1]
--> SELECT count(*) AS count_1 FROM track WHERE track.album_id = ?  [1]
--> SELECT count(*) AS count_1 FROM track WHERE track.album_id = ?  [1]
print(#album.tracks)
--! TypeError: a query has no length: Album.tracks is dynamic
--!   count the rows with :count(), or take the list with :all()
print(album.tracks[1])
--! InvalidRequestError: Album.tracks is dynamic, a query and not a list
--!   u.tracks:all() gives the list
for _, t in ipairs(album.tracks) do print(t) end
--! InvalidRequestError: Album.tracks is dynamic, a query and not a list
--!   u.tracks:all() gives the list
print(Album{}.tracks:count())
--> 0
album.tracks:append(u)
--! TypeError: Album.tracks holds Track objects, got a User
album.tracks = {}
print(album.tracks:count())
--! InvalidRequestError: Album.tracks is dynamic: add and remove members one by one
--!   u.tracks:append(x), u.tracks:remove(x)

-- --- the delete cascade, and children left to the database ------------------------------------------------
Order = db.Model 'Order' {
  id = db.Column{db.Integer, primary_key = true},
  lines = db.relationship{'Line', backref = 'order', cascade = 'all'},
  notes = db.relationship{'Note', passive_deletes = true},
}
Line = db.Model 'Line' {
  id = db.Column{db.Integer, primary_key = true},
  order_id = db.Column{db.Integer, db.ForeignKey 'order.id', nullable = false},
}
Note = db.Model 'Note' {
  id = db.Column{db.Integer, primary_key = true},
  order_id = db.Column{db.Integer, db.ForeignKey{'order.id', ondelete = 'CASCADE'}},
}
db.create_all()
order = Order{lines = {Line{}, Line{}}, notes = {Note{}}}
session:add(order)
session:commit()
order.lines:append(Line{})
db.clear_recorded_queries()
session:delete(order)
print(#session.deleted, #session.new)
session:commit()
sql()
print(Line.query:count(), Note.query:count())
--> 4	0
--> BEGIN IMMEDIATE
--> INSERT INTO line (order_id) VALUES (?)  [1]
--> SELECT line.id AS line_id, line.order_id AS line_order_id FROM line WHERE line.order_id = ?  [1]
--> DELETE FROM line WHERE line.id = ?  [1]
--> DELETE FROM "order" WHERE "order".id = ?  [1]
--> COMMIT
--> 0	0
