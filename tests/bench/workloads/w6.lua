-- W6 eager: 10,000 users and their posts by selectinload, and every body.
local bench = require 'bench'

bench.fresh_session()
local count, length = 0, 0
bench.measure(function()
  for _, user in ipairs(User.query:options(db.selectinload(User.posts)):all()) do
    for _, post in ipairs(user.posts) do
      length = length + #post.body
      count = count + 1
    end
  end
end)
bench.expect(count, bench.posts, 'posts')
bench.expect(length > bench.posts, true, 'for bodies that hold something')
