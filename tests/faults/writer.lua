-- Writes users with two posts each, a transaction for each user, to the server at the URL it is given, and goes on
-- over failures. What it reads and answers, line by line:
--
--   write FIRST COUNT  `committed N` for each user N once its commit is acknowledged; in the end, or instead of a
--                      user, `done`, or `failed N …` or `unknown N …` with the message
--   users FIRST        `users N N N …` that are there from FIRST on, each with its two posts; `torn N` otherwise
local moonbase = require 'moonbase'
local app = moonbase.App 'writer'
app.config:update{DATABASE_URI = arg[1]}
local db = moonbase.Database(app)
local session = db.session
local User = db.Model 'User' {
  id = db.Column{db.Integer, primary_key = true, autoincrement = false},
  name = db.Column{db.String(40)},
  posts = db.relationship{'Post', backref = 'author'},
}
local Post = db.Model 'Post' {
  id = db.Column{db.Integer, primary_key = true},
  body = db.Column{db.String(40)},
  user_id = db.Column{db.Integer, db.ForeignKey 'user.id'},
}
db.create_all()
io.stdout:setvbuf 'line'
local function say(...) print((table.concat({...}, ' '):gsub('\n', ' '))) end

local function write(n)
  session:add(User{id = n, name = 'user ' .. n, posts = {Post{body = 'one'}, Post{body = 'two'}}})
  session:commit()
end

local function write_many(first, count)
  for n = first, first + count - 1 do
    local ok, failure = pcall(write, n)
    if not ok then
      pcall(session.rollback, session)
      session:expunge_all()
      return say(failure.message:find('not known', 1, true) and 'unknown' or 'failed', n, failure.sqlstate or '-', failure.message)
    end
    say('committed', n)
  end
  say 'done'
end

local function show_users(first)
  local found = {'users'}
  for row in session:query(User.id, db.func.count(Post.id)):outerjoin(User.posts):filter(User.id >= first)
    :group_by(User.id):order_by(User.id) do
    if row[2] ~= 2 then say('torn', row[1]) end
    found[#found + 1] = tostring(row[1])
  end
  session:rollback()
  say(table.unpack(found))
end

say 'ready'
for line in io.lines() do
  local command, first, count = line:match '^(%a+) (%d+) ?(%d*)$'
  if command == 'write' then write_many(tonumber(first), tonumber(count)) else show_users(tonumber(first)) end
end
