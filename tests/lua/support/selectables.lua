-- What the tests of aliases, joins, subqueries and unions share: people with posts, tags of posts,
-- employees with managers, mails between people, trips of two keys.
local databases = require 'databases'
app = moonbase.App 'selectables'
app.config:update{SQLALCHEMY_DATABASE_URI = fresh_database()}
db = moonbase.Database(app)
User = db.Model 'User' {
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(40)},
  posts = db.relationship{'Post', backref = 'author'},
}
function User:__repr__() return ('<User %s>'):format(self.name) end
post_tag = db.Table{'post_tag',
  db.Column{'post_id', db.Integer, db.ForeignKey 'post.id', primary_key = true},
  db.Column{'tag_id', db.Integer, db.ForeignKey 'tag.id', primary_key = true}}
Post = db.Model 'Post' {
  id = db.Column{db.Integer, primary_key = true},
  title = db.Column{db.String(40)},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
  tags = db.relationship{'Tag', secondary = post_tag, backref = 'posts'},
}
function Post:__repr__() return ('<Post %s>'):format(self.title) end
Tag = db.Model 'Tag' {
  id = db.Column{db.Integer, primary_key = true},
  word = db.Column{db.String(20)},
}
function Tag:__repr__() return ('<Tag %s>'):format(self.word) end
Employee = db.Model 'Employee' {
  id = db.Column{db.Integer, primary_key = true},
  name = db.Column{db.String(40)},
  boss_id = db.Column{db.Integer, db.ForeignKey 'employee.id'},
  boss = db.relationship{'Employee', remote_side = 'Employee.id', backref = 'team'},
}
function Employee:__repr__() return ('<Employee %s>'):format(self.name) end
Mail = db.Model 'Mail' {
  id = db.Column{db.Integer, primary_key = true},
  from_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
  to_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
}
Leg = db.Model 'Leg' {
  line = db.Column{db.Integer, primary_key = true},
  number = db.Column{db.Integer, primary_key = true},
}
Stop = db.Model 'Stop' {
  id = db.Column{db.Integer, primary_key = true},
  leg_line = db.Column{db.Integer},
  leg_number = db.Column{db.Integer},
  __table_args__ = {db.ForeignKeyConstraint{{'leg_line', 'leg_number'}, {'leg.line', 'leg.number'}}},
}
db.create_all()
for _, statement in ipairs{
  [[INSERT INTO "user" VALUES (1, 'ada'), (2, 'bob'), (3, 'cyd')]],
  "INSERT INTO post VALUES (1, 'a1', 1), (2, 'a2', 1), (3, 'b1', 2), (4, 'stray', NULL)",
  "INSERT INTO tag VALUES (1, 'red'), (2, 'blue')",
  "INSERT INTO post_tag VALUES (1, 1), (1, 2), (3, 1)",
  "INSERT INTO employee VALUES (1, 'eve', NULL), (2, 'fay', 1), (3, 'gus', 1), (4, 'hal', 2)",
  "INSERT INTO mail VALUES (1, 1, 2), (2, 2, 1), (3, 1, 3)",
  "INSERT INTO leg VALUES (1, 1), (1, 2)",
  "INSERT INTO stop VALUES (1, 1, 2)",
} do db.session:execute(db.text(statement)) end
if databases.dialect == 'postgresql' then
  -- Sequences go on behind the keys that were given.
  for _, name in ipairs{'user', 'post', 'tag', 'employee', 'mail', 'stop'} do
    local highest = ([[SELECT setval(pg_get_serial_sequence('"%s"', 'id'), (SELECT max(id) FROM "%s"))]]):format(name, name)
    db.session:execute(db.text(highest))
  end
end
db.session:commit()

local function plain(value)
  if value == db.null or type(value) ~= 'table' then
    return type(value) == 'userdata' and value ~= db.null and tostring(value) or value
  end
  local cells = {}
  for i = 1, #value do cells[i] = plain(value[i]) end
  return cells
end

-- Runs a row's query: one that knows its session by itself, any other through db.session. Objects
-- are their tostring.
function run_query(query)
  local ok, session = pcall(function() return query.session end)
  return plain(ok and session and query:all() or db.session:execute(query):all())
end
