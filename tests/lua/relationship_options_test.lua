-- The options of db.relationship: how the tables are joined, what is written and what only read.
require 'relations'

-- --- several paths: foreign_keys ---------------------------------------------------------------------
start 'paths'
User = db.Model 'User' {id = key(), name = text()}
Post = db.Model 'Post' {
  id = key(), name = text(), author_id = ref 'user.id', editor_id = ref 'user.id',
  author = db.relationship{'User', foreign_keys = 'author_id', backref = 'written'},
  editor = db.relationship{'User', foreign_keys = 'Post.editor_id', backref = db.backref{'edited', order_by = 'Post.id desc'}},
}
db.create_all()
ada, bob = User{name = 'ada'}, User{name = 'bob'}
session:add_all{Post{name = 'p1', author = ada, editor = bob}, Post{name = 'p2', author = bob, editor = bob}}
session:commit()
names(ada.written) names(bob.edited)
show(Post.query:join(Post.editor))
show(Post.query:filter(Post.author == ada))
reads(bob, 'edited')
--> {p1}
--> {p2, p1}
--> SELECT post.id AS post_id, post.name AS post_name, post.author_id AS post_author_id, post.editor_id AS post_editor_id FROM post JOIN user ON user.id = post.editor_id
--> SELECT post.id AS post_id, post.name AS post_name, post.author_id AS post_author_id, post.editor_id AS post_editor_id FROM post WHERE post.author_id = ?
--> BEGIN
--> SELECT post.id AS post_id, post.name AS post_name, post.author_id AS post_author_id, post.editor_id AS post_editor_id FROM post WHERE post.editor_id = ? ORDER BY post.id DESC  [2]

-- Columns, functions, expressions as text, and lists of them; a column of the body that is being written.
start 'forms'
User = db.Model 'User' {id = key(), name = text()}
writer = ref 'user.id'
Post = db.Model 'Post' {
  id = key(), author_id = ref 'user.id', editor_id = ref 'user.id', writer_id = writer,
  author = db.relationship{User, foreign_keys = {'author_id'}},
  editor = db.relationship{function() return User end, foreign_keys = function() return Post.editor_id end},
  writer = db.relationship{User, foreign_keys = writer},
}
User.edited = db.relationship{'Post', foreign_keys = '[Post.editor_id]', viewonly = true}
User.written = db.relationship{'Post', foreign_keys = Post.author_id, viewonly = true, order_by = 'desc(Post.id), Post.editor_id'}
for _, r in ipairs{Post.author, Post.editor, Post.writer} do show(Post.query:join(r)) end
show(User.query:join(User.edited))
--> SELECT post.writer_id AS post_writer_id, post.id AS post_id, post.author_id AS post_author_id, post.editor_id AS post_editor_id FROM post JOIN user ON user.id = post.author_id
--> SELECT post.writer_id AS post_writer_id, post.id AS post_id, post.author_id AS post_author_id, post.editor_id AS post_editor_id FROM post JOIN user ON user.id = post.editor_id
--> SELECT post.writer_id AS post_writer_id, post.id AS post_id, post.author_id AS post_author_id, post.editor_id AS post_editor_id FROM post JOIN user ON user.id = post.writer_id
--> SELECT user.id AS user_id, user.name AS user_name FROM user JOIN post ON user.id = post.editor_id
db.create_all()
one = User{name = 'one'}
session:add(one)
reads(one, 'written')
--> BEGIN
--> SELECT post.writer_id AS post_writer_id, post.id AS post_id, post.author_id AS post_author_id, post.editor_id AS post_editor_id FROM post WHERE post.author_id = ? ORDER BY post.id DESC, post.editor_id  [1]

