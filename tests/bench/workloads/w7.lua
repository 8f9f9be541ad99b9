-- W7 lazy: 2,000 users, whose posts are loaded one user at a time.
local bench = require 'bench'

local lazy_users = 2000

bench.fresh_session()
local count = 0
bench.measure(function()
  for _, user in ipairs(User.query:order_by(User.id):limit(lazy_users):all()) do
    count = count + #user.posts
  end
end)
bench.expect(count, lazy_users * bench.posts_per_user, 'posts')
