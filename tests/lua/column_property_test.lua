-- Attributes that are SQL expressions: db.column_property.
app = moonbase.App 'properties'
app.config:update{SQLALCHEMY_DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
db = moonbase.Database(app)
statements = require 'statements'
Named = {
  first = db.Column{db.String(20)},
  last = db.Column{db.String(20)},
  full = db.column_property(function(cls) return cls.first .. ' ' .. cls.last end),
}
User = db.Model('User', Named) {
  id = db.Column{db.Integer, primary_key = true},
  posts = db.relationship{'Post', backref = 'author'},
}
Post = db.Model 'Post' {
  id = db.Column{db.Integer, primary_key = true},
  title = db.Column{db.String(40)},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
}
User.post_count = db.column_property(
  db.select(db.func.count(Post.id)):where(Post.user_id:eq(User.id)):scalar_subquery())
db.create_all()
ada = User{first = 'Ada', last = 'Lovelace'}
ada.posts = {Post{title = 'a'}, Post{title = 'b'}}
bob = User{first = 'Bob', last = 'Bell'}
print(ada.full, ada.post_count)
--> nil	nil
db.session:add_all{ada, bob}
db.session:flush()
-- After a flush it is read.
statements(function() print(ada.full, ada.post_count) end)
--> Ada Lovelace	2
--> SELECT user.id AS user_id, user.first || ? || user.last AS "full", (SELECT count(post.id) AS count_1 FROM post WHERE post.user_id = user.id) AS post_count FROM user WHERE user.id = ?
--> 1 statement
db.session:commit()

-- It comes with its class.
statements(function() for _, u in ipairs(User.query:all()) do print(u.full, u.post_count) end end)
--> Ada Lovelace	2
--> Bob Bell	0
--> SELECT user.id AS user_id, user.first AS user_first, user.last AS user_last, user.first || ? || user.last AS "full", (SELECT count(post.id) AS count_1 FROM post WHERE post.user_id = user.id) AS post_count FROM user
--> 1 statement
-- It stands for its expression.
print(User.query:filter(User.post_count:gt(1)))
--> SELECT user.id AS user_id, user.first AS user_first, user.last AS user_last, user.first || ? || user.last AS "full", (SELECT count(post.id) AS count_1
--> FROM post
--> WHERE post.user_id = user.id) AS post_count
--> FROM user
--> WHERE (SELECT count(post.id) AS count_1
--> FROM post
--> WHERE post.user_id = user.id) > ?
print(User.query:order_by(User.post_count:desc()):filter_by{full = 'Ada Lovelace'})
--> SELECT user.id AS user_id, user.first AS user_first, user.last AS user_last, user.first || ? || user.last AS "full", (SELECT count(post.id) AS count_1
--> FROM post
--> WHERE post.user_id = user.id) AS post_count
--> FROM user
--> WHERE user.first || ? || user.last = ? ORDER BY post_count DESC
print(User.query:order_by 'full')
--> SELECT user.id AS user_id, user.first AS user_first, user.last AS user_last, user.first || ? || user.last AS "full", (SELECT count(post.id) AS count_1
--> FROM post
--> WHERE post.user_id = user.id) AS post_count
--> FROM user ORDER BY "full"
print(db.session:query(User.full, User.post_count))
--> SELECT user.first || ? || user.last AS "full", (SELECT count(post.id) AS count_1
--> FROM post
--> WHERE post.user_id = user.id) AS post_count
--> FROM user
for _, row in ipairs(db.session:query(User.full, User.post_count):all()) do print(row.full, row.post_count) end
--> Ada Lovelace	2
--> Bob Bell	0
print(db.select(User))
--> SELECT user.id, user.first, user.last, user.first || ? || user.last AS "full", (SELECT count(post.id) AS count_1
--> FROM post
--> WHERE post.user_id = user.id) AS post_count
--> FROM user
sub = User.query:subquery()
print(db.session:query(sub.c.post_count):filter(sub.c.full:eq 'Bob Bell'):all()[1][1])
--> 0

-- It expires with the columns, and after a change is written.
ada.posts:append(Post{title = 'c'})
ada.last = 'King'
db.session:flush()
statements(function() print(ada.full, ada.post_count) end)
--> Ada King	3
--> SELECT user.id AS user_id, user.first || ? || user.last AS "full", (SELECT count(post.id) AS count_1 FROM post WHERE post.user_id = user.id) AS post_count FROM user WHERE user.id = ?
--> 1 statement
db.session:expire(ada, {'post_count'})
statements(function() print(ada.post_count) end)
--> 3
--> SELECT user.id AS user_id, (SELECT count(post.id) AS count_1 FROM post WHERE post.user_id = user.id) AS post_count FROM user WHERE user.id = ?
--> 1 statement
db.session:refresh(ada)
print(ada.post_count)
--> 3
ada.full = 'x'
--! AttributeError: User.full is a column_property: the database computes it, and it cannot be set
User{full = 'x'}
--! AttributeError: User.full is a column_property: the database computes it, and it cannot be set
db.session:rollback()

-- Deferred.
User.shout = db.column_property{db.func.upper(User.first), deferred = true}
print(User.query:filter_by{id = 1}:options(db.load_only(User.first)))
--> SELECT user.id AS user_id, user.first AS user_first
--> FROM user
--> WHERE user.id = ?
ada = User.query:get(1)
statements(function() print(ada.shout) end)
--> ADA
--> SELECT user.id AS user_id, upper(user.first) AS shout FROM user WHERE user.id = ?
--> 1 statement
print(User.query:options(db.undefer(User.shout), db.load_only(User.id)))
--> SELECT user.id AS user_id, upper(user.first) AS shout
--> FROM user
for name, value in pairs(ada) do print(name, value) end
--> id	1
--> first	Ada
--> last	Lovelace
--> full	Ada Lovelace
--> post_count	2
--> shout	ADA
print(table.concat(moonbase.inspect(User).column_attrs, ' '), table.concat(moonbase.inspect(User).columns, ' '))
--> id first last full post_count shout	id first last
print(table.concat(moonbase.inspect(User).attrs, ' '))
--> id first last full post_count posts shout

-- Columns that were written before their table are those of the class.
local first = db.Column{'first', db.String(20)}
Person = db.Model 'Person' {
  id = db.Column{db.Integer, primary_key = true},
  first = first,
  shout = db.column_property(db.func.upper(first)),
}
print(Person.query)
--> SELECT person.first AS person_first, person.id AS person_id, upper(person.first) AS shout
--> FROM person

-- What speaks of a class that is not there yet waits for it.
Owner = db.Model 'Owner' {
  id = db.Column{db.Integer, primary_key = true},
  pets = db.column_property(function(cls)
    return db.select(db.func.count(Pet.id)):where(Pet.owner_id:eq(cls.id)):scalar_subquery()
  end),
}
print(Owner.query)
--! attempt to index a nil value (global 'Pet')
--!   while making the column_property Owner.pets
Pet = db.Model 'Pet' {
  id = db.Column{db.Integer, primary_key = true},
  owner_id = db.Column{db.Integer, db.ForeignKey 'owner.id'},
}
print(Owner.query)
--> SELECT owner.id AS owner_id, (SELECT count(pet.id) AS count_1
--> FROM pet
--> WHERE pet.owner_id = owner.id) AS pets
--> FROM owner
-- Mistakes
User.post_count = db.column_property(db.func.count(Post.id))
--! ArgumentError: User.post_count is there already
User.wrong = db.column_property(5)
--! ArgumentError: column_property takes an SQL expression, got number
--!   User.post_count = db.column_property(db.select(db.func.count(Post.id)):where(Post.user_id:eq(User.id)):scalar_subquery()); in a class body, where the class is not there yet: db.column_property(function(cls) return cls.first .. cls.last end)
User.wrong = db.column_property()
--! TypeError: column_property takes 1 positional argument, got 0

-- Through an alias, and in a subquery that the class is read from.
u2 = db.aliased(User, 'u2')
print(db.session:query(u2.post_count):filter(u2.full:eq 'Bob Bell'))
--> SELECT (SELECT count(post.id) AS count_1
--> FROM post
--> WHERE post.user_id = u2.id) AS post_count
--> FROM user AS u2
--> WHERE u2.first || ? || u2.last = ?
print(db.session:query(u2):options(db.load_only(u2.post_count)))
--> SELECT u2.id AS u2_id, (SELECT count(post.id) AS count_1
--> FROM post
--> WHERE post.user_id = u2.id) AS post_count
--> FROM user AS u2
print(db.session:query(u2):filter(u2.first:eq 'Ada'):one().post_count)
--> 2
from_sub = db.aliased(User, User.query:subquery(), 'u3')
print(db.session:query(from_sub):filter(from_sub.post_count:eq(2)):one().full)
--> Ada Lovelace
print(User.query:union(User.query):order_by(User.id):all()[1].full)
--> Ada Lovelace