-- --- conditions: an expression, a function, a text ------------------------------------------------------
start 'conditions'
User = db.Model 'User' {
  id = key(), name = text(),
  live    = db.relationship{'Post', primaryjoin = function() return User.id == Post.user_id and Post.active == true end, viewonly = true},
  drafts  = db.relationship{'Post', primaryjoin = 'and_(User.id == Post.user_id, Post.active == false)', viewonly = true, order_by = 'Post.name'},
  posts   = db.relationship{'Post', primaryjoin = 'User.id == Post.user_id', back_populates = 'user'},
}
Post = db.Model 'Post' {
  id = key(), name = text(), active = db.Column{db.Boolean}, user_id = ref 'user.id',
  user = db.relationship{'User', back_populates = 'posts'},
}
User.named = db.relationship{'Post', primaryjoin = db.foreign(Post.name) == User.name, viewonly = true}
db.create_all()
ada = User{name = 'ada', posts = {Post{name = 'b', active = true}, Post{name = 'c', active = false}, Post{name = 'a', active = false}, Post{name = 'ada'}}}
session:add_all{ada, User{name = 'bob'}}
session:commit()
names(ada.live) names(ada.drafts) names(ada.posts) names(ada.named)
reads(ada, 'live')
reads(ada, 'drafts')
reads(ada, 'posts')
show(User.query:join(User.live))
names(User.query:filter(User.live:any()):all())
show(User.query:filter(User.live:any(Post.name == 'b')))
show(User.query:outerjoin(User.drafts:and_(Post.name ~= 'x')))
show(User.query:filter(User.live:contains(ada.live[1])))
--> {b}
--> {a, c}
--> {b, c, a, ada}
--> {ada}
--> BEGIN
--> SELECT post.id AS post_id, post.name AS post_name, post.active AS post_active, post.user_id AS post_user_id FROM post WHERE ? = post.user_id AND post.active = ?  [1, 1]
--> BEGIN
--> SELECT post.id AS post_id, post.name AS post_name, post.active AS post_active, post.user_id AS post_user_id FROM post WHERE ? = post.user_id AND post.active = ? ORDER BY post.name  [1, 0]
--> BEGIN
--> SELECT post.id AS post_id, post.name AS post_name, post.active AS post_active, post.user_id AS post_user_id FROM post WHERE post.user_id = ?  [1]
--> SELECT user.id AS user_id, user.name AS user_name FROM user JOIN post ON user.id = post.user_id AND post.active = ?
--> {ada}
--> SELECT user.id AS user_id, user.name AS user_name FROM user WHERE EXISTS (SELECT 1 FROM post WHERE user.id = post.user_id AND post.active = ? AND post.name = ?)
--> SELECT user.id AS user_id, user.name AS user_name FROM user LEFT OUTER JOIN post ON user.id = post.user_id AND post.active = ? AND post.name != ?
--> SELECT user.id AS user_id, user.name AS user_name FROM user WHERE user.id = ? AND ? = ?
--postgresql> {b}
--postgresql> {a, c}
--postgresql> {b, c, a, ada}
--postgresql> {ada}
--postgresql> SELECT post.id AS post_id, post.name AS post_name, post.active AS post_active, post.user_id AS post_user_id FROM post WHERE ? = post.user_id AND post.active = ?  [1, true]
--postgresql> SELECT post.id AS post_id, post.name AS post_name, post.active AS post_active, post.user_id AS post_user_id FROM post WHERE ? = post.user_id AND post.active = ? ORDER BY post.name  [1, false]
--postgresql> SELECT post.id AS post_id, post.name AS post_name, post.active AS post_active, post.user_id AS post_user_id FROM post WHERE post.user_id = ?  [1]
--postgresql> SELECT user.id AS user_id, user.name AS user_name FROM user JOIN post ON user.id = post.user_id AND post.active = ?
--postgresql> {ada}
--postgresql> SELECT user.id AS user_id, user.name AS user_name FROM user WHERE EXISTS (SELECT 1 FROM post WHERE user.id = post.user_id AND post.active = ? AND post.name = ?)
--postgresql> SELECT user.id AS user_id, user.name AS user_name FROM user LEFT OUTER JOIN post ON user.id = post.user_id AND post.active = ? AND post.name != ?
--postgresql> SELECT user.id AS user_id, user.name AS user_name FROM user WHERE user.id = ? AND ? = ?
p = db.aliased(Post, 'p')
show(User.query:join(User.live:of_type(p)):filter(p.name == 'b'))
show(User.query:filter(User.posts:any(Post.name == 'b')))
--> SELECT user.id AS user_id, user.name AS user_name FROM user JOIN post AS p ON user.id = p.user_id AND p.active = ? WHERE p.name = ?
--> SELECT user.id AS user_id, user.name AS user_name FROM user WHERE EXISTS (SELECT 1 FROM post WHERE user.id = post.user_id AND post.name = ?)

