-- Edges of the session: hooks that use it while it flushes, loops that end it, objects out of place.
moonbase = require 'moonbase'
app = moonbase.App 'edges'
app.config:update{DATABASE_URI = fresh_database()}
db = moonbase.Database(app)
s = db.session
hook = nil
User = db.Model 'User' {
  id    = db.Column{db.Integer, primary_key = true},
  name  = db.Column{db.String(20), default = function() if hook then return hook() end end},
  posts = db.relationship{'Post', backref = 'author'},
}
Post = db.Model 'Post' {
  id      = db.Column{db.Integer, primary_key = true},
  body    = db.Column{db.String(20)},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
}
db.create_all()
function with_hook(fn)
  hook = fn
  s:add(User{})
  local ok, err = pcall(s.commit, s)
  hook = nil
  if not ok then s:rollback() end
  print(ok, ok and User.query:count() or err.message)
end

-- --- a default that uses the session --------------------------------------------------------------------------
with_hook(function() s:add(Post{body = 'in a hook'}) return 'x' end)
print(Post.query:count(), #s.new)
with_hook(function() return 'n' .. User.query:count() end)
with_hook(function() s:flush() end)
with_hook(function() s:commit() end)
with_hook(function() s:rollback() end)
with_hook(function() s:close() end)
with_hook(function() s:begin_nested() end)
with_hook(function() s:expunge(s.new[1]) end)
with_hook(function() error({message = 'of its own'}) end)
print(User.query:count(), s.is_active)
--> true	1
--> 1	0
--> true	2
--> false	the session is flushing already: a hook must not call flush()
--> false	the session is flushing: a default or another hook must not call commit()
--> false	the session is flushing: a default or another hook must not call rollback()
--> false	the session is flushing: a default or another hook must not call close()
--> false	the session is flushing: a default or another hook must not call begin_nested()
--> false	the session is flushing: a default or another hook must not call expunge()
--> false	of its own
--> 2	true

-- --- loops ---------------------------------------------------------------------------------------------------
s:rollback()
User.query:delete()
for i = 1, 10 do s:add(User{name = 'u' .. i, posts = {Post{body = 'p' .. i}}}) end
s:commit()
function loop(act)
  local n = 0
  for u in User.query:order_by(User.id) do
    n = n + 1
    act(u, n)
  end
  return n
end
print(loop(function(_, n) if n == 3 then s:close() end end))
print(loop(function(u, n) if n == 3 then s:rollback() end u.name = 'x' end))
s:rollback()
print(loop(function(u) s:delete(u) s:flush() end), User.query:count())
s:rollback()
print(loop(function(_, n) s:add(User{name = 'more ' .. n}) s:commit() end), User.query:count())
--> 10
--> 10
--> 10	0
--> 10	20
-- An error inside a loop leaves the query and the session usable.
q = User.query:order_by(User.id)
print(pcall(function() for u in q do error('inside', 0) end end))
for u in q do print(u.name) break end
-- Two loops over one query.
n = 0
for a in q do for b in q do n = n + 1 end end
print(n)
--> false	inside
--> u1
--> 400

-- --- out of place ----------------------------------------------------------------------------------------------
u = User.query:filter_by{name = 'u1'}:one()
c = u.posts
print(#c)
s:close()
print(#c, c[1].body)
--> 1
--> 1	p1
u = User.query:filter_by{name = 'u1'}:one()
c = u.posts
s:close()
print(#c)
--! DetachedInstanceError: <User 1> is not in a session, so its 'posts' cannot be loaded
--!   its session was closed or it was expunged: add it to a session again, or read the attribute before that
--postgresql! DetachedInstanceError: <User 3> is not in a session, so its 'posts' cannot be loaded
--postgresql!   its session was closed or it was expunged: add it to a session again, or read the attribute before that
c:append(Post{body = 'while detached'})
s:add(u)
s:commit()
print(#u.posts)
--> 2
u = User.query:filter_by{name = 'u2'}:one()
id = u.id
s:delete(u)
s:flush()
s:add(u)
--! InvalidRequestError: <User 2> has been deleted in this transaction
--!   roll back to have it again, or make a new object
--postgresql! InvalidRequestError: <User 4> has been deleted in this transaction
--postgresql!   roll back to have it again, or make a new object
s:commit()
print(u.name, moonbase.inspect(u).state)
--> u2	detached
s:add(u)
--! InvalidRequestError: <User 2> was deleted: it stands for no row
--!   make a new object: User{…}
--postgresql! InvalidRequestError: <User 4> was deleted: it stands for no row
--postgresql!   make a new object: User{…}
s:rollback()
v = User.query:filter_by{name = 'u3'}:one()
v.id = nil
s:commit()
--! FlushError: the key column user.id of <User 3> cannot become NULL
--!   while UPDATE of <User 3> (name = 'u3')
--!   delete the object with db.session:delete(x), or give it another key; db.session:rollback() goes on
--postgresql! FlushError: the key column user.id of <User 5> cannot become NULL
--postgresql!   while UPDATE of <User 5> (name = 'u3')
--postgresql!   delete the object with db.session:delete(x), or give it another key; db.session:rollback() goes on
s:rollback()
v.id = 777
s:commit()
--! IntegrityError: FOREIGN KEY constraint failed
--!   while UPDATE of <User 3> (id = 777)
--!   [SQL: UPDATE user SET id=? WHERE user.id = ?]
--!   [parameters: (777, 3)]
--!   rows of post (user_id) still refer to <User 3> by the key that changes: keep it, or let them follow, by onupdate = 'CASCADE' of their db.ForeignKey
--!   nothing of this flush was kept; call db.session:rollback() to go on
--postgresql! IntegrityError: update or delete on table "user" violates foreign key constraint "post_user_id_fkey" on table "post": Key (id)=(5) is still referenced from table "post".
--postgresql!   DETAIL:  Key (id)=(5) is still referenced from table "post".
--postgresql!   while UPDATE of <User 5> (id = 777)
--postgresql!   rows of post (user_id) still refer to <User 5> by the key that changes: keep it, or let them follow, by onupdate = 'CASCADE' of their db.ForeignKey
--postgresql!   nothing of this flush was kept; call db.session:rollback() to go on
s:rollback()
print(v.id ~= 777, v.name)
v.posts:clear()
s:commit()
v.id = 777
s:commit()
print(rawequal(User.query:get(777), v))
--> true	u3
--> true
s:add_all{User{id = 5001}, User{id = 5001}}
s:commit()
--! IntegrityError: UNIQUE constraint failed: user.id
--!   while INSERT of <User (pending)> (id = 5001)
--!   [SQL: INSERT INTO user (id, name) VALUES (?, ?)]
--!   [parameters: (5001, NULL)]
--!   User.id must be unique, and 5001 is taken: give <User (pending)> another value
--!   another new object has it, too
--!   nothing of this flush was kept; call db.session:rollback() to go on
s:rollback()
p = v.posts[1] or Post{body = 'twice'}
v.posts = {p, p}
print(#v.posts)
s:commit()
print(#v.posts)
--> 2
--> 1
other = moonbase.Session{bind = db.engine}
w = other:query(User):filter_by{name = 'u5'}:one()
p = Post{}
p.author = w
s:add(p)
--! InvalidRequestError: <User 5> belongs to another session already
--!   expunge it there first, or take a copy into this one: session:merge(x)
--postgresql! InvalidRequestError: <User 7> belongs to another session already
--postgresql!   expunge it there first, or take a copy into this one: session:merge(x)
p.author = nil
other:delete(v)
--! InvalidRequestError: <User 777> belongs to another session
--!   delete it there
-- Objects of two sessions are not linked: both stay as they were.
p = Post{}
s:add(p)
p.author = w
--! InvalidRequestError: <User 5> belongs to another session than <Post (pending)>: they cannot be linked by Post.author
--!   link it to what is in its own session, or take a copy: session:merge(x)
--postgresql! InvalidRequestError: <User 7> belongs to another session than <Post (pending)>: they cannot be linked by Post.author
--postgresql!   link it to what is in its own session, or take a copy: session:merge(x)
v.posts = {p}
w.posts:append(p)
--! InvalidRequestError: <Post (pending)> belongs to another session than <User 5>: they cannot be linked by User.posts
--!   link it to what is in its own session, or take a copy: session:merge(x)
--postgresql! InvalidRequestError: <Post (pending)> belongs to another session than <User 7>: they cannot be linked by User.posts
--postgresql!   link it to what is in its own session, or take a copy: session:merge(x)
w.posts = {Post{}, p}
--! InvalidRequestError: <Post (pending)> belongs to another session than <User 5>: they cannot be linked by User.posts
--!   link it to what is in its own session, or take a copy: session:merge(x)
--postgresql! InvalidRequestError: <Post (pending)> belongs to another session than <User 7>: they cannot be linked by User.posts
--postgresql!   link it to what is in its own session, or take a copy: session:merge(x)
print(p.author == v, v.posts:contains(p), w.posts:contains(p))
--> true	true	false
other:close()
s:rollback()
-- A session that is let go of takes its objects' loading along, not their values.
function abandoned()
  local third = moonbase.Session{bind = db.engine}
  return third:query(User):filter_by{name = 'u6'}:one()
end
w = abandoned()
collectgarbage()
collectgarbage()
print(w.name, moonbase.inspect(w).state)
print(#w.posts)
--! DetachedInstanceError: <User 6> is not in a session, so its 'posts' cannot be loaded
--!   its session was closed or it was expunged: add it to a session again, or read the attribute before that
--postgresql! DetachedInstanceError: <User 8> is not in a session, so its 'posts' cannot be loaded
--postgresql!   its session was closed or it was expunged: add it to a session again, or read the attribute before that

-- --- a key that changes before it is asked with ----------------------------------------------------------------------
Shelf = db.Model 'Shelf' {
  key   = db.Column{db.String(10), primary_key = true},
  books = db.relationship{'Book', backref = 'shelf', order_by = 'Book.number'},
}
Book = db.Model 'Book' {
  shelf_key = db.Column{db.String(10), db.ForeignKey{'shelf.key', onupdate = 'CASCADE'}, primary_key = true},
  number    = db.Column{db.Integer, primary_key = true},
}
db.create_all()
shelf = Shelf{key = 'a', books = {Book{number = 1}, Book{number = 2}}}
s:add(shelf)
s:commit()
-- The flush that comes before the question has renamed the shelf, and the database its books.
shelf.key = 'b'
print(#shelf.books, shelf.books[2].shelf_key)
s:rollback()
print(#shelf.books, shelf.books[2].shelf_key)
s:no_autoflush(function()
  s:expire(shelf)
  shelf.key = 'c'
  print(#shelf.books)
end)
s:rollback()
--> 2	b
--> 2	a
--> 2
