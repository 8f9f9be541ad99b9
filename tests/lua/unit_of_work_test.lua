-- The unit of work: which statements a flush sends, in which order, and what becomes of the objects.
require 'work'

-- --- one shape, one statement -----------------------------------------------------------------------------
fresh(function()
  User = db.Model 'User' {
    id = key(), name = text{unique = true}, email = text(), bio = text(),
    posts = db.relationship{'Post', backref = 'author'},
  }
  Post = db.Model 'Post' {id = key(), title = text(), user_id = db.Column{db.Integer, db.ForeignKey 'user.id'}}
end)
session:add_all{User{name = 'a'}, User{name = 'b', email = 'b@x'}, User{bio = 'c'}}
flush()
-- per table UPDATE before INSERT; inserts in the order of add, updates and deletes in the order of keys
a, b, c = table.unpack(User.query:order_by(User.id):all())
c.name, a.name = 'c', 'aa'
session:add_all{User{name = 'z'}, User{name = 'y'}}
db.clear_recorded_queries()
flush()
session:delete(c)
session:delete(a)
flush()
session:rollback()
--> INSERT INTO user (name, email, bio) VALUES (?, ?, ?)  [a, NULL, NULL]
--> UPDATE user SET name=? WHERE user.id = ?  [aa, 1]
--> INSERT INTO user (name, email, bio) VALUES (?, ?, ?)  [z, NULL, NULL]
--> SELECT post.id AS post_id, post.title AS post_title, post.user_id AS post_user_id FROM post WHERE post.user_id = ?  [3]
--> SELECT post.id AS post_id, post.title AS post_title, post.user_id AS post_user_id FROM post WHERE post.user_id = ?  [1]
--> DELETE FROM user WHERE user.id = ?  [1]

-- --- SQL as a value ---------------------------------------------------------------------------------------
u = User{name = db.func.upper('u')}
session:add(u)
session:commit()
db.clear_recorded_queries()
u.email = db.func.lower('ABC')
u.bio = 'plain'
flush()
print(u.email, u.bio)
sql()
--> UPDATE user SET email=lower(?), bio=? WHERE user.id = ?  [ABC, plain, 1]
--> abc	plain
--> SELECT user.id AS user_id, user.name AS user_name, user.email AS user_email FROM user WHERE user.id = ?  [1]
--postgresql> UPDATE user SET email=lower(?), bio=? WHERE user.id = ?  [ABC, plain, 6]
--postgresql> abc	plain
--postgresql> SELECT user.id AS user_id, user.name AS user_name, user.email AS user_email FROM user WHERE user.id = ?  [6]

