-- `lazy =` as it is declared: what a class brings along by itself, where that stops, and what is
-- never loaded.
moonbase = require 'moonbase'
statements = require 'statements'
function key() return db.Column{db.Integer, primary_key = true} end
function text() return db.Column{db.String(20)} end
function ref(target) return db.Column{db.Integer, db.ForeignKey(target)} end
-- A database of its own, with a class User that has posts, declared with these options.
function start(lazy, backref_lazy, more)
  app = moonbase.App 'eager'
  app.config:update{DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
  db = moonbase.Database(app)
  session = db.session
  local options = {'Post', lazy = lazy, backref = db.backref{'user', lazy = backref_lazy or 'select'}}
  for k, v in pairs(more or {}) do options[k] = v end
  User = db.Model 'User' {id = key(), name = text(), posts = db.relationship(options)}
  Post = db.Model 'Post' {id = key(), name = text(), user_id = ref 'user.id'}
  db.create_all()
  local ann, ben = User{name = 'ann'}, User{name = 'ben'}
  session:add_all{ann, ben}
  session:flush()
  session:add_all{Post{name = 'p1', user_id = ann.id}, Post{name = 'p2', user_id = ann.id}, Post{name = 'p3'}}
  session:commit()
  session:expunge_all()
end
function names(list)
  local out = {}
  for i, x in ipairs(list) do out[i] = x.name end
  return '{' .. table.concat(out, ' ') .. '}'
end
-- All users and their posts, and how many statements that took.
function users()
  statements(function()
    local out = {}
    for i, u in ipairs(User.query:order_by(User.id):all()) do out[i] = u.name .. names(u.posts) end
    print(table.concat(out, ' '))
  end)
end

for _, lazy in ipairs{'select', 'joined', 'selectin', 'subquery', 'immediate', 'noload'} do
  print('lazy = ' .. lazy)
  start(lazy)
  users()
end
--> lazy = select
--> ann{p1 p2} ben{}
--> SELECT user.id AS user_id, user.name AS user_name FROM user ORDER BY user.id
--> SELECT post.id AS post_id, post.name AS post_name, post.user_id AS post_user_id FROM post WHERE post.user_id = ?
--> SELECT post.id AS post_id, post.name AS post_name, post.user_id AS post_user_id FROM post WHERE post.user_id = ?
--> 3 statements
--> lazy = joined
--> ann{p1 p2} ben{}
--> SELECT user.id AS user_id, user.name AS user_name, post_1.id AS post_1_id, post_1.name AS post_1_name, post_1.user_id AS post_1_user_id FROM user LEFT OUTER JOIN post AS post_1 ON user.id = post_1.user_id ORDER BY user.id
--> 1 statement
--> lazy = selectin
--> ann{p1 p2} ben{}
--> SELECT user.id AS user_id, user.name AS user_name FROM user ORDER BY user.id
--> SELECT post.id AS post_id, post.name AS post_name, post.user_id AS post_user_id FROM post WHERE post.user_id IN (?, ?)
--> 2 statements
--> lazy = subquery
--> ann{p1 p2} ben{}
--> SELECT user.id AS user_id, user.name AS user_name FROM user ORDER BY user.id
--> SELECT post.id AS post_id, post.name AS post_name, post.user_id AS post_user_id, anon_1.user_id AS anon_1_user_id FROM (SELECT user.id AS user_id FROM user) AS anon_1 JOIN post ON anon_1.user_id = post.user_id
--> 2 statements
--> lazy = immediate
--> ann{p1 p2} ben{}
--> SELECT user.id AS user_id, user.name AS user_name FROM user ORDER BY user.id
--> SELECT post.id AS post_id, post.name AS post_name, post.user_id AS post_user_id FROM post WHERE post.user_id = ?
--> SELECT post.id AS post_id, post.name AS post_name, post.user_id AS post_user_id FROM post WHERE post.user_id = ?
--> 3 statements
--> lazy = noload
--> ann{} ben{}
--> SELECT user.id AS user_id, user.name AS user_name FROM user ORDER BY user.id
--> 1 statement
start(false)
users()
--> ann{p1 p2} ben{}
--> SELECT user.id AS user_id, user.name AS user_name, post_1.id AS post_1_id, post_1.name AS post_1_name, post_1.user_id AS post_1_user_id FROM user LEFT OUTER JOIN post AS post_1 ON user.id = post_1.user_id ORDER BY user.id
--> 1 statement
start(true)
print(User.posts, moonbase.inspect(User).relationships.posts.lazy)
--> User.posts	select
start(moonbase.null)
users()
--> ann{} ben{}
--> SELECT user.id AS user_id, user.name AS user_name FROM user ORDER BY user.id
--> 1 statement

-- An option takes the place of what was declared.
start 'joined'
statements(function() return User.query:options(db.lazyload(User.posts)):all() end)
--> SELECT user.id AS user_id, user.name AS user_name FROM user
--> 1 statement
statements(function() return User.query:options(db.selectinload '*'):all() end)
--> SELECT user.id AS user_id, user.name AS user_name FROM user
--> SELECT post.id AS post_id, post.name AS post_name, post.user_id AS post_user_id FROM post WHERE post.user_id IN (?, ?)
--> 2 statements
-- A refresh overwrites that one object, not what it brings along; populate_existing overwrites all.
session:expunge_all()
user = User.query:get(1)
post = user.posts[1]
session:no_autoflush(function()
  post.name, user.name = 'changed', 'changed'
  session:refresh(user)
end)
print(user.name, post.name, names(user.posts))
--> ann	changed	{changed p2}
session:no_autoflush(function() User.query:populate_existing():all() end)
print(post.name)
--> p1
session:rollback()
-- Part of another statement, counted or asked for by keys alone, it is the class without.
print(User.query:count(), session:query(User.query:exists()):scalar(), session:query(User.id):all()[1].id)
--> 2	true	1
print(Post.query:filter(Post.user_id:in_(session:query(User.id))))
--> SELECT post.id AS post_id, post.name AS post_name, post.user_id AS post_user_id
--> FROM post
--> WHERE post.user_id IN (SELECT user.id
--> FROM user)
print(session:query(db.aliased(User, User.query:limit(1):subquery())))
--> SELECT anon_1.id AS anon_id, anon_1.name AS anon_name, post_1.id AS post_1_id, post_1.name AS post_1_name, post_1.user_id AS post_1_user_id
--> FROM (SELECT user.id, user.name
--> FROM user
-->  LIMIT ?) AS anon_1 LEFT OUTER JOIN post AS post_1 ON anon_1.id = post_1.user_id

-- --- where it stops ---------------------------------------------------------------------------------------
-- Both sides eager: the second class does not bring the first again.
start('joined', 'joined')
statements(function() return User.query:all() end)
--> SELECT user.id AS user_id, user.name AS user_name, post_1.id AS post_1_id, post_1.name AS post_1_name, post_1.user_id AS post_1_user_id FROM user LEFT OUTER JOIN post AS post_1 ON user.id = post_1.user_id
--> 1 statement
statements(function() return Post.query:all() end)
--> SELECT post.id AS post_id, post.name AS post_name, post.user_id AS post_user_id, user_1.id AS user_1_id, user_1.name AS user_1_name FROM post LEFT OUTER JOIN user AS user_1 ON user_1.id = post.user_id
--> 1 statement
start('selectin', 'selectin')
statements(function() return User.query:all() end)
--> SELECT user.id AS user_id, user.name AS user_name FROM user
--> SELECT post.id AS post_id, post.name AS post_name, post.user_id AS post_user_id FROM post WHERE post.user_id IN (?, ?)
--> 2 statements
-- A lazy load does not join back to where it came from.
start('select', 'joined')
user = User.query:get(1)
statements(function() print(names(user.posts)) end)
--> {p1 p2}
--> SELECT post.id AS post_id, post.name AS post_name, post.user_id AS post_user_id FROM post WHERE post.user_id = ?
--> 1 statement
-- A class that leads to itself stops at once, or after so many steps.
function tree(options)
  app = moonbase.App 'tree'
  app.config:update{DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
  db = moonbase.Database(app)
  session = db.session
  options[1] = 'Node'
  Node = db.Model 'Node' {id = key(), name = text(), parent_id = ref 'node.id', children = db.relationship(options)}
  db.create_all()
  local at = Node{name = 'n0'}
  session:add(at)
  for k = 1, 4 do
    local next = Node{name = 'n' .. k}
    at.children:append(next)
    at = next
  end
  session:commit()
  session:expunge_all()
  statements(function() return Node.query:filter_by{id = 1}:all() end)
end
tree{lazy = 'joined'}
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE node.id = ?
--> 1 statement
tree{lazy = 'joined', join_depth = 2}
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id, node_1.id AS node_1_id, node_1.name AS node_1_name, node_1.parent_id AS node_1_parent_id, node_2.id AS node_2_id, node_2.name AS node_2_name, node_2.parent_id AS node_2_parent_id FROM node LEFT OUTER JOIN node AS node_1 ON node.id = node_1.parent_id LEFT OUTER JOIN node AS node_2 ON node_1.id = node_2.parent_id WHERE node.id = ?
--> 1 statement
tree{lazy = 'selectin', join_depth = 2}
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE node.id = ?
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE node.parent_id IN (?)
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE node.parent_id IN (?)
--> 3 statements
session:expunge_all()
statements(function() print(Node.query:options(db.selectinload{Node.children, recursion_depth = -1}):get(3).children[1].children[1].name) end)
--> n4
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE node.id = ?
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE node.parent_id IN (?)
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE node.parent_id IN (?)
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE node.parent_id IN (?)
--> 4 statements
-- A chain of any length costs no stack.
tree{}
--> SELECT node.id AS node_id, node.name AS node_name, node.parent_id AS node_parent_id FROM node WHERE node.id = ?
--> 1 statement
session:execute(db.text 'WITH RECURSIVE c(n) AS (SELECT 6 UNION ALL SELECT n + 1 FROM c WHERE n < 3000) INSERT INTO node (id, name, parent_id) SELECT n, n, n - 1 FROM c')
node, depth = Node.query:options(db.selectinload{Node.children, recursion_depth = -1}):get(1), 0
while node do node, depth = node.children[1], depth + 1 end
print(depth)
--> 3000

-- --- chunks -----------------------------------------------------------------------------------------------
start 'selectin'
session:execute(db.text 'DELETE FROM post')
session:execute(db.text 'WITH RECURSIVE c(n) AS (SELECT 3 UNION ALL SELECT n + 1 FROM c WHERE n < 1201) INSERT INTO "user" (id, name) SELECT n, n FROM c')
session:execute(db.text 'INSERT INTO post (name, user_id) SELECT name, id FROM "user"')
session:commit()
db.clear_recorded_queries()
all = User.query:all()
for _, q in ipairs(db.get_recorded_queries()) do
  local _, keys = q.statement:gsub('%?', '')
  print((q.statement:gsub('%s+', ' '):gsub(' IN %b()', ' IN (…)')), keys)
end
--> BEGIN	0
--> SELECT user.id AS user_id, user.name AS user_name FROM user	0
--> SELECT post.id AS post_id, post.name AS post_name, post.user_id AS post_user_id FROM post WHERE post.user_id IN (…)	500
--> SELECT post.id AS post_id, post.name AS post_name, post.user_id AS post_user_id FROM post WHERE post.user_id IN (…)	500
--> SELECT post.id AS post_id, post.name AS post_name, post.user_id AS post_user_id FROM post WHERE post.user_id IN (…)	201
--postgresql> SELECT user.id AS user_id, user.name AS user_name FROM user	0
--postgresql> SELECT post.id AS post_id, post.name AS post_name, post.user_id AS post_user_id FROM post WHERE post.user_id IN (…)	0
--postgresql> SELECT post.id AS post_id, post.name AS post_name, post.user_id AS post_user_id FROM post WHERE post.user_id IN (…)	0
--postgresql> SELECT post.id AS post_id, post.name AS post_name, post.user_id AS post_user_id FROM post WHERE post.user_id IN (…)	0
wrong = 0
for _, u in ipairs(all) do if #u.posts ~= 1 or u.posts[1].name ~= u.name then wrong = wrong + 1 end end
print(#all, wrong)
--> 1201	0

-- --- raise ------------------------------------------------------------------------------------------------
start('raise', 'raise_on_sql')
user, post = User.query:get(1), Post.query:get(1)
print(user.posts, post.user.name, Post.query:get(3).user)
--> <User.posts: ‹not loaded›>	ann	nil
print(#user.posts)
--! InvalidRequestError: 'User.posts' is not available due to lazy='raise'
--!   load it with the query: query:options(db.selectinload(User.posts))
print(names(User.query:options(db.selectinload(User.posts)):populate_existing():get(1).posts))
--> {p1 p2}
session:expunge_all()
print(Post.query:get(1).user)
--! InvalidRequestError: 'Post.user' is not available due to lazy='raise_on_sql'
--!   load it with the query: query:options(db.joinedload(Post.user))
-- What the session needs for itself it loads all the same; a new object has nothing to load.
session:delete(User.query:get(1))
session:flush()
print(session:query(Post.user_id):all()[1][1], #User{name = 'new'}.posts)
--> null	0
session:rollback()

-- --- printing, and objects without a session ----------------------------------------------------------------
start 'select'
user = User.query:get(1)
statements(function() print(user, user.posts) end)
--> <User 1>	<User.posts: ‹not loaded›>
--> 0 statements
session:expunge(user)
print(#user.posts)
--! DetachedInstanceError: <User 1> is not in a session, so its 'posts' cannot be loaded
--!   its session was closed or it was expunged: add it to a session again, or read the attribute before that

-- --- write_only -------------------------------------------------------------------------------------------
start 'write_only'
user = User.query:get(1)
print(user.posts)
--> <User.posts (write only) of <User 1>>
statements(function()
  user.posts:add(Post{name = 'p4'})
  user.posts:add_all{Post{name = 'p5'}, Post{name = 'p6'}}
  user.posts:remove(Post.query:get(1))
  session:flush()
end)
--> INSERT INTO post (name, user_id) VALUES (?, ?)
--> SELECT post.id AS post_id, post.name AS post_name, post.user_id AS post_user_id FROM post WHERE post.id = ?
--> UPDATE post SET user_id=? WHERE post.id = ?
--> 3 statements
statements(function() print(names(session:scalars(user.posts:select():order_by(Post.id)):all())) end)
--> {p2 p4 p5 p6}
--> SELECT post.id, post.name, post.user_id FROM post WHERE post.user_id = ? ORDER BY post.id
--> 1 statement
print(session:scalars(user.posts:select():where(Post.name == 'p5')):one().name)
--> p5
print(#user.posts)
--! InvalidRequestError: User.posts is write-only: it is never loaded, so it cannot be iterated, counted or indexed
--!   select its members: db.session:scalars(x.posts:select()):all()
for _, p in ipairs(user.posts) do end
--! InvalidRequestError: User.posts is write-only: it is never loaded, so it cannot be iterated, counted or indexed
--!   select its members: db.session:scalars(x.posts:select()):all()
for p in user.posts do end
--! InvalidRequestError: User.posts is write-only: it is never loaded, so it cannot be iterated, counted or indexed
--!   select its members: db.session:scalars(x.posts:select()):all()
user.posts = {}
--! InvalidRequestError: User.posts is write_only: add and remove members one by one
--!   u.posts:add(x), u.posts:remove(x)
new = User{name = 'new', posts = {Post{name = 'p7'}}}
session:add(new)
print(names(session:scalars(new.posts:select()):all()))
--> {p7}
User{}.posts:select()
--! DetachedInstanceError: <User (transient)> is in no session, so the members of its 'posts' cannot be selected
--!   add it to a session: db.session:add(x)
User.query:options(db.selectinload(User.posts)):all()
--! InvalidRequestError: 'User.posts' does not support object population - eager loading cannot be applied
--!   it is lazy = 'write_only', a query and not a list: leave the option out, or declare it lazy = 'select'

-- --- dynamic ----------------------------------------------------------------------------------------------
start 'dynamic'
user = User.query:get(1)
print(names(user.posts:all()), user.posts:count())
--> {p1 p2}	2
User.query:options(db.joinedload(User.posts)):all()
--! InvalidRequestError: 'User.posts' does not support object population - eager loading cannot be applied
--!   it is lazy = 'dynamic', a query and not a list: leave the option out, or declare it lazy = 'select'
statements(function() return user.posts:options(db.joinedload(Post.user)):all() end)
--> SELECT post.id AS post_id, post.name AS post_name, post.user_id AS post_user_id, user_1.id AS user_1_id, user_1.name AS user_1_name FROM post LEFT OUTER JOIN user AS user_1 ON user_1.id = post.user_id WHERE post.user_id = ?
--> 1 statement
statements(function() return User.query:options(db.raiseload '*'):all() end)
--> SELECT user.id AS user_id, user.name AS user_name FROM user
--> 1 statement

-- --- what cannot be ---------------------------------------------------------------------------------------
db.relationship{'Post', lazy = 'joned'}
--! ArgumentError: relationship's lazy has no 'joned'; did you mean 'joined'?
--!   there are: select, true, joined, false, selectin, subquery, immediate, dynamic, write_only, raise, raise_on_sql, noload, none
One = db.Model 'One' {id = key(), post_id = ref 'post.id', post = db.relationship{'Post', lazy = 'write_only'}}
One.query:all()
--! InvalidRequestError: relationship One.post is to one object: lazy = 'write_only' needs a collection
