-- Many rows without objects, and the plan of a flush: shown, not carried out.
moonbase = require 'moonbase'
app = moonbase.App 'bulk'
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
function rows(text)
  for row in session:execute(db.text(text)) do
    local values = {}
    for i = 1, #row do values[i] = row[i] == db.null and 'NULL' or tostring(row[i]) end
    print(table.concat(values, ' | '))
  end
end
calls = 0
Item = db.Model 'Item' {
  id     = db.Column{db.Integer, primary_key = true},
  name   = db.Column{db.String(20), nullable = false},
  price  = db.Column{db.Numeric(8, 2)},
  number = db.Column{db.Integer, default = function() calls = calls + 1; return calls end},
  state  = db.Column{db.String(10), server_default = 'new'},
}
Pair = db.Model 'Pair' {
  a = db.Column{db.Integer, primary_key = true},
  b = db.Column{db.Integer, primary_key = true},
  word = db.Column{db.String(10)},
}
db.create_all()
db.clear_recorded_queries()

-- --- bulk_insert ------------------------------------------------------------------------------------------
print(session:bulk_insert(Item, {{name = 'a', price = '1.50'}, {name = 'b', price = 2}, {name = 'c', price = db.null}}))
sql()
rows 'select id, name, price, number, state from item order by id'
--> 3
--> BEGIN IMMEDIATE
--> INSERT INTO item (name, price, number) VALUES (?, ?, ?)  [a, 1.5, 1]
--> 1 | a | 1.5 | 1 | new
--> 2 | b | 2 | 2 | new
--> 3 | c | NULL | 3 | new
--postgresql> 3
--postgresql> INSERT INTO item
--postgresql> 1 | a | 1.50 | 1 | new
--postgresql> 2 | b | 2.00 | 2 | new
--postgresql> 3 | c | NULL | 3 | new
print(session:bulk_insert(Item, {{'d', 7}, {'e', 8}}, {'name', 'number'}))
local i = 0
print(session:bulk_insert(Item, function()
  i = i + 1
  if i <= 1000 then return {'row ' .. i, i} end
end, {'name', 'number'}))
print(session:bulk_insert(Item, coroutine.wrap(function()
  for k = 1, 3 do coroutine.yield{name = 'co ' .. k} end
end)))
print(session:bulk_insert(Item, {}), #session.new, Item.query:count())
session:rollback()
print(Item.query:count())
--> 2
--> 1000
--> 3
--> 0	0	1008
--> 0
session:bulk_insert(Item, {{name = 'a'}, {nme = 'b'}})
--! InvalidRequestError: Item has no attribute 'nme'; did you mean 'name'?
--!   while bulk_insert into Item, row 2
session:rollback()
session:bulk_insert(Item, {{name = 'a'}, {name = 'b', price = 3}})
--! ArgumentError: row 2 names 'price', which the first row does not
--!   while bulk_insert into Item, row 2
--!   give every row the same names, or name the columns: bulk_insert(class, rows, {…})
--!   none of its rows were kept; call db.session:rollback() to go on
session:rollback()
calls = 0
session:bulk_insert(Item, {{name = 'a', price = 1, number = 70}, {name = 'b'}, {name = 'c', number = db.null}})
rows 'select name, price, number from item order by name'
session:rollback()
--> a | 1 | 70
--> b | NULL | 1
--> c | NULL | NULL
--postgresql> a | 1.00 | 70
--postgresql> b | NULL | 1
--postgresql> c | NULL | NULL
session:bulk_insert(Item, {{name = 'a', state = 'x'}, {name = 'b'}})
--! ArgumentError: row 2 does not name 'state', which the first row does and the database has a default for
--!   while bulk_insert into Item, row 2
--!   give every row the same names
--!   none of its rows were kept; call db.session:rollback() to go on
session:rollback()
Sized = db.Model 'Sized' {id = db.Column{db.Integer, primary_key = true}, n = db.Column{db.Integer, default = db.func.length 'four'}, x = db.Column{db.Integer}}
db.create_all()
session:bulk_insert(Sized, {{x = 1}, {x = 2}})
rows 'select * from sized order by id'
--> 1 | 4 | 1
--> 2 | 4 | 2
session:rollback()
session:bulk_insert(Item, {{name = 'a'}, {price = 1}})
--! ArgumentError: row 2 names 'price', which the first row does not
--!   while bulk_insert into Item, row 2
--!   give every row the same names, or name the columns: bulk_insert(class, rows, {…})
session:rollback()
session:bulk_insert(Item, {{nme = 'a'}})
--! InvalidRequestError: Item has no attribute 'nme'; did you mean 'name'?
session:bulk_insert(Item, {{'a'}})
--! ArgumentError: a row is a table of names and values; rows of plain values need the column names
--!   bulk_insert(Item, rows, {'id', …})
session:bulk_insert(Item, {{'a', 1}}, {'name', 'nmber'})
--! InvalidRequestError: Item has no attribute 'nmber'; did you mean 'number'?
session:bulk_insert(Item, {{name = 'a', number = 'x'}})
--! TypeError: Item.number: Integer takes a whole number, got text 'x'
--!   while bulk_insert into Item, row 1
session:bulk_insert(Item, {{name = 'a'}, 'b'})
--! TypeError: row 2 is no table, but string
--!   while bulk_insert into Item, row 2
session:rollback()
session:bulk_insert(Item, 'x')
--! TypeError: bulk_insert takes a list of rows or an iterator, got string
session:bulk_insert('Item', {})
--! UnmappedClassError: expected a mapped class, got string
--!   classes are declared with User = db.Model 'User' {…}
print(select(2, pcall(session.bulk_insert, session, Item, function() error({code = 3}) end)).code)
--> 3
-- Rows that were there before the error must not be committed.
given = 0
session:bulk_insert(Item, function() given = given + 1 if given > 2 then error('the file is broken', 0) end return {name = 'given'} end)
--! the file is broken
session:commit()
--! PendingRollbackError: this session's transaction was rolled back by a failed flush (the file is broken)
session:rollback()
print(Item.query:filter_by{name = 'given'}:count())
--> 0
session:bulk_insert(Item, {{name = 'first'}, {name = db.null}})
--! IntegrityError: NOT NULL constraint failed: item.name
--!   while bulk_insert into Item, row 2
--!   [SQL: INSERT INTO item (name, number) VALUES (?, ?)]
--!   [parameters: (NULL, 8)]
--!   none of its rows were kept; call db.session:rollback() to go on
--postgresql! IntegrityError: null value in column "name" of relation "item" violates not-null constraint: Failing row contains (1013, null, null, 8, new).
--postgresql!   DETAIL:  Failing row contains (1013, null, null, 8, new).
--postgresql!   CONTEXT:  COPY item, line 2: "\N	8"
--postgresql!   while bulk_insert into Item
--postgresql!   none of its rows were kept; call db.session:rollback() to go on
-- A bulk that fails halfway keeps none of its rows.
print(session.is_active)
session:rollback()
print(Item.query:count(), session.is_active)
--> false
--> 0	true
session:bulk_insert(Pair, {{a = 1, b = 1, word = 'x'}, {a = 1, b = 2, word = 'y'}})
session:bulk_insert_mappings(Pair, {{a = 2, b = 1}})
db.clear_recorded_queries()
print(session:bulk_update_mappings(Pair, {{a = 1, b = 1, word = 'xx'}, {a = 1, b = 2, word = 'yy'}}))
sql()
rows 'select * from pair order by a, b'
--> 2
--> UPDATE pair SET word=? WHERE pair.a = ? AND pair.b = ?  [xx, 1, 1]
--> 1 | 1 | xx
--> 1 | 2 | yy
--> 2 | 1 | NULL
session:bulk_update_mappings(Pair, {{a = 1, word = 'z'}})
--! InvalidRequestError: bulk_update_mappings: row 1 does not name the whole primary key of Pair
session:bulk_update_mappings(Pair, {{a = 9, b = 9, word = 'z'}})
--! StaleDataError: UPDATE of Pair by primary key matched 0 rows instead of 1
--!   while bulk_update_mappings: row 1
session:bulk_update_mappings(Pair, {{a = 1, b = 1, wrd = 'z'}})
--! InvalidRequestError: Pair has no attribute 'wrd'; did you mean 'word'?
-- Loaded objects are not told.
p = session:get(Pair, {1, 1})
session:bulk_update_mappings(Pair, {{a = 1, b = 1, word = 'zz'}})
print(p.word)
session:refresh(p)
print(p.word)
session:rollback()
--> xx
--> zz
list = {Item{name = 'o1'}, Item{name = 'o2', price = 3}, Pair{a = 1, b = 1}, Item{name = 'o3'}}
db.clear_recorded_queries()
session:bulk_save_objects(list)
print(moonbase.inspect(list[1]).state, list[1].id, #session.new)
sql()
rows 'select id, name, price from item order by id'
--> transient	nil	0
--> BEGIN IMMEDIATE
--> INSERT INTO item (name, number) VALUES (?, ?)  [o1, 9]
--> INSERT INTO item (name, price, number) VALUES (?, ?, ?)  [o2, 3, 10]
--> INSERT INTO pair (a, b) VALUES (?, ?)  [1, 1]
--> INSERT INTO item (name, number) VALUES (?, ?)  [o3, 11]
--> 1 | o1 | NULL
--> 2 | o2 | 3
--> 3 | o3 | NULL
--postgresql> transient	nil	0
--postgresql> INSERT INTO item
--postgresql> INSERT INTO item
--postgresql> INSERT INTO pair
--postgresql> INSERT INTO item
--postgresql> 1014 | o1 | NULL
--postgresql> 1015 | o2 | 3.00
--postgresql> 1016 | o3 | NULL
loaded = Item.query:filter_by{name = 'o2'}:one()
loaded.name = 'o2 changed'
session:bulk_save_objects{loaded}
--! InvalidRequestError: bulk_save_objects: <Item 2> has a row already
--!   change it through its session and flush
--postgresql! InvalidRequestError: bulk_save_objects: <Item 1015> has a row already
--postgresql!   change it through its session and flush
session:bulk_save_objects{Item}
--! TypeError: expected an object, got the class Item
--!   make one: Item{…}
session:bulk_save_objects(Item{})
--! TypeError: bulk_save_objects: argument 1: expected table, got Item
session:rollback()

-- --- plan ---------------------------------------------------------------------------------------------------
User = db.Model 'User' {
  id    = db.Column{db.Integer, primary_key = true},
  name  = db.Column{db.String(20), default = function() calls = calls + 1; return 'default' end},
  score = db.Column{db.Integer, onupdate = function() calls = calls + 1; return 1 end},
  posts = db.relationship{'Post', backref = 'author'},
  clubs = db.relationship{'Club', secondary = 'member', backref = 'users'},
}
Post = db.Model 'Post' {
  id      = db.Column{db.Integer, primary_key = true},
  body    = db.Column{db.String(20)},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
}
Club = db.Model 'Club' {id = db.Column{db.Integer, primary_key = true}, name = db.Column{db.String(20)}}
db.Table{'member', db.Column{'user_id', db.Integer, db.ForeignKey 'user.id', primary_key = true},
         db.Column{'club_id', db.Integer, db.ForeignKey 'club.id', primary_key = true}}
db.create_all()
function show()
  local before = calls
  db.clear_recorded_queries()
  for _, step in ipairs(session:plan()) do print(step) end
  print(#db.get_recorded_queries() .. ' statements, ' .. calls - before .. ' calls')
end
show()
--> 0 statements, 0 calls
u = User{posts = {Post{body = 'p1'}, Post{body = 'p2'}}, clubs = {Club{name = 'chess'}}}
session:add(u)
show()
print(#session.new, u.name, u.id)
--> INSERT user <User (pending)>: name = ‹default›, score = NULL
--> INSERT post <Post (pending)>: body = 'p1', user_id = ‹key of <User (pending)>›
--> INSERT post <Post (pending)>: body = 'p2', user_id = ‹key of <User (pending)>›
--> INSERT club <Club (pending)>: name = 'chess'
--> LINK member <User (pending)> and <Club (pending)>
--> 0 statements, 0 calls
--> 4	nil	nil
step = session:plan()[1]
print(step.action, step.table, step.object, step.values.name, step.text)
--> INSERT	user	<User (pending)>	‹default›	INSERT user <User (pending)>: name = ‹default›, score = NULL
session:commit()
show()
v = User{name = 'v', score = 5}
session:add(v)
session:flush()
print(#v.posts, #u.clubs, #u.posts)
u.name = 'u'
u.posts[1].author = v
v.posts[1].body = 'moved'
u.clubs:clear()
v.score = User.score + 1
show()
session:commit()
show()
--> 0 statements, 0 calls
--> 0	1	2
--> UNLINK member <User 1> and <Club 1>
--> UPDATE user <User 1>: name = 'u', score = ‹onupdate›
--> UPDATE user <User 2>: score = ‹SQL expression›
--> UPDATE post <Post 1>: body = 'moved', user_id = 2
--> 0 statements, 0 calls
--> 0 statements, 0 calls
u = nil
collectgarbage()
session:close()
u = session:get(User, 1)
session:delete(u)
show()
session:rollback()
--> DELETE user <User 1>
--> ‹would load User.posts›
--> ‹would load User.clubs›
--> 0 statements, 0 calls
u.name = 'same'
session:flush()
u.name = 'same'
show()
u.name = nil
show()
session:rollback()
--> 0 statements, 0 calls
--> UPDATE user <User 1>: name = NULL, score = ‹onupdate›
--> 0 statements, 0 calls
