-- What the tests of queries share: users with posts, seats with a key of two columns, and `show`.
app = moonbase.App 'queries'
app.config:update{SQLALCHEMY_DATABASE_URI = fresh_database()}
db = moonbase.Database(app)
User = db.Model 'User' {
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(40)},
  age = db.Column{db.Integer},
  email = db.Column{db.String(80)},
  posts = db.relationship{'Post', backref = 'author'},
}
function User:__repr__() return ('<User %s>'):format(self.name) end
Post = db.Model 'Post' {
  id = db.Column{db.Integer, primary_key = true},
  title = db.Column{db.String(40)},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
}
function Post:__repr__() return ('<Post %s>'):format(self.title) end
Seat = db.Model 'Seat' {
  row = db.Column{db.Integer, primary_key = true},
  number = db.Column{db.Integer, primary_key = true},
  taken = db.Column{db.Boolean, default = false},
}
db.create_all()
ada = User{name = 'ada', age = 36, email = 'ada@x.org'}
bob = User{name = 'bob', age = 20}
cyd = User{name = 'cyd', age = 20, email = 'cyd@x.org'}
db.session:add_all{ada, bob, cyd}
ada.posts = {Post{title = 'a1'}, Post{title = 'a2'}}
bob.posts = {Post{title = 'b1'}}
db.session:add(Post{title = 'nobody'})
db.session:add_all{Seat{row = 1, number = 1}, Seat{row = 1, number = 2, taken = true}}
db.session:commit()

-- Prints a list's items on one line.
function show(list)
  local out = {}
  for i, x in ipairs(list) do out[i] = tostring(x) end
  print('{' .. table.concat(out, ', ') .. '}')
end
