-- W1 insert: 110,000 objects through the unit of work, in one commit.
local bench = require 'bench'

local user_rows, post_rows = {}, {}
for i = 1, bench.users do user_rows[i] = bench.user(i - 1) end
for i = 1, bench.posts do
  local body, timestamp = bench.post(i - 1)
  post_rows[i] = {body = body, timestamp = timestamp}
end

bench.fresh_session()
bench.measure(function()
  local users = {}
  local next_post = 1
  for i = 1, bench.users do
    local user = User(user_rows[i])
    for _ = 1, bench.posts_per_user do
      user.posts:append(Post(post_rows[next_post]))
      next_post = next_post + 1
    end
    users[i] = user
  end
  db.session:add_all(users)
  db.session:commit()
end)