-- Conditions that are no equalities are only read.
start 'ranges'
Span = db.Model 'Span' {
  id = key(), low = db.Column{db.Integer}, high = db.Column{db.Integer},
  events = db.relationship{'Event', viewonly = true, order_by = 'Event.at', primaryjoin = function()
    return db.and_(db.foreign(Event.at) >= Span.low, Event.at < Span.high) end},
}
Event = db.Model 'Event' {id = key(), name = text(), at = db.Column{db.Integer}}
db.create_all()
span = Span{low = 3, high = 6}
session:add_all{span, Event{name = 'e1', at = 1}, Event{name = 'e5', at = 5}, Event{name = 'e3', at = 3}, Event{name = 'e6', at = 6}}
session:commit()
names(span.events)
reads(span, 'events')
show(Span.query:join(Span.events))
--> {e3, e5}
--> BEGIN
--> SELECT span.id AS span_id, span.low AS span_low, span.high AS span_high FROM span WHERE span.id = ?  [1]
--> SELECT event.id AS event_id, event.name AS event_name, event.at AS event_at FROM event WHERE event.at >= ? AND event.at < ? ORDER BY event.at  [3, 6]
--> SELECT span.id AS span_id, span.low AS span_low, span.high AS span_high FROM span JOIN event ON event.at >= span.low AND event.at < span.high
-- The newest of each: a subquery that speaks of the owner's row.
Group = db.Model 'Group' {
  id = key(),
  newest = db.relationship{'Entry', uselist = false, viewonly = true, primaryjoin = function()
    local other = db.aliased(Entry, 'other')
    return db.and_(Group.id == Entry.group_id,
      Entry.id == db.select(db.func.max(other.id)):where(other.group_id == Group.id):correlate(Group):scalar_subquery())
  end},
}
Entry = db.Model 'Entry' {id = key(), name = text(), group_id = ref 'group.id'}
db.create_all()
g = Group{}
session:add(g) session:flush()
session:add_all{Entry{name = 'old', group_id = g.id}, Entry{name = 'new', group_id = g.id}}
session:commit()
print(g.newest.name)
reads(g, 'newest')
show(Group.query:join(Group.newest))
--> new
--> BEGIN
--> SELECT entry.id AS entry_id, entry.name AS entry_name, entry.group_id AS entry_group_id FROM entry WHERE ? = entry.group_id AND entry.id = (SELECT max(other.id) AS max_1 FROM entry AS other WHERE other.group_id = ?)  [1, 1]
--> SELECT "group".id AS group_id FROM "group" JOIN entry ON "group".id = entry.group_id AND entry.id = (SELECT max(other.id) AS max_1 FROM entry AS other WHERE other.group_id = "group".id)