-- --- row switch -------------------------------------------------------------------------------------------
session:rollback()
u = User{id = 7, name = 'first', email = 'e', posts = {Post{title = 'p'}}}
session:add(u)
session:commit()
p = u.posts[1]
db.clear_recorded_queries()
v = User{id = 7, name = 'second'}
session:delete(u)
session:add(v)
flush()
print(state(u), state(v), rawequal(User.query:get(7), v), p.author)
session:rollback()
print(state(u), state(v), u.name, #u.posts)
session:delete(u)
w = User{id = 7, name = 'first', posts = {p}}
session:add(w)
session:commit()
print(state(u), w.name, w.email, #w.posts, User.query:count())
db.clear_recorded_queries()
--> UPDATE user SET name=?, email=?, bio=? WHERE user.id = ?  [second, NULL, NULL, 7]
--> UPDATE post SET user_id=? WHERE post.id = ?  [NULL, 1]
--> deleted	persistent	true	nil
--> persistent	transient	first	1
--> detached	first	nil	1	2
-- an association row that is taken out and made again
fresh(function()
  Order = db.Model 'Order' {id = key(), lines = db.relationship{'Line', cascade = 'all, delete-orphan', backref = 'order'}}
  Line = db.Model 'Line' {
    order_id = db.Column{db.Integer, db.ForeignKey 'order.id', primary_key = true},
    number = db.Column{db.Integer, primary_key = true, autoincrement = false},
    amount = db.Column{db.Integer},
  }
end)
o = Order{lines = {Line{number = 1, amount = 5}}}
session:add(o)
session:commit()
local _ = #o.lines
db.clear_recorded_queries()
o.lines = {Line{number = 1, amount = 6}, Line{number = 2, amount = 7}}
flush()
print(#o.lines, Line.query:count())
--> UPDATE line SET amount=? WHERE line.order_id = ? AND line.number = ?  [6, 1, 1]
--> INSERT INTO line (order_id, number, amount) VALUES (?, ?, ?)  [1, 2, 7]
--> 2	2
-- a foreign key that is part of the key cannot be cleared
fresh(function()
  Order = db.Model 'Order' {id = key(), lines = db.relationship{'Line'}}
  Line = db.Model 'Line' {
    order_id = db.Column{db.Integer, db.ForeignKey 'order.id', primary_key = true},
    number = db.Column{db.Integer, primary_key = true, autoincrement = false},
  }
end)
o = Order{lines = {Line{number = 1}}}
session:add(o)
session:commit()
o.lines:pop()
session:flush()
--! FlushError: clearing Order.lines would set line.order_id, which copies order.id and is part of the key of <Line 1, 1>, to NULL
--!   while UPDATE of <Line 1, 1> (order_id = 1, number = 1)
--!   delete the object instead of taking it out of the relationship, or give the relationship cascade = 'all, delete-orphan'; db.session:rollback() goes on
session:rollback()

-- --- a key that changes -----------------------------------------------------------------------------------
fresh(function()
  Town = db.Model 'Town' {name = text{primary_key = true}, size = db.Column{db.Integer}, streets = db.relationship{'Street', backref = 'town'}}
  Street = db.Model 'Street' {
    name = text{primary_key = true},
    town_name = db.Column{db.String(20), db.ForeignKey{'town.name', onupdate = 'CASCADE'}, primary_key = true},
    length = db.Column{db.Integer},
  }
  House = db.Model 'House' {
    id = key(), street_name = text(), town_name = text(), color = text(),
    __table_args__ = {db.ForeignKeyConstraint{{'street_name', 'town_name'}, {'street.name', 'street.town_name'}, onupdate = 'CASCADE'}},
  }
end)
town = Town{name = 'Rom', streets = {Street{name = 'Via', length = 3}}}
session:add(town)
session:flush()
house = House{street_name = 'Via', town_name = 'Rom'}
session:add(house)
session:commit()
via = town.streets[1]
print(via.length, house.color)
db.clear_recorded_queries()
town.name = 'Roma'
flush()
-- loaded objects follow, and are found under their new keys
print(via.town_name, house.town_name, rawequal(Street.query:get{'Via', 'Roma'}, via))
via.length, house.color = 4, 'red'
flush()
session:rollback()
print(town.name, via.town_name, house.town_name, rawequal(Street.query:get{'Via', 'Rom'}, via))
--> 3	nil
--> UPDATE town SET name=? WHERE town.name = ?  [Roma, Rom]
--> Roma	Roma	true
--> UPDATE street SET length=? WHERE street.name = ? AND street.town_name = ?  [4, Via, Roma]
--> UPDATE house SET color=? WHERE house.id = ?  [red, 1]
--> Rom	Rom	Rom	true
-- passive_updates = false: the flush writes the children, loaded or not
fresh(function()
  Town = db.Model 'Town' {name = text{primary_key = true}, streets = db.relationship{'Street', passive_updates = false, backref = 'town'}}
  Street = db.Model 'Street' {id = key(), town_name = db.Column{db.String(20), db.ForeignKey 'town.name'}}
end)
session:add(Town{name = 'Rom', streets = {Street{}, Street{}}})
session:commit()
town = Town.query:one()
db.clear_recorded_queries()
town.name = 'Roma'
flush()
print(town.streets[2].town_name)
--> SELECT street.id AS street_id, street.town_name AS street_town_name FROM street WHERE street.town_name = ?  [Rom]
--> UPDATE street SET town_name=NULL WHERE street.id = ?  [1]
--> UPDATE street SET town_name=NULL WHERE street.id = ?  [2]
--> UPDATE town SET name=? WHERE town.name = ?  [Roma, Rom]
--> UPDATE street SET town_name=? WHERE street.id = ?  [Roma, 1]
--> Roma

-- rows that the flush itself reads and writes before the key changes follow, too
fresh(function()
  Page = db.Model 'Page' {
    name = text{primary_key = true}, version = db.Column{db.Integer},
    home_name = db.Column{db.String(20), db.ForeignKey{'page.name', onupdate = 'CASCADE'}},
    home = db.relationship{'Page', remote_side = 'name'},
    __mapper_args__ = {version_id_col = 'version'},
  }
end)
home = Page{name = 'home'}
about = Page{name = 'about', home = home}
session:add_all{home, about}
session:flush()
home.home = home
session:commit()
home.name, about.name = 'start', 'a bit'
session:flush()
print(home.home_name, about.home_name, home.home == home, about.home == home)
session:commit()
fresh(function()
  Person = db.Model 'Person' {
    id = key(), box_owner = db.Column{db.Integer}, box_desk = db.Column{db.Integer}, box_number = db.Column{db.Integer},
    __table_args__ = {db.ForeignKeyConstraint{{'box_owner', 'box_desk', 'box_number'}, {'box.owner_id', 'box.desk', 'box.number'}, onupdate = 'CASCADE'}},
    box = db.relationship{'Box', foreign_keys = {'box_owner', 'box_desk', 'box_number'}},
  }
  Desk = db.Model 'Desk' {
    owner_id = db.Column{db.Integer, db.ForeignKey{'person.id', onupdate = 'CASCADE'}, primary_key = true},
    number = db.Column{db.Integer, primary_key = true, autoincrement = false},
    owner = db.relationship{'Person', foreign_keys = 'owner_id'},
  }
  Box = db.Model 'Box' {
    owner_id = db.Column{db.Integer, primary_key = true}, desk = db.Column{db.Integer, primary_key = true},
    number = db.Column{db.Integer, primary_key = true, autoincrement = false},
    __table_args__ = {db.ForeignKeyConstraint{{'owner_id', 'desk'}, {'desk.owner_id', 'desk.number'}, onupdate = 'CASCADE'}},
  }
end)
desk = Desk{number = 1, owner = Person{}}
session:add(desk)
session:flush()
box = Box{owner_id = 1, desk = 1, number = 5}
session:add(box)
session:commit()
local _ = desk.owner_id, box.number
db.clear_recorded_queries()
heir = Person{box = box}
desk.owner = heir
flush()
print(desk.owner_id, box.owner_id, heir.box_owner, heir.box == box)
print(rawequal(Box.query:get{2, 1, 5}, box))
session:commit()
print(desk.owner_id, box.owner_id, heir.box_owner, heir.box == box)
--> start	start	true	true
--> INSERT INTO person (box_owner, box_desk, box_number) VALUES (?, ?, ?)  [1, 1, 5]
--> UPDATE desk SET owner_id=? WHERE desk.owner_id = ? AND desk.number = ?  [2, 1, 1]
--> 2	2	2	true
--> true
--> 2	2	2	true

-- --- post_update ------------------------------------------------------------------------------------------
fresh(function()
  Team = db.Model 'Team' {
    id = key(), name = text(),
    captain_id = db.Column{db.Integer, db.ForeignKey 'player.id'},
    players = db.relationship{'Player', foreign_keys = 'Player.team_id', backref = 'team'},
    captain = db.relationship{'Player', foreign_keys = 'Team.captain_id', post_update = true},
  }
  Player = db.Model 'Player' {id = key(), team_id = db.Column{db.Integer, db.ForeignKey 'team.id', nullable = false}}
end)
anna = Player{}
team = Team{name = 't', players = {anna, Player{}}, captain = anna}
session:add(team)
flush()
team.captain, team.name = team.players[2], 'u'
flush()
for _, p in ipairs(team.players) do session:delete(p) end
session:delete(team)
flush()
session:rollback()
--> INSERT INTO team (name, captain_id) VALUES (?, ?)  [t, NULL]
--> INSERT INTO player (team_id) VALUES (?)  [1]
--> UPDATE team SET captain_id=? WHERE team.id = ?  [1, 1]
--> UPDATE team SET name=? WHERE team.id = ?  [u, 1]
--> UPDATE team SET captain_id=? WHERE team.id = ?  [2, 1]
--> UPDATE team SET captain_id=NULL WHERE team.id = ?  [1]
--> DELETE FROM player WHERE player.id = ?  [1]
--> DELETE FROM team WHERE team.id = ?  [1]
-- a circle of keys that must not be NULL
fresh(function()
  A = db.Model 'A' {id = key(), b_id = db.Column{db.Integer, db.ForeignKey 'b.id', nullable = false},
    b = db.relationship{'B', foreign_keys = 'A.b_id'}}
  B = db.Model 'B' {id = key(), a_id = db.Column{db.Integer, db.ForeignKey 'a.id', nullable = false},
    a = db.relationship{'A', foreign_keys = 'B.a_id'}}
end)
a = A{b = B{}}
a.b.a = a
session:add(a)
session:flush()
--! CircularDependencyError: these rows refer to each other in a circle, and no foreign key among them may be NULL: <A (pending)>, <B (pending)>
--!   make one of the keys nullable, or add them in two steps with a flush in between
session:rollback()

-- --- what the database makes ------------------------------------------------------------------------------
for _, eager in ipairs{false, true} do
  fresh(function()
    Item = db.Model 'Item' {
      id = key(), name = text(), state = text{server_default = 'new'},
      stamp = db.Column{db.Integer, onupdate = db.text '40 + 2'},
      double = db.Column{db.Integer, db.Computed 'id * 2'},
      __mapper_args__ = {eager_defaults = eager},
    }
  end)
  i = Item{name = 'i'}
  session:add(i)
  flush()
  print(i.state, i.double)
  sql()
  i.name = 'j'
  flush()
  print(i.stamp, i.double)
  sql()
end
--> INSERT INTO item (name, stamp) VALUES (?, ?)  [i, NULL]
--> new	2
--> SELECT item.id AS item_id, item.state AS item_state, item.double AS item_double FROM item WHERE item.id = ?  [1]
--> UPDATE item SET name=?, stamp=40 + 2 WHERE item.id = ?  [j, 1]
--> 42	2
--> SELECT item.id AS item_id, item.stamp AS item_stamp, item.double AS item_double FROM item WHERE item.id = ?  [1]
--> INSERT INTO item (name, stamp) VALUES (?, ?) RETURNING state, double, id  [i, NULL]
--> new	2
--> UPDATE item SET name=?, stamp=40 + 2 WHERE item.id = ? RETURNING stamp, double  [j, 1]
--> 42	2

-- --- a unique value that changes hands --------------------------------------------------------------------
fresh(function()
  User = db.Model 'User' {
    id = key(), name = text{unique = true},
    posts = db.relationship{'Post', backref = 'author'},
    notes = db.relationship{'Note', cascade = 'all, delete-orphan', backref = 'user'},
  }
  Post = db.Model 'Post' {id = key(), user_id = db.Column{db.Integer, db.ForeignKey 'user.id'}}
  Note = db.Model 'Note' {id = key(), user_id = db.Column{db.Integer, db.ForeignKey 'user.id', nullable = false}}
  Log = db.Model 'Log' {id = key(), user_id = db.Column{db.Integer, db.ForeignKey 'user.id', nullable = false}}
end)
a = User{name = 'ada', posts = {Post{}}, notes = {Note{}, Note{}}}
session:add(a)
session:commit()
db.clear_recorded_queries()
session:delete(a)
b = User{name = 'ada'}
session:add(b)
flush()
session:commit()
print(User.query:count(), Note.query:count(), Post.query:one().user_id)
db.clear_recorded_queries()
-- taken over by an UPDATE; not loaded before
c = User{name = 'cyd'}
session:add(c)
session:commit()
local _ = c.name
db.clear_recorded_queries()
session:delete(b)
c.name = 'ada'
flush()
session:commit()
-- an UPDATE gives it up: no delete is needed
c.name = 'cleo'
session:add(User{name = 'ada'})
db.clear_recorded_queries()
flush()
session:commit()
--> SELECT note.id AS note_id, note.user_id AS note_user_id FROM note WHERE note.user_id = ?  [1]
--> SELECT post.id AS post_id, post.user_id AS post_user_id FROM post WHERE post.user_id = ?  [1]
--> SELECT user.id AS user_id, user.name AS user_name FROM user WHERE user.id = ?  [1]
--> UPDATE post SET user_id=NULL WHERE post.id = ?  [1]
--> DELETE FROM note WHERE note.id = ?  [1]
--> DELETE FROM user WHERE user.id = ?  [1]
--> INSERT INTO user (name) VALUES (?)  [ada]
--> 1	0	nil
--> SELECT note.id AS note_id, note.user_id AS note_user_id FROM note WHERE note.user_id = ?  [1]
--> SELECT post.id AS post_id, post.user_id AS post_user_id FROM post WHERE post.user_id = ?  [1]
--> SELECT user.id AS user_id, user.name AS user_name FROM user WHERE user.id = ?  [1]
--> DELETE FROM user WHERE user.id = ?  [1]
--> UPDATE user SET name=? WHERE user.id = ?  [ada, 2]
--> UPDATE user SET name=? WHERE user.id = ?  [cleo, 2]
--> INSERT INTO user (name) VALUES (?)  [ada]
--postgresql> SELECT note.id AS note_id, note.user_id AS note_user_id FROM note WHERE note.user_id = ?  [1]
--postgresql> SELECT post.id AS post_id, post.user_id AS post_user_id FROM post WHERE post.user_id = ?  [1]
--postgresql> SELECT user.id AS user_id, user.name AS user_name FROM user WHERE user.id = ?  [1]
--postgresql> UPDATE post SET user_id=NULL WHERE post.id = ?  [1]
--postgresql> DELETE FROM note WHERE note.id = ?  [1]
--postgresql> DELETE FROM user WHERE user.id = ?  [1]
--postgresql> INSERT INTO user
--postgresql> 1	0	nil
--postgresql> SELECT note.id AS note_id, note.user_id AS note_user_id FROM note WHERE note.user_id = ?  [2]
--postgresql> SELECT post.id AS post_id, post.user_id AS post_user_id FROM post WHERE post.user_id = ?  [2]
--postgresql> SELECT user.id AS user_id, user.name AS user_name FROM user WHERE user.id = ?  [2]
--postgresql> DELETE FROM user WHERE user.id = ?  [2]
--postgresql> UPDATE user SET name=? WHERE user.id = ?  [ada, 3]
--postgresql> UPDATE user SET name=? WHERE user.id = ?  [cleo, 3]
--postgresql> INSERT INTO user
-- Something that stays still refers to it.
session:add(Log{user_id = c.id})
session:commit()
log = Log.query:one()
local _ = log.user_id, c.name
session:delete(c)
log.id = 5
session:add(User{name = 'cleo'})
session:flush()
--! IntegrityError: UNIQUE constraint failed: user.name
--!   while INSERT of <User (pending)> (name = 'cleo')
--!   while <User (pending)> takes over the name of <User 2>, which is deleted in the same flush
--!   [SQL: INSERT INTO user (name) VALUES (?)]
--!   [parameters: ('cleo')]
--!   <Log 1> still refers to <User 2>
--!   delete <User 2> and what refers to it, flush, and only then use the value again; call db.session:rollback() to go on
--postgresql! IntegrityError: duplicate key value violates unique constraint "user_name_key": Key (name)=(cleo) already exists.
--postgresql!   DETAIL:  Key (name)=(cleo) already exists.
--postgresql!   while INSERT of <User (pending)> (name = 'cleo')
--postgresql!   while <User (pending)> takes over the name of <User 3>, which is deleted in the same flush
--postgresql!   <Log 1> still refers to <User 3>
--postgresql!   delete <User 3> and what refers to it, flush, and only then use the value again; call db.session:rollback() to go on
session:rollback()

-- --- deletes that only foreign keys tie together ----------------------------------------------------------
fresh(function()
  X = db.Model 'X' {id = key(), y_id = db.Column{db.Integer, db.ForeignKey 'y.id'}}
  Y = db.Model 'Y' {id = key(), z_id = db.Column{db.Integer, db.ForeignKey 'z.id'}}
  Z = db.Model 'Z' {id = key(), x_id = db.Column{db.Integer, db.ForeignKey 'x.id'}}
end)
x = X{}
session:add(x)
session:flush()
z = Z{x_id = x.id}
session:add(z)
session:flush()
y = Y{z_id = z.id}
session:add(y)
session:flush()
x.y_id = y.id
session:commit()
db.clear_recorded_queries()
for _, o in ipairs{x, y, z} do session:delete(o) end
session:flush()
for _, q in ipairs(db.get_recorded_queries()) do
  if q.statement:match '^UPDATE' or q.statement:match '^DELETE' then print((q.statement:gsub('%s+', ' '))) end
end
session:commit()
print(X.query:count() + Y.query:count() + Z.query:count())
--> UPDATE x SET y_id=NULL WHERE x.id = ?
--> DELETE FROM y WHERE y.id = ?
--> DELETE FROM z WHERE z.id = ?
--> DELETE FROM x WHERE x.id = ?
--> 0

-- rows of one table, in the order of the keys they were given
fresh(function()
  Part = db.Model 'Part' {id = key(), name = text(), whole_id = db.Column{db.Integer, db.ForeignKey 'part.id'}}
end)
session:add_all{Part{id = 3, whole_id = 2}, Part{id = 2, whole_id = 1}, Part{id = 1}, Part{id = 4, whole_id = 4}}
flush()
--> INSERT INTO part (id, name, whole_id) VALUES (?, ?, ?)  [1, NULL, NULL]

-- classes of one tree, as they were added
fresh(function()
  Beast = db.Model 'Beast' {id = key(), kind = text(), __mapper_args__ = {polymorphic_on = 'kind', polymorphic_identity = 'beast'}}
  Cat = db.Model('Cat', Beast) {lives = db.Column{db.Integer}, __mapper_args__ = {polymorphic_identity = 'cat'}}
  Dog = db.Model('Dog', Beast) {__mapper_args__ = {polymorphic_identity = 'dog'}}
end)
session:add_all{Dog{}, Cat{lives = 9}, Beast{}, Cat{}}
flush()
print(Beast.query:order_by(Beast.id):all())
for _, b in ipairs(Beast.query:order_by(Beast.id:desc()):all()) do session:delete(b) end
flush()
--> INSERT INTO beast (kind) VALUES (?)  [dog]
--> INSERT INTO beast (kind, lives) VALUES (?, ?)  [cat, 9]
--> INSERT INTO beast (kind) VALUES (?)  [beast]
--> INSERT INTO beast (kind, lives) VALUES (?, ?)  [cat, NULL]
--> {<Dog 1>, <Cat 2>, <Beast 3>, <Cat 4>}
--> SELECT beast.id AS beast_id, beast.kind AS beast_kind FROM beast ORDER BY beast.id
--> SELECT beast.id AS beast_id, beast.kind AS beast_kind FROM beast ORDER BY beast.id DESC
--> DELETE FROM beast WHERE beast.id = ?  [1]
--> DELETE FROM beast WHERE beast.id = ?  [2]
--> DELETE FROM beast WHERE beast.id = ?  [3]
--> DELETE FROM beast WHERE beast.id = ?  [4]

-- --- autoflush that fails ---------------------------------------------------------------------------------
fresh(function()
  User = db.Model 'User' {id = key(), name = text{unique = true}}
end)
session:add_all{User{name = 'x'}, User{name = 'x'}}
User.query:count()
--! IntegrityError: UNIQUE constraint failed: user.name
--!   while INSERT of <User (pending)> (name = 'x')
--!   while autoflush before a query; session:no_autoflush(function) holds it back
--!   [SQL: INSERT INTO user (name) VALUES (?)]
--!   [parameters: ('x')]
--!   User.name must be unique, and 'x' is taken: give <User (pending)> another value
--!   another new object has it, too
--!   nothing of this flush was kept; call db.session:rollback() to go on
session:rollback()

-- --- a row that refers to itself, and gets another key in the same flush --------------------------------------
fresh(function()
  House = db.Model 'House' {id = key()}
  Room = db.Model 'Room' {
    house_id = db.Column{db.Integer, db.ForeignKey 'house.id', primary_key = true},
    number = key(),
    twin_house = db.Column{db.Integer}, twin_number = db.Column{db.Integer},
    __table_args__ = {db.ForeignKeyConstraint{{'twin_house', 'twin_number'}, {'room.house_id', 'room.number'}}},
  }
  Room.twin = db.relationship{
    'Room', foreign_keys = {Room.twin_house, Room.twin_number}, remote_side = {Room.house_id, Room.number},
  }
  Room.house = db.relationship{'House', foreign_keys = {Room.house_id}}
end)
room = Room{house_id = 2, number = 1}
session:add_all{House{id = 2}, House{id = 7}, room}
session:commit()
room.twin = room
room.house = House.query:get(7)
db.clear_recorded_queries()
flush()
print(session:execute(db.text 'SELECT * FROM room'):all()[1])
session:commit()
--> UPDATE room SET house_id=?, twin_house=?, twin_number=? WHERE room.house_id = ? AND room.number = ?  [7, 7, 1, 2, 1]
--> (7, 1, 7, 1)
