-- Relationship collections: lists, sets, dicts and a program's own classes; what is written for them.
moonbase = require 'moonbase'
app = moonbase.App 'collections'
app.config:update{DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
db = moonbase.Database(app)
session = db.session
statements = require 'statements'
function names(list)
  local out = {}
  for _, x in ipairs(list) do out[#out + 1] = tostring(x) end
  return '{' .. table.concat(out, ', ') .. '}'
end
function items(dict)
  local out = {}
  for key, x in pairs(dict) do out[#out + 1] = tostring(key) .. ' = ' .. tostring(x) end
  return '{' .. table.concat(out, ', ') .. '}'
end
function history(x, name)
  local h = moonbase.inspect(x).attrs[name].history
  return 'added ' .. names(h.added) .. ' unchanged ' .. names(h.unchanged) .. ' deleted ' .. names(h.deleted)
end
function text(class) function class:__repr__() return self.name end end

-- --- sets -------------------------------------------------------------------------------------------
User = db.Model 'User' {
  id     = db.Column{db.Integer, primary_key = true},
  name   = db.Column{db.String(64)},
  posts  = db.relationship{'Post', backref = 'author', collection_class = 'set', order_by = 'id'},
  groups = db.relationship{'Group', secondary = 'membership', collection_class = 'set',
                           backref = db.backref{'users', collection_class = 'set'}},
}
text(User)
Post = db.Model 'Post' {
  id      = db.Column{db.Integer, primary_key = true},
  name    = db.Column{db.String(140)},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
}
text(Post)
Group = db.Model 'Group' {
  id   = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(64)},
}
text(Group)
db.Table{'membership', db.Column{'user_id', db.Integer, db.ForeignKey 'user.id', primary_key = true},
         db.Column{'group_id', db.Integer, db.ForeignKey 'group.id', primary_key = true}}
db.create_all()
u, v = User{name = 'u'}, User{name = 'v'}
a, b, c = Post{name = 'a'}, Post{name = 'b'}, Post{name = 'c'}
u.posts:add(a)
u.posts:add(b)
u.posts:add(a)
print(names(u.posts), #u.posts, u.posts[2], u.posts:contains(a), u.posts:contains(c), a.author)
--> {a, b}	2	b	true	false	u
-- A set that changes under ipairs raises; pairs and all() go over what was there at the start.
for _, post in ipairs(u.posts) do u.posts:discard(post) end
--! InvalidRequestError: User.posts of <User (transient)> changed while a loop went over it
--!   go over a copy: for _, x in ipairs(u.posts:all()) do … end
u.posts = {a, b}
for _, post in pairs(u.posts) do u.posts:discard(post) end
print(#u.posts)
u.posts = {a, b}
u.posts:discard(c)
u.posts:discard(a)
print(names(u.posts), a.author)
--> 0
--> {b}	nil
u.posts:remove(a)
--! ValueError: remove: <Post (transient)> is not in User.posts of <User (transient)>
u.posts:update({a, b}, {c})
print(names(u.posts), u.posts:pop(), names(u.posts:all()))
--> {b, a, c}	c	{b, a}
u.posts:difference_update{a, c}
print(names(u.posts))
--> {b}
u.posts:update{a, c}
u.posts:intersection_update{c}
print(names(u.posts), a.author, c.author)
--> {c}	nil	u
u.posts:clear()
u.posts:pop()
--! KeyError: pop from an empty set
-- Assigned: a list, another set, or objects as the keys of a table; each object once.
u.posts = {a, b, a}
print(names(u.posts))
--> {a, b}
v.posts = u.posts
print(names(u.posts), names(v.posts), a.author)
--> {}	{a, b}	v
u.posts = {[a] = true, [b] = true, [c] = false}
print(names(u.posts), names(v.posts))
--> {a, b}	{}
u.posts = {name = 'a'}
--! TypeError: User.posts holds Post objects, got string
u.posts = a
--! TypeError: User.posts is a collection: assign a list of Post objects, got Post
u.posts:add(u)
--! TypeError: User.posts holds Post objects, got a User
u.posts:add(nil)
--! TypeError: User.posts holds Post objects, got nil
u.posts[1] = c
--! TypeError: User.posts is a set: it has no positions to assign
u.posts:append(c)
--! AttributeError: SetCollection has no attribute 'append'
-- Backrefs hold a member once, too.
c.author = u
u.posts:add(c)
print(names(u.posts))
--> {a, b, c}
c.author = nil
print(names(u.posts))
--> {a, b}
g, h = Group{name = 'g'}, Group{name = 'h'}
u.groups:update{g, h}
g.users:add(u)
print(names(g.users), names(u.groups))
--> {u}	{g, h}
session:add_all{u, v, c}
statements(function() session:flush() end)
--> INSERT INTO user (name) VALUES (?)
--> INSERT INTO post (name, user_id) VALUES (?, ?)
--> INSERT INTO "group" (name) VALUES (?)
--> INSERT INTO membership (user_id, group_id) VALUES (?, ?)
--> 4 statements
-- A set is written by what came in and what went.
u.groups:discard(h)
u.groups:add(Group{name = 'i'})
u.groups:discard(g)
u.groups:add(g)
print(history(u, 'groups'))
print(session:is_modified(u))
statements(function() session:flush() end)
print(session:is_modified(u), history(u, 'groups'))
--> added {i} unchanged {g} deleted {h}
--> true
--> DELETE FROM membership WHERE membership.user_id = ? AND membership.group_id = ?
--> INSERT INTO "group" (name) VALUES (?)
--> INSERT INTO membership (user_id, group_id) VALUES (?, ?)
--> 3 statements
--> false	added {} unchanged {i, g} deleted {}
-- Put back is no change.
u.groups:discard(g)
u.groups:add(g)
print(session:is_modified(u), history(u, 'groups'))
statements(function() session:flush() end)
--> false	added {} unchanged {i, g} deleted {}
--> 0 statements
session:commit()
-- Adding to one-to-many does not load; what is a member already is not written twice.
statements(function() u.posts:add(a) end)
statements(function() session:flush() end)
statements(function() u.groups:add(g) end)
statements(function() print(#u.groups) end)
statements(function() session:flush() end)
--> 0 statements
--> UPDATE post SET user_id=? WHERE post.id = ?
--> 1 statement
--> SELECT "group".id AS group_id, "group".name AS group_name FROM "group", membership WHERE ? = membership.user_id AND "group".id = membership.group_id
--> 1 statement
--> 2
--> 0 statements
--> 0 statements
session:commit()
statements(function() g.users:add(v) end)
print(history(g, 'users'))
print(names(v.groups), names(g.users))
--> SELECT user.id AS user_id, user.name AS user_name FROM user, membership WHERE ? = membership.group_id AND user.id = membership.user_id
--> 1 statement
--> added {v} unchanged {u} deleted {}
--> {g}	{u, v}
-- A loop goes over the members as they were.
for _, post in pairs(u.posts) do u.posts:discard(post) end
print(#u.posts)
--> 0
session:rollback()
print(names(u.posts))
--> {a, b}

-- --- dicts ------------------------------------------------------------------------------------------
Item = db.Model 'Item' {
  id    = db.Column{db.Integer, primary_key = true},
  name  = db.Column{db.String(64)},
  notes = db.relationship{'Note', collection_class = db.attribute_keyed_dict 'keyword', backref = 'item', order_by = 'id'},
}
text(Item)
Note = db.Model 'Note' {
  id      = db.Column{db.Integer, primary_key = true},
  keyword = db.Column{db.String(64)},
  name    = db.Column{db.String(140)},
  item_id = db.Column{db.Integer, db.ForeignKey 'item.id'},
}
text(Note)
db.create_all()
i = Item{name = 'i'}
red, small = Note{keyword = 'color', name = 'red'}, Note{keyword = 'size', name = 'small'}
i.notes.color = red
i.notes['size'] = small
print(items(i.notes), #i.notes, i.notes.color, i.notes.weight, red.item)
print(i.notes:contains 'size', i.notes:contains 'weight', i.notes:get('weight', 'none'), i.notes:get 'size')
print(table.concat(i.notes:keys(), ' '), names(i.notes:values()))
--> {color = red, size = small}	2	red	nil	i
--> true	false	none	small
--> color size	{red, small}
-- Another member under the same key takes the place of the first.
blue = Note{keyword = 'color', name = 'blue'}
i.notes:set(blue)
print(items(i.notes), red.item, blue.item)
--> {size = small, color = blue}	nil	i
-- A key must be the object's own; one that has none yet gets it.
i.notes.shape = Note{keyword = 'form', name = 'round'}
--! TypeError: Item.notes: the key shape is not the one that the object has, 'form'
--!   the key of a member is its own attribute: set that, or use :set(x)
i.notes.shape = Note{name = 'round'}
print(i.notes.shape.keyword, #i.notes)
--> shape	3
i.notes:set(Note{name = 'heavy'})
--! InvalidRequestError: Item.notes: <Note (transient)> has no key yet: its 'keyword' was not set
i.notes.shape = nil
i.notes.weight = nil
print(items(i.notes))
print(i.notes:pop 'size', i.notes:pop('size', 'none'), items(i.notes))
--> {size = small, color = blue}
--> small	none	{color = blue}
i.notes:pop 'size'
--! KeyError: Item.notes has no key size
i.notes:remove(red)
--! ValueError: remove: <Note (transient)> is not in Item.notes of <Item (transient)>
i.notes:update{color = red, size = small}
print(items(i.notes), blue.item)
--> {color = red, size = small}	nil
i.notes:append(red)
--! AttributeError: Item.notes is a dict and has no 'append'
--!   write c[key] = x, or c:set(x), which takes the key from the object
-- From the other side the key is the attribute.
big = Note{item = i, keyword = 'volume', name = 'big'}
late = Note{item = i, name = 'late'}
print(i.notes.volume, #i.notes)
--> big	4
late.keyword = 'time'
print(i.notes.time, items(i.notes))
--> late	{color = red, size = small, volume = big, time = late}
-- Assigned: a table by keys; what is gone is unlinked.
i.notes = {size = small, color = blue}
print(items(i.notes), red.item, big.item, blue.item)
--> {color = blue, size = small}	nil	nil	i
i.notes = {size = blue}
--! TypeError: Item.notes: the key size is not the one that the object has, 'color'
i.notes = {red, small}
--! TypeError: Item.notes: not a key: String takes text, got 1; write tostring(…)
i.notes = red
--! TypeError: Item.notes is a dict: assign a table of key = Note object, got Note
i.notes = nil
--! TypeError: Item.notes is a dict: assign a table of key = Note object, got nil
print(items(i.notes))
--> {color = blue, size = small}
session:add(i)
session:commit()
statements(function() print(items(i.notes)) end)
--> {color = blue, size = small}
--> SELECT note.id AS note_id, note.keyword AS note_keyword, note.name AS note_name, note.item_id AS note_item_id FROM note WHERE note.item_id = ? ORDER BY note.id
--> 1 statement
i.notes.color = red
print(history(i, 'notes'))
statements(function() session:commit() end)
--> added {red} unchanged {small} deleted {blue}
--> UPDATE note SET item_id=? WHERE note.id = ?
--> INSERT INTO note (keyword, name, item_id) VALUES (?, ?, ?)
--> 2 statements
-- A member whose key changes stands where it stood until it is read again.
red = i.notes.color
red.keyword = 'colour'
print(i.notes.color, i.notes.colour)
--> red	nil
session:commit()
print(i.notes.color, i.notes.colour)
--> nil	red
-- An unloaded dict takes additions from the other side without loading.
n = Note{keyword = 'weight', name = 'heavy'}
session:add(n)
session:commit()
statements(function() n.item = i end)
statements(function() print(items(i.notes)) end)
--> 0 statements
--> {size = small, colour = red, weight = heavy}
--> UPDATE note SET item_id=? WHERE note.id = ?
--> SELECT note.id AS note_id, note.keyword AS note_keyword, note.name AS note_name, note.item_id AS note_item_id FROM note WHERE note.item_id = ? ORDER BY note.id
--> 2 statements
j = Item{name = 'j', notes = i.notes}
print(items(j.notes), items(i.notes))
--> {size = small, colour = red, weight = heavy}	{}
for key in pairs(j.notes) do j.notes[key] = nil end
print(#j.notes)
--> 0
session:rollback()
-- Keys of other kinds.
Day = db.Model 'Day' {
  id     = db.Column{db.Integer, primary_key = true},
  name   = db.Column{db.String(64)},
  slots  = db.relationship{'Slot', collection_class = db.column_keyed_dict(Note.keyword)},
  by_day = db.relationship{'Slot', collection_class = db.attribute_mapped_collection 'day', viewonly = true},
  by_fn  = db.relationship{'Slot', viewonly = true, collection_class = db.keyfunc_mapping(function(s) return s.number * 2.0 end)},
}
Slot = db.Model 'Slot' {
  id      = db.Column{db.Integer, primary_key = true},
  keyword = db.Column{db.String(64)},
  day     = db.Column{db.Date},
  number  = db.Column{db.Integer},
  day_id  = db.Column{db.Integer, db.ForeignKey 'day.id'},
}
function Slot:__repr__() return self.keyword end
db.create_all()
d = Day{slots = {a = Slot{keyword = 'a', day = moonbase.date(2026, 1, 2), number = 4},
                 b = Slot{keyword = 'b', day = moonbase.date(2026, 1, 3), number = 5}}}
session:add(d)
session:commit()
print(items(d.slots), items(d.by_day), items(d.by_fn))
print(d.by_day[moonbase.date(2026, 1, 3)], d.by_day['x'], d.by_day[{}], d.by_fn[8], d.by_fn[10.0], d.by_fn[9])
--> {a = a, b = b}	{2026-01-02 = a, 2026-01-03 = b}	{8 = a, 10 = b}
--> b	nil	nil	a	b	nil
Bad = db.Model 'Bad' {id = db.Column{db.Integer, primary_key = true}, items = db.relationship{'Item', collection_class = 'dict'}}
--! ArgumentError: collection_class = 'dict' does not say what the keys are
db.relationship{'Item', collection_class = 'dct'}
--! ArgumentError: relationship's collection_class has no 'dct'; did you mean 'dict'?
db.relationship{'Item', collection_class = 3}
--! ArgumentError: relationship's collection_class takes 'list', 'set', a keyed dict or a class of your own, got number
db.attribute_keyed_dict(Note.keyword)
--! ArgumentError: attribute_keyed_dict takes the name of an attribute of the other class, got Expression
--!   collection_class = db.attribute_keyed_dict 'keyword'
db.column_keyed_dict 'keyword'
--! ArgumentError: column_keyed_dict takes a column of the other class, got string
Bad2 = db.Model 'Bad2' {
  id = db.Column{db.Integer, primary_key = true}, parts = db.relationship{'Part', collection_class = db.attribute_keyed_dict 'nme'}}
Part = db.Model 'Part' {
  id = db.Column{db.Integer, primary_key = true}, name = db.Column{db.String(9)}, bad_id = db.Column{db.Integer, db.ForeignKey 'bad2.id'}}
print(#Bad2{}.parts)
--> 0
Bad2{}.parts.x = Part{}
--! ArgumentError: the dict is keyed by 'nme', and Part has no such attribute; did you mean 'name'?

-- --- a class of one's own ---------------------------------------------------------------------------
Playlist = {}
function Playlist:longest()
  local best
  for _, song in ipairs(self) do if not best or song.length > best.length then best = song end end
  return best
end
function Playlist:append(song)
  if song.length < 1 then error('too short', 0) end
  db.collection.list.append(self, song)
end
function Playlist:__iter()
  local list = self:all()
  table.sort(list, function(x, y) return x.length < y.length end)
  return ipairs(list)
end
Bag = {__emulates__ = 'set'}
function Bag:total() local n = 0 for _, s in ipairs(self) do n = n + s.length end return n end
Album = db.Model 'Album' {
  id    = db.Column{db.Integer, primary_key = true},
  songs = db.relationship{'Song', order_by = 'Song.id', collection_class = Playlist},
  bag   = db.relationship{'Song', collection_class = Bag, viewonly = true},
}
Song = db.Model 'Song' {
  id = db.Column{db.Integer, primary_key = true}, name = db.Column{db.String(9)}, length = db.Column{db.Integer},
  album_id = db.Column{db.Integer, db.ForeignKey 'album.id'},
}
text(Song)
db.create_all()
x = Album{songs = {Song{name = 'p', length = 3}, Song{name = 'q', length = 2}}}
x.songs:append(Song{name = 'r', length = 9})
print(x.songs:longest(), #x.songs, names(x.songs), x.songs[1])
for at, song in pairs(x.songs) do print(at, song) end
--> r	3	{p, q, r}	p
--> 1	q
--> 2	p
--> 3	r
x.songs:append(Song{name = 's', length = 0})
--! too short
x.songs:shortest()
--! AttributeError: Collection has no attribute 'shortest'
session:add(x)
session:commit()
print(x.bag:total(), x.bag:contains(x.songs[1]), x.songs:longest())
--> 14	true	r
-- A loop over a list may commit, after which the list is read anew; changing the list is refused there too.
for k, song in ipairs(x.songs) do song.length = song.length + k session:commit() end
print(names(x.songs))
--> {p, q, r}
for _, song in ipairs(x.songs) do x.songs:remove(song) session:commit() end
--! InvalidRequestError: Album.songs of <Album 1> changed while a loop went over it
--!   go over a copy: for _, x in ipairs(u.songs:all()) do … end
print(names(x.songs))
--> {q, r}