-- --- without a foreign key in the database ---------------------------------------------------------------
start 'unconstrained'
Team = db.Model 'Team' {
  id = key(), code = text(), name = text(),
  players = db.relationship{'Player', primaryjoin = 'Team.code == foreign(Player.team_code)', backref = 'team'},
}
Player = db.Model 'Player' {id = key(), name = text(), team_code = text()}
db.create_all()
db.clear_recorded_queries()
red = Team{code = 'R', name = 'red'}
session:add(Player{name = 'ann', team = red})
session:flush()
sql()
names(red.players)
--> BEGIN IMMEDIATE
--> INSERT INTO team (code, name) VALUES (?, ?)  [R, red]
--> INSERT INTO player (name, team_code) VALUES (?, ?)  [ann, R]
--> {ann}
red.players:remove(red.players[1])
session:flush()
sql()
show(Player.query:filter(Player.team == red))
show(Player.query:filter(Player.team == nil))
print(Player.query:one().team)
--> UPDATE player SET team_code=? WHERE player.id = ?  [null, 1]
--> SELECT player.id AS player_id, player.name AS player_name, player.team_code AS player_team_code FROM player WHERE player.team_code = ?
--> SELECT player.id AS player_id, player.name AS player_name, player.team_code AS player_team_code FROM player WHERE player.team_code IS NULL
--> nil

-- --- a table joined to itself ------------------------------------------------------------------------
start 'trees'
Node = db.Model 'Node' {
  id = key(), name = text(), parent_id = ref 'node.id',
  children = db.relationship{'Node', back_populates = 'parent'},
  parent = db.relationship{'Node', remote_side = 'id', back_populates = 'children'},
}
Item = db.Model 'Item' {
  id = key(), name = text(), parent_id = ref 'item.id',
  parent = db.relationship{'Item', remote_side = function() return Item.id end, backref = 'children'},
}
Path = db.Model 'Path' {
  name = db.Column{db.String(40), primary_key = true},
  below = db.relationship{'Path', viewonly = true, order_by = 'name', primaryjoin = function()
    return db.remote(db.foreign(Path.name)):like(Path.name .. '/%') end},
}
Folder = db.Model 'Folder' {
  account_id = db.Column{db.Integer, primary_key = true}, id = db.Column{db.Integer, primary_key = true},
  parent_id = db.Column{db.Integer}, name = text(),
  __table_args__ = {db.ForeignKeyConstraint{{'account_id', 'parent_id'}, {'folder.account_id', 'folder.id'}}},
  parent = db.relationship{'Folder', remote_side = {'account_id', 'id'}, backref = 'children'},
}
db.create_all()
top = Node{name = 'top', children = {Node{name = 'a'}, Node{name = 'b', children = {Node{name = 'c'}}}}}
session:add(top)
session:add(Item{name = 'leaf', parent = Item{name = 'root'}})
for _, name in ipairs{'x', 'x/y', 'x/y/z', 'xy'} do session:add(Path{name = name}) end
session:add_all{Folder{account_id = 1, id = 1, name = 'home'}, Folder{account_id = 1, id = 2, name = 'docs', parent_id = 1}}
session:commit()
names(top.children) print(top.children[2].children[1].parent.name)
print(Item.query:filter_by{name = 'leaf'}:one().parent.name)
--> {a, b}
--> b
--> root
x = Path.query:get 'x'
names(x.below)
--> {x/y, x/y/z}
db.clear_recorded_queries()
session:expire(x, {'below'})
names(x.below)
sql()
names(Path.query:filter(Path.below:any()):all())
--> {x/y, x/y/z}
--> SELECT path.name AS path_name FROM path WHERE path.name LIKE ? || ? ORDER BY path.name  [x, /%]
--> {x, x/y}
docs = Folder.query:get{1, 2}
print(docs.parent.name) names(docs.parent.children)
--> home
--> {docs}
child = db.aliased(Node, 'child')
show(Node.query:join(Node.children:of_type(child)))
show(Node.query:filter(Node.children:any(Node.name == 'c')))
show(Node.query:filter(Node.parent:has(Node.name == 'top')))
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node JOIN node AS child ON node.id = child.parent_id
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE EXISTS (SELECT 1 FROM node AS node_1 WHERE node.id = node_1.parent_id AND node_1.name = ?)
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE EXISTS (SELECT 1 FROM node AS node_1 WHERE node_1.id = node.parent_id AND node_1.name = ?)
-- The same with the other row marked in the condition.
Twig = db.Model 'Twig' {
  id = key(), name = text(), parent_id = ref 'twig.id',
  parent = db.relationship{'Twig', primaryjoin = 'remote(Twig.id) == Twig.parent_id', backref = 'children'},
}
db.create_all()
session:add(Twig{name = 't1', children = {Twig{name = 't2'}}})
session:commit()
print(Twig.query:filter_by{name = 't2'}:one().parent.name)
--> t1

