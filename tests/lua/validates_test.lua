-- Functions that check values on their way into attributes.
app = moonbase.App 'validates'
app.config:update{SQLALCHEMY_DATABASE_URI = fresh_database()}
db = moonbase.Database(app)
local Trimmed = {
  trim = db.validates('name', function(self, key, value) return value and value:match '^%s*(.-)%s*$' end),
}
User = db.Model('User', Trimmed) {
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(20)},
  email = db.Column{db.String(40)},
  backup = db.Column{db.String(40)},
  age = db.Column{db.Integer},
  posts = db.relationship{'Post', backref = 'author'},
  check_mail = db.validates('email', 'backup', function(self, key, value)
    if value and not value:find '@' then error(('%s is no %s'):format(value, key), 0) end
    return value
  end),
  check_age = db.validates('age', function(self, key, value)
    if value and value < 0 then moonbase.raise('ArgumentError', 'nobody is that young') end
  end),
  check_post = db.validates('posts', function(self, key, post)
    if post.title == '' then error('a post needs a title', 0) end
    return post
  end),
}
Post = db.Model 'Post' {
  id = db.Column{db.Integer, primary_key = true},
  title = db.Column{db.String(40)},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
}
db.create_all()

u = User{name = '  ada ', email = 'ada@x.org'}
print(u.name .. '|', u.email)
--> ada|	ada@x.org
u.email = 'nonsense'
--! ValueError: User.email: nonsense is no email
User{backup = 'nonsense'}
--! ValueError: User.backup: nonsense is no backup
u.email = nil
print(u.email)
--> nil
-- What it returns is stored; nothing is nil.
u.age = 5
print(u.age)
--> nil
-- An error object keeps its kind and says which attribute it was.
u.age = -1
--! ArgumentError: nobody is that young
-- Collections: each new member.
u.posts:append(Post{title = 'a'})
u.posts = {u.posts[1], Post{title = 'b'}}
u.posts:extend{Post{title = 'c'}}
u.posts:insert(1, Post{title = 'd'})
u.posts[#u.posts + 1] = Post{title = 'e'}
print(#u.posts)
--> 5
u.posts:append(Post{title = ''})
--! ValueError: User.posts: a post needs a title
u.posts = {Post{title = ''}}
--! ValueError: User.posts: a post needs a title
print(#u.posts, User{posts = {Post{title = 'x'}}}.posts[1].title)
--> 5	x
u.posts:append(5)
--! TypeError: User.posts holds Post objects, got number
-- Not what is loaded.
db.session:execute(db.text [[INSERT INTO "user" (id, name, email) VALUES (7, ' x ', 'none')]])
seven = User.query:get(7)
print(seven.name .. '|', seven.email)
-->  x |	none
-- Added later, and to a relationship to one object.
Post.check_author = db.validates('author', function(self, key, value)
  if value and value.name == 'x' then error('not by x', 0) end
  return value
end)
p = Post{title = 't', author = u}
print(p.author.name)
--> ada
seven.name = 'x'
p.author = seven
--! ValueError: Post.author: not by x
User.again = db.validates('email', function(self, key, value) return value end)
--! InvalidRequestError: User.email has a validator already
db.validates('email')
--! TypeError: validates takes the names of attributes and then a function
--!   check_email = db.validates('email', function(self, key, value) … return value end)
db.validates(function() end)
--! TypeError: validates takes the names of attributes and then a function
--!   check_email = db.validates('email', function(self, key, value) … return value end)
