-- What is said of options of db.relationship that do not fit, and that they can be mended.
require 'relations'

-- --- options that do not fit ------------------------------------------------------------------------------
-- Declares two classes and asks the first for its rows.
function attempt(options, columns, setup)
  start 'errors'
  if setup then setup() end
  columns = columns or {}
  columns.id = key()
  local target = options[1] or 'Post'
  options[1] = target
  User = db.Model 'User' {id = key(), name = text(), posts = db.relationship(options)}
  Post = db.Model 'Post' (columns)
  Other = db.Model 'Other' {id = key(), name = text()}
  local ok, e = pcall(function() local _ = User.query end)
  print(ok, (tostring(e):gsub('^[^ ]*:%d+: ', '')))
  -- Another class works all the same.
  db.metadata.tables.other:create(db.engine)
  session:add(Other{name = 'works'})
  session:commit()
  if Other.query:count() ~= 1 then print 'the others are gone' end
end
attempt({'Pst'}, {user_id = ref 'user.id'})
--> false	InvalidRequestError: relationship User.posts refers to 'Pst', and there is no model of that name; did you mean 'Post'?
-->   declare it, or mend the name in db.relationship
attempt({}, {})
--> false	NoForeignKeysError: relationship User.posts: there is no foreign key between 'user' and 'post'
-->   give one of the two a column with db.ForeignKey 'table.column', or say primaryjoin and foreign_keys
attempt({}, {user_id = ref 'usr.id'})
--> false	NoForeignKeysError: relationship User.posts: there is no foreign key between 'user' and 'post'; post.user_id refers to a table 'usr', which is not there; did you mean 'user'?
-->   give one of the two a column with db.ForeignKey 'table.column', or say primaryjoin and foreign_keys
attempt({}, {author_id = ref 'user.id', editor_id = ref 'user.id'})
--> false	AmbiguousForeignKeysError: relationship User.posts can be joined to Post in several ways: by post.author_id, post.editor_id
-->   say which one with foreign_keys, e.g. foreign_keys = 'post.author_id'
attempt({foreign_keys = 'autor_id'}, {author_id = ref 'user.id'})
--> false	ArgumentError: relationship User.posts: foreign_keys names 'autor_id', which is no column of 'user' or 'post'; did you mean 'author_id'?
attempt({foreign_keys = 'Post.autor_id'}, {author_id = ref 'user.id'})
--> false	ArgumentError: relationship User.posts: foreign_keys names 'Post.autor_id', which is no column of 'user' or 'post'; did you mean 'Post.author_id'?
attempt({foreign_keys = 'Post.name'}, {author_id = ref 'user.id', name = text()})
--> false	NoForeignKeysError: relationship User.posts: there is no foreign key between 'user' and 'post' with the columns that foreign_keys names, Post.name
-->   name columns that have a db.ForeignKey, or say primaryjoin too
attempt({remote_side = 'id'}, {user_id = ref 'user.id'})
--> false	ArgumentError: relationship User.posts: remote_side names 'id', and the remote columns of its join are post.user_id
-->   remote_side is needed where a table is joined to itself, and names the columns of the other row: remote_side = 'id' looks from a child to its parent
attempt({remote_side = 'User.nam'}, {user_id = ref 'user.id'})
--> false	ArgumentError: relationship User.posts: remote_side names 'User.nam', which is no column of 'user' or 'post'; did you mean 'User.name'?
attempt({secondary = 'user_post'})
--> false	InvalidRequestError: relationship User.posts: there is no table 'user_post' to be its secondary
attempt({secondary = 'user_post'}, {}, function() db.Table{'user_post', db.Column{'user_id', db.Integer, db.ForeignKey 'user.id'}} end)
--> false	NoForeignKeysError: relationship User.posts: its secondary table 'user_post' has no foreign key to 'post'
-->   give it one: db.Column{'post_id', db.ForeignKey 'post.id'}; or say primaryjoin and secondaryjoin
attempt({secondaryjoin = 'User.id == Post.id'}, {user_id = ref 'user.id'})
--> false	ArgumentError: relationship User.posts: secondaryjoin needs a secondary table
-->   db.relationship{'Group', secondary = membership, secondaryjoin = …}
attempt({primaryjoin = 'User.name == Post.name'}, {name = text()})
--> false	ArgumentError: relationship User.posts: its primaryjoin compares no foreign key column with a column of the other row
-->   mark the column that refers to the other row with db.foreign(…), name it in foreign_keys, or give it a db.ForeignKey
attempt({primaryjoin = 'User.name > foreign(Post.name)'}, {name = text()})
--> false	ArgumentError: relationship User.posts: its primaryjoin has no plain equality between a foreign key column and a column of the other row, so there is nothing to write
-->   say viewonly = true for a relationship that is only read
attempt({primaryjoin = 'Usr.id == Post.user_id'}, {user_id = ref 'user.id'})
--> false	NameError: there is no class, table or function 'Usr'; did you mean 'User'?
-->   while evaluating primaryjoin
-->   while configuring the relationship User.posts
attempt({primaryjoin = 'User.id == Post.user_id and'}, {user_id = ref 'user.id'})
--> false	ArgumentError: primaryjoin = 'User.id == Post.user_id and' is no Lua expression: primaryjoin:2: unexpected symbol near ')'
-->   while evaluating primaryjoin
-->   while configuring the relationship User.posts
-->   write it as in a query, e.g. primaryjoin = 'User.id == Post.author_id'
attempt({primaryjoin = function() return true end}, {user_id = ref 'user.id'})
--> false	ArgumentError: primaryjoin() got true: in this place == compares Lua values. Write User.id:eq(1), or db.expr(…)
-->   while evaluating primaryjoin
-->   while configuring the relationship User.posts
-->   db.true_() and db.false_() are SQL's own truth values
attempt({primaryjoin = 'User.id == Post.user_id, Post.id == 1'}, {user_id = ref 'user.id'})
--> false	ArgumentError: primaryjoin gave 2 values, and one condition was expected
-->   while evaluating primaryjoin
-->   while configuring the relationship User.posts
attempt({primaryjoin = 'remote(User.id) == Post.user_id'}, {user_id = ref 'user.id'})
--> false	ArgumentError: relationship User.posts: a column of its own table 'user' is said to be remote
-->   remote() and remote_side are for the other row of a table that is joined to itself
attempt({order_by = 'nme'}, {user_id = ref 'user.id', name = text()})
--> false	InvalidRequestError: Post has no attribute 'nme'; did you mean 'name'?
-->   while reading order_by of the relationship User.posts
attempt({order_by = 'desc(Post.nme)'}, {user_id = ref 'user.id', name = text()})
--> false	AttributeError: Post has no attribute 'nme'; did you mean 'name'?
-->   while evaluating order_by
-->   while configuring the relationship User.posts
attempt({back_populates = 'usr'}, {user_id = ref 'user.id'})
--> false	InvalidRequestError: relationship User.posts says back_populates = 'usr', and Post.usr is not there
-->   declare it there: usr = db.relationship{'User', back_populates = 'posts'}; or say backref = 'usr' here, which makes it
attempt({backref = 'user_id'}, {user_id = ref 'user.id'})
--> false	ArgumentError: backref 'user_id' of User.posts is taken: Post has an attribute of that name
db.relationship{'Post', cascade = 'all, delete-orfan'}
--! ArgumentError: relationship's cascade has no 'delete-orfan'; did you mean 'delete-orphan'?
db.relationship{'Post', primary_join = 'x'}
--! TypeError: relationship has no option 'primary_join'; did you mean 'primaryjoin'?
db.relationship{'Post', backref = 'a', back_populates = 'b'}
--! ArgumentError: relationship takes backref or back_populates, not both
db.relationship{5}
--! ArgumentError: relationship takes a class, its name or a function that gives it
db.foreign(3)
--! ArgumentError: foreign takes a column
-- It is tried again after the fix.
start 'again'
User = db.Model 'User' {id = key(), posts = db.relationship{'Post', backref = 'user', primaryjoin = 'User.id == Post.owner_id'}}
User.query:count()
--! InvalidRequestError: relationship User.posts refers to 'Post', and there is no model of that name
--!   declare it, or mend the name in db.relationship
Post = db.Model 'Post' {id = key()}
User.query:count()
--! AttributeError: Post has no attribute 'owner_id'
--!   while evaluating primaryjoin
--!   while configuring the relationship User.posts
--!   it has id, copy_from, metadata, query
Post.owner_id = ref 'user.id'
db.create_all()
print(User.query:count(), Post.user)
--> 0	Post.user
User.posts = db.relationship{'Pst', backref = 'user'}
User.query:count()
--! InvalidRequestError: relationship User.posts refers to 'Pst'
User.posts = db.relationship{'Post', backref = 'user'}
print(User.query:count(), Post.user)
--> 0	Post.user