-- --- many to many -------------------------------------------------------------------------------------
start 'many'
followers = db.Table{'followers',
  db.Column{'follower_id', db.Integer, db.ForeignKey 'user.id', primary_key = true},
  db.Column{'followed_id', db.Integer, db.ForeignKey 'user.id', primary_key = true}}
User = db.Model 'User' {
  id = key(), name = text(),
  followed = db.relationship{'User', secondary = followers,
    primaryjoin = function() return followers.c.follower_id == User.id end,
    secondaryjoin = function() return followers.c.followed_id == User.id end,
    backref = db.backref{'followers', lazy = 'dynamic'}, lazy = 'dynamic'},
}
db.create_all()
susan, john = User{name = 'susan'}, User{name = 'john'}
session:add_all{susan, john}
susan.followed:append(john)
session:flush()
print(susan.followed:filter(followers.c.followed_id == john.id):count(), john.followers:one().name, john.followed:count())
show(susan.followed)
show(john.followers)
--> 1	susan	0
--> SELECT user.id AS user_id, user.name AS user_name FROM user, followers WHERE ? = followers.follower_id AND user.id = followers.followed_id
--> SELECT user.id AS user_id, user.name AS user_name FROM user, followers WHERE ? = followers.followed_id AND user.id = followers.follower_id
-- One half of the condition follows from the keys of the table; `secondary` as a name and as a function.
session:commit()
Tag = db.Model 'Tag' {id = key(), name = text()}
Page = db.Model 'Page' {
  id = key(), name = text(),
  tags = db.relationship{'Tag', secondary = 'page_tag', backref = 'pages'},
  pinned = db.relationship{'Tag', secondary = function() return page_tag end, viewonly = true,
    primaryjoin = 'and_(Page.id == page_tag.c.page_id, page_tag.c.pinned == true)'},
}
page_tag = db.Table{'page_tag', db.Column{'page_id', db.Integer, db.ForeignKey 'page.id'},
  db.Column{'tag_id', db.Integer, db.ForeignKey 'tag.id'}, db.Column{'pinned', db.Boolean, default = false}}
