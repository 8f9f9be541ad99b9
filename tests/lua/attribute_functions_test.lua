-- flag_modified, flag_dirty, set_committed_value, get_history; the event `modified`.
moonbase = require 'moonbase'
app = moonbase.App 'attributes'
app.config:update{DATABASE_URI = fresh_database(), RECORD_QUERIES = true}
db = moonbase.Database(app)
session = db.session
User = db.Model 'User' {
  id      = db.Column{db.Integer, primary_key = true},
  name    = db.Column{db.String(20)},
  version = db.Column{db.Integer},
  posts   = db.relationship{'Post', back_populates = 'author'},
  lazily  = db.relationship{'Post', lazy = 'dynamic', viewonly = true},
  __mapper_args__ = {version_id_col = 'version'},
}
Post = db.Model 'Post' {
  id      = db.Column{db.Integer, primary_key = true},
  body    = db.Column{db.String(20)},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
  author  = db.relationship{'User', back_populates = 'posts'},
}
db.create_all()
session:add(User{name = 'u', posts = {Post{body = 'p'}, Post{body = 'q'}}})
session:commit()
u = User.query:one()
function writes()
  session:flush()
  for _, q in ipairs(db.get_recorded_queries()) do
    if q.statement:find '^UPDATE' or q.statement:find '^INSERT' then print((q.statement:gsub('%$%d', '?'):gsub('"', ''))) end
  end
  db.clear_recorded_queries()
end
function parts(h)
  local text = {}
  for _, name in ipairs{'added', 'unchanged', 'deleted'} do
    local values = {}
    for k, v in ipairs(h[name]) do values[k] = type(v) == 'userdata' and v ~= db.null and v.body or tostring(v) end
    text[#text + 1] = name .. '={' .. table.concat(values, ',') .. '}'
  end
  return table.concat(text, ' ')
end
db.clear_recorded_queries()

-- --- flag_modified ----------------------------------------------------------------------------------------------------
moonbase.flag_modified(u, 'name')
print(session:is_modified(u), #session.dirty, parts(moonbase.get_history(u, 'name')))
--> true	1	added={u} unchanged={} deleted={}
writes()
--> UPDATE user SET name=?, version=? WHERE user.id = ? AND user.version = ?
print(session:is_modified(u), #session.dirty, u.version)
--> false	0	2
-- The key names the row, and a relationship has no column of its own: the object is looked at, and that is all.
moonbase.flag_modified(u, 'id')
moonbase.flag_modified(u.posts[1], Post.author)
--! InvalidRequestError: 'author' of <Post 1> cannot be flagged as modified: it is not loaded
--!   read it before
print(u.posts[1].author == u)
moonbase.flag_modified(u.posts[1], Post.author)
print(#session.dirty)
--> true
--> 1
writes()
moonbase.flag_modified(u, User.name)
session:rollback()
print(session:is_modified(u), u.name)
--> false	u
session:expire(u)
moonbase.flag_modified(u, 'name')
--! InvalidRequestError: 'name' of <User 1> cannot be flagged as modified: it is not loaded
--!   read it before
moonbase.flag_modified(u, 'nme')
--! InvalidRequestError: User has no attribute 'nme'; did you mean 'name'?
moonbase.flag_modified(u, Post.body)
--! TypeError: expected the name of an attribute of User, got Expression
--!   write it as a string: 'name'
moonbase.flag_modified('u', 'name')
--! UnmappedInstanceError: expected a mapped object, got string
--!   objects are made by their class: User{…}
moonbase.flag_modified(User{}, 'name')
--! InvalidRequestError: 'name' of <User (transient)> cannot be flagged as modified: it is not loaded
--!   read it before

-- --- flag_dirty: hooks see the object -----------------------------------------------------------------------------------
seen = {}
db.event.listen(session, 'before_flush', function(s) for _, x in ipairs(s.dirty) do seen[#seen + 1] = x end end)
print(u.name)
--> u
moonbase.flag_dirty(u)
print(#session.dirty, session:is_modified(u))
--> 1	false
session:rollback()
u.name = 'changed'
moonbase.flag_dirty(u)
writes()
print(#seen, seen[1] == u)
--> UPDATE user SET name=?, version=? WHERE user.id = ? AND user.version = ?
--> 1	true
session:commit()
db.clear_recorded_queries()

-- --- set_committed_value: as if it had been loaded -------------------------------------------------------------------------
p = Post.query:filter_by{body = 'p'}:one()
u.name = 'another'
moonbase.set_committed_value(u, 'name', 'from elsewhere')
moonbase.set_committed_value(u, 'posts', {p})
moonbase.set_committed_value(p, 'author', nil)
print(u.name, #u.posts, u.posts[1] == p, p.author, session:is_modified(u), session:is_modified(p))
--> from elsewhere	1	true	nil	false	false
print(parts(moonbase.get_history(u, 'posts')), parts(moonbase.get_history(u, 'name')))
--> added={} unchanged={p} deleted={}	added={} unchanged={from elsewhere} deleted={}
writes()
moonbase.set_committed_value(p, 'author', u)
u.posts:append(Post{body = 'r'})
print(p.author == u, parts(moonbase.get_history(u, 'posts')))
--> true	added={r} unchanged={p} deleted={}
session:rollback()
print(u.name, #u.posts)
--> changed	2
moonbase.set_committed_value(u, 'name', {})
--! TypeError: User.name: expected a value for String(20), got table
--!   a table is a value for JSON and ARRAY columns only
moonbase.set_committed_value(u, 'posts', {u})
--! TypeError: set_committed_value: User.posts takes Post objects, got User
moonbase.set_committed_value(p, 'author', 'u')
--! TypeError: set_committed_value: Post.author takes User objects, got string
moonbase.set_committed_value(u, 'lazily', {})
--! InvalidRequestError: User.lazily is a query: it holds no objects that could be set

-- --- get_history loads what it must ------------------------------------------------------------------------------------------
session:expire_all()
print(parts(moonbase.get_history(u, 'name')), parts(moonbase.get_history(u, 'posts')))
u.name = 'x'
print(parts(moonbase.get_history(u, 'name')), parts(moonbase.get_history(Post{body = 'new'}, 'body')))
--> added={} unchanged={changed} deleted={}	added={} unchanged={p,q} deleted={}
--> added={x} unchanged={} deleted={changed}	added={new} unchanged={} deleted={}
session:rollback()

-- --- the event -----------------------------------------------------------------------------------------------------------
heard = {}
function hear(target, initiator) heard[#heard + 1] = target.name .. ' ' .. initiator.key .. ' ' .. initiator.op end
db.event.listen(User.name, 'modified', hear)
print(u.name)
moonbase.flag_modified(u, 'name')
moonbase.flag_modified(u, 'version')
db.event.remove(User.name, 'modified', hear)
moonbase.flag_modified(u, 'name')
print(table.concat(heard, ', '))
--> changed
--> changed name modified
db.event.listen(User.name, 'modified', hear, {retval = true})
--! ArgumentError: modified does nothing with what a function returns
--!   retval = true is for set, append and bulk_replace of an attribute
session:rollback()
