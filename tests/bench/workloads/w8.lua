-- W8 update: 10,000 posts loaded, each body changed, one commit.
local bench = require 'bench'

bench.fresh_session()
local count = 0
bench.measure(function()
  for _, post in ipairs(Post.query:order_by(Post.id):limit(10000):all()) do
    post.body = post.body .. ' (edited)'
    count = count + 1
  end
  db.session:commit()
end)
bench.expect(count, 10000, 'posts')