db.create_all()
page = Page{name = 'p', tags = {Tag{name = 't1'}, Tag{name = 't2'}}}
session:add(page)
session:flush()
session:execute(db.update(page_tag):where(page_tag.c.tag_id == page.tags[2].id):values{pinned = true})
session:commit()
names(page.pinned)
reads(page, 'pinned')
show(Page.query:join(Page.pinned))
show(Page.query:filter(Page.pinned:any(Tag.name == 't1')))
names(page.tags[1].pages)
show(Page.query:filter(Page.tags:contains(page.tags[1])))
--> {t2}
--> BEGIN
--> SELECT tag.id AS tag_id, tag.name AS tag_name FROM tag, page_tag WHERE ? = page_tag.page_id AND page_tag.pinned = ? AND tag.id = page_tag.tag_id  [1, 1]
--> SELECT page.id AS page_id, page.name AS page_name FROM page JOIN page_tag AS page_tag_1 ON page.id = page_tag_1.page_id AND page_tag_1.pinned = ? JOIN tag ON tag.id = page_tag_1.tag_id
--> SELECT page.id AS page_id, page.name AS page_name FROM page WHERE EXISTS (SELECT 1 FROM tag, page_tag WHERE page.id = page_tag.page_id AND page_tag.pinned = ? AND tag.id = page_tag.tag_id AND tag.name = ?)
--> {p}
--> SELECT page.id AS page_id, page.name AS page_name FROM page WHERE EXISTS (SELECT 1 FROM tag, page_tag WHERE page.id = page_tag.page_id AND tag.id = page_tag.tag_id AND tag.id = ?)
--postgresql> {t2}
--postgresql> SELECT tag.id AS tag_id, tag.name AS tag_name FROM tag, page_tag WHERE ? = page_tag.page_id AND page_tag.pinned = ? AND tag.id = page_tag.tag_id  [1, true]
--postgresql> SELECT page.id AS page_id, page.name AS page_name FROM page JOIN page_tag AS page_tag_1 ON page.id = page_tag_1.page_id AND page_tag_1.pinned = ? JOIN tag ON tag.id = page_tag_1.tag_id
--postgresql> SELECT page.id AS page_id, page.name AS page_name FROM page WHERE EXISTS (SELECT 1 FROM tag, page_tag WHERE page.id = page_tag.page_id AND page_tag.pinned = ? AND tag.id = page_tag.tag_id AND tag.name = ?)
--postgresql> {p}
--postgresql> SELECT page.id AS page_id, page.name AS page_name FROM page WHERE EXISTS (SELECT 1 FROM tag, page_tag WHERE page.id = page_tag.page_id AND tag.id = page_tag.tag_id AND tag.id = ?)

