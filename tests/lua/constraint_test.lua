-- A row that the database refuses: which attribute of which object it is, and what can be done.
moonbase = require 'moonbase'
app = moonbase.App 'constraints'
app.config:update{DATABASE_URI = fresh_database()}
db = moonbase.Database(app)
session = db.session
User = db.Model 'User' {
  id    = db.Column{db.Integer, primary_key = true},
  name  = db.Column{db.String(20), unique = true},
  age   = db.Column{db.Integer},
  first = db.Column{db.Text},
  last  = db.Column{db.Text},
  posts = db.relationship{'Post', back_populates = 'author'},
  __table_args__ = {db.CheckConstraint{'age >= 0', name = 'ck_age'}, db.UniqueConstraint{'first', 'last'}},
}
Post = db.Model 'Post' {
  id      = db.Column{db.Integer, primary_key = true},
  title   = db.Column{db.Text, nullable = false},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id', nullable = false},
  tag_id  = db.Column{db.Integer, db.ForeignKey 'tag.id'},
  author  = db.relationship{'User', back_populates = 'posts'},
}
Tag = db.Model 'Tag' {id = db.Column{db.Integer, primary_key = true}}
Note = db.Model 'Note' {
  id     = db.Column{db.Integer, primary_key = true},
  tag_id = db.Column{db.Integer, db.ForeignKey 'tag.id'},
}
db.create_all()
ann = User{name = 'ann', first = 'Ann', last = 'Lee'}
session:add(ann)
session:commit()

-- What a commit that fails says last, but for how to go on, which is always the same; then all is taken back.
function why()
  local ok, err = pcall(session.commit, session)
  assert(not ok and err.kind == 'IntegrityError')
  session:rollback()
  print((err.hint:gsub('\nnothing of this flush was kept; call db.session:rollback%(%) to go on$', '')))
end

-- UNIQUE
session:add(User{name = 'ann'})
why()
--> User.name must be unique, and 'ann' is taken: give <User (pending)> another value
--> the object that has it: User.query:filter_by{name = 'ann'}:first()
session:add(User{first = 'Ann', last = 'Lee'})
why()
--> User.first, User.last must be unique together, and 'Ann', 'Lee' is taken: give <User (pending)> another value
--> the object that has it: User.query:filter_by{first = 'Ann', last = 'Lee'}:first()
session:add(User{id = 1})
why()
--> User.id must be unique, and 1 is taken: give <User (pending)> another value
--> the object that has it: User.query:filter_by{id = 1}:first()
bob = User{name = 'bob'}
session:add(bob)
session:commit()
bob.name = 'ann'
why()
--> User.name must be unique, and 'ann' is taken: give <User 2> another value
--> the object that has it: User.query:filter_by{name = 'ann'}:first()
--postgresql> User.name must be unique, and 'ann' is taken: give <User 4> another value
--postgresql> the object that has it: User.query:filter_by{name = 'ann'}:first()
session:add(User{name = "o'hara"})
session:add(User{name = "o'hara"})
why()
--> User.name must be unique, and 'o''hara' is taken: give <User (pending)> another value
--> another new object has it, too

-- NOT NULL: a column, one that belongs to a relationship, and one that an object lost with its place there.
session:add(Post{author = ann})
why()
--> Post.title must not be NULL: <Post (pending)> needs a value
session:add(Post{title = 'on its own'})
why()
--> Post.user_id must not be NULL: set author of <Post (pending)>, or its user_id
post = Post{title = 'first', author = ann}
session:add(post)
session:commit()
ann.posts:remove(post)
why()
--> Post.user_id must not be NULL, and <Post 1> was taken out of User.posts: delete it, or give that relationship cascade = 'all, delete-orphan'
--postgresql> Post.user_id must not be NULL, and <Post 3> was taken out of User.posts: delete it, or give that relationship cascade = 'all, delete-orphan'
post.title = nil
why()
--> Post.title must not be NULL: <Post 1> had a value, which was cleared: give it one
--postgresql> Post.title must not be NULL: <Post 3> had a value, which was cleared: give it one

-- FOREIGN KEY: a server says which one; SQLite does not, and what is known to be there is not blamed.
session:add(Post{title = 'nobody', user_id = 99})
why()
--> Post.user_id = 99 refers to no row of user: set author of <Post (pending)> to a User instead, or correct it
session:add(Post{title = 'no tag', user_id = 1, tag_id = 5})
why()
--> Post.tag_id = 5 refers to no row of tag: add that row first, or correct it
session:add(Note{tag_id = 7})
why()
--> Note.tag_id = 7 refers to no row of tag: add that row first, or correct it
session:add(Post{title = 'neither', user_id = 99, tag_id = 5})
why()
--> Post.user_id = 99 refers to no row of user, or Post.tag_id = 5 refers to no row of tag: add that row first, or correct it
--postgresql> Post.user_id = 99 refers to no row of user: set author of <Post (pending)> to a User instead, or correct it