-- Two sides that are no pair.
function sides(one, other)
  start 'sides'
  one[1], other[1] = 'Node', 'Node'
  Node = db.Model 'Node' {id = key(), parent_id = ref 'node.id', children = db.relationship(one), parent = db.relationship(other)}
  local _, e = pcall(function() local _ = Node.query end)
  print((tostring(e):gsub('^[^ ]*:%d+: ', '')))
end
sides({back_populates = 'parent'}, {back_populates = 'children'})
sides({back_populates = 'parent'}, {remote_side = 'id'})
sides({back_populates = 'parent'}, {remote_side = 'id', back_populates = 'parent'})
sides({remote_side = 'id', uselist = true}, {viewonly = true})
sides({remote_side = 'name'}, {remote_side = 'id', viewonly = true})
--> ArgumentError: relationship Node.children and Node.parent are both one-to-many
-->   where a table refers to itself, the many-to-one side says remote_side: remote_side = 'id'
--> ArgumentError: relationship Node.children says back_populates = 'parent', but Node.parent says none
-->   say back_populates = 'children' in Node.parent
--> ArgumentError: relationship Node.children says back_populates = 'parent', but Node.parent says 'parent'
-->   say back_populates = 'children' in Node.parent
--> ArgumentError: relationship Node.children is many-to-one: the foreign key is in 'node', and uselist = true has no sense
-->   leave uselist out; in a table that refers to itself remote_side says which way the relationship looks
--> ArgumentError: relationship Node.children: remote_side names 'name', which is no column of 'node'
