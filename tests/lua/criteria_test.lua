-- Conditions that go with a class wherever a query reads it.
app = moonbase.App 'criteria'
app.config:update{SQLALCHEMY_DATABASE_URI = 'sqlite://', RECORD_QUERIES = true}
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