-- Rows that still refer to one that is deleted.
tag = Tag{}
session:add(tag)
session:commit()
session:execute(db.insert(Note):values{tag_id = tag.id})
session:delete(tag)
why()
--> rows of post (tag_id) or note (tag_id) still refer to <Tag 1>: delete those, too,
--> or let the database do it, by ondelete = 'CASCADE' or 'SET NULL' of their db.ForeignKey
--postgresql> rows of note (tag_id) still refer to <Tag 1>: delete those, too,
--postgresql> or let the database do it, by ondelete = 'CASCADE' or 'SET NULL' of their db.ForeignKey

-- CHECK
session:add(User{name = 'old', age = -1})
why()
--> the check ck_age (age >= 0) of table user refuses <User (pending)>: age = -1

-- The object is named with its values.
session:add(User{name = 'ann', age = 3})
session:flush()
--! IntegrityError
session:rollback()

-- A deferred foreign key is checked by COMMIT, when the rows are written long since.
Visit = db.Model 'Visit' {
  id      = db.Column{db.Integer, primary_key = true},
  user_id = db.Column{db.Integer, db.ForeignKey{'user.id', deferrable = true, initially = 'DEFERRED'}},
}
db.create_all()
-- As it is said, and which rows it was.
function told()
  local ok, err = pcall(session.commit, session)
  assert(not ok and err.kind == 'IntegrityError')
  session:rollback()
  for _, line in ipairs(err.context) do print('while ' .. line) end
  print(err.hint)
end
carl = User{id = 50, name = 'carl'}
session:add(carl)
session:commit()
session:add_all{Visit{id = 1, user_id = carl.id}, Visit{id = 2, user_id = 99}}
session:flush()
told()
--> while commit
--> Visit.user_id = 99 of <Visit 2> may refer to no row of user: add that row, or correct it
--> a deferred foreign key is checked by COMMIT; nothing of this transaction was kept: call db.session:rollback() to go on
--postgresql> while the row of <Visit 2>
--postgresql> while commit
--postgresql> Visit.user_id = 99 of <Visit 2> refers to no row of user: add that row, or correct it
--postgresql> a deferred foreign key is checked by COMMIT; nothing of this transaction was kept: call db.session:rollback() to go on
visit = Visit{id = 3, user_id = carl.id}
session:add(visit)
session:commit()
visit.user_id = 98
session:flush()
told()
--> while commit
--> Visit.user_id = 98 of <Visit 3> may refer to no row of user: add that row, or correct it
--> a deferred foreign key is checked by COMMIT; nothing of this transaction was kept: call db.session:rollback() to go on
--postgresql> while the row of <Visit 3>
--postgresql> while commit
--postgresql> Visit.user_id = 98 of <Visit 3> refers to no row of user: add that row, or correct it
--postgresql> a deferred foreign key is checked by COMMIT; nothing of this transaction was kept: call db.session:rollback() to go on
session:delete(carl)
session:flush()
told()
--> while commit
--> rows of visit (user_id) still refer to <User 50>: delete those, too,
--> or let the database do it, by ondelete = 'CASCADE' or 'SET NULL' of their db.ForeignKey
--> a deferred foreign key is checked by COMMIT; nothing of this transaction was kept: call db.session:rollback() to go on
--postgresql> while the row of <User 50>
--postgresql> while commit
--postgresql> rows of visit (user_id) still refer to <User 50>: delete those, too,
--postgresql> or let the database do it, by ondelete = 'CASCADE' or 'SET NULL' of their db.ForeignKey
--postgresql> a deferred foreign key is checked by COMMIT; nothing of this transaction was kept: call db.session:rollback() to go on
session:delete(visit)
session:delete(carl)
session:commit()

-- Rows that no object stands for: what can be told without one.
session:execute(db.insert(Visit):values{user_id = 97})
told()
--> while commit
--> A row that is referred to does not exist, or rows still refer to the one being deleted or changed.
--> a deferred foreign key is checked by COMMIT; nothing of this transaction was kept: call db.session:rollback() to go on
--postgresql> while commit
--postgresql> A row that is referred to does not exist, or rows still refer to the one being deleted or changed.
--postgresql> The database has rolled the whole transaction back: nothing of it was kept. Call rollback() and begin again.
--postgresql> a deferred foreign key is checked by COMMIT
