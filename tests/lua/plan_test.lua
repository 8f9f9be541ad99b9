-- What a flush would do, and why each step is there and in that order.
moonbase = require 'moonbase'
app = moonbase.App 'plans'
app.config:update{DATABASE_URI = fresh_database()}
db = moonbase.Database(app)
session = db.session
User = db.Model 'User' {
  id    = db.Column{db.Integer, primary_key = true},
  name  = db.Column{db.String(20), unique = true},
  posts = db.relationship{'Post', backref = 'author'},
}
tagged = db.Table{'tagged', db.Column{'post_id', db.Integer, db.ForeignKey 'post.id', primary_key = true},
                  db.Column{'tag_id', db.Integer, db.ForeignKey 'tag.id', primary_key = true}}
Post = db.Model 'Post' {
  id      = db.Column{db.Integer, primary_key = true},
  title   = db.Column{db.Text},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
  tags    = db.relationship{'Tag', secondary = tagged},
}
Tag = db.Model 'Tag' {id = db.Column{db.Integer, primary_key = true}}
db.create_all()

function plan()
  for i, step in ipairs(session:plan()) do print(i .. ' ' .. step.text .. '\n    ' .. step.why) end
end

-- Rows that others need come first, also when they were added last.
post = Post{title = 'first', tags = {Tag{}}}
session:add(post)
post.author = User{name = 'ann'}
plan()
--> 1 INSERT user <User (pending)>: name = 'ann'
-->     new
--> 2 INSERT post <Post (pending)>: title = 'first', user_id = ‹key of <User (pending)>›
-->     new; after <User (pending)>, whose key it takes (Post.author)
--> 3 INSERT tag <Tag (pending)>
-->     new
--> 4 LINK tagged <Post (pending)> and <Tag (pending)>
-->     Post.tags was changed
session:commit()

-- A change says what was there before.
post.title = 'the first'
post.tags = {}
plan()
--> 1 UNLINK tagged <Post 1> and <Tag 1>
-->     Post.tags was changed
session:commit()

-- What is taken out of a collection loses its key; a row goes after those that refer to it.
ann = post.author
ann.posts:remove(post)
print(post.title)
post.title = 'on its own'
plan()
--> the first
--> 1 UPDATE post <Post 1>: title = 'on its own', user_id = NULL
-->     title was 'the first'; Post.author was cleared
session:rollback()
print(#ann.posts, #post.tags)
session:delete(post)
session:delete(ann)
plan()
--> 1	0
--> 1 DELETE post <Post 1>
-->     deleted: rows that refer to others go before those
--> 2 DELETE user <User 1>
-->     deleted: rows that refer to others go before those
session:rollback()

-- A row whose unique value another one takes over is deleted before that.
print(ann.name, #ann.posts, #post.tags)
session:delete(post)
session:delete(ann)
session:add(User{name = 'ann'})
plan()
--> ann	1	0
--> 1 DELETE post <Post 1>
-->     deleted: rows that refer to others go before those
--> 2 DELETE user <User 1>
-->     deleted first, because <User (pending)> takes over its name
--> 3 INSERT user <User (pending)>: name = 'ann'
-->     new
session:rollback()
