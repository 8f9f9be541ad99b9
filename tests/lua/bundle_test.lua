-- Several columns as one item of a query: db.Bundle.
app = moonbase.App 'bundles'
app.config:update{SQLALCHEMY_DATABASE_URI = fresh_database()}
db = moonbase.Database(app)
local point = {}
point.__index = point
point.__tostring = function(p) return ('(%s, %s)'):format(p.x, p.y) end
function Point(x, y) return setmetatable({x = x, y = y}, point) end
User = db.Model 'User' {
  id = db.Column{db.Integer, primary_key = true},
  username = db.Column{db.String(20)},
  age = db.Column{db.Integer},
  x = db.Column{db.Integer},
  y = db.Column{db.Integer},
  place = db.composite{Point, 'x', 'y'},
}
Post = db.Model 'Post' {
  id = db.Column{db.Integer, primary_key = true},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
}
db.create_all()
db.session:add_all{User{username = 'susan', age = 30, place = Point(1, 2)}, User{username = 'john', age = 17}, Post{user_id = 1}, Post{user_id = 1}}
db.session:commit()

who = db.Bundle('who', User.id, User.username)
print(who, who.name, who.c.id, who.columns.username)
--> <Bundle who: id, username>	who	user.id	user.username
q = db.session:query(who, User.age):order_by(who.c.username)
print(q)
--> SELECT user.id AS user_id, user.username AS user_username, user.age AS user_age
--> FROM user ORDER BY user.username
row = q:first()
print(row, row.who, row.who.id, row.who.username, row.age, #row, row[1][2])
--> ((2, 'john'), 17)	(2, 'john')	2	john	17	2	john
print(table.concat(row:keys(), ' '), table.concat(row.who:keys(), ' '))
--> who age	id username
for each in q do print(each.who.username) end
--> john
--> susan
print(db.select(who):where(who.c.id == 1))
--> SELECT user.id, user.username
--> FROM user
--> WHERE user.id = ?
print(db.session:execute(db.select(who):where(who.c.id == 1)):one().who.username)
--> susan
print(db.session:scalars(db.select(who):order_by(who)):all()[2].id, db.session:scalar(db.select(who):where(who.c.id == 2)).username)
--> 2	john
print(db.session:query(who):filter_by{id = 2}:scalar().username)
--> john
print(db.session:query(User):with_entities(User.age, who):order_by(User.id):first())
--> (30, (1, 'susan'))
print(db.session:query(User.age):add_columns(who):order_by(User.id):first().who.id)
--> 1
print(db.session:query(who):with_entities(User.age):order_by(User.id):first())
--> (30,)
-- Inside each other, and of expressions.
inner = db.Bundle('counts', db.func.count(Post.id):label 'posts')
outer = db.Bundle('all', who, inner)
q = db.session:query(outer):outerjoin(Post, Post.user_id == User.id):group_by(User.id):order_by(inner.c.posts:desc())
print(q)
--> SELECT user.id AS user_id, user.username AS user_username, count(post.id) AS posts
--> FROM user LEFT OUTER JOIN post ON post.user_id = user.id GROUP BY user.id ORDER BY posts DESC
print(q:first(), q:first().all.who.username, q:first().all.counts.posts, outer.c.who.c.id)
--> (((1, 'susan'), (2,)),)	susan	2	user.id
-- Read in batches, in pages, and as a set.
for each in db.session:query(who):order_by(User.id):yield_per(1) do print(each) end
--> ((1, 'susan'),)
--> ((2, 'john'),)
page = db.paginate(db.session:query(who, User.age):order_by(User.id), {per_page = 1})
print(page.items[1], page.total)
--> ((1, 'susan'), 30)	2
page = db.paginate(db.session:query(who, User.age):order_by(User.id), {per_page = 1, after = page.next_cursor})
print(page.items[1])
--> ((2, 'john'), 17)
print(db.session:query(who):union(db.session:query(who)):order_by(who.c.id):first())
--> ((1, 'susan'),)
print(#db.session:query(who, User):join(Post, Post.user_id == User.id):all())
--> 1
print(db.session:execute(db.session:query(who):order_by(User.id).statement):first().who.username)
--> susan
print(db.session:query(who):count())
--> 2
-- Mistakes
db.Bundle 'who'
--! ArgumentError: Bundle takes a name and then columns
--!   db.Bundle('name', User.id, User.username)
db.Bundle('who', User)
--! ArgumentError: Bundle 'who' takes columns and expressions, got the class User
--!   select the class beside it: query(User, db.Bundle('name', Post.id))
db.Bundle('who', User.id, Post.id)
--! ArgumentError: Bundle 'who' has two columns named 'id'
--!   give one of them another name with :label(…)
db.Bundle('who', 5)
--! ArgumentError: a query selects classes and expressions, got number
--!   db.session:query(User), db.session:query(User.id, db.func.count(Post.id))
print(who.c.nome)
--! AttributeError: who has no attribute 'nome'
--!   it has id, username
print(row.who.nome)
--! AttributeError: Row has no attribute 'nome'
--!   it has id, username