-- --- one to one ---------------------------------------------------------------------------------------
start 'one'
Person = db.Model 'Person' {id = key(), name = text(), passport = db.relationship{'Passport', uselist = false, back_populates = 'holder'}}
Passport = db.Model 'Passport' {id = key(), name = text(), person_id = ref 'person.id', holder = db.relationship{'Person', back_populates = 'passport'}}
db.create_all()
ann, ben = Person{name = 'ann', passport = Passport{name = 'P1'}}, Person{name = 'ben', passport = Passport{name = 'P2'}}
session:add_all{ann, ben}
session:commit()
-- Stealing: the former holder lets go, and so does the former passport.
p1 = ann.passport
ben.passport = p1
print(ann.passport, ben.passport.name, p1.holder.name)
--> nil	P1	ben
session:commit()
print(ann.passport, ben.passport.name, Passport.query:filter_by{name = 'P2'}:one().holder)
--> nil	P1	nil
-- A passport that was not loaded is let go of, too.
ben.passport = Passport{name = 'P3'}
session:commit()
print(p1.holder, ben.passport.name, Passport.query:filter(Passport.holder == nil):count())
show(Person.query:filter(Person.passport == nil))
show(Person.query:filter(Person.passport:has(Passport.name == 'P3')))
--> nil	P3	2
--> SELECT person.id AS person_id, person.name AS person_name FROM person WHERE NOT EXISTS (SELECT 1 FROM passport WHERE person.id = passport.person_id)
--> SELECT person.id AS person_id, person.name AS person_name FROM person WHERE EXISTS (SELECT 1 FROM passport WHERE person.id = passport.person_id AND passport.name = ?)
-- Several rows where one is expected.
session:execute(db.update(Passport):values{person_id = ben.id})
session:commit()
print(#moonbase.catch_warnings(function() return ben.passport end))
--> 1

-- --- association object, keys of two columns -------------------------------------------------------------
start 'association'
Student = db.Model 'Student' {id = key(), name = text(), seats = db.relationship{'Seat', back_populates = 'student', order_by = 'Seat.row'}}
Seat = db.Model 'Seat' {
  row = db.Column{db.Integer, primary_key = true}, number = db.Column{db.Integer, primary_key = true},
  student_id = ref 'student.id', grade = db.Column{db.Integer},
  student = db.relationship{'Student', back_populates = 'seats'},
  marks = db.relationship{'Mark', back_populates = 'seat'},
}
Mark = db.Model 'Mark' {
  id = key(), name = text(), seat_row = db.Column{db.Integer}, seat_number = db.Column{db.Integer},
  __table_args__ = {db.ForeignKeyConstraint{{'seat_row', 'seat_number'}, {'seat.row', 'seat.number'}}},
  seat = db.relationship{'Seat', back_populates = 'marks'},
}
db.create_all()
s = Student{name = 's', seats = {Seat{row = 2, number = 1, grade = 5}, Seat{row = 1, number = 9}}}
session:add(s)
s.seats[1].marks:append(Mark{name = 'm'})
session:commit()
print(s.seats[1].row, s.seats[2].grade, s.seats[2].marks[1].seat_row, s.seats[2].marks[1].seat.student.name)
reads(Mark.query:one(), 'seat')
show(Seat.query:join(Seat.marks))
show(Mark.query:filter(Mark.seat == s.seats[2]))
--> 1	5	2	s
--> BEGIN
--> SELECT mark.id AS mark_id, mark.name AS mark_name, mark.seat_row AS mark_seat_row, mark.seat_number AS mark_seat_number FROM mark WHERE mark.id = ?  [1]
--> SELECT seat."row" AS seat_row, seat.number AS seat_number, seat.student_id AS seat_student_id, seat.grade AS seat_grade FROM seat JOIN mark ON seat."row" = mark.seat_row AND seat.number = mark.seat_number
--> SELECT mark.id AS mark_id, mark.name AS mark_name, mark.seat_row AS mark_seat_row, mark.seat_number AS mark_seat_number FROM mark WHERE mark.seat_row = ? AND mark.seat_number = ?

-- --- only read ------------------------------------------------------------------------------------------
start 'viewonly'
User = db.Model 'User' {
  id = key(), name = text(),
  posts = db.relationship{'Post', back_populates = 'user'},
  seen = db.relationship{'Post', viewonly = true, order_by = function() return {Post.name:desc(), Post.id} end},
}
Post = db.Model 'Post' {id = key(), name = text(), user_id = ref 'user.id', user = db.relationship{'User', back_populates = 'posts'}}
db.create_all()
u = User{name = 'u'}
session:add(u)
session:commit()
u.seen:append(Post{name = 'never'})
session:commit()
print(Post.query:count(), #u.seen)
--> 0	0
session:add_all{Post{name = 'a', user = u}, Post{name = 'b', user = u}}
session:commit()
names(u.seen)
--> {b, a}
User.later = db.relationship{'Post', viewonly = true, cascade = 'all, delete-orphan'}
User.query:count()
--! ArgumentError: relationship User.later is viewonly, and the cascade 'all, delete-orphan' is about writing
User.later = db.relationship{'Post', viewonly = true, sync_backref = true}
User.query:count()
--! ArgumentError: relationship User.later is viewonly: sync_backref = true cannot be
for _, w in ipairs(moonbase.catch_warnings(function()
  User.later = db.relationship{'Post', viewonly = true, passive_deletes = true, active_history = true}
  User.query:count()
end)) do print(w.message) end
--> relationship User.later is viewonly: nothing is written, and there is no use in passive_deletes and active_history

-- --- what is written twice ---------------------------------------------------------------------------------
function warnings(options, other)
  start 'overlaps'
  local caught = moonbase.catch_warnings(function()
    options[1], other[1] = 'Child', 'Parent'
    Parent = db.Model 'Parent' {id = key(), children = db.relationship(options)}
    Child = db.Model 'Child' {id = key(), parent_id = ref 'parent.id', parent = db.relationship(other)}
    local _ = Parent.query
  end)
  for _, w in ipairs(caught) do print(w.message) end
  print(#caught)
end
warnings({}, {})
warnings({overlaps = 'parent'}, {})
warnings({}, {overlaps = {'children'}})
warnings({viewonly = true}, {})
warnings({back_populates = 'parent'}, {back_populates = 'children'})
warnings({back_populates = 'parent', viewonly = true}, {back_populates = 'children'})
warnings({back_populates = 'parent', viewonly = true}, {back_populates = 'children', sync_backref = false})
warnings({}, {passive_deletes = true, overlaps = 'children'})
--> relationship Child.parent writes the column child.parent_id, which Parent.children writes too. Say back_populates in both if they are two sides of one thing, viewonly = true in what is only read, or overlaps = 'children' in Child.parent if it is meant so.
--> 1
--> 0
--> 0
--> 0
--> 0
--> relationship Child.parent is paired with Parent.children, which is viewonly and is not kept in step: say sync_backref = false
--> 1
--> 0
--> relationship Child.parent is many-to-one: passive_deletes is for the side of the one that is deleted
--> 1

-- --- deleted owners: passive_deletes ---------------------------------------------------------------------
start 'passive'
function family(name, options)
  options[1] = name .. 'Child'
  local Parent = db.Model(name) {id = key(), children = db.relationship(options)}
  db.Model(name .. 'Child') {id = key(), parent_id = db.Column{db.Integer, db.ForeignKey{name:lower() .. '.id', ondelete = 'CASCADE'}}}
  db.create_all()
  return Parent
end
function delete(Parent, options)
  local p = Parent{}
  session:add(p)
  session:flush()
  Child = moonbase.inspect(Parent).relationships.children
  session:execute(db.text('INSERT INTO ' .. Parent.__table__.name .. '_child (parent_id) VALUES (1)'))
  session:commit()
  if options == 'loaded' then print(#p.children) end
  db.clear_recorded_queries()
  session:delete(p)
  session:flush()
  sql()
  session:commit()
end
delete(family('Plain', {}))
delete(family('Passive', {passive_deletes = true}))
delete(family('Loaded', {passive_deletes = true}), 'loaded')
delete(family('Every', {passive_deletes = 'all'}), 'loaded')
--> BEGIN
--> SELECT plain_child.id AS plain_child_id, plain_child.parent_id AS plain_child_parent_id FROM plain_child WHERE plain_child.parent_id = ?  [1]
--> COMMIT
--> BEGIN IMMEDIATE
--> UPDATE plain_child SET parent_id=? WHERE plain_child.id = ?  [null, 1]
--> DELETE FROM plain WHERE plain.id = ?  [1]
--> BEGIN IMMEDIATE
--> DELETE FROM passive WHERE passive.id = ?  [1]
--> 1
--> COMMIT
--> BEGIN IMMEDIATE
--> UPDATE loaded_child SET parent_id=? WHERE loaded_child.id = ?  [null, 1]
--> DELETE FROM loaded WHERE loaded.id = ?  [1]
--> 1
--> COMMIT
--> BEGIN IMMEDIATE
--> DELETE FROM every WHERE every.id = ?  [1]
Wrong = family('Wrong', {passive_deletes = 'all', cascade = 'all, delete'})
Wrong.query:count()
--! ArgumentError: relationship Wrong.children: passive_deletes = 'all' leaves the rows alone, and the cascade delete deletes them
--!   say passive_deletes = true, or leave delete out of cascade
db.relationship{'User', passive_deletes = 'al'}
--! TypeError: relationship: 'passive_deletes' must be true, false or 'all', got string

-- --- what a relationship tells of itself -------------------------------------------------------------------
start 'about'
User = db.Model 'User' {id = key(), name = text(), posts = db.relationship{'Post', backref = 'user', doc = 'what they wrote', info = {label = 'Posts'}}}
Post = db.Model 'Post' {id = key(), user_id = ref 'user.id'}
print(User.posts, User.posts.key, User.posts.doc, User.posts.info.label, Post.user.doc, next(Post.user.info))
--> User.posts	posts	what they wrote	Posts	nil	nil
