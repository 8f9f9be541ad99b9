-- Conditions that go with a class wherever a query reads it.
app = moonbase.App 'criteria'
app.config:update{SQLALCHEMY_DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
db = moonbase.Database(app)
statements = require 'statements'
User = db.Model 'User' {
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(40)},
  hidden = db.Column{db.Boolean, default = false},
  posts = db.relationship{'Post', backref = 'author'},
}
Post = db.Model 'Post' {
  id = db.Column{db.Integer, primary_key = true},
  title = db.Column{db.String(40)},
  hidden = db.Column{db.Boolean, default = false},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
}
db.create_all()
ada = User{name = 'ada', posts = {Post{title = 'a'}, Post{title = 'secret', hidden = true}}}
db.session:add_all{ada, User{name = 'ghost', hidden = true, posts = {Post{title = 'g'}}}}
db.session:commit()
visible_users = db.with_loader_criteria(User, User.hidden:is_(false))
visible_posts = db.with_loader_criteria(Post, function(cls) return cls.hidden:is_(false) end)

print(User.query:options(visible_users))
--> SELECT user.id AS user_id, user.name AS user_name, user.hidden AS user_hidden
--> FROM user
--> WHERE user.hidden IS 0
print(User.query:options(visible_users):count(), User.query:options(visible_users):filter_by{name = 'ghost'}:first())
--> 1	nil
print(User.query:options(visible_users):limit(1))
--> SELECT user.id AS user_id, user.name AS user_name, user.hidden AS user_hidden
--> FROM user
--> WHERE user.hidden IS 0
-->  LIMIT ?
print(db.session:query(User.name):options(visible_users))
--> SELECT user.name AS user_name
--> FROM user
--> WHERE user.hidden IS 0
print(db.select(User):options(visible_users):where(User.name:eq 'ada'))
--> SELECT user.id, user.name, user.hidden
--> FROM user
--> WHERE user.name = ? AND user.hidden IS 0
-- What is joined has it in its ON.
print(User.query:outerjoin(User.posts):options(visible_users, visible_posts):with_entities(User.name, Post.title))
--> SELECT user.name AS user_name, post.title AS post_title
--> FROM user LEFT OUTER JOIN post ON user.id = post.user_id AND post.hidden IS 0
--> WHERE user.hidden IS 0
print(db.session:query(User.name, Post.title):join(Post, Post.user_id:eq(User.id)):options(visible_posts))
--> SELECT user.name AS user_name, post.title AS post_title
--> FROM user JOIN post ON post.user_id = user.id AND post.hidden IS 0
print(db.session:query(User, Post):options(visible_users, visible_posts):filter(Post.user_id:eq(User.id)))
--> SELECT user.id AS user_id, user.name AS user_name, user.hidden AS user_hidden, post.id AS post_id, post.title AS post_title, post.hidden AS post_hidden, post.user_id AS post_user_id
--> FROM user, post
--> WHERE post.user_id = user.id AND user.hidden IS 0 AND post.hidden IS 0
print(db.session:query(User.query:options(visible_users):exists()):scalar())
--> true
-- UPDATE and DELETE.
statements(function() return User.query:options(visible_users):update({name = 'x'}, {synchronize_session = false}) end)
--> UPDATE user SET name=? WHERE user.hidden IS 0
--> 1 statement
statements(function() return Post.query:options(visible_posts):filter_by{title = 'none'}:delete() end)
--> DELETE FROM post WHERE post.title = ? AND post.hidden IS 0 RETURNING id
--> 1 statement
db.session:rollback()
-- The relationships of objects that came with it follow it.
db.session:expunge_all()
u = User.query:options(visible_posts):first()
statements(function() print(#u.posts, u.posts[1].title) end)
--> 1	a
--> SELECT post.id AS post_id, post.title AS post_title, post.hidden AS post_hidden, post.user_id AS post_user_id FROM post WHERE post.user_id = ? AND post.hidden IS 0
--> 1 statement
db.session:expunge_all()
u = User.query:options(db.with_loader_criteria{Post, Post.hidden:is_(false), propagate_to_loaders = false}):first()
print(#u.posts)
--> 2
u = User.query:first()
print(#u.posts)
--> 2
-- Mistakes
db.with_loader_criteria(User)
--! TypeError: with_loader_criteria takes 2 positional arguments, got 1
db.with_loader_criteria(5, User.hidden)
--! UnmappedClassError: expected a mapped class, got number
--!   classes are declared with User = db.Model 'User' {…}
db.with_loader_criteria(User, true)
--! ArgumentError: with_loader_criteria() got true: in this place == compares Lua values. Write User.id:eq(1), or db.expr(…)
--!   db.true_() and db.false_() are SQL's own truth values
User.query:options(visible_users, 5)
--! ArgumentError: options takes loader options, got number
--!   query:options(db.load_only(User.id, User.name), db.defer(Post.body))

-- Aliases are other names, and follow when told to.
p2 = db.aliased(Post, 'p2')
print(db.session:query(p2):options(visible_posts))
--> SELECT p2.id AS p2_id, p2.title AS p2_title, p2.hidden AS p2_hidden, p2.user_id AS p2_user_id
--> FROM post AS p2
print(db.session:query(p2):options(db.with_loader_criteria{Post, Post.hidden:is_(false), include_aliases = true}))
--> SELECT p2.id AS p2_id, p2.title AS p2_title, p2.hidden AS p2_hidden, p2.user_id AS p2_user_id
--> FROM post AS p2
--> WHERE p2.hidden IS 0

-- In subqueries, wherever they stand.
print(User.query:filter(User.posts:any()):options(visible_posts))
--> SELECT user.id AS user_id, user.name AS user_name, user.hidden AS user_hidden
--> FROM user
--> WHERE EXISTS (SELECT 1
--> FROM post
--> WHERE user.id = post.user_id AND post.hidden IS 0)
print(User.query:filter(User.posts:any(Post.title == 'a')):options(visible_users, visible_posts))
--> SELECT user.id AS user_id, user.name AS user_name, user.hidden AS user_hidden
--> FROM user
--> WHERE EXISTS (SELECT 1
--> FROM post
--> WHERE user.id = post.user_id AND post.title = ? AND post.hidden IS 0) AND user.hidden IS 0
print(Post.query:filter(Post.author:has(User.name == 'ada')):options(visible_users))
--> SELECT post.id AS post_id, post.title AS post_title, post.hidden AS post_hidden, post.user_id AS post_user_id
--> FROM post
--> WHERE EXISTS (SELECT 1
--> FROM user
--> WHERE user.id = post.user_id AND user.name = ? AND user.hidden IS 0)
posts_of = db.select(db.func.count(Post.id)):where(Post.user_id == User.id):scalar_subquery()
print(db.session:query(User.name, posts_of:label 'n'):options(visible_posts):order_by(posts_of))
--> SELECT user.name AS user_name, (SELECT count(post.id) AS count_1
--> FROM post
--> WHERE post.user_id = user.id AND post.hidden IS 0) AS n
--> FROM user ORDER BY (SELECT count(post.id) AS count_1
--> FROM post
--> WHERE post.user_id = user.id AND post.hidden IS 0)
for row in db.session:query(User.name, posts_of:label 'n'):options(visible_posts):order_by(User.name) do print(row.name, row.n) end
--> ada	1
--> ghost	1
print(User.query:filter(User.id:in_(db.select(Post.user_id))):options(visible_posts))
--> SELECT user.id AS user_id, user.name AS user_name, user.hidden AS user_hidden
--> FROM user
--> WHERE user.id IN (SELECT post.user_id
--> FROM post
--> WHERE post.hidden IS 0)
named = db.select(Post.user_id, Post.title):subquery 'named'
print(db.session:query(User.name, named.c.title):join(named, named.c.user_id == User.id):options(visible_posts, visible_users))
--> SELECT user.name AS user_name, named.title AS named_title
--> FROM user JOIN (SELECT post.user_id, post.title
--> FROM post
--> WHERE post.hidden IS 0) AS named ON named.user_id = user.id
--> WHERE user.hidden IS 0
tops = db.select(Post.user_id):cte 'tops'
print(db.session:query(User.name):filter(User.id:in_(db.select(tops.c.user_id))):options(visible_posts))
--> WITH tops AS
--> (SELECT post.user_id
--> FROM post
--> WHERE post.hidden IS 0)
-->  SELECT user.name AS user_name
--> FROM user
--> WHERE user.id IN (SELECT tops.user_id
--> FROM tops)
print(User.query:filter_by{name = 'ada'}:union(User.query:filter_by{name = 'ghost'}):options(visible_users))
--> SELECT anon_1.id AS anon_id, anon_1.name AS anon_name, anon_1.hidden AS anon_hidden
--> FROM (SELECT user.id, user.name, user.hidden
--> FROM user
--> WHERE user.name = ? AND user.hidden IS 0 UNION SELECT user.id, user.name, user.hidden
--> FROM user
--> WHERE user.name = ? AND user.hidden IS 0) AS anon_1
print(User.query:filter_by{name = 'ada'}:union(User.query:filter_by{name = 'ghost'}):options(visible_users):count())
--> 1
print(db.select(User.id):union(db.select(Post.id)):options(visible_users, visible_posts))
--> SELECT user.id
--> FROM user
--> WHERE user.hidden IS 0 UNION SELECT post.id
--> FROM post
--> WHERE post.hidden IS 0
joined = db.select(User.name, Post.title):join(User.posts):subquery 'joined'
print(db.session:query(joined.c.name):options(visible_users, visible_posts))
--> SELECT joined.name AS joined_name
--> FROM (SELECT user.name, post.title
--> FROM user JOIN post ON user.id = post.user_id AND post.hidden IS 0
--> WHERE user.hidden IS 0) AS joined
-- A row of the enclosing query is filtered where that selects it, and once.
inner = User.query:options(visible_users):with_entities(User.id)
print(Post.query:filter(Post.user_id:in_(inner)):options(visible_users))
--> SELECT post.id AS post_id, post.title AS post_title, post.hidden AS post_hidden, post.user_id AS post_user_id
--> FROM post
--> WHERE post.user_id IN (SELECT user.id
--> FROM user
--> WHERE user.hidden IS 0)
-- A recursive CTE.
chain = db.select(User.id):where(User.id == 1):cte{'chain', recursive = true}
chain = chain:union_all(db.select(User.id):join(chain, User.id == chain.c.id + 1))
print(db.session:query(chain.c.id):options(visible_users))
--> WITH RECURSIVE chain(id) AS
--> (SELECT user.id
--> FROM user
--> WHERE user.id = ? AND user.hidden IS 0 UNION ALL SELECT user.id
--> FROM user JOIN chain ON user.id = chain.id + ?
--> WHERE user.hidden IS 0)
-->  SELECT chain.id AS chain_id
--> FROM chain
print(#db.session:query(chain.c.id):options(visible_users):all(), #db.session:query(chain.c.id):all())
--> 1	2
-- Statements that write.
print(db.update(User):where(User.posts:any()):values{name = 'x'}:options(visible_users, visible_posts))
--> UPDATE user SET name=? WHERE EXISTS (SELECT 1
--> FROM post
--> WHERE user.id = post.user_id AND post.hidden IS 0) AND user.hidden IS 0
print(db.update(User):values{name = db.select(db.func.max(Post.title)):where(Post.user_id == User.id):scalar_subquery()}:options(visible_posts))
--> UPDATE user SET name=(SELECT max(post.title) AS max_1
--> FROM post
--> WHERE post.user_id = user.id AND post.hidden IS 0)
print(db.delete(Post):options(visible_posts))
--> DELETE FROM post WHERE post.hidden IS 0
print(db.session:execute(db.delete(Post):options(visible_posts):where(Post.title == 'secret')).rowcount)
--> 0
statements(function() print(db.session:execute(db.update(User):options(visible_users):values{name = 'x'}).rowcount) end)
--> 1
--> UPDATE user SET name=? WHERE user.hidden IS 0
--> 1 statement
print(User.query:filter(User.posts:any()):options(visible_posts, visible_users):update({name = 'y'}, {synchronize_session = false}))
--> 1
db.session:rollback()
db.update(User):options(db.joinedload(User.posts))
--! ArgumentError: options: an UPDATE or DELETE loads no objects, so of the loader options it takes with_loader_criteria alone
db.insert(User):options(visible_users)
--! AttributeError: Insert has no attribute 'options'
--!   it has compile, excluded, execution_options, from_select, on_conflict_do_nothing, on_conflict_do_update, prefix_with, returning, values
-- What is loaded along.
for _, load in ipairs{'joinedload', 'selectinload', 'subqueryload', 'lazyload', 'immediateload'} do
  db.session:expunge_all()
  local ada = User.query:options(db[load](User.posts), visible_posts):order_by(User.id):first()
  print(load, #ada.posts, ada.posts[1].title)
end
--> joinedload	1	a
--> selectinload	1	a
--> subqueryload	1	a
--> lazyload	1	a
--> immediateload	1	a
