-- Attributes that are what a query says: db.query_expression and db.with_expression.
app = moonbase.App 'query_expressions'
app.config:update{SQLALCHEMY_DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
db = moonbase.Database(app)
require 'sent'
User = db.Model 'User' {
  id = db.Column{db.Integer, primary_key = true},
  age = db.Column{db.Integer},
  score = db.query_expression(),
  is_adult = db.query_expression{type = db.Boolean},
  rank = db.query_expression(db.literal(7)),
  posts = db.relationship{'Post', backref = 'author', order_by = 'Post.id'},
}
Post = db.Model 'Post' {
  id = db.Column{db.Integer, primary_key = true},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
  score = db.query_expression(),
}
db.create_all()
db.session:add_all{User{age = 30, posts = {Post(), Post()}}, User{age = 17}}
db.session:commit()
db.session:expunge_all()
sql()
--> CREATE TABLE user ( id INTEGER NOT NULL, age INTEGER, PRIMARY KEY (id) )
--> CREATE TABLE post ( id INTEGER NOT NULL, user_id INTEGER, PRIMARY KEY (id), FOREIGN KEY(user_id) REFERENCES user (id) )
--> INSERT INTO user (age) VALUES (?)  [30]
--> INSERT INTO post (user_id) VALUES (?)  [1]
-- Nothing is read that was not asked for.
u = User.query:get(1)
print(u.score, u.is_adult, u.rank)
--> nil	nil	7
sql()
--> SELECT user.id AS user_id, user.age AS user_age, ? AS rank FROM user WHERE user.id = ?  [7, 1]
db.session:expunge_all()
u = User.query:options(db.with_expression(User.score, User.age * 2), db.with_expression(User.is_adult, User.age >= 18), db.with_expression(User.rank, User.id + 1)):order_by(User.id):all()[2]
print(u.score, u.is_adult, u.rank)
--> 34	false	3
sql()
--> SELECT user.id AS user_id, user.age AS user_age, user.age * ? AS score, user.age >= ? AS is_adult, user.id + ? AS rank FROM user ORDER BY user.id  [2, 18, 1]
-- What the session reads anew is without it.
db.session:expire(u)
print(u.age, u.score, u.is_adult)
--> 17	nil	nil
sql()
--> SELECT user.id AS user_id, user.age AS user_age, ? AS rank FROM user WHERE user.id = ?  [7, 2]
db.session:expunge_all()
print(db.session:scalars(db.select(User):options(db.with_expression(User.score, db.func.abs(User.age))):where(User.id == 1)):one().score)
--> 30
sql()
--> SELECT user.id, user.age, abs(user.age) AS score, ? AS rank FROM user WHERE user.id = ?  [7, 1]
-- An aggregate of what is joined.
db.session:expunge_all()
for _, each in ipairs(User.query:outerjoin(User.posts):group_by(User.id):order_by(User.id):options(db.with_expression(User.score, db.func.count(Post.id))):all()) do print(each, each.score) end
--> <User 1>	2
--> <User 2>	0
-- Of an alias, and of what is loaded along.
db.session:expunge_all()
a = db.aliased(User)
print(db.session:query(a):options(db.Load(a):with_expression(User.score, a.age + 1)):filter(a.id == 1):one().score)
--> 31
db.session:expunge_all()
sql()
--> SELECT user.id AS user_id, user.age AS user_age, count(post.id) AS score, ? AS rank FROM user LEFT OUTER JOIN post ON user.id = post.user_id GROUP BY user.id ORDER BY user.id  [7]
--> SELECT user_1.id AS user_id, user_1.age AS user_age, user_1.age + ? AS score, ? AS rank FROM user AS user_1 WHERE user_1.id = ?  [1, 7, 1]
u = User.query:options(db.selectinload(User.posts):with_expression(Post.score, Post.id * 10)):get(1)
print(u.posts[1].score, u.posts[2].score)
--> 10	20
sql()
--> SELECT user.id AS user_id, user.age AS user_age, ? AS rank FROM user WHERE user.id = ?  [7, 1]
--> SELECT post.id AS post_id, post.user_id AS post_user_id, post.id * ? AS score FROM post WHERE post.user_id IN (?) ORDER BY post.id  [10, 1]
db.session:expunge_all()
u = User.query:options(db.joinedload(User.posts):with_expression(Post.score, Post.id * 10)):get(1)
print(u.posts[1].score, u.posts[2].score)
--> 10	20
sql()
--> SELECT user.id AS user_id, user.age AS user_age, ? AS rank, post_1.id AS post_1_id, post_1.user_id AS post_1_user_id, post_1.id * ? AS score FROM user LEFT OUTER JOIN post AS post_1 ON user.id = post_1.user_id WHERE user.id = ? ORDER BY post_1.id  [7, 10, 1]
-- An object that is there gets what it lacks, and what it has anew with populate_existing.
u = User.query:options(db.with_expression(User.score, User.age + 6)):filter_by{id = 1}:one()
print(u.score)
--> 36
u = User.query:options(db.with_expression(User.score, User.age + 5)):filter_by{id = 1}:populate_existing():one()
print(u.score)
--> 35
-- Mistakes
db.with_expression(User.age, User.id)
--! InvalidRequestError: with_expression is for a query_expression, and User.age is a column
--!   declare an attribute for it: score = db.query_expression()
db.with_expression('score', User.id)
--! ArgumentError: with_expression takes an attribute of a class, got string
--!   db.with_expression(User.score, User.age + 1)
db.with_expression(User.score)
--! TypeError: with_expression takes 2 positional arguments, got 1
db.query_expression(5)
--! ArgumentError: query_expression takes the SQL expression that holds where a query says none, got number
--!   score = db.query_expression(), or db.query_expression(db.literal(0))
User.query:options(db.with_expression(Post.score, Post.id)):all()
--! ArgumentError: an option of this query speaks of Post, and the query returns User
--!   options name attributes of what the query returns, seen through the alias it was given with
